/*
 * The values of expressions. What is known while parsing is computed then; the rest becomes
 * scalar instructions, whose intermediate results go to registers %_0, %_1, ... that are used
 * again by the next statement.
 */
#include "kernels/ir/nk_parser.h"

#include <string.h>

static bool is_imm(struct kval value)
{
    return value.reg == 0;
}

static bool is_simple(struct kval value)
{
    return value.reg == 0 || value.imm == 0;
}

static struct kval immediate(int64_t value)
{
    return (struct kval){ .imm = value, .given = true };
}

static struct kval in_register(uint16_t reg)
{
    return (struct kval){ .reg = (uint16_t)(reg + 1), .given = true };
}

static double real_of(const struct expr *expr)
{
    return expr->kind == EXPR_REAL ? expr->number : (double)expr->a.imm;
}

static bool emit(struct parser *parser, const struct token *at, enum scalar_op op, uint16_t reg,
                 struct kval a, struct kval b)
{
    struct kinstr instr = {
        .kind = KI_SCALAR, .code = (uint16_t)op, .reg = reg, .a = a, .b = b
    };
    return parser_add_instr(parser, at, &instr);
}

/* A register plus a number into a register. */
static bool emit_sum(struct parser *parser, const struct token *at, uint16_t reg,
                     struct kval sum)
{
    struct kval base = { .reg = sum.reg, .given = true };
    bool subtract = sum.imm < 0 && sum.imm != INT64_MIN; /* as one would write it */

    return emit(parser, at, subtract ? SOP_sub : SOP_add, reg, base,
                immediate(subtract ? -sum.imm : sum.imm));
}

bool parser_simplify(struct parser *parser, const struct token *at, struct kval *value)
{
    uint16_t reg;

    if (is_simple(*value))
        return true;
    if (!parser_temporary(parser, at, false, &reg) || !emit_sum(parser, at, reg, *value))
        return false;
    *value = in_register(reg);
    return true;
}

static int64_t wrapped_sum(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* What needs no instruction: numbers, sums with a number, and doing nothing. */
static bool fold(struct parser *parser, struct expr *expr, bool *folded)
{
    struct kval a = expr->a, b = expr->b, value = { .given = true };
    bool add = expr->op == SOP_add, subtract = expr->op == SOP_sub;

    *folded = true;
    if (is_imm(a) && is_imm(b)) {
        if (!scalar_eval(expr->op, a.imm, b.imm, &value.imm))
            return parser_fail(parser, &expr->at, "a division by zero, or too large");
    } else if ((add || subtract) && is_imm(b)) {
        value.reg = a.reg;
        value.imm = wrapped_sum(a.imm, add ? b.imm : wrapped_sum(~b.imm, 1));
    } else if (add && is_imm(a)) {
        value.reg = b.reg;
        value.imm = wrapped_sum(a.imm, b.imm);
    } else if (expr->op == SOP_mul && (is_imm(a) ? a.imm : is_imm(b) ? b.imm : 0) == 1) {
        value = is_imm(a) ? b : a;
    } else {
        *folded = false;
        return true;
    }
    expr->kind = EXPR_VALUE;
    expr->a = value;
    return true;
}

/* Both numbers are known, and one at least is not whole. */
static bool fold_reals(struct parser *parser, struct expr *expr, const struct expr *left,
                       const struct expr *right)
{
    double x = real_of(left), y = real_of(right);

    if ((left->kind != EXPR_REAL && !(left->kind == EXPR_VALUE && is_imm(left->a))) ||
        (right->kind != EXPR_REAL && !(right->kind == EXPR_VALUE && is_imm(right->a))))
        return parser_fail(parser, &expr->at,
                           "a number that is not whole, with one that a run computes");
    expr->kind = EXPR_REAL;
    switch (expr->op) {
    case SOP_add:
        expr->number = x + y;
        return true;
    case SOP_sub:
        expr->number = x - y;
        return true;
    case SOP_mul:
        expr->number = x * y;
        return true;
    case SOP_div:
        expr->number = x / y;
        return true;
    default:
        return parser_fail(parser, &expr->at, "numbers that are not whole take + - * /");
    }
}

bool parser_reduce(struct parser *parser, struct expr *expr)
{
    bool folded;

    if (expr->kind == EXPR_REAL)
        return parser_fail(parser, &expr->at, "found %.9g, expected a whole number",
                           expr->number);
    /* What is one instruction as written stays that. */
    if (expr->kind != EXPR_SCALAR || (is_simple(expr->a) && is_simple(expr->b)))
        return true;
    return fold(parser, expr, &folded) &&
           (folded || (parser_simplify(parser, &expr->at, &expr->a) &&
                       parser_simplify(parser, &expr->at, &expr->b)));
}

bool parser_assign(struct parser *parser, const struct token *at, const struct expr *expr,
                   uint16_t reg)
{
    struct kinstr read = { .kind = KI_READ, .reg = reg };

    read.at[OPERAND_A] = expr->ref;
    read.at[OPERAND_B] = expr->otherwise;
    if (expr->kind == EXPR_READ)
        return parser_add_instr(parser, at, &read);
    if (expr->kind == EXPR_SCALAR)
        return emit(parser, at, expr->op, reg, expr->a, expr->b);
    if (is_simple(expr->a))
        return emit(parser, at, SOP_set, reg, expr->a, immediate(0));
    return emit_sum(parser, at, reg, expr->a);
}

/* The temporary in which this statement holds the same value already, or -1. */
static int find_computed(const struct parser *parser, const struct expr *expr)
{
    const struct kprogram *program = parser->program;

    for (size_t i = parser->statement; i < program->length; i++) {
        const struct kinstr *instr = &program->code[i];
        if (instr->kind == KI_SCALAR && instr->code == expr->op &&
            parser->temporary[instr->reg] == TEMPORARY_USED && instr->a.reg == expr->a.reg &&
            instr->a.imm == expr->a.imm && instr->b.reg == expr->b.reg &&
            instr->b.imm == expr->b.imm)
            return instr->reg;
    }
    return -1;
}

bool parser_settle(struct parser *parser, struct expr *expr, struct kval *out)
{
    bool folded;
    uint16_t reg;

    if (expr->kind == EXPR_SCALAR && !fold(parser, expr, &folded))
        return false;
    if (expr->kind == EXPR_VALUE) {
        *out = expr->a;
        return true;
    }
    /* Reduced first: the temporaries of operands come before that of the result. */
    if (!parser_reduce(parser, expr))
        return false;
    int computed = expr->kind == EXPR_SCALAR ? find_computed(parser, expr) : -1;
    if (computed >= 0) {
        *out = in_register((uint16_t)computed);
        return true;
    }
    if (!parser_temporary(parser, &expr->at, false, &reg) ||
        !parser_assign(parser, &expr->at, expr, reg))
        return false;
    *out = in_register(reg);
    return true;
}

bool parser_combine(struct parser *parser, const struct token *at, enum scalar_op op,
                    struct kval x, struct kval y, struct kval *out)
{
    struct expr expr = { .kind = EXPR_SCALAR, .op = op, .a = x, .b = y, .at = *at };
    return parser_settle(parser, &expr, out);
}

bool parser_join(struct parser *parser, const struct token *at, enum scalar_op op,
                 struct expr *left, struct expr *right, struct expr *out)
{
    bool folded;

    *out = (struct expr){ .kind = EXPR_SCALAR, .op = op, .at = *at };
    if (left->kind == EXPR_REAL || right->kind == EXPR_REAL)
        return (left->kind != EXPR_SCALAR || fold(parser, left, &folded)) &&
               (right->kind != EXPR_SCALAR || fold(parser, right, &folded)) &&
               fold_reals(parser, out, left, right);
    return parser_settle(parser, left, &out->a) && parser_settle(parser, right, &out->b);
}

/* --- kinds of values --- */

bool parser_take_int(struct parser *parser, int64_t *out)
{
    struct kval value;
    struct token at = parser->token;

    if (!parser_take_val(parser, &value))
        return false;
    *out = value.imm;
    return value.reg == 0 ||
           parser_fail(parser, &at, "found a register, expected a number or a constant");
}

bool parser_take_real(struct parser *parser, struct kval *out)
{
    struct token at = parser->token;
    struct expr expr;

    parser->reals = true;
    bool taken = parser_take_expr(parser, &expr);
    parser->reals = false;
    if (!taken)
        return false;
    if (expr.kind != EXPR_REAL)
        return parser_settle(parser, &expr, out) && parser_simplify(parser, &at, out);
    *out = (struct kval){ .given = true };
    memcpy(&out->imm, &expr.number, sizeof expr.number);
    return true;
}

bool parser_take_constant(struct parser *parser, struct constant *out)
{
    struct expr expr;
    struct kval value;

    if (!parser_take_expr(parser, &expr))
        return false;
    out->real = expr.kind == EXPR_REAL;
    out->number = expr.number;
    if (out->real)
        return true;
    if (!parser_settle(parser, &expr, &value))
        return false;
    out->whole = value.imm;
    return value.reg == 0 ||
           parser_fail(parser, &expr.at, "a constant is a number or made of constants");
}
