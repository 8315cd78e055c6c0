#include "kernels/ir/outline.h"

#include "sim/assert.h"
#include "sim/mem.h"

#include <stddef.h>
#include <string.h>

static double bits_double(int64_t bits)
{
    double out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/* A register taken for a real number. */
static double real_of(enum blank_kind kind, int64_t raw)
{
    uint32_t bits = (uint32_t)raw;
    float out;

    if (kind == BLANK_WHOLE)
        return (double)raw;
    memcpy(&out, &bits, sizeof out);
    return (double)out;
}

const struct kop *outline_fill(struct outline *outline, const int64_t *regs)
{
    for (unsigned i = 0; i < outline->blank_count; i++) {
        const struct blank *blank = &outline->blanks[i];
        char *at = (char *)&outline->op + blank->at;
        int64_t value = (int64_t)((uint64_t)regs[blank->reg] + (uint64_t)blank->imm);
        if (blank->kind == BLANK_INT) {
            memcpy(at, &value, sizeof value);
        } else {
            double real = real_of((enum blank_kind)blank->kind, value);
            memcpy(at, &real, sizeof real);
        }
    }
    return &outline->op;
}

/* --- making them --- */

_Static_assert(KREGS_MAX <= UINT8_MAX + 1, "keys and blanks keep registers in bytes");

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

/* The blanks of an instruction, while they are being counted. */
struct blanks {
    struct blank of[KOP_OPERANDS + ATTR_COUNT];
    uint8_t count;
};

static void add_blank(struct blanks *blanks, size_t at, struct kval value, enum blank_kind kind)
{
    blanks->of[blanks->count++] = (struct blank){ .imm = value.imm,
                                                  .at = (uint16_t)at,
                                                  .reg = (uint8_t)(value.reg - 1),
                                                  .kind = (uint8_t)kind };
}

/* How a REAL attribute in a register is read: as the type says that the operation works in. */
static enum blank_kind real_kind(const struct kop *op)
{
    const struct kaddr *source =
        op->at[OPERAND_A].present ? &op->at[OPERAND_A] : &op->at[OPERAND_DST];
    return dtype_info[source->dtype].class == DTC_FLOAT ? BLANK_FLOAT : BLANK_WHOLE;
}

static void set_attr(struct kop *op, enum kop_attr attr, struct kval value)
{
#define VALUE_INT value.imm
#define VALUE_REAL bits_double(value.imm)
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

static void add_attr(struct outline *outline, struct blanks *blanks, enum kop_attr attr,
                     struct kval value)
{
#define X(name, kind, standard) offsetof(struct kop, name),
    static const size_t places[ATTR_COUNT] = { KOP_ATTRS(X) };
#undef X
    enum attr_kind kind = attr_info[attr].kind;

    if (value.reg == 0) {
        if (value.given)
            set_attr(&outline->op, attr, value);
        return;
    }
    SIM_ASSERT(kind == ATTR_INT || kind == ATTR_REAL); /* words are never in registers */
    add_blank(blanks, places[attr], value,
              kind == ATTR_INT ? BLANK_INT : real_kind(&outline->op));
    /* A number for the vector unit to compute with is as right as any other, and costs the
     * same; that of a fixpipe must suit the type. */
    if (attr != ATTR_scalar || kop_info[outline->op.code].pipe != PIPE_V)
        add_key(outline, value);
}

static void outline_op(struct outline *outline, struct blanks *blanks,
                       const struct kinstr *instr)
{
    struct kop *op = &outline->op;
#define X(name, kind, standard) op->name = standard;
    KOP_ATTRS(X)
#undef X
    op->code = (enum kop_code)instr->code;
    for (unsigned attr = 0; attr < ATTR_COUNT; attr++)
        add_attr(outline, blanks, (enum kop_attr)attr, instr->attr[attr]);
}

/* Where an operation or a read has its operands. */
static void outline_places(struct outline *outline, struct blanks *blanks,
                           const struct kernel *kernel, const struct kprogram *program,
                           const struct kinstr *instr)
{
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        const struct kref *ref = &instr->at[i];
        outline->op.at[i] = place_of(kernel, program, ref);
        if (ref->kind == REF_TENSOR)
            outline->keyed = false;
        if (ref->offset.reg == 0)
            continue;
        size_t at = offsetof(struct kop, at) + i * sizeof(struct kaddr);
        add_blank(blanks, at + offsetof(struct kaddr, offset), ref->offset, BLANK_INT);
        add_key(outline, ref->offset);
    }
}

static void keep_blanks(struct outline *outline, const struct blanks *blanks)
{
    if (blanks->count == 0)
        return;
    outline->blank_count = blanks->count;
    outline->blanks = mem_array(blanks->count, sizeof *blanks->of);
    memcpy(outline->blanks, blanks->of, blanks->count * sizeof *blanks->of);
}

static struct outline *outline_program(const struct kernel *kernel,
                                       const struct kprogram *program)
{
    struct outline *outlines = mem_array(program->length, sizeof *outlines);

    for (size_t i = 0; i < program->length; i++) {
        const struct kinstr *instr = &program->code[i];
        struct outline *outline = &outlines[i];
        struct blanks blanks = { .count = 0 };

        *outline = (struct outline){ .kind = (uint8_t)instr->kind,
                                     .keyed = instr->kind == KI_OP,
                                     .code = instr->code,
                                     .reg = instr->reg,
                                     .match = instr->match,
                                     .a = instr->a,
                                     .b = instr->b,
                                     .c = instr->c,
                                     .op = { .code = KOP_COUNT, .instr = (uint32_t)i } };
        if (instr->kind == KI_OP || instr->kind == KI_READ)
            outline_places(outline, &blanks, kernel, program, instr);
        if (instr->kind == KI_OP)
            outline_op(outline, &blanks, instr);
        keep_blanks(outline, &blanks);
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
        struct outline *of = outlines->of[kind];
        for (size_t i = 0; of != NULL && i < outlines->kernel->programs[kind].length; i++)
            mem_free(of[i].blanks);
        mem_free(of);
        outlines->of[kind] = NULL;
    }
}
