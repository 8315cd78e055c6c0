/*
 * The kernels of ENEC's first design (variant=v0) against its reference, byte for byte, on a
 * 910B2 cut down to one or two pairs of vector cores.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kernels/ir/nk.h"
#include "kernels/ir/untimed.h"
#include "sim/mem.h"
#include "tests/npu_rig.h"

#define TWO_CORES "chip.aic=1"
#define FOUR_CORES "chip.aic=2"

static const char *const kernels[] = { "enec-compress", "enec-decompress" };

/* `params` without the variant. */
static void init(struct npu_rig *rig, const char *chip, const char *kernel, const char *params)
{
    char all[128];
    snprintf(all, sizeof all, "variant=v0 warm=0 %s", params);
    npu_rig_init_builtin(rig, "ascend910b2", chip, kernel, all);
}

static void assert_right(struct npu_rig *rig, const char *params)
{
    struct verdict verdict = { 0 };
    rig->work.spec->check(&rig->work, rig->tensors, &verdict);
    if (!verdict.checked || !verdict.correct)
        fail_msg("%s %s: %s", rig->work.spec->name, params, verdict.first);
}

/* --- data --- */

/* All exponents, so that no element is changed; of f32 no NaN is a signalling one (F23). */
static void any_data_of_any_size_is_as_the_reference_has_it(void **state)
{
    (void)state;
    static const char *const kinds[] = { "weights", "random", "equal", "zero", "special" };
    static const char *const types[] = { "bf16", "f16", "f32" };
    static const unsigned sizes[] = { 1, 8191, 8193, 16384, 57345, 140000 };

    for (size_t i = 0; i < 2 * 3 * 6; i++) {
        size_t type = i / 2 % 3, size = i / 6;
        char params[96];
        struct npu_rig rig;
        snprintf(params, sizeof params, "dtype=%s data=%s b=%u n=%u m=3 elements=%u",
                 types[type], kinds[(size + type) % 5], type == 1 ? 16 : 128, type == 1 ? 6 : 8,
                 sizes[size]);
        init(&rig, size % 2 == 0 ? TWO_CORES : FOUR_CORES, kernels[i % 2], params);
        npu_rig_run_builtin(&rig, true);
        assert_right(&rig, params);
        npu_rig_free(&rig);
    }
}

/* --- from one kernel to the other --- */

/* No kernel moves the parts together as enec-merge does it; here it is done by hand. */
static void join_parts(struct npu_rig *compress, uint8_t *stream, uint64_t room)
{
    uint64_t prefix = npu_rig_bytes(compress, "stream"), e1 = prefix + 32, at = e1;
    uint64_t region = npu_rig_bytes(compress, "parts") / 4;

    memset(stream + 32, 0, room - 32); /* the header stays */
    memcpy(stream + 32, npu_rig_tensor(compress, "stream") + 32, prefix - 32);
    for (size_t core = 0; core < 4; core++) {
        uint32_t begin = (uint32_t)(at - e1), bytes;
        memcpy(&bytes, npu_rig_tensor(compress, "sizes") + 32 * core, 4);
        memcpy(stream + at, npu_rig_tensor(compress, "parts") + core * region, bytes);
        memcpy(stream + prefix + 4 * core, &begin, 4);
        at += bytes;
    }
}

static void assert_chain(const char *params)
{
    struct npu_rig compress, decompress;
    init(&compress, FOUR_CORES, kernels[0], params);
    init(&decompress, FOUR_CORES, kernels[1], params);
    uint8_t *stream = npu_rig_tensor(&decompress, "stream");
    uint64_t room = npu_rig_bytes(&decompress, "stream");
    uint8_t *expected = mem_new(room);
    memcpy(expected, stream, room);

    npu_rig_run_builtin(&compress, true);
    join_parts(&compress, stream, room);
    assert_memory_equal(stream, expected, room);
    npu_rig_run_builtin(&decompress, true);
    assert_memory_equal(npu_rig_tensor(&decompress, "x"), npu_rig_tensor(&compress, "x"),
                        npu_rig_bytes(&compress, "x"));
    mem_free(expected);
    npu_rig_free(&decompress);
    npu_rig_free(&compress);
}

static void both_kernels_make_and_undo_the_reference_stream(void **state)
{
    (void)state;
    assert_chain(
        "elements=400000"); /* twelve blocks a core and more: each group gives up rows */
    assert_chain("dtype=f16 b=16 n=6 m=2 elements=200000 model=diffusion");
    assert_chain("dtype=f32 b=128 n=8 m=4 elements=90000 data=random");
}

/* --- other ways to run them --- */

static const char *const small[] = {
    "elements=262144",
    "dtype=f16 b=15 n=5 m=2 data=random elements=80000",
    "dtype=f32 b=100 n=7 m=3 data=random elements=80000",
};
#define RUNS (2 * sizeof small / sizeof *small)

/* Without data the numbers of rows come from the plan. */
static void without_data_they_take_as_long(void **state)
{
    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        struct npu_rig rig, without;
        init(&rig, FOUR_CORES, kernels[i % 2], small[i / 2]);
        init(&without, FOUR_CORES, kernels[i % 2], small[i / 2]);
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
    for (size_t i = 0; i < RUNS; i++) {
        struct npu_rig rig;
        struct target target;
        struct diag diag = { 0 };
        init(&rig, FOUR_CORES, kernels[i % 2], small[i / 2]);
        chip_target(rig.chip, &target);
        struct exec *exec =
            exec_new(rig.kernel, rig.capacity, rig.tensors, rig.npu->core_count);
        if (!untimed_run(exec, &target, rig.work.blocks, &diag))
            fail_msg("%s", diag.text);
        assert_right(&rig, small[i / 2]);
        exec_free(exec);
        npu_rig_free(&rig);
    }
}

static void their_text_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        struct npu_rig rig;
        struct diag diag = { 0 };
        struct text text;
        init(&rig, "", kernels[i % 2], small[i / 2]);
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
        size_t kernel;
        const char *tensor;
        size_t byte;
    } places[] = {
        { 0, "stream", 40 },
        { 0, "parts", 5 },
        { 0, "sizes", 32 },
        { 1, "x", 77777 },
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct npu_rig rig;
        struct verdict verdict = { 0 };
        init(&rig, TWO_CORES, kernels[places[i].kernel], "elements=50000");
        npu_rig_run_builtin(&rig, true);
        npu_rig_tensor(&rig, places[i].tensor)[places[i].byte] ^= 4;
        rig.work.spec->check(&rig.work, rig.tensors, &verdict);
        assert_false(verdict.correct);
        assert_int_equal(verdict.wrong, 1);
        npu_rig_free(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_data_of_any_size_is_as_the_reference_has_it),
        cmocka_unit_test(both_kernels_make_and_undo_the_reference_stream),
        cmocka_unit_test(without_data_they_take_as_long),
        cmocka_unit_test(without_time_they_compute_the_same),
        cmocka_unit_test(their_text_reads_back),
        cmocka_unit_test(a_bit_that_is_wrong_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
