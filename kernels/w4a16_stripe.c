/*
 * The vendor operator's schedule: stripes of N over the whole of K. All vector
 * cores dequantise a stripe into one of three rotating buffers, all meet, and
 * the cubes multiply it while the next is dequantised; the vector side runs at
 * most two stripes ahead. A stripe is 256 columns per cube core, so that a
 * narrow matrix is one stripe and nothing overlaps.
 */
#include "kernels/reduce.h"
#include "kernels/w4a16.h"
#include "kernels/whole.h"

#define BASE_N 256 /* columns of a stripe per cube core */
#define TILE_K 256 /* rows of weights of an L1 step */
#define BUFFERS 3
#define AHEAD 2 /* stripes that the vector cores may run ahead */

struct stripes {
    int64_t columns, count;   /* of a stripe; stripes */
    int64_t row_bytes, bytes; /* of a stripe buffer */
    int64_t tile_m, tiles_m;
};

/* Where stripe s begins, and its buffer. */
static struct kref buffer_of(struct build *b, const struct stripes *stripes,
                             struct kref workspace, struct kval stripe)
{
    struct kval slot = build_mod(b, stripe, imm(BUFFERS));
    return build_at(b, workspace, build_mul(b, slot, imm(stripes->bytes)));
}

static struct kval stripe_columns(struct build *b, const struct stripes *stripes,
                                  const struct w4a16_shape *shape, struct kval first)
{
    return build_min(b, imm(stripes->columns), build_sub(b, imm(shape->n), first));
}

/* --- vector --- */

static void emit_vector(struct build *b, const struct w4a16_shape *shape,
                        const struct stripes *stripes, const struct w4a16_tensors *t,
                        const struct dequant_plan *plan, const struct target *target)
{
    struct dequant d = dequant_begin(b, plan, t->weights, t->scales, t->offsets);
    struct kval core = vector_core_index(b, target), cores = vector_core_count(b, target);
    /* A chunk of a grouped matrix must not cross a group: tasks begin at multiples of rows. */
    int64_t tasks_k = ceil_div(shape->k, plan->rows);

    struct kval stripe = build_for(b, "stripe", imm(0), imm(stripes->count), imm(1));
    struct kval first = build_mul(b, stripe, imm(stripes->columns));
    struct kval width = stripe_columns(b, stripes, shape, first);
    struct kref to = buffer_of(b, stripes, t->workspace, stripe);
    build_if(b, build_lt(b, imm(AHEAD - 1), stripe));
    emit(b, cross_wait, .pipe = imm(PIPE_S), .id = imm(W4A16_FREE));
    build_end(b);

    struct kval tasks_n = build_ceil_div(b, width, plan->columns);
    struct kval tasks = build_mul(b, tasks_n, imm(tasks_k));
    struct kval each = build_div(b, build_sub(b, build_add(b, tasks, cores), imm(1)), cores);
    struct kval begin = build_mul(b, core, each);
    struct kval end = build_min(b, tasks, build_add(b, begin, each));
    struct kval task = build_for(b, "task", begin, end, imm(1));
    struct kval k = build_mul(b, build_div(b, task, tasks_n), imm(plan->rows));
    struct kval n = build_mul(b, build_mod(b, task, tasks_n), imm(plan->columns));
    struct kval rows = build_min(b, imm(plan->rows), build_sub(b, imm(shape->k), k));
    struct kval columns = build_min(b, imm(plan->columns), build_sub(b, width, n));
    struct kval skip =
        build_add(b, build_mul(b, k, imm(stripes->row_bytes)), build_mul(b, n, imm(2)));
    dequant_chunk(&d, k, rows, build_add(b, first, n), columns, build_at(b, to, skip),
                  imm(stripes->row_bytes));
    build_end(b);

    struct kval mte3 = imm(PIPE_MTE3);
    emit(b, cross_set, .pipe = mte3, .id = imm(W4A16_ALL_VECTOR), .scope = imm(SCOPE_ALL));
    emit(b, cross_wait, .pipe = mte3, .id = imm(W4A16_ALL_VECTOR));
    emit(b, cross_set, .pipe = mte3, .id = imm(W4A16_READY), .scope = imm(SCOPE_BLOCK));
    build_end(b);
    dequant_end(&d);

    int64_t left = stripes->count < AHEAD ? stripes->count : AHEAD;
    for (int64_t i = 0; i < left; i++)
        emit(b, cross_wait, .pipe = imm(PIPE_S), .id = imm(W4A16_FREE));
}

/* --- cube --- */

static struct gm_matrix stripe_rows(struct matmul *mm, struct kval k, struct kval klen,
                                    void *owner)
{
    const struct gm_matrix *stripe = owner;
    (void)klen;
    return (struct gm_matrix){ build_at(mm->b, stripe->at, build_mul(mm->b, k, stripe->stride)),
                               stripe->stride };
}

static void emit_cube(struct build *b, const struct w4a16_shape *shape,
                      const struct stripes *stripes, const struct w4a16_tensors *t,
                      const struct matmul_plan *plan, const struct target *target)
{
    struct matmul mm = matmul_begin(b, plan, target);
    struct kval mte2 = imm(PIPE_MTE2);

    struct kval stripe = build_for(b, "stripe", imm(0), imm(stripes->count), imm(1));
    struct kval first = build_mul(b, stripe, imm(stripes->columns));
    struct kval width = stripe_columns(b, stripes, shape, first);
    struct kref from = buffer_of(b, stripes, t->workspace, stripe);
    emit(b, cross_wait, .pipe = mte2, .id = imm(W4A16_READY));

    struct kval tiles =
        build_mul(b, build_ceil_div(b, width, plan->tile_n), imm(stripes->tiles_m));
    struct kval tile = build_for(b, "tile", reg_of(REG_BLOCK_ID), tiles, reg_of(REG_BLOCK_NUM));
    struct kval m = build_mul(b, build_mod(b, tile, imm(stripes->tiles_m)), imm(plan->tile_m));
    struct kval n = build_mul(b, build_div(b, tile, imm(stripes->tiles_m)), imm(plan->tile_n));
    struct kval rows = build_min(b, imm(plan->tile_m), build_sub(b, imm(shape->m), m));
    struct kval columns = build_min(b, imm(plan->tile_n), build_sub(b, width, n));

    struct kval a_stride = imm(shape->k * 2);
    struct gm_matrix a = { build_at(b, t->a, build_mul(b, m, a_stride)), a_stride };
    struct gm_matrix weights = { build_at(b, from, build_mul(b, n, imm(2))),
                                 imm(stripes->row_bytes) };
    struct matmul_hooks hooks = { .source_b = stripe_rows, .owner = &weights };
    matmul_tile(&mm, rows, columns, imm(0), imm(shape->k), a, &hooks);

    struct kval at = build_add(b, build_mul(b, m, imm(shape->n)), build_add(b, first, n));
    struct gm_matrix c = { build_at(b, t->c, build_mul(b, at, imm(2))), imm(shape->n * 2) };
    matmul_store(&mm, rows, columns, c, 1);
    build_end(b);

    emit(b, cross_set, .pipe = mte2, .id = imm(W4A16_ALL_CUBE), .scope = imm(SCOPE_ALL));
    emit(b, cross_wait, .pipe = mte2, .id = imm(W4A16_ALL_CUBE));
    emit(b, cross_set, .pipe = mte2, .id = imm(W4A16_FREE), .scope = imm(SCOPE_BLOCK));
    build_end(b);
    matmul_end(&mm);
}

/* The vendor's sizes of a vector task: 9 x 1024 for bf16 with a scale per column, 32 x 256
 * for groups of 32; the others are like these. */
static struct dequant_plan task_plan(const struct w4a16_shape *shape)
{
    struct dequant_plan plan = { .type = shape->act,
                                 .n = shape->n,
                                 .k = shape->k,
                                 .group = shape->group,
                                 .zero = shape->zero,
                                 .buffers = 1 };
    if (shape->group == 0) {
        plan.columns = 1024;
        plan.rows = shape->act == DT_bf16 ? 9 : 16;
    } else {
        plan.columns = 256;
        plan.rows = 32;
    }
    return plan;
}

bool w4a16_build_stripe(struct workload *work, const struct w4a16_shape *shape,
                        struct w4a16_tensors *t, const struct target *target, struct diag *diag)
{
    struct stripes stripes = { .columns = BASE_N * (int64_t)target->aic };
    stripes.count = ceil_div(shape->n, stripes.columns);
    stripes.row_bytes = stripes.columns * 2;
    stripes.bytes = stripes.row_bytes * shape->k;
    stripes.tile_m = ceil_div(shape->m, CUBE_SIDE) * CUBE_SIDE;
    if (stripes.tile_m > W4A16_TILE_M)
        stripes.tile_m = W4A16_TILE_M;
    stripes.tiles_m = ceil_div(shape->m, stripes.tile_m);

    struct matmul_plan tile = { .in = shape->act,
                                .acc = DT_f32,
                                .tile_m = stripes.tile_m,
                                .tile_n = BASE_N,
                                .tile_k = TILE_K };
    struct dequant_plan dequant = task_plan(shape);
    if (!matmul_fits(&tile, target) || !dequant_fits(&dequant, target))
        return diag_fail(diag, loc_nowhere(),
                         "tiles of %lldx%dx%d do not fit the buffers of the cores",
                         (long long)tile.tile_m, BASE_N, TILE_K);

    int64_t buffers = stripes.count < BUFFERS ? stripes.count : BUFFERS;
    t->workspace = build_tensor(work->kernel, "workspace", shape->act, TENSOR_WORK,
                                buffers * shape->k, stripes.columns);
    work->blocks = target->aic;
    struct build vector = build_begin(work->kernel, CORE_AIV);
    emit_vector(&vector, shape, &stripes, t, &dequant, target);
    struct build cube = build_begin(work->kernel, CORE_AIC);
    emit_cube(&cube, shape, &stripes, t, &tile, target);
    return true;
}
