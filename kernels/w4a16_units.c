/* How w4a16 is cut into units of work for the blocks: output tiles, and parts of K. */
#include "kernels/w4a16_units.h"
#include "kernels/whole.h"

#define SPLIT_CHUNK 1024 /* the least K that is worth a part */
#define SPLIT_MOST 16

struct w4a16_units w4a16_units_of(const struct w4a16_shape *shape,
                                  const struct w4a16_ring *ring)
{
    struct w4a16_units units = { .tile_m = lesser(ceil_div(shape->m, CUBE_SIDE) * CUBE_SIDE,
                                                  W4A16_TILE_M),
                                 .tile_n = ring->tile_n };
    units.tiles_m = ceil_div(shape->m, units.tile_m);
    units.tiles_n = ceil_div(shape->n, units.tile_n);
    units.chunk_k = ceil_div(ceil_div(shape->k, ring->split), W4A16_TILE_K) * W4A16_TILE_K;
    units.split = ceil_div(shape->k, units.chunk_k);
    return units;
}

int64_t w4a16_tile_n(const struct w4a16_shape *shape, const struct target *target)
{
    static const int64_t choices[] = { 256, 128 };
    int64_t best = 0;
    double least = 0;

    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        int64_t waves = ceil_div(ceil_div(shape->n, choices[i]), target->aic);
        double cycles = (double)waves * matmul_row_cycles(shape->act, choices[i], target);
        if (best == 0 || cycles < least) {
            best = choices[i];
            least = cycles;
        }
    }
    return best;
}

int64_t w4a16_split(const struct w4a16_shape *shape, int64_t tile_n, int64_t fewest,
                    const struct target *target)
{
    int64_t tiles =
        ceil_div(shape->n, tile_n) *
        ceil_div(shape->m, lesser(ceil_div(shape->m, CUBE_SIDE) * CUBE_SIDE, W4A16_TILE_M));
    int64_t most = lesser(SPLIT_MOST, ceil_div(shape->k, SPLIT_CHUNK));
    int64_t best = 1, least = 0;

    for (int64_t split = 1; split <= most; split++) {
        int64_t chunk = ceil_div(ceil_div(shape->k, split), W4A16_TILE_K) * W4A16_TILE_K;
        int64_t parts = ceil_div(shape->k, chunk);
        int64_t k_per_core = ceil_div(tiles * parts, target->aic) * chunk;
        if (split == 1 || k_per_core < least) {
            best = split;
            least = k_per_core;
        }
    }
    return best > fewest ? best : lesser(fewest, ceil_div(shape->k, W4A16_TILE_K));
}

struct w4a16_unit w4a16_cut(struct build *b, const struct w4a16_shape *shape,
                            const struct w4a16_units *units, struct kval number)
{
    int64_t tiles = units->tiles_m * units->tiles_n;
    struct w4a16_unit unit;
    unit.part = units->split > 1 ? build_div(b, number, imm(tiles)) : imm(0);
    struct kval tile = units->split > 1 ? build_mod(b, number, imm(tiles)) : number;
    struct tile_place at = matmul_swizzle(b, tile, units->tiles_m, units->tiles_n,
                                          units->tile_m, units->tile_n, units->tiles_m);
    unit.m = at.m;
    unit.n = at.n;
    unit.rows = build_min(b, imm(units->tile_m), build_sub(b, imm(shape->m), at.m));
    unit.columns = build_min(b, imm(units->tile_n), build_sub(b, imm(shape->n), at.n));
    unit.from = build_mul(b, unit.part, imm(units->chunk_k));
    unit.to = build_min(b, build_add(b, unit.from, imm(units->chunk_k)), imm(shape->k));
    return unit;
}

struct kval w4a16_unit_loop(struct build *b, const struct w4a16_units *units)
{
    return build_for(b, "unit", reg_of(REG_BLOCK_ID),
                     imm(units->tiles_m * units->tiles_n * units->split),
                     reg_of(REG_BLOCK_NUM));
}
