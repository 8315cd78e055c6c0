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
#include "models/cost.h"
#include "models/trail.h"
#include "sim/assert.h"
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

/* A transfer to or from GM: what it is, and how far it has come; mte.c keeps the latter. */
struct transfer {
    struct gm_access access;
    struct mte_cost cost;

    struct flight *flight; /* whose this is */
    sim_time start;
    bool all_issued;  /* every request is on its way ... */
    sim_time engaged; /* ... and the engine is free then */
    uint32_t unanswered;
    sim_time cursor;                  /* the flight's trail stands here */
    sim_time last, last_l2, last_hbm; /* the last arrival so far, and what it waited for */
};

/*
 * An operation of a pipe, from being issued to being complete. Queues are long and
 * the host's caches small, so this holds what every operation needs, in 64 bytes.
 */
struct flight {
    sim_time since;     /* issued by the scalar unit; once begun: begun */
    sim_time done;      /* meaningful once known */
    struct trail trail; /* to `since` if that may matter; once begun: to where it has come */
    uint32_t occupancy, latency; /* struct cost, unless the time passes elsewhere */
    uint16_t conflict;           /* likewise; the most that fits */
    bool known : 1;
    bool counted : 1; /* holds one of the places for operations in flight */
    bool moves : 1;   /* it is a transfer */
    bool marker : 1;  /* of a flag, a signal or a barrier: of no effect on data */
    struct kmark mark;
};

struct core;
struct mte;

/* What every operation asks for comes first, and lies around the event that fires most. */
struct pipe {
    struct core *core;
    struct mte *mte; /* transfers to and from GM; NULL: none */

    /* Queued and begun operations. A place is used again as soon as it is free: the host
     * has it at hand. */
    uint8_t *ring;              /* their places, in order; NULL for the scalar unit */
    uint8_t *unused;            /* a stack of the other places */
    struct flight *flights;     /* by place, as are: */
    struct transfer *transfers; /* NULL: it has none */
    uint32_t tail, begun, head; /* counters: complete | in flight | queued | free */
    uint32_t applied;           /* have had their effect; from tail to begun */
    uint32_t unused_count;
    uint32_t ring_size;  /* a power of two that holds a full queue and all in flight */
    uint32_t queue_size; /* operations queued at most */
    unsigned in_flight;  /* counted operations in flight */
    unsigned signals;    /* set_flag and cross_set in flight */
    uint64_t count;      /* of operations issued to it */
    enum pipe_id id;
    enum pipe_state state;
    bool issuing; /* a transfer is still issuing its requests */

    struct event issue;
    sim_time free_at;     /* the next operation may begin */
    struct trail trail;   /* to free_at */
    sim_time retired_at;  /* the last completion */
    struct trail retired; /* to retired_at */

    sim_time since; /* the last change of state */
    sim_time spent[PIPE_STATE_COUNT];
    struct event complete, effect;
    struct kop *ops; /* by place, if somebody looks at them; NULL: nobody has yet */
};

/* Whether it has an engine that moves blocks to or from GM. */
static inline bool pipe_moves_gm(enum pipe_id id)
{
    return id == PIPE_MTE2 || id == PIPE_MTE3 || id == PIPE_FIX;
}

void pipe_init(struct pipe *pipe, struct core *core, enum pipe_id id);
void pipe_free(struct pipe *pipe);

/* Empty, idle and with no time spent, from `now` on. */
void pipe_reset(struct pipe *pipe, sim_time now);

bool pipe_full(const struct pipe *pipe);
bool pipe_idle(const struct pipe *pipe); /* nothing queued, nothing in flight */

/* Append op to the queue, issued by the scalar unit at its time, which is now or later. */
void pipe_issue(struct pipe *pipe, const struct kop *op, const struct cost *cost);

/* Retire what is complete; the scalar unit has begun to wait for the rest. */
void pipe_settle(struct pipe *pipe);

/* Look again at what the pipe waits for, at `when`. */
void pipe_wake(struct pipe *pipe, sim_time when);

/* Charge the time since the last change to the state that ends at `when`. */
static inline void pipe_charge(struct pipe *pipe, enum pipe_state state, sim_time when)
{
    SIM_ASSERT(when >= pipe->since);
    pipe->spent[pipe->state] += when - pipe->since;
    pipe->state = state;
    pipe->since = when;
}

/* The run ends at `when`, and the pipe idles, if it did not before. */
void pipe_finish(struct pipe *pipe, sim_time when);

/* From mte.c: the transfer that was begun last has issued everything and leaves
 * the pipe free at `when`, to which the trail, now the pipe's own, leads. */
void pipe_issued(struct pipe *pipe, sim_time when, struct trail trail);

static inline struct transfer *pipe_transfer(const struct pipe *pipe,
                                             const struct flight *flight)
{
    return &pipe->transfers[flight - pipe->flights];
}

/* From mte.c: flight->done has become known. */
void pipe_known(struct pipe *pipe, struct flight *flight);

/* The operation the pipe is stuck at, or NULL. */
const struct kmark *pipe_blocked(const struct pipe *pipe);

#endif
