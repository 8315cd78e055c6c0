#include "kernels/enec_case.h"

#include "kernels/data.h"
#include "kernels/enec/enec_basic.h"
#include "kernels/enec/enec_block.h"
#include "kernels/enec/enec_header.h"
#include "kernels/enec/enec_synth.h"
#include "kernels/enec_ranks.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

enum { DTYPE_AUTO, DTYPE_BF16, DTYPE_F16, DTYPE_F32 };
enum { DATA_WEIGHTS, DATA_RANDOM, DATA_EQUAL, DATA_ZERO, DATA_SPECIAL };

const char *const enec_dtype_words[] = { "auto", "bf16", "f16", "f32", NULL };
const char *const enec_data_words[] = { "weights", "random", "equal", "zero", "special", NULL };
const char *const enec_model_words[] = {
#define ENEC_MODEL(name, ...) name,
#include "kernels/enec/enec_models.def"
#undef ENEC_MODEL
    NULL
};

const char *const enec_variant_words[] = { "v0", "v1", "v2", "v3", NULL };

static const enum dtype dtypes[] = {
    [DTYPE_BF16] = DT_bf16, [DTYPE_F16] = DT_f16, [DTYPE_F32] = DT_f32
};

bool enec_case_of(const struct workload *work, unsigned aivs, struct enec_case *out,
                  struct diag *diag)
{
    const int64_t *arg = work->args;
    const struct enec_model *model = &enec_models[arg[ENEC_MODEL_ARG]];
    bool own = arg[ENEC_N] == 0;

    *out = (struct enec_case){
        .params = { .type =
                        arg[ENEC_DTYPE] == DTYPE_AUTO ? model->type : dtypes[arg[ENEC_DTYPE]],
                    .b = own ? model->b : (unsigned)arg[ENEC_B],
                    .n = own ? model->n : (unsigned)arg[ENEC_N],
                    .m = own ? model->m : (unsigned)arg[ENEC_M],
                    .aivs = aivs },
        .model = (unsigned)arg[ENEC_MODEL_ARG],
        .data = (unsigned)arg[ENEC_DATA],
        .variant = work->spec->args[ENEC_VARIANT].name != NULL
                       ? (enum enec_variant)arg[ENEC_VARIANT]
                       : ENEC_V3,
    };
    if (own && (arg[ENEC_B] != 0 || arg[ENEC_M] != 0))
        return diag_fail(diag, loc_nowhere(),
                         "b or m is given and n is not; expected all three");
    if (!enec_check(&out->params, diag) ||
        !(out->variant == ENEC_V0 ? enec_basic_layout : enec_layout)(
            &out->params, (uint64_t)arg[ENEC_ELEMENTS], &out->layout, diag))
        return false;
    if (out->variant == ENEC_V1 && out->params.type == DT_f16 && out->params.n > 5)
        return diag_fail(diag, loc_nowhere(),
                         "n is %u; expected at most 5, which all ranks of f16 fit",
                         out->params.n);
    out->bytes = out->layout.blocks * out->layout.block_bytes;
    out->kept = out->params.n - out->params.m;
    return true;
}

struct enec_case enec_case_built(const struct workload *work)
{
    struct enec_case out;
    struct diag diag = { 0 };
    bool ok = enec_case_of(work, work->blocks, &out, &diag);
    SIM_ASSERT(ok);
    return out;
}

/* --- elements --- */

uint16_t *enec_case_upper(const struct enec_case *one, uint16_t *block, size_t index)
{
    return block + (one->params.type == DT_f32 ? 2 * index + 1 : index);
}

/* The cast to bf16 on the way makes a signalling NaN of an f32 a quiet one. */
static void quieten(uint16_t *element)
{
    bool nan = (*element & 0x7f80) == 0x7f80 && ((*element & 0x7f) | element[-1]) != 0;
    if (nan)
        *element |= 0x40;
}

static void fit(const struct enec_case *one, uint16_t *element)
{
    bool half = one->params.type == DT_f16;
    int shift = half ? 10 : 7, most = half ? 31 : 255;
    int least = enec_least(&one->params), range = 1 << one->params.n;
    int exponent = *element >> shift & most;

    if (exponent < least || exponent >= least + range) {
        exponent = least + ((exponent - least) % range + range) % range;
        if (exponent < 0 || exponent > most)
            exponent = (int)one->params.b;
        *element = (uint16_t)((*element & ~(most << shift)) | exponent << shift);
    }
    if (one->params.type == DT_f32)
        quieten(element);
}

static void special_block(const struct enec_case *one, uint64_t seed, uint16_t *block)
{
    static const uint16_t uppers[] = { 0x7f80, 0xff80, 0x7fc0, 0xffff, 0x7c00, 0xfc01,
                                       0x0000, 0x8000, 0x0001, 0x807f, 0x03ff, 0x0080 };
    struct random random = { seed };
    for (size_t i = 0; i < ENEC_BLOCK; i++) {
        uint64_t bits = random_next(&random);
        if (one->params.type == DT_f32)
            block[2 * i] = (uint16_t)(bits >> 48);
        *enec_case_upper(one, block, i) = uppers[bits % (sizeof uppers / sizeof *uppers)];
    }
}

static size_t part_bytes(const struct enec_case *one)
{
    return dtype_bytes(one->params.type, ENEC_BLOCK);
}

uint64_t enec_case_parts(const struct enec_case *one)
{
    return (one->layout.elements + ENEC_BLOCK - 1) / ENEC_BLOCK;
}

static void raw_block(const struct enec_case *one, uint64_t seed, uint64_t index,
                      uint16_t *block)
{
    struct enec_model model = enec_models[one->model];
    model.type = one->params.type;

    switch (one->data) {
    case DATA_WEIGHTS:
        enec_synth(&model, seed, index * (ENEC_BLOCK / ENEC_ROW), ENEC_BLOCK, block);
        break;
    case DATA_RANDOM:
        data_random_bytes((uint8_t *)block, part_bytes(one), seed + index);
        break;
    case DATA_SPECIAL:
        special_block(one, seed + index, block);
        break;
    default:
        memset(block, one->data == DATA_ZERO ? 0 : 0xbc, part_bytes(one));
        break;
    }
}

void enec_case_block(const struct enec_case *one, uint64_t seed, uint64_t index,
                     uint16_t *block)
{
    uint64_t left = one->layout.elements - index * ENEC_BLOCK;
    unsigned shift = one->params.type == DT_f16 ? 10 : 7;

    raw_block(one, seed, index, block);
    for (size_t i = 0; i < ENEC_BLOCK; i++) {
        if (i < left)
            fit(one, enec_case_upper(one, block, i));
        else
            *enec_case_upper(one, block, i) = (uint16_t)(one->params.b << shift);
        if (i >= left && one->params.type == DT_f32)
            block[2 * i] = 0;
    }
}

void enec_case_elements(const struct enec_case *one, uint64_t seed, uint8_t *out)
{
    size_t bytes = part_bytes(one);
    uint16_t *part = mem_new(bytes);

    for (uint64_t at = 0; at < one->bytes; at += bytes) { /* the last may be half of a part */
        enec_case_block(one, seed, at / bytes, part);
        memcpy(out + at, part, one->bytes - at < bytes ? one->bytes - at : bytes);
    }
    mem_free(part);
}

/* --- the plan --- */

void enec_case_plan(const struct enec_case *one, uint64_t seed, uint8_t *out)
{
    const struct enec_layout *layout = &one->layout;
    unsigned aivs = one->params.aivs;
    uint64_t lanes[ENEC_AIVS_MAX] = { 0 }, at = 0;
    struct enec_block *block = mem_new(sizeof *block);
    struct enec_case asked = *one;
    struct enec_ranks ranks;

    if (one->variant == ENEC_V1) {
        enec_case_ranks(one, seed, &ranks);
        asked = enec_ranked_case(one);
    }
    for (uint64_t i = 0; i < layout->blocks; i++) {
        enec_case_block(one, seed, i, block->data);
        if (one->variant == ENEC_V1)
            enec_rank_block(one, &ranks, block->data);
        bool fits = enec_block_split(&asked.params, block);
        SIM_ASSERT(fits);
        enec_block_quantise(&asked.params, block);
        uint64_t count = ENEC_GROUP * block->outliers.count;
        enec_put32(out + 4 * i, (uint32_t)count);
        lanes[i % aivs] += count;
    }
    mem_free(block);
    out += 4 * layout->blocks;
    for (unsigned aiv = 0; aiv < aivs; aiv++) {
        enec_put32(out + 4 * aiv, (uint32_t)at);
        at += (lanes[aiv] + ENEC_TAIL - 1) / ENEC_TAIL * ENEC_TAIL * one->kept / 8;
    }
    enec_put32(out + 4 * aivs, (uint32_t)(layout->e1 + at));
}

/* --- results --- */

void enec_compare(struct verdict *verdict, const char *tensor, uint64_t first,
                  const uint8_t *found, const uint8_t *expected, uint64_t bytes)
{
    found += first;
    expected += first;
    if (memcmp(found, expected, bytes) == 0) {
        verdict->values += bytes;
        return;
    }
    for (uint64_t i = 0; i < bytes; i++)
        verdict_value(verdict, tensor, 0, (int64_t)(first + i), found[i], expected[i]);
}

size_t enec_metrics(const struct workload *work, size_t plan, const struct timing *timing,
                    struct metric out[KERNEL_METRICS_MAX])
{
    struct enec_case one = enec_case_built(work);
    const struct enec_layout *layout = &one.layout;
    uint64_t plain = dtype_bytes(one.params.type, layout->elements);
    const uint8_t *words = work->tensors[plan];
    uint32_t packed = enec_get32(words + 4 * (layout->blocks + one.params.aivs));

    out[0] = (struct metric){ "ratio", (double)plain / (double)packed };
    out[1] =
        (struct metric){ "throughput_gibps", (double)plain / timing->time_us * 1e6 / 0x1p30 };
    out[2] = (struct metric){ "blocks", (double)layout->blocks };
    return 3;
}
