/*
 * The schedules of w4a16 in which each cube core and its vector cores share a
 * ring of K-tiles in the workspace, small enough to live in the L2.
 */
#include "kernels/reduce.h"
#include "kernels/w4a16.h"
#include "kernels/whole.h"

#define TILE_K 256       /* rows of weights of a stage */
#define CHUNK_ROWS 64    /* rows of weights dequantised at a time */
#define SPLIT_CHUNK 1024 /* the least K that is worth a part */
#define SPLIT_MOST 16

/* Output tiles and parts of K: how unit number u is cut out of the problem. */
struct units {
    int64_t tile_m, tile_n, tiles_m, tiles_n;
    int64_t split, chunk_k;
};

struct unit {
    struct kval m, rows, n, columns, from, to, part;
};

static struct units units_of(const struct w4a16_shape *shape, const struct w4a16_ring *ring)
{
    struct units units = { .tile_m =
                               lesser(ceil_div(shape->m, CUBE_SIDE) * CUBE_SIDE, W4A16_TILE_M),
                           .tile_n = ring->tile_n };
    units.tiles_m = ceil_div(shape->m, units.tile_m);
    units.tiles_n = ceil_div(shape->n, units.tile_n);
    units.chunk_k = ceil_div(ceil_div(shape->k, ring->split), TILE_K) * TILE_K;
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

int64_t w4a16_split(const struct w4a16_shape *shape, int64_t tile_n,
                    const struct target *target)
{
    int64_t tiles =
        ceil_div(shape->n, tile_n) *
        ceil_div(shape->m, lesser(ceil_div(shape->m, CUBE_SIDE) * CUBE_SIDE, W4A16_TILE_M));
    int64_t most = lesser(SPLIT_MOST, ceil_div(shape->k, SPLIT_CHUNK));
    int64_t best = 1, least = 0;

    for (int64_t split = 1; split <= most; split++) {
        int64_t chunk = ceil_div(ceil_div(shape->k, split), TILE_K) * TILE_K;
        int64_t parts = ceil_div(shape->k, chunk);
        int64_t k_per_core = ceil_div(tiles * parts, target->aic) * chunk;
        if (split == 1 || k_per_core < least) {
            best = split;
            least = k_per_core;
        }
    }
    return best > 1 ? best : lesser(2, ceil_div(shape->k, TILE_K));
}

static struct unit cut(struct build *b, const struct w4a16_shape *shape,
                       const struct units *units, struct kval number)
{
    int64_t tiles = units->tiles_m * units->tiles_n;
    struct unit unit;
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

static struct kval unit_loop(struct build *b, const struct units *units)
{
    return build_for(b, "unit", reg_of(REG_BLOCK_ID),
                     imm(units->tiles_m * units->tiles_n * units->split),
                     reg_of(REG_BLOCK_NUM));
}

/* A place in the ring of this block. */
struct ring_state {
    struct kref workspace;
    int64_t stages, stage_bytes, row_bytes;
    struct kval turn; /* K-tiles so far */
};

static struct kref stage(struct build *b, const struct ring_state *ring)
{
    struct kval mine =
        build_mul(b, reg_of(REG_BLOCK_ID), imm(ring->stages * ring->stage_bytes));
    struct kval slot = build_mod(b, ring->turn, imm(ring->stages));
    struct kref at = build_at(b, ring->workspace, mine);
    return build_at(b, at, build_mul(b, slot, imm(ring->stage_bytes)));
}

/* --- cube --- */

static struct gm_matrix take_stage(struct matmul *mm, struct kval k, struct kval klen,
                                   void *owner)
{
    struct ring_state *ring = owner;
    (void)k;
    (void)klen;
    emit(mm->b, cross_wait, .pipe = imm(PIPE_MTE2), .id = imm(W4A16_READY));
    return (struct gm_matrix){ stage(mm->b, ring), imm(ring->row_bytes) };
}

static void give_stage(struct matmul *mm, void *owner)
{
    struct ring_state *ring = owner;
    emit(mm->b, cross_set, .pipe = imm(PIPE_MTE2), .id = imm(W4A16_FREE),
         .scope = imm(SCOPE_BLOCK));
    build_assign(mm->b, ring->turn, build_add(mm->b, ring->turn, imm(1)));
}

static void emit_cube(struct build *b, const struct w4a16_shape *shape,
                      const struct units *units, struct ring_state ring,
                      const struct w4a16_tensors *t, const struct matmul_plan *plan,
                      const struct target *target)
{
    bool split = units->split > 1;
    ring.turn = build_var(b, "ring_turn", imm(0));
    struct matmul mm = matmul_begin(b, plan, target);
    struct matmul_hooks hooks = { .source_b = take_stage,
                                  .loaded_b = give_stage,
                                  .owner = &ring };

    struct unit unit = cut(b, shape, units, unit_loop(b, units));
    struct kval a_stride = imm(shape->k * 2);
    struct gm_matrix a = { build_at(b, t->a, build_mul(b, unit.m, a_stride)), a_stride };
    matmul_tile(&mm, unit.rows, unit.columns, unit.from, unit.to, a, &hooks);

    int64_t out_bytes = split ? 4 : 2;
    struct kval at = build_add(b, build_mul(b, unit.m, imm(shape->n)), unit.n);
    if (split)
        at = build_add(b, at, build_mul(b, unit.part, imm(shape->m * shape->n)));
    struct gm_matrix c = { build_at(b, split ? t->partials : t->c,
                                    build_mul(b, at, imm(out_bytes))),
                           imm(shape->n * out_bytes) };
    matmul_store(&mm, unit.rows, unit.columns, c, 1);
    build_end(b);
    matmul_end(&mm);

    if (split) {
        struct kval fix = imm(PIPE_FIX);
        emit(b, cross_set, .pipe = fix, .id = imm(W4A16_ALL_CUBE), .scope = imm(SCOPE_ALL));
        emit(b, cross_wait, .pipe = fix, .id = imm(W4A16_ALL_CUBE));
        emit(b, cross_set, .pipe = fix, .id = imm(W4A16_PARTIALS), .scope = imm(SCOPE_BLOCK));
    }
}

/* --- vector --- */

/* One K-tile: this vector core's share of its rows, chunk by chunk. */
static void emit_stage(struct build *b, struct dequant *d, const struct unit *unit,
                       struct kval k, struct ring_state *ring, int64_t share)
{
    struct kval klen = build_min(b, imm(TILE_K), build_sub(b, unit->to, k));
    struct kval first = build_mul(b, reg_of(REG_SUB_BLOCK_ID), imm(share));
    struct kval end = build_min(b, klen, build_add(b, first, imm(share)));
    struct kref to = stage(b, ring);

    /* The ring is empty at first; later a stage must have been taken. */
    build_if(b, build_lt(b, imm(ring->stages - 1), ring->turn));
    emit(b, cross_wait, .pipe = imm(PIPE_MTE3), .id = imm(W4A16_FREE));
    build_end(b);

    struct kval row = build_for(b, "row", first, end, imm(d->plan.rows));
    struct kval rows = build_min(b, imm(d->plan.rows), build_sub(b, end, row));
    struct kref at = build_at(b, to, build_mul(b, row, imm(ring->row_bytes)));
    dequant_chunk(d, build_add(b, k, row), rows, unit->n, unit->columns, at, ring->row_bytes);
    build_end(b);

    emit(b, cross_set, .pipe = imm(PIPE_MTE3), .id = imm(W4A16_READY),
         .scope = imm(SCOPE_BLOCK));
    build_assign(b, ring->turn, build_add(b, ring->turn, imm(1)));
}

static void emit_vector(struct build *b, const struct w4a16_shape *shape,
                        const struct units *units, struct ring_state ring,
                        const struct w4a16_tensors *t, const struct dequant_plan *plan,
                        const struct target *target)
{
    ring.turn = build_var(b, "ring_turn", imm(0));
    struct dequant d = dequant_begin(b, plan, t->weights, t->scales, t->offsets);
    int64_t share = TILE_K / (int64_t)(target->aiv / target->aic);

    struct unit unit = cut(b, shape, units, unit_loop(b, units));
    struct kval k = build_for(b, "k", unit.from, unit.to, imm(TILE_K));
    emit_stage(b, &d, &unit, k, &ring, share);
    build_end(b);
    build_end(b);
    dequant_end(&d);

    /* Take the signals of the last stages, so that no counter stays raised. */
    struct kval left = build_min(b, imm(ring.stages), ring.turn);
    build_for(b, "i", imm(0), left, imm(1));
    emit(b, cross_wait, .pipe = imm(PIPE_MTE3), .id = imm(W4A16_FREE));
    build_end(b);

    if (units->split > 1) {
        emit(b, cross_wait, .pipe = imm(PIPE_S), .id = imm(W4A16_PARTIALS));
        emit(b, barrier, .pipe = imm(PIPE_ALL)); /* UB is laid out anew */
        struct reduce_plan reduce = { .partial = DT_f32,
                                      .out = shape->act,
                                      .parts = units->split,
                                      .elements = shape->m * shape->n,
                                      .scale = 1 };
        reduce_emit(b, &reduce, t->partials, t->c, target);
    }
}

bool w4a16_build_ring(struct workload *work, const struct w4a16_shape *shape,
                      const struct w4a16_ring *choice, struct w4a16_tensors *t,
                      const struct target *target, struct diag *diag)
{
    struct units units = units_of(shape, choice);
    struct matmul_plan tile = { .in = shape->act,
                                .acc = DT_f32,
                                .tile_m = units.tile_m,
                                .tile_n = units.tile_n,
                                .tile_k = TILE_K };
    struct dequant_plan dequant = { .type = shape->act,
                                    .n = shape->n,
                                    .k = shape->k,
                                    .group = shape->group,
                                    .zero = shape->zero,
                                    .buffers = 2,
                                    .columns = units.tile_n };
    dequant.rows = shape->group == 0 ? CHUNK_ROWS : lesser(CHUNK_ROWS, shape->group);
    if (!matmul_fits(&tile, target) || !dequant_fits(&dequant, target))
        return diag_fail(diag, loc_nowhere(),
                         "tiles of %lldx%lldx%d do not fit the buffers of the cores",
                         (long long)tile.tile_m, (long long)tile.tile_n, TILE_K);

    struct ring_state ring = { .stages = choice->stages,
                               .row_bytes = units.tile_n * 2,
                               .stage_bytes = TILE_K * units.tile_n * 2 };
    work->blocks = target->aic;
    ring.workspace = t->workspace =
        build_tensor(work->kernel, "workspace", shape->act, TENSOR_WORK,
                     (int64_t)work->blocks * ring.stages * TILE_K, units.tile_n);
    if (units.split > 1)
        t->partials = build_tensor(work->kernel, "partials", DT_f32, TENSOR_WORK,
                                   units.split * shape->m, shape->n);

    struct build cube = build_begin(work->kernel, CORE_AIC);
    emit_cube(&cube, shape, &units, ring, t, &tile, target);
    struct build vector = build_begin(work->kernel, CORE_AIV);
    emit_vector(&vector, shape, &units, ring, t, &dequant, target);
    return true;
}
