#ifndef NPUSIM_MODELS_NPU_H
#define NPUSIM_MODELS_NPU_H
/*
 * The chip: its cores, the memory behind them, and one launch at a time. The
 * state of the L2 lives on from launch to launch.
 */
#include "kernels/ir/exec.h"
#include "models/core.h"
#include "models/cost_memo.h"
#include "models/memory.h"
#include "models/params.h"
#include "models/trace.h"
#include "sim/event.h"
#include "sim/text.h"

/* What one launch took and moved. */
struct run {
    sim_time time;      /* device task duration, head and tail included */
    sim_time core_time; /* from the first core's first instruction to the last core's end */
    bool coupled;       /* what core_has_pipe asks */
    unsigned cores[CORE_KINDS]; /* that took part */
    sim_time pipes[CORE_KINDS][PIPE_COUNT]
                  [PIPE_STATE_COUNT]; /* summed over the cores; of core_time */
    uint64_t pipe_ops[CORE_KINDS][PIPE_COUNT];
    struct bound bound; /* sums to time */
    struct traffic traffic;
    struct memory_profile memory;
    uint64_t events, ops, requests; /* what it took to simulate */
};

/* Add to what launches took what the next one took. A core that took no part in one of them
 * was idle meanwhile. */
void run_add(struct run *total, const struct run *run);

struct npu {
    const struct params *params;
    struct sim *sim;
    struct traffic traffic;
    struct memory memory;
    struct cost_memo memo;
    struct trails trails;
    struct core *cores; /* all cube cores, then all vector cores */
    unsigned core_count;

    /* The launch being run. */
    const struct kernel *kernel;
    struct outlines outlines; /* of it */
    struct exec *exec;        /* NULL: no data at all */
    bool data;                /* compute everything, not only what control needs */
    unsigned blocks, next_block, blocks_left;
    bool mixed;
    sim_time began, first_start, last_end;
    struct trail last_trail; /* to last_end */
    uint64_t ops, steps, step_limit;

    bool free_ops[KOP_COUNT];
    bool free_tensors[KTENSORS_MAX];
    struct trace *trace; /* NULL: none */

    struct diag diag;
    bool failed;
};

#define NPU_STEP_LIMIT UINT64_C(1000000000)

/* params must outlive the npu. */
struct npu *npu_new(const struct params *params);
void npu_free(struct npu *npu);

/* Lay the kernel's tensors out in device memory; they keep their places until the
 * next call. False when they do not fit. */
bool npu_place(struct npu *npu, const struct kernel *kernel, struct diag *diag);

/*
 * Run `kernel` on `blocks` blocks. exec holds its data, or is NULL; `data`
 * false skips all arithmetic. On failure (a deadlock, an access out of bounds,
 * a flag set twice, the instruction limit) diag says what and where, and
 * `report` (may be NULL) gets a line per stuck core.
 */
bool npu_run(struct npu *npu, const struct kernel *kernel, unsigned blocks, struct exec *exec,
             bool data, struct run *run, struct diag *diag, struct text *report);

/* --- for the parts of the chip --- */

void npu_fail(struct npu *npu, const struct core *core, const struct kmark *mark,
              const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Nothing moves any more: diag says so, and `report` (may be NULL) where each core stands. */
void npu_fail_deadlock(struct npu *npu, struct text *report);
void npu_stop(struct npu *npu);
void npu_core_done(struct npu *npu, struct core *core);

/* Who is told what happens, or NULL. */
static inline struct checker *npu_checker(const struct npu *npu)
{
    return npu->exec == NULL ? NULL : npu->exec->checker;
}

/* Whether anything but time is wanted of operations: data, checks or a trace. */
static inline bool npu_watched(const struct npu *npu)
{
    return npu->exec != NULL || npu->trace != NULL;
}

/* An operation of a pipe is complete: its effect on data, and the trace. */
void npu_completed(struct npu *npu, struct core *core, struct pipe *pipe,
                   const struct flight *flight, const struct kop *op);

#endif
