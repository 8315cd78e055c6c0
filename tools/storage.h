#ifndef NPUSIM_TOOLS_STORAGE_H
#define NPUSIM_TOOLS_STORAGE_H
/*
 * The contents of a workload's tensors. With data every tensor has storage;
 * without, only those that decide control. Inputs are filled from the user's files
 * or from the seed; all else with a pattern that shows when it was never written, but for runs
 * without data, where nobody looks and memory that is not written need not be there.
 */
#include "kernels/kernel.h"
#include "tools/user_data.h"

struct storage {
    uint8_t **tensors; /* by index; NULL: no storage */
    size_t count;
    bool any, timing;
};

/* The tensors' shapes must be valid. False, before any is filled, when they and what
 * the reference needs do not fit the host's memory; free it in any case. */
bool storage_init(struct storage *storage, const struct workload *work,
                  const struct user_data *user, bool timing, uint64_t seed, struct diag *diag);

/* Give every tensor its first contents again. */
bool storage_fill(const struct storage *storage, const struct workload *work,
                  const struct user_data *user, uint64_t seed, struct diag *diag);
void storage_free(struct storage *storage);

#endif
