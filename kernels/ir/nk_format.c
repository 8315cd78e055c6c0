#include "kernels/ir/nk_format.h"
#include "kernels/ir/nk_lex.h"

#include <string.h>

#define INDENT 2

struct formatter {
    struct text *out;
    size_t depth; /* of open blocks */
    bool empty;   /* an empty line is due */
    bool opened;  /* the line before opened a block, or there is none: no empty line here */
};

/* What is known while the tokens of a line are written. */
struct line {
    struct token first, before; /* before: the one just written */
    bool any;
    unsigned brackets;
    bool unary; /* the one just written is a sign */
};

static bool is_symbol(const struct token *token, const char *symbols)
{
    return token->kind == TOKEN_SYMBOL && token->length == 1 &&
           strchr(symbols, token->at[0]) != NULL;
}

/* Whether a value ends with the token, so that a minus behind it is no sign. */
static bool ends_value(const struct token *token)
{
    static const char *const words[] = { "to", "step", "of", "if", "while", "read" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (token_is(token, words[i]))
            return false;
    }
    return token->kind != TOKEN_SYMBOL || is_symbol(token, ")]");
}

/* name=value of an attribute stays together; %r = value and NAME = value do not. */
static bool is_assignment(const struct line *line)
{
    return line->first.kind == TOKEN_REGISTER || token_is(&line->first, "for") ||
           token_is(&line->first, "param") || token_is(&line->first, "const");
}

static bool touches(const struct token *before, const struct token *token)
{
    return before->at + before->length == token->at;
}

static bool is_gap(const struct line *line, const struct token *token)
{
    const struct token *before = &line->before;
    bool named = token_is(&line->first, "kernel") || token_is(&line->first, "launch");

    if (line->unary || is_symbol(before, "([@") || is_symbol(token, ",)]"))
        return false;
    if (named && touches(before, token) && !is_symbol(token, "{")) /* dashes in a name */
        return false;
    if (is_symbol(token, "["))
        return !ends_value(before) || token_is(before, "read");
    if (is_symbol(token, "("))
        return !token_is(before, "min") && !token_is(before, "max") &&
               !(is_symbol(before, "=") && !is_assignment(line));
    if (is_symbol(token, ":"))
        return line->brackets != 0;
    if (is_symbol(token, "=") || is_symbol(before, "="))
        return is_assignment(line);
    return true;
}

static void add_token(struct formatter *formatter, struct line *line, const struct token *token)
{
    bool sign = is_symbol(token, "-") && (!line->any || !ends_value(&line->before));

    if (line->any && is_gap(line, token))
        text_add(formatter->out, " ", 1);
    if (token->kind == TOKEN_REGISTER)
        text_add(formatter->out, "%", 1);
    text_add(formatter->out, token->at, token->length);
    if (!line->any || is_symbol(&line->before, "{}"))
        line->first = *token; /* of a statement */
    line->brackets += is_symbol(token, "[");
    line->brackets -= is_symbol(token, "]") && line->brackets != 0;
    line->before = *token;
    line->unary = sign;
    line->any = true;
}

static void add_blanks(struct text *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add(out, " ", 1);
}

/* Behind a statement: in its old column, if the statement has not grown into it. */
static void add_comment(struct formatter *formatter, const struct line *line, size_t written,
                        size_t column, const char *comment, size_t length)
{
    if (line->any)
        add_blanks(formatter->out, column >= written + 2 ? column - written : 2);
    text_add(formatter->out, comment, length);
}

/* How many blocks the line ends before anything else. */
static size_t leading_ends(const char *at, size_t length)
{
    struct lexer lexer;
    size_t count = 0;

    lexer_init(&lexer, at, length);
    for (struct token token = lexer_next(&lexer); token_is(&token, "}");
         token = lexer_next(&lexer))
        count++;
    return count;
}

/* Returns the columns it is indented by. */
static size_t begin_line(struct formatter *formatter, size_t ends)
{
    size_t depth = ends < formatter->depth ? formatter->depth - ends : 0;

    if (formatter->empty && !formatter->opened && ends == 0)
        text_add(formatter->out, "\n", 1);
    formatter->empty = false;
    add_blanks(formatter->out, INDENT * depth);
    return INDENT * depth;
}

static void format_line(struct formatter *formatter, const char *at, size_t length)
{
    const char *hash = memchr(at, '#', length); /* the language has no strings */
    size_t code = hash != NULL ? (size_t)(hash - at) : length, comment = length - code;
    struct line line = { .any = false };
    struct lexer lexer;

    while (comment > 0 && strchr(" \t\r", hash[comment - 1]) != NULL)
        comment--;
    lexer_init(&lexer, at, code);
    struct token token = lexer_next(&lexer);
    if (token.kind == TOKEN_END && hash == NULL) {
        formatter->empty = true;
        return;
    }
    size_t indent = begin_line(formatter, leading_ends(at, code));
    size_t begun = formatter->out->length - indent;
    formatter->opened = false;
    for (; token.kind != TOKEN_END; token = lexer_next(&lexer)) {
        add_token(formatter, &line, &token);
        formatter->opened = is_symbol(&token, "{");
        formatter->depth += formatter->opened;
        formatter->depth -= is_symbol(&token, "}") && formatter->depth != 0;
    }
    if (hash != NULL)
        add_comment(formatter, &line, formatter->out->length - begun, code, hash, comment);
    text_add(formatter->out, "\n", 1);
}

void nk_format(const char *text, size_t length, struct text *out)
{
    struct formatter formatter = { .out = out, .opened = true };
    const char *end = text + length;

    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;
        format_line(&formatter, text, (size_t)(stop - text));
        text = stop + (newline != NULL);
    }
}
