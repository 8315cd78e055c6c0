/* The checker over files of several launches and over runs that come before the one that
 * counts. */
#include "tests/cli_rig.h"

/* One vector core copies `count` elements. */
#define COPY(name, to, from, count)                                                            \
    "kernel " name " {\n aiv {\n tile a: ub f16[64]\n load_ub a, " from "[0 : " count "]\n"    \
    " set mte2 -> mte3\n wait mte2 -> mte3\n store " to "[0 : " count "], a\n }\n}\n"

#define TENSORS "tensor x: f16[64] in\ntensor w: f16[64] work\ntensor y: f16[64] out\n"

static void assert_found(const char *nk, int status, const char *part)
{
    store("k.nk", nk);
    struct outcome outcome = npusim("run k.nk --chip tiny");
    if (outcome.status != status)
        fail_msg("%s%s", outcome.err.at, outcome.out.at);
    assert_contains(&outcome.err, part);
    if (status == 0)
        assert_string_equal(outcome.err.at, "");
    outcome_free(&outcome);
}

/* Launches follow one another, so there is nothing to wait for; but on another core. */
static void what_a_launch_sets_is_set_for_those_after_it(void **state)
{
    (void)state;
    assert_found(
        TENSORS COPY("first", "w", "x", "64")
            COPY("second", "y", "w", "64") "launch first blocks=1\nlaunch second blocks=2\n",
        1, "[E-RACE-WRITE]");
    assert_found(
        TENSORS COPY("first", "w", "x", "64")
            COPY("second", "y", "w", "64") "launch first blocks=1\nlaunch second blocks=1\n",
        0, "");
    assert_found(
        TENSORS COPY("first", "w", "x", "64")
            COPY("second", "y", "w", "64") "launch second blocks=1\nlaunch first blocks=1\n",
        1, "[E-UNSET-GM]");
}

/* The second store stands in the second kernel, at its line. */
static void a_finding_is_told_of_the_kernel_it_stands_in(void **state)
{
    (void)state;
    assert_found(
        TENSORS COPY("first", "w", "x", "32")
            COPY("second", "y", "w", "64") "launch first blocks=1\nlaunch second blocks=1\n",
        1,
        "k.nk:19:2: error: [E-UNSET-GM] store, aiv 0, mte3: bytes 64..127 of y (gm) "
        "get values that follow from bytes nothing has set");
    struct outcome outcome = npusim("check k.nk --chip tiny --json -");
    assert_int_equal(outcome.status, 1);
    assert_contains(&outcome.out, "\"kernel\":\"second\"");
    outcome_free(&outcome);
}

/* The same launch twice writes the same bytes from the same pipe, and needs no barrier. */
static void a_pipe_is_not_behind_what_it_did_in_an_earlier_launch(void **state)
{
    (void)state;
    store("k.nk", TENSORS COPY("first", "y", "x", "64") "launch first blocks=1\n"
                                                        "launch first blocks=1\n");
    struct outcome outcome = npusim("check k.nk --chip tiny --advice");
    assert_int_equal(outcome.status, 0);
    assert_null(strstr(outcome.out.at, "A-BARRIER"));
    outcome_free(&outcome);
}

/* Workspace is as unset in the run that counts as it was in the one before. */
static void a_warm_run_sets_nothing_for_the_one_that_counts(void **state)
{
    (void)state;
    store("k.nk",
          TENSORS COPY("first", "w", "x", "64")
              COPY("second", "y", "w", "64") "launch second blocks=1\nlaunch first blocks=1\n");
    struct outcome outcome = npusim("run k.nk --chip tiny warm=1");
    assert_int_equal(outcome.status, 1);
    assert_contains(&outcome.err, "(2 times)");
    outcome_free(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_launch_sets_is_set_for_those_after_it),
        cmocka_unit_test(a_finding_is_told_of_the_kernel_it_stands_in),
        cmocka_unit_test(a_pipe_is_not_behind_what_it_did_in_an_earlier_launch),
        cmocka_unit_test(a_warm_run_sets_nothing_for_the_one_that_counts),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
