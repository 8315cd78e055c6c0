#ifndef NPUSIM_KERNELS_ENEC_CASE_H
#define NPUSIM_KERNELS_ENEC_CASE_H
/*
 * What the ENEC kernels were asked for: parameters of the codec, the elements, and where a
 * stream has what. Elements are made block by block from a seed. One that (b, n) cannot
 * represent has its exponent moved into their range, so every (b, n, m) can be run.
 *
 * How long a kernel takes depends on its data through the number of outliers of each block
 * alone. It gets that from the vector unit; for runs without data it stands in `plan`, a
 * control tensor.
 */
#include "kernels/enec/enec.h"
#include "kernels/kernel.h"

enum enec_arg {
    ENEC_DTYPE,
    ENEC_B,
    ENEC_N,
    ENEC_M,
    ENEC_ELEMENTS,
    ENEC_MODEL_ARG,
    ENEC_DATA,
    ENEC_WARM,
    ENEC_VARIANT, /* not of every kernel */
};

/* The steps by which the paper comes to its kernels, each with what the ones before it have. */
enum enec_variant {
    ENEC_V0, /* an exponent becomes its rank by frequency, looked up in a table; each group has
                a width of its own: another stream (enec/enec_basic.h), of which b, n and m say
                nothing but what the elements are */
    ENEC_V1, /* one width for all, and outliers */
    ENEC_V2, /* it becomes b - e: no table */
    ENEC_V3, /* outliers are counted by a scan in two levels, not along all of a plane */
};

/* The rows of a kernel's table of parameters that all of them have. */
#define ENEC_ARGS                                                                              \
    [ENEC_DTYPE] = { "dtype",                                                                  \
                     ARG_WORD,                                                                 \
                     0,                                                                        \
                     0,                                                                        \
                     enec_dtype_words,                                                         \
                     0,                                                                        \
                     false,                                                                    \
                     "of the elements; auto: that of the model" },                             \
    [ENEC_B] = { "b",  ARG_INT, 0,     255,                                                    \
                 NULL, 0,       false, "exponent that becomes 0; with n=0 the model's" },      \
    [ENEC_N] = { "n",  ARG_INT, 0,     ENEC_WIDTH_MAX,                                         \
                 NULL, 0,       false, "bits of an exponent; 0: the model's b, n and m" },     \
    [ENEC_M] = { "m",  ARG_INT, 0,     ENEC_WIDTH_MAX,                                         \
                 NULL, 0,       false, "low bits that are always kept" },                      \
    [ENEC_ELEMENTS] = { "elements", ARG_INT, 1,     INT64_C(1) << 31,                          \
                        NULL,       1 << 22, false, "of the tensor" },                         \
    [ENEC_MODEL_ARG] = { "model",                                                              \
                         ARG_WORD,                                                             \
                         0,                                                                    \
                         0,                                                                    \
                         enec_model_words,                                                     \
                         0,                                                                    \
                         false,                                                                \
                         "whose weights the synthetic ones are like" },                        \
    [ENEC_DATA] = { "data",                                                                    \
                    ARG_WORD,                                                                  \
                    0,                                                                         \
                    0,                                                                         \
                    enec_data_words,                                                           \
                    0,                                                                         \
                    false,                                                                     \
                    "weights of the model, random bits, all equal, all zero, or full of "      \
                    "NaN, infinity and subnormals" },                                          \
    [ENEC_WARM] = { "warm", ARG_INT, 0, 1, NULL, 1, false, "run once before" }

#define ENEC_VARIANT_ARG                                                                       \
    [ENEC_VARIANT] = { "variant",                                                              \
                       ARG_WORD,                                                               \
                       0,                                                                      \
                       0,                                                                      \
                       enec_variant_words,                                                     \
                       ENEC_V3,                                                                \
                       false,                                                                  \
                       "step of the paper's ablation: v3 has all of them, v0 is inferred" }

extern const char *const enec_dtype_words[],
    *const enec_model_words[], *const enec_data_words[], *const enec_variant_words[];

struct enec_case {
    struct enec_params params;
    struct enec_layout layout;
    uint64_t bytes; /* of the elements, the filling of the last block included */
    unsigned kept;  /* n - m: bits of an outlier in e1 */
    unsigned model, data;
    enum enec_variant variant;
};

/* What the arguments ask for on a chip with so many vector cores. */
bool enec_case_of(const struct workload *work, unsigned aivs, struct enec_case *out,
                  struct diag *diag);

/* The same, of a workload that has been built. */
struct enec_case enec_case_built(const struct workload *work);

/* Elements are made ENEC_BLOCK at a time, whatever a block of the stream is. Part `index`, as
 * 16-bit words; beyond the last element it is filled up as the reference does it. */
uint64_t enec_case_parts(const struct enec_case *one);
void enec_case_block(const struct enec_case *one, uint64_t seed, uint64_t index,
                     uint16_t *block);

/* The upper 16 bits of an element: sign, exponent, and mantissa or the upper part of it. */
uint16_t *enec_case_upper(const struct enec_case *one, uint16_t *block, size_t index);

/* All elements, filled up to whole blocks as the reference does it. */
void enec_case_elements(const struct enec_case *one, uint64_t seed, uint8_t *out);

/* The plan: u32 lanes that go to e1 for each block, then where each core's part of e1 begins,
 * in bytes, and the length of the stream. enec_case_plan is not of ENEC_V0. */
static inline int64_t enec_plan_words(const struct enec_case *one)
{
    return (int64_t)(one->layout.blocks + one->params.aivs + 1);
}

void enec_case_plan(const struct enec_case *one, uint64_t seed, uint8_t *out);

/* Compare bytes of a tensor, from `first` on. */
void enec_compare(struct verdict *verdict, const char *tensor, uint64_t first,
                  const uint8_t *found, const uint8_t *expected, uint64_t bytes);

/* ratio, throughput_gibps (of uncompressed data) and blocks; `plan` is the plan's index. */
size_t enec_metrics(const struct workload *work, size_t plan, const struct timing *timing,
                    struct metric out[KERNEL_METRICS_MAX]);

#endif
