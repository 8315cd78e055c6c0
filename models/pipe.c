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
    return &pipe->flights[pipe->ring[index & (pipe->ring_size - 1)]];
}

static struct kop *op_of(const struct pipe *pipe, const struct flight *flight)
{
    return &pipe->ops[flight - pipe->flights];
}

static struct sim *sim_of(const struct pipe *pipe)
{
    return pipe->core->npu->sim;
}

static struct trails *trails_of(const struct pipe *pipe)
{
    return &pipe->core->npu->trails;
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

/* Whether anything but time is wanted of operations: data, checks or a trace. */
static bool is_watched(const struct npu *npu)
{
    return npu->exec != NULL || npu->trace != NULL;
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
    return flight->mark.code == KOP_set_flag || flight->mark.code == KOP_cross_set;
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
    const struct flight *flight = flight_at(pipe, pipe->applied++);
    if (is_watched(pipe->core->npu))
        npu_completed(pipe->core->npu, pipe->core, pipe, flight, op_of(pipe, flight));
}

/*
 * Data must change when an operation completes, even if it is retired later. This event does
 * only that and wakes nobody, so a run with data or a trace is in all else the one without.
 */
static void schedule_effect(struct pipe *pipe)
{
    if (!is_watched(pipe->core->npu) || !retires_late(pipe) || pipe->applied == pipe->begun ||
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
        trail_give(trails_of(pipe), &pipe->retired, flight->trail);
    } else {
        trail_drop(trails_of(pipe), flight->trail);
    }
    flight->trail = (struct trail){ 0 };
    if (flight->counted)
        pipe->in_flight--;
    if (is_signal(flight))
        pipe->signals--;

    if (pipe->applied == pipe->tail)
        take_effect(pipe);
    if (flight->mark.code == KOP_set_flag)
        core_raise_flag(core, &flight->mark, pipe->retired_at, pipe->retired);
    else if (flight->mark.code == KOP_cross_set)
        cross_signal(core, &flight->mark, pipe->retired_at, pipe->retired);
}

static void retire_due(struct pipe *pipe, sim_time now)
{
    while (pipe->tail != pipe->begun) {
        struct flight *flight = flight_at(pipe, pipe->tail);
        if (!flight->known || flight->done > now)
            break;
        retire(pipe, flight);
        pipe->unused[pipe->unused_count++] = pipe->ring[pipe->tail++ & (pipe->ring_size - 1)];
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
    core_pipe_moved(pipe->core, pipe, false);
}

void pipe_known(struct pipe *pipe, struct flight *flight)
{
    flight->known = true;
    schedule_complete(pipe);
    schedule_effect(pipe);
}

/* --- beginning operations --- */

/* The pipe is released at `when` by something that happened elsewhere. */
static void released(struct pipe *pipe, sim_time when, struct trail trail)
{
    if (when > pipe->free_at) {
        settle(pipe, when);
        pipe->free_at = when;
        trail_give(trails_of(pipe), &pipe->trail, trail_hold(trail));
    }
}

/* The pipe spends time under a heading. */
static void advance(struct pipe *pipe, sim_time until, enum bound_id heading)
{
    trail_spend(trails_of(pipe), &pipe->trail, heading, until - pipe->free_at);
    pipe->free_at = until;
}

/* A place in the queue becomes free as the operation at its head begins. */
static void free_place(struct pipe *pipe)
{
    if (pipe->core->queue_wait == pipe->id)
        core_released(pipe->core, pipe->free_at, pipe->trail);
    pipe->begun++;
}

/* The flight has come as far as the pipe is free. */
static void flight_took(const struct pipe *pipe, struct flight *flight)
{
    trail_give(trails_of(pipe), &flight->trail, trail_hold(pipe->trail));
}

static void begin_marker(struct pipe *pipe, struct flight *flight, uint64_t cycles,
                         enum bound_id heading)
{
    sim_time start = pipe->free_at;
    pipe_enter(pipe, PIPE_busy, start);
    free_place(pipe);
    advance(pipe, core_after(pipe->core, start, cycles), heading);
    flight->since = start;
    flight->done = pipe->free_at;
    flight_took(pipe, flight);
    flight->counted = false;
    pipe->signals += is_signal(flight);
    pipe_known(pipe, flight);
}

static void begin_compute(struct pipe *pipe, struct flight *flight)
{
    struct core *core = pipe->core;
    sim_time start = pipe->free_at;
    enum bound_id id = heading(pipe->id);

    pipe_enter(pipe, PIPE_busy, start);
    free_place(pipe);
    flight->since = start;
    if (core->npu->free_ops[flight->mark.code]) {
        flight->done = start + 1;
        advance(pipe, start + 1, id);
    } else {
        flight->done = core_after(core, start, (uint64_t)flight->occupancy + flight->latency);
        advance(pipe, core_after(core, start, flight->occupancy), id);
    }
    flight_took(pipe, flight);
    trail_spend(trails_of(pipe), &flight->trail, id, flight->done - pipe->free_at);
    flight->counted = true;
    pipe->in_flight++;
    pipe_known(pipe, flight);
}

static void begin_transfer(struct pipe *pipe, struct flight *flight)
{
    const struct npu *npu = pipe->core->npu;
    const struct transfer *transfer = pipe_transfer(pipe, flight);
    sim_time start = pipe->free_at;

    pipe_enter(pipe, PIPE_busy, start);
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
    trail_give(trails_of(pipe), &pipe->trail, trail);
    if (pipe->begun != pipe->head)
        pipe_wake(pipe, when);
}

/* Begin the operation at the head of the queue; false when it must wait. */
static bool begin(struct pipe *pipe, struct flight *flight)
{
    struct core *core = pipe->core;
    const struct params *params = core->npu->params;
    const struct kmark *mark = &flight->mark;
    sim_time now = sim_now(sim_of(pipe));

    switch (mark->code) {
    case KOP_wait_flag: {
        struct flag *flag = core_flag(core, mark);
        if (!flag->raised || flag->when > now) {
            pipe_enter(pipe, PIPE_wait_flag, pipe->free_at);
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
            pipe_enter(pipe, PIPE_wait_cross, pipe->free_at);
            if (when != SIM_NEVER)
                pipe_wake(pipe, when);
            return false;
        }
        released(pipe, when, trail);
        trail_drop(trails_of(pipe), trail);
        begin_marker(pipe, flight, (uint64_t)params->sync_flag, BOUND_cross);
        return true;
    }
    case KOP_barrier:
        if (pipe->in_flight > 0) {
            pipe_enter(pipe, PIPE_wait_barrier, pipe->free_at);
            schedule_complete(pipe);
            return false; /* woken by the completion */
        }
        released(pipe, pipe->retired_at, pipe->retired);
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
        released(pipe, pipe->retired_at, pipe->retired);

    if (flight->moves)
        begin_transfer(pipe, flight);
    else
        begin_compute(pipe, flight);
    return true;
}

/*
 * Whether an operation may begin before its time has come: one that asks nobody and
 * follows on the one before, of whose place in the queue whoever waited for it knows.
 * So a pipe, its queue and its scalar unit go on together while the host has them at hand.
 */
static bool runs_ahead(const struct pipe *pipe, const struct flight *flight)
{
    const struct core *core = pipe->core;
    enum kop_code code = (enum kop_code)flight->mark.code;
    bool asks = flight->moves || code == KOP_wait_flag || code == KOP_cross_wait ||
                code == KOP_barrier ||
                pipe->in_flight >= (unsigned)core->npu->params->core_in_flight;

    return !asks && pipe->state == PIPE_busy && flight->since <= pipe->free_at &&
           (core->queue_wait != pipe->id || pipe_full(pipe));
}

/* PHASE_ISSUE: the pipe may be free; begin what can begin. */
static void pipe_on_issue(struct sim *sim, void *owner)
{
    struct pipe *pipe = owner;
    sim_time now = sim_now(sim);

    retire_due(pipe, now); /* what retires late must be seen to have */
    while (!pipe->issuing && pipe->begun != pipe->head) {
        struct flight *flight = flight_at(pipe, pipe->begun);
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

void pipe_wake(struct pipe *pipe, sim_time when)
{
    sim_time now = sim_now(sim_of(pipe));
    sim_wake(sim_of(pipe), &pipe->issue, when > now ? when : now);
}

/* What a transfer is, if the operation is one. */
static bool note_transfer(struct pipe *pipe, const struct flight *flight, const struct kop *op)
{
    struct transfer *transfer = pipe_transfer(pipe, flight);
    if (!kop_gm_access(op, &transfer->access))
        return false;
    transfer->cost = cost_of_transfer(pipe->core->npu->params, op, &transfer->access);
    return true;
}

static void keep_op(struct pipe *pipe, const struct flight *flight, const struct kop *op)
{
    if (pipe->ops == NULL)
        pipe->ops = mem_array(pipe->ring_size, sizeof *pipe->ops);
    *op_of(pipe, flight) = *op;
}

void pipe_issue(struct pipe *pipe, const struct kop *op, const struct cost *cost)
{
    SIM_ASSERT(!pipe_full(pipe));
    struct core *core = pipe->core;
    bool empty = pipe->begun == pipe->head;
    uint8_t place = pipe->unused[--pipe->unused_count];
    struct flight *flight = &pipe->flights[place];
    uint64_t conflict = cost->conflict < UINT16_MAX ? cost->conflict : UINT16_MAX;

    pipe->ring[pipe->head++ & (pipe->ring_size - 1)] = place;
    pipe->count++;
    *flight = (struct flight){ .since = core->time,
                               .occupancy = (uint32_t)cost->occupancy,
                               .latency = (uint32_t)cost->latency,
                               .conflict = (uint16_t)conflict,
                               .mark = kop_mark(op) };
    flight->moves = pipe->mte != NULL && note_transfer(pipe, flight, op);
    if (is_watched(core->npu))
        keep_op(pipe, flight, op);
    if (core->time > pipe->free_at) /* else it will have waited for the pipe, not for this */
        flight->trail = trail_hold(core_trail(core));
    if (empty && !pipe->issuing)
        pipe_wake(pipe, core->time > pipe->free_at ? core->time : pipe->free_at);
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

const struct kmark *pipe_blocked(const struct pipe *pipe)
{
    return pipe->begun == pipe->head ? NULL : &flight_at(pipe, pipe->begun)->mark;
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
        SIM_ASSERT(pipe->ring_size <= UINT8_MAX + 1u);
        pipe->ring = mem_array(pipe->ring_size, sizeof *pipe->ring);
        pipe->unused = mem_array(pipe->ring_size, sizeof *pipe->unused);
        while (pipe->unused_count < pipe->ring_size) {
            pipe->unused[pipe->unused_count] = (uint8_t)pipe->unused_count;
            pipe->unused_count++;
        }
        pipe->flights = mem_lines(pipe->ring_size, sizeof *pipe->flights);
        if (pipe_moves_gm(id))
            pipe->transfers = mem_array(pipe->ring_size, sizeof *pipe->transfers);
    }
    event_init(&pipe->issue, pipe_names[id], PHASE_ISSUE, pipe_on_issue, pipe);
    event_init(&pipe->complete, pipe_names[id], PHASE_COMPLETE, pipe_on_complete, pipe);
    event_init(&pipe->effect, pipe_names[id], PHASE_COMPLETE, pipe_on_effect, pipe);
}

void pipe_free(struct pipe *pipe)
{
    for (uint32_t i = pipe->tail; i != pipe->head; i++) /* after a deadlock */
        trail_drop(trails_of(pipe), flight_at(pipe, i)->trail);
    trail_drop(trails_of(pipe), pipe->trail);
    trail_drop(trails_of(pipe), pipe->retired);
    mem_free(pipe->ring);
    mem_free(pipe->unused);
    mem_free(pipe->flights);
    mem_free(pipe->transfers);
    mem_free(pipe->ops);
}

void pipe_reset(struct pipe *pipe, sim_time now)
{
    SIM_ASSERT(pipe_idle(pipe));
    pipe->free_at = pipe->retired_at = pipe->since = now;
    trail_give(trails_of(pipe), &pipe->trail, (struct trail){ 0 });
    trail_give(trails_of(pipe), &pipe->retired, (struct trail){ 0 });
    memset(pipe->spent, 0, sizeof pipe->spent);
    pipe->state = PIPE_idle;
    pipe->count = 0;
}
