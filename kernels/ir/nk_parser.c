#include "kernels/ir/nk_parser.h"
#include "sim/mem.h"
#include "sim/suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LISTED_MAX 16 /* so many names are worth listing in a message */

void parser_advance(struct parser *parser)
{
    parser->token = lexer_next(&parser->lexer);
}

void parser_skip_lines(struct parser *parser)
{
    while (parser->token.kind == TOKEN_LINE)
        parser_advance(parser);
}

bool parser_fail(struct parser *parser, const struct token *at, const char *fmt, ...)
{
    char what[sizeof parser->diag->text];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    struct loc loc = { .file = parser->file, .line = at->line, .column = at->column };
    return diag_fail(parser->diag, loc, "%s", what);
}

bool parser_expected(struct parser *parser, const char *what)
{
    char found[TOKEN_TEXT_MAX];
    token_describe(&parser->token, found);
    return parser_fail(parser, &parser->token, "found %s, expected %s", found, what);
}

bool parser_name_of(const struct token *token, char out[KNAME_MAX])
{
    if (token->length >= KNAME_MAX)
        return false;
    memcpy(out, token->at, token->length);
    out[token->length] = '\0';
    return true;
}

bool parser_unknown(struct parser *parser, const char *what, const char *const names[],
                    size_t count)
{
    const struct token *token = &parser->token;
    bool named = token->kind == TOKEN_WORD || token->kind == TOKEN_REGISTER;
    char message[sizeof parser->diag->text], word[KNAME_MAX];
    const char *meant = NULL;

    if (named && parser_name_of(token, word))
        meant = closest_name(word, names, count);

    size_t length = (size_t)snprintf(message, sizeof message, "%s", what);
    if (meant != NULL) {
        snprintf(message + length, sizeof message - length, "; did you mean '%s%s'?",
                 token->kind == TOKEN_REGISTER ? "%" : "", meant);
    } else if (count <= LISTED_MAX) {
        const char *before = ": ";
        for (size_t i = 0; i < count && length < sizeof message; i++) {
            length += (size_t)snprintf(message + length, sizeof message - length, "%s%s",
                                       before, names[i]);
            before = i + 2 == count ? " or " : ", ";
        }
    }
    return parser_expected(parser, message);
}

bool parser_accept(struct parser *parser, const char *text)
{
    if (!token_is(&parser->token, text))
        return false;
    parser_advance(parser);
    return true;
}

bool parser_take(struct parser *parser, const char *text)
{
    if (parser_accept(parser, text))
        return true;
    char quoted[TOKEN_TEXT_MAX];
    snprintf(quoted, sizeof quoted, "'%s'", text);
    return parser_expected(parser, quoted);
}

bool parser_take_word(struct parser *parser, const char *what, const char *const names[],
                      size_t count, size_t *out)
{
    for (size_t i = 0; i < count; i++) {
        if (parser_accept(parser, names[i])) {
            *out = i;
            return true;
        }
    }
    return parser_unknown(parser, what, names, count);
}

bool parser_take_name(struct parser *parser, char out[KNAME_MAX])
{
    const struct token *token = &parser->token;
    if (token->kind != TOKEN_WORD)
        return parser_expected(parser, "a name");
    if (!parser_name_of(token, out) || !kname_valid(out))
        return parser_expected(parser, "a name: at most 31 of a-z, 0-9 and _");
    parser_advance(parser);
    return true;
}

bool parser_take_line(struct parser *parser)
{
    if (token_is(&parser->token, "}"))
        return true;
    if (parser->token.kind != TOKEN_LINE)
        return parser_expected(parser, "end of line");
    parser_skip_lines(parser);
    return true;
}

bool parser_add_register(struct parser *parser, const char *name)
{
    struct kprogram *program = parser->program;
    if (program->reg_count == KREGS_MAX)
        return false;
    program->regs = mem_room(program->regs, program->reg_count, sizeof *program->regs);
    snprintf(program->regs[program->reg_count++], KNAME_MAX, "%s", name);
    names_add(&parser->regs, name);
    return true;
}

int parser_find_register(const struct parser *parser)
{
    char name[KNAME_MAX];
    return parser_name_of(&parser->token, name) ? names_find(&parser->regs, name) : -1;
}

bool parser_unknown_register(struct parser *parser)
{
    const char *names[KREGS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < parser->program->reg_count; i++) {
        if (parser->temporary[i] == NOT_TEMPORARY)
            names[count++] = parser->program->regs[i];
    }
    return parser_unknown(parser, "a register assigned before", names, count);
}

bool parser_add_instr(struct parser *parser, const struct token *at, const struct kinstr *instr)
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

bool parser_temporary(struct parser *parser, const struct token *at, bool kept, uint16_t *out)
{
    const struct kprogram *program = parser->program;
    char name[KNAME_MAX];
    unsigned number = 0;
    size_t reg = 0;

    while (reg < program->reg_count && parser->temporary[reg] != TEMPORARY_FREE)
        reg++;
    if (reg == program->reg_count) {
        do
            snprintf(name, sizeof name, "_%u", number++);
        while (names_find(&parser->regs, name) >= 0);
        if (!parser_add_register(parser, name))
            return parser_fail(parser, at, "a program has at most %d registers", KREGS_MAX);
    }
    parser->temporary[reg] = kept ? TEMPORARY_KEPT : TEMPORARY_USED;
    *out = (uint16_t)reg;
    return true;
}

void parser_release(struct parser *parser)
{
    for (size_t reg = 0; reg < parser->program->reg_count; reg++) {
        if (parser->temporary[reg] == TEMPORARY_USED)
            parser->temporary[reg] = TEMPORARY_FREE;
    }
}

void parser_release_kept(struct parser *parser, uint16_t reg)
{
    parser->temporary[reg] = TEMPORARY_FREE;
}
