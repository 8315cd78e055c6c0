/*
 * The schedules of w4a16 in which each cube core and its vector cores share a
 * ring of K-tiles: in the workspace, small enough to live in the L2, or where
 * the chip has a path for it in L1 of the cube core itself.
 */
#include "kernels/reduce.h"
#include "kernels/w4a16_units.h"
#include "kernels/whole.h"

#define CHUNK_ROWS 64 /* rows of weights dequantised at a time */

/* The ring of this block. */
struct ring_state {
    bool direct;        /* it lies in L1 */
    struct kref places; /* the workspace, or a tile of all stages */
    int64_t tile_k, stages, stage_bytes, row_bytes;
    struct kval turn; /* K-tiles so far */
};

static struct kref stage(struct build *b, const struct ring_state *ring)
{
    struct kref at = ring->places;
    if (!ring->direct) { /* the workspace has the rings of all blocks */
        int64_t ring_bytes = ring->stages * ring->stage_bytes;
        at = build_at(b, at, build_mul(b, reg_of(REG_BLOCK_ID), imm(ring_bytes)));
    }
    struct kval slot = build_mod(b, ring->turn, imm(ring->stages));
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

/* The same in L1, where MTE1 takes the tiles from the places they were put into. */
static void await_stage(struct matmul *mm, void *owner)
{
    (void)owner;
    emit(mm->b, cross_wait, .pipe = imm(PIPE_MTE1), .id = imm(W4A16_READY));
}

static void release_stage(struct matmul *mm, void *owner)
{
    (void)owner;
    emit(mm->b, cross_set, .pipe = imm(PIPE_MTE1), .id = imm(W4A16_FREE),
         .scope = imm(SCOPE_BLOCK));
}

static void emit_cube(struct build *b, const struct w4a16_shape *shape,
                      const struct w4a16_units *units, struct ring_state ring,
                      const struct w4a16_tensors *t, const struct matmul_plan *plan,
                      const struct target *target)
{
    bool split = units->split > 1;
    ring.turn = build_var(b, "ring_turn", imm(0));
    struct matmul mm = matmul_begin(b, plan, target);
    struct matmul_hooks hooks = { .source_b = take_stage,
                                  .loaded_b = give_stage,
                                  .await_b = await_stage,
                                  .release_b = release_stage,
                                  .owner = &ring };

    struct w4a16_unit unit = w4a16_cut(b, shape, units, w4a16_unit_loop(b, units));
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
static void emit_stage(struct build *b, struct dequant *d, const struct w4a16_unit *unit,
                       struct kval k, struct ring_state *ring, int64_t share)
{
    struct kval klen = build_min(b, imm(ring->tile_k), build_sub(b, unit->to, k));
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
    struct kval stride = imm(ring->row_bytes);
    if (ring->direct)
        stride = build_mul(b, build_round_up(b, klen, CUBE_SIDE), imm(FRACTAL_ROW));
    dequant_chunk(d, build_add(b, k, row), rows, unit->n, unit->columns, at, stride);
    build_end(b);

    emit(b, cross_set, .pipe = imm(PIPE_MTE3), .id = imm(W4A16_READY),
         .scope = imm(SCOPE_BLOCK));
    build_assign(b, ring->turn, build_add(b, ring->turn, imm(1)));
}

static void emit_vector(struct build *b, const struct w4a16_shape *shape,
                        const struct w4a16_units *units, struct ring_state ring,
                        const struct w4a16_tensors *t, const struct dequant_plan *plan,
                        const struct target *target)
{
    ring.turn = build_var(b, "ring_turn", imm(0));
    struct dequant d = dequant_begin(b, plan, t->weights, t->scales, t->offsets);
    int64_t share = ring.tile_k / (int64_t)(target->aiv / target->aic);

    struct w4a16_unit unit = w4a16_cut(b, shape, units, w4a16_unit_loop(b, units));
    struct kval k = build_for(b, "k", unit.from, unit.to, imm(ring.tile_k));
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

/* All the stages of a ring in L1, seen from a vector core. */
static struct kref direct_places(struct build *vector, const struct matmul_plan *tile)
{
    struct l1_places places = matmul_places_b(tile);
    return build_tile(vector, "stages", SPACE_L1, tile->in,
                      (uint64_t)(tile->handed * places.bytes / 2), (uint64_t)places.address);
}

static struct dequant_plan dequant_of(const struct w4a16_shape *shape,
                                      const struct w4a16_units *units, bool direct)
{
    return (struct dequant_plan){
        .type = shape->act,
        .n = shape->n,
        .k = shape->k,
        .group = shape->group,
        .zero = shape->zero,
        .buffers = 2,
        .columns = units->tile_n,
        .rows = shape->group == 0 ? CHUNK_ROWS : lesser(CHUNK_ROWS, shape->group),
        .nz = direct,
    };
}

bool w4a16_build_ring(struct workload *work, const struct w4a16_shape *shape,
                      const struct w4a16_ring *choice, struct w4a16_tensors *t,
                      const struct target *target, struct diag *diag)
{
    struct w4a16_units units = w4a16_units_of(shape, choice);
    struct matmul_plan tile = { .in = shape->act,
                                .acc = DT_f32,
                                .tile_m = units.tile_m,
                                .tile_n = units.tile_n,
                                .tile_k = choice->tile_k };
    struct ring_state ring = { .direct = choice->direct,
                               .tile_k = choice->tile_k,
                               .stages = choice->stages,
                               .row_bytes = choice->direct ? FRACTAL_ROW : units.tile_n * 2,
                               .stage_bytes = choice->tile_k * units.tile_n * 2 };
    if (choice->direct)
        tile.handed = ring.stages = lesser(choice->stages, matmul_handed_most(&tile, target));
    struct dequant_plan dequant = dequant_of(shape, &units, choice->direct);
    if (!matmul_fits(&tile, target) || !dequant_fits(&dequant, target))
        return diag_fail(
            diag, loc_nowhere(), "tiles of %lldx%lldx%lld do not fit the buffers of the cores",
            (long long)tile.tile_m, (long long)tile.tile_n, (long long)tile.tile_k);

    work->blocks = target->aic;
    if (!choice->direct)
        ring.places = t->workspace =
            build_tensor(work->kernel, "workspace", shape->act, TENSOR_WORK,
                         (int64_t)work->blocks * ring.stages * ring.tile_k, units.tile_n);
    if (units.split > 1)
        t->partials = build_tensor(work->kernel, "partials", DT_f32, TENSOR_WORK,
                                   units.split * shape->m, shape->n);

    struct build cube = build_begin(work->kernel, CORE_AIC);
    emit_cube(&cube, shape, &units, ring, t, &tile, target);
    struct build vector = build_begin(work->kernel, CORE_AIV);
    if (choice->direct)
        ring.places = direct_places(&vector, &tile);
    emit_vector(&vector, shape, &units, ring, t, &dequant, target);
    return true;
}
