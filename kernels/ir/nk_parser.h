#ifndef NPUSIM_KERNELS_IR_NK_PARSER_H
#define NPUSIM_KERNELS_IR_NK_PARSER_H
/*
 * What the parts of the parser share: nk_file.c reads a file, nk_parse.c and nk_tile.c
 * declarations, nk_code.c and nk_op.c the statements of programs, nk_ref.c their operands and
 * nk_expr.c expressions. Recursive descent with one token of lookahead; every function that can
 * fail returns false after a located diag.
 *
 * What the text form has and a kernel has not (constants, shapes of tiles, expressions) is
 * gone after parsing: expressions become scalar instructions that the printer shows.
 */
#include "kernels/ir/module.h"
#include "kernels/ir/names.h"
#include "kernels/ir/nk_lex.h"
#include "sim/diag.h"

#define KCONSTS_MAX 1024 /* of a file */

struct constant {
    char name[KNAME_MAX];
    bool real;
    double number;
    int64_t whole;
};

/* The shape of a tile, by its index in the program. */
struct tile_shape {
    unsigned dims;
    int64_t length[KDIMS_MAX]; /* elements */
    bool nz;                   /* the last two dimensions lie in fractals; then */
    int64_t nz_rows;           /* its rows rounded up to fractals, */
    int64_t nz_across;         /* the columns of a fractal, */
    int64_t nz_bytes;          /* and the bytes of both dimensions */
};

/* Whether a register holds an intermediate result, and for how long. */
enum temporary { NOT_TEMPORARY, TEMPORARY_FREE, TEMPORARY_USED, TEMPORARY_KEPT };

struct parser {
    struct lexer lexer;
    struct token token;  /* the next one, not yet taken */
    struct token closed; /* the brace that closed the last block */
    const char *file;
    struct diag *diag;

    struct kmodule *module;
    struct kernel *kernel;    /* outside of one: what the file's kernels share */
    struct kprogram *program; /* the one being read; NULL: outside */
    struct names regs, tiles; /* of that program; by index */
    struct tile_shape *shapes;
    unsigned depth;  /* of the blocks that are open */
    unsigned nested; /* parentheses and signs of the expression being read */
    bool reals;      /* its numbers are real */
    enum temporary temporary[KREGS_MAX];
    size_t statement; /* the first instruction of the statement being read */

    struct constant *constants;
    size_t constant_count;
};

/* --- nk_parser.c --- */

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

/* The end of a line; a closing brace, which stays, will do. */
bool parser_take_line(struct parser *parser);

/* A new name: lower-case letters, digits and _, shorter than KNAME_MAX. */
bool parser_take_name(struct parser *parser, char out[KNAME_MAX]);

/* The word or register at token as a string; false when it is too long for a name. */
bool parser_name_of(const struct token *token, char out[KNAME_MAX]);

/* A new register of the program; false when it has KREGS_MAX. */
bool parser_add_register(struct parser *parser, const char *name);

/* The index of the register that is the next token, or -1. */
int parser_find_register(const struct parser *parser);
bool parser_unknown_register(struct parser *parser);

/* Append an instruction that began at `at`. Pointers to instructions do not survive it. */
bool parser_add_instr(struct parser *parser, const struct token *at,
                      const struct kinstr *instr);

/* A register for an intermediate result. It lasts until parser_release, or when kept until
 * parser_release_kept. */
bool parser_temporary(struct parser *parser, const struct token *at, bool kept, uint16_t *out);
void parser_release(struct parser *parser);
void parser_release_kept(struct parser *parser, uint16_t reg);

/* --- nk_expr.c: expressions; see nk.h --- */

/* An operation that is still to be done, so that whoever wants its value can say where. */
struct expr {
    enum { EXPR_VALUE, EXPR_REAL, EXPR_SCALAR, EXPR_READ } kind;
    enum scalar_op op;
    struct kval a, b;           /* a: of an EXPR_VALUE too */
    double number;              /* of an EXPR_REAL */
    struct kref ref, otherwise; /* of an EXPR_READ; the latter in runs without data */
    struct token at;
};

bool parser_take_expr(struct parser *parser, struct expr *out);

/* A register, an immediate, or a register plus an immediate; what it takes to compute it is
 * appended to the program. */
bool parser_take_val(struct parser *parser, struct kval *out);

/* Likewise, and no sum. */
bool parser_take_simple(struct parser *parser, struct kval *out);

/* --- nk_value.c --- */

/* A whole number; the value of a REAL attribute; either kind of number. */
bool parser_take_int(struct parser *parser, int64_t *out);
bool parser_take_real(struct parser *parser, struct kval *out);
bool parser_take_constant(struct parser *parser, struct constant *out);

/* The value of an expression as a kval; a sum into a register. */
bool parser_settle(struct parser *parser, struct expr *expr, struct kval *out);
bool parser_simplify(struct parser *parser, const struct token *at, struct kval *value);

/* Make an expression what one instruction can do, and let it do that. */
bool parser_reduce(struct parser *parser, struct expr *expr);
bool parser_assign(struct parser *parser, const struct token *at, const struct expr *expr,
                   uint16_t reg);

/* left op right, still to be done; and of two values, done. */
bool parser_join(struct parser *parser, const struct token *at, enum scalar_op op,
                 struct expr *left, struct expr *right, struct expr *out);
bool parser_combine(struct parser *parser, const struct token *at, enum scalar_op op,
                    struct kval x, struct kval y, struct kval *out);

/* --- nk_ref.c: tiles and tensors as operands --- */

/* The part of a tile or tensor that an index cuts out. */
struct slice {
    bool given;               /* by a colon */
    bool blocks;              /* it has rows, `stride` apart */
    struct kval rows, stride; /* stride in bytes */
    struct kval columns;      /* elements, without a gap */
    enum dtype type;
    struct token at;
};

/* slice may be NULL where there can be none. */
bool parser_take_ref(struct parser *parser, struct kref *out, struct slice *slice);

/* Elements to bytes. Two i4 share one, and half a byte has no address. */
bool parser_to_bytes(struct parser *parser, const struct token *at, enum dtype type,
                     struct kval elements, struct kval *out);

/* --- the rest --- */

bool parser_take_tile(struct parser *parser); /* nk_tile.c, after the word */
bool parser_take_dtype(struct parser *parser, enum dtype *out);
bool parser_take_op(struct parser *parser);     /* nk_op.c */
bool parser_take_flag(struct parser *parser);   /* nk_op.c: set, wait */
bool parser_take_const(struct parser *parser);  /* nk_parse.c, after the word */
bool parser_take_param(struct parser *parser);  /* likewise */
bool parser_take_tensor(struct parser *parser); /* likewise */
bool parser_take_kernel(struct parser *parser); /* likewise; the kernel is the parser's */
bool parser_take_kernel_name(struct parser *parser, char out[KNAME_MAX]);
bool parser_in_use(struct parser *parser, const struct token *at, const char *name,
                   const char *as);

/* nk_code.c: the statements of a program, up to and with its closing brace. */
bool parser_take_code(struct parser *parser);

#endif
