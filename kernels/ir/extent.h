#ifndef NPUSIM_KERNELS_IR_EXTENT_H
#define NPUSIM_KERNELS_IR_EXTENT_H
/* How far an operation reaches into its operands. Takes no loop over rows or lanes. */
#include "kernels/ir/op.h"

#define RECORD_BYTES 8 /* of vmrgsort: a value in the low bytes of a word, and a u32 index */

/* The units that it takes to hold `length`. */
static inline uint64_t divided_up(uint64_t length, uint64_t unit)
{
    return (length + unit - 1) / unit;
}

/* Elements of a fractal row: the C0 of the vendor's documents. */
static inline unsigned fractal_across(enum dtype type)
{
    return FRACTAL_ROW * 8 / dtype_info[type].bits;
}

/*
 * For each operand the bytes from its address to the end of the last byte
 * touched, 0 when nothing is. Gaps between rows, blocks and repeats count. Where
 * the extent depends on data (the source of a gather, the destination of a
 * squeeze) it is the most that can be, and no more than the object has left.
 *
 * The attributes must be in the ranges of exec_check.
 */
void kop_extents(const struct kop *op, uint64_t extents[KOP_OPERANDS]);

#endif
