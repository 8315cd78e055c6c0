#ifndef NPUSIM_KERNELS_IR_EXEC_CHECK_IMPL_H
#define NPUSIM_KERNELS_IR_EXEC_CHECK_IMPL_H
/* What the exec_check*.c files share: an operation being checked, and how numbers are refused.
 */
#include "kernels/ir/exec.h"

/* The ranges keep every product that kop_extents computes within 64 bits. */
#define SIZE_MOST (INT64_C(1) << 31)
#define SIDE_MOST (INT64_C(1) << 24) /* of a matrix */
#define PLANES_MOST (INT64_C(1) << 12)
#define PAD_MOST 255    /* elements, or positions of a feature map */
#define KERNEL_MOST 255 /* of a convolution, as is its dilation */
#define STRIDE_MOST 63
#define BLOCKS_MOST (INT64_C(1) << 16) /* of 32 bytes */

struct check {
    const struct kernel *kernel;
    enum core_kind kind;
    const struct kop *op;
    struct diag *diag;
    enum exec_fault fault; /* what it is when the check fails */
};

const char *check_op_name(const struct kop *op);
struct loc check_where(const struct check *check);
bool check_in_range(const struct check *check, const char *attr, int64_t value, int64_t least,
                    int64_t most);
bool check_multiple_of(const struct check *check, const char *attr, int64_t value, int64_t of);

/* Whether the numbers of an operation, each of which is in its range, go together. */
bool check_numbers(const struct check *check);

#endif
