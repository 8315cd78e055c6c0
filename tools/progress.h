#ifndef NPUSIM_TOOLS_PROGRESS_H
#define NPUSIM_TOOLS_PROGRESS_H
/* A line on stderr that says how far a long command has come: after two seconds, and only on a
 * terminal. */
#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what;
    uint64_t done, total;
    double began, shown; /* seconds; shown is 0 before the first time */
    bool quiet;
};

void progress_begin(struct progress *progress, const char *what, uint64_t total);
void progress_add(struct progress *progress, uint64_t done);

/* Take the line away. */
void progress_end(struct progress *progress);

#endif
