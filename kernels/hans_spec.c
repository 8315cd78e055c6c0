/* hans-encode and hans-decode as kernels: their tensors, inputs, references and metrics. */
#include "kernels/data.h"
#include "kernels/hans_kernel.h"
#include "kernels/whole.h"
#include "sim/mem.h"

#include <string.h>

enum { WEIGHTS, HISTOGRAM, MANTISSA, FIXED };

/* Both have the same tensors; what one writes the other reads. */
static bool build(struct workload *work, const struct target *target, bool encodes,
                  struct diag *diag)
{
    if (!hans_plan(work, target, diag))
        return false;

    enum tensor_role inner = encodes ? TENSOR_OUT : TENSOR_IN;
    enum tensor_role outer = encodes ? TENSOR_IN : TENSOR_OUT;
    struct hans_shape shape = hans_shape_of(work);
    struct kernel *kernel = work->kernel = kernel_new(work->spec->name);
    struct hans_tensors gm;
    gm.weights = build_tensor(kernel, "weights", encodes ? DT_u8 : DT_u16, outer,
                              shape.elements * shape.bytes / (encodes ? 1 : 2), 0);
    gm.histogram = build_tensor(kernel, "histogram", DT_i32, TENSOR_IN, HANS_SYMBOLS, 0);
    gm.mantissa =
        build_tensor(kernel, "mantissa", DT_u8, inner, shape.elements * (shape.bytes - 1), 0);
    gm.fixed =
        build_tensor(kernel, "fixed", DT_i32, inner, hans_segment(&shape, shape.cores) / 4, 0);

    /* How much an encoder writes where depends on the weights; its header says how much that
     * was. How much a decoder reads where depends on the widths. There is one register that
     * counts what a squeeze keeps, and so whatever else is squeezed must be there too: the
     * sorted histogram or its ranks, and decoding f32 the stored bytes. */
    kernel->tensors[WEIGHTS].control = encodes;
    kernel->tensors[HISTOGRAM].control = kernel->tensors[FIXED].control = true;
    kernel->tensors[MANTISSA].control = !encodes && shape.bytes == 4;
    struct build b = build_begin(kernel, CORE_AIV);
    (encodes ? hans_encode_emit : hans_decode_emit)(&b, &shape, &gm);
    return true;
}

static bool build_encode(struct workload *work, const struct target *target, struct diag *diag)
{
    return build(work, target, true, diag);
}

static bool build_decode(struct workload *work, const struct target *target, struct diag *diag)
{
    return build(work, target, false, diag);
}

/* --- inputs --- */

/* MANTISSA or FIXED, core by core: what the other would take is not kept. */
static void fill_encoded(const struct workload *work, size_t tensor,
                         const int32_t histogram[HANS_SYMBOLS], uint8_t *data, uint64_t seed)
{
    struct hans_shape shape = hans_shape_of(work);
    int64_t most = ceil_div(hans_tiles(&shape), shape.cores), bytes[HANS_CORES_MAX];
    uint8_t *weights = mem_new((size_t)(most * HANS_TILE * shape.bytes));
    uint8_t *other =
        mem_new((size_t)(tensor == FIXED ? most * HANS_TILE * (shape.bytes - 1)
                                         : most * HANS_TILE_ROOM + HANS_TAIL_BYTES));

    for (int64_t core = 0; core < shape.cores; core++) {
        int64_t first = hans_first_tile(&shape, core) * HANS_TILE;
        uint8_t *mantissa = tensor == FIXED ? other : data + first * (shape.bytes - 1);
        uint8_t *segment = tensor == FIXED ? data + hans_segment(&shape, core) : other;
        hans_core_weights(work, seed, core, weights);
        bytes[core] = hans_encode_core(&shape, histogram, core, weights, mantissa, segment);
    }
    if (tensor == FIXED)
        hans_write_header(&shape, bytes, data);
    mem_free(weights);
    mem_free(other);
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    int32_t histogram[HANS_SYMBOLS];

    if (tensor == WEIGHTS) {
        hans_weights(work, seed, data);
        return;
    }
    hans_sample(work, seed, histogram);
    if (tensor == HISTOGRAM) {
        memcpy(data, histogram, sizeof histogram);
        return;
    }
    fill_encoded(work, tensor, histogram, data, seed);
}

/* --- results --- */

static void conclude(struct workload *work, uint8_t *const *tensors)
{
    struct hans_shape shape = hans_shape_of(work);
    work->chosen[0] = hans_packed_bytes(&shape, tensors[FIXED]);
}

static void compare(struct verdict *verdict, const char *name, int64_t row,
                    const uint8_t *found, const uint8_t *expected, int64_t bytes)
{
    for (int64_t i = 0; i < bytes; i++)
        verdict_value(verdict, name, row, i, found[i], expected[i]);
}

static void check_encode(const struct workload *work, uint8_t *const *tensors,
                         struct verdict *verdict)
{
    struct hans_shape shape = hans_shape_of(work);
    int64_t rest = shape.elements * (shape.bytes - 1), room = hans_segment(&shape, shape.cores);
    uint8_t *mantissa = mem_new((size_t)rest), *fixed = mem_new((size_t)room);
    int32_t histogram[HANS_SYMBOLS];

    memcpy(histogram, tensors[HISTOGRAM], sizeof histogram);
    hans_encode(&shape, histogram, tensors[WEIGHTS], mantissa, fixed);
    verdict_begin(verdict, 0);
    compare(verdict, "mantissa", 0, tensors[MANTISSA], mantissa, rest);
    compare(verdict, "header", 0, tensors[FIXED], fixed, HANS_HEADER_BYTES);
    for (int64_t core = 0; core < shape.cores; core++) {
        int64_t at = hans_segment(&shape, core);
        compare(verdict, "fixed", core, tensors[FIXED] + at, fixed + at,
                hans_header_word(fixed, HANS_WORD_BYTES + core));
    }
    mem_free(mantissa);
    mem_free(fixed);
}

static void check_decode(const struct workload *work, uint8_t *const *tensors,
                         struct verdict *verdict)
{
    struct hans_shape shape = hans_shape_of(work);
    int64_t bytes = shape.elements * shape.bytes;
    uint8_t *weights = mem_new((size_t)bytes);
    int32_t histogram[HANS_SYMBOLS];

    memcpy(histogram, tensors[HISTOGRAM], sizeof histogram);
    hans_decode(&shape, histogram, tensors[MANTISSA], tensors[FIXED], weights);
    verdict_begin(verdict, 0);
    compare(verdict, "weights", 0, tensors[WEIGHTS], weights, bytes);
    mem_free(weights);
}

/* The ratio counts no room between segments: what reshuff=True of the operator leaves. */
static size_t metrics(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX])
{
    struct hans_shape shape = hans_shape_of(work);
    double bytes = (double)(shape.elements * shape.bytes);

    out[0] = (struct metric){ "ratio", bytes / (double)work->chosen[0] };
    out[1] = (struct metric){ "throughput_gibps", bytes / 0x1p30 / (timing->time_us * 1e-6) };
    return 2;
}

extern const struct kernel_spec hans_encode_spec, hans_decode_spec;

const struct kernel_spec hans_encode_spec = {
    .name = "hans-encode",
    .meaning = "HANS, the operator library's lossless codec of weights: encoding",
    .args = hans_args,
    .build = build_encode,
    .fill = fill,
    .conclude = conclude,
    .check = check_encode,
    .metrics = metrics,
};

const struct kernel_spec hans_decode_spec = {
    .name = "hans-decode",
    .meaning = "HANS, the operator library's lossless codec of weights: decoding",
    .args = hans_args,
    .build = build_decode,
    .fill = fill,
    .conclude = conclude,
    .check = check_decode,
    .metrics = metrics,
};
