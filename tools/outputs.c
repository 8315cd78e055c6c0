#include "tools/outputs.h"

#include "sim/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(const char *path, int error, struct diag *diag)
{
    return diag_fail(diag, (struct loc){ .file = path }, "cannot write: %s", strerror(error));
}

/* The folder that a path is in. */
static void add_folder(const char *path, struct text *out)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        text_addf(out, ".");
    else
        text_add(out, path, slash == path ? 1 : (size_t)(slash - path));
}

/* What file_write will need: it replaces a regular file by a new one beside it. */
static bool is_writable(const char *path, struct diag *diag)
{
    struct stat info;
    bool exists = stat(path, &info) == 0;
    if (!exists && errno != ENOENT)
        return fail(path, errno, diag);
    if (exists && S_ISDIR(info.st_mode))
        return fail(path, EISDIR, diag);
    if (exists && !S_ISREG(info.st_mode))
        return access(path, W_OK) == 0 || fail(path, errno, diag);

    char *real = exists ? realpath(path, NULL) : NULL;
    struct text folder;
    text_init(&folder);
    add_folder(real != NULL ? real : path, &folder);
    bool ok = access(folder.at, W_OK | X_OK) == 0 || fail(path, errno, diag);
    text_free(&folder);
    free(real);
    return ok;
}

/* One name for a file, however it was spelt, and whether or not it exists yet. */
static void add_real_name(const char *path, struct text *out)
{
    const char *slash = strrchr(path, '/');
    struct text folder;
    text_init(&folder);
    add_folder(path, &folder);
    char *whole = realpath(path, NULL), *part = realpath(folder.at, NULL);

    if (strcmp(path, "-") == 0)
        text_addf(out, "-");
    else if (whole != NULL)
        text_addf(out, "%s", whole);
    else
        text_addf(out, "%s/%s", part != NULL ? part : "", slash != NULL ? slash + 1 : path);
    free(whole);
    free(part);
    text_free(&folder);
}

static bool differ(const struct output *a, const struct output *b, struct diag *diag)
{
    struct text first, second;
    text_init(&first);
    text_init(&second);
    add_real_name(a->path, &first);
    add_real_name(b->path, &second);
    bool ok = strcmp(first.at, second.at) != 0 ||
              diag_fail(diag, loc_nowhere(), "%s and %s both name '%s'; expected two files",
                        a->option, b->option, b->path);
    text_free(&first);
    text_free(&second);
    return ok;
}

bool outputs_check(const struct output *outputs, size_t count, struct diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        const char *path = outputs[i].path;
        if (path == NULL)
            continue;
        if (*path == '\0')
            return diag_fail(diag, loc_nowhere(), "%s is ''; expected a file",
                             outputs[i].option);
        if (strcmp(path, "-") != 0 && !is_writable(path, diag))
            return false;
        for (size_t earlier = 0; earlier < i; earlier++) {
            if (outputs[earlier].path != NULL && !differ(&outputs[earlier], &outputs[i], diag))
                return false;
        }
    }
    return true;
}
