#include "tools/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 2.0 /* seconds before the first line */
#define STEP 0.2     /* and between lines */

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
    *progress = (struct progress){
        .what = what, .total = total, .began = now_seconds(), .quiet = !isatty(STDERR_FILENO)
    };
}

void progress_add(struct progress *progress, uint64_t done)
{
    double now = now_seconds();
    progress->done += done;
    if (progress->quiet || now < progress->began + PATIENCE || now < progress->shown + STEP)
        return;
    progress->shown = now;
    fprintf(stderr, "\r%s: %.1f of %.1f GB, %.0f %%  ", progress->what,
            (double)progress->done / 1e9, (double)progress->total / 1e9,
            100 * (double)progress->done / (double)progress->total);
}

void progress_end(struct progress *progress)
{
    if (progress->shown != 0)
        fputs("\r\033[K", stderr);
}
