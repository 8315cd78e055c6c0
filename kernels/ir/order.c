#include "kernels/ir/order_impl.h"

#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

struct ordering *order_new(size_t cores)
{
    struct ordering *order = mem_new(sizeof *order);
    order->count = cores;
    order->threads = cores * PIPE_COUNT;
    order->cores = mem_array(cores, sizeof *order->cores);
    order->clocks = mem_array(order->threads * order->threads, sizeof *order->clocks);
    order->ended = mem_array(order->threads, sizeof *order->ended);
    return order;
}

const uint32_t *order_clock(const struct ordering *order, size_t core, enum pipe_id pipe)
{
    return clock_of(order, core, pipe);
}

void order_join(const struct ordering *order, uint32_t *clock, const uint32_t *with)
{
    for (size_t i = 0; i < order->threads; i++)
        clock[i] = clock[i] > with[i] ? clock[i] : with[i];
}

/* A thread hears of what came before; among that may be operations of its own. */
void order_learn(struct ordering *order, size_t core, enum pipe_id pipe, const uint32_t *clock)
{
    uint32_t *ended = &order->ended[order_thread(core, pipe)];
    uint32_t heard = clock[order_thread(core, pipe)];

    *ended = heard > *ended ? heard : *ended;
    order_join(order, clock_of(order, core, pipe), clock);
}

/* --- notes --- */

struct note *note_of(const struct ordering *order, size_t core, enum pipe_id pipe,
                     uint32_t instr)
{
    size_t bytes = order->threads * sizeof(uint32_t);
    struct note *note = mem_new(sizeof *note + bytes);
    note->holders = 1;
    note->instr = instr;
    note->core = core;
    memcpy(note->clock, clock_of(order, core, pipe), bytes);
    return note;
}

void note_let_go(struct note *note)
{
    if (note != NULL && --note->holders == 0)
        mem_free(note);
}

/* --- beginning and end --- */

static void forget(struct core_order *core)
{
    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
        struct pipe_order *at = &core->pipes[pipe];
        while (at->tail != at->head)
            note_let_go(at->ring[at->tail++ & (at->room - 1)].scalar);
    }
    order_forget_flags(core);
    note_let_go(core->scalar);
    core->scalar = NULL;
}

void order_free(struct ordering *order)
{
    for (size_t i = 0; i < order->count; i++) {
        struct core_order *core = &order->cores[i];
        forget(core);
        mem_free(core->stamps);
        for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++)
            mem_free(core->pipes[pipe].ring);
        order_free_flags(core);
    }
    mem_free(order->cores);
    mem_free(order->clocks);
    mem_free(order->ended);
    mem_free(order);
}

/* The scalar unit has waited for something: what it issues from now on comes after that. */
void order_scalar_waited(struct core_order *core)
{
    core->version++;
    note_let_go(core->scalar);
    core->scalar = NULL;
}

/* Everything the chosen cores have done comes before everything they will do. */
static void meet(struct ordering *order, bool (*chosen)(const struct core_order *, unsigned),
                 unsigned block)
{
    uint32_t *all = mem_array(order->threads, sizeof *all);

    for (size_t i = 0; i < order->count; i++) {
        for (unsigned pipe = 0; chosen(&order->cores[i], block) && pipe < PIPE_COUNT; pipe++)
            order_join(order, all, clock_of(order, i, (enum pipe_id)pipe));
    }
    for (size_t i = 0; i < order->count; i++) {
        if (!chosen(&order->cores[i], block))
            continue;
        order_join(order, clock_of(order, i, PIPE_S), all);
        order_scalar_waited(&order->cores[i]);
    }
    mem_free(all);
}

static bool any_core(const struct core_order *core, unsigned block)
{
    (void)core;
    (void)block;
    return true;
}

static bool launched_core(const struct core_order *core, unsigned block)
{
    (void)block;
    return core->member.launched;
}

static bool core_of_block(const struct core_order *core, unsigned block)
{
    return core->member.launched && core->member.block == block;
}

void order_launch(struct ordering *order)
{
    for (size_t i = 0; i < order->count; i++) {
        forget(&order->cores[i]);
        order->cores[i].member.launched = false;
    }
    meet(order, any_core, 0);
}

void order_take_part(struct ordering *order, size_t core, enum core_kind kind, unsigned block)
{
    order->cores[core].member =
        (struct member){ .kind = kind, .block = block, .launched = true };
}

const struct member *order_member(const struct ordering *order, size_t core)
{
    return &order->cores[core].member;
}

void order_block_done(struct ordering *order, unsigned block)
{
    meet(order, core_of_block, block);
}

void order_meet(struct ordering *order)
{
    meet(order, launched_core, 0);
}

void order_barrier_all(struct ordering *order, size_t core)
{
    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
        if (pipe != PIPE_S)
            order_join(order, clock_of(order, core, PIPE_S),
                       clock_of(order, core, (enum pipe_id)pipe));
    }
    order_scalar_waited(&order->cores[core]);
}

/* --- operations --- */

static void make_room(struct pipe_order *pipe)
{
    if (pipe->head - pipe->tail < pipe->room)
        return;
    uint32_t room = pipe->room == 0 ? 8 : pipe->room * 2;
    struct issued *ring = mem_array(room, sizeof *ring);
    for (uint32_t i = pipe->tail; i != pipe->head; i++)
        ring[i & (room - 1)] = pipe->ring[i & (pipe->room - 1)];
    mem_free(pipe->ring);
    pipe->ring = ring;
    pipe->room = room;
}

static uint32_t keep_stamp(struct core_order *core, const struct stamp *stamp)
{
    if (core->stamps == NULL)
        core->stamps = mem_array(STAMPS, sizeof *core->stamps);
    uint32_t number = ++core->issued;
    struct stamp *kept = &core->stamps[number % STAMPS];
    *kept = *stamp;
    kept->number = number;
    return number;
}

void order_issue(struct ordering *order, size_t core, enum pipe_id pipe,
                 const struct stamp *stamp)
{
    struct core_order *at = &order->cores[core];
    struct pipe_order *to = &at->pipes[pipe];

    make_room(to);
    struct issued *issued = &to->ring[to->head++ & (to->room - 1)];
    issued->number = keep_stamp(at, stamp);
    issued->scalar = NULL;
    if (to->seen == at->version)
        return;
    to->seen = at->version;
    if (at->scalar == NULL)
        at->scalar = note_of(order, core, PIPE_S, NO_INSTR);
    at->scalar->holders++;
    issued->scalar = at->scalar;
}

uint32_t order_begin(struct ordering *order, size_t core, enum pipe_id pipe)
{
    struct pipe_order *at = &order->cores[core].pipes[pipe];
    uint32_t *clock = clock_of(order, core, pipe);

    SIM_ASSERT(at->tail != at->head);
    struct issued *issued = &at->ring[at->tail++ & (at->room - 1)];
    uint32_t number = issued->number;
    if (issued->scalar != NULL) {
        order_learn(order, core, pipe, issued->scalar->clock);
        note_let_go(issued->scalar);
    }
    clock[order_thread(core, PIPE_S)] = number;
    clock[order_thread(core, pipe)] = number;
    return number;
}

uint32_t order_scalar(struct ordering *order, size_t core, const struct stamp *stamp)
{
    uint32_t number = keep_stamp(&order->cores[core], stamp);
    clock_of(order, core, PIPE_S)[order_thread(core, PIPE_S)] = number;
    return number;
}

const struct stamp *order_stamp(const struct ordering *order, size_t core, uint32_t number)
{
    const struct stamp *stamps = order->cores[core].stamps;
    const struct stamp *stamp = &stamps[number % STAMPS];
    return stamps != NULL && stamp->number == number ? stamp : NULL;
}

uint32_t order_ended(const struct ordering *order, size_t core, enum pipe_id pipe)
{
    return order->ended[order_thread(core, pipe)];
}

void order_barrier(struct ordering *order, size_t core, enum pipe_id pipe, uint32_t number)
{
    order->ended[order_thread(core, pipe)] = number;
}
