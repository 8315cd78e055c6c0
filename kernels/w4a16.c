/*
 * w4a16: 16-bit activations times int4 weights on decoupled cores. The cube
 * cannot read int4, so the vector cores dequantise every weight and hand it to
 * the cube cores through global memory.
 *
 *   stripe          the vendor operator's schedule: stripes of N over all of K,
 *                   three rotating stripe buffers, barriers between the phases
 *   tile-pipelined  each cube and its vector cores share a small ring of K-tiles;
 *                   tiles of 128x256, two stages
 *   data-parallel   the same ring with four stages and tiles chosen so that few
 *                   cores idle; each core over the whole K
 *   split-k         data-parallel over parts of K as well; f32 partial results
 *                   are added by the vector cores at the end
 *   direct          the vector cores put their tiles into L1 of the cube core, on
 *                   chips with a path from UB to L1; K in parts if that keeps
 *                   more cores busy
 *
 * Weights are [k][n], two to a byte, low nibble first. The dequantised weight
 * is by definition rounded to the activations' type: f16 rounds after adding
 * the offset and after scaling, bf16 computes in f32 and rounds once.
 */
#include "kernels/w4a16.h"

#include "kernels/data.h"
#include "kernels/ir/half.h"
#include "sim/mem.h"

#include <string.h>

enum { M, N, K, ACT, GROUP, ZERO, SCHEDULE, SPLIT, WARM };
enum { ACT_F16, ACT_BF16 };
enum { STRIPE, DATA_PARALLEL, SPLIT_K, TILE_PIPELINED, DIRECT };
enum { TENSOR_A, TENSOR_WEIGHTS, TENSOR_SCALES, TENSOR_C, TENSOR_OFFSETS };

static const char *const acts[] = { "f16", "bf16", NULL };
static const char *const groups[] = { "0", "32", "64", "128", NULL };
static const char *const schedules[] = { "stripe",         "data-parallel", "split-k",
                                         "tile-pipelined", "direct",        NULL };
static const int64_t group_sizes[] = { 0, 32, 64, 128 };

#define SIDE_MAX (INT64_C(1) << 24)

/* Of a ring in L1: smaller tiles than in the workspace, so that there are enough of them to
 * cover the way of the flags between cores, there and back. */
#define DIRECT_TILE_K 128
#define DIRECT_STAGES 8

static const struct arg_spec args[] = {
    [M] = { "m", ARG_INT, 1, SIDE_MAX, NULL, 0, true, "rows of the activations" },
    [N] = { "n", ARG_INT, 1, SIDE_MAX, NULL, 0, true, "columns of the weights" },
    [K] = { "k", ARG_INT, 1, SIDE_MAX, NULL, 0, true, "rows of the weights" },
    [ACT] = { "act", ARG_WORD, 0, 0, acts, ACT_F16, false, "type of the activations" },
    [GROUP] = { "group", ARG_WORD, 0, 0, groups, 3, false,
                "rows of K that share a scale; 0: one scale per column" },
    [ZERO] = { "zero", ARG_INT, 0, 1, NULL, 0, false, "1: add an offset before scaling" },
    [SCHEDULE] = { "schedule", ARG_WORD, 0, 0, schedules, SPLIT_K, false,
                   "how weights get from the vector cores to the cubes" },
    [SPLIT] = { "split", ARG_INT, 0, 64, NULL, 0, false,
                "parts of K for split-k and direct; 0: chosen" },
    [WARM] = { "warm", ARG_INT, 0, 1, NULL, 0, false,
               "run once before, with the L2 left warm" },
    { 0 },
};

static struct w4a16_shape shape_of(const struct workload *work)
{
    const int64_t *arg = work->args;
    return (struct w4a16_shape){
        .m = arg[M],
        .n = arg[N],
        .k = arg[K],
        .act = arg[ACT] == ACT_F16 ? DT_f16 : DT_bf16,
        .group = group_sizes[arg[GROUP]],
        .zero = arg[ZERO] != 0,
    };
}

static int64_t scale_rows(const struct w4a16_shape *shape)
{
    return shape->group == 0 ? 1 : (shape->k + shape->group - 1) / shape->group;
}

enum { CHOSEN_SPLIT, CHOSEN_TILE_N };

static bool check_schedule(const int64_t *arg, const struct target *target, struct diag *diag)
{
    bool may_split = arg[SCHEDULE] == SPLIT_K || arg[SCHEDULE] == DIRECT;
    if (arg[SPLIT] != 0 && !may_split)
        return diag_fail(diag, loc_nowhere(),
                         "split is %lld; expected it with schedule=split-k or direct only",
                         (long long)arg[SPLIT]);
    return arg[SCHEDULE] != DIRECT || (target->lacks[SPACE_UB] >> SPACE_L1 & 1) == 0 ||
           diag_fail(
               diag, loc_nowhere(),
               "schedule is direct; expected another, the chip has no path from ub to l1");
}

/* Of the schedules that have a ring. */
static struct w4a16_ring choose_ring(const int64_t *arg, const struct w4a16_shape *shape,
                                     const struct target *target)
{
    struct w4a16_ring ring = { .tile_n = 256, .tile_k = W4A16_TILE_K, .stages = 2, .split = 1 };
    if (arg[SCHEDULE] == TILE_PIPELINED)
        return ring;
    ring.tile_n = w4a16_tile_n(shape, target);
    ring.stages = 4;
    if (arg[SCHEDULE] == DIRECT) {
        ring.direct = true;
        ring.tile_k = DIRECT_TILE_K;
        ring.stages = DIRECT_STAGES;
    }
    int64_t fewest = arg[SCHEDULE] == SPLIT_K ? 2 : 1;
    if (arg[SCHEDULE] != DATA_PARALLEL)
        ring.split =
            arg[SPLIT] != 0 ? arg[SPLIT] : w4a16_split(shape, ring.tile_n, fewest, target);
    return ring;
}

static bool build(struct workload *work, const struct target *target, struct diag *diag)
{
    struct w4a16_shape shape = shape_of(work);
    const int64_t *arg = work->args;
    if (!check_schedule(arg, target, diag))
        return false;

    struct kernel *kernel = work->kernel = kernel_new("w4a16");
    struct w4a16_tensors t = {
        .a = build_tensor(kernel, "a", shape.act, TENSOR_IN, shape.m, shape.k),
        .weights = build_tensor(kernel, "weights", DT_i4, TENSOR_IN, shape.k,
                                2 * dequant_row_bytes(shape.n)),
        .scales =
            build_tensor(kernel, "scales", shape.act, TENSOR_IN, scale_rows(&shape), shape.n),
        .c = build_tensor(kernel, "c", shape.act, TENSOR_OUT, shape.m, shape.n),
    };
    if (shape.zero)
        t.offsets =
            build_tensor(kernel, "offsets", shape.act, TENSOR_IN, scale_rows(&shape), shape.n);
    work->warm_runs = (unsigned)arg[WARM];

    if (arg[SCHEDULE] == STRIPE)
        return w4a16_build_stripe(work, &shape, &t, target, diag);

    struct w4a16_ring ring = choose_ring(arg, &shape, target);
    work->chosen[CHOSEN_TILE_N] = ring.tile_n;
    work->chosen[CHOSEN_SPLIT] = ring.split;
    return w4a16_build_ring(work, &shape, &ring, &t, target, diag);
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    struct w4a16_shape shape = shape_of(work);
    uint64_t scales = (uint64_t)(scale_rows(&shape) * shape.n);
    struct random random = { seed + tensor };

    switch (tensor) {
    case TENSOR_A:
        data_random(shape.act, data, (uint64_t)(shape.m * shape.k), 1, seed);
        break;
    case TENSOR_WEIGHTS:
        data_random_bytes(data, (uint64_t)(shape.k * dequant_row_bytes(shape.n)),
                          seed + tensor);
        break;
    case TENSOR_SCALES: /* weights of about a tenth: 8 * 0.02 */
        for (uint64_t i = 0; i < scales; i++)
            data_set(shape.act, data, i, 0.01 + 0.005 * random_unit(&random));
        break;
    default: /* whole offsets, as an asymmetric quantiser makes them */
        for (uint64_t i = 0; i < scales; i++)
            data_set(shape.act, data, i, (double)(int)(random_unit(&random) * 8));
        break;
    }
}

/* One weight as the definition says, without the IR's vector code. */
static double dequantised(const struct w4a16_shape *shape, uint8_t *const *tensors, int64_t k,
                          int64_t n)
{
    uint8_t pair = tensors[TENSOR_WEIGHTS][k * dequant_row_bytes(shape->n) + n / 2];
    int weight = n % 2 == 0 ? pair & 15 : pair >> 4;
    weight = weight >= 8 ? weight - 16 : weight;

    uint64_t at = (uint64_t)((shape->group == 0 ? 0 : k / shape->group) * shape->n + n);
    float scale = (float)data_get(shape->act, tensors[TENSOR_SCALES], at);
    float offset = shape->zero ? (float)data_get(shape->act, tensors[TENSOR_OFFSETS], at) : 0;
    if (shape->act == DT_bf16)
        return (double)bf16_to_f32(f32_to_bf16(((float)weight + offset) * scale));
    float sum = f16_to_f32(f32_to_f16((float)weight + offset));
    return (double)f16_to_f32(f32_to_f16(sum * scale));
}

static void check(const struct workload *work, uint8_t *const *tensors, struct verdict *verdict)
{
    struct w4a16_shape shape = shape_of(work);
    double *weights = mem_array((size_t)shape.n, sizeof *weights);
    double *a = mem_array((size_t)(shape.m * shape.k), sizeof *a);
    double *c = mem_array((size_t)(shape.m * shape.n), sizeof *c);

    for (int64_t i = 0; i < shape.m * shape.k; i++)
        a[i] = data_get(shape.act, tensors[TENSOR_A], (uint64_t)i);
    for (int64_t k = 0; k < shape.k; k++) {
        for (int64_t n = 0; n < shape.n; n++)
            weights[n] = dequantised(&shape, tensors, k, n);
        for (int64_t m = 0; m < shape.m; m++)
            reference_matmul(&a[m * shape.k + k], weights, &c[m * shape.n], 1, shape.n, 1,
                             false);
    }
    verdict_begin(verdict, matmul_tolerance(shape.act, shape.k));
    for (int64_t i = 0; i < shape.m * shape.n; i++)
        verdict_value(verdict, "c", i / shape.n, i % shape.n,
                      data_get(shape.act, tensors[TENSOR_C], (uint64_t)i), c[i]);
    mem_free(weights);
    mem_free(a);
    mem_free(c);
}

static size_t metrics(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX])
{
    const int64_t *arg = work->args;
    double weights = (double)arg[N] * (double)arg[K];
    out[0] = (struct metric){ "tflops", 2 * weights * (double)arg[M] / timing->time_us / 1e6 };
    out[1] = (struct metric){ "gweights_per_s", weights / timing->time_us / 1e3 };
    out[2] = (struct metric){ "split", (double)work->chosen[CHOSEN_SPLIT] };
    return arg[SCHEDULE] == SPLIT_K || arg[SCHEDULE] == DIRECT ? 3 : 2;
}

extern const struct kernel_spec w4a16_spec;
const struct kernel_spec w4a16_spec = {
    .name = "w4a16",
    .meaning = "16-bit activations times int4 weights, dequantised on the vector cores",
    .args = args,
    .build = build,
    .fill = fill,
    .check = check,
    .metrics = metrics,
};
