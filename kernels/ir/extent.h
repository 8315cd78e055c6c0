#ifndef NPUSIM_KERNELS_IR_EXTENT_H
#define NPUSIM_KERNELS_IR_EXTENT_H
/* How far an operation reaches into its operands. Costs no loop over rows or lanes. */
#include "kernels/ir/op.h"

/*
 * For each operand the bytes from its address to the end of the last byte
 * touched, 0 when nothing is. Gaps between rows, blocks and repeats count. Where the
 * extent depends on data (the source of a gather, the destination of a squeeze)
 * it is the most that can be, and no more than the object has left.
 *
 * The attributes must be in the ranges of exec_check.
 */
void kop_extents(const struct kop *op, uint64_t extents[KOP_OPERANDS]);

#endif
