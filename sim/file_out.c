#include "sim/file_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARIES 100 /* names tried; one is taken only after a crash or by a rival */

static bool fail(const char *path, const char *what, struct diag *diag)
{
    return diag_fail(diag, (struct loc){ .file = path }, "cannot %s: %s", what,
                     strerror(errno));
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

/* Through a symbolic link it is the file that is replaced, not the link. */
static char *target_of(const char *path, bool exists)
{
    char *real = exists ? realpath(path, NULL) : NULL;
    return real != NULL ? real : strdup(path);
}

bool file_out_open(struct file_out *out, const char *path, struct diag *diag)
{
    struct stat info;
    bool exists = stat(path, &info) == 0;

    *out = (struct file_out){ .path = path };
    text_init(&out->temporary);
    if (exists && !S_ISREG(info.st_mode)) {
        out->fd = open(path, O_WRONLY | O_CLOEXEC);
        if (out->fd >= 0)
            return true;
        text_free(&out->temporary);
        return fail(path, "open", diag);
    }

    out->target = target_of(path, exists);
    out->fd = open_temporary(out->target, exists ? info.st_mode & 0777 : 0666, &out->temporary);
    if (out->fd >= 0)
        return true;
    fail(path, "write", diag);
    free(out->target);
    text_free(&out->temporary);
    return false;
}

bool file_out_add(struct file_out *out, const void *bytes, size_t length, struct diag *diag)
{
    for (const char *at = bytes; length != 0;) {
        ssize_t wrote = write(out->fd, at, length);
        if (wrote < 0)
            return fail(out->path, "write", diag);
        at += wrote;
        length -= (size_t)wrote;
    }
    return true;
}

bool file_out_patch(struct file_out *out, uint64_t at, const void *bytes, size_t length,
                    struct diag *diag)
{
    for (const char *from = bytes; length != 0;) {
        ssize_t wrote = pwrite(out->fd, from, length, (off_t)at);
        if (wrote < 0)
            return fail(out->path, "write", diag);
        from += wrote;
        at += (uint64_t)wrote;
        length -= (size_t)wrote;
    }
    return true;
}

/* Whatever became of it, the struct holds nothing any more. */
static void forget(struct file_out *out)
{
    free(out->target);
    text_free(&out->temporary);
}

bool file_out_keep(struct file_out *out, struct diag *diag)
{
    bool is_temporary = out->temporary.length != 0;
    bool ok = close(out->fd) == 0; /* some file systems report a full disk only here */
    ok = ok && (!is_temporary || rename(out->temporary.at, out->target) == 0);
    if (!ok) {
        fail(out->path, "write", diag);
        if (is_temporary)
            unlink(out->temporary.at);
    }
    forget(out);
    return ok;
}

void file_out_drop(struct file_out *out)
{
    close(out->fd);
    if (out->temporary.length != 0)
        unlink(out->temporary.at);
    forget(out);
}
