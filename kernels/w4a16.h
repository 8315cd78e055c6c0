#ifndef NPUSIM_KERNELS_W4A16_H
#define NPUSIM_KERNELS_W4A16_H
/*
 * What the schedules of w4a16 share: C = A * dequantise(W) on cores that meet
 * only in global memory, or in L1 where the chip has a path to it.
 */
#include "kernels/dequant.h"
#include "kernels/kernel.h"
#include "kernels/matmul.h"

struct w4a16_shape {
    int64_t m, n, k;
    enum dtype act; /* of A, C, scales and offsets: f16 or bf16 */
    int64_t group;
    bool zero;
};

struct w4a16_tensors {
    struct kref a, weights, scales, offsets, c;
    struct kref workspace; /* dequantised weights on their way to the cubes */
    struct kref partials;  /* split-K only */
};

/* Cross-core counters. */
enum {
    W4A16_READY,      /* vector -> cube: weights are in the workspace */
    W4A16_FREE,       /* cube -> vector: their place may be written again */
    W4A16_ALL_VECTOR, /* among all vector cores */
    W4A16_ALL_CUBE,   /* among all cube cores */
    W4A16_PARTIALS,   /* cube -> vector: all partial results are written */
};

#define W4A16_TILE_M 128 /* rows of an output tile at most */
#define W4A16_TILE_K 256 /* rows of weights of a stage in the workspace */

/* Each builds both programs and the tensors `workspace` and `partials`. */
bool w4a16_build_stripe(struct workload *work, const struct w4a16_shape *shape,
                        struct w4a16_tensors *t, const struct target *target,
                        struct diag *diag);

/* split 1: none. direct: the ring lies in L1 of the cube core, where it may have fewer stages.
 */
struct w4a16_ring {
    int64_t tile_n, tile_k, stages, split;
    bool direct;
};

bool w4a16_build_ring(struct workload *work, const struct w4a16_shape *shape,
                      const struct w4a16_ring *ring, struct w4a16_tensors *t,
                      const struct target *target, struct diag *diag);

/* The columns of a tile with which the cubes have loaded all weights soonest, and the split
 * that leaves the fewest cubes idle; at least `fewest` where K is long enough. */
int64_t w4a16_tile_n(const struct w4a16_shape *shape, const struct target *target);
int64_t w4a16_split(const struct w4a16_shape *shape, int64_t tile_n, int64_t fewest,
                    const struct target *target);

#endif
