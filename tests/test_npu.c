/*
 * A run as a whole on configs/tiny.json: where its time goes, what it costs
 * when a part of it is free, and what holds for every run. Of
 * the times in comments, 0 is when the first core begins; see tiny_run.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/file.h"
#include "tests/npu_rig.h"
#include "tests/npu_text.h"

#define NS UINT64_C(1000)

static struct run once(const char *settings, const char *nk)
{
    return npu_rig_once("tiny", settings, nk, 1);
}

/* --- where the time goes --- */

#define LAUNCH (1000 + 10 + 1000)

/* The path must consist of these parts and no others. */
struct part {
    unsigned heading;
    uint64_t ns;
};

static void assert_path(const struct run *run, const struct part *parts, size_t count)
{
    struct bound left = run->bound;
    assert_int_equal(bound_total(&run->bound), run->time);

    for (size_t i = 0; i < count; i++) {
        if (left.spent[parts[i].heading] != parts[i].ns * NS)
            fail_msg("%s is %llu ps; expected %llu ns", bound_names[parts[i].heading],
                     (unsigned long long)left.spent[parts[i].heading],
                     (unsigned long long)parts[i].ns);
        left.spent[parts[i].heading] = 0;
    }
    for (unsigned i = 0; i < BOUND_COUNT; i++) {
        if (left.spent[i] != 0)
            fail_msg("%s is %llu ps; expected none", bound_names[i],
                     (unsigned long long)left.spent[i]);
    }
}

#define ASSERT_PATH(run, ...)                                                                  \
    assert_path(run, (const struct part[]){ __VA_ARGS__ },                                     \
                sizeof(const struct part[]){ __VA_ARGS__ } / sizeof(struct part))

static void scalar_work_is_bound_by_its_scalar_unit(void **state)
{
    (void)state;
    struct run run = once("", on_aiv("for %i = 0 to 50 { %x = 1\n }"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aiv_scalar, 101 });
    run = once("", on_aic("for %i = 0 to 50 { %x = 1\n }"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aic_scalar, 101 });
}

/* 20 operations of 100 repeats, the result of the last 10 cycles later. */
static void vector_work_is_bound_by_the_vector_unit(void **state)
{
    (void)state;
    struct run run =
        once("", on_aiv("for %i = 0 to 20 {\n vadds a, a count=12800 scalar=1\n }"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aiv_scalar, 1 + 1 },
                { BOUND_vector, 20 * 100 + 10 });
}

/* 8 x 8 x 8 fractals and 1, ten times, and 10. */
static void matrix_work_is_bound_by_the_cube(void **state)
{
    (void)state;
    struct run run = once(
        "", on_aic("for %i = 0 to 10 {\n mmad l0c, l0a, l0b m=128 k=128 n=128 init=1\n }"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aic_scalar, 1 + 1 },
                { BOUND_cube, 10 * 513 + 10 });
}

/* 32 KiB at 64 bytes a cycle, and 1: four times. */
static void moves_from_l1_are_bound_by_mte1(void **state)
{
    (void)state;
    struct run run =
        once("", on_aic("for %i = 0 to 4 {\n load_l0b l0b, l1 k=128 n=128 nz_rows=128\n }"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aic_scalar, 1 + 1 },
                { BOUND_mte1, 4 * 513 });
}

/* 64 KiB of L0C at 128 bytes a cycle, and 100. */
static void drains_to_l1_are_bound_by_fixpipe(void **state)
{
    (void)state;
    struct run run = once("", on_aic("fixpipe l1, l0c m=128 n=128 nz_rows=128 nz=1"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aic_scalar, 1 },
                { BOUND_fixpipe, 512 + 100 });
}

/* To GM it is a transfer: 128 rows of 8 cycles, which take at least 10; the last row leaves
 * at 1270. Its 512 bytes pass the slice 12 later, but the engine is busy with it for 10; the
 * engine's latency is 10. */
static void drains_to_gm_are_bound_by_their_path(void **state)
{
    (void)state;
    struct run run = once("", on_aic("fixpipe x, l0c m=128 n=128 nz_rows=128 dst_stride=512"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aic_scalar, 1 },
                { bound_of(PATH_l0c_to_gm, REASON_engine), 1270 },
                { bound_of(PATH_l0c_to_gm, REASON_latency), 12 + 10 });
}

#define LOAD_ADD                                                                               \
    "load_ub a, x bytes=512\n"                                                                 \
    "set_flag from=mte2 to=v id=0\n"                                                           \
    "wait_flag from=mte2 to=v id=0\n"                                                          \
    "vadds b, a count=128 scalar=1\n"

/* Issue 1, the way of a line 152 + 10, of which 8 on HBM's bus, taking the flag 1, and 2 + 10.
 */
static void a_chain_of_pipes_is_bound_by_each_in_turn(void **state)
{
    (void)state;
    struct run run = once(ONE_CHANNEL, on_aiv(LOAD_ADD));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aiv_scalar, 1 },
                { bound_of(PATH_gm_to_ub, REASON_latency), 154 },
                { bound_of(PATH_gm_to_ub, REASON_hbm), 8 }, { BOUND_flag, 1 },
                { BOUND_vector, 12 });
}

static void a_barrier_is_time_of_its_own(void **state)
{
    (void)state;
    struct run run = once("", on_aiv("vadds a, a count=128 scalar=1\nbarrier pipe=v\n"
                                     "vadds a, a count=128 scalar=1"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aiv_scalar, 1 },
                { BOUND_vector, 12 + 12 }, { BOUND_barrier, 10 });
}

/* The path goes through the cube core: its scalar loop, then the signal. */
static void a_signal_takes_the_path_to_another_core(void **state)
{
    (void)state;
    struct run run = once("", on_both("for %i = 0 to 50 { %x = 1\n }\n"
                                      "cross_set pipe=fix id=0 scope=block",
                                      "cross_wait pipe=v id=0\nvadds a, a count=128 scalar=1"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH + 100 }, { BOUND_aic_scalar, 101 + 1 },
                { BOUND_cross, 1 + 100 + 1 }, { BOUND_vector, 12 });
}

static void sync_all_takes_the_path_of_the_last_core(void **state)
{
    (void)state;
    struct run run = npu_rig_once("tiny", "", on_aiv("sync_all\n%x = 1"), 4);
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH + 30 }, { BOUND_aiv_scalar, 1 },
                { BOUND_cross, 1000 });
}

/* A queue of two: the fourth operation is issued when the second begins, at 101, and the
 * scalar unit goes on from there. */
static void a_full_queue_takes_the_path_of_the_pipe(void **state)
{
    (void)state;
    struct run run = once("core.queue=2", on_aiv("vadds a, a count=12800 scalar=1\n"
                                                 "vadds a, a count=12800 scalar=1\n"
                                                 "vadds a, a count=12800 scalar=1\n"
                                                 "vadds a, a count=12800 scalar=1\n"
                                                 "for %i = 0 to 500 { %x = 1\n }"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aiv_scalar, 1 + 1 + 1001 },
                { BOUND_vector, 100 });
}

/* Two operations in flight, the third waits for the first to be complete. */
static void a_full_pipe_takes_the_path_of_its_oldest_operation(void **state)
{
    (void)state;
    struct run run = once("core.in_flight=2", on_aiv("vadds a, a count=128 scalar=1\n"
                                                     "vadds a, a count=128 scalar=1\n"
                                                     "vadds a, a count=128 scalar=1"));
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH }, { BOUND_aiv_scalar, 1 },
                { BOUND_vector, 12 + 12 });
}

static void blocks_in_rounds_add_up_on_one_core(void **state)
{
    (void)state;
    struct run run = npu_rig_once("tiny", "", on_aiv("for %i = 0 to 50 { %x = 1\n }"), 9);
    ASSERT_PATH(&run, { BOUND_launch, LAUNCH + 2 * 10 }, { BOUND_aiv_scalar, 3 * 101 });
}

/* --- what if a part were free --- */

static void an_operation_that_is_free_takes_no_time(void **state)
{
    (void)state;
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", ONE_CHANNEL, on_aiv(LOAD_ADD));
    rig.npu->free_ops[KOP_vadds] = true;
    assert_true(npu_rig_run(&rig, 1, true));
    assert_int_equal(rig.run.core_time, 164 * NS + 1); /* but for the least there is, 1 ps */
    npu_rig_free(&rig);
}

static void a_tensor_that_is_free_takes_no_time_and_moves_nothing(void **state)
{
    (void)state;
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", ONE_CHANNEL, on_aiv(LOAD_ADD));
    rig.npu->free_tensors[0] = true;
    assert_true(npu_rig_run(&rig, 1, true));
    /* The wait is issued at 3 and takes 1, and then vadds. */
    assert_int_equal(rig.run.core_time, (4 + 12) * NS);
    assert_int_equal(npu_rig_traffic(&rig, "x").path[PATH_gm_to_ub], 0);
    assert_int_equal(rig.run.requests, 0);
    npu_rig_free(&rig);
}

static void what_is_free_still_does_its_work(void **state)
{
    (void)state;
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "",
                 on_aiv(LOAD_ADD "set_flag from=v to=mte3 id=0\n"
                                 "wait_flag from=v to=mte3 id=0\n store x, b bytes=256"));
    rig.npu->free_tensors[0] = true;
    rig.npu->free_ops[KOP_vadds] = true;
    assert_true(npu_rig_run(&rig, 1, true));
    assert_int_equal(npu_rig_tensor(&rig, "x")[1], 0x3C); /* 0 + 1, as f16 */
    npu_rig_free(&rig);
}

/* --- control --- */

/* 5 turns of 1 cycle, and 1; a scalar read of GM takes 100. Without data a tensor that decides
 * nothing reads as 0. */
static void without_data_only_control_is_computed(void **state)
{
    (void)state;
    static const char *const roles[] = { "in control", "in" };
    for (unsigned i = 0; i < 2; i++) {
        char nk[256];
        snprintf(nk, sizeof nk,
                 "kernel control {\n tensor n: i32[8] %s\n aiv {\n"
                 "%%n = read n[8]\n for %%i = 0 to %%n {\n }\n }\n}\n",
                 roles[i]);
        struct npu_rig rig;
        npu_rig_init(&rig, "tiny", "", nk);
        memcpy(npu_rig_tensor(&rig, "n") + 8, &(int32_t){ 5 }, 4);
        assert_true(npu_rig_run(&rig, 1, true));
        assert_int_equal(rig.run.core_time, 106 * NS);
        assert_true(npu_rig_run(&rig, 1, false));
        assert_int_equal(rig.run.core_time, (i == 0 ? 106 : 101) * NS);
        npu_rig_free(&rig);
    }
}

/* A number loaded into UB decides the count of turns: three issues, a wait, a read of 10, and
 * 9 turns and one. */
static void control_goes_through_ub_too(void **state)
{
    (void)state;
    for (unsigned data = 0; data < 2; data++) {
        struct npu_rig rig;
        npu_rig_init(&rig, "tiny", "",
                     "kernel control {\n tensor n: i32[8] in control\n tensor x: f16[4096] in\n"
                     "aiv {\n tile a: ub i32[8] @0\n tile b: ub f16[4096] @512\n"
                     "load_ub a, n bytes=32\n load_ub b, x bytes=8192\n"
                     "set_flag from=mte2 to=s id=0\n wait_flag from=mte2 to=s id=0\n"
                     "%n = read a[28]\n for %i = 0 to %n {\n }\n }\n}\n");
        memcpy(npu_rig_tensor(&rig, "n") + 28, &(int32_t){ 9 }, 4);
        assert_true(npu_rig_run(&rig, 1, data != 0));
        assert_int_equal(rig.run.pipes[CORE_AIV][PIPE_S][PIPE_busy], (3 + 1 + 10 + 10) * NS);
        npu_rig_free(&rig);
    }
}

/* What the vector unit computes is not there without data, and a control tensor says it: 5
 * turns either way, of 1 cycle; with another number there, 2 turns less. */
static void control_that_is_computed_is_told_without_data(void **state)
{
    (void)state;
    static const struct {
        bool data;
        int32_t told;
        uint64_t turns;
    } runs[] = { { true, 5, 5 }, { true, 3, 5 }, { false, 5, 5 }, { false, 3, 3 } };
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct npu_rig rig;
        npu_rig_init(&rig, "tiny", "",
                     "kernel control {\n tensor n: i32[8] in control\n aiv {\n"
                     "tile a: ub i32[8] @0\n vdup a count=8 scalar=5\n"
                     "set_flag from=v to=s id=0\n wait_flag from=v to=s id=0\n"
                     "%n = read a else n[8]\n for %i = 0 to %n {\n }\n }\n}\n");
        memcpy(npu_rig_tensor(&rig, "n") + 8, &runs[i].told, 4);
        assert_true(npu_rig_run(&rig, 1, runs[i].data));
        /* three issues, a read of UB of 10, the turns and one */
        assert_int_equal(rig.run.pipes[CORE_AIV][PIPE_S][PIPE_busy],
                         (3 + 10 + runs[i].turns + 1) * NS);
        npu_rig_free(&rig);
    }
}

/* --- what holds for every run --- */

static const char *const builtins[][2] = {
    { "copy", "bytes=131072 row_bytes=1024 rows=4 store=1" },
    { "copy", "bytes=65536 row_bytes=64 rows=16 stride=512 core=aic nd2nz=1 passes=2" },
    { "gemm", "m=100 n=60 k=70" },
    { "gemm", "m=33 n=200 k=300 dtype=i8 schedule=split-k split=3 trans_b=1" },
    { "gemm", "m=300 n=100 k=40 dtype=f32 schedule=single-core" },
    { "w4a16", "m=5 n=300 k=520 schedule=split-k group=128" },
    { "w4a16", "m=5 n=300 k=520 schedule=data-parallel act=bf16 group=32 zero=1" },
    { "w4a16", "m=20 n=600 k=260 schedule=tile-pipelined group=0" },
    { "w4a16", "m=3 n=700 k=150 schedule=stripe group=64 zero=1" },
};

#define BUILTINS (sizeof builtins / sizeof *builtins)

static void open_builtin(struct npu_rig *rig, size_t index)
{
    npu_rig_init_builtin(rig, "tiny", "", builtins[index][0], builtins[index][1]);
}

static void the_states_of_every_pipe_sum_to_the_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < BUILTINS; i++) {
        struct npu_rig rig;
        open_builtin(&rig, i);
        npu_rig_run_builtin(&rig, false);
        for (unsigned kind = 0; kind < CORE_KINDS; kind++) {
            for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
                sim_time sum = 0;
                for (unsigned s = 0; s < PIPE_STATE_COUNT; s++) {
                    assert_true(rig.run.pipes[kind][pipe][s] <=
                                rig.run.cores[kind] * rig.run.core_time);
                    sum += rig.run.pipes[kind][pipe][s];
                }
                bool has = core_has_pipe((enum core_kind)kind, false, (enum pipe_id)pipe);
                assert_int_equal(sum, has ? rig.run.cores[kind] * rig.run.core_time : 0);
            }
        }
        npu_rig_free(&rig);
    }
}

static void the_path_of_every_run_sums_to_its_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < BUILTINS; i++) {
        struct npu_rig rig;
        open_builtin(&rig, i);
        npu_rig_run_builtin(&rig, false);
        assert_int_equal(bound_total(&rig.run.bound), rig.run.time);
        assert_true(rig.run.bound.spent[BOUND_launch] >= LAUNCH * NS);
        npu_rig_free(&rig);
    }
}

static void the_same_run_twice_is_the_same_in_every_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < BUILTINS; i++) {
        struct npu_rig first, second;
        open_builtin(&first, i);
        open_builtin(&second, i);
        for (unsigned turn = 0; turn < 2; turn++) { /* cold, then warm */
            npu_rig_run_builtin(&first, false);
            npu_rig_run_builtin(&second, false);
            assert_true(npu_rig_same_run(&first.run, &second.run));
            assert_int_equal(first.run.events, second.run.events);
        }
        npu_rig_free(&first);
        npu_rig_free(&second);
    }
}

static void computing_the_data_changes_no_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < BUILTINS; i++) {
        struct npu_rig with, without;
        open_builtin(&with, i);
        open_builtin(&without, i);
        npu_rig_run_builtin(&with, true);
        npu_rig_run_builtin(&without, false);
        assert_true(npu_rig_same_run(&with.run, &without.run));
        npu_rig_free(&with);
        npu_rig_free(&without);
    }
}

static void looking_on_with_a_trace_changes_no_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < BUILTINS; i++) {
        struct npu_rig with, without;
        struct trace trace;
        trace_init(&trace, 0, SIM_NEVER);
        open_builtin(&with, i);
        open_builtin(&without, i);
        with.npu->trace = &trace;
        npu_rig_run_builtin(&with, false);
        npu_rig_run_builtin(&without, false);
        assert_true(npu_rig_same_run(&with.run, &without.run));
        npu_rig_free(&with);
        npu_rig_free(&without);
        trace_free(&trace);
    }
}

/* What the first run brought into the L2 the second finds there: all of it is smaller. */
static void a_second_run_finds_the_l2_warm(void **state)
{
    (void)state;
    for (size_t i = 0; i < BUILTINS; i++) {
        struct npu_rig rig;
        open_builtin(&rig, i);
        npu_rig_run_builtin(&rig, false);
        struct tensor_traffic cold = traffic_total(&rig.run.traffic);
        sim_time cold_time = rig.run.time;
        npu_rig_run_builtin(&rig, false);
        struct tensor_traffic warm = traffic_total(&rig.run.traffic);

        assert_true(cold.hbm_read > 0 || cold.l2_miss > 0);
        assert_int_equal(warm.hbm_read, 0);
        assert_int_equal(warm.l2_miss, 0);
        assert_int_equal(warm.l2_hit, cold.l2_hit + cold.l2_miss);
        assert_true(rig.run.time <= cold_time);
        npu_rig_free(&rig);
    }
}

static void a_file_of_traces_runs_as_a_kernel_does(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    struct text text;
    text_init(&text);
    assert_true(file_read(NPUSIM_SOURCE_DIR "/traces/vector_add.nk", &text, &diag));
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "", text.at);
    text_free(&text);

    /* x[i] = 1 and y[i] = 2 for all i: as f16 0x3C00 and 0x4000. */
    uint64_t bytes = npu_rig_bytes(&rig, "z");
    for (uint64_t i = 1; i < bytes; i += 2) {
        npu_rig_tensor(&rig, "x")[i] = 0x3C;
        npu_rig_tensor(&rig, "y")[i] = 0x40;
    }
    assert_true(npu_rig_run(&rig, 4, true));
    for (uint64_t i = 0; i < bytes; i++)
        assert_int_equal(npu_rig_tensor(&rig, "z")[i], i % 2 == 0 ? 0 : 0x42); /* 3 */
    assert_int_equal(npu_rig_traffic(&rig, "x").path[PATH_gm_to_ub], bytes);
    assert_int_equal(npu_rig_traffic(&rig, "z").path[PATH_ub_to_gm], bytes);
    npu_rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalar_work_is_bound_by_its_scalar_unit),
        cmocka_unit_test(vector_work_is_bound_by_the_vector_unit),
        cmocka_unit_test(matrix_work_is_bound_by_the_cube),
        cmocka_unit_test(moves_from_l1_are_bound_by_mte1),
        cmocka_unit_test(drains_to_l1_are_bound_by_fixpipe),
        cmocka_unit_test(drains_to_gm_are_bound_by_their_path),
        cmocka_unit_test(a_chain_of_pipes_is_bound_by_each_in_turn),
        cmocka_unit_test(a_barrier_is_time_of_its_own),
        cmocka_unit_test(a_signal_takes_the_path_to_another_core),
        cmocka_unit_test(sync_all_takes_the_path_of_the_last_core),
        cmocka_unit_test(a_full_queue_takes_the_path_of_the_pipe),
        cmocka_unit_test(a_full_pipe_takes_the_path_of_its_oldest_operation),
        cmocka_unit_test(blocks_in_rounds_add_up_on_one_core),
        cmocka_unit_test(an_operation_that_is_free_takes_no_time),
        cmocka_unit_test(a_tensor_that_is_free_takes_no_time_and_moves_nothing),
        cmocka_unit_test(what_is_free_still_does_its_work),
        cmocka_unit_test(without_data_only_control_is_computed),
        cmocka_unit_test(control_goes_through_ub_too),
        cmocka_unit_test(control_that_is_computed_is_told_without_data),
        cmocka_unit_test(the_states_of_every_pipe_sum_to_the_run),
        cmocka_unit_test(the_path_of_every_run_sums_to_its_time),
        cmocka_unit_test(the_same_run_twice_is_the_same_in_every_number),
        cmocka_unit_test(computing_the_data_changes_no_time),
        cmocka_unit_test(looking_on_with_a_trace_changes_no_time),
        cmocka_unit_test(a_second_run_finds_the_l2_warm),
        cmocka_unit_test(a_file_of_traces_runs_as_a_kernel_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
