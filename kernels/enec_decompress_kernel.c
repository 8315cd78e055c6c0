/*
 * enec-decompress: a stream to its elements, instruction for instruction as the published
 * kernels do it.
 */
#include "kernels/data.h"
#include "kernels/enec_basic_case.h"
#include "kernels/enec_decompress_program.h"
#include "kernels/enec_fields.h"
#include "kernels/enec_ranks.h"
#include "kernels/enec/enec_header.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

static const struct arg_spec args[] = { ENEC_ARGS, ENEC_VARIANT_ARG, { 0 } };

/* t1 begins with the zero that elements without high bits get; h is its upper half. */
static void place(struct decompress *k)
{
    uint64_t at = 0;
    k->mask = area_next("mask", &at, N / 8);
    k->prefix = area_next("prefix", &at, (4 * (uint64_t)k->one->params.aivs + 31) / 32 * 32);
    k->merge = area_next("merge", &at, 2 * N);
    k->ends = area_next("ends", &at, 2 * G);
    k->pattern = area_next("pattern", &at, G / 8);
    k->header = area_next("header", &at, ENEC_HEADER_BYTES);
    k->ones = area_next("ones", &at, 2 * G);
    k->table = area_next("table", &at, 2 * ENEC_TABLE);
    k->t0 = area_next("t0", &at, 4 * N);
    k->t1 = area_next("t1", &at, UB_BLOCK + 4 * N);
    uint64_t upper = k->t1.address + UB_BLOCK + 2 * N;
    k->h = area_next("h", &upper, 2 * N);
    uint64_t behind = k->t1.address + 4 * N / 4;
    k->scratch = area_next("scratch", &behind, 4 * G + 2 * 2 * G);
    k->count = build_tile(k->b, "count", SPACE_SPR, DT_u64, 1, 0);
}

/* --- fields --- */

/* A block's part of a section, to a byte of an area. */
static void load_block(struct decompress *k, struct area *area, int64_t byte, struct kval block,
                       uint64_t section, uint32_t bytes)
{
    enec_load_section(k, area_at(k->b, area, DT_u8, imm(byte)),
                      block_at(k, block, section, bytes), imm(bytes));
}

/* h = the exponents. With n = m there are no high bits: the low ones have the sign. */
static void exponents(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    const struct enec_params *params = &k->one->params;
    struct kref h = u16_at(k, &k->h, 0), signedly = area_as(b, &k->h, DT_i16);

    load_block(k, &k->h, 0, block, k->one->layout.e0, k->one->layout.e0_block);
    emit_unpack_high(b, h, imm(N), params->m);
    if (k->one->kept == 0 && k->one->variant != ENEC_V1) {
        emit_shr(b, signedly, signedly, 16 - params->m, imm(N));
    } else {
        emit_shr(b, h, h, 16 - params->m, imm(N));
        if (k->one->kept != 0)
            emit_or(b, h, h, u16_at(k, &k->t0, 0), imm(N));
    }
    if (k->one->variant == ENEC_V1) {
        emit_lookup(b, &k->h, &k->table, &k->t1, UB_BLOCK);
        return;
    }
    emit_line(b, vmuls, .dst = signedly, .a = signedly, .scalar = real(-1), .count = imm(N));
    emit_line(b, vadds, .dst = signedly, .a = signedly, .scalar = real((double)params->b),
              .count = imm(N));
}

/* --- the program --- */

static void emit_block(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    const struct enec_layout *layout = &k->one->layout;
    enum dtype type = k->one->params.type;
    const struct enec_fields fields = { b, type, N };
    int64_t bytes = layout->block_bytes;

    if (k->one->kept != 0)
        enec_spread_outliers(k, block);
    exponents(k, block);
    load_block(k, &k->t0, 0, block, layout->ms, layout->ms_block);
    enec_join(&fields, &k->h, &k->t0);
    if (type == DT_f32) {
        enec_widen_upper(&fields, &k->t0, &k->h);
        load_block(k, &k->t1, UB_BLOCK, block, layout->ms0, layout->ms0_block);
        enec_join_lower(&fields, &k->t0, &k->t1, UB_BLOCK);
    }
    emit_line(b, store, .dst = build_at(b, k->tensors[X], build_mul(b, block, imm(bytes))),
              .a = area_as(b, type == DT_f32 ? &k->t0 : &k->h, type), .bytes = imm(bytes));
}

static void emit_program(struct decompress *k)
{
    struct build *b = k->b;

    place(k);
    emit_line(b, vdup, .dst = f16_at(k, &k->ones, 0), .scalar = real(0x1p-24), .count = imm(G));
    emit_line(b, vdup, .dst = u16_at(k, &k->pattern, 0), .scalar = real(0x8000),
              .count = imm(G / 16));
    emit_line(b, vdup, .dst = u16_at(k, &k->t1, 0), .scalar = real(0), .count = imm(16));
    if (k->one->variant == ENEC_V1)
        emit_line(b, load_ub, .dst = area_as(b, &k->table, DT_u16), .a = k->tensors[TABLE],
                  .bytes = imm(2 * ENEC_TABLE));
    if (k->one->kept != 0)
        enec_open_part(k);
    struct kval block = build_for(b, "block", reg_of(REG_BLOCK_ID),
                                  imm((int64_t)k->one->layout.blocks), reg_of(REG_BLOCK_NUM));
    emit_block(k, block);
    build_end(b);
}

static bool build(struct workload *work, const struct target *target, struct diag *diag)
{
    struct enec_case one;
    if (!enec_case_of(work, target->aiv, &one, diag))
        return false;

    struct kernel *kernel = work->kernel = kernel_new("enec-decompress");
    struct decompress k = { .one = &one };
    int64_t elements = (int64_t)(one.bytes / dtype_bytes(one.params.type, 1));
    k.tensors[STREAM] =
        build_tensor(kernel, "stream", DT_u8, TENSOR_IN, (int64_t)one.layout.most, 0);
    k.tensors[X] = build_tensor(kernel, "x", one.params.type, TENSOR_OUT, elements, 0);
    k.tensors[PLAN] = build_tensor(kernel, "plan", DT_u32, TENSOR_IN, enec_plan_words(&one), 0);
    kernel->tensors[PLAN].control = true;
    if (one.variant <= ENEC_V1)
        k.tensors[TABLE] =
            build_tensor(kernel, "table", one.variant == ENEC_V0 ? DT_i32 : DT_u16, TENSOR_IN,
                         ENEC_TABLE, 0);
    struct build b = build_begin(kernel, CORE_AIV);
    k.b = &b;
    (one.variant == ENEC_V0 ? enec_basic_decode : emit_program)(&k);
    work->blocks = target->aiv;
    work->warm_runs = (unsigned)work->args[ENEC_WARM];
    return true;
}

/* What is compressed in place of the elements, and with what parameters. */
static void fill_stream(const struct enec_case *one, uint64_t seed, uint8_t *data)
{
    struct enec_case asked = *one;
    struct enec_ranks ranks;
    uint8_t *x = mem_new(one->bytes);
    struct diag diag = { 0 };
    uint64_t bytes;

    enec_case_elements(one, seed, x);
    if (one->variant == ENEC_V1) {
        enec_case_ranks(one, seed, &ranks);
        enec_rank_elements(one, &ranks, x);
        asked = enec_ranked_case(one);
    }
    bool ok = enec_compress(&asked.params, x, asked.layout.elements, data, &bytes, &diag);
    SIM_ASSERT(ok);
    memset(data + bytes, 0, one->layout.most - bytes);
    mem_free(x);
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    struct enec_case one = enec_case_built(work);
    struct enec_ranks ranks;

    bool basic = one.variant == ENEC_V0;

    if (tensor == STREAM) {
        (basic ? enec_basic_stream : fill_stream)(&one, seed, data);
    } else if (tensor == PLAN) {
        (basic ? enec_basic_plan : enec_case_plan)(&one, seed, data);
    } else if (basic) {
        enec_basic_exponent_table(&one, seed, data);
    } else {
        enec_case_ranks(&one, seed, &ranks);
        memcpy(data, ranks.exponent, sizeof ranks.exponent);
    }
}

static void unrank(const struct enec_case *one, const uint8_t *table, uint8_t *x)
{
    uint16_t exponent[ENEC_TABLE];
    struct enec_ranks ranks;
    memcpy(exponent, table, sizeof exponent);
    enec_ranks_back(&ranks, exponent);
    enec_unrank_elements(one, &ranks, x);
}

/* False when the stream, the user's own, is none of these parameters. */
static bool restore(const struct enec_case *one, const struct enec_stream *stream,
                    const uint8_t *table, uint8_t *x, struct diag *diag)
{
    uint16_t exponent[ENEC_TABLE];

    if (one->variant == ENEC_V0) {
        enec_basic_table_read(table, exponent);
        return enec_basic_decompress(&one->params, &one->layout, exponent, stream, x, diag);
    }
    struct enec_case asked = one->variant == ENEC_V1 ? enec_ranked_case(one) : *one;
    if (!enec_decompress(&asked.params, stream, x, asked.layout.elements, diag))
        return false;
    if (one->variant == ENEC_V1)
        unrank(one, table, x);
    return true;
}

/* With the reference, whatever the stream. */
static void check(const struct workload *work, uint8_t *const *tensors, struct verdict *verdict)
{
    struct enec_case one = enec_case_built(work);
    struct enec_stream stream = { .bytes = tensors[STREAM],
                                  .length = enec_get32(tensors[STREAM] + TOTAL_AT) };
    uint64_t bytes = dtype_bytes(one.params.type, one.layout.elements);
    const uint8_t *table = one.variant <= ENEC_V1 ? tensors[TABLE] : NULL;
    uint8_t *x = mem_new(one.bytes);
    struct diag diag = { 0 };

    verdict_begin(verdict, 0);
    if (stream.length <= one.layout.most && restore(&one, &stream, table, x, &diag)) {
        enec_compare(verdict, "x", 0, tensors[X], x, bytes);
    } else {
        verdict->correct = false;
        snprintf(verdict->first, sizeof verdict->first, "%.150s", diag.text);
    }
    mem_free(x);
}

static size_t metrics(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX])
{
    return enec_metrics(work, PLAN, timing, out);
}

extern const struct kernel_spec enec_decompress_spec;
const struct kernel_spec enec_decompress_spec = {
    .name = "enec-decompress",
    .meaning = "the ENEC weight codec: a stream to its elements",
    .args = args,
    .build = build,
    .fill = fill,
    .check = check,
    .metrics = metrics,
};
