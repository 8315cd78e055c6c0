/*
 * gemm: C = A * B on the cube cores, A row-major, B row-major or transposed.
 *
 *   data-parallel  output tiles go round the cores, each over the whole K
 *   split-k        tiles times parts of K; f32 (i32) partial results go to a
 *                  workspace, and once all are there the vector cores add them
 *   single-core    data-parallel on one core
 *   auto           tiles and split from gemm_plan.c
 */
#include "kernels/data.h"
#include "kernels/gemm_plan.h"
#include "kernels/kernel.h"
#include "kernels/reduce.h"
#include "sim/mem.h"

#include <string.h>

enum { M, N, K, DTYPE, OUT, SCHEDULE, TRANS_B, TILE_M, TILE_N, TILE_K, SPLIT, WARM };
enum { IN_F16, IN_BF16, IN_I8, IN_F32 };
enum { OUT_AUTO, OUT_F16, OUT_BF16, OUT_F32, OUT_I32 };
enum { AUTO, DATA_PARALLEL, SPLIT_K, SINGLE_CORE };
enum { LAYOUT_KN, LAYOUT_NK, LAYOUT_AUTO };
enum { TENSOR_A, TENSOR_B, TENSOR_C, TENSOR_PARTIALS };

static const char *const dtypes[] = { "f16", "bf16", "i8", "f32", NULL };
static const char *const outs[] = { "auto", "f16", "bf16", "f32", "i32", NULL };
static const char *const schedules[] = { "auto", "data-parallel", "split-k", "single-core",
                                         NULL };

static const char *const layouts[] = { "0", "1", "auto", NULL };

#define SIDE_MAX (INT64_C(1) << 24)

static const struct arg_spec args[] = {
    [M] = { "m", ARG_INT, 1, SIDE_MAX, NULL, 0, true, "rows of A and C" },
    [N] = { "n", ARG_INT, 1, SIDE_MAX, NULL, 0, true, "columns of B and C" },
    [K] = { "k", ARG_INT, 1, SIDE_MAX, NULL, 0, true, "columns of A, rows of B" },
    [DTYPE] = { "dtype", ARG_WORD, 0, 0, dtypes, IN_F16, false, "of A and B" },
    [OUT] = { "out", ARG_WORD, 0, 0, outs, OUT_AUTO, false, "of C; auto: dtype, i32 for i8" },
    [SCHEDULE] = { "schedule", ARG_WORD, 0, 0, schedules, AUTO, false, "how work is divided" },
    [TRANS_B] = { "trans_b", ARG_WORD, 0, 0, layouts, LAYOUT_AUTO, false,
                  "1: B lies in memory as [n][k]; auto: 1 for i8 with schedule=auto, else 0" },
    [TILE_M] = { "tile_m", ARG_INT, 0, 4096, NULL, 0, false, "rows of a tile; 0: chosen" },
    [TILE_N] = { "tile_n", ARG_INT, 0, 4096, NULL, 0, false, "columns of a tile; 0: chosen" },
    [TILE_K] = { "tile_k", ARG_INT, 0, 16384, NULL, 0, false, "K of an L1 step; 0: chosen" },
    [SPLIT] = { "split", ARG_INT, 0, 64, NULL, 0, false, "parts of K for split-k; 0: chosen" },
    [WARM] = { "warm", ARG_INT, 0, 1, NULL, 0, false,
               "run once before, with the L2 left warm" },
    { 0 },
};

/*
 * Whether B lies in memory as [n][k]. Left to us, 8-bit weights do, as linear layers keep
 * them: rows along k fill whole requests, which a tile's 256 columns of bytes do not. The
 * vendor's quantised matmul, whose layout is not published, is as fast as that.
 */
static bool is_transposed(const int64_t *arg)
{
    if (arg[TRANS_B] != LAYOUT_AUTO)
        return arg[TRANS_B] == LAYOUT_NK;
    return arg[DTYPE] == IN_I8 && arg[SCHEDULE] == AUTO;
}

static struct gemm_shape shape_of(const struct workload *work)
{
    static const enum dtype in[] = { DT_f16, DT_bf16, DT_i8, DT_f32 };
    static const enum dtype out[] = { DT_COUNT, DT_f16, DT_bf16, DT_f32, DT_i32 };
    const int64_t *arg = work->args;
    struct gemm_shape shape = { .m = arg[M],
                                .n = arg[N],
                                .k = arg[K],
                                .in = in[arg[DTYPE]],
                                .out = out[arg[OUT]],
                                .trans_b = is_transposed(arg) };
    shape.acc = shape.in == DT_i8 ? DT_i32 : DT_f32;
    if (arg[OUT] == OUT_AUTO)
        shape.out = shape.in == DT_i8 ? DT_i32 : shape.in;
    return shape;
}

/* int8 results are brought near one: a power of two about 1 / (73^2 sqrt(k)), the
 * spread of a sum of products of bytes. */
static double out_scale(const struct gemm_shape *shape)
{
    if (shape->acc != DT_i32 || shape->out == DT_i32)
        return 1;
    double scale = 0x1p-12;
    for (int64_t k = shape->k; k >= 4; k /= 4)
        scale /= 2;
    return scale;
}

static bool choose_plan(const struct workload *work, const struct gemm_shape *shape,
                        const struct target *target, struct gemm_plan *plan, struct diag *diag)
{
    const int64_t *arg = work->args;
    struct target seen = *target;
    if (arg[SCHEDULE] == SINGLE_CORE)
        seen.aic = 1;

    /* The sum over parts of K is a program of its own, which coupled cores have no place for.
     */
    bool may_split = arg[SCHEDULE] == AUTO && !target->coupled;
    if (!gemm_plan_choose(plan, shape, may_split, &seen))
        return diag_fail(diag, loc_nowhere(),
                         "no tile, not even 16x16, fits the buffers of the core");
    if (arg[TILE_M] != 0)
        plan->tile.tile_m = arg[TILE_M];
    if (arg[TILE_N] != 0)
        plan->tile.tile_n = arg[TILE_N];
    if (arg[TILE_K] != 0)
        plan->tile.tile_k = arg[TILE_K];

    int64_t split = plan->split;
    if (!gemm_plan_complete(plan, shape, split, &seen))
        return diag_fail(diag, loc_nowhere(),
                         "the tile %lldx%lldx%lld does not fit the buffers of the core",
                         (long long)plan->tile.tile_m, (long long)plan->tile.tile_n,
                         (long long)plan->tile.tile_k);
    if (arg[SCHEDULE] == SPLIT_K) {
        split = arg[SPLIT] != 0 ? arg[SPLIT]
                                : gemm_split(shape, plan->tiles_m * plan->tiles_n, target->aic);
        (void)gemm_plan_complete(plan, shape, split, &seen);
    }
    return true;
}

/* Where B's tile of a step lies: straight in the tensor. */
struct b_tensor {
    struct kref at; /* column n0, row 0 (trans_b: row n0, column 0) */
    int64_t stride;
    enum dtype type;
    bool trans;
};

static struct gm_matrix source_b(struct matmul *mm, struct kval k, struct kval klen,
                                 void *owner)
{
    const struct b_tensor *tensor = owner;
    (void)klen;
    struct kval skip = tensor->trans ? matmul_bytes(mm->b, tensor->type, k)
                                     : build_mul(mm->b, k, imm(tensor->stride));
    return (struct gm_matrix){ build_at(mm->b, tensor->at, skip), imm(tensor->stride) };
}

struct tensors {
    struct kref a, b, c, partials;
};

static void emit_cube(struct build *b, const struct gemm_shape *shape,
                      const struct gemm_plan *plan, const struct tensors *t,
                      const struct target *target)
{
    const struct matmul_plan *tile = &plan->tile;
    int64_t tiles = plan->tiles_m * plan->tiles_n;
    bool split = plan->split > 1;
    struct kval in_bytes = matmul_bytes(b, shape->in, imm(1));
    struct matmul mm = matmul_begin(b, tile, target);

    struct kval unit = build_for(b, "unit", reg_of(REG_BLOCK_ID), imm(tiles * plan->split),
                                 reg_of(REG_BLOCK_NUM));
    struct kval part = split ? build_div(b, unit, imm(tiles)) : imm(0);
    struct kval number = split ? build_mod(b, unit, imm(tiles)) : unit;
    struct tile_place at = matmul_swizzle(b, number, plan->tiles_m, plan->tiles_n, tile->tile_m,
                                          tile->tile_n, plan->group);
    struct kval rows = build_min(b, imm(tile->tile_m), build_sub(b, imm(shape->m), at.m));
    struct kval columns = build_min(b, imm(tile->tile_n), build_sub(b, imm(shape->n), at.n));
    struct kval from = build_mul(b, part, imm(plan->chunk_k));
    struct kval to = build_min(b, build_add(b, from, imm(plan->chunk_k)), imm(shape->k));

    struct kval a_stride = build_mul(b, in_bytes, imm(shape->k));
    struct gm_matrix a = { build_at(b, t->a, build_mul(b, at.m, a_stride)), a_stride };
    int64_t b_columns = shape->trans_b ? shape->k : shape->n;
    struct b_tensor b_tensor = { .type = shape->in,
                                 .trans = shape->trans_b,
                                 .stride = in_bytes.imm * b_columns };
    struct kval b_skip =
        build_mul(b, at.n, imm(shape->trans_b ? b_tensor.stride : in_bytes.imm));
    b_tensor.at = build_at(b, t->b, b_skip);
    struct matmul_hooks hooks = { .source_b = source_b, .owner = &b_tensor };
    matmul_tile(&mm, rows, columns, from, to, a, &hooks);

    enum dtype out = split ? shape->acc : shape->out;
    int64_t out_bytes = (int64_t)dtype_bytes(out, 1);
    struct kval skip =
        build_mul(b, build_add(b, build_mul(b, at.m, imm(shape->n)), at.n), imm(out_bytes));
    if (split)
        skip = build_add(b, skip, build_mul(b, part, imm(shape->m * shape->n * out_bytes)));
    struct gm_matrix c = { build_at(b, split ? t->partials : t->c, skip),
                           imm(shape->n * out_bytes) };
    matmul_store(&mm, rows, columns, c, split ? 1 : out_scale(shape));
    build_end(b);
    matmul_end(&mm);
}

/* All cube cores have finished, then every vector core is told. */
enum { ALL_CUBES_ID, CUBES_DONE_ID };

static void emit_split_k(struct workload *work, const struct gemm_shape *shape,
                         const struct gemm_plan *plan, struct tensors *t, struct build *cube,
                         const struct target *target)
{
    struct kval fix = imm(PIPE_FIX);
    emit(cube, cross_set, .pipe = fix, .id = imm(ALL_CUBES_ID), .scope = imm(SCOPE_ALL));
    emit(cube, cross_wait, .pipe = fix, .id = imm(ALL_CUBES_ID));
    emit(cube, cross_set, .pipe = fix, .id = imm(CUBES_DONE_ID), .scope = imm(SCOPE_BLOCK));

    struct build vector = build_begin(work->kernel, CORE_AIV);
    emit(&vector, cross_wait, .pipe = imm(PIPE_S), .id = imm(CUBES_DONE_ID));
    struct reduce_plan reduce = { .partial = shape->acc,
                                  .out = shape->out,
                                  .parts = plan->split,
                                  .elements = shape->m * shape->n,
                                  .scale = out_scale(shape) };
    reduce_emit(&vector, &reduce, t->partials, t->c, target);
}

enum { CHOSEN_TILE_M, CHOSEN_TILE_N, CHOSEN_TILE_K, CHOSEN_SPLIT };

static bool build(struct workload *work, const struct target *target, struct diag *diag)
{
    struct gemm_shape shape = shape_of(work);
    struct gemm_plan plan;

    if (shape.acc == DT_f32 && shape.out == DT_i32)
        return diag_fail(diag, loc_nowhere(),
                         "out is i32 and dtype a float; expected f16, bf16 or f32");
    if (!choose_plan(work, &shape, target, &plan, diag))
        return false;

    struct kernel *kernel = work->kernel = kernel_new("gemm");
    struct tensors t = {
        .a = build_tensor(kernel, "a", shape.in, TENSOR_IN, shape.m, shape.k),
        .b = build_tensor(kernel, "b", shape.in, TENSOR_IN, shape.trans_b ? shape.n : shape.k,
                          shape.trans_b ? shape.k : shape.n),
        .c = build_tensor(kernel, "c", shape.out, TENSOR_OUT, shape.m, shape.n),
    };
    if (plan.split > 1)
        t.partials = build_tensor(kernel, "partials", shape.acc, TENSOR_WORK,
                                  plan.split * shape.m, shape.n);
    struct build cube = build_begin(kernel, CORE_AIC);
    emit_cube(&cube, &shape, &plan, &t, target);
    if (plan.split > 1)
        emit_split_k(work, &shape, &plan, &t, &cube, target);

    /* As libraries do, on all cores, however few have a tile: each costs its start. */
    work->blocks = work->args[SCHEDULE] == SINGLE_CORE ? 1 : target->aic;
    work->warm_runs = (unsigned)work->args[WARM];
    work->chosen[CHOSEN_TILE_M] = plan.tile.tile_m;
    work->chosen[CHOSEN_TILE_N] = plan.tile.tile_n;
    work->chosen[CHOSEN_TILE_K] = plan.tile.tile_k;
    work->chosen[CHOSEN_SPLIT] = plan.split;
    return true;
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    struct gemm_shape shape = shape_of(work);
    int64_t side = tensor == TENSOR_A ? shape.m : shape.n;
    data_random(shape.in, data, (uint64_t)(side * shape.k), 1, seed + tensor);
}

static double *widened(enum dtype type, const uint8_t *data, int64_t elements)
{
    double *out = mem_array((size_t)elements, sizeof *out);
    for (int64_t i = 0; i < elements; i++)
        out[i] = data_get(type, data, (uint64_t)i);
    return out;
}

static void check(const struct workload *work, uint8_t *const *tensors, struct verdict *verdict)
{
    struct gemm_shape shape = shape_of(work);
    double *a = widened(shape.in, tensors[TENSOR_A], shape.m * shape.k);
    double *b = widened(shape.in, tensors[TENSOR_B], shape.k * shape.n);
    double *c = mem_array((size_t)(shape.m * shape.n), sizeof *c);
    double scale = out_scale(&shape);

    reference_matmul(a, b, c, shape.m, shape.n, shape.k, shape.trans_b);
    verdict_begin(verdict, matmul_tolerance(shape.out, shape.k));
    for (int64_t i = 0; i < shape.m * shape.n; i++)
        verdict_value(verdict, "c", i / shape.n, i % shape.n,
                      data_get(shape.out, tensors[TENSOR_C], (uint64_t)i), c[i] * scale);
    mem_free(a);
    mem_free(b);
    mem_free(c);
}

static size_t metrics(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX])
{
    const int64_t *arg = work->args;
    double flops = 2.0 * (double)arg[M] * (double)arg[N] * (double)arg[K];
    out[0] = (struct metric){ "tflops", flops / timing->time_us / 1e6 };
    out[1] = (struct metric){ "tile_m", (double)work->chosen[CHOSEN_TILE_M] };
    out[2] = (struct metric){ "tile_n", (double)work->chosen[CHOSEN_TILE_N] };
    out[3] = (struct metric){ "tile_k", (double)work->chosen[CHOSEN_TILE_K] };
    out[4] = (struct metric){ "split", (double)work->chosen[CHOSEN_SPLIT] };
    return 5;
}

extern const struct kernel_spec gemm_spec;
const struct kernel_spec gemm_spec = {
    .name = "gemm",
    .meaning = "matrix multiplication on the cube cores",
    .args = args,
    .build = build,
    .fill = fill,
    .check = check,
    .metrics = metrics,
};
