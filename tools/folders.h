#ifndef NPUSIM_TOOLS_FOLDERS_H
#define NPUSIM_TOOLS_FOLDERS_H
/*
 * Where the files are that come with the simulator: the folder that the
 * environment names ($NPUSIM_CONFIG_DIR, $NPUSIM_TABLE_DIR), else that of the
 * source tree it was built from, else that of the installation the command is
 * part of. Whether it can be read shows when it is.
 */
#include <limits.h>

struct folder {
    char path[PATH_MAX + 32];
};

struct folder folder_configs(void);
struct folder folder_tables(void);

#endif
