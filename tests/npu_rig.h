/*
 * A kernel on a chip of configs/, for tests: load both, run, and look at what
 * came out. What a test did not expect to go wrong fails it.
 */
#ifndef NPUSIM_TESTS_NPU_RIG_H
#define NPUSIM_TESTS_NPU_RIG_H

#include "kernels/kernel.h"
#include "models/npu.h"

struct npu_rig {
    struct chip *chip;
    struct kernel *kernel;
    struct workload work; /* of a built-in kernel */
    struct npu *npu;
    uint64_t capacity[SPACE_COUNT];
    uint8_t **tensors; /* by index; zero to begin with */
    struct run run;    /* of the last run that ended well */
    struct diag diag;  /* of the last run that did not */
    struct text report;
};

/*
 * Settings for tiny that make every line like every other, of 64 that are consecutive:
 * one HBM channel with a bank for each. A line of 512 bytes that misses is back after
 * 152 ns, as tests/test_memory.c has it, and the channel moves one every 8 ns.
 */
#define ONE_CHANNEL "hbm.channels=1 hbm.groups=8 hbm.banks=8 hbm.row=512"

/* A chip of configs/ with `settings` as below; the caller frees it. */
struct chip *npu_rig_chip(const char *name, const char *settings);

/*
 * The kernel must parse and verify. `settings` are assignments for chip_set
 * with blanks between them, e.g. "core.clock=2000 sync.cross=50"; "": none.
 * The rig holds its own copy of everything.
 */
void npu_rig_init(struct npu_rig *rig, const char *chip, const char *settings, const char *nk);

/* The same with a kernel that exists already, which the rig frees. */
void npu_rig_init_kernel(struct npu_rig *rig, const char *chip, const char *settings,
                         struct kernel *kernel);

/* A built-in kernel with `params` as on the command line, blanks between them. Its inputs are
 * filled from a seed; all else is filled with 0xA5, which is seldom right. */
void npu_rig_init_builtin(struct npu_rig *rig, const char *chip, const char *settings,
                          const char *name, const char *params);

/* The same, built for the chip with `target_settings` and run on it with `settings`. All
 * tensors are zero: for runs without data. */
void npu_rig_init_built_for(struct npu_rig *rig, const char *chip, const char *target_settings,
                            const char *settings, const char *name, const char *params);
void npu_rig_free(struct npu_rig *rig);

/* Without data only tensors marked as control are computed on. The L2 is as the last run
 * left it. After a failure the rig cannot run again. */
bool npu_rig_run(struct npu_rig *rig, unsigned blocks, bool data);

/* The same on the blocks that a built-in kernel asks for; it must end well. */
void npu_rig_run_builtin(struct npu_rig *rig, bool data);

uint8_t *npu_rig_tensor(struct npu_rig *rig, const char *name);
uint64_t npu_rig_bytes(const struct npu_rig *rig, const char *name);

/* Of a tensor, in the last run. */
struct tensor_traffic npu_rig_traffic(const struct npu_rig *rig, const char *name);

/* One launch on a cold chip, without data, that must end well. */
struct run npu_rig_once(const char *chip, const char *settings, const char *nk,
                        unsigned blocks);

/* Whole nanoseconds, which on tiny are cycles. */
uint64_t npu_rig_ns(sim_time time);

/* Whether two runs are the same in every number but that of events. */
bool npu_rig_same_run(const struct run *a, const struct run *b);

#endif
