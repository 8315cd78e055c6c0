/* How a run on configs/tiny.json fails: deadlocks, accesses out of bounds, flags that do not
 * exist, programs that do not end, and what each says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/npu_rig.h"
#include "tests/npu_text.h"

static void assert_fails(const char *nk, unsigned blocks, unsigned line, const char *text)
{
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "", nk);
    rig.npu->step_limit = 10000;
    assert_false(npu_rig_run(&rig, blocks, false));
    assert_string_equal(rig.diag.text, text);
    assert_string_equal(rig.diag.file, "rig.nk");
    assert_int_equal(rig.diag.line, line);
    npu_rig_free(&rig);
}

static void a_deadlock_names_the_operation_each_pipe_waits_on(void **state)
{
    (void)state;
    assert_fails(on_aiv("wait_flag from=mte2 to=v id=3\n"
                        "wait_flag from=v to=mte3 id=1\nset_flag from=v to=mte3 id=1"),
                 1, 0,
                 "deadlock: 1 cores wait for ever, the first: aiv 0, block 0: "
                 "v at wait_flag from=mte2 to=v id=3 (instruction 0); "
                 "mte3 at wait_flag from=v to=mte3 id=1 (instruction 1)");
}

static void a_scalar_unit_in_a_deadlock_is_named_too(void **state)
{
    (void)state;
    assert_fails(on_aiv("cross_wait pipe=s id=4"), 1, 0,
                 "deadlock: 1 cores wait for ever, the first: aiv 0, block 0: "
                 "s at cross_wait id=4 (instruction 0)");
    /* It waits for pipes that wait. */
    assert_fails(on_aiv("wait_flag from=mte2 to=v id=0\nbarrier pipe=all"), 1, 0,
                 "deadlock: 1 cores wait for ever, the first: aiv 0, block 0: "
                 "s at barrier (instruction 1); "
                 "v at wait_flag from=mte2 to=v id=0 (instruction 0)");
}

/* 11 operations behind the one that waits: the queue has ten places. */
static void a_scalar_unit_behind_a_full_queue_is_named_with_what_it_would_issue(void **state)
{
    (void)state;
    assert_fails(on_aiv("wait_flag from=mte2 to=v id=0\n"
                        "for %i = 0 to 11 {\n vadds a, a count=16 scalar=1\n }"),
                 1, 0,
                 "deadlock: 1 cores wait for ever, the first: aiv 0, block 0: "
                 "s at vadds (instruction 2); "
                 "v at wait_flag from=mte2 to=v id=0 (instruction 0)");
}

static void a_report_has_a_line_for_every_core_that_is_stuck(void **state)
{
    (void)state;
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "", on_aiv("if %block_id { sync_all\n }"));
    assert_false(npu_rig_run(&rig, 3, false));
    assert_string_equal(rig.report.at, "  aiv 1, block 1: s at sync_all (instruction 1)\n"
                                       "  aiv 2, block 2: s at sync_all (instruction 1)\n"
                                       "  aiv 1, s stands at sync_all at line 6 and waits for "
                                       "aiv 0, s, whose program has ended\n");
    npu_rig_free(&rig);
}

/* A vector core ends without its signal; both others of the block are done with theirs. */
static void a_signal_that_one_core_never_sends_is_a_deadlock(void **state)
{
    (void)state;
    assert_fails(on_both("cross_wait pipe=mte2 id=2",
                         "if %sub_block_id { cross_set pipe=mte3 id=2 scope=block\n }"),
                 1, 0,
                 "deadlock: 1 cores wait for ever, the first: aic 0, block 0: "
                 "mte2 at cross_wait id=2 (instruction 0)");
}

static void a_flag_that_is_set_twice_is_an_error(void **state)
{
    (void)state;
    assert_fails(on_aiv("set_flag from=v to=mte2 id=0\n%x = 1\nset_flag from=v to=mte2 id=0"),
                 1, 8, "npu, aiv 0: flag v -> mte2 0 is set again before it was waited for");
}

/* Sixteen signals in a row; a counter holds fifteen. */
static void a_counter_that_overflows_is_an_error(void **state)
{
    (void)state;
    assert_fails(
        on_both("for %i = 0 to 16 {\n cross_set pipe=fix id=2 scope=block\n }", "%x = 1"), 1, 0,
        "npu, aiv 0: cross-core counter 2 holds 15 signals already");
}

static void an_access_out_of_bounds_says_where(void **state)
{
    (void)state;
    assert_fails(on_aiv("%at = 65024\nload_ub a, x[%at] bytes=1024"), 1, 7,
                 "load_ub: a ends at byte 66048 of tensor x, which has 65536");
    assert_fails(on_aiv("%at = 0 - 2\nload_ub a, x[%at] bytes=32"), 1, 7,
                 "load_ub: a begins at byte -2 of tensor x, which has 65536");
    assert_fails(on_aiv("%at = 65504\n%n = 17\nvadds a[%at], b count=%n scalar=1"), 1, 8,
                 "vadds: dst ends at byte 65538 of tile a, which has 65536");
    assert_fails(on_aiv("%at = 65536\n%v = read x[%at]"), 1, 7,
                 "read: a ends at byte 65538 of tensor x, which has 65536");
}

/* Found by looking: an id from a register was not looked at, and the flag it named was
 * whatever lay there. */
static void a_flag_that_does_not_exist_is_an_error(void **state)
{
    (void)state;
    assert_fails(on_aiv("%id = 100000000\nset_flag from=v to=mte2 id=%id"), 1, 7,
                 "set_flag: id is 100000000; expected 0..7");
    assert_fails(on_aiv("%id = 0 - 1\nwait_flag from=v to=mte2 id=%id"), 1, 7,
                 "wait_flag: id is -1; expected 0..7");
    assert_fails(on_aiv("%id = 11\ncross_set pipe=mte3 scope=all id=%id"), 1, 7,
                 "cross_set: id is 11; expected 0..10");
    assert_fails(on_aiv("%id = 11\ncross_wait pipe=s id=%id"), 1, 7,
                 "cross_wait: id is 11; expected 0..10");
}

/* Only the second of two blocks leaves the tensor. */
static void an_error_on_one_core_ends_the_run(void **state)
{
    (void)state;
    assert_fails(on_aiv("%at = %block_id * 65536\nload_ub a, x[%at] bytes=512"), 2, 7,
                 "load_ub: a ends at byte 66048 of tensor x, which has 65536");
}

static void a_scalar_mistake_says_where(void **state)
{
    (void)state;
    assert_fails(on_aiv("%zero = 0\n%x = 5 / %zero"), 1, 7,
                 "npu, aiv program, instruction 1: division by zero or overflow");
    assert_fails(on_aiv("%step = 0\nfor %i = 0 to 5 step %step {\n }"), 1, 7,
                 "npu, aiv program, instruction 1: the step of the loop is not positive");
}

static void a_program_that_does_not_end_is_stopped(void **state)
{
    (void)state;
    const char *text = "npu, aiv 0: the limit of 10000 instructions is reached";
    assert_fails(on_aiv("%x = 1\nwhile %x { %y = 1\n }"), 1, 0, text);
    assert_fails(on_aiv("%x = 1\nwhile %x { vadds a, a count=16 scalar=1\n }"), 1, 0, text);
    assert_fails(on_aiv("%x = 1\nwhile %x { barrier pipe=all\n }"), 1, 0, text);
}

/* The least device memory there is, 1 MiB. */
static void tensors_must_fit_the_device_memory(void **state)
{
    (void)state;
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "hbm.bytes=1048576",
                 "kernel big {\n param n = 1000\n tensor x: u8[n][1000] in\n"
                 "tensor y: u8[100] in\n aiv {\n %x = 1\n }\n}\n");
    struct diag diag = { 0 };
    rig.kernel->params[0].value =
        1044; /* and 480 bytes to the next 4096; y would be the last */
    assert_true(npu_place(rig.npu, rig.kernel, &diag));
    rig.kernel->params[0].value = 1045; /* the last 4096 bytes are x's */
    assert_false(npu_place(rig.npu, rig.kernel, &diag));
    assert_string_equal(diag.text, "the tensors do not fit the device memory of 1048576 bytes; "
                                   "y ends at byte 1052672");
    npu_rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadlock_names_the_operation_each_pipe_waits_on),
        cmocka_unit_test(a_scalar_unit_in_a_deadlock_is_named_too),
        cmocka_unit_test(a_scalar_unit_behind_a_full_queue_is_named_with_what_it_would_issue),
        cmocka_unit_test(a_report_has_a_line_for_every_core_that_is_stuck),
        cmocka_unit_test(a_signal_that_one_core_never_sends_is_a_deadlock),
        cmocka_unit_test(a_flag_that_is_set_twice_is_an_error),
        cmocka_unit_test(a_counter_that_overflows_is_an_error),
        cmocka_unit_test(an_access_out_of_bounds_says_where),
        cmocka_unit_test(a_flag_that_does_not_exist_is_an_error),
        cmocka_unit_test(an_error_on_one_core_ends_the_run),
        cmocka_unit_test(a_scalar_mistake_says_where),
        cmocka_unit_test(a_program_that_does_not_end_is_stopped),
        cmocka_unit_test(tensors_must_fit_the_device_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
