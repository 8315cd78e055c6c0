/* Signals between cores, and meetings of all; for times see tiny_run.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/npu_text.h"
#include "tests/tiny_run.h"

/* Set at 1..2, on its way till 102, taken till 103. */
static void a_cube_core_signals_the_vector_cores_of_its_block(void **state)
{
    (void)state;
    struct run run =
        once("", on_both("cross_set pipe=fix id=3 scope=block", "cross_wait pipe=mte2 id=3"));
    assert_int_equal(core_ns(run), 2 + 100 + 1);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_MTE2, PIPE_wait_cross), 2 * (102 - 1));
    assert_int_equal(
        core_ns(once("sync.cross=400", on_both("cross_set pipe=fix id=3 scope=block",
                                               "cross_wait pipe=mte2 id=3"))),
        2 + 400 + 1);
}

/* The second vector core is 102 cycles later: the `if` and the loop. */
static void a_cube_core_waits_for_both_of_its_vector_cores(void **state)
{
    (void)state;
    const char *nk =
        on_both("cross_wait pipe=mte2 id=0", "if %sub_block_id { " WORK "}\n"
                                             "cross_set pipe=mte3 id=0 scope=block");
    assert_int_equal(core_ns(once("", nk)), 102 + 1 + 1 + 100 + 1);
}

/* A signal follows the work before it on its pipe: a store of 512 bytes takes the engine 17
 * cycles and is done 10 later. */
static void a_signal_waits_for_earlier_work_of_its_pipe(void **state)
{
    (void)state;
    const char *nk = on_both("cross_wait pipe=mte2 id=0",
                             "store x, a bytes=512\ncross_set pipe=mte3 id=0 scope=block");
    assert_int_equal(core_ns(once(ONE_CHANNEL, nk)), 1 + 17 + 10 + 100 + 1);
}

/* Four cores start 10 apart. The last has set its signal at 30 + 2. */
static void all_cores_of_a_kind_wait_for_the_last(void **state)
{
    (void)state;
    const char *nk = on_aiv("cross_set pipe=mte3 id=0 scope=all\ncross_wait pipe=mte3 id=0");
    struct run run = npu_rig_once("tiny", "", nk, 4);
    assert_int_equal(core_ns(run), 32 + 100 + 1);
    /* Each waits from 2 after its start till 132. */
    assert_int_equal(spent(&run, CORE_AIV, PIPE_MTE3, PIPE_wait_cross), 130 + 120 + 110 + 100);
}

static void cores_of_the_other_kind_do_not_take_part(void **state)
{
    (void)state;
    /* The cube core never signals; the vector cores do not wait for it. */
    const char *nk =
        on_both("%x = 1", "cross_set pipe=mte3 id=0 scope=all\ncross_wait pipe=mte3 id=0");
    assert_int_equal(core_ns(once("", nk)), 2 + 100 + 1);
}

/* Block 1 starts 10 later and its second vector core works 102 longer. Block 0 does not wait
 * for it, nor its cube core for anything. */
static void the_vector_cores_of_a_block_wait_for_each_other(void **state)
{
    (void)state;
    const char *nk = on_both("%x = 1", "%late = %block_id * %sub_block_id\n"
                                       "if %late { " WORK "}\n"
                                       "cross_set pipe=mte3 id=0 scope=pair\n"
                                       "cross_wait pipe=mte3 id=0");
    struct run run = npu_rig_once("tiny", "", nk, 2);
    uint64_t early = 2 + 2, late = 2 + 101 + 2; /* after the block's start: the signal is set */
    assert_int_equal(core_ns(run), 10 + late + 100 + 1);
    /* Block 0: both wait 100. Block 1: one 100, the other from its own signal on. */
    assert_int_equal(spent(&run, CORE_AIV, PIPE_MTE3, PIPE_wait_cross),
                     2 * 100 + 100 + (late + 100 - early));
}

/* A round is complete when all have signalled once: the first core's second signal does not
 * stand for the second core's first. */
static void signals_are_counted_by_rounds(void **state)
{
    (void)state;
    const char *nk = on_both("cross_wait pipe=mte2 id=0",
                             "%first = 1 - %sub_block_id\n"
                             "if %first { cross_set pipe=mte3 id=0 scope=block\n }\n"
                             "if %sub_block_id { " WORK "}\n"
                             "cross_set pipe=mte3 id=0 scope=block");
    /* Second core: 1 + 1 + (1 + 101) + 1 issue + 1. */
    assert_int_equal(core_ns(once("", nk)), 106 + 100 + 1);
}

/* Three signals wait to be taken; the second wait finds the second at once. */
static void signals_that_are_not_yet_taken_add_up(void **state)
{
    (void)state;
    const char *set = "cross_set pipe=fix id=0 scope=block\n"
                      "cross_set pipe=fix id=0 scope=block\n"
                      "cross_set pipe=fix id=0 scope=block\n";
    const char *nk = on_both(set, "cross_wait pipe=mte2 id=0\ncross_wait pipe=mte2 id=0\n"
                                  "cross_wait pipe=mte2 id=0");
    /* They arrive at 102, 103 and 104; each is taken in a cycle. */
    assert_int_equal(core_ns(once("", nk)), 105);
}

static void the_scalar_unit_waits_for_signals_too(void **state)
{
    (void)state;
    const char *nk =
        on_both("cross_set pipe=fix id=0 scope=block", "cross_wait pipe=s id=0\n%x = 1");
    struct run run = once("", nk);
    assert_int_equal(core_ns(run), 102 + 1 + 1);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_S, PIPE_wait_cross), 2 * 102);
}

/* The last of four cores comes at 30, all go on 1000 later. */
static void sync_all_waits_for_the_last_core(void **state)
{
    (void)state;
    struct run run = npu_rig_once("tiny", "", on_aiv("sync_all\n%x = 1"), 4);
    assert_int_equal(core_ns(run), 30 + 1000 + 1);
    assert_int_equal(spent(&run, CORE_AIV, PIPE_S, PIPE_wait_cross), 1030 + 1020 + 1010 + 1000);
    assert_int_equal(
        core_ns(npu_rig_once("tiny", "sync.all=50", on_aiv("sync_all\n%x = 1"), 4)),
        30 + 50 + 1);
}

/* The load of the last core is issued 31 and done 162 later. The other cores' came first, and
 * each of four lines takes its channel 8 ns, which they do in 10. */
static void sync_all_waits_until_every_core_is_idle(void **state)
{
    (void)state;
    const char *nk = on_aiv("%at = %block_id * 512\nload_ub a, x[%at] bytes=512\nsync_all");
    assert_int_equal(core_ns(npu_rig_once("tiny", ONE_CHANNEL, nk, 4)), 30 + 2 + 162 + 1000);
}

static void sync_all_is_for_both_kinds_of_core(void **state)
{
    (void)state;
    const char *nk = on_both(WORK "sync_all", "sync_all\n%x = 1");
    assert_int_equal(core_ns(npu_rig_once("tiny", "", nk, 2)), 10 + 101 + 1000 + 1);
    /* Twice, so that the first meeting does not pass for the second. */
    const char *twice = on_both(WORK "sync_all\nsync_all", "sync_all\nsync_all\n%x = 1");
    assert_int_equal(core_ns(npu_rig_once("tiny", "", twice, 2)), 10 + 101 + 2000 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cube_core_signals_the_vector_cores_of_its_block),
        cmocka_unit_test(a_cube_core_waits_for_both_of_its_vector_cores),
        cmocka_unit_test(a_signal_waits_for_earlier_work_of_its_pipe),
        cmocka_unit_test(all_cores_of_a_kind_wait_for_the_last),
        cmocka_unit_test(cores_of_the_other_kind_do_not_take_part),
        cmocka_unit_test(the_vector_cores_of_a_block_wait_for_each_other),
        cmocka_unit_test(signals_are_counted_by_rounds),
        cmocka_unit_test(signals_that_are_not_yet_taken_add_up),
        cmocka_unit_test(the_scalar_unit_waits_for_signals_too),
        cmocka_unit_test(sync_all_waits_for_the_last_core),
        cmocka_unit_test(sync_all_waits_until_every_core_is_idle),
        cmocka_unit_test(sync_all_is_for_both_kinds_of_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
