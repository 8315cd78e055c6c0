#ifndef NPUSIM_KERNELS_IR_LIVE_H
#define NPUSIM_KERNELS_IR_LIVE_H
/*
 * Which operations a kernel's control depends on: those that write what the scalar unit
 * reads, those that write what these read, and so on, tile by tile. A run without data
 * computes them and no others, so that lengths and offsets that are found on the way (how many
 * elements a squeeze kept) are right there too.
 */
#include "kernels/ir/program.h"

/*
 * live[kind][i] for each instruction of each program, to be freed with mem_free. All false
 * when control comes down to a tensor that has no storage: then there is nothing to compute
 * it from.
 */
void kernel_live(const struct kernel *kernel, uint8_t *const *tensors, bool *live[CORE_KINDS]);

#endif
