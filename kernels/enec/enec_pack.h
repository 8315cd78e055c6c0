#ifndef NPUSIM_KERNELS_ENEC_ENEC_PACK_H
#define NPUSIM_KERNELS_ENEC_ENEC_PACK_H
/*
 * Hierarchical halving: the way ENEC packs numbers of few bits (algorithm 2 of the paper).
 * Numbers lie one in a 16-bit lane. The upper half of the lanes is shifted left and or-ed
 * onto the lower half, which doubles the width, until 8 bits or more are used:
 *
 *   1 -> 2 -> 4 -> 8     3 -> 6 -> 12     5 -> 10     7 -> 14
 *
 * Lanes of 8 bits are bytes. Of wider ones the low 8 bits are bytes, and the rest, moved to
 * the lanes behind, is packed by the same rule; its bytes follow. At last the upper half of
 * all bytes is or-ed onto the lower half, shifted by 8. The paper shows widths 1 to 4 and, in
 * the f16 kernel, 11; the others follow from the rule.
 *
 * Everything happens in place, in the order of the kernel, because what the upper lanes are
 * left with shows in the stream (enec_merge.h).
 */
#include <stddef.h>
#include <stdint.h>

#define ENEC_PACK_MAX 14 /* bits of a lane */

/*
 * Pack `count` lanes, a multiple of 256, of `width` bits: 1 to ENEC_PACK_MAX. The upper bits
 * of each lane must be zero. The result is the first count * width / 16 lanes. A width above
 * 8 uses twice as many lanes as it is given.
 */
void enec_pack(uint16_t *lanes, size_t count, unsigned width);

/* Undo enec_pack; lanes beyond those it leaves need not be set. */
void enec_unpack(uint16_t *lanes, size_t count, unsigned width);

#endif
