#ifndef NPUSIM_KERNELS_IR_FOOTPRINT_H
#define NPUSIM_KERNELS_IR_FOOTPRINT_H
/*
 * Which bytes an operation touches: the exact ones, as ranges without gaps, where
 * kop_extents only says how far it reaches. Where data decides which bytes
 * (a gather, a scatter) it is all that may be touched; of an mmad's sources whole fractals,
 * which the loads have filled.
 */
#include "kernels/ir/extent.h"

/* `bytes` from byte `start` of the operand on. */
typedef void range_fn(void *context, unsigned operand, uint64_t start, uint64_t bytes);

/* The ranges of one operand, which is present, in order of address where they do not
 * overlap. op must have passed exec_check; extents are those of kop_extents. */
void footprint_each(const struct kop *op, unsigned operand,
                    const uint64_t extents[KOP_OPERANDS], range_fn *touch, void *context);

/* The same given the operation's memory (by operand, NULL where absent): exact also where
 * indices or a bit mask decide. */
void footprint_exact(const struct kop *op, unsigned operand,
                     const uint64_t extents[KOP_OPERANDS], uint8_t *const at[KOP_OPERANDS],
                     range_fn *touch, void *context);

/* Given the memory: whether an index chooses bytes outside of the tile, or more elements are
 * chosen than fit. What exec_check cannot see. */
bool footprint_leaves(const struct kop *op, const uint64_t extents[KOP_OPERANDS],
                      uint8_t *const at[KOP_OPERANDS]);

/* Whether every byte of the destination's footprint gets a value, and one that does not
 * depend on what was there. False where that is not known of the operation. */
bool footprint_overwrites(const struct kop *op);

#endif
