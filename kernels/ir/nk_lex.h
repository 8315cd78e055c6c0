#ifndef NPUSIM_KERNELS_IR_NK_LEX_H
#define NPUSIM_KERNELS_IR_NK_LEX_H
/*
 * The tokens of a `.nk` file. A token points into the text, and nothing is
 * copied. Bytes that belong to no token come out as TOKEN_BAD, one at a time.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
    TOKEN_END,      /* of the file; there is no token after it */
    TOKEN_LINE,     /* the end of a line; statements end here */
    TOKEN_WORD,     /* letters, digits and _ */
    TOKEN_REGISTER, /* %word; at and length are those of the word */
    TOKEN_NUMBER,   /* begins with a digit; whether it is one, token_int and token_real say */
    TOKEN_SYMBOL,   /* punctuation, and the infix scalar operations */
    TOKEN_BAD,
};

struct token {
    enum token_kind kind;
    const char *at;
    size_t length;
    unsigned line, column; /* from 1; columns count bytes */
};

struct lexer {
    const char *at, *end;
    const char *line_start;
    unsigned line;
};

/* The text must outlive the lexer and its tokens; it needs no zero at its end. */
void lexer_init(struct lexer *lexer, const char *text, size_t length);

struct token lexer_next(struct lexer *lexer);

/* Whether the token is this word or symbol. */
bool token_is(const struct token *token, const char *text);

#define TOKEN_TEXT_MAX 48

/* What to call the token in a message: "'vadd'", "end of line". */
void token_describe(const struct token *token, char out[TOKEN_TEXT_MAX]);

/*
 * The value of a number, decimal or 0x hexadecimal, with a minus sign before it
 * or not. NULL when it has one, else what was expected, for a message.
 */
const char *token_int(const struct token *token, bool negative, int64_t *out);

/* Likewise; a decimal number may have a fraction and an exponent. */
const char *token_real(const struct token *token, bool negative, double *out);

#endif
