/*
 * The built-in kernels, run with data on a small and on a real chip: their
 * results against their references, which know nothing of the IR, over shapes
 * with all kinds of remainders. Nothing here depends on how long they take.
 */
#include "kernels/ir/nk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/mem.h"
#include "tests/npu_rig.h"
#include "tests/random.h"

/* --- one case --- */

struct example {
    const char *chip, *kernel;
    char params[160];
};

static void assert_correct(struct npu_rig *rig, const struct example *example)
{
    struct verdict verdict = { 0 };
    rig->work.spec->check(&rig->work, rig->tensors, &verdict);
    if (!verdict.checked || !verdict.correct)
        fail_msg("%s %s on %s: %s", example->kernel, example->params, example->chip,
                 verdict.first);
}

static struct kernel *printed_and_parsed(const struct kernel *kernel)
{
    struct diag diag = { 0 };
    struct text text;
    text_init(&text);
    kernel_print(kernel, &text);
    struct kernel *again = kernel_parse("printed.nk", text.at, text.length, &diag);
    assert_string_equal(diag.text, "");
    text_free(&text);
    return again;
}

/* The same kernel, once as it was built and once through its text: the same run and bytes. */
static void assert_text_runs_the_same(const struct example *example, const struct npu_rig *done)
{
    struct npu_rig fresh, rig;
    npu_rig_init_builtin(&fresh, example->chip, "", example->kernel, example->params);
    npu_rig_init_kernel(&rig, example->chip, "", printed_and_parsed(fresh.kernel));
    for (size_t i = 0; i < rig.kernel->tensor_count; i++)
        memcpy(rig.tensors[i], fresh.tensors[i],
               npu_rig_bytes(&rig, rig.kernel->tensors[i].name));

    assert_true(kernel_equal(rig.kernel, fresh.kernel));
    assert_true(npu_rig_run(&rig, fresh.work.blocks, true));
    assert_true(npu_rig_same_run(&rig.run, &done->run));
    for (size_t i = 0; i < rig.kernel->tensor_count; i++)
        assert_memory_equal(rig.tensors[i], done->tensors[i],
                            npu_rig_bytes(&rig, rig.kernel->tensors[i].name));
    npu_rig_free(&rig);
    npu_rig_free(&fresh);
}

static void assert_timing_is_the_same(const struct example *example, const struct npu_rig *done)
{
    struct npu_rig rig;
    npu_rig_init_builtin(&rig, example->chip, "", example->kernel, example->params);
    npu_rig_run_builtin(&rig, false);
    if (!npu_rig_same_run(&rig.run, &done->run))
        fail_msg("%s %s on %s: %llu ps without data, %llu with", example->kernel,
                 example->params, example->chip, (unsigned long long)rig.run.time,
                 (unsigned long long)done->run.time);
    npu_rig_free(&rig);
}

static void try_example(const struct example *example, bool through_text)
{
    struct npu_rig rig;
    npu_rig_init_builtin(&rig, example->chip, "", example->kernel, example->params);
    npu_rig_run_builtin(&rig, true);
    assert_correct(&rig, example);
    assert_timing_is_the_same(example, &rig);
    if (through_text)
        assert_text_runs_the_same(example, &rig);
    npu_rig_free(&rig);
}

static void try_all(const char *chip, const char *kernel, const char *const *params,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct example example = { .chip = chip, .kernel = kernel };
        snprintf(example.params, sizeof example.params, "%s", params[i]);
        try_example(&example, true);
    }
}

#define TRY_ALL(chip, kernel, list) try_all(chip, kernel, list, sizeof list / sizeof *list)

/* --- copy --- */

static const char *const copies[] = {
    "bytes=32 row_bytes=32 store=1",
    "bytes=96 row_bytes=32 store=1",
    "bytes=65536 row_bytes=1024 rows=4 store=1",
    "bytes=65536 row_bytes=64 rows=8 stride=512 store=1",
    "bytes=57600 row_bytes=96 rows=5 stride=288 store=1 passes=2",
    "bytes=122880 row_bytes=2048 rows=3 store=1 block=l2",
};

static void a_copy_is_what_was_copied(void **state)
{
    (void)state;
    TRY_ALL("tiny", "copy", copies);
    TRY_ALL("ascend910b3", "copy", copies);
}

/* --- gemm --- */

static const char *const smallest_gemms[] = {
    "m=1 n=1 k=1 dtype=f16",
    "m=1 n=1 k=1 dtype=bf16",
    "m=1 n=1 k=1 dtype=i8",
    "m=1 n=1 k=1 dtype=f32",
    "m=1 n=1 k=1 dtype=f32 trans_b=1 schedule=split-k split=4",
    "m=1 n=1 k=700 dtype=i8 schedule=split-k split=3",
    "m=1 n=300 k=1 dtype=bf16 trans_b=1",
    "m=300 n=1 k=2 dtype=f16",
};

static void the_smallest_products_are_right(void **state)
{
    (void)state;
    TRY_ALL("tiny", "gemm", smallest_gemms);
    TRY_ALL("ascend910b3", "gemm", smallest_gemms);
}

static const char *const given_tiles[] = {
    "m=50 n=70 k=90 tile_m=16 tile_n=16 tile_k=16 dtype=f16",
    "m=50 n=70 k=90 tile_m=32 tile_n=48 tile_k=32 dtype=bf16 trans_b=1",
    "m=50 n=70 k=90 tile_m=16 tile_n=32 tile_k=64 dtype=i8 schedule=split-k split=2",
    "m=50 n=70 k=90 tile_m=48 tile_n=16 tile_k=16 dtype=f32 schedule=data-parallel",
    "m=40 n=40 k=300 tile_m=16 tile_n=16 tile_k=64 schedule=split-k split=5",
    "m=129 n=129 k=65 tile_m=128 tile_n=128 tile_k=64 schedule=single-core",
};

static void tiles_that_are_asked_for_are_right_too(void **state)
{
    (void)state;
    TRY_ALL("tiny", "gemm", given_tiles);
    TRY_ALL("ascend910b3", "gemm", given_tiles);
}

/* Results go through UB: f16, i8 to i32 and to f16, in one step of rows and in several. */
static const char *const coupled_gemms[] = {
    "m=1 n=1 k=1",
    "m=300 n=1 k=2 out=f32",
    "m=100 n=333 k=77 out=f32 trans_b=1",
    "m=129 n=129 k=65 dtype=i8 trans_b=0",
    "m=100 n=333 k=96 dtype=i8 out=f16",
    "m=300 n=200 k=100 tile_m=128 tile_n=256 tile_k=64 out=f32 schedule=single-core",
    "m=16 n=600 k=64 tile_m=16 tile_n=512 tile_k=32 out=f32 schedule=data-parallel",
};

static void products_of_coupled_cores_are_right(void **state)
{
    (void)state;
    TRY_ALL("ascend910a", "copy", copies);
    TRY_ALL("ascend910a", "gemm", coupled_gemms);
    TRY_ALL("ascend310p3", "gemm", coupled_gemms);
}

/* Around the sides of fractals and tiles. */
static const unsigned sides[] = { 1,  2,  3,  15,  16,  17,  31,  32,  33,
                                  63, 64, 65, 127, 128, 129, 255, 256, 257 };
#define SIDES (sizeof sides / sizeof *sides)

static const char *const dtypes[] = { "f16", "bf16", "i8", "f32" };
static const char *const gemm_outs[][2] = {
    { "auto", "f32" }, { "auto", "f32" }, { "auto", "f16" }, { "auto", "f16" }
};
static const char *const gemm_schedules[] = { "auto", "data-parallel", "split-k",
                                              "single-core" };

/* 0, which leaves the choice to the kernel, where a split makes no sense. */
static unsigned split_for(const char *schedule, uint64_t *seed)
{
    unsigned split = (unsigned)random_below(seed, 5);
    bool splits = strcmp(schedule, "split-k") == 0 || strcmp(schedule, "direct") == 0;
    return splits ? split : 0;
}

/* Case number i: every pair of type, schedule and order of B comes within 32 cases. */
static struct example gemm_number(unsigned i, const char *chip, uint64_t *seed)
{
    struct example example = { .chip = chip, .kernel = "gemm" };
    uint64_t m, n, k;
    do {
        m = sides[random_below(seed, SIDES)];
        n = sides[random_below(seed, SIDES)];
        k = sides[random_below(seed, SIDES)];
    } while (m * n * k > 600000);

    snprintf(example.params, sizeof example.params,
             "m=%u n=%u k=%u dtype=%s schedule=%s trans_b=%u split=%u out=%s", (unsigned)m,
             (unsigned)n, (unsigned)k, dtypes[i % 4], gemm_schedules[i / 4 % 4], i / 16 % 2,
             split_for(gemm_schedules[i / 4 % 4], seed),
             gemm_outs[i % 4][random_below(seed, 2)]);
    return example;
}

static void products_of_all_types_schedules_and_remainders_are_right(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned i = 0; i < 160; i++) {
        struct example example = gemm_number(i, "tiny", &seed);
        try_example(&example, i % 4 == 0);
    }
    for (unsigned i = 0; i < 96; i++) {
        struct example example = gemm_number(i, "ascend910b3", &seed);
        try_example(&example, i % 8 == 0);
    }
}

/* --- w4a16 --- */

static const char *const schedules[] = { "stripe", "data-parallel", "split-k",
                                         "tile-pipelined" };
static const unsigned groups[] = { 0, 32, 64, 128 };
static const unsigned ns[] = { 1, 2, 3, 15, 17, 255, 257, 300 };
static const unsigned ks[] = { 1, 31, 33, 129, 300, 520 };

static struct example w4a16_number(unsigned i, const char *chip, const char *schedule,
                                   uint64_t *seed)
{
    struct example example = { .chip = chip, .kernel = "w4a16" };
    snprintf(example.params, sizeof example.params,
             "m=%u n=%u k=%u act=%s group=%u zero=%u schedule=%s split=%u",
             1 + (unsigned)random_below(seed, 33), ns[random_below(seed, 8)],
             ks[random_below(seed, 6)], i / 4 % 2 == 0 ? "f16" : "bf16", groups[i / 8 % 4],
             i / 32 % 2, schedule, split_for(schedule, seed));
    return example;
}

/* 64 cases are every combination of schedule, type, group and offsets. */
static void quantised_products_of_all_kinds_are_right(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (unsigned i = 0; i < 192; i++) {
        struct example example = w4a16_number(i, "tiny", schedules[i % 4], &seed);
        try_example(&example, i % 5 == 0);
    }
    for (unsigned i = 0; i < 128; i++) {
        struct example example = w4a16_number(i, "ascend910b3", schedules[i % 4], &seed);
        try_example(&example, i % 9 == 0);
    }
}

/* Both chips have a path from UB to L1. */
static void products_handed_over_in_l1_are_right(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (unsigned i = 0; i < 64; i += 3) { /* every type and group on both */
        struct example example =
            w4a16_number(i, i % 2 == 0 ? "tiny" : "ascend950pr", "direct", &seed);
        try_example(&example, i % 9 == 0);
    }
}

static const char *const larger[] = {
    "m=130 n=520 k=600 schedule=data-parallel group=64 zero=1",
    "m=130 n=520 k=600 schedule=split-k act=bf16 group=32",
    "m=140 n=260 k=300 schedule=tile-pipelined group=128 zero=1 act=bf16",
    "m=130 n=1100 k=270 schedule=stripe group=0 zero=1",
    "m=20 n=520 k=2100 schedule=direct group=128 zero=1", /* more than fit L1 at a time */
    "m=140 n=260 k=600 schedule=direct act=bf16 group=32 split=2",
};

static void more_than_one_tile_each_way_is_right(void **state)
{
    (void)state;
    TRY_ALL("tiny", "w4a16", larger);
}

/* --- the checks themselves --- */

/* With another exponent, or an integer one off. */
static void a_single_wrong_value_is_found(void **state)
{
    (void)state;
    static const struct example examples[] = {
        { "tiny", "gemm", "m=20 n=30 k=40 dtype=f16" },
        { "tiny", "gemm", "m=20 n=30 k=40 dtype=bf16" },
        { "tiny", "gemm", "m=20 n=30 k=40 dtype=f32" },
        { "tiny", "gemm", "m=20 n=30 k=40 dtype=i8" },
        { "tiny", "w4a16", "m=20 n=30 k=40 act=f16" },
        { "tiny", "copy", "bytes=1440 row_bytes=96 rows=5 store=1" },
    };
    uint64_t seed = 4;

    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct npu_rig rig;
        npu_rig_init_builtin(&rig, examples[i].chip, "", examples[i].kernel,
                             examples[i].params);
        npu_rig_run_builtin(&rig, true);
        const char *name = strcmp(examples[i].kernel, "copy") == 0 ? "dst" : "c";
        const struct ktensor *out = &rig.kernel->tensors[kernel_tensor(rig.kernel, name)];
        uint64_t size = dtype_bytes(out->dtype, 1), count = npu_rig_bytes(&rig, name) / size;
        bool is_float = dtype_info[out->dtype].class == DTC_FLOAT;

        for (unsigned turn = 0; turn < 20; turn++) {
            uint8_t *at = npu_rig_tensor(&rig, name) + random_below(&seed, count) * size;
            uint8_t *byte = is_float ? at + size - 1 : at, before = *byte;
            *byte ^= is_float ? 0x40 : 1;
            struct verdict verdict = { 0 };
            rig.work.spec->check(&rig.work, rig.tensors, &verdict);
            assert_true(verdict.checked);
            assert_false(verdict.correct);
            assert_int_equal(verdict.wrong, 1);
            *byte = before;
        }
        npu_rig_free(&rig);
    }
}

/* --- synchronisation --- */

/* The text of a kernel without the lines that end in `ending`; false when there are none. */
static bool without_lines(const struct kernel *kernel, const char *ending, struct text *out)
{
    struct text text;
    text_init(&text);
    kernel_print(kernel, &text);
    bool found = false;
    text_init(out);
    for (const char *line = text.at; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bool drop = length >= strlen(ending) &&
                    memcmp(line + length - strlen(ending), ending, strlen(ending)) == 0;
        found = found || drop;
        if (!drop)
            text_add(out, line, length + 1);
        line += length + 1;
    }
    text_free(&text);
    return found;
}

enum outcome { SAME, OTHER_TIME, WRONG_DATA, FAILED, NOT_THERE };

/* What becomes of a kernel whose pipes do not wait for one another in one direction. */
static enum outcome outcome_without(const struct example *example, enum pipe_id from,
                                    enum pipe_id to)
{
    struct npu_rig good, rig;
    struct text text;
    struct diag diag = { 0 };
    char ending[64];
    snprintf(ending, sizeof ending, "from=%s to=%s", pipe_names[from], pipe_names[to]);
    npu_rig_init_builtin(&good, example->chip, "", example->kernel, example->params);

    enum outcome outcome = NOT_THERE;
    if (without_lines(good.kernel, ending, &text)) {
        npu_rig_init_kernel(&rig, example->chip, "",
                            kernel_parse("less.nk", text.at, text.length, &diag));
        for (size_t i = 0; i < rig.kernel->tensor_count; i++)
            memcpy(rig.tensors[i], good.tensors[i],
                   npu_rig_bytes(&rig, rig.kernel->tensors[i].name));
        npu_rig_run_builtin(&good, true);
        bool ran = npu_rig_run(&rig, good.work.blocks, true), same = true;
        for (size_t i = 0; i < rig.kernel->tensor_count; i++)
            same = same && memcmp(rig.tensors[i], good.tensors[i],
                                  npu_rig_bytes(&rig, rig.kernel->tensors[i].name)) == 0;
        outcome = !ran                            ? FAILED
                  : !same                         ? WRONG_DATA
                  : rig.run.time != good.run.time ? OTHER_TIME
                                                  : SAME;
        npu_rig_free(&rig);
    }
    text_free(&text);
    npu_rig_free(&good);
    return outcome;
}

static const struct example synchronised[] = {
    { "tiny", "copy", "bytes=131072 row_bytes=1024 rows=4 store=1" },
    { "tiny", "gemm", "m=200 n=200 k=700" },
    { "tiny", "gemm", "m=100 n=100 k=1200 schedule=split-k split=3" },
    { "tiny", "w4a16", "m=5 n=300 k=1520 schedule=split-k group=128" },
    { "tiny", "w4a16", "m=5 n=300 k=1520 schedule=data-parallel act=bf16 group=32 zero=1" },
    { "ascend910a", "gemm", "m=300 n=300 k=600 tile_m=64 tile_n=64 schedule=single-core" },
};

/* Who reads before the other has written computes on something else, or sets a flag that
 * nobody has waited for yet. Who writes before the other has read may get away with it, but
 * is then early. */
static void a_wait_that_is_left_out_shows(void **state)
{
    (void)state;
    static const enum pipe_id reads_after_writes[][2] = {
        { PIPE_MTE2, PIPE_V },    { PIPE_V, PIPE_MTE3 }, { PIPE_MTE2, PIPE_MTE3 },
        { PIPE_MTE2, PIPE_MTE1 }, { PIPE_MTE1, PIPE_M }, { PIPE_M, PIPE_FIX },
        { PIPE_M, PIPE_V },
    };
    unsigned tried = 0;

    for (size_t i = 0; i < sizeof synchronised / sizeof *synchronised; i++) {
        for (size_t j = 0; j < sizeof reads_after_writes / sizeof *reads_after_writes; j++) {
            enum pipe_id writer = reads_after_writes[j][0], reader = reads_after_writes[j][1];
            enum outcome unread = outcome_without(&synchronised[i], writer, reader);
            enum outcome unfree = outcome_without(&synchronised[i], reader, writer);
            assert_true(unread == WRONG_DATA || unread == FAILED || unread == NOT_THERE);
            assert_true(unfree != SAME);
            tried += (unsigned)(unread != NOT_THERE) + (unsigned)(unfree != NOT_THERE);
        }
    }
    assert_int_equal(tried, 2 + 6 + 10 + 10 + 10 + 8); /* of all directions there are */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_is_what_was_copied),
        cmocka_unit_test(the_smallest_products_are_right),
        cmocka_unit_test(tiles_that_are_asked_for_are_right_too),
        cmocka_unit_test(products_of_coupled_cores_are_right),
        cmocka_unit_test(products_of_all_types_schedules_and_remainders_are_right),
        cmocka_unit_test(quantised_products_of_all_kinds_are_right),
        cmocka_unit_test(products_handed_over_in_l1_are_right),
        cmocka_unit_test(more_than_one_tile_each_way_is_right),
        cmocka_unit_test(a_single_wrong_value_is_found),
        cmocka_unit_test(a_wait_that_is_left_out_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
