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

/* Busy ends by itself when the pipe becomes free; what follows is draining, then idling.
 * To be called before free_at moves on, up to `when`. */
void pipe_end_busy(struct pipe *pipe, sim_time when);

/* PHASE_ISSUE: the pipe may be free; begin what can begin. */
void pipe_on_issue(struct sim *sim, void *owner);

/* PHASE_COMPLETE: the oldest operations in flight end; likewise only for data and trace. */
void pipe_on_complete(struct sim *sim, void *owner);
void pipe_on_effect(struct sim *sim, void *owner);

/* Retire what is complete by now. */
void pipe_retire_due(struct pipe *pipe, sim_time now);

/* Have completion looked at when that matters next, if it does. */
void pipe_look_at_completion(struct pipe *pipe);

#endif
