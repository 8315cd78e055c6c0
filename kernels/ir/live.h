#ifndef NPUSIM_KERNELS_IR_LIVE_H
#define NPUSIM_KERNELS_IR_LIVE_H
/*
 * Which operations a kernel's control depends on: those that write what the scalar unit
 * reads, those that write what these read, and so on, tile by tile. A run without data
 * computes them and no others, so that lengths and offsets that are found on the way (how many
 * elements a squeeze kept) are right there too. Tile by tile, whatever the order: what shares
 * memory or the register of squeezes with control is computed with it.
 *
 * There is a second way to keep control right, `read x else y` (KI_READ in program.h): without
 * data the scalar is y's, in a control tensor that says what would be found in x, and nothing
 * is computed for x. Neither way can do what the other does:
 *
 *  - This one asks nothing of a kernel's author, but it computes and stores all that control
 *    comes from. For the ENEC kernels, whose numbers of outliers come from the elements, that
 *    is nearly everything: with no `else` in them, 16 Mi weights took 2.4 to 2.9 times
 *    the host's time for the same result and 69 to 103 MB in place of 37, growing with the
 *    tensor.
 *  - `else` costs the host nothing, but somebody must know the answer beforehand, and its
 *    address is worked out by the kernel's own scalar unit, which takes simulated time. Once a
 *    block, as in ENEC, that is nothing. The HANS decoder asks for every group of a tile, in
 *    the scalar loop that bounds it (hans_decode.c), and there it would change what is
 * measured.
 */
#include "kernels/ir/program.h"

/*
 * live[kind][i] for each instruction of each program, to be freed with mem_free. All false
 * when control comes down to a tensor that has no storage: then there is nothing to compute
 * it from.
 */
void kernel_live(const struct kernel *kernel, uint8_t *const *tensors, bool *live[CORE_KINDS]);

#endif
