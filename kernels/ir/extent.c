#include "kernels/ir/extent.h"

#include "kernels/ir/merge.h"

static uint64_t bytes_of(const struct kaddr *at, uint64_t elements)
{
    return dtype_bytes((enum dtype)at->dtype, elements);
}

static uint64_t bit_bytes(int64_t bits)
{
    return divided_up((uint64_t)bits, 8);
}

/* `rows` rows of `bytes`, `stride` apart. */
static uint64_t rows_extent(int64_t rows, uint64_t bytes, int64_t stride)
{
    uint64_t step = stride != 0 ? (uint64_t)stride : bytes;
    return rows == 0 || bytes == 0 ? 0 : (uint64_t)(rows - 1) * step + bytes;
}

/* The same of each plane; `packed` is what planes without a gap are apart. */
static uint64_t planes_extent(int64_t planes, uint64_t extent, int64_t plane, uint64_t packed)
{
    uint64_t step = plane != 0 ? (uint64_t)plane : packed;
    return planes == 0 || extent == 0 ? 0 : (uint64_t)(planes - 1) * step + extent;
}

static uint64_t copy_extent(const struct kop *op, uint64_t bytes, bool dst)
{
    int64_t stride = dst ? op->dst_stride : op->src_stride;
    uint64_t step = stride != 0 ? (uint64_t)stride : bytes;
    return planes_extent(op->planes, rows_extent(op->rows, bytes, stride),
                         dst ? op->dst_plane : op->src_plane, (uint64_t)op->rows * step);
}

/* `rows` rows out of columns of `nz_rows` rows, each `width` bytes wide. */
static uint64_t nz_extent(int64_t rows, uint64_t row_bytes, int64_t nz_rows, uint64_t width)
{
    if (rows == 0 || row_bytes == 0)
        return 0;
    uint64_t columns = divided_up(row_bytes, width);
    uint64_t last = row_bytes - (columns - 1) * width;
    return ((columns - 1) * (uint64_t)nz_rows + (uint64_t)rows - 1) * width + last;
}

/* The fractals that cover a matrix of `rows` rows and `columns` columns of 32 bytes. */
static uint64_t fractals_extent(int64_t rows, uint64_t columns)
{
    return divided_up((uint64_t)rows, CUBE_SIDE) * columns * CUBE_SIDE * FRACTAL_ROW;
}

/* A matrix of rows by `across` elements in L0A or L0B, rows being m or n. */
static uint64_t l0_extent(const struct kaddr *at, int64_t rows, int64_t across)
{
    return fractals_extent(rows, divided_up(bytes_of(at, (uint64_t)across), FRACTAL_ROW));
}

#define ACCUMULATOR 4                                  /* bytes of an element of L0C */
#define L0C_COLUMN ((uint64_t)CUBE_SIDE * ACCUMULATOR) /* bytes across a column of fractals */

static uint64_t mmad_extent(const struct kop *op, unsigned operand)
{
    const struct kaddr *at = &op->at[operand];

    if (operand == OPERAND_A)
        return l0_extent(at, op->m, op->k);
    if (operand == OPERAND_B)
        return l0_extent(at, op->n, op->k);
    if (operand == OPERAND_C)
        return bytes_of(at, (uint64_t)op->n);
    return divided_up((uint64_t)op->m, CUBE_SIDE) * divided_up((uint64_t)op->n, CUBE_SIDE) *
           CUBE_SIDE * L0C_COLUMN;
}

static uint64_t load_l0_extent(const struct kop *op, unsigned operand, int64_t rows)
{
    const struct kaddr *at = &op->at[operand];

    if (operand == OPERAND_DST)
        return l0_extent(at, rows, op->k);

    int64_t down = op->transpose != 0 ? op->k : rows;
    int64_t across = op->transpose != 0 ? rows : op->k;
    return nz_extent(down, bytes_of(at, (uint64_t)across), op->nz_rows, FRACTAL_ROW);
}

static uint64_t load_nz_extent(const struct kop *op, unsigned operand)
{
    uint64_t row = bytes_of(&op->at[operand], (uint64_t)op->cols);
    uint64_t columns = divided_up(row, FRACTAL_ROW);

    if (operand == OPERAND_A)
        return copy_extent(op, row, false);
    return planes_extent(op->planes,
                         nz_extent(op->rows, columns * FRACTAL_ROW, op->nz_rows, FRACTAL_ROW),
                         op->dst_plane, columns * (uint64_t)op->nz_rows * FRACTAL_ROW);
}

static uint64_t fixpipe_extent(const struct kop *op, unsigned operand)
{
    uint64_t row = bytes_of(&op->at[operand], (uint64_t)op->n);

    if (operand == OPERAND_A)
        return nz_extent(op->m, row, op->nz_rows, L0C_COLUMN);
    if (operand == OPERAND_B)
        return row;
    if (!kop_keeps_nz(op))
        return rows_extent(op->m, row, op->dst_stride);
    return nz_extent(op->m, row, op->dst_stride != 0 ? op->dst_stride : op->m,
                     kop_nz_width(op));
}

/* Lanes 0 to n of one repeat, in blocks `blk` apart. */
static uint64_t repeat_extent(int64_t n, unsigned bits, int64_t blk)
{
    return nz_extent(1, divided_up((uint64_t)n * bits, 8), blk, UB_BLOCK);
}

/* Repeats lie in order; only the last may be shorter than the one before it. */
static uint64_t lanes_extent(const struct kop *op, const struct vec_shape *shape,
                             unsigned operand)
{
    if (shape->repeats == 0)
        return 0;

    unsigned bits = dtype_info[op->at[operand].dtype].bits;
    uint64_t step = (uint64_t)shape->rep_bytes[operand], last = (uint64_t)shape->repeats - 1;
    int64_t tail = shape->count - (shape->repeats - 1) * shape->lanes;

    uint64_t end = last * step + repeat_extent(tail, bits, shape->blk[operand]);
    if (last == 0)
        return end;
    uint64_t before =
        (last - 1) * step + repeat_extent(shape->lanes, bits, shape->blk[operand]);
    return end > before ? end : before;
}

/* vbrcb: as many lanes as elements, each a block. */
static uint64_t blocks_extent(const struct vec_shape *shape)
{
    uint64_t end = 0, before = 0, blk = (uint64_t)shape->blk[OPERAND_DST] * UB_BLOCK;
    uint64_t step = (uint64_t)shape->rep_bytes[OPERAND_DST];

    if (shape->repeats == 0)
        return 0;
    uint64_t tail = (uint64_t)(shape->count - (shape->repeats - 1) * shape->lanes);
    end = (uint64_t)(shape->repeats - 1) * step + (tail - 1) * blk + UB_BLOCK;
    if (shape->repeats > 1)
        before = (uint64_t)(shape->repeats - 2) * step + (uint64_t)(shape->lanes - 1) * blk +
                 UB_BLOCK;
    return end > before ? end : before;
}

static uint64_t most(const struct kaddr *at, uint64_t bytes)
{
    uint64_t left = at->size - (uint64_t)at->offset;
    return bytes < left ? bytes : left;
}

/* The end of the list that ends last. */
static uint64_t lists_extent(const struct kop *op)
{
    struct merge merge = merge_of(op);
    uint64_t most = 0;

    for (size_t i = 0; i < merge.lists; i++) {
        uint64_t end = merge.begin[i] + merge.length[i] * RECORD_BYTES;
        most = merge.length[i] != 0 && end > most ? end : most;
    }
    return most;
}

static uint64_t vector_extent(const struct kop *op, const struct vec_shape *shape,
                              unsigned operand)
{
    const struct kaddr *at = &op->at[operand];
    bool dst = operand == OPERAND_DST;
    uint64_t count = (uint64_t)op->count, bytes = bytes_of(at, count);
    int64_t first_repeat = shape->count < shape->lanes ? shape->count : shape->lanes;

    switch (op->code) {
    case KOP_vsel:
        return operand == OPERAND_C ? bit_bytes(op->count) : lanes_extent(op, shape, operand);
    case KOP_vselr:
        return operand == OPERAND_C ? bit_bytes(first_repeat)
                                    : lanes_extent(op, shape, operand);
    case KOP_vsels:
        return operand == OPERAND_B ? bit_bytes(op->count) : lanes_extent(op, shape, operand);
    case KOP_vcmp:
        return dst ? bit_bytes(first_repeat) : bytes_of(at, (uint64_t)first_repeat);
    case KOP_vcmpv:
    case KOP_vcmpvs:
        return dst ? bit_bytes(op->count) : lanes_extent(op, shape, operand);
    case KOP_vcadd:
        return dst ? bytes_of(at, (uint64_t)shape->repeats) : lanes_extent(op, shape, operand);
    case KOP_vcmax:
    case KOP_vcmin:
        return dst ? bytes_of(at, (op->order == ORDER_VALUE ? 1 : 2) * (uint64_t)shape->repeats)
                   : lanes_extent(op, shape, operand);
    case KOP_vcgadd:
    case KOP_vcgmax:
    case KOP_vcgmin:
        return dst ? bytes_of(at, divided_up(bytes, UB_BLOCK))
                   : lanes_extent(op, shape, operand);
    case KOP_vcpadd:
        return dst ? bytes_of(at, divided_up(count, 2)) : lanes_extent(op, shape, operand);
    case KOP_vbrcb:
        return dst ? blocks_extent(shape) : bytes;
    case KOP_vgather:
        return operand == OPERAND_A ? most(at, UINT64_MAX) : bytes;
    case KOP_vscatter:
        return dst ? most(at, UINT64_MAX) : bytes;
    case KOP_vintlv:
        return dst ? 2 * bytes : bytes;
    case KOP_vdintlv:
        return dst ? planes_extent(2, bytes, op->dst_plane, bytes) : 2 * bytes;
    case KOP_vgatherb:
        if (operand == OPERAND_A)
            return most(at, UINT64_MAX);
        return dst ? bytes
                   : bytes_of(at, divided_up(bytes_of(&op->at[OPERAND_DST], count), UB_BLOCK));
    case KOP_vreduce:
    case KOP_vreducev2:
    case KOP_vreducev2p:
        if (at->space == SPACE_SPR)
            return bytes_of(at, 1);
        if (operand == OPERAND_B)
            return bit_bytes(op->code == KOP_vreduce ? first_repeat : op->count);
        return dst ? most(at, bytes) : lanes_extent(op, shape, operand);
    case KOP_vbitsort:
        return dst ? count * RECORD_BYTES : bytes;
    case KOP_vmrgsort:
        return count * RECORD_BYTES;
    case KOP_vmrgsort4:
        if (operand == OPERAND_B)
            return bytes_of(at, 1);
        return dst ? count * RECORD_BYTES : lists_extent(op);
    default:
        return lanes_extent(op, shape, operand);
    }
}

static uint64_t extent(const struct kop *op, const struct vec_shape *shape, unsigned operand)
{
    switch (op->code) {
    case KOP_load_nz:
        return load_nz_extent(op, operand);
    case KOP_fixpipe:
    case KOP_fixpipev:
    case KOP_l0c_to_ub:
        return fixpipe_extent(op, operand);
    case KOP_fixpipe_ub: {
        struct kop half = op->dual != 0 && operand == OPERAND_DST ? kop_half(op, 0) : *op;
        return fixpipe_extent(&half, operand);
    }
    case KOP_load_l0a:
        return load_l0_extent(op, operand, op->m);
    case KOP_load_l0b:
        return load_l0_extent(op, operand, op->n);
    case KOP_load3d:
        return operand == OPERAND_DST
                   ? l0_extent(&op->at[operand], op->m, op->k)
                   : (uint64_t)(op->planes * op->rows * op->cols) * FRACTAL_ROW;
    case KOP_mmad:
    case KOP_mmad_bias:
        return mmad_extent(op, operand);
    case KOP_put:
        return bytes_of(&op->at[operand], 1);
    default:
        break;
    }
    if (shape != NULL)
        return vector_extent(op, shape, operand);
    bool dst = operand == OPERAND_DST;
    return copy_extent(op, (uint64_t)op->bytes + (dst ? kop_padding(op) : 0), dst);
}

void kop_extents(const struct kop *op, uint64_t extents[KOP_OPERANDS])
{
    bool is_vector = (kop_info[op->code].needs >> ATTR_count & 1) != 0;
    struct vec_shape shape;

    if (is_vector)
        shape = kop_vec_shape(op);
    for (unsigned i = 0; i < KOP_OPERANDS; i++)
        extents[i] = op->at[i].present ? extent(op, is_vector ? &shape : NULL, i) : 0;
}
