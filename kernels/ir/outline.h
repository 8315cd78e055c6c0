#ifndef NPUSIM_KERNELS_IR_OUTLINE_H
#define NPUSIM_KERNELS_IR_OUTLINE_H
/*
 * Operations with every number known. Most of the numbers of an instruction do not
 * depend on registers, so they are worked out once for a launch, in an outline; each
 * time the instruction is reached only the others are filled in.
 */
#include "kernels/ir/program.h"

/* A value, given the registers. */
static inline int64_t kval_at(const int64_t *regs, struct kval value)
{
    if (value.reg == 0)
        return value.imm;
    return (int64_t)((uint64_t)regs[value.reg - 1] + (uint64_t)value.imm); /* may wrap */
}

#define OUTLINE_KEYS 4

struct outline {
    struct kop op; /* of a scalar read: code KOP_COUNT, and its places */
    uint8_t refs;  /* bit i: the offset of operand i is filled in */
    uint8_t count; /* of the attributes that are */
    uint8_t attrs[ATTR_COUNT];

    bool keyed; /* outline_key has a key for it */
    uint8_t key_count;
    uint8_t keys[OUTLINE_KEYS]; /* registers */
};

/* Two operations of a launch with the same key cost the same and are equally right. */
struct op_key {
    uint32_t instr, program; /* program: 1 + enum core_kind, so that no key is all zeros */
    int64_t regs[OUTLINE_KEYS];
};

/* Of all instructions of a kernel whose parameters are bound. */
struct outlines {
    const struct kernel *kernel; /* borrowed */
    struct outline *of[CORE_KINDS];
};

void outlines_init(struct outlines *outlines, const struct kernel *kernel);
void outlines_free(struct outlines *outlines);

/*
 * The key of an instruction's operation, given the registers. False when it has none: it
 * reaches global memory, where it hardly ever meets the same place again, or it depends on
 * more registers than a key has.
 */
static inline bool outline_key(const struct outline *outline, enum core_kind kind,
                               const int64_t *regs, struct op_key *key)
{
    *key = (struct op_key){ .instr = outline->op.instr, .program = 1 + (uint32_t)kind };
    for (unsigned i = 0; i < outline->key_count; i++)
        key->regs[i] = regs[outline->keys[i]];
    return outline->keyed;
}

/* The operation of an instruction, given the registers; good until the next call for the same
 * instruction, by whichever core. */
const struct kop *outline_fill(struct outline *outline, const struct kinstr *instr,
                               const int64_t *regs);

#endif
