#include "kernels/ir/op.h"
#include "sim/assert.h"

#include <string.h>

const char *const space_names[SPACE_COUNT] = {
#define X(name, text) [SPACE_##name] = text,
    SPACES(X)
#undef X
};

const unsigned space_align[SPACE_COUNT] = {
    [SPACE_GM] = 1,    [SPACE_L1] = UB_BLOCK, [SPACE_L0A] = 512,
    [SPACE_L0B] = 512, [SPACE_L0C] = 64,      [SPACE_UB] = UB_BLOCK,
    [SPACE_BT] = 32,   [SPACE_FB] = 64,       [SPACE_SPR] = KSPR_BYTES,
};

const char *const pipe_names[PIPE_COUNT + 1] = {
#define X(name, text) [PIPE_##name] = text,
    PIPES(X)
#undef X
        [PIPE_ALL] = "all",
};

const char *const core_kind_names[CORE_KINDS] = { [CORE_AIC] = "aic", [CORE_AIV] = "aiv" };

const char *const round_names[ROUND_COUNT] = {
    [ROUND_RINT] = "rint",   [ROUND_FLOOR] = "floor", [ROUND_CEIL] = "ceil",
    [ROUND_ROUND] = "round", [ROUND_TRUNC] = "trunc",
};

const char *const cmp_names[CMP_COUNT] = {
    [CMP_LT] = "lt", [CMP_GT] = "gt", [CMP_EQ] = "eq",
    [CMP_LE] = "le", [CMP_GE] = "ge", [CMP_NE] = "ne",
};

const char *const scope_names[SCOPE_COUNT] = {
    [SCOPE_ALL] = "all",
    [SCOPE_PAIR] = "pair",
    [SCOPE_BLOCK] = "block",
};

const char *const atomic_names[ATOMIC_COUNT] = {
    [ATOMIC_NONE] = "none",
    [ATOMIC_ADD] = "add",
    [ATOMIC_MAX] = "max",
    [ATOMIC_MIN] = "min",
};

const char *const order_names[ORDER_COUNT] = {
    [ORDER_VALUE_INDEX] = "value_index",
    [ORDER_INDEX_VALUE] = "index_value",
    [ORDER_VALUE] = "value",
};

const char *const kop_operand_names[KOP_OPERANDS] = { "dst", "a", "b", "c" };

const struct attr_info attr_info[ATTR_COUNT] = {
#define X(attr, kind_, standard_)                                                              \
    [ATTR_##attr] = { .name = #attr, .kind = ATTR_##kind_, .standard = standard_ },
    KOP_ATTRS(X)
#undef X
};

#define WORDS(array) ((struct word_list){ array, sizeof array / sizeof *array })

struct word_list attr_words(enum attr_kind kind)
{
    switch (kind) {
    case ATTR_INT:
    case ATTR_REAL:
        break;
    case ATTR_ROUND:
        return WORDS(round_names);
    case ATTR_CMP:
        return WORDS(cmp_names);
    case ATTR_ATOMIC:
        return WORDS(atomic_names);
    case ATTR_ORDER:
        return WORDS(order_names);
    case ATTR_SCOPE:
        return WORDS(scope_names);
    case ATTR_PIPE:
        return WORDS(pipe_names);
    }
    return (struct word_list){ .count = 0 };
}

const struct kop_info kop_info[KOP_COUNT] = {
#define KOP(name_, pipe_, dst_, a_, b_, c_, needs_, takes_, types_, cost_, meaning_)           \
    [KOP_##name_] = { .name = #name_,                                                          \
                      .meaning = meaning_,                                                     \
                      .cost = #cost_,                                                          \
                      .pipe = PIPE_##pipe_,                                                    \
                      .spaces = { dst_, a_, b_, c_ },                                          \
                      .needs = needs_,                                                         \
                      .takes = takes_,                                                         \
                      .types = TYPES_##types_ },
#include "kernels/ir/op.def"
#undef KOP
};

bool kop_parse(const char *name, enum kop_code *out)
{
    for (int code = 0; code < KOP_COUNT; code++) {
        if (strcmp(name, kop_info[code].name) == 0) {
            *out = (enum kop_code)code;
            return true;
        }
    }
    return false;
}

enum pipe_id kop_pipe(const struct kop *op)
{
    enum pipe_id pipe = kop_info[op->code].pipe;

    switch (pipe) {
    case PIPE_FROM:
        return op->from;
    case PIPE_TO:
        return op->to;
    case PIPE_ATTR:
        return op->pipe;
    default:
        return pipe;
    }
}

bool kop_is_far(enum kop_code code, enum space space)
{
    switch (kop_info[code].pipe) {
    case PIPE_V:
    case PIPE_MTE3:
        return space == SPACE_L1;
    case PIPE_M:
    case PIPE_MTE1:
    case PIPE_FIX:
        return space == SPACE_UB;
    default: /* both kinds of cores have it */
        return false;
    }
}

struct kop kop_half(const struct kop *op, unsigned sub)
{
    int64_t row = (int64_t)CUBE_SIDE * 4; /* bytes of a row of fractals of L0C */
    struct kop half = *op;

    half.sub = (int16_t)sub;
    half.dual = 0;
    if (op->dual == 1) {
        half.m = op->m / 2;
        half.at[OPERAND_A].offset += sub * half.m * row;
    } else {
        half.n = op->n / 2;
        half.at[OPERAND_A].offset += sub * (half.n / CUBE_SIDE) * op->nz_rows * row;
    }
    return half;
}

/* The numbers of an operation may come from registers, so from anywhere. What
 * is computed from them here stops at the ends of int64: too big stays too big. */
static int64_t times(int64_t a, int64_t b)
{
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
    return product;
}

/* Rounds up; b is positive. */
static int64_t divided(int64_t a, int64_t b)
{
    return a / b + (a % b > 0);
}

static int64_t bytes_of(int64_t elements, unsigned dtype)
{
    return divided(times(elements, dtype_info[dtype].bits), 8);
}

uint64_t kop_padding(const struct kop *op)
{
    if (op->code != KOP_load_ub)
        return 0;
    return dtype_bytes((enum dtype)op->at[OPERAND_DST].dtype,
                       (uint64_t)(op->pad_left + op->pad_right));
}

unsigned kop_nz_width(const struct kop *op)
{
    unsigned bits = dtype_info[op->at[OPERAND_DST].dtype].bits;
    bool whole = op->split == 0 || op->code == KOP_l0c_to_ub;
    return whole && bits == 32 ? 2 * FRACTAL_ROW : FRACTAL_ROW;
}

/* NZ: a column is rows without gaps, and strides count rows. */
static void nz_columns(const struct kop *op, unsigned dtype, struct gm_access *out)
{
    unsigned width = kop_nz_width(op);
    out->rows = divided(bytes_of(op->n, dtype), width);
    out->bytes = times(op->m, width);
    out->stride = times(op->dst_stride, width);
}

bool kop_gm_access(const struct kop *op, struct gm_access *out)
{
    const struct kaddr *dst = &op->at[OPERAND_DST], *a = &op->at[OPERAND_A];
    bool write = dst->present && dst->space == SPACE_GM;
    bool read = a->present && a->space == SPACE_GM;

    if (!write && !read)
        return false;

    const struct kaddr *gm = write ? dst : a;
    *out = (struct gm_access){ .tensor = gm->object, .write = write, .offset = gm->offset };
    out->rows = op->rows;
    out->bytes = op->bytes;
    out->stride = write ? op->dst_stride : op->src_stride;

    bool fixpipe = op->code == KOP_fixpipe || op->code == KOP_fixpipev;
    if (op->code == KOP_put) {
        out->bytes = bytes_of(1, gm->dtype);
    } else if (op->code == KOP_load_nz) {
        out->bytes = bytes_of(op->cols, gm->dtype);
    } else if (fixpipe && op->nz != 0) {
        nz_columns(op, gm->dtype, out);
    } else if (fixpipe) {
        out->rows = op->m;
        out->bytes = bytes_of(op->n, gm->dtype);
    }
    if (out->stride == 0)
        out->stride = out->bytes;
    out->plane_rows = out->rows;
    if (op->planes != 1) {
        int64_t plane = write ? op->dst_plane : op->src_plane;
        out->plane = plane != 0 ? plane : times(out->rows, out->stride);
        out->rows = times(out->rows, op->planes);
    }
    return true;
}

/* Whether an operand advances lane by lane with the others. The rest are bit
 * masks, byte offsets and per-element parameters, and do not narrow a repeat. */
static bool is_streamed(enum type_rule types, int operand)
{
    switch (types) {
    case TYPES_cmp:
        return operand != OPERAND_DST;
    case TYPES_gather:
    case TYPES_sels:
    case TYPES_squeeze:
    case TYPES_squeezep:
    case TYPES_vdeq:
        return operand != OPERAND_B;
    default:
        return true;
    }
}

struct vec_shape kop_vec_shape(const struct kop *op)
{
    const int64_t blk[VEC_OPERANDS] = { op->dst_blk, op->a_blk, op->b_blk };
    const int64_t rep[VEC_OPERANDS] = { op->dst_rep, op->a_rep, op->b_rep };
    struct vec_shape shape = { .count = op->count, .lanes = op->mask };

    if (shape.lanes <= 0) {
        unsigned widest = 0;
        for (int i = 0; i < VEC_OPERANDS; i++) {
            unsigned bits = dtype_info[op->at[i].dtype].bits;
            bool counts = op->at[i].present && is_streamed(kop_info[op->code].types, i);
            if (counts && bits > widest)
                widest = bits;
        }
        SIM_ASSERT(widest > 0); /* a vector operation has an operand */
        shape.lanes = VECTOR_BYTES * 8 / widest;
        if (kop_info[op->code].types == TYPES_transpose)
            shape.lanes = TRANSPOSE_BLOCKS * UB_BLOCK * 8 / widest;
        if (op->code == KOP_vbrcb)
            shape.lanes = VECTOR_BYTES / UB_BLOCK;
    }
    shape.repeats = divided(shape.count, shape.lanes);

    for (int i = 0; i < VEC_OPERANDS; i++) {
        int64_t covered = bytes_of(shape.lanes, op->at[i].dtype);
        bool packed = rep[i] == -1;
        shape.blk[i] = blk[i] == -1 ? 1 : blk[i];
        shape.rep[i] = packed ? divided(covered, UB_BLOCK) : rep[i];
        shape.rep_bytes[i] =
            packed && covered < UB_BLOCK ? covered : times(shape.rep[i], UB_BLOCK);
    }
    if (op->code == KOP_vbrcb && op->dst_rep == -1) {
        shape.rep[OPERAND_DST] = VECTOR_BYTES / UB_BLOCK;
        shape.rep_bytes[OPERAND_DST] = VECTOR_BYTES;
    }
    return shape;
}

bool kop_halves(const struct kop *op)
{
    return op->code == KOP_vnchwconv && dtype_info[op->at[OPERAND_DST].dtype].bits == 8;
}

uint64_t kop_half_offset(const struct kop *op, unsigned operand)
{
    bool upper = (op->pattern & (operand == OPERAND_DST ? 2 : 1)) != 0;
    return upper ? UB_BLOCK / 2 : 0;
}

uint8_t kop_pattern_bits(const struct kop *op)
{
    /* 1 and 2 of each two, 3 to 6 of each four, all. */
    static const uint8_t patterns[KPATTERNS] = { 0x55, 0xaa, 0x11, 0x22, 0x44, 0x88, 0xff };
    return patterns[op->pattern - 1];
}
