#ifndef NPUSIM_KERNELS_IR_UNSET_H
#define NPUSIM_KERNELS_IR_UNSET_H
/*
 * Which bytes of a result follow from bytes that nothing has set.
 *
 * The operation itself says so: it is carried out several times on copies in which
 * the bytes that are not set have other values each time. A byte of the result that
 * is not always the same follows from them. Padding, dead lanes and masked elements
 * thus make no difference, for any operation, and no rule has to be kept for each.
 * A value that has the same effect for all the values tried is not found.
 */
#include "kernels/ir/extent.h"

/*
 * `at` is the operation's memory before it is carried out, extents[i] bytes of each
 * operand, and is left alone. set[i] says which of them are set; that of each
 * operand that op writes is changed to say it of the result.
 */
void unset_follow(const struct kop *op, uint8_t *const at[KOP_OPERANDS],
                  const uint64_t extents[KOP_OPERANDS], bool *const set[KOP_OPERANDS]);

#endif
