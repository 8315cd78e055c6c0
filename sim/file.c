#include "sim/file.h"

#include "sim/file_out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

static bool fail(struct diag *diag, const char *path, const char *what)
{
    return diag_fail(diag, (struct loc){ .file = path }, "cannot %s: %s", what,
                     strerror(errno));
}

static bool read_all(int fd, const char *path, struct text *out, struct diag *diag)
{
    char chunk[CHUNK];
    size_t total = 0;

    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0)
            return fail(diag, path, "read");
        if (got == 0)
            return true;
        total += (size_t)got;
        if (total > FILE_BYTES_MAX)
            return diag_fail(diag, (struct loc){ .file = path }, "file is larger than %zu MiB",
                             FILE_BYTES_MAX >> 20);
        text_add(out, chunk, (size_t)got);
    }
}

bool file_read(const char *path, struct text *out, struct diag *diag)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(diag, path, "open");
    bool ok = read_all(fd, path, out, diag);
    close(fd);
    return ok;
}

bool file_write(const char *path, const char *bytes, size_t length, struct diag *diag)
{
    struct file_out out;
    if (!file_out_open(&out, path, diag))
        return false;
    if (file_out_add(&out, bytes, length, diag))
        return file_out_keep(&out, diag);
    file_out_drop(&out);
    return false;
}
