#include "models/mte.h"
#include "models/pipe_impl.h"
#include "sim/assert.h"

static enum bound_id heading(enum pipe_id pipe)
{
    switch (pipe) {
    case PIPE_V:
        return BOUND_vector;
    case PIPE_M:
        return BOUND_cube;
    case PIPE_MTE1:
        return BOUND_mte1;
    case PIPE_MTE2: /* a fill, as transfers are charged by path: it keeps that engine busy */
        return bound_of(PATH_gm_to_l1, REASON_engine);
    case PIPE_MTE3:
        return BOUND_mte3;
    case PIPE_FIX:
        return BOUND_fixpipe;
    default:
        SIM_ASSERT(false); /* transfers are charged by path */
        return BOUND_launch;
    }
}

/* The pipe is released at `when` by something that happened elsewhere. */
static void released(struct pipe *pipe, sim_time when, struct trail trail)
{
    if (when > pipe->free_at) {
        pipe_end_busy(pipe, when);
        pipe->free_at = when;
        trail_give(pipe_trails(pipe), &pipe->trail, trail_hold(trail));
    }
}

/* The pipe spends time under a heading. */
static void advance(struct pipe *pipe, sim_time until, enum bound_id heading)
{
    trail_spend(pipe_trails(pipe), &pipe->trail, heading, until - pipe->free_at);
    pipe->free_at = until;
}

/* Whether the scalar unit waits for a place in the queue, and for nothing else. */
static bool is_followed(const struct pipe *pipe)
{
    return pipe->core->queue_wait == pipe->id && pipe->head - pipe->begun >= pipe->queue_size;
}

/* A place in the queue becomes free as the operation at its head begins. */
static void free_place(struct pipe *pipe)
{
    if (is_followed(pipe))
        core_released(pipe->core, pipe->free_at, pipe->trail);
    pipe->begun++;
}

/* The flight has come as far as the pipe is free. */
static void flight_took(const struct pipe *pipe, struct flight *flight)
{
    trail_give(pipe_trails(pipe), &flight->trail, trail_hold(pipe->trail));
}

static void begin_marker(struct pipe *pipe, struct flight *flight, uint64_t cycles,
                         enum bound_id heading)
{
    sim_time start = pipe->free_at;
    pipe_enter(pipe, PIPE_busy);
    free_place(pipe);
    advance(pipe, core_after(pipe->core, start, cycles), heading);
    flight->since = start;
    flight->done = pipe->free_at;
    flight_took(pipe, flight);
    flight->marker = true;
    pipe->signals += flight_signals(flight);
    pipe_known(pipe, flight);
}

static void begin_compute(struct pipe *pipe, struct flight *flight)
{
    struct core *core = pipe->core;
    sim_time start = pipe->free_at;
    enum bound_id id = heading(pipe->id);

    pipe_enter(pipe, PIPE_busy);
    free_place(pipe);
    flight->since = start;
    if (core->npu->free_ops[flight->mark.code]) {
        flight->done = start + 1;
        advance(pipe, start + 1, id);
    } else {
        uint64_t freed = core_edge(core, start) + flight->occupancy;
        flight->done = core_edge_time(core, freed + flight->latency);
        advance(pipe, core_edge_time(core, freed), id);
    }
    flight_took(pipe, flight);
    trail_spend(pipe_trails(pipe), &flight->trail, id, flight->done - pipe->free_at);
    flight->counted = true;
    pipe->in_flight++;
    pipe_known(pipe, flight);
}

static void begin_transfer(struct pipe *pipe, struct flight *flight)
{
    const struct npu *npu = pipe->core->npu;
    const struct transfer *transfer = pipe_transfer(pipe, flight);
    sim_time start = pipe->free_at;

    pipe_enter(pipe, PIPE_busy);
    free_place(pipe);
    flight->since = start;
    flight->counted = true;
    pipe->in_flight++;
    if (npu->free_ops[flight->mark.code] || npu->free_tensors[transfer->access.tensor]) {
        flight->done = start + 1;
        advance(pipe, start + 1, bound_of((enum gm_path)transfer->cost.path, REASON_engine));
        flight_took(pipe, flight);
        pipe_known(pipe, flight);
        return;
    }
    flight_took(pipe, flight);
    flight->known = false;
    pipe->issuing = true;
    mte_start(pipe->mte, flight, npu->traffic.base[transfer->access.tensor]);
}

void pipe_issued(struct pipe *pipe, sim_time when, struct trail trail)
{
    pipe->issuing = false;
    pipe->free_at = when;
    trail_give(pipe_trails(pipe), &pipe->trail, trail);
    if (pipe->begun != pipe->head)
        pipe_wake(pipe, when);
}

/* When the last of the operations in flight ends, all of which are known to, and by what trail.
 * They leave their places then, though the pipe gets there ahead of the present. */
static void outlast(struct pipe *pipe)
{
    sim_time when = pipe->retired_at;
    struct trail trail = pipe->retired;

    for (uint32_t i = pipe->tail; i != pipe->begun; i++) {
        struct flight *flight = pipe_flight(pipe, i);
        flight->counted = false;
        if (flight->done >= when) {
            when = flight->done;
            trail = flight->trail;
        }
    }
    pipe->in_flight = 0;
    released(pipe, when, trail);
}

/* Begin the operation at the head of the queue; false when it must wait. */
static bool begin(struct pipe *pipe, struct flight *flight)
{
    struct core *core = pipe->core;
    const struct params *params = core->npu->params;
    const struct kmark *mark = &flight->mark;
    sim_time now = sim_now(pipe_sim(pipe));

    switch (mark->code) {
    case KOP_wait_flag: {
        struct flag *flag = core_flag(core, mark);
        if (!flag->raised || flag->when > now) {
            pipe_enter(pipe, PIPE_wait_flag);
            if (flag->raised)
                pipe_wake(pipe, flag->when);
            return false;
        }
        released(pipe, flag->when, flag->trail);
        core_lower_flag(core, flag);
        begin_marker(pipe, flight, (uint64_t)params->sync_flag, BOUND_flag);
        return true;
    }
    case KOP_cross_wait: {
        sim_time when;
        struct trail trail;
        if (!cross_take(core, mark->id, now, &when, &trail)) {
            pipe_enter(pipe, PIPE_wait_cross);
            if (when != SIM_NEVER)
                pipe_wake(pipe, when);
            return false;
        }
        released(pipe, when, trail);
        trail_drop(pipe_trails(pipe), trail);
        begin_marker(pipe, flight, (uint64_t)params->sync_flag, BOUND_cross);
        return true;
    }
    case KOP_barrier:
        if (pipe->in_flight > 0) {
            pipe_enter(pipe, PIPE_wait_barrier);
            if (pipe->mte != NULL) {
                pipe_look_at_completion(pipe);
                return false; /* woken by the completion */
            }
        }
        outlast(pipe);
        begin_marker(pipe, flight, (uint64_t)params->sync_barrier, BOUND_barrier);
        return true;
    case KOP_set_flag:
        begin_marker(pipe, flight, (uint64_t)params->sync_flag, BOUND_flag);
        return true;
    case KOP_cross_set:
        begin_marker(pipe, flight, (uint64_t)params->sync_flag, BOUND_cross);
        return true;
    default:
        break;
    }

    if (pipe->in_flight >= (unsigned)params->core_in_flight) {
        pipe_enter(pipe, PIPE_wait_barrier);
        pipe_look_at_completion(pipe);
        return false; /* woken by the completion */
    }
    if (pipe->state == PIPE_wait_barrier)
        released(pipe, pipe->retired_at, pipe->retired);

    if (flight->moves)
        begin_transfer(pipe, flight);
    else
        begin_compute(pipe, flight);
    return true;
}

/*
 * Whether an operation may begin before its time has come: one that asks nobody and
 * follows on the one before, while the scalar unit waits for its place in the queue. So a
 * pipe, its queue and its scalar unit go on together while the host has them at hand; a
 * scalar unit that waits for something else would later find places free too early. What
 * has begun must leave room for a full queue.
 */
static bool runs_ahead(const struct pipe *pipe, const struct flight *flight)
{
    const struct core *core = pipe->core;
    enum kop_code code = (enum kop_code)flight->mark.code;
    bool asks = flight->moves || code == KOP_wait_flag || code == KOP_cross_wait ||
                (code == KOP_barrier && pipe->mte != NULL) ||
                pipe->in_flight >= (unsigned)core->npu->params->core_in_flight;

    return !asks && pipe->state == PIPE_busy && flight->since <= pipe->free_at &&
           is_followed(pipe) && pipe->begun - pipe->tail < pipe->ring_size - pipe->queue_size;
}

/* PHASE_ISSUE: the pipe may be free; begin what can begin. */
void pipe_on_issue(struct sim *sim, void *owner)
{
    struct pipe *pipe = owner;
    sim_time now = sim_now(sim);

    pipe_retire_due(pipe, now); /* what retires late must be seen to have */
    while (!pipe->issuing && pipe->begun != pipe->head) {
        struct flight *flight = pipe_flight(pipe, pipe->begun);
        pipe_expect(pipe, pipe->begun + 1);
        sim_time ready = pipe->free_at > flight->since ? pipe->free_at : flight->since;
        if (ready > now && !runs_ahead(pipe, flight)) {
            pipe_wake(pipe, ready);
            break;
        }
        released(pipe, flight->since, flight->trail);
        if (!begin(pipe, flight))
            break;
        core_pipe_moved(pipe->core, pipe, true);
    }
}
