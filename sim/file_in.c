#include "sim/file_in.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(const struct file_in *in, const char *what, struct diag *diag)
{
    return diag_fail(diag, (struct loc){ .file = in->path }, "cannot %s: %s", what,
                     strerror(errno));
}

bool file_in_open(struct file_in *in, const char *path, struct diag *diag)
{
    /* Without O_NONBLOCK a named pipe would wait for a writer. */
    *in = (struct file_in){ .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) };
    if (in->fd < 0)
        return fail(in, "open", diag);

    struct stat info;
    bool ok = fstat(in->fd, &info) == 0 || fail(in, "open", diag);
    if (ok && !S_ISREG(info.st_mode))
        ok = diag_fail(diag, (struct loc){ .file = path }, "not a regular file");
    if (ok)
        in->bytes = (uint64_t)info.st_size;
    else
        file_in_close(in);
    return ok;
}

void file_in_close(struct file_in *in)
{
    close(in->fd);
    in->fd = -1;
}

bool file_in_read(const struct file_in *in, uint64_t at, void *out, size_t length,
                  struct diag *diag)
{
    for (char *next = out; length != 0;) {
        ssize_t got = at <= INT64_MAX ? pread(in->fd, next, length, (off_t)at) : 0;
        if (got < 0)
            return fail(in, "read", diag);
        if (got == 0)
            return diag_fail(diag, (struct loc){ .file = in->path },
                             "byte %" PRIu64 ": the file ends; expected %zu bytes more", at,
                             length);
        next += got;
        at += (uint64_t)got;
        length -= (size_t)got;
    }
    return true;
}
