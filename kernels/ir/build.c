#include "kernels/ir/build.h"

#include "sim/assert.h"
#include "sim/mem.h"

#include <stdio.h>
#include <string.h>

static void set_name(char out[KNAME_MAX], const char *name)
{
    SIM_ASSERT(strlen(name) < KNAME_MAX);
    snprintf(out, KNAME_MAX, "%s", name);
}

static uint16_t add_register(struct build *b, const char *name)
{
    struct kprogram *program = b->program;
    SIM_ASSERT(program->reg_count < KREGS_MAX);
    program->regs = mem_room(program->regs, program->reg_count, sizeof *program->regs);
    set_name(program->regs[program->reg_count], name);
    return (uint16_t)program->reg_count++;
}

/* A register name that no other register of the program has. */
static uint16_t fresh_register(struct build *b, const char *stem)
{
    const struct kprogram *program = b->program;
    char name[KNAME_MAX];
    unsigned suffix = 0;

    for (;;) {
        if (suffix == 0)
            snprintf(name, sizeof name, "%.20s", stem);
        else
            snprintf(name, sizeof name, "%.20s_%u", stem, suffix);
        bool taken = false;
        for (size_t i = 0; i < program->reg_count && !taken; i++)
            taken = strcmp(program->regs[i], name) == 0;
        if (!taken)
            return add_register(b, name);
        suffix++;
    }
}

struct build build_begin(struct kernel *kernel, enum core_kind kind)
{
    struct build b = { .kernel = kernel, .program = &kernel->programs[kind] };
    SIM_ASSERT(!b.program->present);
    b.program->present = true;
    for (size_t i = 0; i < REG_SPECIAL_COUNT; i++)
        add_register(&b, special_reg_names[i]);
    for (size_t i = 0; i < kernel->param_count; i++)
        add_register(&b, kernel->params[i].name);
    return b;
}

struct kval real(double value)
{
    struct kval out = { .given = true };
    memcpy(&out.imm, &value, sizeof out.imm);
    return out;
}

struct kref build_tensor(struct kernel *kernel, const char *name, enum dtype type,
                         enum tensor_role role, int64_t rows, int64_t columns)
{
    SIM_ASSERT(kernel->tensor_count < KTENSORS_MAX);
    kernel->tensors = mem_room(kernel->tensors, kernel->tensor_count, sizeof *kernel->tensors);
    struct ktensor *tensor = &kernel->tensors[kernel->tensor_count];
    *tensor = (struct ktensor){ .dtype = type, .role = role, .dims = columns == 0 ? 1 : 2 };
    set_name(tensor->name, name);
    tensor->shape[0] = imm(rows);
    if (columns != 0)
        tensor->shape[1] = imm(columns);
    return (struct kref){ .kind = REF_TENSOR, .index = (uint16_t)kernel->tensor_count++ };
}

struct kref build_tile(struct build *b, const char *name, enum space space, enum dtype type,
                       uint64_t elements, uint64_t address)
{
    struct kprogram *program = b->program;
    program->tiles = mem_room(program->tiles, program->tile_count, sizeof *program->tiles);
    struct ktile *tile = &program->tiles[program->tile_count];
    *tile = (struct ktile){
        .space = space, .dtype = type, .elements = elements, .address = address
    };
    set_name(tile->name, name);
    return (struct kref){ .kind = REF_TILE, .index = (uint16_t)program->tile_count++ };
}

static struct kinstr *add_instr(struct build *b, enum kinstr_kind kind)
{
    struct kprogram *program = b->program;
    program->code = mem_room(program->code, program->length, sizeof *program->code);
    struct kinstr *instr = &program->code[program->length++];
    *instr = (struct kinstr){ .kind = kind };
    return instr;
}

static void add_scalar(struct build *b, enum scalar_op op, uint16_t reg, struct kval x,
                       struct kval y)
{
    struct kinstr *instr = add_instr(b, KI_SCALAR);
    instr->code = (uint16_t)op;
    instr->reg = reg;
    instr->a = x;
    instr->b = y;
}

/* Scalar instructions take a register or an immediate, not their sum. */
static struct kval simple(struct build *b, struct kval value)
{
    SIM_ASSERT(value.given);
    if (value.reg == 0 || value.imm == 0)
        return value;
    uint16_t reg = fresh_register(b, "t");
    struct kval base = { .reg = value.reg, .given = true };
    add_scalar(b, SOP_add, reg, base, imm(value.imm));
    return reg_of(reg);
}

struct kval build_scalar(struct build *b, enum scalar_op op, struct kval x, struct kval y)
{
    SIM_ASSERT(x.given && y.given);
    if (x.reg == 0 && y.reg == 0) {
        int64_t value;
        bool defined = scalar_eval(op, x.imm, y.imm, &value);
        SIM_ASSERT(defined);
        return imm(value);
    }
    if ((op == SOP_add && (x.reg == 0 || y.reg == 0)) || (op == SOP_sub && y.reg == 0)) {
        struct kval sum = { .reg = x.reg | y.reg, .given = true };
        scalar_eval(op, x.imm, y.imm, &sum.imm); /* wraps, as the scalar unit does */
        return sum;
    }
    if ((op == SOP_mul || op == SOP_div) && y.reg == 0 && y.imm == 1)
        return x;
    if (op == SOP_mul && ((y.reg == 0 && y.imm == 0) || (x.reg == 0 && x.imm == 0)))
        return imm(0);

    x = simple(b, x);
    y = simple(b, y);
    uint16_t reg = fresh_register(b, "t");
    add_scalar(b, op, reg, x, y);
    return reg_of(reg);
}

struct kval build_ceil_div(struct build *b, struct kval x, int64_t by)
{
    return build_div(b, build_add(b, x, imm(by - 1)), imm(by));
}

struct kval build_round_up(struct build *b, struct kval x, int64_t to)
{
    return build_mul(b, build_ceil_div(b, x, to), imm(to));
}

struct kref build_at(struct build *b, struct kref ref, struct kval offset)
{
    ref.offset = ref.offset.given ? build_add(b, ref.offset, offset) : offset;
    return ref;
}

struct kval build_var(struct build *b, const char *name, struct kval value)
{
    struct kval source = simple(b, value);
    uint16_t reg = fresh_register(b, name);
    add_scalar(b, SOP_set, reg, source, imm(0));
    return reg_of(reg);
}

void build_assign(struct build *b, struct kval var, struct kval value)
{
    SIM_ASSERT(var.reg != 0 && var.imm == 0);
    uint16_t reg = (uint16_t)(var.reg - 1);
    if (value.reg != 0 && value.imm != 0) {
        struct kval base = { .reg = value.reg, .given = true };
        add_scalar(b, SOP_add, reg, base, imm(value.imm));
    } else {
        add_scalar(b, SOP_set, reg, value, imm(0));
    }
}

void build_read_to(struct build *b, struct kval var, struct kref ref)
{
    SIM_ASSERT(var.reg != 0 && var.imm == 0);
    struct kinstr *instr = add_instr(b, KI_READ);
    instr->reg = (uint16_t)(var.reg - 1);
    instr->at[OPERAND_A] = ref;
}

struct kval build_read(struct build *b, const char *name, struct kref ref)
{
    struct kval var = reg_of(fresh_register(b, name));
    build_read_to(b, var, ref);
    return var;
}

struct kval build_read_or(struct build *b, const char *name, struct kref ref,
                          struct kref otherwise)
{
    struct kval var = build_read(b, name, ref);
    b->program->code[b->program->length - 1].at[OPERAND_B] = otherwise;
    return var;
}

static void open_block(struct build *b, size_t index)
{
    SIM_ASSERT(b->depth < KNEST_MAX);
    b->open[b->depth++] = index;
}

struct kval build_for(struct build *b, const char *name, struct kval from, struct kval to,
                      struct kval step)
{
    uint16_t reg = fresh_register(b, name);
    struct kinstr *instr = add_instr(b, KI_FOR);
    instr->reg = reg;
    instr->a = from;
    instr->b = to;
    instr->c = step;
    open_block(b, b->program->length - 1);
    return reg_of(reg);
}

/* The condition is looked at anew each turn, so it must be a register that the body assigns. */
void build_while(struct build *b, struct kval condition)
{
    SIM_ASSERT(condition.reg != 0 && condition.imm == 0);
    add_instr(b, KI_WHILE)->a = condition;
    open_block(b, b->program->length - 1);
}

void build_if(struct build *b, struct kval condition)
{
    condition = simple(b, condition);
    add_instr(b, KI_IF)->a = condition;
    open_block(b, b->program->length - 1);
}

void build_else(struct build *b)
{
    size_t index = b->program->length;
    add_instr(b, KI_ELSE);
    struct kinstr *opener = &b->program->code[b->open[b->depth - 1]];
    SIM_ASSERT(opener->kind == KI_IF);
    opener->match = (uint32_t)index;
    b->open[b->depth - 1] = index;
}

void build_end(struct build *b)
{
    SIM_ASSERT(b->depth > 0);
    size_t index = b->program->length;
    size_t opener = b->open[--b->depth];
    add_instr(b, KI_END)->match = (uint32_t)opener;
    b->program->code[opener].match = (uint32_t)index;
}

void build_op(struct build *b, enum kop_code code, const struct emit_args *args)
{
    struct kinstr *instr = add_instr(b, KI_OP);
    instr->code = (uint16_t)code;
    instr->at[OPERAND_DST] = args->dst;
    instr->at[OPERAND_A] = args->a;
    instr->at[OPERAND_B] = args->b;
    instr->at[OPERAND_C] = args->c;
#define X(name, kind, standard) instr->attr[ATTR_##name] = args->name;
    KOP_ATTRS(X)
#undef X
}
