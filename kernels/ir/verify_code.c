/* The structure of a program, and every instruction that is no operation. */
#include "kernels/ir/verifier.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static const char *instr_name(const struct kinstr *instr)
{
    switch (instr->kind) {
    case KI_OP:
        return instr->code < KOP_COUNT ? kop_info[instr->code].name : "operation";
    case KI_SCALAR:
        return "assignment";
    case KI_READ:
        return "read";
    case KI_FOR:
        return "for";
    case KI_WHILE:
        return "while";
    case KI_IF:
        return "if";
    case KI_ELSE:
        return "else";
    case KI_END:
        return "end";
    }
    return "instruction";
}

bool verifier_fail(struct verifier *verifier, const char *fmt, ...)
{
    const struct kinstr *instr = verifier->instr;
    struct loc loc = { .file = verifier->kernel->file,
                       .line = instr->line,
                       .column = instr->column };
    char where[2 * KNAME_MAX + 64] = "", what[sizeof verifier->diag->text];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    if (instr->line == 0)
        snprintf(where, sizeof where,
                 "kernel %s, %s program, instruction %zu: ", verifier->kernel->name,
                 core_kind_names[verifier->kind], (size_t)(instr - verifier->program->code));
    return diag_fail(verifier->diag, loc, "%s%s: %s", where, instr_name(instr), what);
}

size_t standing_registers(const struct verifier *verifier)
{
    return REG_SPECIAL_COUNT + verifier->kernel->param_count;
}

bool verify_val(struct verifier *verifier, struct kval value, const char *what)
{
    if (!value.given)
        return verifier_fail(verifier, "%s is missing", what);
    if (value.reg > verifier->program->reg_count)
        return verifier_fail(verifier, "%s is no register of the program", what);
    return value.reg == 0 || verifier->assigned[value.reg - 1] ||
           verifier_fail(verifier, "%s is %%%s, which nothing assigned before", what,
                         verifier->program->regs[value.reg - 1]);
}

bool verify_simple(struct verifier *verifier, struct kval value, const char *what)
{
    return verify_val(verifier, value, what) &&
           (value.reg == 0 || value.imm == 0 ||
            verifier_fail(verifier, "%s is a sum; expected a register or an immediate", what));
}

static bool verify_assigned(struct verifier *verifier)
{
    size_t reg = verifier->instr->reg;

    if (reg >= verifier->program->reg_count)
        return verifier_fail(verifier, "it assigns no register of the program");
    if (reg < standing_registers(verifier))
        return verifier_fail(verifier, "%%%s is assigned; a program only reads it",
                             verifier->program->regs[reg]);
    verifier->assigned[reg] = true;
    return true;
}

static bool verify_scalar(struct verifier *verifier)
{
    const struct kinstr *instr = verifier->instr;

    if (instr->code >= SOP_COUNT)
        return verifier_fail(verifier, "there is no such scalar operation");
    if (scalar_info[instr->code].operands == 1 && (instr->b.reg != 0 || instr->b.imm != 0))
        return verifier_fail(verifier, "it takes one operand");
    return verify_simple(verifier, instr->a, "its first operand") &&
           verify_simple(verifier, instr->b, "its second operand") && verify_assigned(verifier);
}

static bool verify_for(struct verifier *verifier)
{
    const struct kinstr *instr = verifier->instr;

    if (!verify_val(verifier, instr->a, "the start") ||
        !verify_val(verifier, instr->b, "the end") ||
        !verify_val(verifier, instr->c, "the step"))
        return false;
    if (instr->c.reg == 0 && instr->c.imm <= 0)
        return verifier_fail(verifier, "the step is %" PRId64 "; expected a positive one",
                             instr->c.imm);
    return verify_assigned(verifier);
}

/* What stands in for the value in a run without data must be there in one. */
static bool verify_read(struct verifier *verifier)
{
    const struct kref *from = verifier->instr->at;

    if (!verify_ref(verifier, &from[OPERAND_A],
                    1u << SPACE_UB | 1u << SPACE_GM | 1u << SPACE_SPR, "what it reads"))
        return false;
    if (from[OPERAND_B].kind == REF_NONE)
        return verify_assigned(verifier);
    if (!verify_ref(verifier, &from[OPERAND_B], 1u << SPACE_GM, "what it reads without data"))
        return false;
    const struct ktensor *tensor = &verifier->kernel->tensors[from[OPERAND_B].index];
    return (tensor->control ||
            verifier_fail(verifier,
                          "what it reads without data is %s; expected a control tensor",
                          tensor->name)) &&
           verify_assigned(verifier);
}

static bool verify_instr(struct verifier *verifier)
{
    const struct kinstr *instr = verifier->instr;

    switch (instr->kind) {
    case KI_OP:
        return instr->code < KOP_COUNT ? verify_op(verifier)
                                       : verifier_fail(verifier, "there is no such operation");
    case KI_SCALAR:
        return verify_scalar(verifier);
    case KI_READ:
        return verify_read(verifier);
    case KI_FOR:
        return verify_for(verifier);
    case KI_WHILE:
    case KI_IF:
        return verify_simple(verifier, instr->a, "the condition");
    case KI_ELSE:
    case KI_END:
        return true;
    }
    return verifier_fail(verifier, "there is no such instruction");
}

/* Whether the open block and the instruction that ends or divides it agree. */
static bool verify_match(struct verifier *verifier, const size_t *open, unsigned depth)
{
    const struct kprogram *program = verifier->program;
    size_t index = (size_t)(verifier->instr - program->code);
    bool divides = verifier->instr->kind == KI_ELSE;

    if (depth == 0)
        return verifier_fail(verifier, "there is no block for it");
    const struct kinstr *opener = &program->code[open[depth - 1]];
    if (divides && opener->kind != KI_IF)
        return verifier_fail(verifier, "there is no if for it");
    return (opener->match == index && (divides || verifier->instr->match == open[depth - 1])) ||
           verifier_fail(verifier, "it and the start of its block do not match");
}

bool verify_code(struct verifier *verifier)
{
    const struct kprogram *program = verifier->program;
    size_t open[KNEST_MAX]; /* the instructions that opened the blocks we are in */
    unsigned depth = 0;

    for (size_t i = 0; i < program->length; i++) {
        const struct kinstr *instr = verifier->instr = &program->code[i];
        if (!verify_instr(verifier))
            return false;
        switch (instr->kind) {
        case KI_FOR:
        case KI_WHILE:
        case KI_IF:
            if (depth == KNEST_MAX)
                return verifier_fail(verifier, "blocks are nested deeper than %d", KNEST_MAX);
            open[depth++] = i;
            break;
        case KI_ELSE:
            if (!verify_match(verifier, open, depth))
                return false;
            open[depth - 1] = i;
            break;
        case KI_END:
            if (!verify_match(verifier, open, depth))
                return false;
            depth--;
            break;
        case KI_OP:
        case KI_SCALAR:
        case KI_READ:
            break;
        }
    }
    if (depth == 0)
        return true;
    verifier->instr = &program->code[open[depth - 1]];
    return verifier_fail(verifier, "the block is not closed");
}
