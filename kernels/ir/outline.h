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

struct outline {
    struct kop op; /* of a scalar read: code KOP_COUNT, and its places */
    uint8_t refs;  /* bit i: the offset of operand i is filled in */
    uint8_t count; /* of the attributes that are */
    uint8_t attrs[ATTR_COUNT];
};

/* Of all instructions of a kernel whose parameters are bound. */
struct outlines {
    const struct kernel *kernel; /* borrowed */
    struct outline *of[CORE_KINDS];
};

void outlines_init(struct outlines *outlines, const struct kernel *kernel);
void outlines_free(struct outlines *outlines);

/* The operation of an instruction, given the registers; good until the next call for the same
 * instruction, by whichever core. */
const struct kop *outline_fill(struct outline *outline, const struct kinstr *instr,
                               const int64_t *regs);

#endif
