#include "tools/folders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder above that of the command; empty when it is the root. */
static void find_prefix(char out[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", out, PATH_MAX - 1);
    out[length < 0 ? 0 : length] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(out, '/');
        if (slash != NULL)
            *slash = '\0';
    }
}

static struct folder find(const char *variable, const char *source, const char *installed)
{
    struct folder folder;
    char prefix[PATH_MAX];
    const char *named = getenv(variable);

    if (named != NULL && *named != '\0') {
        snprintf(folder.path, sizeof folder.path, "%s", named);
    } else if (access(source, F_OK) == 0) {
        snprintf(folder.path, sizeof folder.path, "%s", source);
    } else {
        find_prefix(prefix);
        snprintf(folder.path, sizeof folder.path, "%s/%s", prefix, installed);
    }
    return folder;
}

struct folder folder_configs(void)
{
    return find("NPUSIM_CONFIG_DIR", NPUSIM_CONFIG_DIR, "share/npusim/configs");
}

struct folder folder_tables(void)
{
    return find("NPUSIM_TABLE_DIR", NPUSIM_TABLE_DIR, "share/npusim/tables");
}
