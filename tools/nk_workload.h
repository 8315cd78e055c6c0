#ifndef NPUSIM_TOOLS_NK_WORKLOAD_H
#define NPUSIM_TOOLS_NK_WORKLOAD_H
/*
 * A .nk file as a workload. A word "key=value" sets the parameter `key` of its
 * kernels, and two keys are understood for any file: `blocks`, the cores that a
 * launch takes which does not say (all of them if left out), and `warm`, 1 to run
 * everything once before the run that counts.
 */
#include "kernels/kernel.h"
#include "tools/words.h"

/* Whether a name is that of a file and not of a built-in kernel. */
bool nk_is_file(const char *name);

/* Read and verify; target may be NULL, and then there are no blocks. NULL on failure. */
struct kmodule *nk_load(const char *path, const struct target *target, struct diag *diag);

/* workload_free releases it, on failure too. */
bool nk_workload(struct workload *work, const char *path, const struct words *params,
                 const struct target *target, struct diag *diag);

#endif
