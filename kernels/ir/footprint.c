#include "kernels/ir/footprint.h"

#include "kernels/ir/merge.h"
#include "kernels/ir/window.h"

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

static void rows(const struct sink *sink, uint64_t start, int64_t count, uint64_t bytes,
                 int64_t stride)
{
    ranges(sink, start, (uint64_t)count, bytes, stride != 0 ? (uint64_t)stride : bytes);
}

/* The rows of each plane. */
static void planes(const struct sink *sink, const struct kop *op, uint64_t bytes)
{
    bool dst = sink->operand == OPERAND_DST;
    int64_t stride = dst ? op->dst_stride : op->src_stride;
    int64_t plane = dst ? op->dst_plane : op->src_plane;
    uint64_t packed = (uint64_t)op->rows * (stride != 0 ? (uint64_t)stride : bytes);
    uint64_t step = plane != 0 ? (uint64_t)plane : packed;

    for (uint64_t i = 0; i < (uint64_t)op->planes; i++)
        rows(sink, i * step, op->rows, bytes, stride);
}

/* Rows of `row_bytes` laid out in columns of `nz_rows` rows of `width` bytes. */
static void nz_rows(const struct sink *sink, uint64_t start, int64_t count, uint64_t row_bytes,
                    int64_t nz_rows, uint64_t width)
{
    uint64_t column = (uint64_t)nz_rows * width, whole = row_bytes / width;

    ranges(sink, start, whole, (uint64_t)count * width, column);
    ranges(sink, start + whole * column, (uint64_t)count, row_bytes % width, width);
}

/* --- vector operations with strides --- */

/* Bytes `from` to before `to` of a repeat that begins at `start`. */
static void repeat(const struct sink *sink, uint64_t start, uint64_t from, uint64_t to,
                   uint64_t blk)
{
    if (blk == 1) {
        ranges(sink, start + from, 1, to - from, 0);
        return;
    }
    while (from < to) {
        uint64_t block = from / UB_BLOCK, stop = (block + 1) * UB_BLOCK;
        uint64_t end = to < stop ? to : stop;
        ranges(sink, start + block * blk * UB_BLOCK + from % UB_BLOCK, 1, end - from, 0);
        from = end;
    }
}

static bool is_masked(const struct kop *op)
{
    return (kop_info[op->code].takes >> ATTR_mask0 & 1) != 0 &&
           (op->mask0 != -1 || op->mask1 != -1);
}

static bool lane_is_in(const struct kop *op, uint64_t lane)
{
    uint64_t mask = (uint64_t)(lane / 64 % 2 == 0 ? op->mask0 : op->mask1);
    return (mask >> lane % 64 & 1) != 0;
}

/* The first `count` lanes of a repeat but for those that the masks keep out. */
static void masked_repeat(const struct sink *sink, const struct kop *op, uint64_t start,
                          uint64_t count, uint64_t blk)
{
    uint64_t bits = dtype_info[op->at[sink->operand].dtype].bits;

    for (uint64_t lane = 0, first; lane < count; lane++) {
        for (first = lane; lane < count && lane_is_in(op, lane);)
            lane++;
        if (lane > first)
            repeat(sink, start, first * bits / 8, divided_up(lane * bits, 8), blk);
    }
}

static void lanes(const struct sink *sink, const struct kop *op)
{
    struct vec_shape shape = kop_vec_shape(op);
    enum dtype type = (enum dtype)op->at[sink->operand].dtype;
    uint64_t blk = (uint64_t)shape.blk[sink->operand];
    uint64_t step = (uint64_t)shape.rep_bytes[sink->operand];
    uint64_t whole = (uint64_t)(shape.count / shape.lanes);
    uint64_t left = (uint64_t)(shape.count % shape.lanes);
    uint64_t bytes = dtype_bytes(type, (uint64_t)shape.lanes);
    uint64_t tail = dtype_bytes(type, left);

    if (is_masked(op)) {
        for (uint64_t i = 0; i < whole; i++)
            masked_repeat(sink, op, i * step, (uint64_t)shape.lanes, blk);
        masked_repeat(sink, op, whole * step, left, blk);
        return;
    }
    if (blk == 1 && step == bytes) {
        ranges(sink, 0, 1, whole * bytes + tail, 0);
        return;
    }
    if (blk == 1)
        ranges(sink, 0, whole, bytes, step);
    else
        for (uint64_t i = 0; i < whole; i++)
            repeat(sink, i * step, 0, bytes, blk);
    repeat(sink, whole * step, 0, tail, blk);
}

/* vbrcb: a block for each of the elements. */
static void blocks(const struct sink *sink, const struct kop *op)
{
    struct vec_shape shape = kop_vec_shape(op);
    uint64_t blk = (uint64_t)shape.blk[OPERAND_DST] * UB_BLOCK;

    for (int64_t done = 0, i = 0; done < shape.count; done += shape.lanes, i++) {
        int64_t left = shape.count - done;
        ranges(sink, (uint64_t)(i * shape.rep_bytes[OPERAND_DST]),
               (uint64_t)(left < shape.lanes ? left : shape.lanes), UB_BLOCK, blk);
    }
}

/* vdintlv: its two results. */
static void two_planes(const struct sink *sink, const struct kop *op)
{
    uint64_t bytes = dtype_bytes((enum dtype)op->at[OPERAND_DST].dtype, (uint64_t)op->count);
    ranges(sink, 0, 2, bytes, op->dst_plane != 0 ? (uint64_t)op->dst_plane : bytes);
}

/* vnchwconv of 8-bit elements: half of every block. */
static void halves(const struct sink *sink, const struct kop *op)
{
    struct vec_shape shape = kop_vec_shape(op);
    uint64_t blk = (uint64_t)shape.blk[sink->operand] * UB_BLOCK;
    uint64_t from = kop_half_offset(op, sink->operand);

    for (uint64_t i = 0; i < (uint64_t)shape.repeats; i++)
        ranges(sink, i * (uint64_t)shape.rep_bytes[sink->operand] + from, TRANSPOSE_BLOCKS,
               UB_BLOCK / 2, blk);
}

/* vmrgsort4: lists that need not follow one another. */
static void lists(const struct sink *sink, const struct kop *op)
{
    struct merge merge = merge_of(op);

    for (size_t i = 0; i < merge.lists; i++)
        ranges(sink, merge.begin[i], 1, merge.length[i] * RECORD_BYTES, 0);
}

/* --- by operation --- */

static void fixpipe(const struct sink *sink, const struct kop *op)
{
    uint64_t row = dtype_bytes((enum dtype)op->at[sink->operand].dtype, (uint64_t)op->n);

    if (sink->operand == OPERAND_A)
        nz_rows(sink, 0, op->m, row, op->nz_rows, L0C_COLUMN);
    else if (sink->operand == OPERAND_B)
        ranges(sink, 0, 1, row, 0);
    else if (!kop_keeps_nz(op))
        rows(sink, 0, op->m, row, op->dst_stride);
    else
        nz_rows(sink, 0, op->m, row, op->dst_stride != 0 ? op->dst_stride : op->m,
                kop_nz_width(op));
}

static void load_nz(const struct sink *sink, const struct kop *op)
{
    uint64_t row = dtype_bytes((enum dtype)op->at[sink->operand].dtype, (uint64_t)op->cols);

    if (sink->operand == OPERAND_A) {
        planes(sink, op, row);
        return;
    }
    uint64_t across = divided_up(row, FRACTAL_ROW) * FRACTAL_ROW;
    uint64_t packed = across * (uint64_t)op->nz_rows;
    uint64_t step = op->dst_plane != 0 ? (uint64_t)op->dst_plane : packed;
    for (uint64_t i = 0; i < (uint64_t)op->planes; i++)
        nz_rows(sink, i * step, op->rows, across, op->nz_rows, FRACTAL_ROW);
}

static void load_l0_source(const struct sink *sink, const struct kop *op, int64_t side)
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    int64_t down = op->transpose != 0 ? op->k : side;
    int64_t across = op->transpose != 0 ? side : op->k;

    nz_rows(sink, 0, down, dtype_bytes(type, (uint64_t)across), op->nz_rows, FRACTAL_ROW);
}

/* Runs of the map that its windows cover. */
static void load3d_source(const struct sink *sink, const struct kop *op)
{
    int64_t total = op->planes * op->rows * op->cols;

    for (int64_t at = 0, first; at < total; at++) {
        for (first = at; at < total && window_reads(op, at);)
            at++;
        ranges(sink, (uint64_t)first * FRACTAL_ROW, (uint64_t)(at - first), FRACTAL_ROW,
               FRACTAL_ROW);
    }
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
    case KOP_fixpipev:
    case KOP_fixpipe_ub:
    case KOP_l0c_to_ub:
        fixpipe(&sink, op);
        return;
    case KOP_load_l0a:
    case KOP_load_l0b:
        if (operand == OPERAND_A)
            load_l0_source(&sink, op, op->code == KOP_load_l0a ? op->m : op->n);
        else
            ranges(&sink, 0, 1, extents[operand], 0);
        return;
    case KOP_load3d:
        if (operand == OPERAND_A)
            load3d_source(&sink, op);
        else
            ranges(&sink, 0, 1, extents[operand], 0);
        return;
    case KOP_mmad:
    case KOP_mmad_bias:
        if (operand == OPERAND_DST)
            nz_rows(&sink, 0, op->m, (uint64_t)op->n * sizeof(float),
                    (int64_t)divided_up((uint64_t)op->m, CUBE_SIDE) * CUBE_SIDE, L0C_COLUMN);
        else
            ranges(&sink, 0, 1, extents[operand], 0);
        return;
    default:
        break;
    }
    if ((kop_info[op->code].needs >> ATTR_bytes & 1) != 0)
        planes(&sink, op, (uint64_t)op->bytes + (operand == OPERAND_DST ? kop_padding(op) : 0));
    else if (op->code == KOP_vbrcb && operand == OPERAND_DST)
        blocks(&sink, op);
    else if (op->code == KOP_vdintlv && operand == OPERAND_DST)
        two_planes(&sink, op);
    else if (op->code == KOP_vmrgsort4 && operand == OPERAND_A)
        lists(&sink, op);
    else if (kop_halves(op))
        halves(&sink, op);
    else if (has_lanes(op, operand))
        lanes(&sink, op);
    else
        ranges(&sink, 0, 1, extents[operand], 0);
}

bool footprint_overwrites(const struct kop *op)
{
    const struct kaddr *dst = &op->at[OPERAND_DST];

    switch (op->code) {
    case KOP_mmad:
        return op->init != 0;
    case KOP_mmad_bias:
    case KOP_load_l0a:
    case KOP_load_l0b:
    case KOP_load3d:
    case KOP_load_nz:
    case KOP_put:
        return true;
    case KOP_vaxpy:
    case KOP_vmla:
    case KOP_vmadd:
    case KOP_vmaddrelu:
        return false;
    default:
        break;
    }
    bool shares = dtype_info[dst->dtype].bits < 8 && (op->count % 2 != 0 || is_masked(op));
    bool moves = (kop_info[op->code].needs >> ATTR_bytes & 1) != 0 || op->code == KOP_fixpipe ||
                 op->code == KOP_fixpipev || op->code == KOP_fixpipe_ub ||
                 op->code == KOP_l0c_to_ub;
    return op->atomic == ATOMIC_NONE && (moves || (has_lanes(op, OPERAND_DST) && !shares));
}
