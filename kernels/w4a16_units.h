#ifndef NPUSIM_KERNELS_W4A16_UNITS_H
#define NPUSIM_KERNELS_W4A16_UNITS_H
/* How w4a16 is cut into units of work, which the blocks take in turn: output tiles, and parts
 * of K where that is split. */
#include "kernels/w4a16.h"

struct w4a16_units {
    int64_t tile_m, tile_n, tiles_m, tiles_n;
    int64_t split, chunk_k; /* parts, and the K of one */
};

/* One of them: rows and columns of C, and the range of K. */
struct w4a16_unit {
    struct kval m, rows, n, columns, from, to, part;
};

struct w4a16_units w4a16_units_of(const struct w4a16_shape *shape,
                                  const struct w4a16_ring *ring);

/* Opens the loop over the units of this block; its value is a unit's number. */
struct kval w4a16_unit_loop(struct build *b, const struct w4a16_units *units);

struct w4a16_unit w4a16_cut(struct build *b, const struct w4a16_shape *shape,
                            const struct w4a16_units *units, struct kval number);

#endif
