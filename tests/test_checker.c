/*
 * What the checker finds: for each code the smallest kernel that has it, and beside it
 * one that is right. Both executors must say the same.
 */
#include "tests/check_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const struct finding *first_error(const struct findings *findings)
{
    assert_true(findings->errors > 0);
    const struct finding *finding = findings->at;
    while (finding_info[finding->id].severity != SEVERITY_ERROR)
        finding++;
    return finding;
}

/* --- between the pipes of a core --- */

static void a_missing_wait_between_mte2_and_v_is_a_read_after_write(void **state)
{
    (void)state;
    assert_errors(AIV("vdup a count=64 scalar=0\n" SYNC(
                      "v", "mte2", "1") "load_ub a, x bytes=256\nvadds b, a count=64 scalar=1"),
                  1, "E-SYNC-RAW");
    assert_errors(AIV("load_ub a, x bytes=256\n" SYNC("mte2", "v", "0") "vadds b, a count=64 "
                                                                        "scalar=1"),
                  1, "");
}

static void a_missing_wait_between_v_and_mte3_is_a_read_after_write(void **state)
{
    (void)state;
    assert_errors(
        AIV("vdup a count=64 scalar=0\n" SYNC("v", "mte3", "0") "vdup a count=64 "
                                                                "scalar=1\n"
                                                                "store y, a bytes=256"),
        1, "E-SYNC-RAW");
    assert_errors(AIV("vdup a count=64 scalar=1\n" SYNC("v", "mte3", "0") "store y, a "
                                                                          "bytes=256"),
                  1, "");
}

/* With the flag the drain of L0C waits for the product. */
static void a_missing_wait_between_m_and_fix_is_a_read_after_write(void **state)
{
    (void)state;
#define PRODUCT                                                                                \
    "load_nz l, h rows=16 cols=16 nz_rows=16\n" SYNC(                                          \
        "mte2", "mte1",                                                                        \
        "0") "load_l0a la, l m=16 k=16 nz_rows=16\nload_l0b lb, l k=16 n=16 "                  \
             "nz_rows=16\n" SYNC("mte1", "m", "0") "mmad lc, la, lb m=16 k=16 n=16 init=1\n"
#define DRAIN "fixpipe c, lc m=16 n=16 nz_rows=16\n"
    assert_errors(AIC(PRODUCT SYNC("m", "fix", "0") DRAIN), 1, "");
    assert_errors(AIC(PRODUCT SYNC("m", "fix", "0") "mmad lc, la, lb m=16 k=16 n=16\n" DRAIN),
                  1, "E-SYNC-RAW");
}

static void a_buffer_used_again_too_early_is_a_write_after_read(void **state)
{
    (void)state;
#define LOAD_AND_ADD                                                                           \
    "load_ub a, x bytes=256\n" SYNC("mte2", "v", "0") "vadds b, a count=64 scalar=1\n"
    assert_errors(AIV(LOAD_AND_ADD "load_ub a, x[256] bytes=256"), 1, "E-SYNC-WAR");
    assert_errors(AIV(LOAD_AND_ADD SYNC("v", "mte2", "0") "load_ub a, x[256] bytes=256"), 1,
                  "");
}

static void two_pipes_that_write_the_same_bytes_race(void **state)
{
    (void)state;
    assert_errors(AIV("load_ub a, x bytes=256\nvdup a count=64 scalar=1"), 1, "E-SYNC-WAW");
    assert_errors(AIV("load_ub a, x bytes=128\nvdup a[128] count=32 scalar=1"), 1, "");
}

/* The scalar unit reads UB as any pipe does. */
static void the_scalar_unit_must_wait_for_what_it_reads(void **state)
{
    (void)state;
    assert_errors(AIV("vdup a count=64 scalar=1\n" SYNC("v", "s", "0") "vdup a count=64 "
                                                                       "scalar=2\n"
                                                                       "%n = read a"),
                  1, "E-SYNC-RAW");
    assert_errors(
        AIV("vdup a count=64 scalar=1\n" SYNC("v", "s", "0") "%n = read a\n"
                                                             "vdup a count=64 scalar=2"),
        1, "");
}

/* What the scalar unit waits for, whatever it issues afterwards waits for too. */
static void what_is_issued_after_a_wait_comes_after_it(void **state)
{
    (void)state;
    assert_errors(AIV("load_ub a, x bytes=256\n" SYNC(
                      "mte2", "s", "0") "vadds b, a count=64 "
                                        "scalar=1\n"
                                        "barrier pipe=all\nstore y, b bytes=256"),
                  1, "");
}

/* Bytes decide, not blocks or tiles. */
static void neighbours_do_not_race(void **state)
{
    (void)state;
    assert_errors(AIV("load_ub a, x bytes=4\nvdup a[32] count=56 scalar=1\n"
                      "store y[8], a[32] bytes=4"),
                  1, "E-SYNC-RAW");
    assert_errors(AIV("%at = %block_id * 4\nvdup a count=1 scalar=7\n" SYNC(
                      "v", "mte3", "0") "store y[%at], a bytes=4"),
                  4, "");
}

/* --- between cores --- */

#define OWN "%at = %block_id * 256\n%next = %block_id ^ 1\n%from = %next * 256\n"
#define FILL "vdup a count=64 scalar=1\n" SYNC("v", "mte3", "0")

static void a_core_that_reads_what_another_writes_must_wait_for_it(void **state)
{
    (void)state;
    assert_errors(AIV(OWN FILL "store w[%at], a bytes=256\nload_ub b, w[%from] bytes=256"), 2,
                  "E-RACE-READ");
    assert_errors(
        AIV(OWN FILL "store w[%at], a bytes=256\nsync_all\nload_ub b, w[%from] bytes=256"), 2,
        "");
    assert_errors(AIV(OWN FILL "store w[%at], a bytes=256\ncross_set pipe=mte3 id=1 scope=all\n"
                               "cross_wait pipe=mte2 id=1\nload_ub b, w[%from] bytes=256"),
                  2, "");
    /* The signal must come after the store, on its pipe. */
    assert_errors(AIV(OWN FILL "store w[%at], a bytes=256\ncross_set pipe=v id=1 scope=all\n"
                               "cross_wait pipe=mte2 id=1\nload_ub b, w[%from] bytes=256"),
                  2, "E-RACE-READ");
}

static const char pair[] =
    "kernel k {\n tensor w: f16[256] work\n tensor c: f32[256] out\n"
    " aic { tile l: l1 f16[256] @0\n%s\nload_l1 l, w bytes=64\n }\n"
    " aiv { tile a: ub f16[64] @0\n if %%sub_block_id {\n } else {\n"
    "vdup a count=32 scalar=1\n" SYNC("v", "mte3", "0") "store w, a bytes=64\n }\n%s\n }\n}\n";

static void a_cube_core_must_wait_for_its_vector_cores(void **state)
{
    (void)state;
    char nk[1024];
    snprintf(nk, sizeof nk, pair, "", "");
    assert_errors(nk, 1, "E-RACE-READ");
    snprintf(nk, sizeof nk, pair, "cross_wait pipe=mte2 id=2",
             "cross_set pipe=mte3 id=2 scope=block");
    assert_errors(nk, 1, "");
}

static void two_cores_that_write_the_same_bytes_race(void **state)
{
    (void)state;
    assert_errors(AIV(FILL "store y, a bytes=256"), 2, "E-RACE-WRITE");
    assert_errors(AIV(FILL "store y, a bytes=256"), 1, "");
}

/* One core runs all three blocks, one after another. */
static void blocks_in_turn_on_one_core_are_in_order(void **state)
{
    (void)state;
    for (enum executor executor = 0; executor < EXECUTORS; executor++) {
        struct findings findings;
        struct npu_rig rig;
        npu_rig_init(&rig, "tiny", "chip.aic=1 chip.aiv_per_aic=1",
                     AIV(FILL "store y, a bytes=256"));
        assert_true(check_rig_run(&rig, executor, 3, &findings));
        assert_int_equal(findings.errors, 0);
        findings_free(&findings);
        npu_rig_free(&rig);
    }
}

static void additions_commute_but_with_nothing_else(void **state)
{
    (void)state;
#define ZERO "if %block_id {\n } else {\nstore w, a bytes=256\n }\n"
#define ADD FILL ZERO "sync_all\nstore w, a bytes=256 atomic=add\n"
    assert_errors(AIV(ADD), 4, "");
    assert_errors(AIV(ADD "load_ub b, w bytes=256"), 2, "E-SYNC-RAW E-RACE-ATOMIC");
    assert_errors(AIV(ADD "sync_all\nload_ub b, w bytes=256"), 2, "");
}

/* --- what nothing has set --- */

static void unset_bytes_must_not_reach_a_result(void **state)
{
    (void)state;
    assert_errors(AIV("store y, a bytes=256"), 1, "E-UNSET-GM");
    assert_errors(AIV("load_ub a, x bytes=252\n" SYNC("mte2", "mte3", "0") "store y, a "
                                                                           "bytes=256"),
                  1, "E-UNSET-GM");
    assert_errors(AIV("load_ub a, x bytes=252\n" SYNC("mte2", "mte3", "0") "store y, a "
                                                                           "bytes=252"),
                  1, "");
    /* Workspace is memory like any other: it may hold them, but gives them away. */
    assert_errors(AIV("store w, a bytes=256"), 1, "");
    assert_errors(AIV("store w, a bytes=256\n" SYNC(
                      "mte3", "mte2", "0") "load_ub b, w "
                                           "bytes=256\n" SYNC("mte2", "mte3",
                                                              "0") "store y, b bytes=256"),
                  1, "E-UNSET-GM");
}

/* Lanes follow lanes: 63 are set, and 63 of the sum are. */
static void unset_lanes_are_followed_through_operations(void **state)
{
    (void)state;
#define LOAD63 "load_ub a, x bytes=252\n" SYNC("mte2", "v", "0")
    assert_errors(AIV(LOAD63 "vadds b, a count=64 scalar=1\n" SYNC("v", "mte3", "0") "store y, "
                                                                                     "b "
                                                                                     "bytes="
                                                                                     "252"),
                  1, "");
    assert_errors(AIV(LOAD63 "vadds b, a count=64 scalar=1\n" SYNC("v", "mte3", "0") "store y, "
                                                                                     "b "
                                                                                     "bytes="
                                                                                     "256"),
                  1, "E-UNSET-GM");
    assert_errors(
        AIV("load_ub b, x bytes=256\n" SYNC(
            "mte2", "v", "0") "vadd a, a, b "
                              "count=64\n" SYNC("v", "mte3", "0") "store y, a bytes=4"),
        1, "E-UNSET-GM");
    /* Adding to a workspace that holds nothing. */
    assert_errors(AIV(FILL "store y, a bytes=256 atomic=add"), 1, "E-UNSET-GM");
}

/* Row 16 of the fractal is padding; accumulating on nothing is not. */
static void padding_of_the_cube_is_no_error(void **state)
{
    (void)state;
#define ODD_PRODUCT(init)                                                                      \
    "load_nz l, h rows=5 cols=16 nz_rows=16\n" SYNC(                                           \
        "mte2", "mte1",                                                                        \
        "0") "load_l0a la, l m=5 k=16 nz_rows=16\nload_l0b lb, l k=16 n=5 "                    \
             "nz_rows=16\n" SYNC("mte1", "m",                                                  \
                                 "0") "mmad lc, la, lb m=5 k=16 n=5 init=" init                \
                                      "\n" SYNC("m", "fix",                                    \
                                                "0") "fixpipe c, lc m=5 n=5 nz_rows=16\n"
    assert_errors(AIC(ODD_PRODUCT("1")), 1, "");
    assert_errors(AIC(ODD_PRODUCT("0")), 1, "E-UNSET-GM");
}

static void unset_bytes_must_not_reach_the_scalar_unit(void **state)
{
    (void)state;
    assert_errors(AIV("%n = read a"), 1, "E-UNSET-SCALAR");
    assert_errors(AIV("%n = read x[4]"), 1, "");
    assert_errors(AIV("%n = read w[4]"), 1, "E-UNSET-SCALAR");
}

/* --- flags and places --- */

static void a_flag_set_twice_is_found(void **state)
{
    (void)state;
    assert_errors(AIV("set_flag from=v to=mte2 id=0\nset_flag from=v to=mte2 id=0"), 1,
                  "E-FLAG-TWICE");
    assert_errors(AIV("set_flag from=s to=mte2 id=0\nset_flag from=s to=mte2 id=0"), 1,
                  "E-FLAG-TWICE");
}

/* Whether the wait is over when it is set again depends on how fast the pipes are. */
static void a_flag_that_could_be_set_twice_is_found(void **state)
{
    (void)state;
    assert_errors(AIV(SYNC("mte2", "v", "0") SYNC("mte2", "v", "0")), 1, "E-FLAG-TWICE");
    assert_errors(AIV(SYNC("mte2", "v", "0") SYNC("v", "mte2", "0") SYNC("mte2", "v", "0")), 1,
                  "");
}

static void what_is_never_waited_for_is_found(void **state)
{
    (void)state;
    assert_errors(AIV("set_flag from=v to=mte2 id=0"), 1, "E-FLAG-LEFT");
    assert_errors(AIV("cross_set pipe=v id=1 scope=all"), 1, "E-CROSS-LEFT");
}

/* Core 1 takes each signal of core 0 late: the checker holds only so many apart. */
static void signals_without_end_take_no_memory(void **state)
{
    (void)state;
    static const char nk[] = AIV("if %block_id {\n } else {\nfor %i = 0 to 200000 {\n"
                                 "cross_set pipe=v id=1 scope=all\n }\n }");
    struct findings findings;
    struct npu_rig rig;
    check_rig_start(nk, UNTIMED, 2, &findings,
                    &rig); /* never delivered, as core 1 sends none */
    assert_int_equal(first_error(&findings)->id, FINDING_CROSS_LEFT);
    findings_free(&findings);
    npu_rig_free(&rig);

    assert_errors(AIV("for %i = 0 to 9 {\ncross_set pipe=v id=1 scope=all\n }\n"
                      "for %i = 0 to 9 {\ncross_wait pipe=v id=1\n }"),
                  2, "");
}

static void an_access_that_leaves_its_tile_is_found(void **state)
{
    (void)state;
    assert_errors(AIV("%n = 65\nvdup a count=%n scalar=1"), 1, "E-TILE-END");
    assert_errors(AIV("%at = 256\n%n = read a[%at]"), 1, "E-TILE-END");
}

/* Only data knows: the last index is the tile's end. */
static void an_index_that_leaves_the_tile_is_found(void **state)
{
    (void)state;
    static const char nk[] = "kernel k {\n aiv {\n tile a: ub i32[64] @0\n"
                             "tile i: ub u32[64] @256\n tile c: ub i32[64] @512\n"
                             "vdup a count=64 scalar=5\nvdup i count=8 scalar=%d\n"
                             "vgather c, a, i count=8\n }\n}\n";
    char text[512];
    snprintf(text, sizeof text, nk, 252);
    assert_errors(text, 1, "");
    snprintf(text, sizeof text, nk, 253);
    assert_errors(text, 1, "E-TILE-END");
}

static void other_faults_of_an_operation_have_codes_too(void **state)
{
    (void)state;
    assert_errors(AIV("%at = 4\nvdup a[%at] count=8 scalar=1"), 1, "E-ALIGN");
    assert_errors(AIV("%n = 0 - 1\nvdup a count=%n scalar=1"), 1, "E-NUMBER");
    assert_errors(AIV("%id = 8\nset_flag from=v to=mte2 id=%id"), 1, "E-NUMBER");
}

static void a_deadlock_is_told_with_its_cycle(void **state)
{
    (void)state;
    static const char nk[] = AIV("wait_flag from=mte2 to=v id=0\nset_flag from=v to=mte3 id=1\n"
                                 "wait_flag from=mte3 to=mte2 id=2\n"
                                 "set_flag from=mte2 to=v id=0\n"
                                 "wait_flag from=v to=mte3 id=1\n"
                                 "set_flag from=mte3 to=mte2 id=2");
    for (enum executor executor = 0; executor < EXECUTORS; executor++) {
        struct findings findings;
        struct npu_rig rig;
        check_rig_start(nk, executor, 1, &findings, &rig);
        assert_int_equal(first_error(&findings)->id, FINDING_DEADLOCK);
        assert_string_equal(
            first_error(&findings)->found,
            "aiv 0, mte3 stands at wait_flag at line 13 (from=v to=mte3 id=1) and waits for "
            "aiv 0, v; aiv 0, v stands at wait_flag at line 9 (from=mte2 to=v id=0) and waits "
            "for "
            "aiv 0, mte2; aiv 0, mte2 stands at wait_flag at line 11 (from=mte3 to=mte2 id=2) "
            "and waits for aiv 0, mte3: a cycle");
        findings_free(&findings);
        npu_rig_free(&rig);
    }
}

static void a_signal_nobody_sends_is_told(void **state)
{
    (void)state;
    assert_errors(AIV("cross_wait pipe=v id=1"), 1, "E-DEADLOCK");
    assert_errors(AIV("if %block_id {\nsync_all\n }"), 2, "E-DEADLOCK");
}

/* --- how it is told --- */

static void a_finding_says_who_where_and_in_which_turn(void **state)
{
    (void)state;
    static const char nk[] = AIV("load_ub a, x bytes=256\n" SYNC(
        "mte2", "v",
        "0") "for %i = 0 to 3 {\n %c = %i == 2\n if %c {\n load_ub a, x[256] bytes=128\n }\n"
             "vadds b, a count=64 scalar=1\n }");
    struct findings findings;
    struct npu_rig rig;
    check_rig_start(nk, UNTIMED, 1, &findings, &rig);
    const struct finding *finding = first_error(&findings);
    assert_int_equal(finding->id, FINDING_SYNC_WAR);
    assert_int_equal(finding->place.turn_count, 1);
    assert_int_equal(finding->place.turns[0], 2);
    assert_int_equal(finding->place.pipe, PIPE_MTE2);
    assert_string_equal(finding->found,
                        "writes bytes 0..127 of a (ub), which vadds at line 17, aiv 0, v, %i=1 "
                        "reads, and nothing puts one before the other");
    assert_string_equal(finding->expected,
                        "set_flag from=v to=mte2 after vadds at line 17, and "
                        "its wait_flag before this");
    findings_free(&findings);
    npu_rig_free(&rig);
}

static void the_same_finding_is_kept_once(void **state)
{
    (void)state;
    static const char nk[] = AIV("for %i = 0 to 50 {\n store y, a bytes=256\n }");
    struct findings findings;
    struct npu_rig rig;
    check_rig_start(nk, UNTIMED, 1, &findings, &rig);
    struct text codes = check_rig_codes(&findings, SEVERITY_ERROR);
    assert_string_equal(codes.at, "E-UNSET-GM");
    text_free(&codes);
    assert_int_equal(findings.at[0].times, 50);
    assert_int_equal(findings.errors, 50);
    findings_free(&findings);
    npu_rig_free(&rig);
}

static void every_code_is_spelt_as_its_severity_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        const struct finding_info *info = &finding_info[i];
        assert_memory_equal(info->code, info->severity == SEVERITY_ERROR ? "E-" : "A-", 2);
        assert_true(strlen(info->meaning) > 10 && strlen(info->hint) > 10);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(info->code, finding_info[j].code);
    }
}

/* --- advice --- */

static void a_dependence_within_a_pipe_asks_for_a_barrier(void **state)
{
    (void)state;
    assert_codes(AIV("vdup a count=64 scalar=1\nvadds b, a count=64 scalar=1"), 1,
                 SEVERITY_ADVICE, "A-BARRIER");
    assert_codes(AIV("vdup a count=64 scalar=1\nbarrier pipe=v\nvadds b, a count=64 scalar=1"),
                 1, SEVERITY_ADVICE, "");
    /* A flag there and back does as well. */
    assert_codes(AIV("vdup a count=64 scalar=1\n" SYNC("v", "mte3", "0")
                         SYNC("mte3", "v", "0") "vadds b, a count=64 scalar=1"),
                 1, SEVERITY_ADVICE, "");
}

static void short_rows_are_advised_against(void **state)
{
    (void)state;
    assert_codes(AIV("load_ub a, x bytes=32 rows=8 src_stride=64 dst_stride=32"), 1,
                 SEVERITY_ADVICE, "A-BURST");
    assert_codes(AIV("load_ub a, x bytes=32 rows=8"), 1, SEVERITY_ADVICE, "A-BURST");
    assert_codes("kernel k {\n tensor x: u8[4096] in\n aiv {\n tile a: ub u8[4096] @0\n"
                 "load_ub a, x bytes=512 rows=8\n }\n}\n",
                 1, SEVERITY_ADVICE, "");
}

/* Sixteen groups of 32 bytes: the sources meet in them, or are half of them apart. */
static void bank_conflicts_are_advised_against(void **state)
{
    (void)state;
    for (int apart = 0; apart < 2; apart++) {
        char nk[512];
        struct findings findings;
        struct npu_rig rig;
        snprintf(nk, sizeof nk,
                 "kernel k {\n tensor h: f16[64] in\n aiv {\n tile a: ub f16[4096] @0\n"
                 "tile b: ub f16[4096] @%d\n tile c: ub f16[4096] @%d\n"
                 "vadd c, a, b count=4096\n }\n}\n",
                 apart ? 8448 : 8192, apart ? 65536 : 16384);
        npu_rig_init(&rig, "ascend910b3", "", nk);
        assert_true(check_rig_run(&rig, TIMED, 1, &findings));
        struct text codes = check_rig_codes(&findings, SEVERITY_ADVICE);
        assert_string_equal(codes.at, apart ? "" : "A-BANK");
        text_free(&codes);
        findings_free(&findings);
        npu_rig_free(&rig);
    }
}

/* --- no false alarms --- */

static const char *const builtins[][2] = {
    { "copy", "bytes=131072 row_bytes=1024 rows=4 store=1" },
    { "copy", "bytes=57600 row_bytes=96 rows=5 stride=288 store=1 passes=2" },
    { "gemm", "m=100 n=60 k=70" },
    { "gemm", "m=33 n=200 k=300 dtype=i8 schedule=split-k split=3 trans_b=1" },
    { "gemm", "m=300 n=100 k=40 dtype=f32 schedule=single-core" },
    { "gemm", "m=130 n=257 k=129 dtype=bf16 schedule=data-parallel" },
    { "w4a16", "m=5 n=300 k=1520 schedule=split-k group=128" },
    { "w4a16", "m=5 n=300 k=1520 schedule=data-parallel act=bf16 group=32 zero=1" },
    { "w4a16", "m=20 n=600 k=1260 schedule=tile-pipelined group=0" },
    { "w4a16", "m=3 n=1700 k=250 schedule=stripe group=64 zero=1" },
};

static void the_built_in_kernels_have_no_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
        struct npu_rig rig;
        struct findings findings;
        npu_rig_init_builtin(&rig, i % 2 == 0 ? "tiny" : "ascend910b3", "", builtins[i][0],
                             builtins[i][1]);
        bool ok = check_rig_run(&rig, i % 3 == 0 ? UNTIMED : TIMED, rig.work.blocks, &findings);
        findings_print(&findings, SEVERITY_ERROR, stderr);
        assert_true(ok);
        assert_int_equal(findings.errors, 0);
        findings_free(&findings);
        npu_rig_free(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_wait_between_mte2_and_v_is_a_read_after_write),
        cmocka_unit_test(a_missing_wait_between_v_and_mte3_is_a_read_after_write),
        cmocka_unit_test(a_missing_wait_between_m_and_fix_is_a_read_after_write),
        cmocka_unit_test(a_buffer_used_again_too_early_is_a_write_after_read),
        cmocka_unit_test(two_pipes_that_write_the_same_bytes_race),
        cmocka_unit_test(the_scalar_unit_must_wait_for_what_it_reads),
        cmocka_unit_test(what_is_issued_after_a_wait_comes_after_it),
        cmocka_unit_test(neighbours_do_not_race),
        cmocka_unit_test(a_core_that_reads_what_another_writes_must_wait_for_it),
        cmocka_unit_test(a_cube_core_must_wait_for_its_vector_cores),
        cmocka_unit_test(two_cores_that_write_the_same_bytes_race),
        cmocka_unit_test(blocks_in_turn_on_one_core_are_in_order),
        cmocka_unit_test(additions_commute_but_with_nothing_else),
        cmocka_unit_test(unset_bytes_must_not_reach_a_result),
        cmocka_unit_test(unset_lanes_are_followed_through_operations),
        cmocka_unit_test(padding_of_the_cube_is_no_error),
        cmocka_unit_test(unset_bytes_must_not_reach_the_scalar_unit),
        cmocka_unit_test(a_flag_set_twice_is_found),
        cmocka_unit_test(a_flag_that_could_be_set_twice_is_found),
        cmocka_unit_test(what_is_never_waited_for_is_found),
        cmocka_unit_test(signals_without_end_take_no_memory),
        cmocka_unit_test(an_access_that_leaves_its_tile_is_found),
        cmocka_unit_test(an_index_that_leaves_the_tile_is_found),
        cmocka_unit_test(other_faults_of_an_operation_have_codes_too),
        cmocka_unit_test(a_deadlock_is_told_with_its_cycle),
        cmocka_unit_test(a_signal_nobody_sends_is_told),
        cmocka_unit_test(a_finding_says_who_where_and_in_which_turn),
        cmocka_unit_test(the_same_finding_is_kept_once),
        cmocka_unit_test(every_code_is_spelt_as_its_severity_says),
        cmocka_unit_test(a_dependence_within_a_pipe_asks_for_a_barrier),
        cmocka_unit_test(short_rows_are_advised_against),
        cmocka_unit_test(bank_conflicts_are_advised_against),
        cmocka_unit_test(the_built_in_kernels_have_no_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
