/* The statements of a program; see nk.h for their forms. */
#include "kernels/ir/nk_parser.h"

#include "sim/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The place of the next instruction. Pointers to instructions do not survive it. */
static uint32_t next_index(const struct parser *parser)
{
    return (uint32_t)parser->program->length;
}

/* Append an instruction that began at `at`. */
static bool add_instr(struct parser *parser, const struct token *at, const struct kinstr *instr)
{
    struct kprogram *program = parser->program;
    if (program->length == KCODE_MAX)
        return parser_fail(parser, at, "a program has at most %u instructions", KCODE_MAX);

    program->code = mem_room(program->code, program->length, sizeof *program->code);
    struct kinstr *added = &program->code[program->length++];
    *added = *instr;
    added->line = at->line;
    added->column = at->column;
    return true;
}

static bool unknown_register(struct parser *parser)
{
    const char *names[KREGS_MAX];
    size_t count = parser->program->reg_count;
    for (size_t i = 0; i < count; i++)
        names[i] = parser->program->regs[i];
    return parser_unknown(parser, "a register assigned before", names, count);
}

/* The index of the register that is the next token, or -1. */
static int find_register(struct parser *parser)
{
    char name[KNAME_MAX];
    return parser_name_of(&parser->token, name) ? names_find(&parser->regs, name) : -1;
}

static bool take_register(struct parser *parser, struct kval *out)
{
    int reg = find_register(parser);
    if (reg < 0)
        return unknown_register(parser);
    parser_advance(parser);
    *out = (struct kval){ .reg = (uint16_t)(reg + 1), .given = true };
    return true;
}

/* A register or an immediate. */
static bool take_simple(struct parser *parser, struct kval *out)
{
    if (parser->token.kind == TOKEN_REGISTER)
        return take_register(parser, out);
    if (parser->token.kind != TOKEN_NUMBER && !token_is(&parser->token, "-"))
        return parser_expected(parser, "a register or a whole number");
    *out = (struct kval){ .given = true };
    return parser_take_int(parser, &out->imm);
}

/* A register, an immediate, or a register plus or minus an immediate. */
static bool take_val(struct parser *parser, struct kval *out)
{
    if (!take_simple(parser, out))
        return false;

    bool minus = token_is(&parser->token, "-");
    if (out->reg == 0 || (!minus && !token_is(&parser->token, "+")))
        return true;
    parser_advance(parser);
    const char *expected = token_int(&parser->token, minus, &out->imm);
    if (expected != NULL)
        return parser_expected(parser, expected);
    parser_advance(parser);
    return true;
}

/* A number, or the bits of an f32 in a register. */
static bool take_real(struct parser *parser, struct kval *out)
{
    double value;

    if (parser->token.kind == TOKEN_REGISTER)
        return take_register(parser, out);
    if (parser_accept(parser, "nan")) {
        value = (double)NAN;
    } else {
        bool minus = parser_accept(parser, "-");
        if (parser_accept(parser, "inf")) {
            value = (double)(minus ? -INFINITY : INFINITY);
        } else {
            const char *expected = token_real(&parser->token, minus, &value);
            if (expected != NULL)
                return parser_expected(parser, expected);
            parser_advance(parser);
        }
    }
    *out = (struct kval){ .given = true };
    memcpy(&out->imm, &value, sizeof value);
    return true;
}

static bool unknown_object(struct parser *parser)
{
    const struct kprogram *program = parser->program;
    const struct kernel *kernel = parser->kernel;
    const char *names[KTILES_MAX + KTENSORS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < program->tile_count; i++)
        names[count++] = program->tiles[i].name;
    for (size_t i = 0; i < kernel->tensor_count; i++)
        names[count++] = kernel->tensors[i].name;
    return parser_unknown(parser, "a tile or tensor", names, count);
}

/* A tile or a tensor, and the offset in it if there is one. */
static bool take_ref(struct parser *parser, struct kref *out)
{
    char name[KNAME_MAX];
    int tile = -1, tensor = -1;

    if (parser->token.kind == TOKEN_WORD && parser_name_of(&parser->token, name)) {
        tile = names_find(&parser->tiles, name);
        tensor = kernel_tensor(parser->kernel, name);
    }
    if (tile < 0 && tensor < 0)
        return unknown_object(parser);
    parser_advance(parser);
    *out = (struct kref){ .kind = tile >= 0 ? REF_TILE : REF_TENSOR,
                          .index = (uint16_t)(tile >= 0 ? tile : tensor) };
    if (!parser_accept(parser, "["))
        return true;
    return take_val(parser, &out->offset) && parser_take(parser, "]");
}

/* The attribute of this operation that the next token names. */
static bool take_attr_name(struct parser *parser, enum kop_code code, enum kop_attr *out)
{
    const struct kop_info *info = &kop_info[code];
    const char *names[ATTR_COUNT];
    enum kop_attr attrs[ATTR_COUNT];
    char what[64];
    size_t count = 0, which;

    for (int attr = 0; attr < ATTR_COUNT; attr++) {
        if (((info->needs | info->takes) >> attr & 1) != 0) {
            names[count] = attr_info[attr].name;
            attrs[count++] = (enum kop_attr)attr;
        }
    }
    if (count == 0) {
        snprintf(what, sizeof what, "end of line: %s takes no attribute", info->name);
        return parser_expected(parser, what);
    }
    snprintf(what, sizeof what, "end of line or an attribute of %s", info->name);
    if (!parser_take_word(parser, what, names, count, &which))
        return false;
    *out = attrs[which];
    return true;
}

static bool take_attr_value(struct parser *parser, enum attr_kind kind, struct kval *out)
{
    struct word_list words = attr_words(kind);
    size_t which;

    if (kind == ATTR_REAL)
        return take_real(parser, out);
    if (words.count == 0)
        return take_val(parser, out);
    if (!parser_take_word(parser, "a word", words.names, words.count, &which))
        return false;
    *out = (struct kval){ .imm = (int64_t)which, .given = true };
    return true;
}

static bool take_attrs(struct parser *parser, struct kinstr *instr)
{
    while (parser->token.kind != TOKEN_LINE && parser->token.kind != TOKEN_END &&
           !token_is(&parser->token, "}")) {
        struct token at = parser->token;
        enum kop_attr attr = ATTR_COUNT;

        if (!take_attr_name(parser, (enum kop_code)instr->code, &attr))
            return false;
        if (instr->attr[attr].given)
            return parser_fail(parser, &at, "'%s' is given twice", attr_info[attr].name);
        if (!parser_take(parser, "=") ||
            !take_attr_value(parser, attr_info[attr].kind, &instr->attr[attr]))
            return false;
    }
    return true;
}

static bool take_operands(struct parser *parser, struct kinstr *instr)
{
    const struct kop_info *info = &kop_info[instr->code];
    bool first = true;

    for (int i = 0; i < KOP_OPERANDS; i++) {
        if (info->spaces[i] == 0)
            continue;
        if (!first && !token_is(&parser->token, ",")) {
            char what[64];
            snprintf(what, sizeof what, "',' and operand %s of %s", kop_operand_names[i],
                     info->name);
            return parser_expected(parser, what);
        }
        if (!first)
            parser_advance(parser);
        if (!take_ref(parser, &instr->at[i]))
            return false;
        first = false;
    }
    return true;
}

static bool unknown_statement(struct parser *parser)
{
    const char *names[KOP_COUNT + 3] = { "for", "while", "if" };
    for (int code = 0; code < KOP_COUNT; code++)
        names[code + 3] = kop_info[code].name;
    return parser_unknown(parser, "a statement", names, KOP_COUNT + 3);
}

static bool take_op(struct parser *parser)
{
    struct token at = parser->token;
    struct kinstr instr = { .kind = KI_OP };
    char name[KNAME_MAX];
    enum kop_code code;

    if (!parser_name_of(&at, name) || !kop_parse(name, &code))
        return unknown_statement(parser);
    parser_advance(parser);
    instr.code = (uint16_t)code;
    return take_operands(parser, &instr) && take_attrs(parser, &instr) &&
           add_instr(parser, &at, &instr);
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
    *out = (uint16_t)reg;
    return true;
}

/* The scalar operation that the next token spells; SOP_COUNT when none. */
static enum scalar_op scalar_at(const struct parser *parser, bool infix)
{
    int op = 0;
    while (op < SOP_COUNT &&
           (scalar_info[op].infix != infix || !token_is(&parser->token, scalar_info[op].text)))
        op++;
    return (enum scalar_op)op;
}

static bool take_infix(struct parser *parser, struct kinstr *instr)
{
    if (!take_simple(parser, &instr->a))
        return false;
    enum scalar_op op = scalar_at(parser, true);
    if (op == SOP_COUNT) {
        instr->code = SOP_set;
        instr->b = (struct kval){ .given = true }; /* not used */
        return true;
    }
    parser_advance(parser);
    instr->code = (uint16_t)op;
    return take_simple(parser, &instr->b);
}

static bool take_call(struct parser *parser, struct kinstr *instr)
{
    const char *names[SOP_COUNT + 1] = { "read" };
    size_t count = 1;
    enum scalar_op op = scalar_at(parser, false);

    if (op == SOP_COUNT) {
        for (int i = 0; i < SOP_COUNT; i++) {
            if (!scalar_info[i].infix && scalar_info[i].text[0] != '\0')
                names[count++] = scalar_info[i].text;
        }
        return parser_unknown(parser, "a register, a number or a function", names, count);
    }
    parser_advance(parser);
    instr->code = (uint16_t)op;
    return parser_take(parser, "(") && take_simple(parser, &instr->a) &&
           parser_take(parser, ",") && take_simple(parser, &instr->b) &&
           parser_take(parser, ")");
}

static bool take_assignment(struct parser *parser)
{
    struct token at = parser->token;
    struct kinstr instr = { .kind = KI_SCALAR };
    bool taken;

    parser_advance(parser);
    if (!parser_take(parser, "="))
        return false;
    if (parser_accept(parser, "read")) {
        instr.kind = KI_READ;
        taken = take_ref(parser, &instr.at[OPERAND_A]);
    } else if (parser->token.kind == TOKEN_WORD) {
        taken = take_call(parser, &instr);
    } else {
        taken = take_infix(parser, &instr);
    }
    return taken && declare_register(parser, &at, &instr.reg) && add_instr(parser, &at, &instr);
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
    if (!add_instr(parser, &at, &instr) || !take_block(parser))
        return false;
    parser->program->code[*opener].match = index;
    *opener = index;
    return true;
}

/* The body of the block that `instr` opens, and its end. */
static bool take_body(struct parser *parser, const struct token *at, const struct kinstr *instr)
{
    struct kinstr end = { .kind = KI_END };
    uint32_t opener = next_index(parser);

    if (!add_instr(parser, at, instr) || !take_block(parser))
        return false;
    if (instr->kind == KI_IF && !take_else(parser, &opener))
        return false;
    parser->program->code[opener].match = next_index(parser);
    end.match = opener;
    return add_instr(parser, &parser->closed, &end);
}

static bool take_for(struct parser *parser)
{
    struct token at = parser->token;
    struct kinstr instr = { .kind = KI_FOR, .c = { .imm = 1, .given = true } };

    parser_advance(parser);
    struct token variable = parser->token;
    if (variable.kind != TOKEN_REGISTER)
        return parser_expected(parser, "a register");
    parser_advance(parser);
    if (!parser_take(parser, "=") || !take_val(parser, &instr.a) ||
        !parser_take(parser, "to") || !take_val(parser, &instr.b))
        return false;
    if (parser_accept(parser, "step") && !take_val(parser, &instr.c))
        return false;
    return declare_register(parser, &variable, &instr.reg) && take_body(parser, &at, &instr);
}

static bool take_conditional(struct parser *parser, enum kinstr_kind kind)
{
    struct token at = parser->token;
    struct kinstr instr = { .kind = kind };

    parser_advance(parser);
    return take_simple(parser, &instr.a) && take_body(parser, &at, &instr);
}

static bool take_statement(struct parser *parser)
{
    const struct token *token = &parser->token;

    if (token->kind == TOKEN_REGISTER)
        return take_assignment(parser);
    if (token_is(token, "for"))
        return take_for(parser);
    if (token_is(token, "while"))
        return take_conditional(parser, KI_WHILE);
    if (token_is(token, "if"))
        return take_conditional(parser, KI_IF);
    if (token_is(token, "else"))
        return parser_fail(parser, token, "'else' stands on the line of the '}' of its 'if'");
    if (token_is(token, "tile"))
        return parser_fail(parser, token, "tiles come before the first statement of a program");
    if (token->kind != TOKEN_WORD)
        return parser_expected(parser, "a statement or '}'");
    return take_op(parser);
}

bool parser_take_code(struct parser *parser)
{
    for (;;) {
        parser_skip_lines(parser);
        if (token_is(&parser->token, "}"))
            break;
        if (!take_statement(parser))
            return false;
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
