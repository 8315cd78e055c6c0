#ifndef NPUSIM_KERNELS_IR_OP_H
#define NPUSIM_KERNELS_IR_OP_H
/*
 * Kernel operations: the vocabulary shared by kernels, checkers and machine
 * models. op.def has one row per operation; this header gives the rows types.
 */
#include "kernels/ir/dtype.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(NAME, text) */
#define SPACES(X)                                                                              \
    X(GM, "gm")                                                                                \
    X(L1, "l1")                                                                                \
    X(L0A, "l0a")                                                                              \
    X(L0B, "l0b")                                                                              \
    X(L0C, "l0c")                                                                              \
    X(UB, "ub")                                                                                \
    X(BT, "bt")                                                                                \
    X(FB, "fb")                                                                                \
    X(SPR, "spr") /* special registers of the vector unit: how many elements a squeeze kept */

enum space {
#define X(name, text) SPACE_##name,
    SPACES(X) SPACE_COUNT
#undef X
};

#define PIPES(X)                                                                               \
    X(S, "s")                                                                                  \
    X(V, "v")                                                                                  \
    X(M, "m")                                                                                  \
    X(MTE1, "mte1")                                                                            \
    X(MTE2, "mte2")                                                                            \
    X(MTE3, "mte3")                                                                            \
    X(FIX, "fix")

enum pipe_id {
#define X(name, text) PIPE_##name,
    PIPES(X) PIPE_COUNT,
#undef X
    PIPE_ALL = PIPE_COUNT, /* a barrier over every pipe */

    /* In op.def only: the pipe is the operation's own `from`, `to` or `pipe`. */
    PIPE_FROM,
    PIPE_TO,
    PIPE_ATTR,
};

enum core_kind { CORE_AIC, CORE_AIV, CORE_KINDS };

enum round_mode { ROUND_RINT, ROUND_FLOOR, ROUND_CEIL, ROUND_ROUND, ROUND_TRUNC, ROUND_COUNT };
enum cmp_mode { CMP_LT, CMP_GT, CMP_EQ, CMP_LE, CMP_GE, CMP_NE, CMP_COUNT };
enum scope { SCOPE_ALL, SCOPE_PAIR, SCOPE_BLOCK, SCOPE_COUNT };
enum atomic { ATOMIC_NONE, ATOMIC_ADD, ATOMIC_MAX, ATOMIC_MIN, ATOMIC_COUNT };

/* What a reduction to an extreme stores of it. */
enum order { ORDER_VALUE_INDEX, ORDER_INDEX_VALUE, ORDER_VALUE, ORDER_COUNT };

extern const char *const space_names[SPACE_COUNT];
extern const unsigned space_align[SPACE_COUNT];      /* bytes that addresses are multiples of */
extern const char *const pipe_names[PIPE_COUNT + 1]; /* the last is "all" */
extern const char *const core_kind_names[CORE_KINDS];
extern const char *const round_names[ROUND_COUNT];
extern const char *const cmp_names[CMP_COUNT];
extern const char *const scope_names[SCOPE_COUNT];
extern const char *const atomic_names[ATOMIC_COUNT];
extern const char *const order_names[ORDER_COUNT];

/*
 * The named numbers an operation can carry: X(name, kind, default). INT may be
 * a register. REAL is a number for floats and integers alike; from a register
 * it is the bits of an f32 when the operation works on floats. The other kinds
 * are words and always immediate.
 */
#define KOP_ATTRS(X)                                                                           \
    X(m, INT, 0)                                                                               \
    X(k, INT, 0)                                                                               \
    X(n, INT, 0)                                                                               \
    X(rows, INT, 1)                                                                            \
    X(cols, INT, 0)                                                                            \
    X(bytes, INT, 0)                                                                           \
    X(count, INT, 0)                                                                           \
    X(src_stride, INT, 0)                                                                      \
    X(dst_stride, INT, 0)                                                                      \
    X(planes, INT, 1)                                                                          \
    X(src_plane, INT, 0)                                                                       \
    X(dst_plane, INT, 0)                                                                       \
    X(pad_left, INT, 0)                                                                        \
    X(pad_right, INT, 0)                                                                       \
    X(pad_top, INT, 0)                                                                         \
    X(pad_bottom, INT, 0)                                                                      \
    X(kernel_h, INT, 0)                                                                        \
    X(kernel_w, INT, 0)                                                                        \
    X(stride_h, INT, 1)                                                                        \
    X(stride_w, INT, 1)                                                                        \
    X(dilate_h, INT, 1)                                                                        \
    X(dilate_w, INT, 1)                                                                        \
    X(m_start, INT, 0)                                                                         \
    X(k_start, INT, 0)                                                                         \
    X(nz_rows, INT, 0)                                                                         \
    X(transpose, INT, 0)                                                                       \
    X(init, INT, 0)                                                                            \
    X(hf32, INT, 0)                                                                            \
    X(nz, INT, 0)                                                                              \
    X(split, INT, 1)                                                                           \
    X(relu, INT, 0)                                                                            \
    X(atomic, ATOMIC, 0)                                                                       \
    X(shift, INT, 0)                                                                           \
    X(mask, INT, 0)                                                                            \
    X(mask0, INT, -1)                                                                          \
    X(mask1, INT, -1)                                                                          \
    X(dst_blk, INT, -1)                                                                        \
    X(a_blk, INT, -1)                                                                          \
    X(b_blk, INT, -1)                                                                          \
    X(dst_rep, INT, -1)                                                                        \
    X(a_rep, INT, -1)                                                                          \
    X(b_rep, INT, -1)                                                                          \
    X(id, INT, 0)                                                                              \
    X(value, INT, 0)                                                                           \
    X(pattern, INT, 0)                                                                         \
    X(counter, INT, 0)                                                                         \
    X(lists, INT, 4)                                                                           \
    X(suspend, INT, 0)                                                                         \
    X(sub, INT, 0)                                                                             \
    X(dual, INT, 0)                                                                            \
    X(scalar, REAL, 0)                                                                         \
    X(scale, REAL, 1)                                                                          \
    X(round, ROUND, 0)                                                                         \
    X(cmp, CMP, 0)                                                                             \
    X(order, ORDER, 0)                                                                         \
    X(scope, SCOPE, 0)                                                                         \
    X(from, PIPE, 0)                                                                           \
    X(to, PIPE, 0)                                                                             \
    X(pipe, PIPE, 0)

enum kop_attr {
#define X(attr, kind, standard) ATTR_##attr,
    KOP_ATTRS(X) ATTR_COUNT
#undef X
};

enum attr_kind {
    ATTR_INT,
    ATTR_REAL,
    ATTR_ROUND,
    ATTR_CMP,
    ATTR_ATOMIC,
    ATTR_ORDER,
    ATTR_SCOPE,
    ATTR_PIPE,
};

struct attr_info {
    const char *name;
    enum attr_kind kind;
    int64_t standard; /* the value when not given; for REAL a whole number */
};

extern const struct attr_info attr_info[ATTR_COUNT];

/* The words a kind of attribute chooses from, by value; none for numbers. */
struct word_list {
    const char *const *names;
    size_t count;
};

struct word_list attr_words(enum attr_kind kind);

enum kop_code {
#define KOP(name, ...) KOP_##name,
#include "kernels/ir/op.def"
#undef KOP
    KOP_COUNT
};

/* Rules about element types; type_rule_check in types.h explains each. */
#define TYPE_RULES(X)                                                                          \
    X(none)                                                                                    \
    X(copy)                                                                                    \
    X(store)                                                                                   \
    X(nz)                                                                                      \
    X(l0)                                                                                      \
    X(mmad)                                                                                    \
    X(fixpipe)                                                                                 \
    X(mmad_bias)                                                                               \
    X(fixpipev)                                                                                \
    X(arith)                                                                                   \
    X(arith_signed)                                                                            \
    X(real)                                                                                    \
    X(relu)                                                                                    \
    X(bits)                                                                                    \
    X(bits16)                                                                                  \
    X(shift)                                                                                   \
    X(conv)                                                                                    \
    X(axpy)                                                                                    \
    X(addrelu)                                                                                 \
    X(reluconv)                                                                                \
    X(mulconv)                                                                                 \
    X(mla)                                                                                     \
    X(deq)                                                                                     \
    X(adddeq)                                                                                  \
    X(vdeq)                                                                                    \
    X(cmp)                                                                                     \
    X(sel)                                                                                     \
    X(sels)                                                                                    \
    X(reduce)                                                                                  \
    X(gather)                                                                                  \
    X(squeeze)                                                                                 \
    X(squeezep)                                                                                \
    X(transpose)                                                                               \
    X(pairs)                                                                                   \
    X(index)                                                                                   \
    X(sort)                                                                                    \
    X(mrgsort)                                                                                 \
    X(mrgsort4)                                                                                \
    X(element)

enum type_rule {
#define X(name) TYPES_##name,
    TYPE_RULES(X) TYPES_COUNT
#undef X
};

#define KOP_OPERANDS 4 /* dst, a, b, c */
extern const char *const kop_operand_names[KOP_OPERANDS];

/* One row of op.def. */
struct kop_info {
    const char *name, *meaning, *cost;
    enum pipe_id pipe;
    uint32_t spaces[KOP_OPERANDS]; /* sets of enum space; dst first; 0 = absent */
    uint64_t needs, takes;         /* sets of enum kop_attr */
    enum type_rule types;
};

extern const struct kop_info kop_info[KOP_COUNT];

/* False when no operation has that name. */
bool kop_parse(const char *name, enum kop_code *out);

/* An operand whose address has been computed. */
struct kaddr {
    bool present;
    uint8_t space, dtype;
    uint16_t object; /* index of the tensor (space GM) or of the tile */
    int64_t offset;  /* bytes from the start of the object */
    uint64_t base;   /* address of the tile in its space; 0 for tensors */
    uint64_t size;   /* bytes of the object */
};

/* An operation with every number known, as it stands in the queue of a pipe. */
struct kop {
    enum kop_code code;
    uint32_t instr; /* index in the program it came from */
    struct kaddr at[KOP_OPERANDS];
#define FIELD_INT int64_t
#define FIELD_REAL double
#define FIELD_ROUND enum round_mode
#define FIELD_CMP enum cmp_mode
#define FIELD_ATOMIC enum atomic
#define FIELD_ORDER enum order
#define FIELD_SCOPE enum scope
#define FIELD_PIPE enum pipe_id
#define X(attr, kind, standard) FIELD_##kind attr;
    KOP_ATTRS(X)
#undef X
#undef FIELD_INT
#undef FIELD_REAL
#undef FIELD_ROUND
#undef FIELD_CMP
#undef FIELD_ATOMIC
#undef FIELD_ORDER
#undef FIELD_SCOPE
#undef FIELD_PIPE
};

enum { OPERAND_DST, OPERAND_A, OPERAND_B, OPERAND_C };

/* Whether op writes that operand: dst, and a special register wherever it stands. */
static inline bool kop_writes(const struct kop *op, unsigned operand)
{
    return op->at[operand].present &&
           (operand == OPERAND_DST || op->at[operand].space == SPACE_SPR);
}

/* What there is to an operation that synchronises, which is all that others ask of any
 * operation that waits. */
struct kmark {
    uint32_t instr;
    uint16_t code;               /* enum kop_code */
    uint8_t id, from, to, scope; /* the attributes */
};

static inline struct kmark kop_mark(const struct kop *op)
{
    return (struct kmark){ .instr = op->instr,
                           .code = (uint16_t)op->code,
                           .id = (uint8_t)op->id,
                           .from = (uint8_t)op->from,
                           .to = (uint8_t)op->to,
                           .scope = (uint8_t)op->scope };
}

/* The pipe that executes op; PIPE_ALL for barrier pipe=all. */
enum pipe_id kop_pipe(const struct kop *op);

/*
 * Whether an operand of the operation in this space lies in the partner of the core that
 * executes it: L1 for the pipes of a vector core, UB for those of a cube core.
 */
bool kop_is_far(enum kop_code code, enum space space);

/* What a fixpipe with dual= does to UB of one of the two vector cores, 0 or 1. */
struct kop kop_half(const struct kop *op, unsigned sub);

/*
 * How an operation touches global memory: `rows` rows of `bytes`, `stride` apart;
 * of more than one plane, every `plane_rows` rows begin another, `plane` apart.
 */
struct gm_access {
    uint16_t tensor;
    bool write;
    int64_t offset; /* of the first row in the tensor, bytes */
    int64_t rows, bytes, stride;
    int64_t plane_rows, plane;
};

/* Where a row begins in the tensor, bytes. */
static inline int64_t gm_row(const struct gm_access *access, int64_t row)
{
    return row < access->plane_rows
               ? access->offset + row * access->stride
               : access->offset + row / access->plane_rows * access->plane +
                     row % access->plane_rows * access->stride;
}

/* Bytes that a load puts before and after each row. */
uint64_t kop_padding(const struct kop *op);

/* Whether what leaves L0C stays NZ. */
static inline bool kop_keeps_nz(const struct kop *op)
{
    return op->nz != 0 || op->code == KOP_l0c_to_ub;
}

/* Bytes of a row of a column of NZ that leaves L0C. */
unsigned kop_nz_width(const struct kop *op);

/* False when op does not touch GM. */
bool kop_gm_access(const struct kop *op, struct gm_access *out);

#define VEC_OPERANDS 3 /* dst, a, b: those that have strides */

/*
 * How a vector operation walks UB; see the head of op.def. Element i is lane
 * i % lanes of repeat i / lanes, and lies at byte j = lane * bits / 8 of its
 * repeat: rep_bytes * repeat + 32 * blk * (j / 32) + j % 32 from the operand.
 * Of vbrcb a lane of dst is a whole block; only its a lies as said here.
 */
struct vec_shape {
    int64_t count;             /* elements */
    int64_t lanes;             /* per repeat */
    int64_t repeats;           /* the last may be partial */
    int64_t blk[VEC_OPERANDS]; /* between the blocks of a repeat, in 32-byte blocks */
    int64_t rep[VEC_OPERANDS]; /* between repeats, in 32-byte blocks; packed: what one covers */

    /* The same in bytes: 32 * rep, except that packed repeats of less than a
     * block (a small mask on narrow elements) follow one another without a gap. */
    int64_t rep_bytes[VEC_OPERANDS];
};

struct vec_shape kop_vec_shape(const struct kop *op);

/* Whether op is a transpose of 8-bit elements, which takes and fills halves of blocks; and
 * where in a block of dst or a that half begins, bytes. */
bool kop_halves(const struct kop *op);
uint64_t kop_half_offset(const struct kop *op, unsigned operand);

/* Of eight lanes those that the pattern of vreducev2p keeps, lowest bit first. */
uint8_t kop_pattern_bits(const struct kop *op);

#define UB_BLOCK 32         /* bytes: the unit of UB alignment and of vector strides */
#define KFLAG_IDS 8         /* flags per ordered pair of pipes */
#define KCROSS_IDS 11       /* cross-core counters for kernels; those above are the system's */
#define VECTOR_BYTES 256    /* bytes of one repeat */
#define TRANSPOSE_BLOCKS 16 /* of a repeat of vnchwconv, which has twice the bytes */
#define SORT_LANES 32       /* of a repeat of vbitsort */
#define KLISTS_MAX 4        /* that vmrgsort merges */
#define KLIST_BITS 16       /* of the length of a list in `value` */
#define KPATTERNS 7         /* of vreducev2p, from 1 on */
#define KSPR_BYTES 8        /* there is one special register */
#define CUBE_SIDE 16        /* rows and columns of a fractal of L0C */
#define FRACTAL_ROW 32      /* bytes: a fractal of L1, L0A, L0B is 16 rows of 32 bytes */

#endif
