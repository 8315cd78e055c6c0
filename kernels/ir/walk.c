#include "kernels/ir/walk.h"

#include "sim/assert.h"

#include <string.h>

static int64_t wrapping_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t value_of(const struct walk *walk, struct kval value)
{
    return value.reg == 0 ? value.imm : wrapping_add(walk->regs[value.reg - 1], value.imm);
}

static double bits_double(int64_t bits)
{
    double out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

static double real_of(const struct walk *walk, struct kval value, enum dtype type)
{
    if (value.reg == 0)
        return bits_double(value.imm);

    int64_t raw = value_of(walk, value);
    if (dtype_info[type].class != DTC_FLOAT)
        return (double)raw;

    uint32_t bits = (uint32_t)raw;
    float out;
    memcpy(&out, &bits, sizeof out);
    return (double)out;
}

static struct kaddr resolve_ref(const struct walk *walk, const struct kref *ref)
{
    if (ref->kind == REF_NONE)
        return (struct kaddr){ .present = false };

    int64_t offset = value_of(walk, ref->offset);
    if (ref->kind == REF_TENSOR) {
        return (struct kaddr){
            .present = true,
            .space = SPACE_GM,
            .dtype = (uint8_t)walk->kernel->tensors[ref->index].dtype,
            .object = ref->index,
            .offset = offset,
            .size = walk->tensor_bytes[ref->index],
        };
    }

    const struct ktile *tile = &walk->program->tiles[ref->index];
    return (struct kaddr){
        .present = true,
        .space = (uint8_t)tile->space,
        .dtype = (uint8_t)tile->dtype,
        .object = ref->index,
        .offset = offset,
        .base = tile->address,
        .size = dtype_bytes(tile->dtype, tile->elements),
    };
}

/* The type that decides how a REAL attribute in a register is read. */
static enum dtype working_type(const struct kop *op)
{
    const struct kaddr *source =
        op->at[OPERAND_A].present ? &op->at[OPERAND_A] : &op->at[OPERAND_DST];
    return (enum dtype)source->dtype;
}

static void resolve_op(const struct walk *walk, const struct kinstr *instr, struct kop *op)
{
    op->code = (enum kop_code)instr->code;
    op->instr = (uint32_t)(instr - walk->program->code);
    for (unsigned i = 0; i < KOP_OPERANDS; i++)
        op->at[i] = resolve_ref(walk, &instr->at[i]);

#define VALUE_INT(type, value) value_of(walk, value)
#define VALUE_REAL(type, value) real_of(walk, value, working_type(op))
#define VALUE_ROUND(type, value) (enum round_mode)(value).imm
#define VALUE_CMP(type, value) (enum cmp_mode)(value).imm
#define VALUE_ATOMIC(type, value) (enum atomic)(value).imm
#define VALUE_ORDER(type, value) (enum order)(value).imm
#define VALUE_SCOPE(type, value) (enum scope)(value).imm
#define VALUE_PIPE(type, value) (enum pipe_id)(value).imm
#define X(name, kind, standard)                                                                \
    if (instr->attr[ATTR_##name].given)                                                        \
        op->name = VALUE_##kind(, instr->attr[ATTR_##name]);                                   \
    else                                                                                       \
        op->name = standard;
    KOP_ATTRS(X)
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

struct loc walk_loc(const struct kernel *kernel, enum core_kind kind, uint32_t instr)
{
    const struct kinstr *at = &kernel->programs[kind].code[instr];
    return (struct loc){ .file = kernel->file, .line = at->line, .column = at->column };
}

static enum walk_event fail(const struct walk *walk, const struct kinstr *instr,
                            struct diag *diag, const char *what)
{
    uint32_t index = (uint32_t)(instr - walk->program->code);
    diag_fail(diag, walk_loc(walk->kernel, walk->kind, index),
              "%s, %s program, instruction %u: %s", walk->kernel->name,
              core_kind_names[walk->kind], (unsigned)index, what);
    return WALK_ERROR;
}

void walk_init(struct walk *walk, const struct kernel *kernel, enum core_kind kind,
               int64_t block_id, int64_t sub_block_id, int64_t block_num)
{
    *walk = (struct walk){ .kernel = kernel, .program = &kernel->programs[kind], .kind = kind };
    SIM_ASSERT(kernel->tensor_count <= KTENSORS_MAX);
    walk->regs[REG_BLOCK_ID] = block_id;
    walk->regs[REG_SUB_BLOCK_ID] = sub_block_id;
    walk->regs[REG_BLOCK_NUM] = block_num;
    for (size_t i = 0; i < kernel->param_count; i++)
        walk->regs[REG_SPECIAL_COUNT + i] = kernel->params[i].value;
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        bool sized = ktensor_bytes(kernel, i, &walk->tensor_bytes[i]);
        SIM_ASSERT(sized); /* checked when the parameters were bound */
    }
}

static void skip_block(struct walk *walk, const struct kinstr *instr)
{
    walk->pc = instr->match + 1;
}

enum walk_event walk_next(struct walk *walk, unsigned slice, struct kop *op, struct diag *diag)
{
    const struct kprogram *program = walk->program;
    walk->scalar_ops = 0;
    walk->loop_turns = 0;

    for (; slice > 0; slice--) {
        if (walk->pc >= program->length)
            return WALK_DONE;

        const struct kinstr *instr = &program->code[walk->pc++];
        walk->steps++;
        switch (instr->kind) {
        case KI_OP:
            resolve_op(walk, instr, op);
            return WALK_OP;

        case KI_READ:
            op->code = KOP_COUNT; /* no operation: a read by the scalar unit */
            op->instr = (uint32_t)(instr - program->code);
            op->at[OPERAND_A] = resolve_ref(walk, &instr->at[OPERAND_A]);
            op->at[OPERAND_B] = resolve_ref(walk, &instr->at[OPERAND_B]);
            return WALK_READ;

        case KI_SCALAR:
            if (!scalar_eval((enum scalar_op)instr->code, value_of(walk, instr->a),
                             value_of(walk, instr->b), &walk->regs[instr->reg]))
                return fail(walk, instr, diag, "division by zero or overflow");
            walk->scalar_ops++;
            break;

        case KI_FOR: {
            int64_t from = value_of(walk, instr->a), end = value_of(walk, instr->b);
            int64_t step = value_of(walk, instr->c);
            if (step <= 0)
                return fail(walk, instr, diag, "the step of the loop is not positive");
            walk->regs[instr->reg] = from;
            walk->loop_turns++;
            if (from >= end) {
                skip_block(walk, instr);
                break;
            }
            walk->loops[walk->depth].end = end;
            walk->loops[walk->depth].step = step;
            walk->depth++;
            break;
        }

        case KI_WHILE:
        case KI_IF:
            walk->loop_turns++;
            if (value_of(walk, instr->a) != 0) {
                walk->depth++;
                break;
            }
            skip_block(walk, instr);
            if (program->code[instr->match].kind == KI_ELSE)
                walk->depth++;
            break;

        case KI_ELSE: /* reached at the end of the taken branch */
            walk->depth--;
            skip_block(walk, instr);
            break;

        case KI_END: {
            const struct kinstr *opener = &program->code[instr->match];
            walk->depth--;
            if (opener->kind == KI_WHILE) {
                walk->pc = instr->match;
            } else if (opener->kind == KI_FOR) {
                int64_t *turn = &walk->regs[opener->reg];
                int64_t end = walk->loops[walk->depth].end;
                int64_t step = walk->loops[walk->depth].step;
                walk->loop_turns++;
                int64_t next;
                if (!__builtin_add_overflow(*turn, step, &next) && next < end) {
                    *turn = next;
                    walk->pc = instr->match + 1;
                    walk->depth++;
                }
            }
            break;
        }
        }
    }
    return WALK_PAUSE;
}

void walk_supply(struct walk *walk, int64_t value)
{
    const struct kinstr *instr = &walk->program->code[walk->pc - 1];
    SIM_ASSERT(instr->kind == KI_READ);
    walk->regs[instr->reg] = value;
}
