#include "kernels/ub_tiles.h"

#include "kernels/whole.h"

#define BANKS_TURN 512 /* bytes after which the bank groups of UB repeat */

struct kref ub_tile(struct ub_tiles *ub, const char *name, enum dtype type, uint64_t elements)
{
    uint64_t place = ub->next;
    ub->next += (uint64_t)round_up((int64_t)dtype_bytes(type, elements), BANKS_TURN);
    return build_tile(ub->b, name, SPACE_UB, type, elements, place);
}

struct kref ub_tile_off(struct ub_tiles *ub, const char *name, enum dtype type,
                        uint64_t elements)
{
    uint64_t place = ub->next + BANKS_TURN / 2;
    ub->next +=
        (uint64_t)round_up((int64_t)dtype_bytes(type, elements), BANKS_TURN) + BANKS_TURN;
    return build_tile(ub->b, name, SPACE_UB, type, elements, place);
}

struct kref ub_part_as(struct build *b, const char *name, struct kref tile, uint64_t skip,
                       enum dtype type, uint64_t elements)
{
    uint64_t address = b->program->tiles[tile.index].address + skip;
    return build_tile(b, name, SPACE_UB, type, elements, address);
}

struct kref ub_as(struct build *b, const char *name, struct kref tile, enum dtype type)
{
    const struct ktile *from = &b->program->tiles[tile.index];
    uint64_t bytes = dtype_bytes(from->dtype, from->elements);
    return ub_part_as(b, name, tile, 0, type, bytes / dtype_bytes(type, 1));
}
