/* What the command refuses: one line for each mistake, exit status 2, and nothing left behind.
 */
#include "tests/cli_rig.h"

static void misspelt_names_are_refused_with_a_suggestion(void **state)
{
    (void)state;
    assert_refused("rnu", "npusim: error: unknown subcommand 'rnu'; did you mean 'run'?\n");
    assert_refused("run gem --chip tiny m=1 n=1 k=1",
                   "npusim: error: unknown kernel 'gem'; did you mean 'gemm'?\n");
    assert_refused("run gemm --chip tinny m=1 n=1 k=1",
                   "npusim: error: unknown chip 'tinny' in " CONFIGS
                   "; did you mean 'tiny'?\n");
    assert_refused("run gemm --chip tiny m=1 n=1 k=1 tile_j=1",
                   "npusim: error: kernel gemm has no parameter 'tile_j'; did you mean "
                   "'tile_m'?\n");
    assert_refused("run gemm --chp tiny",
                   "npusim: error: unknown option '--chp'; did you mean '--chip'?\n");
    assert_refused(SMALL_GEMM " --free op=mmda",
                   "npusim: error: --free: no operation or pipe is called 'mmda'; did you mean "
                   "'mmad'?\n");
    assert_refused("run " VECTOR_ADD " --chip tiny block=3",
                   "npusim: error: kernel vector_add has no parameter 'block'; did you mean "
                   "'blocks'?\n");
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    assert_refused("run gemm --chip tiny m=1 n=1",
                   "npusim: error: kernel gemm needs k=... (columns of A, rows of B)\n");
    assert_refused("run gemm --chip tiny m=0 n=1 k=1",
                   "npusim: error: m is 0; expected 1..16777216\n");
    assert_refused("run gemm --chip tiny m=-1 n=1 k=1",
                   "npusim: error: m is -1; expected 1..16777216\n");
    assert_refused("run gemm --chip tiny m=99999999999999999999 n=1 k=1",
                   "npusim: error: m is 99999999999999999999; expected 1..16777216\n");
    assert_refused("run gemm --chip tiny m=1 m=1 n=1 k=1", "npusim: error: m is given twice\n");
    assert_refused("run gemm --chip tiny m=1.5 n=1 k=1",
                   "npusim: error: m is '1.5'; expected a whole number\n");
    assert_refused("run " VECTOR_ADD " --chip tiny blocks=0",
                   "npusim: error: blocks is 0; expected 1..65535\n");
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    assert_refused("", "npusim: error: no subcommand is given; see `npusim --help`\n");
    assert_refused("run", "npusim: error: no kernel is given; see `npusim run --help`\n");
    assert_refused("run gemm --chip", "npusim: error: --chip needs a value, CHIP\n");
    assert_refused("run gemm --timing=1", "npusim: error: --timing takes no value\n");
    assert_refused(SMALL_GEMM " --set core.clock=0",
                   "npusim: error: core.clock is 0; expected 100..4000 MHz\n");
    assert_refused(SMALL_GEMM " --seed x",
                   "npusim: error: --seed is 'x'; expected a whole number\n");
    assert_refused(SMALL_GEMM " --free vadd",
                   "npusim: error: --free is 'vadd'; expected op=CLASS or tensor=NAME\n");
    assert_refused(SMALL_GEMM " --trace t --trace-window 5:5",
                   "npusim: error: --trace-window is '5:5'; expected FROM:TO in us, FROM below "
                   "TO\n");
    assert_refused("list chips ops", "npusim: error: unexpected argument 'ops'\n");
}

static void names_like_no_other_are_refused_with_all_there_are(void **state)
{
    (void)state;
    assert_refused("''",
                   "npusim: error: unknown subcommand ''; expected run, reproduce, "
                   "validate, calibrate, list, config, asm, print, check, enec or bench\n");
    assert_refused("reproduce moge",
                   "npusim: error: unknown paper 'moge'; expected w4a16 or enec\n");
    assert_refused("config", "npusim: error: config what? expected show CHIP\n");
    assert_refused("config dump", "npusim: error: found 'dump'; expected show CHIP\n");
    assert_refused("list zzzzz", "npusim: error: no list is called 'zzzzz'; expected kernels, "
                                 "chips, ops, models or findings\n");
}

static void parameters_of_a_file_are_as_strict_as_built_ins(void **state)
{
    (void)state;
    assert_refused("run " VECTOR_ADD " --chip tiny n=1 n=2",
                   "npusim: error: n is given twice\n");
    assert_refused("run " VECTOR_ADD " --chip tiny warm=2",
                   "npusim: error: warm is 2; expected 0..1\n");
    assert_refused("run " VECTOR_ADD " --chip tiny frames=2",
                   "npusim: error: kernel vector_add has no parameter 'frames'; expected n, "
                   "blocks or warm\n");
}

static void a_window_is_two_plain_decimals(void **state)
{
    (void)state;
    static const char *const words[] = { "0x1:2", "1e1:20", "0:inf",   "nan:1", "-1:2",
                                         " 1:2",  "+1:2",   "1.2.3:4", "1:2:3", "1" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char arguments[120], line[160];
        snprintf(arguments, sizeof arguments, SMALL_GEMM " --trace t --trace-window '%s'",
                 words[i]);
        snprintf(line, sizeof line,
                 "npusim: error: --trace-window is '%s'; expected FROM:TO in us, FROM below "
                 "TO\n",
                 words[i]);
        assert_refused(arguments, line);
    }
    assert_refused(SMALL_GEMM " --trace-window 0:1.5",
                   "npusim: error: --trace-window means nothing without --trace FILE\n");
}

/* A and C take 2^37 bytes each, and the doubles of the reference four times as much. */
static void data_beyond_the_memory_of_the_host_is_refused(void **state)
{
    (void)state;
    struct outcome outcome = npusim("run gemm --chip ascend910b1 --set hbm.bytes=1099511627776 "
                                    "m=1048576 n=65536 k=65536");
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.out.at, "");
    assert_contains(&outcome.err, "npusim: error: the tensors and their reference take ");
    assert_contains(&outcome.err, " bytes; expected at most ");
    assert_contains(&outcome.err, "; --timing simulates without data\n");
    outcome_free(&outcome);
}

/* Three tensors of 2^22 f16 elements take 24 MiB, and as doubles 96 MiB more. */
static void data_beyond_the_limit_of_the_process_is_refused(void **state)
{
    (void)state;
    struct outcome outcome = script("ulimit -v 122879 && $npusim --version");
    bool starts = outcome.status == 0; /* under a sanitizer it needs far more */
    outcome_free(&outcome);
    if (!starts)
        skip();
    outcome = script("ulimit -v 122879 && "
                     "$npusim run gemm --chip ascend910b1 m=2048 n=2048 k=2048 "
                     "schedule=data-parallel");
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err.at,
                        "npusim: error: the tensors and their reference take 125829120 bytes; "
                        "expected at most 125828096, the address space of a process "
                        "(ulimit -v); --timing simulates without data\n");
    outcome_free(&outcome);
}

static void bad_tables_are_refused(void **state)
{
    (void)state;
    assert_refused("validate none.csv",
                   "none.csv: error: cannot open: No such file or directory\n");
    store("kind.csv", COLUMNS "a,s,tiny,gemm,m=1 n=1 k=1,time_us,1,us,guessed,x,\n");
    assert_refused("validate kind.csv",
                   "kind.csv:2: error: kind is 'guessed'; expected measured or library\n");
    store("value.csv", COLUMNS "a,s,tiny,gemm,m=1 n=1 k=1,time_us,0,us,measured,x,\n");
    assert_refused("validate value.csv",
                   "value.csv:2: error: value is '0'; expected a positive number\n");
}

static void an_unwritable_file_is_refused_and_nothing_is_left(void **state)
{
    (void)state;
    struct outcome outcome =
        script("mkdir empty && cd empty && $npusim " SMALL_GEMM " --json missing/r.json");
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err.at,
                        "missing/r.json: error: cannot write: No such file or directory\n");
    outcome_free(&outcome);

    outcome = script("rmdir empty"); /* which it must be */
    assert_int_equal(outcome.status, 0);
    outcome_free(&outcome);
}

static void outputs_that_cannot_be_written_are_refused_first(void **state)
{
    (void)state;
    struct outcome outcome = script("mkdir folder; touch file");
    outcome_free(&outcome);
    assert_refused(SMALL_GEMM " --json folder",
                   "folder: error: cannot write: Is a directory\n");
    assert_refused(SMALL_GEMM " --json file/r.json",
                   "file/r.json: error: cannot write: Not a directory\n");
    assert_refused(SMALL_GEMM " --json r --trace missing/t",
                   "missing/t: error: cannot write: No such file or directory\n");
    assert_refused("reproduce w4a16 --csv folder",
                   "folder: error: cannot write: Is a directory\n");
    assert_refused("validate --json folder", "folder: error: cannot write: Is a directory\n");
    assert_refused("config show tiny --json folder",
                   "folder: error: cannot write: Is a directory\n");
    assert_refused("bench --json folder", "folder: error: cannot write: Is a directory\n");
    assert_refused(SMALL_GEMM " --json ''", "npusim: error: --json is ''; expected a file\n");
    assert_refused(SMALL_GEMM " --trace -", "npusim: error: --trace is '-'; expected a file\n");
    assert_refused(SMALL_GEMM " --json new --trace folder/../new",
                   "npusim: error: --json and --trace both name 'folder/../new'; expected two "
                   "files\n");
    assert_refused("reproduce w4a16 --json - --csv -",
                   "npusim: error: --json and --csv both name '-'; expected two files\n");

    outcome = script("test ! -e r && test ! -e new && rmdir folder && test ! -s file");
    assert_int_equal(outcome.status, 0);
    outcome_free(&outcome);
}

static void a_kernel_cut_short_is_refused_where_it_ends(void **state)
{
    (void)state;
    struct outcome outcome = script("printf 'kernel x {\\n' >cut.nk && $npusim asm cut.nk");
    assert_int_equal(outcome.status, 2);
    assert_contains(&outcome.err, "cut.nk:2:1: error: ");
    outcome_free(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misspelt_names_are_refused_with_a_suggestion),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(names_like_no_other_are_refused_with_all_there_are),
        cmocka_unit_test(parameters_of_a_file_are_as_strict_as_built_ins),
        cmocka_unit_test(a_window_is_two_plain_decimals),
        cmocka_unit_test(data_beyond_the_memory_of_the_host_is_refused),
        cmocka_unit_test(data_beyond_the_limit_of_the_process_is_refused),
        cmocka_unit_test(bad_tables_are_refused),
        cmocka_unit_test(an_unwritable_file_is_refused_and_nothing_is_left),
        cmocka_unit_test(outputs_that_cannot_be_written_are_refused_first),
        cmocka_unit_test(a_kernel_cut_short_is_refused_where_it_ends),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
