#include "models/pipe_impl.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

const char *const pipe_state_names[PIPE_STATE_COUNT] = {
#define X(state, meaning) #state,
    PIPE_STATES(X)
#undef X
};

/* --- states --- */

void pipe_finish(struct pipe *pipe, sim_time when)
{
    pipe_end_busy(pipe, when);
    pipe_charge(pipe, PIPE_idle, when);
}

void pipe_drain(struct pipe *pipe, sim_time when)
{
    SIM_ASSERT(pipe->ring != NULL); /* the scalar unit ends its states itself */
    sim_time drained = pipe->tail == pipe->begun ? pipe->retired_at : when;
    drained = drained > pipe->free_at ? drained : pipe->free_at;
    drained = drained < when ? drained : when;
    pipe->spent[PIPE_busy] += pipe->free_at - pipe->since;
    pipe->spent[PIPE_drain] += drained - pipe->free_at;
    pipe->state = PIPE_idle;
    pipe->since = drained;
}

/* --- the queue --- */

void pipe_wake(struct pipe *pipe, sim_time when)
{
    sim_time now = sim_now(pipe_sim(pipe));
    sim_wake(pipe_sim(pipe), &pipe->issue, when > now ? when : now);
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
    *pipe_op(pipe, flight) = *op;
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
    if (npu_watched(core->npu))
        keep_op(pipe, flight, op);
    if (core->time > pipe->free_at) /* else it will have waited for the pipe, not for this */
        flight->trail = trail_hold(core_trail(core));
    if (empty && !pipe->issuing)
        pipe_wake(pipe, core->time > pipe->free_at ? core->time : pipe->free_at);
}

bool pipe_full(const struct pipe *pipe)
{
    return pipe->head - pipe->begun >= pipe->queue_size ||
           pipe->head - pipe->tail >= pipe->ring_size;
}

bool pipe_idle(const struct pipe *pipe)
{
    return pipe->tail == pipe->head;
}

const struct kmark *pipe_blocked(const struct pipe *pipe)
{
    return pipe->begun == pipe->head ? NULL : &pipe_flight(pipe, pipe->begun)->mark;
}

/* --- making one --- */

void pipe_init(struct pipe *pipe, struct core *core, enum pipe_id id)
{
    pipe->core = core;
    pipe->id = id;
    if (id != PIPE_S) {
        const struct params *params = core->npu->params;
        pipe->queue_size = (uint32_t)params->core_queue;
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
        trail_drop(pipe_trails(pipe), pipe_flight(pipe, i)->trail);
    trail_drop(pipe_trails(pipe), pipe->trail);
    trail_drop(pipe_trails(pipe), pipe->retired);
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
    trail_give(pipe_trails(pipe), &pipe->trail, (struct trail){ 0 });
    trail_give(pipe_trails(pipe), &pipe->retired, (struct trail){ 0 });
    memset(pipe->spent, 0, sizeof pipe->spent);
    pipe->state = PIPE_idle;
    pipe->count = 0;
}
