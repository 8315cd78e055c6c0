#ifndef NPUSIM_MODELS_PIPE_IMPL_H
#define NPUSIM_MODELS_PIPE_IMPL_H
/* What the pipe*.c files share: pipe.c keeps the queue and the states, pipe_begin.c begins
 * operations, pipe_complete.c ends them. */
#include "models/core.h"
#include "models/npu.h"

static inline struct flight *pipe_flight(const struct pipe *pipe, uint32_t index)
{
    return &pipe->flights[pipe->ring[index & (pipe->ring_size - 1)]];
}

/* That flight is next: have the host fetch it, for it was last touched a whole queue ago. */
static inline void pipe_expect(const struct pipe *pipe, uint32_t index)
{
    __builtin_prefetch(pipe_flight(pipe, index));
}

static inline struct kop *pipe_op(const struct pipe *pipe, const struct flight *flight)
{
    return &pipe->ops[flight - pipe->flights];
}

static inline struct sim *pipe_sim(const struct pipe *pipe)
{
    return pipe->core->npu->sim;
}

static inline struct trails *pipe_trails(const struct pipe *pipe)
{
    return &pipe->core->npu->trails;
}

static inline bool flight_signals(const struct flight *flight)
{
    return flight->mark.code == KOP_set_flag || flight->mark.code == KOP_cross_set;
}

/* From being free on, up to `when`, a busy pipe drains and then idles. */
void pipe_drain(struct pipe *pipe, sim_time when);

/* Busy ends by itself when the pipe becomes free. To be called before free_at moves on, up to
 * `when`. */
static inline void pipe_end_busy(struct pipe *pipe, sim_time when)
{
    if (pipe->state == PIPE_busy && pipe->free_at < when && !pipe->issuing)
        pipe_drain(pipe, when);
}

/* Enter a state as soon as the pipe is free. */
static inline void pipe_enter(struct pipe *pipe, enum pipe_state state)
{
    if (state != pipe->state)
        pipe_charge(pipe, state, pipe->free_at);
}

/* PHASE_ISSUE: the pipe may be free; begin what can begin. */
void pipe_on_issue(struct sim *sim, void *owner);

/* PHASE_COMPLETE: the oldest operations in flight end; likewise only for data and trace. */
void pipe_on_complete(struct sim *sim, void *owner);
void pipe_on_effect(struct sim *sim, void *owner);

/* Retire what is complete by now. */
void pipe_retire_due(struct pipe *pipe, sim_time now);

/* A barrier, a full ring or the scalar unit waits for operations to complete. */
static inline bool pipe_awaited(const struct pipe *pipe)
{
    const struct core *core = pipe->core;
    return pipe->state == PIPE_wait_barrier || core->all_wait ||
           (core->queue_wait == pipe->id && pipe->head - pipe->tail >= pipe->ring_size);
}

/*
 * A transfer's end frees memory requests. Of other pipes only signals and whoever
 * waits for the pipe matter; the rest can be retired late, at no event each.
 */
static inline bool pipe_retires_late(const struct pipe *pipe)
{
    return pipe->mte == NULL;
}

/* Completion matters: have it looked at when it does next, if that is known. */
void pipe_plan_completion(struct pipe *pipe);

static inline void pipe_look_at_completion(struct pipe *pipe)
{
    bool matters = !pipe_retires_late(pipe) || pipe->signals != 0 || pipe_awaited(pipe);
    if (matters && !event_pending(&pipe->complete))
        pipe_plan_completion(pipe);
}

#endif
