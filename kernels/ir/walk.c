#include "kernels/ir/walk.h"

#include "sim/assert.h"

struct loc walk_loc(const struct kernel *kernel, enum core_kind kind, uint32_t instr)
{
    const struct kinstr *at = &kernel->programs[kind].code[instr];
    return (struct loc){ .file = kernel->file, .line = at->line, .column = at->column };
}

static enum walk_event fail(const struct walk *walk, const struct outline *instr,
                            struct diag *diag, const char *what)
{
    uint32_t index = (uint32_t)(instr - walk->outlines);
    diag_fail(diag, walk_loc(walk->kernel, walk->kind, index),
              "%s, %s program, instruction %u: %s", walk->kernel->name,
              core_kind_names[walk->kind], (unsigned)index, what);
    return WALK_ERROR;
}

static int64_t value_of(const struct walk *walk, struct kval value)
{
    return kval_at(walk->regs, value);
}

void walk_init(struct walk *walk, const struct outlines *outlines, enum core_kind kind,
               int64_t block_id, int64_t sub_block_id, int64_t block_num)
{
    const struct kernel *kernel = outlines->kernel;

    *walk = (struct walk){ .kernel = kernel,
                           .program = &kernel->programs[kind],
                           .outlines = outlines->of[kind],
                           .kind = kind };
    walk->regs[REG_BLOCK_ID] = block_id;
    walk->regs[REG_SUB_BLOCK_ID] = sub_block_id;
    walk->regs[REG_BLOCK_NUM] = block_num;
    for (size_t i = 0; i < kernel->param_count; i++)
        walk->regs[REG_SPECIAL_COUNT + i] = kernel->params[i].value;
}

static void skip_block(struct walk *walk, const struct outline *instr)
{
    walk->pc = instr->match + 1;
}

enum walk_event walk_next(struct walk *walk, unsigned slice, struct diag *diag)
{
    size_t length = walk->program->length;
    walk->scalar_ops = 0;
    walk->loop_turns = 0;

    for (; slice > 0; slice--) {
        if (walk->pc >= length)
            return WALK_DONE;

        const struct outline *instr = &walk->outlines[walk->pc++];
        walk->steps++;
        switch ((enum kinstr_kind)instr->kind) {
        case KI_OP:
            return WALK_OP;

        case KI_READ:
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
            if (walk->outlines[instr->match].kind == KI_ELSE)
                walk->depth++;
            break;

        case KI_ELSE: /* reached at the end of the taken branch */
            walk->depth--;
            skip_block(walk, instr);
            break;

        case KI_END: {
            const struct outline *opener = &walk->outlines[instr->match];
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

const struct kop *walk_op(const struct walk *walk)
{
    return outline_fill(&walk->outlines[walk->pc - 1], walk->regs);
}

bool walk_key(const struct walk *walk, struct op_key *key)
{
    return outline_key(&walk->outlines[walk->pc - 1], walk->kind, walk->regs, key);
}

void walk_supply(struct walk *walk, int64_t value)
{
    const struct outline *instr = &walk->outlines[walk->pc - 1];
    SIM_ASSERT(instr->kind == KI_READ);
    walk->regs[instr->reg] = value;
}
