#ifndef NPUSIM_TOOLS_TABLES_H
#define NPUSIM_TOOLS_TABLES_H
/* The tables of published rows that a command works on. */
#include "tools/published.h"
#include "tools/words.h"

#include <glob.h>

/* Begins as all zero. */
struct tables {
    struct published published;
    glob_t found;
    struct words paths;
};

/* Those given, or all that come with the simulator when none is (NULL or empty).
 * Free them, on failure too. */
bool tables_read(struct tables *tables, const struct words *given, struct diag *diag);
void tables_free(struct tables *tables);

#endif
