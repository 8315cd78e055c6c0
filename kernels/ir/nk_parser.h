#ifndef NPUSIM_KERNELS_IR_NK_PARSER_H
#define NPUSIM_KERNELS_IR_NK_PARSER_H
/*
 * What the halves of the parser share: nk_parse.c reads declarations, nk_code.c
 * the statements of programs. Recursive descent with one token of lookahead;
 * every function that can fail returns false after a located diag.
 */
#include "kernels/ir/nk_lex.h"
#include "kernels/ir/names.h"
#include "kernels/ir/program.h"
#include "sim/diag.h"

struct parser {
    struct lexer lexer;
    struct token token;  /* the next one, not yet taken */
    struct token closed; /* the brace that closed the last block */
    const char *file;
    struct diag *diag;

    struct kernel *kernel;
    struct kprogram *program; /* the one being read */
    struct names regs, tiles; /* of that program; by index */
    unsigned depth;           /* of the blocks that are open */
};

void parser_advance(struct parser *parser);
void parser_skip_lines(struct parser *parser);

bool parser_fail(struct parser *parser, const struct token *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "found <the next token>, expected <what>" */
bool parser_expected(struct parser *parser, const char *what);

/* The same, and the name that was probably meant, or what there is if that is little. */
bool parser_unknown(struct parser *parser, const char *what, const char *const names[],
                    size_t count);

/* Take the next token if it is this word or symbol. */
bool parser_accept(struct parser *parser, const char *text);
bool parser_take(struct parser *parser, const char *text);

/* A word of the list; *out is its index. */
bool parser_take_word(struct parser *parser, const char *what, const char *const names[],
                      size_t count, size_t *out);

/* A new name: lower-case letters, digits and _, shorter than KNAME_MAX. */
bool parser_take_name(struct parser *parser, char out[KNAME_MAX]);

/* A whole number, with a minus sign or not. */
bool parser_take_int(struct parser *parser, int64_t *out);

/* The word or register at token as a string; false when it is too long for a name. */
bool parser_name_of(const struct token *token, char out[KNAME_MAX]);

/* A new register of the program; false when it has KREGS_MAX. */
bool parser_add_register(struct parser *parser, const char *name);

/* nk_code.c: the statements of a program, up to and with its closing brace. */
bool parser_take_code(struct parser *parser);

#endif
