#include "kernels/ir/nk_lex.h"
#include "kernels/ir/program.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 63 /* characters of a number; the longest double has 24 */

void lexer_init(struct lexer *lexer, const char *text, size_t length)
{
    *lexer = (struct lexer){ .at = text, .end = text + length, .line_start = text, .line = 1 };
}

/* Not those of ctype.h: what a file means must not depend on the locale. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t word_length(const char *at, const char *end)
{
    const char *c = at;
    while (c < end && (is_letter(*c) || is_digit(*c)))
        c++;
    return (size_t)(c - at);
}

/* Takes in all that cannot be the start of something else, so that 12abc is one
 * wrong number and not a number and a word. */
static size_t number_length(const char *at, const char *end)
{
    bool hex = end - at >= 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
    const char *c = at;

    while (c < end) {
        bool exponent = !hex && (*c == 'e' || *c == 'E');
        if (!is_letter(*c) && !is_digit(*c) && *c != '.')
            break;
        c++;
        if (exponent && c < end && (*c == '+' || *c == '-'))
            c++;
    }
    return (size_t)(c - at);
}

static bool starts_with(const char *at, const char *end, const char *prefix)
{
    size_t length = strlen(prefix);
    return (size_t)(end - at) >= length && memcmp(at, prefix, length) == 0;
}

/* The longest symbol that the text begins with: << before <=, and that before <. */
static size_t symbol_length(const char *at, const char *end)
{
    size_t longest = strchr("{}[]():,=@>", *at) != NULL && *at != '\0' ? 1 : 0;

    if (starts_with(at, end, ">=") || starts_with(at, end, "->"))
        longest = 2;

    for (int op = 0; op < SOP_COUNT; op++) {
        const char *text = scalar_info[op].text;
        if (scalar_info[op].infix != 0 && strlen(text) > longest && starts_with(at, end, text))
            longest = strlen(text);
    }
    return longest;
}

static void skip_blanks(struct lexer *lexer)
{
    while (lexer->at < lexer->end &&
           (*lexer->at == ' ' || *lexer->at == '\t' || *lexer->at == '\r'))
        lexer->at++;
    if (lexer->at < lexer->end && *lexer->at == '#') {
        const char *newline = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
        lexer->at = newline != NULL ? newline : lexer->end;
    }
}

struct token lexer_next(struct lexer *lexer)
{
    skip_blanks(lexer);

    const char *at = lexer->at, *end = lexer->end;
    struct token token = { .at = at,
                           .line = lexer->line,
                           .column = (unsigned)(at - lexer->line_start) + 1 };
    if (at == end) {
        token.kind = TOKEN_END;
    } else if (*at == '\n') {
        token.kind = TOKEN_LINE;
        token.length = 1;
        lexer->line++;
        lexer->line_start = at + 1;
    } else if (is_letter(*at)) {
        token.kind = TOKEN_WORD;
        token.length = word_length(at, end);
    } else if (is_digit(*at)) {
        token.kind = TOKEN_NUMBER;
        token.length = number_length(at, end);
    } else if (*at == '%' && at + 1 < end && is_letter(at[1])) { /* else it is modulo */
        token.kind = TOKEN_REGISTER;
        token.at = at + 1;
        token.length = word_length(at + 1, end);
    } else {
        token.length = symbol_length(at, end);
        token.kind = token.length != 0 ? TOKEN_SYMBOL : TOKEN_BAD;
        if (token.length == 0)
            token.length = 1;
    }
    lexer->at = token.at + token.length;
    return token;
}

bool token_is(const struct token *token, const char *text)
{
    return (token->kind == TOKEN_WORD || token->kind == TOKEN_SYMBOL) &&
           strlen(text) == token->length && memcmp(token->at, text, token->length) == 0;
}

void token_describe(const struct token *token, char out[TOKEN_TEXT_MAX])
{
    const int longest = 32;
    int length = token->length > (size_t)longest ? longest : (int)token->length;
    unsigned char first = token->kind == TOKEN_END ? 0 : (unsigned char)token->at[0];

    if (token->kind == TOKEN_END)
        snprintf(out, TOKEN_TEXT_MAX, "end of file");
    else if (token->kind == TOKEN_LINE)
        snprintf(out, TOKEN_TEXT_MAX, "end of line");
    else if (token->kind == TOKEN_BAD && (first < ' ' || first > '~'))
        snprintf(out, TOKEN_TEXT_MAX, "byte 0x%02x", first);
    else
        snprintf(out, TOKEN_TEXT_MAX, "'%s%.*s%s'", token->kind == TOKEN_REGISTER ? "%" : "",
                 length, token->at, token->length > (size_t)longest ? "..." : "");
}

/* The characters of a number as a string, for the standard library. */
static bool number_string(const struct token *token, char out[NUMBER_MAX + 1])
{
    if (token->kind != TOKEN_NUMBER || token->length > NUMBER_MAX)
        return false;
    memcpy(out, token->at, token->length);
    out[token->length] = '\0';
    return true;
}

static bool is_hex(const char *number)
{
    return number[0] == '0' && (number[1] == 'x' || number[1] == 'X');
}

const char *token_int(const struct token *token, bool negative, int64_t *out)
{
    char number[NUMBER_MAX + 1];
    const char *expected = "a whole number";
    unsigned base = 10;
    uint64_t size = 0;

    if (!number_string(token, number))
        return expected;
    const char *digit = number;
    if (is_hex(number)) {
        base = 16;
        digit += 2;
    }
    if (*digit == '\0')
        return expected;

    bool fits = true;
    for (; *digit != '\0'; digit++) {
        unsigned value =
            is_digit(*digit) ? (unsigned)(*digit - '0') : (unsigned)(*digit | ' ') - 'a' + 10;
        if (value >= base)
            return expected;
        if (size > (UINT64_MAX - value) / base)
            fits = false;
        else
            size = size * base + value;
    }
    if (!fits || size > (uint64_t)INT64_MAX + negative)
        return "a number of 64 bits with sign";
    *out = (int64_t)(negative ? -size : size);
    return NULL;
}

/* digits [. digits] [e [sign] digits]: strtod alone accepts more, such as 0x1p3. */
static bool is_decimal(const char *number)
{
    const char *c = number;
    c += strspn(c, "0123456789");
    if (*c == '.')
        c += 1 + strspn(c + 1, "0123456789");
    if (*c == 'e' || *c == 'E') {
        c++;
        if (*c == '+' || *c == '-')
            c++;
        if (!is_digit(*c))
            return false;
        c += strspn(c, "0123456789");
    }
    return *c == '\0';
}

const char *token_real(const struct token *token, bool negative, double *out)
{
    char number[NUMBER_MAX + 1];
    const char *expected = "a number";

    if (!number_string(token, number))
        return expected;
    if (is_hex(number)) {
        int64_t value;
        const char *wrong = token_int(token, negative, &value);
        *out = wrong == NULL ? (double)value : 0;
        return wrong;
    }
    if (!is_decimal(number))
        return expected;
    double value = strtod(number, NULL);
    *out = negative ? -value : value;
    return isinf(value) ? "a number that a double can hold" : NULL;
}
