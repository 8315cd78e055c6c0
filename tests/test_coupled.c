/*
 * A chip whose cores are coupled: cube and vector unit under one scalar unit. configs/tiny.json
 * stands for one with the settings below: two such cores, 128 bytes a cycle from L0C to UB,
 * vector results 10 cycles later.
 */
#include "kernels/ir/element.h"
#include "kernels/ir/verify.h"
#include "tests/check_rig.h"
#include "tests/exec_rig.h"
#include "tests/nk_text.h"

#include <stdio.h>

#define COUPLED "chip.aiv_per_aic=1 chip.coupled=1 l0c_gm.rate=0 l0c_l1.rate=0"

/*
 * A linear layer of 16 by 16 in one core, a block for each a: y = max(a * b^T + bias, 0). What
 * orders M before V is a parameter, and stands in line 18.
 */
#define LINEAR(m_to_v)                                                                         \
    "kernel linear {\n"                                                                        \
    "tensor a: f16[2][256] in\n tensor b: f16[256] in\n tensor bias: f32[16] in\n"             \
    "tensor y: f32[2][256] out\n"                                                              \
    "aic {\n"                                                                                  \
    "tile l: l1 f16[512] @0\n tile la: l0a f16[256] @0\n tile lb: l0b f16[256] @0\n"           \
    "tile lc: l0c f32[256] @0\n tile s: ub f32[256] @0\n tile t: ub f32[16] @1024\n"           \
    "load_ub t, bias bytes=64\n %a = %block_id * 512\n load_l1 l, a[%a] bytes=512\n"           \
    "load_l1 l[512], b bytes=512\n" SYNC("mte2", "mte1", "0")                                  \
        SYNC("mte2", "v",                                                                      \
             "0") "load_l0a la, l m=16 k=16 nz_rows=16\n load_l0b lb, l[512] k=16 n=16 "       \
                  "nz_rows=16\n" SYNC("mte1", "m",                                             \
                                      "0") "mmad lc, la, lb m=16 k=16 n=16 init=1\n" m_to_v    \
                                           "l0c_to_ub s, lc m=16 n=16 nz_rows=16\n barrier "   \
                                           "pipe=v\n"                                          \
                                           "vadd s, s, t count=256 mask=16 dst_rep=2 a_rep=2 " \
                                           "b_rep=0\n barrier pipe=v\n"                        \
                                           "vrelu s, s count=256\n" SYNC(                      \
                                               "v", "mte3", "0") "%y = %block_id * 1024\n "    \
                                                                 "store y[%y], s bytes=1024\n" \
                                                                 "}\n}\n"

static const char linear[] = LINEAR(SYNC("m", "v", "0"));

/* --- what the verifier says --- */

static const char *refusal(const char *settings, const char *nk)
{
    static char found[sizeof((struct diag *)0)->text + 64];
    struct diag diag = { 0 };
    struct target target;
    struct chip *chip = npu_rig_chip("tiny", settings);
    struct kernel *kernel = parsed(nk);

    chip_target(chip, &target);
    bool right = kernel_verify(kernel, &target, &diag);
    snprintf(found, sizeof found, "%u:%u: %s", diag.line, diag.column, diag.text);
    kernel_free(kernel);
    chip_free(chip);
    return right ? "" : found;
}

static void only_a_coupled_core_runs_a_program_for_cube_and_vector_unit(void **state)
{
    (void)state;
    assert_string_equal(refusal(COUPLED, linear), "");
    assert_string_equal(
        refusal("", linear),
        "13:1: load_ub: operand dst is in ub, which an aic core does not have; a coupled one "
        "has");
}

static void without_a_chip_a_program_for_either_core_is_right(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    struct kernel *kernel = parsed(linear);
    assert_true(kernel_verify(kernel, NULL, &diag));
    kernel_free(kernel);
}

static void a_coupled_core_runs_one_program(void **state)
{
    (void)state;
    const char *both = "kernel k {\naic { sync_all }\naiv {\n  sync_all\n}\n}";
    assert_string_equal(refusal("", both), "");
    assert_string_equal(refusal(COUPLED, both),
                        "4:3: kernel k has a program for aic and one for aiv; the cores of the "
                        "chip are coupled and run one");
}

static void a_coupled_core_has_no_fixpipe(void **state)
{
    (void)state;
    assert_string_equal(refusal(COUPLED, "kernel k {\ntensor y: f32[256] out\naic {\n"
                                         "tile c: l0c f32[256]\n"
                                         "fixpipe y, c m=16 n=16 nz_rows=16\n}\n}"),
                        "5:1: fixpipe: the chip has no path from l0c to gm");
    assert_string_equal(refusal(COUPLED, "kernel k {\naic {\ntile c: l0c f32[256]\n"
                                         "tile u: ub f32[256]\n"
                                         "fixpipe_ub u, c m=16 n=16 nz_rows=16\n}\n}"),
                        "5:1: fixpipe_ub: a coupled aic core has no pipe fix");
    assert_string_equal(
        refusal(COUPLED, "kernel k {\naic {\ntile t: bt f32[16]\n}\n}"),
        "0:0: kernel k: tile 't' is in bt, which a coupled aic core does not have");
}

static void a_chip_without_bf16_has_no_tile_of_it(void **state)
{
    (void)state;
    const char *nk = "kernel k {\naiv {\ntile t: ub bf16[16]\n}\n}";
    assert_string_equal(refusal("", nk), "");
    assert_string_equal(refusal("chip.bf16=0", nk), "0:0: kernel k: tile 't' is of bf16, which "
                                                    "the chip does not compute with");
}

/* --- data --- */

static int a_at(int block, int row, int k)
{
    return (row + k + block) % 5 - 2;
}

static int b_at(int column, int k)
{
    return (3 * column + k) % 7 - 3;
}

static void fill_linear(struct npu_rig *rig)
{
    for (int i = 0; i < 512; i++)
        element_set_f32(DT_f16, npu_rig_tensor(rig, "a"), (size_t)i,
                        (float)a_at(i / 256, i / 16 % 16, i % 16));
    for (int i = 0; i < 256; i++)
        element_set_f32(DT_f16, npu_rig_tensor(rig, "b"), (size_t)i,
                        (float)b_at(i / 16, i % 16));
    for (int i = 0; i < 16; i++)
        element_set_f32(DT_f32, npu_rig_tensor(rig, "bias"), (size_t)i, (float)(i - 8));
    memset(npu_rig_tensor(rig, "y"), 0xA5, npu_rig_bytes(rig, "y"));
}

static void assert_linear(struct npu_rig *rig)
{
    for (int i = 0; i < 512; i++) {
        int block = i / 256, row = i / 16 % 16, column = i % 16, sum = column - 8;
        for (int k = 0; k < 16; k++)
            sum += a_at(block, row, k) * b_at(column, k);
        float found = element_f32(DT_f32, npu_rig_tensor(rig, "y"), (size_t)i);
        assert_true(found == (float)(sum > 0 ? sum : 0));
    }
}

static void a_product_goes_on_in_the_vector_unit_of_its_core(void **state)
{
    (void)state;
    for (enum executor executor = 0; executor < EXECUTORS; executor++) {
        struct npu_rig rig;
        struct findings findings;
        npu_rig_init(&rig, "tiny", COUPLED, linear);
        fill_linear(&rig);
        assert_true(check_rig_run(&rig, executor, 2, &findings));
        assert_int_equal(findings.errors, 0);
        assert_linear(&rig);
        findings_free(&findings);
        npu_rig_free(&rig);
    }
}

static void a_missing_wait_between_m_and_v_is_a_read_after_write(void **state)
{
    (void)state;
    for (enum executor executor = 0; executor < EXECUTORS; executor++) {
        struct npu_rig rig;
        struct findings findings;
        npu_rig_init(&rig, "tiny", COUPLED, LINEAR(""));
        fill_linear(&rig);
        assert_true(check_rig_run(&rig, executor, 2, &findings));
        struct text codes = check_rig_codes(&findings, SEVERITY_ERROR);
        assert_memory_equal(codes.at, "E-SYNC-RAW", 10); /* and what follows from it */
        text_free(&codes);
        findings_free(&findings);
        npu_rig_free(&rig);
    }
}

/* L1 and UB are of one core: what goes up comes back down, and to no other core. */
static void l1_and_ub_of_a_core_are_one_anothers_partners(void **state)
{
    (void)state;
    static const char nk[] =
        "kernel k {\ntensor x: u8[2][512] in\n tensor y: u8[2][512] out\n"
        "aic {\ntile u: ub u8[512] @0\n tile l: l1 u8[512] @0\n"
        "tile v: ub u8[512] @512\n %at = %block_id * 512\n"
        "load_ub u, x[%at] bytes=512\n" SYNC(
            "mte2", "mte3",
            "0") "ub_to_l1 l, u bytes=512\n" SYNC("mte3", "mte1",
                                                  "0") "l1_to_ub v, l "
                                                       "bytes=512\n" SYNC("mte1", "mte3",
                                                                          "0") "store "
                                                                               "y[%at]"
                                                                               ", v "
                                                                               "bytes="
                                                                               "512\n}"
                                                                               "\n}";
    for (enum executor executor = 0; executor < EXECUTORS; executor++) {
        struct npu_rig rig;
        struct findings findings;
        npu_rig_init(&rig, "tiny", COUPLED, nk);
        for (int i = 0; i < 1024; i++)
            npu_rig_tensor(&rig, "x")[i] = (uint8_t)(i * 7 + i / 256);
        assert_true(check_rig_run(&rig, executor, 2, &findings));
        assert_int_equal(findings.errors, 0);
        assert_memory_equal(npu_rig_tensor(&rig, "y"), npu_rig_tensor(&rig, "x"), 1024);
        findings_free(&findings);
        npu_rig_free(&rig);
    }
}

/* 20 rows of 40 columns: element (r, c) is 100r - c. In L0C columns of 16 are 32 rows long, in
 * UB as many as the rows moved. */
static void a_move_out_of_l0c_keeps_columns_of_sixteen(void **state)
{
    (void)state;
    static const enum dtype types[] = { DT_f32, DT_f16 };
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        rig_init(&rig);
        for (size_t r = 0; r < 20; r++) {
            for (size_t c = 0; c < 40; c++)
                element_set_f32(DT_f32, rig_memory(&rig, SPACE_L0C),
                                (c / 16 * 32 + r) * 16 + c % 16, 100 * (float)r - (float)c);
        }
        struct kop op = rig_op(KOP_l0c_to_ub);
        op.at[OPERAND_DST] = rig_operand(SPACE_UB, types[i], 0);
        op.at[OPERAND_A] = rig_operand(SPACE_L0C, DT_f32, 0);
        op.m = 20;
        op.n = 40;
        op.nz_rows = 32;
        op.relu = 1;
        op.scale = 0.5;
        rig_run(&rig, &op);
        for (size_t r = 0; r < 20; r++) {
            for (size_t c = 0; c < 40; c++) {
                float sum = 50 * (float)r - (float)c / 2;
                float found = element_f32(types[i], rig_memory(&rig, SPACE_UB),
                                          (c / 16 * 20 + r) * 16 + c % 16);
                assert_true(found == (sum > 0 ? sum : 0));
            }
        }
        rig_free(&rig);
    }
}

/* --- time --- */

/* 32 by 32 of 4 bytes at 128 a cycle, and one repeat, which takes the minimum of 2. */
static void a_move_out_of_l0c_occupies_the_vector_unit(void **state)
{
    (void)state;
    static const char nk[] = "kernel k {\naic {\ntile c: l0c f32[1024]\n tile u: ub f32[1024]\n"
                             "tile v: ub f32[64]\nl0c_to_ub u, c m=32 n=32 nz_rows=32\n"
                             "vdup v count=64 scalar=0\n}\n}";
    struct run run = npu_rig_once("tiny", COUPLED, nk, 1);
    const sim_time *spent = run.pipes[CORE_AIC][PIPE_V];
    assert_int_equal(npu_rig_ns(spent[PIPE_busy]), 32 + 2);
    assert_int_equal(npu_rig_ns(spent[PIPE_drain]), 10);
    assert_int_equal(run.pipe_ops[CORE_AIC][PIPE_V], 2);
}

static void the_states_of_every_pipe_of_a_coupled_core_sum_to_the_run(void **state)
{
    (void)state;
    struct run run = npu_rig_once("tiny", COUPLED, linear, 2);
    assert_int_equal(run.cores[CORE_AIC], 2);
    assert_int_equal(run.cores[CORE_AIV], 0);
    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
        sim_time sum = 0;
        for (unsigned s = 0; s < PIPE_STATE_COUNT; s++)
            sum += run.pipes[CORE_AIC][pipe][s];
        assert_int_equal(sum, pipe == PIPE_FIX ? 0 : 2 * run.core_time);
    }
}

/* On as many cores, and with nothing else to tell the chips apart. */
static void a_vector_program_takes_as_long_on_coupled_cores(void **state)
{
    (void)state;
    static const char nk[] =
        "kernel k {\ntensor x: f32[2][64] in\n tensor y: f32[2][64] out\n"
        "aiv {\ntile u: ub f32[64]\n %at = %block_id * 256\n"
        "load_ub u, x[%at] bytes=256\n" SYNC(
            "mte2", "v",
            "0") "vadds u, u count=64 scalar=1\n" SYNC("v", "mte3",
                                                       "0") "store y[%at], u bytes=256\n}\n}";
    struct run coupled = npu_rig_once("tiny", COUPLED, nk, 2);
    struct run apart = npu_rig_once("tiny", "chip.aiv_per_aic=1", nk, 2);
    assert_int_equal(coupled.cores[CORE_AIV], 2);
    assert_int_equal(coupled.core_time, apart.core_time);
    assert_int_equal(coupled.time, apart.time);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_coupled_core_runs_a_program_for_cube_and_vector_unit),
        cmocka_unit_test(without_a_chip_a_program_for_either_core_is_right),
        cmocka_unit_test(a_coupled_core_runs_one_program),
        cmocka_unit_test(a_coupled_core_has_no_fixpipe),
        cmocka_unit_test(a_chip_without_bf16_has_no_tile_of_it),
        cmocka_unit_test(a_product_goes_on_in_the_vector_unit_of_its_core),
        cmocka_unit_test(a_missing_wait_between_m_and_v_is_a_read_after_write),
        cmocka_unit_test(l1_and_ub_of_a_core_are_one_anothers_partners),
        cmocka_unit_test(a_move_out_of_l0c_keeps_columns_of_sixteen),
        cmocka_unit_test(a_move_out_of_l0c_occupies_the_vector_unit),
        cmocka_unit_test(the_states_of_every_pipe_of_a_coupled_core_sum_to_the_run),
        cmocka_unit_test(a_vector_program_takes_as_long_on_coupled_cores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
