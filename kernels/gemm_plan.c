#include "kernels/gemm_plan.h"
#include "kernels/whole.h"

#define SPLIT_CHUNK 256   /* the least K that is worth a part */
#define SLICES_PER_STEP 4 /* L0 steps of an L1 step that the pipes' queues can hold */
#define SYNC_CYCLES 4000  /* rough price of the barrier and hand-over of split-K */
#define FIXPIPE_BYTES 123 /* per cycle */
#define UNHIDDEN 0.2      /* of the shorter of two overlapping activities */

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

bool gemm_plan_complete(struct gemm_plan *plan, const struct gemm_shape *shape, int64_t split,
                        const struct target *target)
{
    struct matmul_plan *tile = &plan->tile;
    tile->in = shape->in;
    tile->acc = shape->acc;
    tile->trans_b = shape->trans_b;
    if (!matmul_fits(tile, target))
        return false;

    plan->tiles_m = ceil_div(shape->m, tile->tile_m);
    plan->tiles_n = ceil_div(shape->n, tile->tile_n);
    plan->chunk_k = round_up(ceil_div(shape->k, split), tile->tile_k);
    plan->split = ceil_div(shape->k, plan->chunk_k);

    /* About as many rows of tiles as columns in the window that all cores work on. */
    int64_t group = 1;
    while ((group + 1) * (group + 1) * tile->tile_m <= (int64_t)target->aic * tile->tile_n)
        group++;
    plan->group = group < plan->tiles_m ? group : plan->tiles_m;
    return true;
}

int64_t gemm_split(const struct gemm_shape *shape, int64_t tiles, unsigned cores)
{
    int64_t most = shape->k <= 1024 ? 2 : shape->k <= 2048 ? 4 : shape->k <= 4096 ? 8 : 16;
    int64_t idle = (int64_t)cores / tiles;
    int64_t split = idle < most ? idle : most;
    int64_t chunks = ceil_div(shape->k, SPLIT_CHUNK);

    if (split < 1)
        split = 1;
    while (split < most &&
           ceil_div(tiles * (split + 1), cores) == ceil_div(tiles * split, cores))
        split++;
    return split < chunks ? split : chunks;
}

static double bytes_of(enum dtype type, int64_t elements)
{
    return (double)elements * dtype_info[type].bits / 8;
}

/* Cycles of one unit of work: a tile over its part of K. */
static double unit_cycles(const struct gemm_plan *plan, const struct gemm_shape *shape,
                          const struct target *target)
{
    const struct matmul_plan *tile = &plan->tile;
    int64_t m = shape->m < tile->tile_m ? shape->m : tile->tile_m;
    int64_t n = shape->n < tile->tile_n ? shape->n : tile->tile_n;
    int64_t k = shape->k < plan->chunk_k ? shape->k : plan->chunk_k;
    double side_m = (double)round_up(m, CUBE_SIDE), side_n = (double)round_up(n, CUBE_SIDE);
    double row = FRACTAL_ROW * 8.0 / dtype_info[tile->in].bits;
    double passes = tile->in == DT_f32 ? 2 : 1; /* f32 takes two cycles a fractal */

    double cube = side_m / CUBE_SIDE * (side_n / CUBE_SIDE) * ((double)k / row) * passes;
    double l0b = side_n * bytes_of(tile->in, k) / 128;
    double loaded = bytes_of(tile->in, (m + n) * k);
    double steps = (double)ceil_div(k, tile->tile_k);
    int64_t step_k = k < tile->tile_k ? k : tile->tile_k;
    double load = (double)m * steps * matmul_row_cycles(tile->in, step_k, target);
    load += tile->trans_b ? (double)n * steps * matmul_row_cycles(tile->in, step_k, target)
                          : (double)k * matmul_row_cycles(tile->in, n, target);
    double shared = loaded * target->aic / (double)target->l2_bytes_per_cycle;
    double drain = side_m * side_n * 4 / FIXPIPE_BYTES;

    return larger(larger(cube, l0b), larger(load, shared)) + drain;
}

static double plan_cycles(const struct gemm_plan *plan, const struct gemm_shape *shape,
                          const struct target *target)
{
    int64_t units = plan->tiles_m * plan->tiles_n * plan->split;
    double waves = (double)ceil_div(units, target->aic);
    double unique =
        bytes_of(shape->in, shape->m * shape->k) + bytes_of(shape->in, shape->n * shape->k);
    double streaming = unique / (double)target->hbm_bytes_per_cycle;
    double working = waves * unit_cycles(plan, shape, target);
    /* Neither hides the other wholly; without this, all plans bound by memory look equal. */
    double cycles = larger(working, streaming) + UNHIDDEN * smaller(working, streaming);

    if (plan->split > 1) {
        double partials = 4.0 * (double)shape->m * (double)shape->n * (double)plan->split;
        cycles += SYNC_CYCLES + 2 * partials / (double)target->l2_bytes_per_cycle;
    }
    return cycles;
}

/* The deepest L1 step that fits and that the queues can hold. */
static bool deepest_step(struct gemm_plan *plan, const struct gemm_shape *shape, int64_t split,
                         const struct target *target)
{
    static const int64_t depths[] = { 2048, 1024, 512, 256, 128, 64, 32 };

    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        plan->tile.tile_k = depths[i];
        if (depths[i] >= 64 && depths[i] / 2 >= shape->k)
            continue;
        if (gemm_plan_complete(plan, shape, split, target) &&
            plan->tile.tile_k <= SLICES_PER_STEP * plan->tile.slice_k)
            return true;
    }
    return false;
}

bool gemm_plan_choose(struct gemm_plan *best, const struct gemm_shape *shape, bool may_split,
                      const struct target *target)
{
    static const int64_t sides[] = { 16, 32, 64, 128, 256, 512 };
    size_t count = sizeof sides / sizeof *sides;
    double best_cycles = 0;

    *best = (struct gemm_plan){ 0 };

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct gemm_plan plan = { .tile = { .tile_m = sides[i], .tile_n = sides[j] } };
            if (!deepest_step(&plan, shape, 1, target))
                continue;
            int64_t most =
                may_split ? gemm_split(shape, plan.tiles_m * plan.tiles_n, target->aic) : 1;
            for (int64_t split = 1; split <= most; split++) {
                struct gemm_plan tried = plan;
                if (!gemm_plan_complete(&tried, shape, split, target))
                    continue;
                double cycles = plan_cycles(&tried, shape, target);
                if (best->split == 0 || cycles < best_cycles) {
                    *best = tried;
                    best_cycles = cycles;
                }
            }
        }
    }
    return best->split > 0;
}
