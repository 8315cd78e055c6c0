#ifndef NPUSIM_KERNELS_IR_OUTLINE_H
#define NPUSIM_KERNELS_IR_OUTLINE_H
/*
 * Instructions as they are executed: what of an operation does not depend on registers is
 * worked out once for a launch, and each time it is reached only the blanks are filled in.
 * All cores walk these in turn, so what that touches lies close together.
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

/* A number of an operation that depends on a register: a whole number, the bits of an f32 or
 * a whole number taken for a real one. */
enum blank_kind { BLANK_INT, BLANK_FLOAT, BLANK_WHOLE };

struct blank {
    int64_t imm; /* to be added */
    uint16_t at; /* bytes from the start of struct kop */
    uint8_t reg; /* from 0 */
    uint8_t kind;
};

struct outline {
    uint8_t kind; /* enum kinstr_kind; this and code to c are the instruction's */
    uint8_t blank_count;
    bool keyed; /* outline_key has a key for it */
    uint8_t key_count;
    uint8_t keys[OUTLINE_KEYS]; /* registers */
    uint16_t code, reg;
    uint32_t match;
    struct kval a, b, c;

    struct blank *blanks;
    struct kop op; /* of a scalar read: code KOP_COUNT, and its places */
};

/* Two operations of a launch with the same key cost the same and are equally right. */
struct op_key {
    uint32_t instr, program; /* program: 1 + enum core_kind, so that no key is all zeros */
    int64_t regs[OUTLINE_KEYS];
};

/* Of all instructions of a kernel whose parameters are bound. The kernel outlives them. */
struct outlines {
    const struct kernel *kernel;
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

/* The operation, given the registers; good until the next call for the same instruction, by
 * whichever core. */
const struct kop *outline_fill(struct outline *outline, const int64_t *regs);

#endif
