/*
 * A kernel on a chip of configs/, for tests: load both, run, and look at what
 * came out. What a test did not mean to go wrong fails it.
 */
#ifndef NPUSIM_TESTS_NPU_RIG_H
#define NPUSIM_TESTS_NPU_RIG_H

#include "models/npu.h"

struct npu_rig {
    struct chip *chip;
    struct kernel *kernel;
    struct npu *npu;
    uint64_t capacity[SPACE_COUNT];
    uint8_t **tensors; /* by index; zero to begin with */
    struct run run;    /* of the last run that ended well */
    struct diag diag;  /* of the last run that did not */
    struct text report;
};

/*
 * The kernel must parse and verify. `settings` are assignments for chip_set
 * with blanks between them, e.g. "core.clock=2000 sync.cross=50"; "": none.
 * The rig holds its own copy of everything.
 */
void npu_rig_init(struct npu_rig *rig, const char *chip, const char *settings, const char *nk);

/* The same with a kernel that exists already, which the rig frees. */
void npu_rig_init_kernel(struct npu_rig *rig, const char *chip, const char *settings,
                         struct kernel *kernel);
void npu_rig_free(struct npu_rig *rig);

/* Without data only tensors marked as control are computed on. The L2 is as the last run
 * left it. After a failure the rig cannot run again. */
bool npu_rig_run(struct npu_rig *rig, unsigned blocks, bool data);

uint8_t *npu_rig_tensor(struct npu_rig *rig, const char *name);
uint64_t npu_rig_bytes(const struct npu_rig *rig, const char *name);

/* Of a tensor, in the last run. */
struct tensor_traffic npu_rig_traffic(const struct npu_rig *rig, const char *name);

/* One launch on a cold chip, without data, that must end well. */
struct run npu_rig_once(const char *chip, const char *settings, const char *nk,
                        unsigned blocks);

/* Whole nanoseconds, which on tiny are cycles. */
uint64_t npu_rig_ns(sim_time time);

/* Whether two runs are the same in every number. */
bool npu_rig_same_run(const struct run *a, const struct run *b);

#endif
