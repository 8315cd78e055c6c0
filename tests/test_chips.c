/*
 * The chips of configs/ against their own theory: streams reach the peaks that a config states
 * and do not pass them, and each chip refuses what it has no path for.
 */
#include "models/memory_dram.h"
#include "tests/npu_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kernels/ir/nk.h"
#include "kernels/ir/verify.h"
#include "sim/mem.h"

#define CONFIGS NPUSIM_SOURCE_DIR "/configs"

/* Every chip but the made-up one. */
static void for_each_chip(void (*check)(const char *chip, const struct params *params))
{
    struct diag diag = { 0 };
    char **names;
    size_t count = chip_list(CONFIGS, &names, &diag);
    assert_true(count > 9);

    for (size_t i = 0; i < count; i++) {
        struct chip *chip = chip_load(CONFIGS, names[i], &diag);
        if (chip == NULL)
            fail_msg("%s: %s", names[i], diag.text);
        if (strcmp(names[i], "tiny") != 0)
            check(names[i], &chip->params);
        chip_free(chip);
        mem_free(names[i]);
    }
    mem_free(names);
}

#define PIECE 32768

/* How long the cores take, all starting at once, to read `pieces` each, `passes` times. */
static double copy_us(const char *chip, const char *core, int64_t cores, int64_t pieces,
                      int passes, int warm)
{
    struct npu_rig rig;
    char params[160];

    snprintf(params, sizeof params, "core=%s bytes=%lld rows=2 row_bytes=%d passes=%d", core,
             (long long)(cores * pieces * PIECE), PIECE / 2, passes);
    npu_rig_init_builtin(&rig, chip, "launch.per_core=0", "copy", params);
    for (int i = 0; i <= warm; i++)
        npu_rig_run_builtin(&rig, false);
    double us = (double)rig.run.core_time / (double)PS_PER_US;
    npu_rig_free(&rig);
    return us;
}

static void assert_share(const char *chip, const char *what, double mbps, double peak_mbps,
                         double least)
{
    if (mbps < least * peak_mbps || mbps > 1.01 * peak_mbps)
        fail_msg("%s: %s at %.3f TB/s of %.3f; expected %.0f to 100 %%", chip, what, mbps / 1e6,
                 peak_mbps / 1e6, 100 * least);
}

/* Start and end are in both of two runs, so their difference is the stream alone, but for the
 * refresh that falls into either: 1 %. */
static void check_hbm(const char *chip, const struct params *params)
{
    static const char *const kinds[] = { "aic", "aiv" };
    for (size_t i = 0; i < 2; i++) {
        int64_t cores = params->chip_aic * (i == 0 ? 1 : params->chip_aiv_per_aic);
        int64_t stream = cores < 16 ? 64 : 16; /* pieces: a refresh must be less than 1 % */
        double us = copy_us(chip, kinds[i], cores, 8 + stream, 1, 0) -
                    copy_us(chip, kinds[i], cores, 8, 1, 0);
        assert_share(chip, kinds[i], (double)(cores * stream * PIECE) / us,
                     (double)dram_peak(params), 0.95);
    }
}

static void streams_from_hbm_reach_its_peak(void **state)
{
    (void)state;
    for_each_chip(check_hbm);
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* What all cores can take in, MB/s. */
static double ports(const struct params *params, int64_t cores, int64_t rate)
{
    return (double)cores * (double)rate / 1000 * (double)params->core_clock;
}

static void check_l2(const char *chip, const struct params *params)
{
    static const char *const kinds[] = { "aic", "aiv" };
    const int64_t rates[] = { params->gm_l1_rate, params->gm_ub_rate };
    for (size_t i = 0; i < 2; i++) {
        int64_t cores = params->chip_aic * (i == 0 ? 1 : params->chip_aiv_per_aic);
        double peak = least((double)params->l2_rate, ports(params, cores, rates[i]));
        double us =
            copy_us(chip, kinds[i], cores, 4, 6, 1) - copy_us(chip, kinds[i], cores, 4, 2, 1);
        assert_share(chip, kinds[i], (double)(cores * 16 * PIECE) / us, peak, 0.85);
    }
}

static void streams_from_l2_reach_its_peak(void **state)
{
    (void)state;
    for_each_chip(check_l2);
}

/* --- paths --- */

/* The message with which a chip refuses a kernel, "" when it does not. */
static const char *refusal(const char *chip_name, const char *nk)
{
    static struct diag diag;
    struct target target;
    struct chip *chip = chip_load(CONFIGS, chip_name, &diag);
    struct kernel *kernel = kernel_parse("k.nk", nk, strlen(nk), &diag);

    assert_non_null(chip);
    assert_non_null(kernel);
    chip_target(chip, &target);
    diag = (struct diag){ 0 };
    kernel_verify(kernel, &target, &diag);
    kernel_free(kernel);
    chip_free(chip);
    return diag.text;
}

static void a_chip_refuses_a_path_that_it_lacks(void **state)
{
    (void)state;
    const char *up = "kernel k {\naiv {\ntile a: ub f16[64]\ntile b: l1 f16[64]\n"
                     "ub_to_l1 b, a bytes=128\n}\n}";
    const char *down = "kernel k {\naic {\ntile a: l1 f16[64]\ntile b: ub f16[64]\n"
                       "l1_to_ub b, a bytes=128 sub=1\n}\n}";
    const char *out = "kernel k {\naic {\ntile a: l0c f32[256]\ntile b: ub f32[256]\n"
                      "fixpipe_ub b, a m=16 n=16 nz_rows=16\n}\n}";
    const char *in = "kernel k {\ntensor x: f16[256] in\naic {\ntile a: l0a f16[256]\n"
                     "load_gm_l0a a, x bytes=512\n}\n}";

    assert_string_equal(refusal("ascend950pr", up), "");
    assert_string_equal(refusal("ascend950pr", down), "");
    assert_string_equal(refusal("ascend950pr", out), "");
    assert_string_equal(refusal("ascend950pr", in),
                        "load_gm_l0a: the chip has no path from gm to l0a");
    assert_string_equal(refusal("ascend910b1", up),
                        "ub_to_l1: the chip has no path from ub to l1");
    assert_string_equal(refusal("ascend910b1", down),
                        "l1_to_ub: the chip has no path from l1 to ub");
    assert_string_equal(refusal("ascend910b1", out),
                        "fixpipe_ub: the chip has no path from l0c to ub");
    assert_string_equal(refusal("ascend910b1", in), "");
}

static void a_chip_refuses_a_type_that_its_cube_lacks(void **state)
{
    (void)state;
    const char *int4 = "kernel k {\naic {\ntile a: l0a i4[1024]\ntile b: l0b i4[1024]\n"
                       "tile c: l0c i32[256]\nmmad c, a, b m=16 k=64 n=16 init=1\n}\n}";
    assert_string_equal(refusal("ascend910b1", int4), "");
    assert_string_equal(refusal("ascend950pr", int4),
                        "mmad: the cube of the chip does not multiply i4");
}

static void only_a_chip_with_the_path_has_the_direct_schedule(void **state)
{
    (void)state;
    static const char *const words[] = { "m=16", "n=256", "k=512", "schedule=direct" };
    static const char *const chips[] = { "ascend910b3", "ascend950pr" };
    for (size_t i = 0; i < 2; i++) {
        struct diag diag = { 0 };
        struct workload work;
        struct target target;
        struct chip *chip = chip_load(CONFIGS, chips[i], &diag);
        chip_target(chip, &target);
        bool built = workload_build(&work, kernel_spec_find("w4a16"), words, 4, &target, &diag);
        assert_true(built == (i == 1));
        assert_string_equal(diag.text, i == 1
                                           ? ""
                                           : "schedule is direct; expected another, the chip "
                                             "has no path from ub to l1");
        if (built) /* weights do not go through GM a second time */
            assert_int_equal(kernel_tensor(work.kernel, "workspace"), -1);
        workload_free(&work);
        chip_free(chip);
    }
}

static void a_kernel_that_needs_both_sorts_of_cores_is_refused(void **state)
{
    (void)state;
    static const char *const words[] = { "m=16", "n=256", "k=512" };
    static const char *const chips[] = { "ascend910a", "ascend310p3" };
    for (size_t i = 0; i < 2; i++) {
        struct diag diag = { 0 };
        struct workload work;
        struct target target;
        struct chip *chip = npu_rig_chip(chips[i], "");
        chip_target(chip, &target);
        assert_false(
            workload_build(&work, kernel_spec_find("w4a16"), words, 3, &target, &diag));
        assert_string_equal(diag.text,
                            "kernel w4a16 has a program for aic and one for aiv; the cores of "
                            "the chip are coupled and run one");
        chip_free(chip);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_from_hbm_reach_its_peak),
        cmocka_unit_test(streams_from_l2_reach_its_peak),
        cmocka_unit_test(a_chip_refuses_a_path_that_it_lacks),
        cmocka_unit_test(a_chip_refuses_a_type_that_its_cube_lacks),
        cmocka_unit_test(only_a_chip_with_the_path_has_the_direct_schedule),
        cmocka_unit_test(a_kernel_that_needs_both_sorts_of_cores_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
