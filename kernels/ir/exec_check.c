/*
 * Whether an operation may be carried out, judged by its numbers alone. It is
 * asked about every operation of every run: no loop here is over rows or lanes.
 */
#include "kernels/ir/exec_check_impl.h"
#include "kernels/ir/extent.h"
#include "kernels/ir/walk.h"

#include <inttypes.h>

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

const char *check_op_name(const struct kop *op)
{
    return op->code == KOP_COUNT ? "read" : kop_info[op->code].name;
}

struct loc check_where(const struct check *check)
{
    return walk_loc(check->kernel, check->kind, check->op->instr);
}

bool check_in_range(const struct check *check, const char *attr, int64_t value, int64_t least,
                    int64_t most)
{
    if (value >= least && value <= most)
        return true;
    return diag_fail(check->diag, check_where(check),
                     "%s: %s is %" PRId64 "; expected %" PRId64 "..%" PRId64,
                     check_op_name(check->op), attr, value, least, most);
}

static bool attributes_in_range(const struct check *check)
{
    const struct kop *op = check->op;

    /* Of fifty numbers hardly one is ever wrong: no call for those that are right. */
#define X(attr, least, most)                                                                   \
    if (op->attr < (least) || op->attr > (most))                                               \
        return check_in_range(check, #attr, op->attr, least, most);
    RANGES(X)
#undef X
    return true;
}

bool check_multiple_of(const struct check *check, const char *attr, int64_t value, int64_t of)
{
    if (value % of == 0)
        return true;
    return diag_fail(check->diag, check_where(check),
                     "%s: %s is %" PRId64 "; expected a multiple of %" PRId64,
                     check_op_name(check->op), attr, value, of);
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
        return diag_fail(check->diag, check_where(check),
                         "%s: %s begins at byte %" PRId64 " of %s %s, which has %" PRIu64,
                         check_op_name(check->op), name, at->offset, kind, object, at->size);

    uint64_t offset = (uint64_t)at->offset;
    if (extent > at->size - offset)
        return diag_fail(check->diag, check_where(check),
                         "%s: %s ends at byte %" PRIu64 " of %s %s, which has %" PRIu64,
                         check_op_name(check->op), name, offset + extent, kind, object,
                         at->size);

    /* Only the scalar unit reaches single elements. */
    bool scalar = check->op->code == KOP_COUNT || kop_info[check->op->code].pipe == PIPE_S;
    unsigned align = scalar ? 1 : space_align[at->space];
    check->fault = FAULT_ALIGN;
    if ((at->base + offset) % align != 0)
        return diag_fail(check->diag, check_where(check),
                         "%s: %s is at byte %" PRIu64 " of %s; expected a multiple of %u",
                         check_op_name(check->op), name, at->base + offset,
                         space_names[at->space], align);
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
    if (!attributes_in_range(check) || !check_numbers(check))
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
