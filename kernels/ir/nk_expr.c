/* Reading expressions, by precedence climbing; nk_value.c turns them into values. */
#include "kernels/ir/nk_parser.h"

#include <math.h>
#include <string.h>

#define NESTED_MAX 64 /* parentheses, calls and signs */

static bool take_binary(struct parser *parser, unsigned least, struct expr *out);

static const struct constant *find_constant(const struct parser *parser)
{
    for (size_t i = parser->constant_count; i > 0; i--) {
        if (token_is(&parser->token, parser->constants[i - 1].name))
            return &parser->constants[i - 1];
    }
    return NULL;
}

static const char *what_begins(const struct parser *parser)
{
    if (parser->reals)
        return "a number";
    return parser->program != NULL ? "a register, a number or a name" : "a number or a name";
}

static bool unknown_word(struct parser *parser)
{
    const char *names[KCONSTS_MAX + KREGS_MAX + SOP_COUNT];
    size_t count = 0;

    for (int op = SOP_set + 1; op < SOP_COUNT; op++) {
        if (scalar_info[op].infix == 0)
            names[count++] = scalar_info[op].text;
    }
    if (parser->program != NULL)
        names[count++] = "read";
    for (size_t i = 0; i < parser->constant_count; i++)
        names[count++] = parser->constants[i].name;
    for (size_t i = 0; i < parser->kernel->param_count; i++)
        names[count++] = parser->kernel->params[i].name;
    return parser_unknown(parser, what_begins(parser), names, count);
}

static bool take_call(struct parser *parser, enum scalar_op op, struct expr *out)
{
    struct token at = parser->token;
    struct expr left, right = { .kind = EXPR_VALUE, .at = at, .a = { .given = true } };

    parser_advance(parser);
    return parser_take(parser, "(") && take_binary(parser, 1, &left) &&
           (scalar_info[op].operands == 1 ||
            (parser_take(parser, ",") && take_binary(parser, 1, &right))) &&
           parser_take(parser, ")") && parser_join(parser, &at, op, &left, &right, out);
}

static void set_real(struct expr *out, double number)
{
    out->kind = EXPR_REAL;
    out->number = number;
}

static bool take_constant(struct parser *parser, const struct constant *constant,
                          struct expr *out)
{
    parser_advance(parser);
    if (constant->real || parser->reals)
        set_real(out, constant->real ? constant->number : (double)constant->whole);
    else
        out->a = (struct kval){ .imm = constant->whole, .given = true };
    return true;
}

static bool take_param(struct parser *parser, struct expr *out)
{
    char name[KNAME_MAX];
    int param = parser_name_of(&parser->token, name) ? kernel_param(parser->kernel, name) : -1;

    if (param < 0)
        return unknown_word(parser);
    if (parser->program == NULL)
        return parser_fail(parser, &parser->token,
                           "'%s' is a parameter, known only when the kernel runs; "
                           "expected a number or a constant",
                           name);
    parser_advance(parser);
    out->a = (struct kval){ .reg = (uint16_t)(REG_SPECIAL_COUNT + param + 1), .given = true };
    return true;
}

static bool take_word(struct parser *parser, struct expr *out)
{
    const struct constant *constant = find_constant(parser);

    if (constant != NULL)
        return take_constant(parser, constant, out);
    for (int op = SOP_set + 1; op < SOP_COUNT; op++) {
        if (scalar_info[op].infix == 0 && token_is(&parser->token, scalar_info[op].text))
            return take_call(parser, (enum scalar_op)op, out);
    }
    if (parser->reals && (token_is(&parser->token, "nan") || token_is(&parser->token, "inf"))) {
        set_real(out, token_is(&parser->token, "nan") ? (double)NAN : (double)INFINITY);
        parser_advance(parser);
        return true;
    }
    if (parser->program != NULL && parser_accept(parser, "read")) {
        out->kind = EXPR_READ;
        return parser_take_ref(parser, &out->ref, NULL) &&
               (!parser_accept(parser, "else") ||
                parser_take_ref(parser, &out->otherwise, NULL));
    }
    return take_param(parser, out);
}

/* 1e3 and 0.5, not 10 and 0x1e. */
static bool has_fraction(const struct token *token)
{
    bool hex = token->length > 1 && (token->at[1] | ' ') == 'x';
    for (size_t i = 0; i < token->length && !hex; i++) {
        if (token->at[i] == '.' || token->at[i] == 'e' || token->at[i] == 'E')
            return true;
    }
    return false;
}

static bool take_number(struct parser *parser, bool negative, struct expr *out)
{
    const struct token *token = &parser->token;
    const char *expected;

    if (parser->reals || has_fraction(token)) {
        expected = token_real(token, negative, &out->number);
        out->kind = EXPR_REAL;
    } else {
        expected = token_int(token, negative, &out->a.imm);
        out->a.given = true;
    }
    if (expected != NULL)
        return parser_expected(parser, expected);
    parser_advance(parser);
    return true;
}

static bool take_register(struct parser *parser, struct expr *out)
{
    int reg = parser_find_register(parser);
    if (reg < 0 || parser->temporary[reg] != NOT_TEMPORARY)
        return parser_unknown_register(parser);
    out->a = (struct kval){ .reg = (uint16_t)(reg + 1), .given = true };
    parser_advance(parser);
    return true;
}

static bool take_primary(struct parser *parser, struct expr *out)
{
    switch (parser->token.kind) {
    case TOKEN_NUMBER:
        return take_number(parser, false, out);
    case TOKEN_WORD:
        return take_word(parser, out);
    case TOKEN_REGISTER:
        if (parser->program != NULL)
            return take_register(parser, out);
        break;
    default:
        if (!parser_accept(parser, "("))
            break;
        return take_binary(parser, 1, out) && parser_take(parser, ")");
    }
    return parser_expected(parser, what_begins(parser));
}

static bool take_unary(struct parser *parser, struct expr *out)
{
    const struct expr zero = { .kind = EXPR_VALUE, .a = { .given = true } };
    struct token at = parser->token;
    struct expr left = zero, right;

    *out = zero;
    out->at = at;
    if (parser->nested == NESTED_MAX)
        return parser_fail(parser, &at, "the expression is nested deeper than %d", NESTED_MAX);
    if (!parser_accept(parser, "-")) {
        parser->nested++;
        bool taken = take_primary(parser, out);
        parser->nested--;
        return taken;
    }
    if (parser->token.kind == TOKEN_NUMBER)
        return take_number(parser, true, out);
    parser->nested++;
    bool taken = take_unary(parser, &right);
    parser->nested--;
    if (!taken)
        return false;
    if (right.kind == EXPR_REAL) {
        set_real(out, -right.number);
        return true;
    }
    return parser_join(parser, &at, SOP_sub, &left, &right, out);
}

/* The infix operation that is the next token. a > b is b < a. */
static bool find_infix(const struct parser *parser, enum scalar_op *out, bool *swapped)
{
    *swapped = token_is(&parser->token, ">") || token_is(&parser->token, ">=");
    if (*swapped) {
        *out = parser->token.length == 1 ? SOP_lt : SOP_le;
        return true;
    }
    for (int op = 0; op < SOP_COUNT; op++) {
        if (scalar_info[op].infix != 0 && token_is(&parser->token, scalar_info[op].text)) {
            *out = (enum scalar_op)op;
            return true;
        }
    }
    return false;
}

/* The right operand. -2^63 is a number whose digits alone are not. */
static bool take_right(struct parser *parser, enum scalar_op *op, struct expr *out)
{
    int64_t number;
    bool least = *op == SOP_sub && !parser->reals &&
                 token_int(&parser->token, false, &number) != NULL &&
                 token_int(&parser->token, true, &number) == NULL;

    if (!least)
        return take_binary(parser, scalar_info[*op].infix + 1, out);
    *op = SOP_add;
    *out = (struct expr){ .kind = EXPR_VALUE, .at = parser->token };
    return take_number(parser, true, out);
}

/* Operations that bind at least so tightly. */
static bool take_binary(struct parser *parser, unsigned least, struct expr *out)
{
    enum scalar_op op;
    bool swapped;

    if (!take_unary(parser, out))
        return false;
    while (find_infix(parser, &op, &swapped) && scalar_info[op].infix >= least) {
        struct token at = parser->token;
        struct expr left = *out, right;
        parser_advance(parser);
        if (!take_right(parser, &op, &right) ||
            !parser_join(parser, &at, op, swapped ? &right : &left, swapped ? &left : &right,
                         out))
            return false;
    }
    return true;
}

bool parser_take_expr(struct parser *parser, struct expr *out)
{
    return take_binary(parser, 1, out);
}

bool parser_take_val(struct parser *parser, struct kval *out)
{
    struct expr expr;
    return parser_take_expr(parser, &expr) && parser_settle(parser, &expr, out);
}

bool parser_take_simple(struct parser *parser, struct kval *out)
{
    struct token at = parser->token;
    return parser_take_val(parser, out) && parser_simplify(parser, &at, out);
}
