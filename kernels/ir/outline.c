#include "kernels/ir/outline.h"

#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

static double bits_double(int64_t bits)
{
    double out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/* The type that decides how a REAL attribute in a register is read. */
static enum dtype working_type(const struct kop *op)
{
    const struct kaddr *source =
        op->at[OPERAND_A].present ? &op->at[OPERAND_A] : &op->at[OPERAND_DST];
    return (enum dtype)source->dtype;
}

static double real_at(const int64_t *regs, struct kval value, const struct kop *op)
{
    if (value.reg == 0)
        return bits_double(value.imm);

    int64_t raw = kval_at(regs, value);
    if (dtype_info[working_type(op)].class != DTC_FLOAT)
        return (double)raw;

    uint32_t bits = (uint32_t)raw;
    float out;
    memcpy(&out, &bits, sizeof out);
    return (double)out;
}

static void fill_attr(struct kop *op, enum kop_attr attr, struct kval value,
                      const int64_t *regs)
{
#define VALUE_INT kval_at(regs, value)
#define VALUE_REAL real_at(regs, value, op)
#define VALUE_ROUND (enum round_mode) value.imm
#define VALUE_CMP (enum cmp_mode) value.imm
#define VALUE_ATOMIC (enum atomic) value.imm
#define VALUE_ORDER (enum order) value.imm
#define VALUE_SCOPE (enum scope) value.imm
#define VALUE_PIPE (enum pipe_id) value.imm
#define X(name, kind, standard)                                                                \
    case ATTR_##name:                                                                          \
        op->name = VALUE_##kind;                                                               \
        break;
    switch (attr) {
        KOP_ATTRS(X)
    case ATTR_COUNT:
        break;
    }
#undef X
#undef VALUE_INT
#undef VALUE_REAL
#undef VALUE_ROUND
#undef VALUE_CMP
#undef VALUE_ATOMIC
#undef VALUE_ORDER
#undef VALUE_SCOPE
#undef VALUE_PIPE
}

const struct kop *outline_fill(struct outline *outline, const struct kinstr *instr,
                               const int64_t *regs)
{
    struct kop *op = &outline->op;

    for (unsigned refs = outline->refs; refs != 0; refs &= refs - 1) {
        unsigned i = (unsigned)__builtin_ctz(refs);
        op->at[i].offset = kval_at(regs, instr->at[i].offset);
    }
    for (unsigned i = 0; i < outline->count; i++) {
        enum kop_attr attr = (enum kop_attr)outline->attrs[i];
        fill_attr(op, attr, instr->attr[attr], regs);
    }
    return op;
}

/* --- making them --- */

_Static_assert(KREGS_MAX <= UINT8_MAX + 1, "a key keeps registers in bytes");

static struct kaddr place_of(const struct kernel *kernel, const struct kprogram *program,
                             const struct kref *ref)
{
    if (ref->kind == REF_NONE)
        return (struct kaddr){ .present = false };

    struct kaddr at = { .present = true, .object = ref->index, .offset = ref->offset.imm };
    if (ref->kind == REF_TENSOR) {
        at.space = SPACE_GM;
        at.dtype = (uint8_t)kernel->tensors[ref->index].dtype;
        bool sized = ktensor_bytes(kernel, ref->index, &at.size);
        SIM_ASSERT(sized); /* checked when the parameters were bound */
        return at;
    }
    const struct ktile *tile = &program->tiles[ref->index];
    at.space = (uint8_t)tile->space;
    at.dtype = (uint8_t)tile->dtype;
    at.base = tile->address;
    at.size = dtype_bytes(tile->dtype, tile->elements);
    return at;
}

/* What the operation costs depends on a register. */
static void add_key(struct outline *outline, struct kval value)
{
    uint8_t reg = (uint8_t)(value.reg - 1); /* below KREGS_MAX */

    for (unsigned i = 0; i < outline->key_count; i++) {
        if (outline->keys[i] == reg)
            return;
    }
    if (outline->key_count < OUTLINE_KEYS)
        outline->keys[outline->key_count++] = reg;
    else
        outline->keyed = false;
}

static void add_attr(struct outline *outline, enum kop_attr attr, struct kval value)
{
    if (value.reg != 0) {
        outline->attrs[outline->count++] = (uint8_t)attr;
        /* A number for the vector unit to compute with is as right as any other, and costs the
         * same; that of a fixpipe must suit the type. */
        if (attr != ATTR_scalar || kop_info[outline->op.code].pipe != PIPE_V)
            add_key(outline, value);
    } else if (value.given)
        fill_attr(&outline->op, attr, value, NULL);
}

static void outline_op(struct outline *outline, const struct kinstr *instr)
{
    struct kop *op = &outline->op;
#define X(name, kind, standard) op->name = standard;
    KOP_ATTRS(X)
#undef X
    op->code = (enum kop_code)instr->code;
    for (unsigned attr = 0; attr < ATTR_COUNT; attr++)
        add_attr(outline, (enum kop_attr)attr, instr->attr[attr]);
}

static struct outline *outline_program(const struct kernel *kernel,
                                       const struct kprogram *program)
{
    struct outline *outlines = mem_array(program->length, sizeof *outlines);

    for (size_t i = 0; i < program->length; i++) {
        const struct kinstr *instr = &program->code[i];
        struct outline *outline = &outlines[i];
        if (instr->kind != KI_OP && instr->kind != KI_READ)
            continue;
        outline->op.code = KOP_COUNT;
        outline->op.instr = (uint32_t)i;
        outline->keyed = instr->kind == KI_OP;
        for (unsigned at = 0; at < KOP_OPERANDS; at++) {
            outline->op.at[at] = place_of(kernel, program, &instr->at[at]);
            if (instr->at[at].kind == REF_TENSOR)
                outline->keyed = false;
            if (instr->at[at].offset.reg == 0)
                continue;
            outline->refs |= (uint8_t)(1u << at);
            add_key(outline, instr->at[at].offset);
        }
        if (instr->kind == KI_OP)
            outline_op(outline, instr);
    }
    return outlines;
}

void outlines_init(struct outlines *outlines, const struct kernel *kernel)
{
    *outlines = (struct outlines){ .kernel = kernel };
    for (unsigned kind = 0; kind < CORE_KINDS; kind++)
        if (kernel->programs[kind].present)
            outlines->of[kind] = outline_program(kernel, &kernel->programs[kind]);
}

void outlines_free(struct outlines *outlines)
{
    for (unsigned kind = 0; kind < CORE_KINDS; kind++) {
        mem_free(outlines->of[kind]);
        outlines->of[kind] = NULL;
    }
}
