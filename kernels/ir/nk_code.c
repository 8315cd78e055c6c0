/* The statements of a program; see nk.h for their forms. */
#include "kernels/ir/nk_parser.h"

/* The place of the next instruction. */
static uint32_t next_index(const struct parser *parser)
{
    return (uint32_t)parser->program->length;
}

/* The register a statement writes: one that is there, or a new one. */
static bool declare_register(struct parser *parser, const struct token *at, uint16_t *out)
{
    char name[KNAME_MAX];
    if (!parser_name_of(at, name) || !kname_valid(name))
        return parser_fail(parser, at,
                           "the name of a register is at most 31 of a-z, 0-9 and _");

    int reg = names_find(&parser->regs, name);
    if (reg < 0) {
        reg = (int)parser->program->reg_count;
        if (!parser_add_register(parser, name))
            return parser_fail(parser, at, "a program has at most %d registers", KREGS_MAX);
    }
    size_t fixed = REG_SPECIAL_COUNT + parser->kernel->param_count;
    if ((size_t)reg < fixed)
        return parser_fail(parser, at, "'%%%s' is %s; a program only reads it", name,
                           reg < REG_SPECIAL_COUNT ? "a special register" : "a parameter");
    if (parser->temporary[reg] != NOT_TEMPORARY)
        return parser_fail(parser, at, "'%%%s' holds a part of an expression", name);
    *out = (uint16_t)reg;
    return true;
}

static bool take_assignment(struct parser *parser)
{
    struct token at = parser->token;
    struct expr expr;
    uint16_t reg;

    parser_advance(parser);
    return parser_take(parser, "=") && parser_take_expr(parser, &expr) &&
           parser_reduce(parser, &expr) && declare_register(parser, &at, &reg) &&
           parser_assign(parser, &at, &expr, reg);
}

static bool take_block(struct parser *parser);

/* `} else {`, or nothing. *opener becomes what the end of it all closes. */
static bool take_else(struct parser *parser, uint32_t *opener)
{
    struct token at = parser->token;
    struct kinstr instr = { .kind = KI_ELSE };
    uint32_t index = next_index(parser);

    if (!parser_accept(parser, "else"))
        return true;
    if (!parser_add_instr(parser, &at, &instr) || !take_block(parser))
        return false;
    parser->program->code[*opener].match = index;
    *opener = index;
    return true;
}

static bool close_block(struct parser *parser, uint32_t opener)
{
    struct kinstr end = { .kind = KI_END, .match = opener };
    parser->program->code[opener].match = next_index(parser);
    return parser_add_instr(parser, &parser->closed, &end);
}

static bool open_block(struct parser *parser, const struct token *at,
                       const struct kinstr *instr, uint32_t *opener)
{
    *opener = next_index(parser);
    if (!parser_add_instr(parser, at, instr))
        return false;
    parser_release(parser);
    return take_block(parser);
}

/* --- for, and the register that counts its turns round and round --- */

struct turn {
    bool given;
    struct token name;
    int64_t of;
    uint16_t reg;
};

static bool take_turn(struct parser *parser, struct turn *turn)
{
    turn->given = parser_accept(parser, "turn");
    if (!turn->given)
        return true;
    turn->name = parser->token;
    if (turn->name.kind != TOKEN_REGISTER)
        return parser_expected(parser, "a register");
    parser_advance(parser);
    if (!parser_take(parser, "of"))
        return false;
    struct token at = parser->token;
    return parser_take_int(parser, &turn->of) &&
           (turn->of > 0 ||
            parser_fail(parser, &at, "%lld buffers; expected 1 or more", (long long)turn->of));
}

static bool emit_turn(struct parser *parser, const struct turn *turn, enum scalar_op op,
                      struct kval a, int64_t b)
{
    struct kinstr instr = { .kind = KI_SCALAR,
                            .code = (uint16_t)op,
                            .reg = turn->reg,
                            .a = a,
                            .b = { .imm = b, .given = true } };
    return parser_add_instr(parser, &turn->name, &instr);
}

/* The next buffer: of two by flipping a bit, of more by a remainder. */
static bool next_turn(struct parser *parser, const struct turn *turn)
{
    struct kval reg = { .reg = (uint16_t)(turn->reg + 1), .given = true };
    if (turn->of == 2)
        return emit_turn(parser, turn, SOP_xor, reg, 1);
    return emit_turn(parser, turn, SOP_add, reg, 1) &&
           emit_turn(parser, turn, SOP_mod, reg, turn->of);
}

static bool take_for(struct parser *parser)
{
    const struct kval zero = { .given = true };
    struct token at = parser->token;
    struct kinstr instr = { .kind = KI_FOR, .c = { .imm = 1, .given = true } };
    struct turn turn;
    uint32_t opener;

    parser_advance(parser);
    struct token variable = parser->token;
    if (variable.kind != TOKEN_REGISTER)
        return parser_expected(parser, "a register");
    parser_advance(parser);
    if (!parser_take(parser, "=") || !parser_take_val(parser, &instr.a) ||
        !parser_take(parser, "to") || !parser_take_val(parser, &instr.b))
        return false;
    if (parser_accept(parser, "step") && !parser_take_val(parser, &instr.c))
        return false;
    if (!take_turn(parser, &turn) ||
        (turn.given && (!declare_register(parser, &turn.name, &turn.reg) ||
                        !emit_turn(parser, &turn, SOP_set, zero, 0))))
        return false;
    return declare_register(parser, &variable, &instr.reg) &&
           open_block(parser, &at, &instr, &opener) &&
           (!turn.given || next_turn(parser, &turn)) && close_block(parser, opener);
}

static bool take_if(struct parser *parser)
{
    struct token at = parser->token;
    struct kinstr instr = { .kind = KI_IF };
    uint32_t opener;

    parser_advance(parser);
    return parser_take_simple(parser, &instr.a) && open_block(parser, &at, &instr, &opener) &&
           take_else(parser, &opener) && close_block(parser, opener);
}

/* --- while --- */

/* Read the condition again, where its text begins, and go on after the loop. */
static bool compute_again(struct parser *parser, const struct token *at,
                          const struct lexer *lexer, const struct token *first, uint16_t reg)
{
    struct lexer after = parser->lexer;
    struct token next = parser->token;
    struct expr expr;

    parser->lexer = *lexer;
    parser->token = *first;
    parser->statement = parser->program->length;
    if (!parser_take_expr(parser, &expr) || !parser_reduce(parser, &expr) ||
        !parser_assign(parser, at, &expr, reg))
        return false;
    parser->lexer = after;
    parser->token = next;
    parser_release(parser);
    return true;
}

/* A condition that takes instructions is computed before the loop and at the end of each
 * turn. */
static bool take_while(struct parser *parser)
{
    struct token at = parser->token;
    struct kinstr instr = { .kind = KI_WHILE };
    struct expr expr;
    uint16_t reg = 0;
    uint32_t opener;

    parser_advance(parser);
    struct lexer lexer = parser->lexer;
    struct token first = parser->token;
    if (!parser_take_expr(parser, &expr))
        return false;
    instr.a = expr.a;
    if (expr.kind == EXPR_VALUE && (expr.a.reg == 0 || expr.a.imm == 0))
        return open_block(parser, &at, &instr, &opener) && close_block(parser, opener);

    /* Reduced first: its temporaries come before the register of the result. */
    if (!parser_reduce(parser, &expr) || !parser_temporary(parser, &at, true, &reg) ||
        !parser_assign(parser, &at, &expr, reg))
        return false;
    instr.a = (struct kval){ .reg = (uint16_t)(reg + 1), .given = true };
    if (!open_block(parser, &at, &instr, &opener) ||
        !compute_again(parser, &at, &lexer, &first, reg))
        return false;
    parser_release_kept(parser, reg);
    return close_block(parser, opener);
}

static bool take_statement(struct parser *parser)
{
    const struct token *token = &parser->token;

    parser->statement = parser->program->length;
    if (token->kind == TOKEN_REGISTER)
        return take_assignment(parser);
    if (token_is(token, "for"))
        return take_for(parser);
    if (token_is(token, "while"))
        return take_while(parser);
    if (token_is(token, "if"))
        return take_if(parser);
    if (token_is(token, "set") || token_is(token, "wait"))
        return parser_take_flag(parser);
    if (token_is(token, "else"))
        return parser_fail(parser, token, "'else' stands on the line of the '}' of its 'if'");
    if (token_is(token, "tile"))
        return parser_fail(parser, token, "tiles come before the first statement of a program");
    if (token->kind != TOKEN_WORD)
        return parser_expected(parser, "a statement or '}'");
    return parser_take_op(parser);
}

bool parser_take_code(struct parser *parser)
{
    for (;;) {
        parser_skip_lines(parser);
        if (token_is(&parser->token, "}"))
            break;
        if (!take_statement(parser))
            return false;
        parser_release(parser);
        if (parser->token.kind != TOKEN_LINE && !token_is(&parser->token, "}"))
            return parser_expected(parser, "end of line");
    }
    parser->closed = parser->token;
    parser_advance(parser);
    return true;
}

static bool take_block(struct parser *parser)
{
    struct token at = parser->token;

    if (!parser_take(parser, "{"))
        return false;
    if (parser->depth == KNEST_MAX)
        return parser_fail(parser, &at, "blocks are nested deeper than %d", KNEST_MAX);
    parser->depth++;
    if (!parser_take_code(parser))
        return false;
    parser->depth--;
    return true;
}
