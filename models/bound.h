#ifndef NPUSIM_MODELS_BOUND_H
#define NPUSIM_MODELS_BOUND_H
/*
 * Where the time goes: the critical path of a run, by what it was spent in.
 *
 * Nothing is logged. Every point of the run that something may wait for (the
 * end of an operation, a raised flag, a free queue entry) carries a profile of
 * the path that led to it: the profile of whatever released it last, plus the
 * time since then under one heading. A profile always sums to the time of its
 * point, so that of the last core's end sums to the whole run. Memory does not
 * grow with the run.
 */
#include "sim/time.h"

/* Routes between global memory and a core. */
#define GM_PATHS(X)                                                                            \
    X(gm_to_l1)                                                                                \
    X(gm_to_l0)                                                                                \
    X(gm_to_ub)                                                                                \
    X(ub_to_gm)                                                                                \
    X(l0c_to_gm)

enum gm_path {
#define X(name) PATH_##name,
    GM_PATHS(X) PATH_COUNT
#undef X
};

/* What a transfer on a route may spend its time on. */
#define GM_REASONS(X)                                                                          \
    X(engine, "issuing and moving bytes at the engine's own rate")                             \
    X(latency, "waiting for the memory's unloaded latency")                                    \
    X(l2, "queueing for an L2 slice")                                                          \
    X(hbm, "queueing for, and moving through, an HBM channel")

enum gm_reason {
#define X(name, meaning) REASON_##name,
    GM_REASONS(X) REASON_COUNT
#undef X
};

/* X(name, text, meaning) */
#define BOUND_FIXED(X)                                                                         \
    X(launch, "launch", "starting and ending the task, not the kernel's own work")             \
    X(aic_scalar, "aic.scalar", "scalar units of the cube cores")                              \
    X(aiv_scalar, "aiv.scalar", "scalar units of the vector cores")                            \
    X(cube, "aic.cube", "matrix multiplication")                                               \
    X(mte1, "aic.mte1", "moves out of L1")                                                     \
    X(fixpipe, "aic.fixpipe", "results leaving L0C")                                           \
    X(vector, "aiv.vector", "vector arithmetic")                                               \
    X(mte3, "aiv.mte3", "moves from UB to L1")                                                 \
    X(flag, "flag", "raising and lowering flags between pipes")                                \
    X(barrier, "barrier", "barriers within a core")                                            \
    X(cross, "cross_core_flag", "signals between cores")

enum bound_id {
#define X(name, text, meaning) BOUND_##name,
    BOUND_FIXED(X) BOUND_PATHS,
#undef X
    BOUND_COUNT = BOUND_PATHS + PATH_COUNT * REASON_COUNT
};

struct bound {
    sim_time spent[BOUND_COUNT];
};

extern const char *const gm_path_names[PATH_COUNT];
extern const char *const gm_reason_names[REASON_COUNT];

/* "aic.cube", "gm_to_l1.hbm" ... */
extern const char *const bound_names[BOUND_COUNT];
extern const char *const bound_meanings[BOUND_COUNT];

static inline enum bound_id bound_of(enum gm_path path, enum gm_reason reason)
{
    return (enum bound_id)(BOUND_PATHS + (unsigned)path * REASON_COUNT + (unsigned)reason);
}

sim_time bound_total(const struct bound *bound);

#endif
