/* Data of the user's own: --in, --range, --out and --expect, with kernels of both kinds. */
#include "tests/cli_rig.h"

#define ADD "run '" NPUSIM_SOURCE_DIR "/traces/vector_add.nk' --chip tiny n=5000"
#define GEMM "run gemm --chip tiny m=20 n=30 k=40"

static void outputs_read_back_are_right(void **state)
{
    (void)state;
    struct outcome outcome =
        script("$npusim " ADD " --out x=x.npy --out y=y.npy --out z=z.npy &&"
               "$npusim " ADD " --seed 9 --in x=x.npy --in y=y.npy "
               "--expect z=z.npy --tolerance 0");
    assert_int_equal(outcome.status, 0);
    assert_contains(&outcome.out, "correct    yes: worst error 0 of 0 allowed, 0 of 5000");
    outcome_free(&outcome);
}

static void other_inputs_give_another_result(void **state)
{
    (void)state;
    struct outcome outcome = script("$npusim " ADD " --out z=w.npy >/dev/null &&"
                                    "$npusim " ADD " --seed 9 --expect z=w.npy --json r.json");
    struct text json = stored("r.json");
    assert_int_equal(outcome.status, 1);
    assert_contains(&outcome.out, "correct    NO");
    assert_contains(&outcome.out, "where, by tiles of 1 x 128");
    assert_contains(&json, "\"correct\":\tfalse");
    assert_contains(&json, "\"index\":\t[0]");
    assert_contains(&json, "\"tile_columns\":\t128");
    text_free(&json);
    outcome_free(&outcome);
}

static void built_in_kernels_take_files_too(void **state)
{
    (void)state;
    struct outcome outcome =
        script("$npusim " GEMM " --out a=a.npy --out b=b.npy --out c=c.npy >/dev/null &&"
               "$npusim " GEMM " --seed 9 --in a=a.npy --in b=b.npy && " /* its own reference */
               "$npusim " GEMM " --seed 9 --in a=a.npy --in b=b.npy --expect c=c.npy");
    assert_int_equal(outcome.status, 0);
    assert_contains(&outcome.out, "correct    yes");
    assert_contains(&outcome.out, "0 of 600 values wrong");
    outcome_free(&outcome);
}

static void a_range_bounds_the_random_numbers(void **state)
{
    (void)state;
    struct outcome outcome =
        script("$npusim " ADD " --range x=2:2 --range y=-3:-3 --out z=z.npy >/dev/null &&"
               "tail -c 10000 z.npy | od -An -tx2 -v | tr -s ' ' '\\n' | sort -u");
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.out.at, "\nbc00\n"); /* -1 */
    outcome_free(&outcome);
}

static void nothing_is_written_by_a_run_that_fails(void **state)
{
    (void)state;
    struct outcome outcome =
        script("$npusim run '" NPUSIM_SOURCE_DIR "/tests/deadlock.nk' --chip tiny "
               "--out x=left.npy; test $? = 1 && test ! -e left.npy && ! ls *.tmp");
    outcome_free(&outcome);
    outcome = script("test ! -e left.npy");
    assert_int_equal(outcome.status, 0);
    outcome_free(&outcome);
}

static void a_warm_run_begins_with_the_data_of_the_first(void **state)
{
    (void)state;
    store("twice.nk", "kernel twice {\n"
                      "tensor x: f16[16] inout\n"
                      "aiv {\n"
                      "tile a: ub f16[16]\n"
                      "load_ub a, x bytes=32\n"
                      "set_flag from=mte2 to=v id=0\n"
                      "wait_flag from=mte2 to=v id=0\n"
                      "vadd a, a, a count=16\n"
                      "set_flag from=v to=mte3 id=0\n"
                      "wait_flag from=v to=mte3 id=0\n"
                      "store x, a bytes=32\n"
                      "}\n"
                      "}\n");
    struct outcome outcome = script(
        "$npusim run twice.nk --chip tiny blocks=1 --range x=1:1 --out x=2.npy && "
        "$npusim run twice.nk --chip tiny blocks=1 warm=1 --range x=1:1 --expect x=2.npy");
    assert_int_equal(outcome.status, 0);
    outcome_free(&outcome);
}

static void bad_files_and_names_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { " --in x=none.npy", "none.npy: error: cannot open: No such file or directory\n" },
        { " --in x=text", "text: error: it is no .npy file: it does not begin as one\n" },
        { " --in x", "npusim: error: --in is 'x'; expected TENSOR=FILE.npy\n" },
        { " --in z=z.npy",
          "npusim: error: --in: tensor 'z' is out; expected one that is in or inout\n" },
        { " --in q=z.npy",
          "npusim: error: --in: kernel vector_add has no tensor 'q'; expected x, y or z\n" },
        { " --in x=v.npy",
          "v.npy: error: found '<f2' (32,); expected '<f2' (5000,) for tensor 'x', f16\n" },
        { " --out z=a --out z=b", "npusim: error: --out is given twice for tensor 'z'\n" },
        { " --out z=a --out y=a",
          "npusim: error: --out and --out both name 'a'; expected two files\n" },
        { " --out z=-", "npusim: error: --out is 'z=-'; expected a file\n" },
        { " --out z=no/a", "no/a: error: cannot write: No such file or directory\n" },
        { " --expect z=v.npy",
          "v.npy: error: found '<f2' (32,); expected '<f2' (5000,) for tensor 'z', f16\n" },
        { " --timing --expect z=v.npy",
          "npusim: error: --expect needs data, and --timing computes none\n" },
        { " --timing --out z=a",
          "npusim: error: --out needs data, and --timing computes none\n" },
        { " --range x=2:1", "npusim: error: --range of tensor 'x' is '2:1'; expected LOW:HIGH, "
                            "numbers of f16\n" },
        { " --range x=nan:1", "npusim: error: --range of tensor 'x' is 'nan:1'; expected "
                              "LOW:HIGH, numbers of f16\n" },
        { " --tolerance 1",
          "npusim: error: --tolerance means nothing without --expect T=FILE.npy\n" },
        { " --expect z=v.npy --tolerance -1",
          "npusim: error: --tolerance is '-1'; expected a number from 0 up\n" },
    };

    struct outcome made = script("$npusim run '" NPUSIM_SOURCE_DIR
                                 "/traces/vector_add.nk' --chip tiny n=32 --out z=v.npy; "
                                 "echo hello, this is no array >text");
    assert_int_equal(made.status, 0);
    outcome_free(&made);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text line;
        text_init(&line);
        text_addf(&line, ADD "%s", cases[i][0]);
        assert_refused(line.at, cases[i][1]);
        text_free(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_read_back_are_right),
        cmocka_unit_test(other_inputs_give_another_result),
        cmocka_unit_test(built_in_kernels_take_files_too),
        cmocka_unit_test(a_range_bounds_the_random_numbers),
        cmocka_unit_test(nothing_is_written_by_a_run_that_fails),
        cmocka_unit_test(a_warm_run_begins_with_the_data_of_the_first),
        cmocka_unit_test(bad_files_and_names_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
