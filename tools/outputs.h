#ifndef NPUSIM_TOOLS_OUTPUTS_H
#define NPUSIM_TOOLS_OUTPUTS_H
/*
 * The files a command was asked to write, looked at before it does the work:
 * a simulation of minutes must not end at a mistyped folder.
 */
#include "sim/diag.h"

#include <stddef.h>

struct output {
    const char *option; /* that it was given for, "--json" */
    const char *path;   /* NULL: not asked for; "-": the standard output */
};

/* Whether each can be written, as far as one can tell without writing, and no two
 * are the same. Creates nothing. */
bool outputs_check(const struct output *outputs, size_t count, struct diag *diag);

#endif
