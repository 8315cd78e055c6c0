#include "models/pipe_impl.h"

/* When completion must next be looked at, SIM_NEVER if it need not be. */
static sim_time next_completion(const struct pipe *pipe)
{
    if (pipe->tail == pipe->begun || !pipe_flight(pipe, pipe->tail)->known)
        return SIM_NEVER;
    if (!pipe_retires_late(pipe) || pipe_awaited(pipe))
        return pipe_flight(pipe, pipe->tail)->done;

    /* Up to the first signal; a later operation never completes before an earlier one. */
    sim_time when = 0;
    for (uint32_t i = pipe->tail; i != pipe->begun; i++) {
        const struct flight *flight = pipe_flight(pipe, i);
        when = flight->done > when ? flight->done : when;
        if (flight_signals(flight))
            break;
    }
    return when;
}

void pipe_plan_completion(struct pipe *pipe)
{
    sim_time when = next_completion(pipe);
    if (when == SIM_NEVER)
        return;
    sim_time now = sim_now(pipe_sim(pipe));
    sim_at(pipe_sim(pipe), &pipe->complete, when > now ? when : now + 1);
}

/* The effect of the oldest operation that has not had it, on data and on the trace. */
static inline void take_effect(struct pipe *pipe)
{
    const struct flight *flight = pipe_flight(pipe, pipe->applied++);
    if (npu_watched(pipe->core->npu))
        npu_completed(pipe->core->npu, pipe->core, pipe, flight, pipe_op(pipe, flight));
}

/*
 * In a run that is watched, data must change when an operation completes, even if it is
 * retired later. This event does only that and wakes nobody, so a run with data or a trace is
 * in all else the one without.
 */
static void schedule_effect(struct pipe *pipe)
{
    if (!pipe_retires_late(pipe) || pipe->applied == pipe->begun ||
        event_pending(&pipe->effect))
        return;

    const struct flight *next = pipe_flight(pipe, pipe->applied);
    sim_time now = sim_now(pipe_sim(pipe));
    if (next->known)
        sim_at(pipe_sim(pipe), &pipe->effect, next->done > now ? next->done : now + 1);
}

/* PHASE_COMPLETE: operations end. */
void pipe_on_effect(struct sim *sim, void *owner)
{
    struct pipe *pipe = owner;

    while (pipe->applied != pipe->begun) {
        const struct flight *next = pipe_flight(pipe, pipe->applied);
        if (!next->known || next->done > sim_now(sim))
            break;
        take_effect(pipe);
    }
    schedule_effect(pipe);
}

static void retire(struct pipe *pipe, struct flight *flight)
{
    struct core *core = pipe->core;

    if (flight->done >= pipe->retired_at) {
        pipe->retired_at = flight->done;
        trail_give(pipe_trails(pipe), &pipe->retired, flight->trail);
    } else {
        trail_drop(pipe_trails(pipe), flight->trail);
    }
    flight->trail = (struct trail){ 0 };
    if (flight->counted)
        pipe->in_flight--;
    if (flight_signals(flight))
        pipe->signals--;

    if (pipe->applied == pipe->tail)
        take_effect(pipe);
    if (flight->mark.code == KOP_set_flag)
        core_raise_flag(core, &flight->mark, pipe->retired_at, pipe->retired);
    else if (flight->mark.code == KOP_cross_set)
        cross_signal(core, &flight->mark, pipe->retired_at, pipe->retired);
}

void pipe_retire_due(struct pipe *pipe, sim_time now)
{
    while (pipe->tail != pipe->begun) {
        struct flight *flight = pipe_flight(pipe, pipe->tail);
        pipe_expect(pipe, pipe->tail + 1);
        if (!flight->known || flight->done > now)
            break;
        retire(pipe, flight);
        pipe->unused[pipe->unused_count++] = pipe->ring[pipe->tail++ & (pipe->ring_size - 1)];
    }
}

void pipe_settle(struct pipe *pipe)
{
    pipe_retire_due(pipe, sim_now(pipe_sim(pipe)));
    pipe_look_at_completion(pipe);
}

/* PHASE_COMPLETE: the oldest operations in flight end. */
void pipe_on_complete(struct sim *sim, void *owner)
{
    struct pipe *pipe = owner;
    sim_time now = sim_now(sim);

    pipe_retire_due(pipe, now);
    pipe_look_at_completion(pipe);
    if (!pipe->issuing && pipe->begun != pipe->head)
        pipe_wake(pipe, now);
    core_pipe_moved(pipe->core, pipe, false);
}

void pipe_known(struct pipe *pipe, struct flight *flight)
{
    flight->known = true;
    pipe_look_at_completion(pipe);
    if (npu_watched(pipe->core->npu))
        schedule_effect(pipe);
}
