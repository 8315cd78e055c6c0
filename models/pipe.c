#include "models/pipe.h"

#include "models/core.h"
#include "models/mte.h"
#include "models/npu.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

const char *const pipe_state_names[PIPE_STATE_COUNT] = {
#define X(state, meaning) #state,
    PIPE_STATES(X)
#undef X
};

static struct flight *flight_at(const struct pipe *pipe, uint32_t index)
{
    return pipe->ring[index & (pipe->ring_size - 1)];
}

static struct sim *sim_of(const struct pipe *pipe)
{
    return pipe->core->npu->sim;
}

static enum bound_id heading(enum pipe_id pipe)
{
    switch (pipe) {
    case PIPE_V:
        return BOUND_vector;
    case PIPE_M:
        return BOUND_cube;
    case PIPE_MTE1:
        return BOUND_mte1;
    case PIPE_MTE3:
        return BOUND_mte3;
    case PIPE_FIX:
        return BOUND_fixpipe;
    default:
        SIM_ASSERT(false); /* transfers are charged by path */
        return BOUND_launch;
    }
}

/* --- states --- */

/* Busy ends by itself when the pipe becomes free; what follows is draining, then idling.
 * To be called before free_at moves on, up to `when`. */
static void settle(struct pipe *pipe, sim_time when)
{
    if (pipe->state != PIPE_busy || pipe->free_at >= when || pipe->issuing ||
        pipe->ring == NULL)
        return;

    sim_time drained = pipe->tail == pipe->begun ? pipe->retired_at : when;
    drained = drained > pipe->free_at ? drained : pipe->free_at;
    drained = drained < when ? drained : when;
    pipe->spent[PIPE_busy] += pipe->free_at - pipe->since;
    pipe->spent[PIPE_drain] += drained - pipe->free_at;
    pipe->state = PIPE_idle;
    pipe->since = drained;
}

void pipe_enter(struct pipe *pipe, enum pipe_state state, sim_time when)
{
    settle(pipe, when);
    SIM_ASSERT(when >= pipe->since);
    if (pipe->ring == NULL) { /* the scalar unit has no operations to show, only what it does */
        if (state == pipe->state && state != PIPE_idle)
            return; /* one stretch of it; idle time is not shown, and ends with the run */
        core_scalar_did(pipe->core, pipe->state, pipe->since, when);
    }
    pipe->spent[pipe->state] += when - pipe->since;
    pipe->state = state;
    pipe->since = when;
}

/* --- completion --- */

static bool is_signal(const struct flight *flight)
{
    return flight->op.code == KOP_set_flag || flight->op.code == KOP_cross_set;
}

/* A barrier, a full ring or the scalar unit waits for operations to complete. */
static bool pipe_awaited(const struct pipe *pipe)
{
    const struct core *core = pipe->core;
    return pipe->state == PIPE_wait_barrier || core->all_wait ||
           (core->queue_wait == pipe->id && pipe->head - pipe->tail >= pipe->ring_size);
}

/*
 * A transfer's end frees memory requests. Of other pipes only signals and whoever
 * waits for the pipe matter; the rest can be retired late, at no event each.
 */
static bool retires_late(const struct pipe *pipe)
{
    return pipe->mte == NULL;
}

/* When completion must next be looked at, SIM_NEVER if it need not be. */
static sim_time next_completion(const struct pipe *pipe)
{
    if (pipe->tail == pipe->begun || !flight_at(pipe, pipe->tail)->known)
        return SIM_NEVER;
    if (!retires_late(pipe) || pipe_awaited(pipe))
        return flight_at(pipe, pipe->tail)->done;
    if (pipe->signals == 0)
        return SIM_NEVER;

    /* Up to the first signal; a later operation never completes before an earlier one. */
    sim_time when = 0;
    for (uint32_t i = pipe->tail; i != pipe->begun; i++) {
        const struct flight *flight = flight_at(pipe, i);
        when = flight->done > when ? flight->done : when;
        if (is_signal(flight))
            break;
    }
    return when;
}

static void schedule_complete(struct pipe *pipe)
{
    sim_time when = event_pending(&pipe->complete) ? SIM_NEVER : next_completion(pipe);
    if (when == SIM_NEVER)
        return;
    sim_time now = sim_now(sim_of(pipe));
    sim_at(sim_of(pipe), &pipe->complete, when > now ? when : now + 1);
}

/* The effect of the oldest operation that has not had it, on data and on the trace. */
static void take_effect(struct pipe *pipe)
{
    npu_completed(pipe->core->npu, pipe->core, pipe, flight_at(pipe, pipe->applied++));
}

/*
 * Data must change when an operation completes, even if it is retired later. This event does
 * only that and wakes nobody, so a run with data or a trace is in all else the one without.
 */
static void schedule_effect(struct pipe *pipe)
{
    const struct npu *npu = pipe->core->npu;
    bool seen = npu->exec != NULL || npu->trace != NULL;
    if (!seen || !retires_late(pipe) || pipe->applied == pipe->begun ||
        event_pending(&pipe->effect))
        return;

    const struct flight *next = flight_at(pipe, pipe->applied);
    sim_time now = sim_now(sim_of(pipe));
    if (next->known)
        sim_at(sim_of(pipe), &pipe->effect, next->done > now ? next->done : now + 1);
}

/* PHASE_COMPLETE: operations end. */
static void pipe_on_effect(struct sim *sim, void *owner)
{
    struct pipe *pipe = owner;

    while (pipe->applied != pipe->begun) {
        const struct flight *next = flight_at(pipe, pipe->applied);
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
        pipe->retired = flight->bound;
    }
    if (flight->counted)
        pipe->in_flight--;
    if (is_signal(flight))
        pipe->signals--;

    if (pipe->applied == pipe->tail)
        take_effect(pipe);
    if (flight->op.code == KOP_set_flag)
        core_raise_flag(core, &flight->op, pipe->retired_at, &pipe->retired);
    else if (flight->op.code == KOP_cross_set)
        cross_signal(core, &flight->op, pipe->retired_at, &pipe->retired);
}

static void retire_due(struct pipe *pipe, sim_time now)
{
    while (pipe->tail != pipe->begun) {
        struct flight *flight = flight_at(pipe, pipe->tail);
        if (!flight->known || flight->done > now)
            break;
        retire(pipe, flight);
        pipe->tail++;
        pipe->unused[pipe->unused_count++] = flight;
    }
}

void pipe_settle(struct pipe *pipe)
{
    retire_due(pipe, sim_now(sim_of(pipe)));
    schedule_complete(pipe);
}

/* PHASE_COMPLETE: the oldest operations in flight end. */
static void pipe_on_complete(struct sim *sim, void *owner)
{
    struct pipe *pipe = owner;
    sim_time now = sim_now(sim);

    retire_due(pipe, now);
    schedule_complete(pipe);
    if (!pipe->issuing && pipe->begun != pipe->head)
        pipe_wake(pipe, now);
    core_pipe_moved(pipe->core, pipe);
}

void pipe_known(struct pipe *pipe, struct flight *flight)
{
    flight->known = true;
    schedule_complete(pipe);
    schedule_effect(pipe);
}

/* --- beginning operations --- */

/* The pipe is released at `when` by something that happened elsewhere. */
static void released(struct pipe *pipe, sim_time when, const struct bound *bound)
{
    if (when > pipe->free_at) {
        settle(pipe, when);
        pipe->free_at = when;
        pipe->bound = *bound;
    }
}

/* The pipe spends time under a heading. */
static void advance(struct pipe *pipe, sim_time until, enum bound_id heading)
{
    pipe->bound.spent[heading] += until - pipe->free_at;
    pipe->free_at = until;
}

/* A place in the queue becomes free as the operation at its head begins. */
static void free_place(struct pipe *pipe)
{
    if (pipe->core->queue_wait == pipe->id)
        core_released(pipe->core, pipe->free_at, &pipe->bound);
    pipe->begun++;
}

static void begin_marker(struct pipe *pipe, struct flight *flight, uint64_t cycles,
                         enum bound_id heading)
{
    sim_time start = pipe->free_at;
    pipe_enter(pipe, PIPE_busy, start);
    free_place(pipe);
    advance(pipe, core_after(pipe->core, start, cycles), heading);
    flight->start = start;
    flight->done = pipe->free_at;
    flight->bound = pipe->bound;
    flight->counted = false;
    pipe->signals += is_signal(flight);
    pipe_known(pipe, flight);
}

static void begin_compute(struct pipe *pipe, struct flight *flight)
{
    struct core *core = pipe->core;
    struct cost cost = flight->cost;
    sim_time start = pipe->free_at;
    enum bound_id id = heading(pipe->id);

    pipe_enter(pipe, PIPE_busy, start);
    free_place(pipe);
    flight->start = start;
    flight->bound = pipe->bound;
    if (core->npu->free_ops[flight->op.code]) {
        flight->done = start + 1;
        advance(pipe, start + 1, id);
    } else {
        flight->done = core_after(core, start, cost.occupancy + cost.latency);
        advance(pipe, core_after(core, start, cost.occupancy), id);
    }
    flight->bound.spent[id] += flight->done - start;
    flight->counted = true;
    pipe->in_flight++;
    pipe_known(pipe, flight);
}

static void begin_transfer(struct pipe *pipe, struct flight *flight,
                           const struct gm_access *access)
{
    struct npu *npu = pipe->core->npu;
    sim_time start = pipe->free_at;

    pipe_enter(pipe, PIPE_busy, start);
    free_place(pipe);
    flight->start = start;
    flight->bound = pipe->bound;
    flight->counted = true;
    pipe->in_flight++;
    if (npu->free_ops[flight->op.code] || npu->free_tensors[access->tensor]) {
        flight->done = start + 1;
        struct mte_cost cost = cost_of_transfer(npu->params, &flight->op, access);
        advance(pipe, start + 1, bound_of((enum gm_path)cost.path, REASON_engine));
        flight->bound = pipe->bound;
        pipe_known(pipe, flight);
        return;
    }
    flight->known = false;
    pipe->issuing = true;
    mte_start(pipe->mte, flight, access, npu->traffic.base[access->tensor]);
}

void pipe_issued(struct pipe *pipe, sim_time when, const struct bound *bound)
{
    pipe->issuing = false;
    pipe->free_at = when;
    pipe->bound = *bound;
    if (pipe->begun != pipe->head)
        pipe_wake(pipe, when);
}

/* Begin the operation at the head of the queue; false when it must wait. */
static bool begin(struct pipe *pipe, struct flight *flight)
{
    struct core *core = pipe->core;
    const struct params *params = core->npu->params;
    const struct kop *op = &flight->op;
    sim_time now = sim_now(sim_of(pipe));

    switch (op->code) {
    case KOP_wait_flag: {
        struct flag *flag = core_flag(core, op);
        if (!flag->raised || flag->when > now) {
            pipe_enter(pipe, PIPE_wait_flag, pipe->free_at);
            if (flag->raised)
                pipe_wake(pipe, flag->when);
            return false;
        }
        flag->raised = false;
        released(pipe, flag->when, &flag->bound);
        begin_marker(pipe, flight, (uint64_t)params->sync_flag, BOUND_flag);
        return true;
    }
    case KOP_cross_wait: {
        sim_time when;
        struct bound bound;
        if (!cross_take(core, op->id, now, &when, &bound)) {
            pipe_enter(pipe, PIPE_wait_cross, pipe->free_at);
            if (when != SIM_NEVER)
                pipe_wake(pipe, when);
            return false;
        }
        released(pipe, when, &bound);
        begin_marker(pipe, flight, (uint64_t)params->sync_flag, BOUND_cross);
        return true;
    }
    case KOP_barrier:
        if (pipe->in_flight > 0) {
            pipe_enter(pipe, PIPE_wait_barrier, pipe->free_at);
            schedule_complete(pipe);
            return false; /* woken by the completion */
        }
        released(pipe, pipe->retired_at, &pipe->retired);
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
        pipe_enter(pipe, PIPE_wait_barrier, pipe->free_at);
        schedule_complete(pipe);
        return false; /* woken by the completion */
    }
    if (pipe->state == PIPE_wait_barrier)
        released(pipe, pipe->retired_at, &pipe->retired);

    struct gm_access access;
    if (kop_gm_access(op, &access))
        begin_transfer(pipe, flight, &access);
    else
        begin_compute(pipe, flight);
    return true;
}

/* PHASE_ISSUE: the pipe may be free; begin what can begin. */
static void pipe_on_issue(struct sim *sim, void *owner)
{
    struct pipe *pipe = owner;
    sim_time now = sim_now(sim);
    bool moved = false;

    retire_due(pipe, now); /* what retires late must be seen to have */
    while (!pipe->issuing && pipe->begun != pipe->head) {
        struct flight *flight = flight_at(pipe, pipe->begun);
        sim_time ready = pipe->free_at > flight->issued ? pipe->free_at : flight->issued;
        if (ready > now) {
            pipe_wake(pipe, ready);
            break;
        }
        released(pipe, flight->issued, &flight->bound);
        if (!begin(pipe, flight))
            break;
        moved = true;
    }
    if (moved)
        core_pipe_moved(pipe->core, pipe);
}

void pipe_wake(struct pipe *pipe, sim_time when)
{
    sim_time now = sim_now(sim_of(pipe));
    sim_wake(sim_of(pipe), &pipe->issue, when > now ? when : now);
}

void pipe_issue(struct pipe *pipe, const struct kop *op, struct cost cost, sim_time when,
                const struct bound *bound)
{
    SIM_ASSERT(!pipe_full(pipe));
    bool empty = pipe->begun == pipe->head;
    struct flight *flight = pipe->unused[--pipe->unused_count];
    pipe->ring[pipe->head++ & (pipe->ring_size - 1)] = flight;
    flight->op = *op;
    flight->cost = cost;
    flight->issued = when;
    flight->bound = *bound;
    flight->known = false;
    if (empty && !pipe->issuing)
        pipe_wake(pipe, when > pipe->free_at ? when : pipe->free_at);
}

bool pipe_full(const struct pipe *pipe)
{
    return pipe->head - pipe->begun >= (uint32_t)pipe->core->npu->params->core_queue ||
           pipe->head - pipe->tail >= pipe->ring_size;
}

bool pipe_idle(const struct pipe *pipe)
{
    return pipe->tail == pipe->head;
}

const struct kop *pipe_blocked(const struct pipe *pipe)
{
    return pipe->begun == pipe->head ? NULL : &flight_at(pipe, pipe->begun)->op;
}

void pipe_init(struct pipe *pipe, struct core *core, enum pipe_id id)
{
    pipe->core = core;
    pipe->id = id;
    if (id != PIPE_S) {
        const struct params *params = core->npu->params;
        pipe->ring_size = 1;
        while (pipe->ring_size < (uint64_t)(params->core_queue + params->core_in_flight))
            pipe->ring_size *= 2;
        pipe->ring = mem_array(pipe->ring_size, sizeof *pipe->ring);
        pipe->flights = mem_array(pipe->ring_size, sizeof *pipe->flights);
        pipe->unused = mem_array(pipe->ring_size, sizeof *pipe->unused);
        for (uint32_t i = pipe->ring_size; i > 0; i--)
            pipe->unused[pipe->unused_count++] = &pipe->flights[i - 1];
    }
    event_init(&pipe->issue, pipe_names[id], PHASE_ISSUE, pipe_on_issue, pipe);
    event_init(&pipe->complete, pipe_names[id], PHASE_COMPLETE, pipe_on_complete, pipe);
    event_init(&pipe->effect, pipe_names[id], PHASE_COMPLETE, pipe_on_effect, pipe);
}

void pipe_free(struct pipe *pipe)
{
    mem_free(pipe->ring);
    mem_free(pipe->flights);
    mem_free(pipe->unused);
}

void pipe_reset(struct pipe *pipe, sim_time now)
{
    SIM_ASSERT(pipe_idle(pipe));
    pipe->free_at = pipe->retired_at = pipe->since = now;
    memset(&pipe->bound, 0, sizeof pipe->bound);
    memset(&pipe->retired, 0, sizeof pipe->retired);
    memset(pipe->spent, 0, sizeof pipe->spent);
    pipe->state = PIPE_idle;
    pipe->ops = 0;
}
