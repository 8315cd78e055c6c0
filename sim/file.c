#include "sim/file.h"

#include "sim/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536
#define TEMPORARIES 100 /* names tried; one is taken only after a crash or by a rival */

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

static bool write_part(int fd, struct file_part part)
{
    const char *bytes = part.bytes;

    while (part.length != 0) {
        ssize_t wrote = write(fd, bytes, part.length);
        if (wrote < 0)
            return false;
        bytes += wrote;
        part.length -= (size_t)wrote;
    }
    return true;
}

/* Write everything and close. False, with errno set, if any of it failed. */
static bool write_and_close(int fd, const struct file_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!write_part(fd, parts[i])) {
            int error = errno;
            close(fd);
            errno = error;
            return false;
        }
    }
    return close(fd) == 0; /* some file systems report a full disk only here */
}

/* Create a file beside `target`; `name` is left with the name it got. */
static int open_temporary(const char *target, mode_t mode, struct text *name)
{
    for (int i = 0; i < TEMPORARIES; i++) {
        text_clear(name);
        text_addf(name, "%s.%ld-%d.tmp", target, (long)getpid(), i);
        int fd = open(name->at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* Replace target, a regular file or nothing yet. False, with errno set, on failure. */
static bool replace(const char *target, mode_t mode, const struct file_part *parts,
                    size_t count)
{
    struct text name;
    text_init(&name);

    int fd = open_temporary(target, mode, &name);
    bool ok = fd >= 0;
    if (ok) {
        ok = write_and_close(fd, parts, count) && rename(name.at, target) == 0;
        if (!ok) {
            int error = errno;
            unlink(name.at);
            errno = error;
        }
    }
    text_free(&name);
    return ok;
}

bool file_write(const char *path, const char *bytes, size_t length, struct diag *diag)
{
    return file_write_parts(path, &(struct file_part){ bytes, length }, 1, diag);
}

bool file_write_parts(const char *path, const struct file_part *parts, size_t count,
                      struct diag *diag)
{
    struct stat info;
    bool exists = stat(path, &info) == 0;

    if (exists && !S_ISREG(info.st_mode)) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            return fail(diag, path, "open");
        return write_and_close(fd, parts, count) || fail(diag, path, "write");
    }

    /* Through a symbolic link it is the file that is replaced, not the link. */
    char *real = exists ? realpath(path, NULL) : NULL;
    mode_t mode = exists ? info.st_mode & 0777 : 0666;
    bool ok =
        replace(real != NULL ? real : path, mode, parts, count) || fail(diag, path, "write");
    free(real);
    return ok;
}
