/*
 * The ENEC kernels against the reference codec, byte for byte. Most run on a 910B2 cut down to
 * one or two pairs of vector cores, so that a core has several blocks and fills its buffer of
 * outliers. Nothing here depends on how long they take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kernels/enec/enec_synth.h"
#include "kernels/enec_case.h"
#include "kernels/ir/nk.h"
#include "kernels/ir/untimed.h"
#include "sim/mem.h"
#include "tests/npu_rig.h"
#include "tests/random.h"

static const char *const kernels[] = { "enec-compress", "enec-merge", "enec-decompress" };
#define KERNELS (sizeof kernels / sizeof *kernels)

static const char *const types[] = { "bf16", "f16", "f32" };

/* A chip of a few vector cores, or with "" all 48. */
#define TWO_CORES "chip.aic=1"
#define FOUR_CORES "chip.aic=2"

static void init(struct npu_rig *rig, const char *chip, const char *kernel, const char *params)
{
    npu_rig_init_builtin(rig, "ascend910b2", chip, kernel, params);
}

static void assert_right(struct npu_rig *rig, const char *kernel, const char *params)
{
    struct verdict verdict = { 0 };
    rig->work.spec->check(&rig->work, rig->tensors, &verdict);
    if (!verdict.checked || !verdict.correct)
        fail_msg("%s %s: %s", kernel, params, verdict.first);
}

static void try_one(const char *chip, const char *kernel, const char *params)
{
    struct npu_rig rig;
    init(&rig, chip, kernel, params);
    npu_rig_run_builtin(&rig, true);
    assert_right(&rig, kernel, params);
    npu_rig_free(&rig);
}

static void try_all(const char *chip, const char *params)
{
    for (size_t i = 0; i < KERNELS; i++)
        try_one(chip, kernels[i], params);
}

/* --- presets --- */

/* About three blocks a core, of which a quarter are outliers. */
static void weights_of_every_model_are_as_the_reference_has_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < enec_model_count; i++) {
        char params[96];
        snprintf(params, sizeof params, "model=%s elements=100001 warm=0", enec_models[i].name);
        try_all(TWO_CORES, params);
    }
}

static void all_cores_of_a_chip_take_part(void **state)
{
    (void)state;
    try_all("", "elements=1200000 warm=0");
}

/* --- kinds of data and sizes --- */

static void every_kind_of_data_is_as_the_reference_has_it(void **state)
{
    (void)state;
    static const char *const kinds[] = { "random", "equal", "zero", "special" };
    for (size_t type = 0; type < 3; type++) {
        for (size_t kind = 0; kind < 4; kind++) {
            char params[96];
            unsigned n = type == 1 ? 6 : 8, b = type == 1 ? 16 : 128; /* every exponent */
            snprintf(params, sizeof params,
                     "dtype=%s data=%s b=%u n=%u m=3 elements=50001 warm=0", types[type],
                     kinds[kind], b, n);
            try_all(TWO_CORES, params);
        }
    }
}

static void a_tensor_need_not_fill_its_blocks(void **state)
{
    (void)state;
    static const unsigned sizes[] = { 1, 15, 16383, 16384, 16385, 32768, 49153 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char params[96];
        snprintf(params, sizeof params, "dtype=%s b=121 n=7 m=2 elements=%u data=random warm=0",
                 i % 2 == 0 ? "bf16" : "f32", sizes[i]);
        try_all(i % 3 == 0 ? FOUR_CORES : TWO_CORES, params);
    }
}

/* --- b, n, m --- */

static void any_b_n_and_m_will_do(void **state)
{
    (void)state;
    uint64_t seed = 20260403;
    for (unsigned n = 1; n <= ENEC_WIDTH_MAX; n++) {
        for (unsigned m = 1; m < n || m == 1; m++) {
            unsigned type = (unsigned)random_below(&seed, 3);
            unsigned b = (unsigned)random_below(&seed, type == 1 ? 32 : 256);
            unsigned elements = 1 + (unsigned)random_below(&seed, 40000);
            char params[96];
            snprintf(params, sizeof params,
                     "dtype=%s data=%s b=%u n=%u m=%u elements=%u warm=0", types[type],
                     random_below(&seed, 3) == 0 ? "weights" : "random", b, n, m, elements);
            try_all(TWO_CORES, params);
        }
    }
}

/* --- the steps of the ablation --- */

static void every_variant_is_as_the_reference_has_it(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "elements=163840",
        "dtype=f16 b=7 n=4 m=3 model=mistral-7b elements=70000",
        "dtype=f32 b=60 n=7 m=2 data=random elements=40000",
        "data=equal b=3 n=1 m=1 elements=9",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (unsigned variant = 0; variant <= 3; variant++) {
            char params[96];
            snprintf(params, sizeof params, "%s variant=v%u warm=0", cases[i], variant);
            try_one(TWO_CORES, "enec-compress", params);
            try_one(TWO_CORES, "enec-decompress", params);
        }
    }
}

static sim_time core_time(const char *kernel, const char *variant)
{
    char params[96];
    struct npu_rig rig;
    snprintf(params, sizeof params, "elements=131072 variant=%s", variant);
    init(&rig, FOUR_CORES, kernel, params);
    npu_rig_run_builtin(&rig, false);
    sim_time time = rig.run.core_time;
    npu_rig_free(&rig);
    return time;
}

/* The table costs both kernels; only decompression has a scan (FIDELITY.md, F24), of which v0
 * has as much as v1 (F30). */
static void each_step_of_the_ablation_saves_time(void **state)
{
    (void)state;
    sim_time compress = core_time("enec-compress", "v3");
    sim_time decompress = core_time("enec-decompress", "v2");
    assert_true(core_time("enec-compress", "v0") > core_time("enec-compress", "v1"));
    assert_true(core_time("enec-compress", "v1") > compress);
    assert_int_equal(core_time("enec-compress", "v2"), compress);
    assert_true(core_time("enec-decompress", "v1") > decompress);
    assert_true(decompress > 2 * core_time("enec-decompress", "v3"));
}

/* --- from the first kernel to the last --- */

static void copy_tensor(struct npu_rig *to, struct npu_rig *from, const char *name)
{
    uint64_t bytes = npu_rig_bytes(from, name);
    assert_true(bytes <= npu_rig_bytes(to, name));
    memcpy(npu_rig_tensor(to, name), npu_rig_tensor(from, name), bytes);
}

/* What each kernel leaves is what the next begins with; the stream is enec_compress's. */
static void assert_chain(const char *params)
{
    struct npu_rig compress, merge, decompress;
    init(&compress, FOUR_CORES, kernels[0], params);
    init(&merge, FOUR_CORES, kernels[1], params);
    init(&decompress, FOUR_CORES, kernels[2], params);
    memset(npu_rig_tensor(&merge, "stream"), 0, npu_rig_bytes(&merge, "stream"));
    uint8_t *expected = npu_rig_tensor(&decompress, "stream");
    uint64_t length = expected[20] | (uint64_t)expected[21] << 8 |
                      (uint64_t)expected[22] << 16 | (uint64_t)expected[23] << 24;

    npu_rig_run_builtin(&compress, true);
    copy_tensor(&merge, &compress, "stream");
    copy_tensor(&merge, &compress, "parts");
    copy_tensor(&merge, &compress, "sizes");
    npu_rig_run_builtin(&merge, true);
    assert_memory_equal(npu_rig_tensor(&merge, "stream"), expected, length);
    copy_tensor(&decompress, &merge, "stream");
    npu_rig_run_builtin(&decompress, true);
    assert_memory_equal(npu_rig_tensor(&decompress, "x"), npu_rig_tensor(&compress, "x"),
                        npu_rig_bytes(&compress, "x"));
    npu_rig_free(&decompress);
    npu_rig_free(&merge);
    npu_rig_free(&compress);
}

static void the_three_kernels_make_and_undo_the_reference_stream(void **state)
{
    (void)state;
    assert_chain("elements=400000"); /* six blocks a core: e1 goes out twice */
    assert_chain("dtype=f16 b=15 n=5 m=2 elements=200000 model=diffusion");
    assert_chain("dtype=f32 b=128 n=8 m=4 elements=90000 data=random");
}

/* --- other ways to run them --- */

static const char *const small[] = {
    "elements=262144 warm=0",
    "dtype=f16 b=15 n=5 m=2 data=random elements=80000 warm=0",
    "dtype=f32 b=100 n=7 m=3 data=random elements=80000 warm=0",
};

/* Without data the numbers of outliers come from the plan. */
static void without_data_they_take_as_long(void **state)
{
    (void)state;
    for (size_t i = 0; i < KERNELS * 3; i++) {
        struct npu_rig rig, without;
        init(&rig, FOUR_CORES, kernels[i % KERNELS], small[i / KERNELS]);
        init(&without, FOUR_CORES, kernels[i % KERNELS], small[i / KERNELS]);
        npu_rig_run_builtin(&rig, true);
        npu_rig_run_builtin(&without, false);
        assert_true(npu_rig_same_run(&rig.run, &without.run));
        npu_rig_free(&without);
        npu_rig_free(&rig);
    }
}

static void without_time_they_compute_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < KERNELS * 3; i++) {
        struct npu_rig rig;
        struct target target;
        struct diag diag = { 0 };
        init(&rig, FOUR_CORES, kernels[i % KERNELS], small[i / KERNELS]);
        chip_target(rig.chip, &target);
        struct exec *exec =
            exec_new(rig.kernel, rig.capacity, rig.tensors, rig.npu->core_count);
        if (!untimed_run(exec, &target, rig.work.blocks, &diag))
            fail_msg("%s", diag.text);
        assert_right(&rig, kernels[i % KERNELS], small[i / KERNELS]);
        exec_free(exec);
        npu_rig_free(&rig);
    }
}

static void their_text_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < KERNELS * 3; i++) {
        struct npu_rig rig;
        struct diag diag = { 0 };
        struct text text;
        init(&rig, "", kernels[i % KERNELS], small[i / KERNELS]);
        text_init(&text);
        kernel_print(rig.kernel, &text);
        struct kernel *again = kernel_parse("printed.nk", text.at, text.length, &diag);
        assert_string_equal(diag.text, "");
        assert_true(kernel_equal(again, rig.kernel));
        kernel_free(again);
        text_free(&text);
        npu_rig_free(&rig);
    }
}

/* --- what the check is worth --- */

static void a_bit_that_is_wrong_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *kernel, *tensor;
        size_t byte;
    } places[] = {
        { "enec-compress", "stream", 40 }, { "enec-compress", "parts", 5 },
        { "enec-compress", "sizes", 32 },  { "enec-merge", "stream", 12 },
        { "enec-decompress", "x", 77777 },
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct npu_rig rig;
        struct verdict verdict = { 0 };
        init(&rig, TWO_CORES, places[i].kernel, "elements=50000 warm=0");
        npu_rig_run_builtin(&rig, true);
        npu_rig_tensor(&rig, places[i].tensor)[places[i].byte] ^= 4;
        rig.work.spec->check(&rig.work, rig.tensors, &verdict);
        assert_false(verdict.correct);
        assert_int_equal(verdict.wrong, 1);
        npu_rig_free(&rig);
    }
}

/* A signalling NaN comes out of the cast to bf16 as a quiet one (FIDELITY.md, F23). */
static void of_f32_a_signalling_nan_is_not_restored(void **state)
{
    (void)state;
    for (uint32_t quiet = 0; quiet < 2; quiet++) {
        struct npu_rig rig;
        struct verdict verdict = { 0 };
        uint32_t nan = UINT32_C(0x7f800001) | quiet << 22;
        init(&rig, TWO_CORES, "enec-compress", "dtype=f32 b=128 n=8 m=3 elements=64 warm=0");
        memcpy(npu_rig_tensor(&rig, "x") + 4, &nan, 4);
        npu_rig_run_builtin(&rig, true);
        rig.work.spec->check(&rig.work, rig.tensors, &verdict);
        assert_int_equal(verdict.wrong, quiet == 0);
        npu_rig_free(&rig);
    }
}

static void parameters_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *word, *expected;
    } bad[] = {
        { "b=121", "b or m is given and n is not; expected all three" },
        { "n=6", "m is 0; expected 1 to 5" },
    };
    for (size_t i = 0; i < 2; i++) {
        struct workload work;
        struct diag diag = { 0 };
        struct target target = { .aiv = 2, .capacity[SPACE_UB] = 196608 };
        assert_false(workload_build(&work, kernel_spec_find("enec-compress"), &bad[i].word, 1,
                                    &target, &diag));
        assert_string_equal(diag.text, bad[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_of_every_model_are_as_the_reference_has_them),
        cmocka_unit_test(all_cores_of_a_chip_take_part),
        cmocka_unit_test(every_kind_of_data_is_as_the_reference_has_it),
        cmocka_unit_test(a_tensor_need_not_fill_its_blocks),
        cmocka_unit_test(any_b_n_and_m_will_do),
        cmocka_unit_test(every_variant_is_as_the_reference_has_it),
        cmocka_unit_test(each_step_of_the_ablation_saves_time),
        cmocka_unit_test(the_three_kernels_make_and_undo_the_reference_stream),
        cmocka_unit_test(without_data_they_take_as_long),
        cmocka_unit_test(without_time_they_compute_the_same),
        cmocka_unit_test(their_text_reads_back),
        cmocka_unit_test(a_bit_that_is_wrong_is_found),
        cmocka_unit_test(of_f32_a_signalling_nan_is_not_restored),
        cmocka_unit_test(parameters_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
