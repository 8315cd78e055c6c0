#ifndef NPUSIM_KERNELS_MATMUL_H
#define NPUSIM_KERNELS_MATMUL_H
/*
 * The cube side of a matrix multiplication, shared by every kernel that has
 * one: C[m][n] of one tile over a range of k, through L1 and L0, everything
 * double-buffered.
 *
 * On-chip addresses:
 *   L1   a[0] a[1] b[0] b[1], each half as large as its tile needs; b is more where handed
 *   L0A  two halves of 32 KiB, L0B the same (half of the capacity each)
 *   L0C  one tile of f32, or two when both fit
 * Flags, by id = parity of the step they belong to:
 *   mte1 -> mte2 (L1 buffer free), mte2 -> mte1 (L1 filled), m -> mte1 (L0 free),
 *   mte1 -> m (L0 filled), m -> fix (L0C ready), fix -> m (L0C free); on a coupled core
 *   v is in the place of fix (matmul_drain.h)
 */
#include "kernels/ir/build.h"
#include "kernels/ir/target.h"

struct matmul_plan {
    enum dtype in, acc;             /* of A and B; of L0C: f32 or i32 */
    int64_t tile_m, tile_n, tile_k; /* of an L1 step */
    int64_t slice_k;                /* of an L0 step */
    bool trans_b;                   /* B lies in memory as [n][k] */

    /*
     * 0: B is loaded from GM. Else others put its tiles into so many places in L1, in turn, as
     * load_nz would have laid them out, and hooks say when they are there and free again.
     */
    int64_t handed;
};

/* A place in GM: a tensor, an offset in bytes and the bytes from row to row. */
struct gm_matrix {
    struct kref at; /* of the element [0][0] of what is asked for */
    struct kval stride;
};

struct matmul;

/*
 * Called before and after B's tile of one L1 step is loaded: where to load it
 * from, and what to signal. k is the step's first k, klen its length; `turn`
 * counts L1 steps of the whole program.
 */
struct matmul_hooks {
    struct gm_matrix (*source_b)(struct matmul *mm, struct kval k, struct kval klen,
                                 void *owner);
    void (*loaded_b)(struct matmul *mm, void *owner);

    /* Where B is handed over: before MTE1 takes the first, and after the last of a tile. */
    void (*await_b)(struct matmul *mm, void *owner);
    void (*release_b)(struct matmul *mm, void *owner);
    void *owner;
};

struct matmul {
    struct build *b;
    struct matmul_plan plan;
    struct kref l1_a, l1_b, l0a, l0b, l0c;
    int64_t l1_a_half, l1_b_half, l0a_half, l0b_half, l0c_half; /* bytes */
    int64_t l0c_tiles;                                          /* 1 or 2 */
    enum pipe_id drain;            /* that takes tiles out of L0C: FIX, of a coupled core V */
    int64_t ub_bytes;              /* of a coupled core, for it to go through */
    struct kval step, slice, tile; /* counters, in registers */
};

/* Whether the plan fits the target's buffers, and the slice that does. */
bool matmul_fits(struct matmul_plan *plan, const struct target *target);

/* Where in L1 the places of B begin, and how many bytes each has. */
struct l1_places {
    int64_t address, bytes;
};

struct l1_places matmul_places_b(const struct matmul_plan *plan);

/* The most places for B that L1 holds; plan->handed is not looked at. */
int64_t matmul_handed_most(const struct matmul_plan *plan, const struct target *target);

/* Tiles, counters, and the flags that say all buffers are free. */
struct matmul matmul_begin(struct build *b, const struct matmul_plan *plan,
                           const struct target *target);

/* One output tile: rows x columns of C, over k of [from, to). C stays in L0C until stored. */
void matmul_tile(struct matmul *mm, struct kval rows, struct kval columns, struct kval from,
                 struct kval to, struct gm_matrix a, const struct matmul_hooks *hooks);

/* Store the tile just computed; scale is applied on the way. */
void matmul_store(struct matmul *mm, struct kval rows, struct kval columns, struct gm_matrix c,
                  double scale);

/* Wait for every buffer to be free again: no flag stays raised. */
void matmul_end(struct matmul *mm);

/* Rough time of one row of `elements` on its way from GM to L1, for choosing tiles. */
double matmul_row_cycles(enum dtype type, int64_t elements, const struct target *target);

/* Bytes of n elements; n may be a register. */
struct kval matmul_bytes(struct build *b, enum dtype type, struct kval elements);

/* Where the tile of output `t` lies when rows of tiles are walked in groups. */
struct tile_place {
    struct kval m, n; /* first row and column */
};

/*
 * Tile number t of a grid of tiles: `group` rows of tiles are walked column by
 * column before the next group, so that cores at work at the same time share
 * rows of A and columns of B in the L2.
 */
struct tile_place matmul_swizzle(struct build *b, struct kval t, int64_t tiles_m,
                                 int64_t tiles_n, int64_t tile_m, int64_t tile_n,
                                 int64_t group);

#endif
