#ifndef NPUSIM_KERNELS_IR_ORDER_H
#define NPUSIM_KERNELS_IR_ORDER_H
/*
 * Which operations of a launch come before which, whatever the timing: vector
 * clocks. A thread is a pipe of a core, the scalar unit being one of them. What
 * orders is
 *
 *   issue     what the scalar unit has waited for and read comes before what it issues
 *   a pipe    its operations, one after another (FIDELITY.md, F6)
 *   a flag    what came before set_flag comes before what follows the wait_flag
 *   a signal  the same between cores, from all senders of its group
 *   barrier   pipe=all: all pipes come before what the scalar unit does then
 *   sync_all  everything before it comes before everything after it
 *   a block   the one before it on the same cores; a launch: the one before it
 *
 * The operations of a core are numbered as they are issued, so that numbers of one
 * core compare in program order. An entry of a clock is the number of the last
 * operation of that thread that came before.
 *
 * The caller tells what happens in an order that respects all of the above.
 */
#include "kernels/ir/finding.h"
#include "kernels/ir/group.h"

struct ordering;

/* What is known of an operation since it was issued. */
struct stamp {
    uint32_t number, instr;
    unsigned turn_count;
    int64_t turns[TURNS_MAX];
};

struct ordering *order_new(size_t cores);
void order_free(struct ordering *order);

static inline uint16_t order_thread(size_t core, enum pipe_id pipe)
{
    return (uint16_t)(core * PIPE_COUNT + pipe);
}

/* A launch begins: no core takes part yet, no flag is raised. */
void order_launch(struct ordering *order);

/* The core takes part, and has or will have this block. */
void order_take_part(struct ordering *order, size_t core, enum core_kind kind, unsigned block);
const struct member *order_member(const struct ordering *order, size_t core);

/* All cores of a block have ended: whatever they do next comes after it. */
void order_block_done(struct ordering *order, unsigned block);

/* The scalar unit issues an operation to a pipe; the number of `stamp` is set here. */
void order_issue(struct ordering *order, size_t core, enum pipe_id pipe,
                 const struct stamp *stamp);

/* The oldest operation of a pipe takes effect; returns its number. */
uint32_t order_begin(struct ordering *order, size_t core, enum pipe_id pipe);

/* The scalar unit does something itself; returns its number, as set in the stamp kept. */
uint32_t order_scalar(struct ordering *order, size_t core, const struct stamp *stamp);

/* An operation by its number, or NULL when it was too long ago. */
const struct stamp *order_stamp(const struct ordering *order, size_t core, uint32_t number);

/* The clock of a thread: by thread, the last operation that came before. */
const uint32_t *order_clock(const struct ordering *order, size_t core, enum pipe_id pipe);

/* How a flag stands when it is set. */
enum flag_state {
    FLAG_DOWN,   /* the wait for it came before */
    FLAG_UNSURE, /* it was waited for, but nothing says that the wait comes before this */
    FLAG_RAISED, /* it was not waited for */
};

/* Flags and signals, for the operation that its pipe has begun. A wait is false when there is
 * nothing to take. */
enum flag_state order_set_flag(struct ordering *order, size_t core, const struct kop *op);
bool order_wait_flag(struct ordering *order, size_t core, const struct kop *op);
void order_cross_set(struct ordering *order, size_t core, const struct kop *op);
bool order_cross_wait(struct ordering *order, size_t core, const struct kop *op);

/* Operation `number` of a pipe is a barrier: the earlier ones have ended. */
void order_barrier(struct ordering *order, size_t core, enum pipe_id pipe, uint32_t number);

/* The last operation of a pipe that has ended before the pipe's present one begins, as far as
 * a barrier, or a flag that followed it, says so. */
uint32_t order_ended(const struct ordering *order, size_t core, enum pipe_id pipe);

/* The scalar unit has waited for all pipes of its core. */
void order_barrier_all(struct ordering *order, size_t core);

/* All cores that take part have met. */
void order_meet(struct ordering *order);

/* What was left: each raised flag of a core; each signal in a counter of it, or from it that
 * others of its group have not joined in. */
typedef void left_fn(void *context, size_t core, size_t setter, uint32_t instr);
void order_flags_left(const struct ordering *order, size_t core, left_fn *tell, void *context);
void order_signals_left(const struct ordering *order, size_t core, left_fn *tell,
                        void *context);

#endif
