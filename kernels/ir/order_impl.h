#ifndef NPUSIM_KERNELS_IR_ORDER_IMPL_H
#define NPUSIM_KERNELS_IR_ORDER_IMPL_H
/* What order.c, which orders operations, and order_flag.c, which orders by flags and
 * signals, share. */
#include "kernels/ir/order.h"

/* A clock that several hold, and who made it. */
struct note {
    unsigned holders;
    uint32_t instr;
    size_t core;
    uint32_t clock[];
};

#define NOTES_MOST 64 /* far more than a counter of any chip can hold */

/* First in, first out. A program may send signals without end that nobody takes: those beyond
 * the most are only counted, and have the clock of the last that is held. */
struct notes {
    struct note **at; /* a ring of NOTES_MOST; NULL before the first */
    size_t first, count;
    uint64_t beyond;
};

struct issued {
    uint32_t number;
    struct note *scalar; /* the scalar unit's clock, unless the pipe has seen it */
};

struct pipe_order {
    struct issued *ring;
    uint32_t head, tail, room; /* counters; room is a power of two */
    uint64_t seen;             /* the version of the scalar unit's clock */
};

#define STAMPS 512 /* operations of a core that are remembered; more than can be in flight */

struct flag_order {
    struct note *raised; /* by whoever set it; NULL: it is not */
    uint32_t taken;      /* the number of the last wait for it; 0: none in this launch */
};

struct core_order {
    struct member member;
    uint32_t issued;
    uint64_t version;    /* of the scalar unit's clock: what it has waited for */
    struct note *scalar; /* a copy of that version, or NULL */
    struct pipe_order pipes[PIPE_COUNT];
    struct stamp *stamps; /* by number modulo STAMPS; NULL before the first */
    struct flag_order flags[PIPE_COUNT][PIPE_COUNT][KFLAG_IDS]; /* [from][to][id] */
    struct notes sent[SCOPE_COUNT][KCROSS_IDS];                 /* not yet delivered */
    struct notes counters[KCROSS_IDS];
};

struct ordering {
    size_t count, threads;
    struct core_order *cores;
    uint32_t *clocks; /* of threads, by thread */
    uint32_t *ended;  /* by thread: its last operation that surely has */
};

/* The clock of a thread, to be changed. */
static inline uint32_t *clock_of(const struct ordering *order, size_t core, enum pipe_id pipe)
{
    return order->clocks + (size_t)order_thread(core, pipe) * order->threads;
}

/* clock becomes the later of the two in every entry. */
void order_join(const struct ordering *order, uint32_t *clock, const uint32_t *with);

/* A thread hears of what came before; among that may be operations of its own. */
void order_learn(struct ordering *order, size_t core, enum pipe_id pipe, const uint32_t *clock);

/* The scalar unit has waited for something: what it issues from now on comes after that. */
void order_scalar_waited(struct core_order *core);

/* A copy of a thread's clock, held once; letting go of NULL is allowed. */
struct note *note_of(const struct ordering *order, size_t core, enum pipe_id pipe,
                     uint32_t instr);
void note_let_go(struct note *note);

/* Forget flags and signals of a core, free the room they took. */
void order_forget_flags(struct core_order *core);
void order_free_flags(struct core_order *core);

#endif
