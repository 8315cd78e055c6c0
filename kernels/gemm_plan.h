#ifndef NPUSIM_KERNELS_GEMM_PLAN_H
#define NPUSIM_KERNELS_GEMM_PLAN_H
/*
 * Choosing tiles, split and walk order for a matrix multiplication, as a good
 * library does: by a rough model of the chip, over a small set of candidates.
 */
#include "kernels/matmul.h"

struct gemm_shape {
    int64_t m, n, k;
    enum dtype in, acc, out;
    bool trans_b;
};

struct gemm_plan {
    struct matmul_plan tile;
    int64_t tiles_m, tiles_n;
    int64_t split;   /* parts of K; 1: none */
    int64_t chunk_k; /* K of each part, a multiple of tile_k */
    int64_t group;   /* rows of tiles walked together */
};

/* Complete a plan whose tile sizes are set; false when it does not fit. */
bool gemm_plan_complete(struct gemm_plan *plan, const struct gemm_shape *shape, int64_t split,
                        const struct target *target);

/* The best plan; with may_split false, the best without split-K. False when no tile fits. */
bool gemm_plan_choose(struct gemm_plan *best, const struct gemm_shape *shape, bool may_split,
                      const struct target *target);

/* The split factor of the split-K schedule for given tiles: more parts for longer K,
 * while cores are idle. */
int64_t gemm_split(const struct gemm_shape *shape, int64_t tiles, unsigned cores);

#endif
