/*
 * Whether an operation may be carried out, judged by its numbers alone. It is
 * asked about every operation of every run: no loop here is over rows or lanes.
 */
#include "kernels/ir/exec.h"
#include "kernels/ir/extent.h"
#include "kernels/ir/merge.h"
#include "kernels/ir/walk.h"
#include "kernels/ir/window.h"

#include <inttypes.h>

/* The ranges keep every product that kop_extents computes within 64 bits. */
#define SIZE_MOST (INT64_C(1) << 31)
#define SIDE_MOST (INT64_C(1) << 24) /* of a matrix */
#define PLANES_MOST (INT64_C(1) << 12)
#define PAD_MOST 255    /* elements, or positions of a feature map */
#define KERNEL_MOST 255 /* of a convolution, as is its dilation */
#define STRIDE_MOST 63
#define BLOCKS_MOST (INT64_C(1) << 16) /* of 32 bytes */

/* X(attribute, least, most); -1 of a vector stride: not given. */
#define RANGES(X)                                                                              \
    X(m, 0, SIDE_MOST)                                                                         \
    X(k, 0, SIDE_MOST)                                                                         \
    X(n, 0, SIDE_MOST)                                                                         \
    X(cols, 0, SIDE_MOST)                                                                      \
    X(nz_rows, 0, SIDE_MOST)                                                                   \
    X(rows, 0, SIDE_MOST)                                                                      \
    X(planes, 0, PLANES_MOST)                                                                  \
    X(src_plane, 0, SIZE_MOST)                                                                 \
    X(dst_plane, 0, SIZE_MOST)                                                                 \
    X(bytes, 0, SIZE_MOST)                                                                     \
    X(count, 0, SIZE_MOST)                                                                     \
    X(src_stride, 0, SIZE_MOST)                                                                \
    X(dst_stride, 0, SIZE_MOST)                                                                \
    X(transpose, 0, 1)                                                                         \
    X(init, 0, 1)                                                                              \
    X(hf32, 0, 1)                                                                              \
    X(nz, 0, 1)                                                                                \
    X(split, 0, 1)                                                                             \
    X(relu, 0, 1)                                                                              \
    X(counter, 0, 1)                                                                           \
    X(pattern, 0, KPATTERNS)                                                                   \
    X(pad_left, 0, PAD_MOST)                                                                   \
    X(pad_right, 0, PAD_MOST)                                                                  \
    X(pad_top, 0, PAD_MOST)                                                                    \
    X(pad_bottom, 0, PAD_MOST)                                                                 \
    X(kernel_h, 0, KERNEL_MOST)                                                                \
    X(kernel_w, 0, KERNEL_MOST)                                                                \
    X(stride_h, 1, STRIDE_MOST)                                                                \
    X(stride_w, 1, STRIDE_MOST)                                                                \
    X(dilate_h, 1, KERNEL_MOST)                                                                \
    X(dilate_w, 1, KERNEL_MOST)                                                                \
    X(m_start, 0, SIDE_MOST)                                                                   \
    X(k_start, 0, SIDE_MOST)                                                                   \
    X(suspend, 0, 1)                                                                           \
    X(lists, 2, KLISTS_MAX)                                                                    \
    X(sub, 0, 1)                                                                               \
    X(dual, 0, 2)                                                                              \
    X(shift, 0, 31)                                                                            \
    X(mask, 0, VECTOR_BYTES * 2)                                                               \
    X(dst_blk, -1, BLOCKS_MOST)                                                                \
    X(a_blk, -1, BLOCKS_MOST)                                                                  \
    X(b_blk, -1, BLOCKS_MOST)                                                                  \
    X(dst_rep, -1, BLOCKS_MOST)                                                                \
    X(a_rep, -1, BLOCKS_MOST)                                                                  \
    X(b_rep, -1, BLOCKS_MOST)

struct check {
    const struct kernel *kernel;
    enum core_kind kind;
    const struct kop *op;
    struct diag *diag;
    enum exec_fault fault; /* what it is when the check fails */
};

static const char *op_name(const struct kop *op)
{
    return op->code == KOP_COUNT ? "read" : kop_info[op->code].name;
}

static struct loc where(const struct check *check)
{
    return walk_loc(check->kernel, check->kind, check->op->instr);
}

static bool in_range(const struct check *check, const char *attr, int64_t value, int64_t least,
                     int64_t most)
{
    if (value >= least && value <= most)
        return true;
    return diag_fail(check->diag, where(check),
                     "%s: %s is %" PRId64 "; expected %" PRId64 "..%" PRId64,
                     op_name(check->op), attr, value, least, most);
}

static bool attributes_in_range(const struct check *check)
{
    const struct kop *op = check->op;

#define X(attr, least, most)                                                                   \
    if (!in_range(check, #attr, op->attr, least, most))                                        \
        return false;
    RANGES(X)
#undef X
    return true;
}

static bool multiple_of(const struct check *check, const char *attr, int64_t value, int64_t of)
{
    if (value % of == 0)
        return true;
    return diag_fail(check->diag, where(check),
                     "%s: %s is %" PRId64 "; expected a multiple of %" PRId64,
                     op_name(check->op), attr, value, of);
}

/* A matrix of `rows` rows must fit the columns that hold it. */
static bool rows_fit(const struct check *check, const char *attr, int64_t rows)
{
    if (rows <= check->op->nz_rows)
        return true;
    return diag_fail(check->diag, where(check),
                     "%s: %s is %" PRId64 "; expected at most nz_rows, %" PRId64,
                     op_name(check->op), attr, rows, check->op->nz_rows);
}

/* Two elements of i4 share a byte. An offset has nine bits. */
static bool quantises(const struct check *check)
{
    const struct kop *op = check->op;
    const struct dtype_info *to = &dtype_info[op->at[OPERAND_DST].dtype];

    if (to->bits < 8 && !multiple_of(check, "n", op->n, 2))
        return false;
    if (op->scalar == 0)
        return true;
    if (to->bits > 8)
        return diag_fail(check->diag, where(check),
                         "%s: an offset (scalar) to %s; expected to i4, i8 or u8", op_name(op),
                         to->name);
    if (op->scalar >= -256 && op->scalar <= 255 && op->scalar == (double)(int)op->scalar)
        return true;
    return diag_fail(check->diag, where(check),
                     "%s: scalar is %g; expected a whole number from -256 to 255", op_name(op),
                     op->scalar);
}

static bool fixpipe_fits(const struct check *check)
{
    const struct kop *op = check->op;

    if (!rows_fit(check, "m", op->m) ||
        !multiple_of(check, "nz_rows", op->nz_rows, CUBE_SIDE) || !quantises(check))
        return false;
    if (op->nz == 0 || op->dst_stride == 0 || op->m <= op->dst_stride)
        return true;
    return diag_fail(check->diag, where(check),
                     "%s: m is %" PRId64 "; expected at most dst_stride, %" PRId64, op_name(op),
                     op->m, op->dst_stride);
}

/* Two vector cores get halves of whole rows, or of whole columns of fractals. */
static bool halves_fit(const struct check *check)
{
    const struct kop *op = check->op;

    if (op->dual == 1)
        return multiple_of(check, "m", op->m, 2);
    return op->dual == 0 || multiple_of(check, "n", op->n, (int64_t)2 * CUBE_SIDE);
}

static bool atomic_possible(const struct check *check)
{
    const struct kop *op = check->op;
    const struct kaddr *dst = &op->at[OPERAND_DST];
    const struct dtype_info *type = &dtype_info[dst->dtype];

    if (op->atomic == ATOMIC_NONE)
        return true;
    if (dst->space != SPACE_GM)
        return diag_fail(check->diag, where(check), "%s: atomic %s into %s; expected into gm",
                         op_name(op), atomic_names[op->atomic], space_names[dst->space]);
    switch (dst->dtype) {
    case DT_f16:
    case DT_bf16:
    case DT_f32:
    case DT_i8:
    case DT_i16:
    case DT_i32:
        return op->code != KOP_store || multiple_of(check, "bytes", op->bytes, type->bits / 8);
    default:
        return diag_fail(check->diag, where(check),
                         "%s: atomic %s of %s; expected f16, bf16, f32, i8, i16 or i32",
                         op_name(op), atomic_names[op->atomic], type->name);
    }
}

static bool hf32_possible(const struct check *check)
{
    const struct kop *op = check->op;
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;

    return op->hf32 == 0 || type == DT_f32 ||
           diag_fail(check->diag, where(check), "%s: hf32 of %s; expected f32", op_name(op),
                     dtype_info[type].name);
}

static bool mask_possible(const struct check *check)
{
    if (check->op->mask == 0)
        return true;
    struct kop unmasked = *check->op;
    unmasked.mask = 0;
    return in_range(check, "mask", check->op->mask, 0, kop_vec_shape(&unmasked).lanes);
}

/* An operation must not write over its own results. */
static bool strides_possible(const struct check *check)
{
    const struct kop *op = check->op;
    struct vec_shape shape = kop_vec_shape(op);
    unsigned bits = dtype_info[op->at[OPERAND_DST].dtype].bits;
    int64_t lanes = shape.count < shape.lanes ? shape.count : shape.lanes;

    if (shape.repeats > 1 &&
        !in_range(check, "dst_rep", shape.rep[OPERAND_DST], 1, BLOCKS_MOST))
        return false;
    return lanes * bits <= UB_BLOCK * 8 ||
           in_range(check, "dst_blk", shape.blk[OPERAND_DST], 1, BLOCKS_MOST);
}

/* All rows of all planes together are no more than those of one matrix may be. */
static bool planes_possible(const struct check *check)
{
    const struct kop *op = check->op;
    return op->planes <= 1 || in_range(check, "rows", op->rows, 0, SIDE_MOST / op->planes);
}

/* On either side a block at most, of whole bytes. */
static bool padding_possible(const struct check *check)
{
    const struct kop *op = check->op;
    int64_t bits = dtype_info[op->at[OPERAND_DST].dtype].bits;
    int64_t most = bits < 8 ? 0 : UB_BLOCK * 8 / bits;

    return in_range(check, "pad_left", op->pad_left, 0, most) &&
           in_range(check, "pad_right", op->pad_right, 0, most);
}

static bool map_fits(const struct check *check)
{
    const struct kop *op = check->op;
    int64_t high = op->rows + op->pad_top + op->pad_bottom;
    int64_t wide = op->cols + op->pad_left + op->pad_right;

    return in_range(check, "rows", op->rows, 1, WINDOW_MAP_MOST) &&
           in_range(check, "cols", op->cols, 1, WINDOW_MAP_MOST) &&
           in_range(check, "kernel_h", op->kernel_h, 1, (high - 1) / op->dilate_h + 1) &&
           in_range(check, "kernel_w", op->kernel_w, 1, (wide - 1) / op->dilate_w + 1);
}

/* Whole fractals begin what is loaded, and it ends within the matrix. */
static bool windows_fit(const struct check *check)
{
    const struct kop *op = check->op;
    int64_t c0 = fractal_across((enum dtype)op->at[OPERAND_A].dtype);
    int64_t m = window_down(op) * window_across(op), k = window_groups(op) * c0;

    return multiple_of(check, "m_start", op->m_start, CUBE_SIDE) &&
           multiple_of(check, "k_start", op->k_start, c0) &&
           in_range(check, "m_start", op->m_start, 0, m) &&
           in_range(check, "k_start", op->k_start, 0, k) &&
           in_range(check, "m", op->m, 0, m - op->m_start) &&
           in_range(check, "k", op->k, 0, k - op->k_start);
}

static bool lists_agree(const struct check *check)
{
    const struct kop *op = check->op;
    struct merge merge = merge_of(op);
    uint64_t total = 0;

    for (size_t i = 0; i < merge.lists; i++)
        total += merge.length[i];
    if (total != (uint64_t)op->count)
        return diag_fail(check->diag, where(check),
                         "%s: count is %" PRId64 "; expected %" PRIu64
                         ", that of its %zu lists",
                         op_name(op), op->count, total, merge.lists);
    return multiple_of(check, "src_stride", op->src_stride, RECORD_BYTES);
}

/* The second half of what vdintlv writes begins a block of its own. */
static bool dst_plane_possible(const struct check *check)
{
    const struct kop *op = check->op;
    int64_t bytes = op->count * (dtype_info[op->at[OPERAND_DST].dtype].bits / 8);

    return op->dst_plane == 0 ||
           (multiple_of(check, "dst_plane", op->dst_plane, UB_BLOCK) &&
            in_range(check, "dst_plane", op->dst_plane, bytes, SIZE_MOST));
}

static bool numbers_agree(const struct check *check)
{
    const struct kop *op = check->op;

    switch (op->code) {
    case KOP_load_nz:
        return rows_fit(check, "rows", op->rows) && planes_possible(check);
    case KOP_load_ub:
        return planes_possible(check) && padding_possible(check);
    case KOP_load_l1:
    case KOP_ub_to_l1:
    case KOP_l1_to_ub:
    case KOP_copy_ub:
        return planes_possible(check);
    case KOP_load3d:
        return map_fits(check) && windows_fit(check);
    case KOP_load_l0a:
        return op->transpose != 0 ? rows_fit(check, "k", op->k) : rows_fit(check, "m", op->m);
    case KOP_load_l0b:
        return op->transpose != 0 ? rows_fit(check, "k", op->k) : rows_fit(check, "n", op->n);
    case KOP_fixpipe:
    case KOP_fixpipev:
        return fixpipe_fits(check) && atomic_possible(check);
    case KOP_fixpipe_ub:
        return fixpipe_fits(check) && halves_fit(check);
    case KOP_store:
        return atomic_possible(check) && planes_possible(check);
    case KOP_mmad:
    case KOP_mmad_bias:
        return hf32_possible(check);
    case KOP_vmrgsort:
        return multiple_of(check, "count", op->count, op->lists);
    case KOP_vmrgsort4:
        return lists_agree(check);
    case KOP_vdintlv:
        return dst_plane_possible(check);
    case KOP_vbitsort:
        return multiple_of(check, "count", op->count, SORT_LANES);
    case KOP_vnchwconv:
        return in_range(check, "pattern", op->pattern, 0, kop_halves(op) ? 3 : 0) &&
               multiple_of(check, "count", op->count, kop_vec_shape(op).lanes) &&
               strides_possible(check);
    case KOP_vbrcb:
        return strides_possible(check);
    case KOP_vreducev2p:
        return in_range(check, "pattern", op->pattern, 1, KPATTERNS) && mask_possible(check);
    case KOP_set_flag:
    case KOP_wait_flag:
        return in_range(check, "id", op->id, 0, KFLAG_IDS - 1);
    case KOP_cross_set:
    case KOP_cross_wait:
        return in_range(check, "id", op->id, 0, KCROSS_IDS - 1);
    default:
        break;
    }
    uint64_t takes = kop_info[op->code].takes;
    return ((takes >> ATTR_mask & 1) == 0 || mask_possible(check)) &&
           ((takes >> ATTR_dst_rep & 1) == 0 || strides_possible(check));
}

static bool operand_inside(struct check *check, unsigned operand, uint64_t extent)
{
    check->fault = FAULT_PLACE;
    const struct kaddr *at = &check->op->at[operand];
    bool tensor = at->space == SPACE_GM;
    const char *object = tensor ? check->kernel->tensors[at->object].name
                                : check->kernel->programs[check->kind].tiles[at->object].name;
    const char *kind = tensor ? "tensor" : "tile", *name = kop_operand_names[operand];

    if (at->offset < 0 || (uint64_t)at->offset > at->size)
        return diag_fail(check->diag, where(check),
                         "%s: %s begins at byte %" PRId64 " of %s %s, which has %" PRIu64,
                         op_name(check->op), name, at->offset, kind, object, at->size);

    uint64_t offset = (uint64_t)at->offset;
    if (extent > at->size - offset)
        return diag_fail(check->diag, where(check),
                         "%s: %s ends at byte %" PRIu64 " of %s %s, which has %" PRIu64,
                         op_name(check->op), name, offset + extent, kind, object, at->size);

    /* Only the scalar unit reaches single elements. */
    bool scalar = check->op->code == KOP_COUNT || kop_info[check->op->code].pipe == PIPE_S;
    unsigned align = scalar ? 1 : space_align[at->space];
    check->fault = FAULT_ALIGN;
    if ((at->base + offset) % align != 0)
        return diag_fail(check->diag, where(check),
                         "%s: %s is at byte %" PRIu64 " of %s; expected a multiple of %u",
                         op_name(check->op), name, at->base + offset, space_names[at->space],
                         align);
    return true;
}

/* A read by the scalar unit is no operation: all there is to it is the address. */
static bool read_inside(struct check *check)
{
    const struct kaddr *at = &check->op->at[OPERAND_A];
    return operand_inside(check, OPERAND_A, dtype_bytes((enum dtype)at->dtype, 1));
}

static bool is_right(struct check *check)
{
    const struct kop *op = check->op;
    uint64_t extents[KOP_OPERANDS];

    if (op->code == KOP_COUNT)
        return read_inside(check);
    check->fault = FAULT_NUMBER;
    if (!attributes_in_range(check) || !numbers_agree(check))
        return false;

    kop_extents(op, extents);
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        if (op->at[i].present && !operand_inside(check, i, extents[i]))
            return false;
    }
    return true;
}

bool exec_check(const struct kernel *kernel, enum core_kind kind, const struct kop *op,
                struct diag *diag)
{
    struct check check = { .kernel = kernel, .kind = kind, .op = op, .diag = diag };
    return is_right(&check);
}

enum exec_fault exec_fault(const struct kernel *kernel, enum core_kind kind,
                           const struct kop *op)
{
    struct diag unused = { .text = "" };
    struct check check = { .kernel = kernel, .kind = kind, .op = op, .diag = &unused };
    (void)is_right(&check);
    return check.fault;
}
