#ifndef NPUSIM_KERNELS_IR_WALK_H
#define NPUSIM_KERNELS_IR_WALK_H
/*
 * The scalar unit's view of a program: walks the structured code, computes
 * registers, and hands out one operation at a time with its operands resolved.
 * Both the untimed executor and the timed machine drive it.
 */
#include "kernels/ir/outline.h"
#include "sim/diag.h"

enum walk_event {
    WALK_OP,    /* walk_op is the next operation */
    WALK_READ,  /* a scalar read: fetch walk_op(...)->at[OPERAND_A], then walk_supply */
    WALK_PAUSE, /* the slice of steps given is used up; call again */
    WALK_DONE,
    WALK_ERROR,
};

struct walk {
    const struct kernel *kernel;
    const struct kprogram *program;
    struct outline *outlines; /* of the program */
    enum core_kind kind;
    int64_t regs[KREGS_MAX];
    size_t pc;
    unsigned depth;
    struct {
        int64_t end, step;
    } loops[KNEST_MAX];

    /* Since the last event: for the scalar unit's time. */
    unsigned scalar_ops, loop_turns;
    uint64_t steps; /* all instructions so far */
};

/* The outlines are shared by all cores and must outlive the walk. */
void walk_init(struct walk *walk, const struct outlines *outlines, enum core_kind kind,
               int64_t block_id, int64_t sub_block_id, int64_t block_num);

/* Run up to `slice` instructions. On WALK_ERROR diag says where and what. */
enum walk_event walk_next(struct walk *walk, unsigned slice, struct diag *diag);

/* The operation, or the read, of the last event: good until this is called for another core. */
const struct kop *walk_op(const struct walk *walk);

/* Its key, if it has one. */
bool walk_key(const struct walk *walk, struct op_key *key);

/* The value of the scalar read that WALK_READ asked for. */
void walk_supply(struct walk *walk, int64_t value);

/* Where an operation came from, for messages. */
struct loc walk_loc(const struct kernel *kernel, enum core_kind kind, uint32_t instr);

#endif
