/*
 * enec-compress: what every vector core does to its blocks, instruction for instruction as
 * the published kernels do it. Everything but e1 goes to its place in the stream; a core's
 * part of e1 goes to a region of its own, and its size beside it, for enec-merge.
 */
#include "kernels/data.h"
#include "kernels/enec/enec_compress.h"
#include "kernels/enec/enec_header.h"
#include "kernels/enec_basic_case.h"
#include "kernels/enec_compress_program.h"
#include "kernels/enec_ranks.h"
#include "sim/mem.h"

#include <string.h>

static const struct arg_spec args[] = { ENEC_ARGS, ENEC_VARIANT_ARG, { 0 } };

static bool build(struct workload *work, const struct target *target, struct diag *diag)
{
    struct enec_case one;
    if (!enec_case_of(work, target->aiv, &one, diag))
        return false;

    const struct enec_layout *layout = &one.layout;
    struct kernel *kernel = work->kernel = kernel_new("enec-compress");
    struct kref refs[COMPRESS_TENSORS] = { { .kind = REF_NONE } };
    int64_t aivs = target->aiv;
    refs[COMPRESS_X] = build_tensor(kernel, "x", one.params.type, TENSOR_IN,
                                    (int64_t)(one.bytes / dtype_bytes(one.params.type, 1)), 0);
    refs[COMPRESS_STREAM] =
        build_tensor(kernel, "stream", DT_u8, TENSOR_OUT, (int64_t)layout->prefix, 0);
    refs[COMPRESS_PARTS] =
        build_tensor(kernel, "parts", DT_u8, TENSOR_OUT, aivs, (int64_t)layout->region);
    refs[COMPRESS_SIZES] =
        build_tensor(kernel, "sizes", DT_u32, TENSOR_OUT, aivs, ENEC_SIZE_BYTES / 4);
    refs[COMPRESS_PLAN] =
        build_tensor(kernel, "plan", DT_u32, TENSOR_IN, enec_plan_words(&one), 0);
    kernel->tensors[COMPRESS_PLAN].control = true;
    if (one.variant <= ENEC_V1)
        refs[COMPRESS_TABLE] =
            build_tensor(kernel, "table", one.variant == ENEC_V0 ? DT_i32 : DT_u16, TENSOR_IN,
                         ENEC_TABLE, 0);
    struct build b = build_begin(kernel, CORE_AIV);
    (one.variant == ENEC_V0 ? enec_basic_encode : enec_compress_program)(&b, &one, refs);
    work->blocks = target->aiv;
    work->warm_runs = (unsigned)work->args[ENEC_WARM];
    return true;
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    struct enec_case one = enec_case_built(work);
    struct enec_ranks ranks;

    if (tensor == COMPRESS_X) {
        enec_case_elements(&one, seed, data);
    } else if (tensor == COMPRESS_PLAN) {
        (one.variant == ENEC_V0 ? enec_basic_plan : enec_case_plan)(&one, seed, data);
    } else if (one.variant == ENEC_V0) {
        enec_basic_rank_table(&one, seed, data);
    } else {
        enec_case_ranks(&one, seed, &ranks);
        memcpy(data, ranks.rank, sizeof ranks.rank);
    }
}

/* What the reference makes of the kernel's elements; free it. */
static uint8_t *reference_elements(const struct enec_case *one, uint8_t *const *tensors)
{
    uint8_t *x = mem_new(one->bytes);
    uint16_t rank[ENEC_TABLE];
    struct enec_ranks ranks;

    memcpy(x, tensors[COMPRESS_X], one->bytes);
    if (one->variant == ENEC_V1) {
        memcpy(rank, tensors[COMPRESS_TABLE], sizeof rank);
        enec_ranks_from(&ranks, rank);
        enec_rank_elements(one, &ranks, x);
    }
    return x;
}

static void check_sections(const struct enec_layout *layout, const uint8_t *found,
                           const uint8_t *expected, struct verdict *verdict)
{
    enec_compare(verdict, "stream (ms0)", layout->ms0, found, expected,
                 layout->ms - layout->ms0);
    enec_compare(verdict, "stream (ms)", layout->ms, found, expected, layout->e0 - layout->ms);
    enec_compare(verdict, "stream (e0)", layout->e0, found, expected,
                 layout->mask - layout->e0);
    enec_compare(verdict, "stream (mask)", layout->mask, found, expected, /* V0: widths */
                 layout->prefix - layout->mask);
}

/* What the check of one run works with. */
struct reference {
    struct enec_case one;
    uint16_t rank[ENEC_BASIC_SYMBOLS]; /* of V0 */
    uint8_t *x, *stream, *part;
    struct enec_work *work;
};

/* What a core should have made. False when b and n do not fit the user's own data. */
static bool compress_aiv(struct reference *reference, unsigned aiv, uint64_t *bytes,
                         struct diag *diag)
{
    const struct enec_case *one = &reference->one;

    if (one->variant != ENEC_V0)
        return enec_compress_aiv(&one->params, &one->layout, aiv, reference->x, reference->work,
                                 reference->stream, reference->part, bytes, diag);
    *bytes = enec_basic_compress_aiv(&one->params, &one->layout, reference->rank, aiv,
                                     reference->x, reference->stream, reference->part);
    return true;
}

/* Core by core with the reference, whose parts of e1 lie where the kernel's do. */
static void check(const struct workload *work, uint8_t *const *tensors, struct verdict *verdict)
{
    struct enec_case one = enec_case_built(work);
    struct reference reference = { .one =
                                       one.variant == ENEC_V1 ? enec_ranked_case(&one) : one };
    const struct enec_layout *layout = &reference.one.layout;
    struct diag diag = { 0 };

    reference.x = reference_elements(&one, tensors);
    reference.stream = mem_new(layout->prefix);
    reference.part = mem_new(layout->region);
    reference.work = mem_new(sizeof *reference.work);
    if (one.variant == ENEC_V0)
        enec_basic_table_read(tensors[COMPRESS_TABLE], reference.rank);
    verdict_begin(verdict, 0);
    for (unsigned aiv = 0; aiv < one.params.aivs; aiv++) {
        uint64_t bytes = 0;
        if (!compress_aiv(&reference, aiv, &bytes, &diag)) {
            verdict->correct = false;
            snprintf(verdict->first, sizeof verdict->first, "%.150s", diag.text);
            break;
        }
        uint8_t size[ENEC_SIZE_BYTES] = { 0 };
        enec_put32(size, (uint32_t)bytes);
        enec_compare(verdict, "sizes", 0, tensors[COMPRESS_SIZES] + aiv * ENEC_SIZE_BYTES, size,
                     ENEC_SIZE_BYTES);
        enec_compare(verdict, "parts", 0, tensors[COMPRESS_PARTS] + aiv * layout->region,
                     reference.part, bytes);
    }
    if (verdict->first[0] == '\0')
        check_sections(layout, tensors[COMPRESS_STREAM], reference.stream, verdict);
    mem_free(reference.x);
    mem_free(reference.part);
    mem_free(reference.stream);
    mem_free(reference.work);
}

static size_t metrics(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX])
{
    return enec_metrics(work, COMPRESS_PLAN, timing, out);
}

extern const struct kernel_spec enec_compress_spec;
const struct kernel_spec enec_compress_spec = {
    .name = "enec-compress",
    .meaning = "the ENEC weight codec: elements to the sections of a stream",
    .args = args,
    .build = build,
    .fill = fill,
    .check = check,
    .metrics = metrics,
};
