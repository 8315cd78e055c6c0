/* The operations of a program: operands, slices, attributes, and flags with arrows. */
#include "kernels/ir/nk_parser.h"

#include <inttypes.h>
#include <stdio.h>

static bool has(const struct kop_info *info, enum kop_attr attr)
{
    return ((info->needs | info->takes) >> attr & 1) != 0;
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
        if (has(info, (enum kop_attr)attr)) {
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
        return parser_take_real(parser, out);
    if (words.count == 0)
        return parser_take_val(parser, out);
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

/* --- slices --- */

/* Two slices of one operation are of one size, as far as that is known. */
static bool set_attr(struct parser *parser, const struct slice *slice, struct kinstr *instr,
                     enum kop_attr attr, struct kval value)
{
    struct kval *old = &instr->attr[attr];

    if (!old->given)
        *old = value;
    return old->reg != 0 || value.reg != 0 || old->imm == value.imm ||
           parser_fail(parser, &slice->at,
                       "the slice has %s=%" PRId64 ", that of the operand before %" PRId64,
                       attr_info[attr].name, value.imm, old->imm);
}

/* The attributes that say how much of the operand is meant. */
static bool apply_slice(struct parser *parser, const struct slice *slice, bool dst,
                        struct kinstr *instr)
{
    const struct kop_info *info = &kop_info[instr->code];
    enum kop_attr stride = dst ? ATTR_dst_stride : ATTR_src_stride;
    struct kval one = { .imm = 1, .given = true }, bytes;
    struct kval rows = slice->blocks ? slice->rows : one;

    if (has(info, ATTR_count) && !slice->blocks)
        return set_attr(parser, slice, instr, ATTR_count, slice->columns);
    if (has(info, ATTR_cols)) {
        if (!set_attr(parser, slice, instr, ATTR_rows, rows) ||
            !set_attr(parser, slice, instr, ATTR_cols, slice->columns))
            return false;
    } else if (has(info, ATTR_bytes) && (has(info, ATTR_rows) || !slice->blocks)) {
        if ((slice->blocks && !set_attr(parser, slice, instr, ATTR_rows, rows)) ||
            !parser_to_bytes(parser, &slice->at, slice->type, slice->columns, &bytes) ||
            !set_attr(parser, slice, instr, ATTR_bytes, bytes))
            return false;
    } else if (dst && has(info, ATTR_m) && has(info, ATTR_n) && has(info, ATTR_dst_stride)) {
        if (!set_attr(parser, slice, instr, ATTR_m, rows) ||
            !set_attr(parser, slice, instr, ATTR_n, slice->columns))
            return false;
    } else {
        return parser_fail(parser, &slice->at, "%s takes no slice of %s", info->name,
                           slice->blocks ? "rows" : "its operands");
    }
    if (slice->blocks && has(info, stride))
        instr->attr[stride] = slice->stride;
    return true;
}

/* The rows of the L1 or L0C side, which an nz tile knows. */
static void apply_layout(const struct parser *parser, struct kinstr *instr)
{
    struct kval *rows = &instr->attr[ATTR_nz_rows];

    if (!has(&kop_info[instr->code], ATTR_nz_rows) || rows->given)
        return;
    for (int i = 0; i < KOP_OPERANDS; i++) {
        const struct kref *ref = &instr->at[i];
        if (ref->kind == REF_TILE && parser->shapes[ref->index].nz && !rows->given)
            *rows = (struct kval){ .imm = parser->shapes[ref->index].nz_rows, .given = true };
    }
}

static bool take_operands(struct parser *parser, struct kinstr *instr)
{
    const struct kop_info *info = &kop_info[instr->code];
    struct slice slices[KOP_OPERANDS] = { { .given = false } };
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
        if (!parser_take_ref(parser, &instr->at[i], &slices[i]))
            return false;
        first = false;
    }
    for (int i = 0; i < KOP_OPERANDS; i++) {
        if (slices[i].given && !apply_slice(parser, &slices[i], i == OPERAND_DST, instr))
            return false;
    }
    return true;
}

static bool unknown_statement(struct parser *parser)
{
    static const char *const words[] = { "for", "while", "if", "set", "wait" };
    const size_t word_count = sizeof words / sizeof *words;
    const char *names[KOP_COUNT + sizeof words / sizeof *words];

    for (size_t i = 0; i < word_count; i++)
        names[i] = words[i];
    for (size_t code = 0; code < KOP_COUNT; code++)
        names[word_count + code] = kop_info[code].name;
    return parser_unknown(parser, "a statement", names, word_count + KOP_COUNT);
}

bool parser_take_op(struct parser *parser)
{
    struct token at = parser->token;
    struct kinstr instr = { .kind = KI_OP };
    char name[KNAME_MAX];
    enum kop_code code;

    if (!parser_name_of(&at, name) || !kop_parse(name, &code))
        return unknown_statement(parser);
    parser_advance(parser);
    instr.code = (uint16_t)code;
    if (!take_operands(parser, &instr) || !take_attrs(parser, &instr))
        return false;
    apply_layout(parser, &instr);
    return parser_add_instr(parser, &at, &instr);
}

/* --- flags --- */

static bool take_pipe(struct parser *parser, struct kval *out)
{
    size_t which;
    if (!parser_take_word(parser, "a pipe", pipe_names, PIPE_COUNT, &which))
        return false;
    *out = (struct kval){ .imm = (int64_t)which, .given = true };
    return true;
}

/* set FROM -> TO [ID [to ID]]: a range is that many operations, of ids known now. */
bool parser_take_flag(struct parser *parser)
{
    struct token at = parser->token;
    struct kinstr instr = { .kind = KI_OP };
    struct kval *id = &instr.attr[ATTR_id];
    int64_t last;

    instr.code = token_is(&at, "set") ? KOP_set_flag : KOP_wait_flag;
    parser_advance(parser);
    if (!take_pipe(parser, &instr.attr[ATTR_from]) || !parser_take(parser, "->") ||
        !take_pipe(parser, &instr.attr[ATTR_to]))
        return false;
    *id = (struct kval){ .given = true };
    bool given = parser->token.kind != TOKEN_LINE && !token_is(&parser->token, "}");
    if (given && !parser_take_val(parser, id))
        return false;
    struct token range = parser->token;
    if (!given || !parser_accept(parser, "to"))
        return parser_add_instr(parser, &at, &instr);
    if (!parser_take_int(parser, &last))
        return false;
    if (id->reg != 0 || id->imm < 0 || last < id->imm || last >= KFLAG_IDS)
        return parser_fail(parser, &range, "a range of flags; expected two numbers of 0..%d",
                           KFLAG_IDS - 1);
    for (; id->imm <= last; id->imm++) {
        if (!parser_add_instr(parser, &at, &instr))
            return false;
    }
    return true;
}
