/* Whether the numbers of an operation go together: a function for each kind of agreement. */
#include "kernels/ir/exec_check_impl.h"
#include "kernels/ir/extent.h"
#include "kernels/ir/merge.h"
#include "kernels/ir/window.h"

#include <inttypes.h>

/* A matrix of `rows` rows must fit the columns that hold it. */
static bool rows_fit(const struct check *check, const char *attr, int64_t rows)
{
    if (rows <= check->op->nz_rows)
        return true;
    return diag_fail(check->diag, check_where(check),
                     "%s: %s is %" PRId64 "; expected at most nz_rows, %" PRId64,
                     check_op_name(check->op), attr, rows, check->op->nz_rows);
}

/* Two elements of i4 share a byte. An offset has nine bits. */
static bool quantises(const struct check *check)
{
    const struct kop *op = check->op;
    const struct dtype_info *to = &dtype_info[op->at[OPERAND_DST].dtype];

    if (to->bits < 8 && !check_multiple_of(check, "n", op->n, 2))
        return false;
    if (op->scalar == 0)
        return true;
    if (to->bits > 8)
        return diag_fail(check->diag, check_where(check),
                         "%s: an offset (scalar) to %s; expected to i4, i8 or u8",
                         check_op_name(op), to->name);
    if (op->scalar >= -256 && op->scalar <= 255 && op->scalar == (double)(int)op->scalar)
        return true;
    return diag_fail(check->diag, check_where(check),
                     "%s: scalar is %g; expected a whole number from -256 to 255",
                     check_op_name(op), op->scalar);
}

static bool fixpipe_fits(const struct check *check)
{
    const struct kop *op = check->op;

    if (!rows_fit(check, "m", op->m) ||
        !check_multiple_of(check, "nz_rows", op->nz_rows, CUBE_SIDE) || !quantises(check))
        return false;
    if (!kop_keeps_nz(op) || op->dst_stride == 0 || op->m <= op->dst_stride)
        return true;
    return diag_fail(check->diag, check_where(check),
                     "%s: m is %" PRId64 "; expected at most dst_stride, %" PRId64,
                     check_op_name(op), op->m, op->dst_stride);
}

/* Two vector cores get halves of whole rows, or of whole columns of fractals. */
static bool halves_fit(const struct check *check)
{
    const struct kop *op = check->op;

    if (op->dual == 1)
        return check_multiple_of(check, "m", op->m, 2);
    return op->dual == 0 || check_multiple_of(check, "n", op->n, (int64_t)2 * CUBE_SIDE);
}

static bool atomic_possible(const struct check *check)
{
    const struct kop *op = check->op;
    const struct kaddr *dst = &op->at[OPERAND_DST];
    const struct dtype_info *type = &dtype_info[dst->dtype];

    if (op->atomic == ATOMIC_NONE)
        return true;
    if (dst->space != SPACE_GM)
        return diag_fail(check->diag, check_where(check),
                         "%s: atomic %s into %s; expected into gm", check_op_name(op),
                         atomic_names[op->atomic], space_names[dst->space]);
    switch (dst->dtype) {
    case DT_f16:
    case DT_bf16:
    case DT_f32:
    case DT_i8:
    case DT_i16:
    case DT_i32:
        return op->code != KOP_store ||
               check_multiple_of(check, "bytes", op->bytes, type->bits / 8);
    default:
        return diag_fail(check->diag, check_where(check),
                         "%s: atomic %s of %s; expected f16, bf16, f32, i8, i16 or i32",
                         check_op_name(op), atomic_names[op->atomic], type->name);
    }
}

static bool hf32_possible(const struct check *check)
{
    const struct kop *op = check->op;
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;

    return op->hf32 == 0 || type == DT_f32 ||
           diag_fail(check->diag, check_where(check), "%s: hf32 of %s; expected f32",
                     check_op_name(op), dtype_info[type].name);
}

static bool mask_possible(const struct check *check)
{
    if (check->op->mask == 0)
        return true;
    struct kop unmasked = *check->op;
    unmasked.mask = 0;
    return check_in_range(check, "mask", check->op->mask, 0, kop_vec_shape(&unmasked).lanes);
}

/* An operation must not write over its own results. */
static bool strides_possible(const struct check *check)
{
    const struct kop *op = check->op;
    struct vec_shape shape = kop_vec_shape(op);
    unsigned bits = dtype_info[op->at[OPERAND_DST].dtype].bits;
    int64_t lanes = shape.count < shape.lanes ? shape.count : shape.lanes;

    if (shape.repeats > 1 &&
        !check_in_range(check, "dst_rep", shape.rep[OPERAND_DST], 1, BLOCKS_MOST))
        return false;
    return lanes * bits <= UB_BLOCK * 8 ||
           check_in_range(check, "dst_blk", shape.blk[OPERAND_DST], 1, BLOCKS_MOST);
}

/* All rows of all planes together are no more than those of one matrix may be. */
static bool planes_possible(const struct check *check)
{
    const struct kop *op = check->op;
    return op->planes <= 1 ||
           check_in_range(check, "rows", op->rows, 0, SIDE_MOST / op->planes);
}

/* On either side a block at most, of whole bytes. */
static bool padding_possible(const struct check *check)
{
    const struct kop *op = check->op;
    int64_t bits = dtype_info[op->at[OPERAND_DST].dtype].bits;
    int64_t most = bits < 8 ? 0 : UB_BLOCK * 8 / bits;

    return check_in_range(check, "pad_left", op->pad_left, 0, most) &&
           check_in_range(check, "pad_right", op->pad_right, 0, most);
}

static bool map_fits(const struct check *check)
{
    const struct kop *op = check->op;
    int64_t high = op->rows + op->pad_top + op->pad_bottom;
    int64_t wide = op->cols + op->pad_left + op->pad_right;

    return check_in_range(check, "rows", op->rows, 1, WINDOW_MAP_MOST) &&
           check_in_range(check, "cols", op->cols, 1, WINDOW_MAP_MOST) &&
           check_in_range(check, "kernel_h", op->kernel_h, 1, (high - 1) / op->dilate_h + 1) &&
           check_in_range(check, "kernel_w", op->kernel_w, 1, (wide - 1) / op->dilate_w + 1);
}

/* Whole fractals begin what is loaded, and it ends within the matrix. */
static bool windows_fit(const struct check *check)
{
    const struct kop *op = check->op;
    int64_t c0 = fractal_across((enum dtype)op->at[OPERAND_A].dtype);
    int64_t m = window_down(op) * window_across(op), k = window_groups(op) * c0;

    return check_multiple_of(check, "m_start", op->m_start, CUBE_SIDE) &&
           check_multiple_of(check, "k_start", op->k_start, c0) &&
           check_in_range(check, "m_start", op->m_start, 0, m) &&
           check_in_range(check, "k_start", op->k_start, 0, k) &&
           check_in_range(check, "m", op->m, 0, m - op->m_start) &&
           check_in_range(check, "k", op->k, 0, k - op->k_start);
}

static bool lists_agree(const struct check *check)
{
    const struct kop *op = check->op;
    struct merge merge = merge_of(op);
    uint64_t total = 0;

    for (size_t i = 0; i < merge.lists; i++)
        total += merge.length[i];
    if (total != (uint64_t)op->count)
        return diag_fail(check->diag, check_where(check),
                         "%s: count is %" PRId64 "; expected %" PRIu64
                         ", that of its %zu lists",
                         check_op_name(op), op->count, total, merge.lists);
    return check_multiple_of(check, "src_stride", op->src_stride, RECORD_BYTES);
}

/* The second half of what vdintlv writes begins a block of its own. */
static bool dst_plane_possible(const struct check *check)
{
    const struct kop *op = check->op;
    int64_t bytes = op->count * (dtype_info[op->at[OPERAND_DST].dtype].bits / 8);

    return op->dst_plane == 0 ||
           (check_multiple_of(check, "dst_plane", op->dst_plane, UB_BLOCK) &&
            check_in_range(check, "dst_plane", op->dst_plane, bytes, SIZE_MOST));
}

bool check_numbers(const struct check *check)
{
    const struct kop *op = check->op;

    switch (op->code) {
    case KOP_load_nz:
        return rows_fit(check, "rows", op->rows) && planes_possible(check);
    case KOP_fill_l1:
    case KOP_fill_l0:
        return check_multiple_of(check, "bytes", op->bytes,
                                 dtype_info[op->at[OPERAND_DST].dtype].bits / 8);
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
    case KOP_l0c_to_ub:
        return fixpipe_fits(check);
    case KOP_fixpipe_ub:
        return fixpipe_fits(check) && halves_fit(check);
    case KOP_store:
        return atomic_possible(check) && planes_possible(check);
    case KOP_mmad:
    case KOP_mmad_bias:
        return hf32_possible(check);
    case KOP_vmrgsort:
        return check_multiple_of(check, "count", op->count, op->lists);
    case KOP_vmrgsort4:
        return lists_agree(check);
    case KOP_vdintlv:
        return dst_plane_possible(check);
    case KOP_vbitsort:
        return check_multiple_of(check, "count", op->count, SORT_LANES);
    case KOP_vnchwconv:
        return check_in_range(check, "pattern", op->pattern, 0, kop_halves(op) ? 3 : 0) &&
               check_multiple_of(check, "count", op->count, kop_vec_shape(op).lanes) &&
               strides_possible(check);
    case KOP_vbrcb:
        return strides_possible(check);
    case KOP_vreducev2p:
        return check_in_range(check, "pattern", op->pattern, 1, KPATTERNS) &&
               mask_possible(check);
    case KOP_set_flag:
    case KOP_wait_flag:
        return check_in_range(check, "id", op->id, 0, KFLAG_IDS - 1);
    case KOP_cross_set:
    case KOP_cross_wait:
        return check_in_range(check, "id", op->id, 0, KCROSS_IDS - 1);
    default:
        break;
    }
    uint64_t takes = kop_info[op->code].takes;
    return ((takes >> ATTR_mask & 1) == 0 || mask_possible(check)) &&
           ((takes >> ATTR_dst_rep & 1) == 0 || strides_possible(check));
}
