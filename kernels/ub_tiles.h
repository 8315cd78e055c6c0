#ifndef NPUSIM_KERNELS_UB_TILES_H
#define NPUSIM_KERNELS_UB_TILES_H
/* Tiles of a kernel in UB, handed out from the bottom in whole turns of the bank groups, so
 * that it is known which groups an operation meets. */
#include "kernels/ir/build.h"

struct ub_tiles {
    struct build *b;
    uint64_t next; /* byte */
};

struct kref ub_tile(struct ub_tiles *ub, const char *name, enum dtype type, uint64_t elements);

/* The same, half a turn of the bank groups further on: for the second source of an operation.
 */
struct kref ub_tile_off(struct ub_tiles *ub, const char *name, enum dtype type,
                        uint64_t elements);

/* The bytes of a tile from `skip` on as so many elements of another type; and all of them. */
struct kref ub_part_as(struct build *b, const char *name, struct kref tile, uint64_t skip,
                       enum dtype type, uint64_t elements);
struct kref ub_as(struct build *b, const char *name, struct kref tile, enum dtype type);

#endif
