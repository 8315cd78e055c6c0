#ifndef NPUSIM_KERNELS_IR_PROGRAM_H
#define NPUSIM_KERNELS_IR_PROGRAM_H
/*
 * A kernel as data: at most one program per kind of core, run SPMD by every
 * launched core of that kind. Programs are structured and stay small however
 * large the shape: loops over 64-bit registers stand for the work.
 */
#include "kernels/ir/op.h"

#define KNAME_MAX 32 /* bytes of a name, with its end */
#define KDIMS_MAX 4
#define KREGS_MAX 256 /* registers of a program, special ones and parameters included */
#define KNEST_MAX 16  /* depth of nested blocks */
#define KTENSORS_MAX 64
#define KTILES_MAX 4096      /* of a program */
#define KCODE_MAX (1u << 20) /* instructions of a program */

/* An immediate, a register, or a register plus an immediate. All zero: not given. */
struct kval {
    int64_t imm;  /* for a REAL attribute the bits of a double */
    uint16_t reg; /* 0: none; else 1 + the register's index */
    bool given;
};

/* A place in a tile or a tensor. */
enum kref_kind { REF_NONE, REF_TILE, REF_TENSOR };

struct kref {
    enum kref_kind kind;
    uint16_t index;
    struct kval offset; /* bytes; not given: 0 */
};

enum tensor_role { TENSOR_IN, TENSOR_OUT, TENSOR_INOUT, TENSOR_WORK, TENSOR_ROLES };
extern const char *const tensor_role_names[TENSOR_ROLES];

struct ktensor {
    char name[KNAME_MAX];
    enum dtype dtype;
    enum tensor_role role;
    bool control; /* its values decide control: kept live even without data */
    unsigned dims;
    struct kval shape[KDIMS_MAX]; /* immediates or parameters */
};

struct ktile {
    char name[KNAME_MAX];
    enum space space;
    enum dtype dtype;
    uint64_t elements;
    uint64_t address; /* bytes from the start of the space */
};

/* Far beyond any on-chip memory, and far from the ends of 64 bits. */
#define KTILE_END_MAX (UINT64_C(1) << 32)

static inline uint64_t ktile_end(const struct ktile *tile)
{
    return tile->address + dtype_bytes(tile->dtype, tile->elements);
}

struct kparam {
    char name[KNAME_MAX];
    int64_t value;
};

enum kinstr_kind {
    KI_OP,     /* an operation of op.def */
    KI_SCALAR, /* %reg = a <scalar op> b */
    KI_READ,   /* %reg = the element at ref[OPERAND_A]; floats give the bits of an f32. In a run
                  without data it is the one at ref[OPERAND_B], if there is one: a control
                  tensor says what the vector unit would have found; see live.h */
    KI_FOR,    /* for %reg = a to b step c; the body runs while %reg < b */
    KI_WHILE,  /* while a is not 0 */
    KI_IF,     /* if a is not 0 */
    KI_ELSE,
    KI_END,
};

/*
 * X(name, text, infix, operands) : `a text b`, where infix says how tightly it binds, or when
 * it is 0 `text(a, b)`, or `text(a)` with one operand; "set" is `%r = a`
 */
#define SCALAR_OPS(X)                                                                          \
    X(set, "", 0, 1)                                                                           \
    X(add, "+", 6, 2)                                                                          \
    X(sub, "-", 6, 2)                                                                          \
    X(mul, "*", 7, 2)                                                                          \
    X(div, "/", 7, 2)                                                                          \
    X(mod, "%", 7, 2)                                                                          \
    X(and, "&", 4, 2)                                                                          \
    X(or, "|", 2, 2)                                                                           \
    X(xor, "^", 3, 2)                                                                          \
    X(shl, "<<", 5, 2)                                                                         \
    X(shr, ">>", 5, 2)                                                                         \
    X(eq, "==", 1, 2)                                                                          \
    X(ne, "!=", 1, 2)                                                                          \
    X(lt, "<", 1, 2)                                                                           \
    X(le, "<=", 1, 2)                                                                          \
    X(min, "min", 0, 2)                                                                        \
    X(max, "max", 0, 2)                                                                        \
    X(clz, "clz", 0, 1)                                                                        \
    X(signbits, "signbits", 0, 1)                                                              \
    X(bitcount, "bitcount", 0, 2)                                                              \
    X(bitfirst, "bitfirst", 0, 2)

enum scalar_op {
#define X(name, text, infix, operands) SOP_##name,
    SCALAR_OPS(X) SOP_COUNT
#undef X
};

struct scalar_info {
    const char *name, *text;
    unsigned infix, operands;
};

extern const struct scalar_info scalar_info[SOP_COUNT];

/*
 * The value, wrapping at 64 bits; a shift takes its count modulo 64; shr is
 * arithmetic. False for a division by zero or of INT64_MIN by -1.
 *
 * clz: the zeros above the highest 1, 64 of 0 (ScalarCountLeadingZero). signbits: the bits
 * below the sign that are like it, down to the first that is not; -1 of 0 and -1, which have
 * none (CountBitsCntSameAsSignBit). bitcount, bitfirst: how many bits of a are 1, or 0 if b is
 * 0 (ScalarGetCountOfValue), and where the lowest such is, -1: nowhere (ScalarGetSFFValue).
 */
bool scalar_eval(enum scalar_op op, int64_t a, int64_t b, int64_t *out);

struct kinstr {
    enum kinstr_kind kind;
    uint16_t code;         /* enum kop_code or enum scalar_op */
    uint16_t reg;          /* register written, index from 0 */
    uint32_t line, column; /* in the .nk file; 0 when built in C */
    uint32_t match;        /* FOR, WHILE: the END. IF: the ELSE or END. ELSE: the END. END: the
                            opener, which is the ELSE if there is one */
    struct kval a, b, c;
    struct kref at[KOP_OPERANDS];
    struct kval attr[ATTR_COUNT];
};

struct kprogram {
    bool present;
    struct ktile *tiles;
    size_t tile_count;
    struct kinstr *code;
    size_t length;
    char (*regs)[KNAME_MAX]; /* names; see the special registers below */
    size_t reg_count;
};

/* The first registers of every program; the parameters follow, then its own. */
enum { REG_BLOCK_ID, REG_SUB_BLOCK_ID, REG_BLOCK_NUM, REG_SPECIAL_COUNT };
extern const char *const special_reg_names[REG_SPECIAL_COUNT];

struct kernel {
    char name[KNAME_MAX];
    char *file; /* the .nk file, or NULL */
    struct ktensor *tensors;
    size_t tensor_count;
    struct kparam *params;
    size_t param_count;
    struct kprogram programs[CORE_KINDS];
};

/* Whether the text form can spell a name: a-z, 0-9 and _, no digit first, shorter
 * than KNAME_MAX. The name of a kernel may have dashes too. */
bool kname_valid(const char *name);
bool kernel_name_valid(const char *name);

struct kernel *kernel_new(const char *name);
void kernel_free(struct kernel *kernel);

/* Equal in everything but source positions; for parse(print(k)) = k. */
bool kernel_equal(const struct kernel *a, const struct kernel *b);

/* Bytes of a tensor with the kernel's parameters; false when a dimension is not
 * positive or the size passes 2^40 bytes. */
bool ktensor_bytes(const struct kernel *kernel, size_t tensor, uint64_t *out);

/* Dimension d of a tensor with the kernel's parameters. */
int64_t ktensor_dim(const struct kernel *kernel, size_t tensor, unsigned d);

/* Index of a parameter or tensor by name, or -1. */
int kernel_param(const struct kernel *kernel, const char *name);
int kernel_tensor(const struct kernel *kernel, const char *name);

#endif
