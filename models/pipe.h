#ifndef NPUSIM_MODELS_PIPE_H
#define NPUSIM_MODELS_PIPE_H
/*
 * A pipe executes its operations in order. The pipes of a core run
 * concurrently and meet only at flags.
 *
 * An operation occupies the pipe from its start until the next may begin, and
 * completes later: operations of one pipe overlap, but complete in order. Its
 * effect on data happens when it completes. At every instant a pipe is in
 * exactly one state, and the time spent in each is kept, so the states of a
 * pipe always add up to the length of the run.
 */
#include "kernels/ir/op.h"
#include "models/bound.h"
#include "models/cost.h"
#include "sim/event.h"

#include <stdbool.h>

#define PIPE_STATES(X)                                                                         \
    X(idle, "nothing has been issued to it")                                                   \
    X(busy, "an operation occupies it")                                                        \
    X(drain, "its last operations are on their way to completion")                             \
    X(wait_flag, "its next operation waits for a flag")                                        \
    X(wait_cross, "its next operation waits for another core")                                 \
    X(wait_barrier, "its next operation waits for earlier ones")                               \
    X(wait_queue, "the scalar unit waits for a place in a pipe's queue")

enum pipe_state {
#define X(state, meaning) PIPE_##state,
    PIPE_STATES(X) PIPE_STATE_COUNT
#undef X
};

extern const char *const pipe_state_names[PIPE_STATE_COUNT];

/* How far a transfer to or from GM has come; mte.c keeps it. */
struct progress {
    uint8_t path;     /* enum gm_path */
    bool all_issued;  /* every request is on its way ... */
    sim_time engaged; /* ... and the engine is free then */
    uint32_t unanswered;
    uint64_t latency;                 /* of the engine itself, cycles */
    sim_time cursor;                  /* the flight's bound stands here */
    sim_time last, last_l2, last_hbm; /* the last arrival so far, and what it waited for */
};

/* An operation of a pipe, from being issued to being complete. */
struct flight {
    sim_time issued;      /* by the scalar unit */
    struct cost cost;     /* unless it is a transfer or a synchronisation */
    struct bound bound;   /* of `issued`, then of `start`, then of `done` */
    sim_time start, done; /* done is meaningful once known */
    bool known;
    bool counted;             /* holds one of the places for operations in flight */
    struct progress progress; /* of a transfer to or from GM */
    struct kop op;
};

struct core;
struct mte;

struct pipe {
    struct core *core;
    enum pipe_id id;

    struct flight **ring;   /* queued and begun operations; NULL for the scalar unit */
    uint32_t ring_size;     /* a power of two that holds a full queue and all in flight */
    struct flight *flights; /* where they are: a place is used again soon, while it is in
                               the host's caches */
    struct flight **unused; /* a stack of the free places */
    uint32_t unused_count;
    uint32_t tail, begun, head; /* counters: complete | in flight | queued | free */
    uint32_t applied;           /* have had their effect; from tail to begun */
    unsigned in_flight;         /* counted operations in flight */
    unsigned signals;           /* set_flag and cross_set in flight */
    struct event issue, complete, effect;
    struct mte *mte; /* transfers to and from GM; NULL: none */
    bool issuing;    /* a transfer is still issuing its requests */

    sim_time free_at;     /* the next operation may begin */
    struct bound bound;   /* of free_at */
    sim_time retired_at;  /* the last completion */
    struct bound retired; /* of retired_at */

    enum pipe_state state;
    sim_time since; /* the last change of state */
    sim_time spent[PIPE_STATE_COUNT];
    uint64_t ops;
};

void pipe_init(struct pipe *pipe, struct core *core, enum pipe_id id);
void pipe_free(struct pipe *pipe);

/* Empty, idle and with no time spent, from `now` on. */
void pipe_reset(struct pipe *pipe, sim_time now);

bool pipe_full(const struct pipe *pipe);
bool pipe_idle(const struct pipe *pipe); /* nothing queued, nothing in flight */

/* Append op to the queue, issued at `when`, which is now or later. */
void pipe_issue(struct pipe *pipe, const struct kop *op, struct cost cost, sim_time when,
                const struct bound *bound);

/* Retire what is complete; the scalar unit has begun to wait for the rest. */
void pipe_settle(struct pipe *pipe);

/* Look again at what the pipe waits for, at `when`. */
void pipe_wake(struct pipe *pipe, sim_time when);

/* Charge the time since the last change to the state that ends at `when`. */
void pipe_enter(struct pipe *pipe, enum pipe_state state, sim_time when);

/* From mte.c: the transfer that was begun last has issued everything and leaves
 * the pipe free at `when`; the flight's bound is then that of `when`. */
void pipe_issued(struct pipe *pipe, sim_time when, const struct bound *bound);

/* From mte.c: flight->done has become known. */
void pipe_known(struct pipe *pipe, struct flight *flight);

/* The operation the pipe is stuck at, or NULL. */
const struct kop *pipe_blocked(const struct pipe *pipe);

#endif
