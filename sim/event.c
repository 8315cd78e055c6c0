/*
 * The queue is a 4-ary heap. Its entries hold the whole key, so ordering them
 * touches no event; four children lie side by side, so a level costs about as
 * much memory traffic as in a binary heap, and there are half as many levels.
 */
#include "sim/event.h"

#include "sim/assert.h"
#include "sim/mem.h"

#include <stddef.h>

#define ARITY 4u
#define PHASE_SHIFT 62
#define FIRST_CAPACITY 256u

struct entry {
    sim_time when;
    uint64_t rank; /* phase in the top two bits, order of scheduling below */
    struct event *event;
    const void *touches; /* the event's */
};

struct sim {
    sim_time now;
    enum sim_phase phase; /* of the last event fired at `now` */
    bool running, stopped;

    /*
     * While an event fires, its entry stays at the root, where it is still the
     * least. The first event it schedules takes the place, one sift instead of
     * two; most handlers schedule one.
     */
    bool vacant;

    struct entry *heap;
    uint32_t count, capacity;
    uint64_t scheduled, fired;
};

struct sim *sim_new(void)
{
    struct sim *sim = mem_new(sizeof *sim);
    sim->capacity = FIRST_CAPACITY;
    sim->heap = mem_array(sim->capacity, sizeof *sim->heap);
    return sim;
}

void sim_free(struct sim *sim)
{
    if (sim == NULL)
        return;
    mem_free(sim->heap);
    mem_free(sim);
}

sim_time sim_now(const struct sim *sim)
{
    return sim->now;
}

uint64_t sim_fired(const struct sim *sim)
{
    return sim->fired;
}

void event_init(struct event *ev, const char *name, enum sim_phase phase, event_fn *fire,
                void *owner)
{
    *ev = (struct event){
        .name = name, .fire = fire, .owner = owner, .touches = ev, .phase = phase
    };
}

/* Without branches: which of two events is sooner is anyone's guess. A subtraction of 128
 * bits takes half the instructions of three comparisons. */
static inline bool before(const struct entry *a, const struct entry *b)
{
    __extension__ typedef unsigned __int128 key;
    return ((key)a->when << 64 | a->rank) < ((key)b->when << 64 | b->rank);
}

static inline void place(struct sim *sim, uint32_t at, struct entry entry)
{
    sim->heap[at] = entry;
    entry.event->slot = at + 1;
}

/* Put entry at the free position `at` or above it, where it belongs. */
static void sift_up(struct sim *sim, uint32_t at, struct entry entry)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / ARITY;
        if (!before(&entry, &sim->heap[parent]))
            break;
        place(sim, at, sim->heap[parent]);
        at = parent;
    }
    place(sim, at, entry);
}

/* The least of the children of a node, the first of which is at `child`. */
static inline uint32_t least_child(const struct sim *sim, uint32_t child)
{
    const struct entry *heap = sim->heap;

    if (child + ARITY <= sim->count) { /* nearly always: two independent pairs, then a final */
        uint32_t a = child + before(&heap[child + 1], &heap[child]);
        uint32_t b = child + 2 + before(&heap[child + 3], &heap[child + 2]);
        return before(&heap[b], &heap[a]) ? b : a;
    }
    uint32_t least = child;
    for (uint32_t i = child + 1; i < sim->count; i++)
        least = before(&heap[i], &heap[least]) ? i : least;
    return least;
}

/* Put entry at the free position `at` or below it, where it belongs. */
static void sift_down(struct sim *sim, uint32_t at, struct entry entry)
{
    for (uint32_t child; (child = at * ARITY + 1) < sim->count;) {
        uint32_t least = least_child(sim, child);
        if (!before(&sim->heap[least], &entry))
            break;
        place(sim, at, sim->heap[least]);
        at = least;
    }
    place(sim, at, entry);
}

/* Take out the entry at `at`; the last one fills the gap. */
static void remove_at(struct sim *sim, uint32_t at)
{
    struct entry last = sim->heap[--sim->count];
    if (at == sim->count)
        return;
    if (at > 0 && before(&last, &sim->heap[(at - 1) / ARITY]))
        sift_up(sim, at, last);
    else
        sift_down(sim, at, last);
}

/* The key of an event scheduled now, for `when`. */
static struct entry entry_of(struct sim *sim, struct event *ev, sim_time when)
{
    SIM_ASSERT(when != SIM_NEVER);
    SIM_ASSERT(when > sim->now || (when == sim->now && ev->phase >= sim->phase));
    uint64_t rank = (uint64_t)ev->phase << PHASE_SHIFT | sim->scheduled++;
    return (struct entry){ .when = when, .rank = rank, .event = ev, .touches = ev->touches };
}

void sim_at(struct sim *sim, struct event *ev, sim_time when)
{
    SIM_ASSERT(!event_pending(ev));
    struct entry entry = entry_of(sim, ev, when);

    if (sim->vacant) {
        sim->vacant = false;
        sift_down(sim, 0, entry);
        return;
    }
    if (sim->count == sim->capacity) {
        SIM_ASSERT(sim->capacity <= UINT32_MAX / 8);
        sim->capacity *= 2;
        sim->heap = mem_grow(sim->heap, sim->capacity * sizeof *sim->heap);
    }
    sift_up(sim, sim->count++, entry);
}

void sim_wake(struct sim *sim, struct event *ev, sim_time when)
{
    if (!event_pending(ev))
        sim_at(sim, ev, when);
    else if (when < sim->heap[ev->slot - 1].when)
        sift_up(sim, ev->slot - 1, entry_of(sim, ev, when));
}

void sim_cancel(struct sim *sim, struct event *ev)
{
    if (!event_pending(ev))
        return;
    remove_at(sim, ev->slot - 1);
    ev->slot = 0;
}

/*
 * While an event fires, have the host fetch what the next one will touch: it is mostly out
 * of the caches, and lies around the event, which its component embeds, and where the event
 * says.
 */
static void expect_next(const struct sim *sim)
{
    if (sim->count < 2)
        return;
    const struct entry *next = &sim->heap[least_child(sim, 1)];
    uintptr_t event = (uintptr_t)next->event;
    for (uintptr_t at = event - MEM_LINE; at < event + 3 * MEM_LINE; at += MEM_LINE)
        __builtin_prefetch((const void *)at);
    uintptr_t touches = (uintptr_t)next->touches;
    __builtin_prefetch((const void *)touches);
    __builtin_prefetch((const void *)(touches + MEM_LINE));
}

static void fire_first(struct sim *sim)
{
    struct event *ev = sim->heap[0].event;

    sim->now = sim->heap[0].when;
    sim->phase = ev->phase;
    sim->fired++;
    ev->slot = 0;

    expect_next(sim);
    sim->vacant = true;
    ev->fire(sim, ev->owner);
    if (sim->vacant) {
        sim->vacant = false;
        remove_at(sim, 0);
    }
}

enum sim_end sim_run(struct sim *sim, sim_time until)
{
    SIM_ASSERT(!sim->running);
    sim->running = true;
    sim->stopped = false;
    while (!sim->stopped && sim->count != 0 && sim->heap[0].when <= until)
        fire_first(sim);
    sim->running = false;

    if (sim->stopped)
        return SIM_STOPPED;
    if (sim->count == 0)
        return SIM_DRAINED;
    if (until > sim->now) {
        sim->now = until;
        sim->phase = PHASE_COMPLETE;
    }
    return SIM_LIMIT;
}

void sim_stop(struct sim *sim)
{
    sim->stopped = true;
}
