/*
 * The queue is a 4-ary heap. Its keys lie by themselves, so ordering events touches
 * none of them, and those of four children share a line of the host's caches: a level
 * costs as much memory traffic as in a binary heap, and there are half as many levels.
 */
#include "sim/event.h"

#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

#define ARITY 4u
#define PHASE_SHIFT 62
#define FIRST_CAPACITY 256u
#define LEAD (ARITY - 1) /* keys of no use before the first: siblings begin a line */

struct key {
    sim_time when;
    uint64_t rank; /* phase in the top two bits, order of scheduling below */
};

struct target {
    struct event *event;
    const void *touches; /* the event's */
};

/* An event in its place, or on the way to it. */
struct entry {
    struct key key;
    struct target target;
};

struct heap {
    struct key *keys; /* behind LEAD others */
    struct target *targets;
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

    struct heap heap;
    uint32_t count, capacity;
    uint64_t scheduled, fired;
};

/* Make room for so many events. */
static void reserve(struct sim *sim, uint32_t capacity)
{
    struct key *keys = mem_lines(LEAD + capacity, sizeof *keys);
    if (sim->capacity != 0) {
        memcpy(keys + LEAD, sim->heap.keys, sim->count * sizeof *keys);
        mem_free(sim->heap.keys - LEAD);
    }
    sim->heap.keys = keys + LEAD;
    sim->heap.targets = mem_grow(sim->heap.targets, capacity * sizeof *sim->heap.targets);
    sim->capacity = capacity;
}

struct sim *sim_new(void)
{
    struct sim *sim = mem_new(sizeof *sim);
    reserve(sim, FIRST_CAPACITY);
    return sim;
}

void sim_free(struct sim *sim)
{
    if (sim == NULL)
        return;
    mem_free(sim->heap.keys - LEAD);
    mem_free(sim->heap.targets);
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
static inline bool before(const struct key *a, const struct key *b)
{
    __extension__ typedef unsigned __int128 wide;
    return ((wide)a->when << 64 | a->rank) < ((wide)b->when << 64 | b->rank);
}

static inline struct entry entry_at(struct heap heap, uint32_t at)
{
    return (struct entry){ heap.keys[at], heap.targets[at] };
}

static inline void place(struct heap heap, uint32_t at, struct entry entry)
{
    heap.keys[at] = entry.key;
    heap.targets[at] = entry.target;
    entry.target.event->slot = at + 1;
}

/* Put entry at the free position `at` or above it, where it belongs. */
static void sift_up(struct heap heap, uint32_t at, struct entry entry)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / ARITY;
        if (!before(&entry.key, &heap.keys[parent]))
            break;
        place(heap, at, entry_at(heap, parent));
        at = parent;
    }
    place(heap, at, entry);
}

/* The least of the children of a node, the first of which is at `child`. */
static inline uint32_t least_child(const struct key *keys, uint32_t count, uint32_t child)
{
    if (child + ARITY <= count) { /* nearly always: two independent pairs, then a final */
        uint32_t a = child + before(&keys[child + 1], &keys[child]);
        uint32_t b = child + 2 + before(&keys[child + 3], &keys[child + 2]);
        return before(&keys[b], &keys[a]) ? b : a;
    }
    uint32_t least = child;
    for (uint32_t i = child + 1; i < count; i++)
        least = before(&keys[i], &keys[least]) ? i : least;
    return least;
}

/* Put entry at the free position `at` or below it, where it belongs; `count` there are. */
static void sift_down(struct heap heap, uint32_t count, uint32_t at, struct entry entry)
{
    for (uint32_t child; (child = at * ARITY + 1) < count;) {
        uint32_t least = least_child(heap.keys, count, child);
        if (!before(&heap.keys[least], &entry.key))
            break;
        place(heap, at, entry_at(heap, least));
        at = least;
    }
    place(heap, at, entry);
}

/* Take out the entry at `at`; the last one fills the gap. */
static void remove_at(struct sim *sim, uint32_t at)
{
    struct heap heap = sim->heap;
    struct entry last = entry_at(heap, --sim->count);
    if (at == sim->count)
        return;
    if (at > 0 && before(&last.key, &heap.keys[(at - 1) / ARITY]))
        sift_up(heap, at, last);
    else
        sift_down(heap, sim->count, at, last);
}

/* The key of an event scheduled now, for `when`. */
static struct entry entry_of(struct sim *sim, struct event *ev, sim_time when)
{
    SIM_ASSERT(when != SIM_NEVER);
    SIM_ASSERT(when > sim->now || (when == sim->now && ev->phase >= sim->phase));
    uint64_t rank = (uint64_t)ev->phase << PHASE_SHIFT | sim->scheduled++;
    return (struct entry){ { when, rank }, { ev, ev->touches } };
}

void sim_at(struct sim *sim, struct event *ev, sim_time when)
{
    SIM_ASSERT(!event_pending(ev));
    struct entry entry = entry_of(sim, ev, when);

    if (sim->vacant) {
        sim->vacant = false;
        sift_down(sim->heap, sim->count, 0, entry);
        return;
    }
    if (sim->count == sim->capacity) {
        SIM_ASSERT(sim->capacity <= UINT32_MAX / 8);
        reserve(sim, sim->capacity * 2);
    }
    sift_up(sim->heap, sim->count++, entry);
}

void sim_wake(struct sim *sim, struct event *ev, sim_time when)
{
    if (!event_pending(ev))
        sim_at(sim, ev, when);
    else if (when < sim->heap.keys[ev->slot - 1].when)
        sift_up(sim->heap, ev->slot - 1, entry_of(sim, ev, when));
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
    const struct target *next = &sim->heap.targets[least_child(sim->heap.keys, sim->count, 1)];
    uintptr_t event = (uintptr_t)next->event;
    for (uintptr_t at = event - MEM_LINE; at < event + 3 * MEM_LINE; at += MEM_LINE)
        __builtin_prefetch((const void *)at);
    uintptr_t touches = (uintptr_t)next->touches;
    __builtin_prefetch((const void *)touches);
    __builtin_prefetch((const void *)(touches + MEM_LINE));
}

static void fire_first(struct sim *sim)
{
    struct event *ev = sim->heap.targets[0].event;

    sim->now = sim->heap.keys[0].when;
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
    while (!sim->stopped && sim->count != 0 && sim->heap.keys[0].when <= until)
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
