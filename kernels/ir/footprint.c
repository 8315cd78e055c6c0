#include "kernels/ir/footprint.h"

#include "kernels/ir/element.h"

#define L0C_COLUMN ((uint64_t)CUBE_SIDE * sizeof(float)) /* bytes of a row of a fractal */

struct sink {
    unsigned operand;
    range_fn *touch;
    void *context;
};

/* `count` ranges of `bytes`, `stride` apart, as one if nothing lies between them. */
static void ranges(const struct sink *sink, uint64_t start, uint64_t count, uint64_t bytes,
                   uint64_t stride)
{
    if (bytes == 0 || count == 0)
        return;
    if (stride == bytes) {
        sink->touch(sink->context, sink->operand, start, count * bytes);
        return;
    }
    for (uint64_t i = 0; i < count; i++)
        sink->touch(sink->context, sink->operand, start + i * stride, bytes);
}

static void rows(const struct sink *sink, int64_t count, uint64_t bytes, int64_t stride)
{
    ranges(sink, 0, (uint64_t)count, bytes, stride != 0 ? (uint64_t)stride : bytes);
}

/* Rows of `row_bytes` laid out in columns of `nz_rows` rows of `width` bytes. */
static void nz_rows(const struct sink *sink, int64_t count, uint64_t row_bytes, int64_t nz_rows,
                    uint64_t width)
{
    uint64_t column = (uint64_t)nz_rows * width, whole = row_bytes / width;

    ranges(sink, 0, whole, (uint64_t)count * width, column);
    ranges(sink, whole * column, (uint64_t)count, row_bytes % width, width);
}

/* --- vector operations with strides --- */

/* The first `bytes` of a repeat that begins at `start`. */
static void repeat(const struct sink *sink, uint64_t start, uint64_t bytes, uint64_t blk)
{
    if (blk == 1) {
        ranges(sink, start, 1, bytes, bytes);
        return;
    }
    uint64_t whole = bytes / UB_BLOCK;
    ranges(sink, start, whole, UB_BLOCK, blk * UB_BLOCK);
    ranges(sink, start + whole * blk * UB_BLOCK, 1, bytes % UB_BLOCK, 0);
}

static void lanes(const struct sink *sink, const struct kop *op)
{
    struct vec_shape shape = kop_vec_shape(op);
    enum dtype type = (enum dtype)op->at[sink->operand].dtype;
    uint64_t blk = (uint64_t)shape.blk[sink->operand];
    uint64_t step = (uint64_t)shape.rep_bytes[sink->operand];
    uint64_t whole = (uint64_t)(shape.count / shape.lanes);
    uint64_t bytes = dtype_bytes(type, (uint64_t)shape.lanes);
    uint64_t tail = dtype_bytes(type, (uint64_t)(shape.count % shape.lanes));

    if (blk == 1 && step == bytes) {
        ranges(sink, 0, 1, whole * bytes + tail, 0);
        return;
    }
    if (blk == 1)
        ranges(sink, 0, whole, bytes, step);
    else
        for (uint64_t i = 0; i < whole; i++)
            repeat(sink, i * step, bytes, blk);
    if (tail != 0)
        repeat(sink, whole * step, tail, blk);
}

/* --- by operation --- */

static void fixpipe(const struct sink *sink, const struct kop *op)
{
    uint64_t row = dtype_bytes((enum dtype)op->at[sink->operand].dtype, (uint64_t)op->n);

    if (sink->operand == OPERAND_A)
        nz_rows(sink, op->m, row, op->nz_rows, L0C_COLUMN);
    else if (op->nz == 0)
        rows(sink, op->m, row, op->dst_stride);
    else
        nz_rows(sink, op->m, row, op->dst_stride != 0 ? op->dst_stride : op->m, FRACTAL_ROW);
}

static void load_nz(const struct sink *sink, const struct kop *op)
{
    uint64_t row = dtype_bytes((enum dtype)op->at[sink->operand].dtype, (uint64_t)op->cols);

    if (sink->operand == OPERAND_A)
        rows(sink, op->rows, row, op->src_stride);
    else
        nz_rows(sink, op->rows, divided_up(row, FRACTAL_ROW) * FRACTAL_ROW, op->nz_rows,
                FRACTAL_ROW);
}

static void load_l0_source(const struct sink *sink, const struct kop *op, int64_t side)
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    int64_t down = op->transpose != 0 ? op->k : side;
    int64_t across = op->transpose != 0 ? side : op->k;

    nz_rows(sink, down, dtype_bytes(type, (uint64_t)across), op->nz_rows, FRACTAL_ROW);
}

/* An operand that is one range from its address to its extent, or has a rule below. */
static bool has_lanes(const struct kop *op, unsigned operand)
{
    const uint64_t rep[] = { ATTR_dst_rep, ATTR_a_rep, ATTR_b_rep };
    return operand < VEC_OPERANDS && (kop_info[op->code].takes >> rep[operand] & 1) != 0;
}

void footprint_each(const struct kop *op, unsigned operand,
                    const uint64_t extents[KOP_OPERANDS], range_fn *touch, void *context)
{
    struct sink sink = { operand, touch, context };

    switch (op->code) {
    case KOP_load_nz:
        load_nz(&sink, op);
        return;
    case KOP_fixpipe:
        fixpipe(&sink, op);
        return;
    case KOP_load_l0a:
    case KOP_load_l0b:
        if (operand == OPERAND_A)
            load_l0_source(&sink, op, op->code == KOP_load_l0a ? op->m : op->n);
        else
            ranges(&sink, 0, 1, extents[operand], 0);
        return;
    case KOP_mmad:
        if (operand == OPERAND_DST)
            nz_rows(&sink, op->m, (uint64_t)op->n * sizeof(float),
                    (int64_t)divided_up((uint64_t)op->m, CUBE_SIDE) * CUBE_SIDE, L0C_COLUMN);
        else
            ranges(&sink, 0, 1, extents[operand], 0);
        return;
    default:
        break;
    }
    if ((kop_info[op->code].needs >> ATTR_bytes & 1) != 0)
        rows(&sink, op->rows, (uint64_t)op->bytes,
             operand == OPERAND_DST ? op->dst_stride : op->src_stride);
    else if (has_lanes(op, operand))
        lanes(&sink, op);
    else
        ranges(&sink, 0, 1, extents[operand], 0);
}

/* --- where data decides --- */

static bool is_gather(const struct kop *op)
{
    return op->code == KOP_vgather || op->code == KOP_vgatherb;
}

static bool is_squeeze(const struct kop *op)
{
    return op->code == KOP_vreduce || op->code == KOP_vreducev2;
}

static uint64_t element_bytes(const struct kop *op)
{
    return dtype_info[op->at[OPERAND_DST].dtype].bits / 8;
}

static uint64_t piece_bytes(const struct kop *op)
{
    return op->code == KOP_vgatherb ? UB_BLOCK : element_bytes(op);
}

/* Pieces that a gather reads; the last may be shorter. */
static uint64_t piece_count(const struct kop *op)
{
    return divided_up((uint64_t)op->count * element_bytes(op), piece_bytes(op));
}

/* Whether piece i lies in the tile, and where; one that does not reads as zero. */
static bool piece_at(const struct kop *op, const uint64_t extents[KOP_OPERANDS],
                     const uint8_t *index, uint64_t i, uint64_t *from, uint64_t *bytes)
{
    uint64_t left = (uint64_t)op->count * element_bytes(op) - i * piece_bytes(op);
    uint64_t room = extents[OPERAND_A];

    *bytes = piece_bytes(op) < left ? piece_bytes(op) : left;
    *from = (uint64_t)element_int(DT_u32, index, (size_t)i);
    return *bytes <= room && *from <= room - *bytes;
}

static void gathered(const struct sink *sink, const struct kop *op,
                     const uint64_t extents[KOP_OPERANDS], const uint8_t *index)
{
    uint64_t from, bytes;
    for (uint64_t i = 0; i < piece_count(op); i++) {
        if (piece_at(op, extents, index, i, &from, &bytes))
            ranges(sink, from, 1, bytes, 0);
    }
}

/* Bytes of the elements whose bits are set. */
static uint64_t squeezed_bytes(const struct kop *op, const uint8_t *bits)
{
    uint64_t period = (uint64_t)(op->code == KOP_vreduce ? kop_vec_shape(op).lanes : op->count);
    uint64_t chosen = 0;

    for (uint64_t i = 0; i < (uint64_t)op->count; i++)
        chosen += bits[i % period / 8] >> i % period % 8 & 1;
    return chosen * element_bytes(op);
}

void footprint_exact(const struct kop *op, unsigned operand,
                     const uint64_t extents[KOP_OPERANDS], uint8_t *const at[KOP_OPERANDS],
                     range_fn *touch, void *context)
{
    struct sink sink = { operand, touch, context };

    if (is_gather(op) && operand == OPERAND_A) {
        gathered(&sink, op, extents, at[OPERAND_B]);
    } else if (is_squeeze(op) && operand == OPERAND_DST) {
        uint64_t bytes = squeezed_bytes(op, at[OPERAND_B]);
        ranges(&sink, 0, 1, bytes < extents[operand] ? bytes : extents[operand], 0);
    } else {
        footprint_each(op, operand, extents, touch, context);
    }
}

bool footprint_leaves(const struct kop *op, const uint64_t extents[KOP_OPERANDS],
                      uint8_t *const at[KOP_OPERANDS])
{
    uint64_t from, bytes;

    for (uint64_t i = 0; is_gather(op) && i < piece_count(op); i++) {
        if (!piece_at(op, extents, at[OPERAND_B], i, &from, &bytes))
            return true;
    }
    return is_squeeze(op) && squeezed_bytes(op, at[OPERAND_B]) > extents[OPERAND_DST];
}

bool footprint_overwrites(const struct kop *op)
{
    const struct kaddr *dst = &op->at[OPERAND_DST];

    switch (op->code) {
    case KOP_mmad:
        return op->init != 0;
    case KOP_load_l0a:
    case KOP_load_l0b:
    case KOP_load_nz:
        return true;
    case KOP_vaxpy:
    case KOP_vmla:
    case KOP_vmadd:
    case KOP_vmaddrelu:
        return false;
    default:
        break;
    }
    bool halves = dtype_info[dst->dtype].bits < 8 && op->count % 2 != 0; /* shares a byte */
    bool moves = (kop_info[op->code].needs >> ATTR_bytes & 1) != 0 || op->code == KOP_fixpipe;
    return op->atomic == 0 && (moves || (has_lanes(op, OPERAND_DST) && !halves));
}
