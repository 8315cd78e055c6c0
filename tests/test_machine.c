/* Cores, pipes, their flags and barriers, and their effects; for times see tiny_run.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/npu_text.h"
#include "tests/tiny_run.h"

static uint64_t task_ns(struct run run)
{
    return npu_rig_ns(run.time);
}

/* --- launching --- */

/* head 1000, start 10, work 1, tail 1000 */
static void a_task_is_head_start_work_and_tail(void **state)
{
    (void)state;
    struct run run = once("", on_aiv("%x = 1"));
    assert_int_equal(core_ns(run), 1);
    assert_int_equal(task_ns(run), 1000 + 10 + 1 + 1000);
    assert_int_equal(run.cores[CORE_AIV], 1);
    assert_int_equal(run.cores[CORE_AIC], 0);
}

static void blocks_start_one_after_another(void **state)
{
    (void)state;
    struct run run = npu_rig_once("tiny", "", on_aiv("%x = 1"), 4);
    assert_int_equal(run.cores[CORE_AIV], 4);
    assert_int_equal(core_ns(run), 3 * 10 + 1);
    assert_int_equal(task_ns(run), 1000 + 10 + 3 * 10 + 1 + 1000);
}

static void a_kernel_for_both_kinds_of_core_starts_later(void **state)
{
    (void)state;
    struct run run = once("", on_both("%x = 1", "%x = 1"));
    assert_int_equal(task_ns(run), 1000 + 100 + 10 + 1 + 1000);
    assert_int_equal(run.cores[CORE_AIC], 1);
    assert_int_equal(run.cores[CORE_AIV], 2);
    /* The cores of a block start together. */
    assert_int_equal(core_ns(run), 1);

    run = npu_rig_once("tiny", "", on_both("%x = 1", "%x = 1"), 2);
    assert_int_equal(core_ns(run), 10 + 1);
    assert_int_equal(run.cores[CORE_AIV], 4);
}

static void every_part_of_a_launch_is_a_parameter(void **state)
{
    (void)state;
    const char *nk = on_both("%x = 1", "%x = 1");
    uint64_t standard = task_ns(npu_rig_once("tiny", "", nk, 2));
    static const char *const longer[] = { "launch.head=1500", "launch.mix=600",
                                          "launch.start=510", "launch.tail=1500",
                                          "launch.per_core=510" };
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++)
        assert_int_equal(task_ns(npu_rig_once("tiny", longer[i], nk, 2)), standard + 500);
}

/* The fifth block follows the first on its core: 101, the start of a core 10, and 101. The
 * fourth begins at 30 and ends at 131. */
static void blocks_beyond_the_cores_follow_on_the_core_that_is_free_first(void **state)
{
    (void)state;
    assert_int_equal(core_ns(npu_rig_once("tiny", "", on_aiv(WORK), 4)), 30 + 101);
    assert_int_equal(core_ns(npu_rig_once("tiny", "", on_aiv(WORK), 5)), 101 + 10 + 101);
    assert_int_equal(core_ns(npu_rig_once("tiny", "", on_aiv(WORK), 8)), 30 + 101 + 10 + 101);
    assert_int_equal(core_ns(npu_rig_once("tiny", "", on_aiv(WORK), 9)), 3 * 101 + 2 * 10);
}

/* Every block writes its number + 1 where it belongs, whichever core ran it. */
static void every_block_runs_once(void **state)
{
    (void)state;
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "",
                 "kernel blocks {\n tensor x: i32[1024] inout\n aiv {\n"
                 "tile a: ub i32[64] @0\n tile b: ub i32[64] @256\n"
                 "%at = %block_id * 4\n load_ub a, x[%at] bytes=4\n"
                 "set_flag from=mte2 to=v id=0\n wait_flag from=mte2 to=v id=0\n"
                 "%more = %block_id + 1\n vadds b, a count=1 scalar=%more\n"
                 "set_flag from=v to=mte3 id=0\n wait_flag from=v to=mte3 id=0\n"
                 "store x[%at], b bytes=4\n }\n}\n");
    assert_true(npu_rig_run(&rig, 11, true));
    int32_t found[12];
    memcpy(found, npu_rig_tensor(&rig, "x"), sizeof found);
    for (int32_t i = 0; i < 11; i++)
        assert_int_equal(found[i], i + 1);
    assert_int_equal(found[11], 0);
    npu_rig_free(&rig);
}

/* Five blocks on two cube cores and their vector cores; the next begins when all three cores
 * of a block have ended. Its signals are its own. */
static void blocks_of_both_kinds_go_in_rounds_too(void **state)
{
    (void)state;
    const char *nk =
        on_both("cross_wait pipe=mte2 id=0", WORK "cross_set pipe=mte3 id=0 scope=block");
    /* 101, issue 1, on the pipe 1, on its way 100, taken 1; then the next round. */
    uint64_t block = 101 + 1 + 1 + 100 + 1;
    assert_int_equal(core_ns(npu_rig_once("tiny", "", nk, 1)), block);
    assert_int_equal(core_ns(npu_rig_once("tiny", "", nk, 2)), 10 + block);
    struct run run = npu_rig_once("tiny", "", nk, 5);
    assert_int_equal(core_ns(run), 3 * block + 2 * 10);
    assert_int_equal(run.cores[CORE_AIC], 2);
}

static void the_last_core_to_end_ends_the_run(void **state)
{
    (void)state;
    const char *nk = on_aiv("if %block_id {\n } else {\n " WORK "}");
    assert_int_equal(core_ns(npu_rig_once("tiny", "", nk, 4)), 1 + 101);
}

/* Found by fuzzing: a cube core that has only scalar work runs ahead of the events, and the
 * next block began on it when the vector cores had ended, at 1. */
static void a_block_ends_with_the_last_of_its_cores(void **state)
{
    (void)state;
    assert_int_equal(core_ns(npu_rig_once("tiny", "", on_both(WORK, "%x = 1"), 3)),
                     101 + 10 + 101);
    assert_int_equal(core_ns(npu_rig_once("tiny", "", on_both("%x = 1", WORK), 3)),
                     101 + 10 + 101);
}

/* --- the scalar unit --- */

static void the_scalar_unit_pays_for_operations_turns_and_issues(void **state)
{
    (void)state;
    assert_int_equal(core_ns(once("", on_aiv("%x = 1\n%y = %x + 2\n%z = %y * %x"))), 3);
    assert_int_equal(core_ns(once("", on_aiv("for %i = 0 to 10 { %x = %i\n }"))), 1 + 2 * 10);
    assert_int_equal(core_ns(once("", on_aiv("for %i = 0 to 0 { %x = %i\n }"))), 1);
    /* The condition is looked at four times. */
    assert_int_equal(core_ns(once("", on_aiv("%n = 3\nwhile %n { %n = %n - 1\n }"))),
                     1 + 4 + 3);
    assert_int_equal(
        core_ns(once("", on_aiv("%a = 1\nif %a { %b = 2\n } else { %b = 3\n %c = 4\n }"))), 3);
    assert_int_equal(
        core_ns(once("", on_aiv("%a = 0\nif %a { %b = 2\n } else { %b = 3\n %c = 4\n }"))), 4);

    const char *nk =
        on_aiv("%x = 1\n%y = 2\nfor %i = 0 to 4 { vadds a, a count=16 scalar=1\n }");
    struct run run = once("scalar.op=0.25 scalar.loop=3 scalar.issue=1.5", nk);
    assert_int_equal(run.pipes[CORE_AIV][PIPE_S][PIPE_busy], 500 + 5 * 3000 + 4 * 1500);
}

static void a_scalar_read_waits_for_its_memory(void **state)
{
    (void)state;
    assert_int_equal(core_ns(once("", on_aiv("%x = read a[64]"))), 10);
    assert_int_equal(core_ns(once("", on_aiv("%x = read x[64]"))), 100);
}

static void the_clock_sets_the_length_of_a_cycle(void **state)
{
    (void)state;
    const char *nk = on_aiv("vadds a, a count=128 scalar=1");
    assert_int_equal(once("", nk).core_time, 13000);
    assert_int_equal(once("core.clock=2000", nk).core_time, 6500);
    /* 13 cycles are 4333.3 ps, and work never ends early. */
    assert_int_equal(once("core.clock=3000", nk).core_time, 4334);
}

static void an_operation_begins_when_it_has_been_issued(void **state)
{
    (void)state;
    assert_int_equal(core_ns(once("", on_aiv("vadds a, a count=128 scalar=1"))), 1 + 12);
    assert_int_equal(core_ns(once("", on_aiv(WORK "vadds a, a count=128 scalar=1"))),
                     101 + 1 + 12);
}

/* --- pipes --- */

/* Issued at 1, 2 and 3, begun at 1, 3 and 5. */
static void operations_of_a_pipe_overlap_but_for_their_occupancy(void **state)
{
    (void)state;
    const char *three = "vadds a, a count=128 scalar=1\nvadds a[256], a count=128 scalar=1\n"
                        "vadds b, a count=128 scalar=1\n";
    struct run run = once("", on_aiv(three));
    assert_int_equal(core_ns(run), 1 + 3 * 2 + 10);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_busy), 6);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_drain), 10);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_idle), 1);
    assert_int_equal(run.pipe_ops[CORE_AIV][PIPE_V], 3);
}

/* Found by this test: the gap between two operations was counted as busy. The first is busy
 * 1..3 and drains till 13; the second is issued at 1 + 101 + 1. */
static void a_pipe_between_operations_is_idle(void **state)
{
    (void)state;
    struct run run = once(
        "", on_aiv("vadds a, a count=128 scalar=1\n" WORK "vadds a, a count=128 scalar=1"));
    assert_int_equal(core_ns(run), 103 + 12);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_busy), 2 + 2);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_drain), 10 + 10);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_idle), 1 + 90);
}

/* Found by this test: having nothing left to issue was counted as busy. */
static void a_scalar_unit_that_has_issued_all_is_idle(void **state)
{
    (void)state;
    struct run run = once("", on_aiv("vadds a, a count=12800 scalar=1"));
    assert_int_equal(core_ns(run), 1 + 100 + 10);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_S, PIPE_busy), 1);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_S, PIPE_idle), 110);
}

/* Operations of 100 cycles and a queue of two. The first begins at once, two wait in the
 * queue from 3 on, and the fourth gets the place of the second when that begins, at 101. */
static void a_full_queue_holds_back_the_scalar_unit(void **state)
{
    (void)state;
    const char *four = "vadds a, a count=12800 scalar=1\nvadds a, a count=12800 scalar=1\n"
                       "vadds a, a count=12800 scalar=1\nvadds a, a count=12800 scalar=1\n";
    struct run run = once("core.queue=2", on_aiv(four));
    assert_int_equal(core_ns(run), 1 + 400 + 10);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_S, PIPE_busy), 4);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_S, PIPE_wait_queue), 101 - 3);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_S, PIPE_idle), 411 - 102);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_busy), 400);

    run = once("", on_aiv(four));
    assert_int_equal(spent(&run, CORE_AIV, PIPE_S, PIPE_wait_queue), 0);
}

/* So work for another pipe comes late: a load behind four vadds, which is longer than what is
 * left of them, is issued at 103. */
static void a_full_queue_delays_the_other_pipes(void **state)
{
    (void)state;
    const char *four = "vadds a, a count=12800 scalar=1\nvadds a, a count=12800 scalar=1\n"
                       "vadds a, a count=12800 scalar=1\nvadds a, a count=12800 scalar=1\n";
    const char *load = "load_ub b, x bytes=65536";
    const char *settings = ONE_CHANNEL " core.queue=2";
    uint64_t alone = core_ns(once(settings, on_aiv(load))); /* issued at 1 */
    char code[256];

    snprintf(code, sizeof code, "%s%s", four, load);
    assert_int_equal(core_ns(once(settings, on_aiv(code))), 102 + alone);
}

/*
 * The same of a pipe that takes its barriers ahead of time: with ten places, the last of 20
 * barriers is issued when the fifteenth begins, at 120 * 14 + 111, and then the load, which is
 * longer than what is left. A scalar unit that does something else meanwhile finds no place
 * sooner.
 */
static void a_full_queue_of_barriers_delays_them_too(void **state)
{
    (void)state;
    const char *betweens[] = { "", "%y = read b[0]\n" };
    const char *load = "load_ub b, x bytes=65536";
    uint64_t alone = core_ns(once(ONE_CHANNEL, on_aiv(load))); /* issued at 1 */

    for (size_t i = 0; i < sizeof betweens / sizeof *betweens; i++) {
        char code[1800] = "";
        for (unsigned pair = 0; pair < 20; pair++) {
            strcat(code, "vadds a, a count=12800 scalar=1\nbarrier pipe=v\n");
            strcat(code, pair == 9 ? betweens[i] : "");
        }
        strcat(code, load);
        assert_int_equal(core_ns(once(ONE_CHANNEL, on_aiv(code))), 120 * 14 + 112 + alone);
    }
}

/* Two in flight: begun at 1 and 3, they are done at 13 and 15; the others begin then. */
static void only_so_many_operations_of_a_pipe_are_in_flight(void **state)
{
    (void)state;
    const char *four = "vadds a, a count=128 scalar=1\nvadds a, a count=128 scalar=1\n"
                       "vadds a, a count=128 scalar=1\nvadds a, a count=128 scalar=1\n";
    assert_int_equal(core_ns(once("", on_aiv(four))), 1 + 4 * 2 + 10);
    struct run run = once("core.in_flight=2", on_aiv(four));
    assert_int_equal(core_ns(run), 15 + 12);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_wait_barrier), 13 - 5);
}

/* Found by test_npu_random: only transfers were expected in MTE2. 3200 bytes at 32 a cycle, and
 * a cycle to issue the fill. */
static void a_fill_keeps_its_pipe_busy(void **state)
{
    (void)state;
    struct run run =
        once("", on_both("tile l: l1 f16[2048]\nfill_l1 l bytes=3200 scalar=0", "%x = 1"));
    assert_int_equal(core_ns(run), 1 + 100);
    assert_int_equal(spent(&run, CORE_AIC, PIPE_MTE2, PIPE_busy), 100);
}

/* --- flags --- */

#define LOAD_ADD                                                                               \
    "load_ub a, x bytes=512\n"                                                                 \
    "set_flag from=mte2 to=v id=0\n"                                                           \
    "wait_flag from=mte2 to=v id=0\n"                                                          \
    "vadds b, a count=128 scalar=1\n"

/* The load is issued at 1 and done at 163, which raises the flag; waiting takes till 164. */
static void a_flag_holds_a_pipe_until_another_has_done_its_work(void **state)
{
    (void)state;
    struct run run = once(ONE_CHANNEL, on_aiv(LOAD_ADD));
    assert_int_equal(core_ns(run), 163 + 1 + 12);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_idle), 3);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_wait_flag), 163 - 3);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_busy), 1 + 2);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_drain), 10);
}

/* Raised at 2 by a pipe that has nothing else to do; the wait is issued at 104. */
static void a_flag_that_is_up_already_costs_a_cycle(void **state)
{
    (void)state;
    struct run run =
        once("", on_aiv("set_flag from=mte2 to=v id=0\n" WORK "wait_flag from=mte2 to=v id=0\n"
                        "vadds a, a count=128 scalar=1"));
    assert_int_equal(core_ns(run), 1 + 101 + 1 + 1 + 12);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_wait_flag), 0);
}

static void sync_flag_is_what_a_flag_takes_of_its_pipe(void **state)
{
    (void)state;
    /* Of the pipe that waits; the pipe that sets is done before its load is. */
    assert_int_equal(core_ns(once(ONE_CHANNEL " sync.flag=20", on_aiv(LOAD_ADD))),
                     163 + 20 + 12);
    /* Of the pipe that sets: 1 + 20, and then that of the one that waits. */
    const char *nk = on_aiv("set_flag from=mte2 to=v id=0\nwait_flag from=mte2 to=v id=0");
    assert_int_equal(core_ns(once("sync.flag=20", nk)), 1 + 20 + 20);
}

static void flags_of_other_ids_and_pipes_are_other_flags(void **state)
{
    (void)state;
    /* Only the flag 5 of mte2 -> v waits for the load. */
    const char *nk = on_aiv("set_flag from=mte3 to=v id=5\nset_flag from=mte2 to=v id=4\n"
                            "load_ub a, x bytes=512\nset_flag from=mte2 to=v id=5\n"
                            "wait_flag from=mte3 to=v id=5\nwait_flag from=mte2 to=v id=4\n"
                            "vadds b, b count=128 scalar=1\nwait_flag from=mte2 to=v id=5");
    struct run run = once(ONE_CHANNEL, nk);
    /* vadds: issued at 7, done at 19. The load is issued at 3, done at 165. */
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_wait_flag), 165 - (7 + 2));
    assert_int_equal(core_ns(run), 165 + 1);
}

/* vdup is issued at 1 and done at 13, which raises the flag. Then 1 to take it, 10 to read, and
 * a loop of 5 turns without a body. */
static void the_scalar_unit_waits_for_a_flag_to_read_what_a_pipe_wrote(void **state)
{
    (void)state;
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "",
                 "kernel scalar {\n aiv {\n tile a: ub i32[64] @0\n vdup a count=64 scalar=5\n"
                 "set_flag from=v to=s id=0\n wait_flag from=v to=s id=0\n"
                 "%n = read a[8]\n for %i = 0 to %n {\n }\n }\n}\n");
    assert_true(npu_rig_run(&rig, 1, true));
    assert_int_equal(core_ns(rig.run), 13 + 1 + 10 + 6);
    assert_int_equal(spent(&rig.run, CORE_AIV, PIPE_S, PIPE_wait_flag), 13 - 2);
    npu_rig_free(&rig);
}

/* Issued after 100 cycles of other work: begins at 101 + 1 + 1. */
static void the_scalar_unit_raises_flags_too(void **state)
{
    (void)state;
    const char *nk = on_aiv("wait_flag from=s to=v id=0\nvadds a, a count=128 scalar=1\n" WORK
                            "set_flag from=s to=v id=0");
    struct run run = once("", nk);
    /* It is raised when the scalar unit comes to it, at 103. */
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_wait_flag), 103 - 1);
    assert_int_equal(core_ns(run), 103 + 1 + 12);
}

/* --- barriers --- */

/* vadds 1..3, done at 13; the barrier 13..23; the second vadds 23..25, done at 35. */
static void a_barrier_waits_until_its_pipe_has_drained(void **state)
{
    (void)state;
    struct run run = once("", on_aiv("vadds a, a count=128 scalar=1\nbarrier pipe=v\n"
                                     "vadds a, a count=128 scalar=1"));
    assert_int_equal(core_ns(run), 13 + 10 + 12);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_wait_barrier), 10);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_busy), 2 + 10 + 2);
}

static void a_barrier_of_one_pipe_does_not_hold_another(void **state)
{
    (void)state;
    struct run run = once(ONE_CHANNEL, on_aiv("load_ub a, x bytes=512\nbarrier pipe=v\n"
                                              "vadds b, b count=12800 scalar=1"));
    assert_int_equal(spent(&run, CORE_AIV, PIPE_V, PIPE_wait_barrier), 0);
    assert_int_equal(core_ns(run), 163); /* the load; the barrier 2..12, vadds done at 122 */
}

/* The load is done at 163, the scalar unit goes on 20 later; then the barrier's issue and one
 * more operation. */
static void a_barrier_of_all_pipes_holds_the_scalar_unit(void **state)
{
    (void)state;
    struct run run = once(ONE_CHANNEL, on_aiv("load_ub a, x bytes=512\n"
                                              "vadds b, b count=128 scalar=1\n"
                                              "barrier pipe=all\n%x = 1"));
    assert_int_equal(core_ns(run), 163 + 20 + 1 + 1);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_S, PIPE_wait_barrier), 163 - 2 + 20);
}

/* --- effects --- */

static const uint16_t ONE = 0x3C00, TWO = 0x4000; /* as f16 */

static uint16_t first_value_after(const char *code)
{
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "", on_aiv(code));
    uint16_t values[128];
    for (unsigned i = 0; i < 128; i++)
        values[i] = ONE;
    memcpy(npu_rig_tensor(&rig, "x"), values, sizeof values);
    assert_true(npu_rig_run(&rig, 1, true));
    memcpy(values, npu_rig_tensor(&rig, "x"), sizeof values);
    npu_rig_free(&rig);
    return values[0];
}

#define STORE                                                                                  \
    "set_flag from=v to=mte3 id=0\n"                                                           \
    "wait_flag from=v to=mte3 id=0\n"                                                          \
    "store x, b bytes=256\n"

static void an_effect_is_seen_by_whoever_waited_for_it(void **state)
{
    (void)state;
    assert_int_equal(first_value_after(LOAD_ADD STORE), TWO);
}

/* As on hardware: the addition is done before the load, on what was there before it. */
static void without_the_wait_it_is_not_seen(void **state)
{
    (void)state;
    assert_int_equal(first_value_after("load_ub a, x bytes=512\n"
                                       "vadds b, a count=128 scalar=1\n" STORE),
                     ONE); /* 0 + 1 */
}

/* Two additions are under way, done at 13 and 113; a store in between, done before 30, has what
 * was there before the second. */
static void an_effect_is_not_seen_before_its_operation_is_done(void **state)
{
    (void)state;
    assert_int_equal(first_value_after("vadds a, a count=128 scalar=1\n"
                                       "vadds b, b count=12800 scalar=1\n"
                                       "store x, b bytes=256\n"),
                     0);
}

/* FIDELITY.md, F6: on hardware the second could read what was there before the first. */
static void operations_of_one_pipe_take_effect_in_order_without_a_barrier(void **state)
{
    (void)state;
    assert_int_equal(first_value_after("vadds a, a count=128 scalar=1\n"
                                       "vadds b, a count=128 scalar=1\n" STORE),
                     TWO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_head_start_work_and_tail),
        cmocka_unit_test(blocks_start_one_after_another),
        cmocka_unit_test(a_kernel_for_both_kinds_of_core_starts_later),
        cmocka_unit_test(a_fill_keeps_its_pipe_busy),
        cmocka_unit_test(every_part_of_a_launch_is_a_parameter),
        cmocka_unit_test(blocks_beyond_the_cores_follow_on_the_core_that_is_free_first),
        cmocka_unit_test(every_block_runs_once),
        cmocka_unit_test(blocks_of_both_kinds_go_in_rounds_too),
        cmocka_unit_test(the_last_core_to_end_ends_the_run),
        cmocka_unit_test(a_block_ends_with_the_last_of_its_cores),
        cmocka_unit_test(the_scalar_unit_pays_for_operations_turns_and_issues),
        cmocka_unit_test(a_scalar_read_waits_for_its_memory),
        cmocka_unit_test(the_clock_sets_the_length_of_a_cycle),
        cmocka_unit_test(an_operation_begins_when_it_has_been_issued),
        cmocka_unit_test(operations_of_a_pipe_overlap_but_for_their_occupancy),
        cmocka_unit_test(a_pipe_between_operations_is_idle),
        cmocka_unit_test(a_scalar_unit_that_has_issued_all_is_idle),
        cmocka_unit_test(a_full_queue_holds_back_the_scalar_unit),
        cmocka_unit_test(a_full_queue_delays_the_other_pipes),
        cmocka_unit_test(a_full_queue_of_barriers_delays_them_too),
        cmocka_unit_test(only_so_many_operations_of_a_pipe_are_in_flight),
        cmocka_unit_test(a_flag_holds_a_pipe_until_another_has_done_its_work),
        cmocka_unit_test(a_flag_that_is_up_already_costs_a_cycle),
        cmocka_unit_test(sync_flag_is_what_a_flag_takes_of_its_pipe),
        cmocka_unit_test(flags_of_other_ids_and_pipes_are_other_flags),
        cmocka_unit_test(the_scalar_unit_waits_for_a_flag_to_read_what_a_pipe_wrote),
        cmocka_unit_test(the_scalar_unit_raises_flags_too),
        cmocka_unit_test(a_barrier_waits_until_its_pipe_has_drained),
        cmocka_unit_test(a_barrier_of_one_pipe_does_not_hold_another),
        cmocka_unit_test(a_barrier_of_all_pipes_holds_the_scalar_unit),
        cmocka_unit_test(an_effect_is_seen_by_whoever_waited_for_it),
        cmocka_unit_test(without_the_wait_it_is_not_seen),
        cmocka_unit_test(an_effect_is_not_seen_before_its_operation_is_done),
        cmocka_unit_test(operations_of_one_pipe_take_effect_in_order_without_a_barrier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
