/*
 * The command as a user meets it: what it prints, exit codes, the same JSON every
 * time, and results that are wrong. What it refuses is in test_cli_refused.c.
 */
#include "tests/cli_rig.h"

#define DEADLOCK NPUSIM_SOURCE_DIR "/tests/deadlock.nk"
#define EMBEDDING NPUSIM_SOURCE_DIR "/traces/embedding.nk"

/* --- what is right --- */

static void a_right_result_exits_0(void **state)
{
    (void)state;
    struct outcome outcome = npusim(SMALL_GEMM);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.err.at, "");
    assert_contains(&outcome.out, "correct    yes");
    assert_contains(&outcome.out, "bound by");
    outcome_free(&outcome);
}

static void every_subcommand_has_help(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",           "run",           "reproduce",       "validate",    "list",
        "config",     "asm",           "print",           "check",       "bench",
        "enec",       "enec compress", "enec decompress", "enec search", "enec info",
        "enec synth", "enec bench",    "calibrate"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char line[40];
        snprintf(line, sizeof line, "%s --help", names[i]);
        struct outcome outcome = npusim(line);
        assert_int_equal(outcome.status, 0);
        assert_contains(&outcome.out, "Usage: npusim");
        assert_string_equal(outcome.err.at, "");
        outcome_free(&outcome);
    }
}

static void tables_of_names_are_printed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "list kernels", "w4a16" },
        { "list chips", "ascend910b3" },
        { "list ops", "wait_flag" },
        { "list models", "core.clock" },
        { "list findings", "E-SYNC-RAW" },
        { "config show tiny", "core.clock" },
        { "asm " VECTOR_ADD, "kernel vector_add" },
        { "check " VECTOR_ADD, "no errors" },
        { "check " VECTOR_ADD " --chip tiny", "no errors" },
        { "print gemm --chip tiny m=16 n=16 k=16", "mmad" },
        { "print --format " VECTOR_ADD, "# z = x + y" },
        { "--version", "npusim " NPUSIM_VERSION },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = npusim(cases[i][0]);
        assert_int_equal(outcome.status, 0);
        assert_contains(&outcome.out, cases[i][1]);
        outcome_free(&outcome);
    }
}

static void the_same_run_gives_the_same_json(void **state)
{
    (void)state;
    struct outcome first = npusim(SMALL_GEMM " --json -");
    struct outcome second = npusim(SMALL_GEMM " --json -");
    assert_int_equal(first.status, 0);
    assert_string_equal(first.out.at, second.out.at);
    outcome_free(&first);
    outcome_free(&second);
}

static void json_goes_to_a_file_beside_the_table(void **state)
{
    (void)state;
    struct outcome alone = npusim(SMALL_GEMM " --json -");
    struct outcome both = npusim(SMALL_GEMM " --json result.json");
    struct text file = stored("result.json");
    assert_contains(&both.out, "bound by");
    assert_string_equal(file.at, alone.out.at);
    text_free(&file);
    outcome_free(&alone);
    outcome_free(&both);
}

static void a_printed_kernel_runs_like_the_original(void **state)
{
    (void)state;
    struct outcome original = npusim("run " VECTOR_ADD " --chip tiny n=5000 --json -");
    struct outcome printed = script("$npusim print " VECTOR_ADD " >copy.nk && "
                                    "$npusim run copy.nk --chip tiny n=5000 --json -");
    assert_int_equal(original.status, 0);
    assert_contains(&original.out, "\"correct\":\tnull");
    assert_contains(&original.out, "\"n\":\t5000");
    assert_string_equal(original.out.at, printed.out.at);
    outcome_free(&original);
    outcome_free(&printed);
}

static void a_trace_is_written_for_its_window(void **state)
{
    (void)state;
    struct outcome outcome = npusim(SMALL_GEMM " --trace t.json --trace-window 0:1000");
    struct text trace = stored("t.json");
    assert_int_equal(outcome.status, 0);
    assert_contains(&trace, "\"traceEvents\"");
    assert_contains(&trace, "\"name\":\"mmad\"");
    text_free(&trace);
    outcome_free(&outcome);
}

static void what_is_free_takes_less_time(void **state)
{
    (void)state;
    struct outcome paid = npusim("run gemm --chip tiny --timing m=64 n=64 k=512 --json -");
    struct outcome freed = npusim("run gemm --chip tiny --timing m=64 n=64 k=512 --json - "
                                  "--free tensor=a --free tensor=b --free op=cube");
    const char *key = "\"core_time_us\":\t";
    assert_contains(&paid.out, key);
    assert_contains(&freed.out, key);
    assert_true(strtod(strstr(freed.out.at, key) + strlen(key), NULL) <
                strtod(strstr(paid.out.at, key) + strlen(key), NULL));
    outcome_free(&paid);
    outcome_free(&freed);
}

static void what_makes_it_another_machine_is_recorded(void **state)
{
    (void)state;
    struct outcome plain = npusim(SMALL_GEMM " --json -");
    assert_contains(&plain.out, "\"set\":\t[]");
    assert_contains(&plain.out, "\"free\":\t[]");
    outcome_free(&plain);

    const char *changed = SMALL_GEMM " --json r.json --set core.clock=1500 --free op=cube "
                                     "--free tensor=a";
    struct outcome outcome = npusim(changed);
    struct text json = stored("r.json");
    assert_contains(&json, "\"set\":\t[\"core.clock=1500\"]");
    assert_contains(&json, "\"free\":\t[\"op=cube\", \"tensor=a\"]");
    assert_contains(&outcome.out,
                    "what if    --set core.clock=1500 --free op=cube --free tensor=a\n");
    text_free(&json);
    outcome_free(&outcome);
}

static void the_environment_names_the_folders(void **state)
{
    (void)state;
    struct outcome outcome = script("mkdir mine && cp " CONFIGS "/tiny.json mine/own.json && "
                                    "NPUSIM_CONFIG_DIR=mine $npusim list chips");
    assert_int_equal(outcome.status, 0);
    assert_memory_equal(outcome.out.at, "own ", 4);
    outcome_free(&outcome);

    outcome = script("NPUSIM_CONFIG_DIR=mine $npusim " SMALL_GEMM);
    assert_string_equal(outcome.err.at,
                        "npusim: error: unknown chip 'tiny' in mine; it has own\n");
    outcome_free(&outcome);

    outcome = script("NPUSIM_TABLE_DIR=mine $npusim validate");
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err.at, "mine: error: there are no tables\n");
    outcome_free(&outcome);
}

/* --- what fails --- */

static void a_deadlock_exits_1_and_names_what_each_pipe_waits_on(void **state)
{
    (void)state;
    struct outcome outcome = npusim("run " DEADLOCK " --chip tiny");
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.out.at, "");
    assert_contains(&outcome.err, DEADLOCK ": error: deadlock");
    assert_contains(&outcome.err, "v at wait_flag from=mte2 to=v id=3");
    assert_contains(&outcome.err, "mte3 at wait_flag from=v to=mte3 id=5");
    outcome_free(&outcome);

    outcome = npusim("check " DEADLOCK " --chip tiny");
    assert_int_equal(outcome.status, 1);
    outcome_free(&outcome);
}

static unsigned count_of(const struct text *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = text->at; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

static void a_deadlock_names_each_core_once(void **state)
{
    (void)state;
    struct outcome outcome = npusim("run " DEADLOCK " --chip tiny blocks=2");
    assert_int_equal(count_of(&outcome.err, "block 0:"), 1);
    assert_int_equal(count_of(&outcome.err, "block 1:"), 1);
    assert_int_equal(count_of(&outcome.err, "[E-DEADLOCK]"), 1); /* with a line for its hint */
    assert_int_equal(count_of(&outcome.err, "\n"), 4);
    outcome_free(&outcome);
}

/* The addition does not wait for what it adds. */
static const char racy[] = "kernel racy {\n tensor x: f16[64] in\n tensor y: f16[64] out\n"
                           " aiv {\n tile a: ub f16[64]\n load_ub a, x bytes=128\n"
                           " vadd a, a, a count=64\n set_flag from=v to=mte3 id=0\n"
                           " wait_flag from=v to=mte3 id=0\n store y, a bytes=128\n }\n}\n";

static void a_race_exits_1_and_is_told_with_its_code(void **state)
{
    (void)state;
    store("racy.nk", racy);
    struct outcome outcome = npusim("run racy.nk --chip tiny blocks=1");
    assert_int_equal(outcome.status, 1);
    assert_contains(&outcome.out, "nothing to compare with");
    assert_contains(&outcome.err,
                    "racy.nk:7:2: error: [E-SYNC-RAW] vadd, aiv 0, v: reads and writes");
    assert_contains(&outcome.err, "hint: ");
    outcome_free(&outcome);

    outcome = npusim("run racy.nk --chip tiny blocks=1 --no-check");
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.err.at, "");
    outcome_free(&outcome);

    outcome = npusim("run racy.nk --chip tiny blocks=1 --json -");
    assert_int_equal(outcome.status, 1);
    assert_contains(&outcome.out, "\"findings\":");
    assert_contains(&outcome.out, "\"E-SYNC-RAW\"");
    outcome_free(&outcome);
}

static void check_prints_findings_as_text_and_as_lines_of_json(void **state)
{
    (void)state;
    store("racy.nk", racy);
    struct outcome outcome = npusim("check racy.nk --chip tiny blocks=1");
    assert_int_equal(outcome.status, 1);
    assert_contains(&outcome.out, "[E-SYNC-RAW]");
    outcome_free(&outcome);

    outcome = npusim("check racy.nk --chip tiny blocks=1 --json -");
    assert_int_equal(outcome.status, 1);
    assert_memory_equal(outcome.out.at,
                        "{\"code\":\"E-SYNC-RAW\",\"severity\":\"error\",\"kernel\":\"racy\","
                        "\"file\":\"racy.nk\",\"line\":7,\"column\":2,\"instruction\":1,"
                        "\"operation\":\"vadd\",\"core_kind\":\"aiv\",\"core\":0,\"block\":0,"
                        "\"pipe\":\"v\",\"iteration\":{},\"found\":\"",
                        200);
    assert_int_equal(outcome.out.at[outcome.out.length - 2], '}');
    outcome_free(&outcome);

    outcome = npusim("check " VECTOR_ADD " --chip tiny --json -");
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.out.at, "");
    outcome_free(&outcome);
}

/* Random numbers are seldom rows of a table. */
static void check_takes_inputs_that_must_make_sense(void **state)
{
    (void)state;
    struct outcome outcome = npusim("check " EMBEDDING " --chip tiny");
    assert_int_equal(outcome.status, 1);
    assert_contains(&outcome.out, "[E-TILE-END]");
    outcome_free(&outcome);
    outcome = npusim("check " EMBEDDING " --chip tiny --range ids=0:99");
    assert_int_equal(outcome.status, 0);
    assert_contains(&outcome.out, "no errors");
    outcome_free(&outcome);
    assert_refused("check " EMBEDDING " --in ids=ids.npy",
                   "npusim: error: 'ids=ids.npy' means nothing without --chip CHIP\n");
}

static void advice_is_given_when_asked_for_and_fails_nothing(void **state)
{
    (void)state;
    store("slow.nk", "kernel slow {\n tensor x: f16[512] in\n aiv {\n tile a: ub f16[512]\n"
                     " for %i = 0 to 16 {\n %at = %i * 64\n load_ub a[%at], x[%at] bytes=64\n"
                     " }\n }\n}\n");
    struct outcome outcome = npusim("check slow.nk --chip tiny");
    assert_int_equal(outcome.status, 0);
    assert_int_equal(count_of(&outcome.out, "A-BURST"), 0);
    outcome_free(&outcome);
    store("scalar.nk",
          "kernel scalar {\n aiv {\n for %i = 0 to 99999 {\n %x = %i * 3\n }\n }\n}\n");
    outcome = npusim("check scalar.nk --chip tiny --advice");
    assert_int_equal(outcome.status, 0);
    assert_contains(&outcome.out, "scalar.nk: advice: [A-SCALAR] the aiv cores spend");
    outcome_free(&outcome);
    outcome = npusim("check slow.nk --chip tiny --advice");
    assert_int_equal(outcome.status, 0);
    assert_contains(&outcome.out, "slow.nk:7:2: advice: [A-BURST] load_ub");
    outcome_free(&outcome);
}

static void a_row_that_cannot_run_fails_validation(void **state)
{
    (void)state;
    store("bad.csv",
          COLUMNS "right,s,tiny,gemm,m=16 n=16 k=16,time_us,5,us,measured,x,\"a, b\"\n"
                  "loc_nowhere(),s,tinny,gemm,m=16 n=16 k=16,time_us,5,us,measured,x,\n"
                  "nothing,s,tiny,gemm,m=16 n=16 k=16,frames,5,us,measured,x,\n"
                  "library,s,tiny,gemm,m=16 n=16 k=16,time_us,1e9,us,library,x,\n");
    struct outcome outcome = npusim("validate bad.csv --json -");
    assert_int_equal(outcome.status, 1);
    assert_contains(&outcome.out, "\"rows\":\t4");
    assert_contains(&outcome.out, "\"failed\":\t2");
    assert_contains(&outcome.out, "\"averaged\":\t1");
    assert_contains(&outcome.out, "unknown chip");
    assert_contains(&outcome.out, "kernel gemm has no metric 'frames'");
    outcome_free(&outcome);
}

static void an_error_over_the_limit_fails_validation(void **state)
{
    (void)state;
    store("far.csv", COLUMNS "far,s,tiny,gemm,m=16 n=16 k=16,time_us,1000,us,measured,x,\n");
    struct outcome lax = npusim("validate far.csv");
    struct outcome strict = npusim("validate far.csv --max-error 50");
    assert_int_equal(lax.status, 0);
    assert_int_equal(strict.status, 1);
    outcome_free(&lax);
    outcome_free(&strict);
}

static void validation_prints_every_row_when_asked(void **state)
{
    (void)state;
    struct text rows;
    text_init(&rows);
    text_addf(&rows, COLUMNS);
    for (int i = 0; i < 15; i++)
        text_addf(&rows,
                  "ran%d,s,tiny,gemm,m=16 n=16 k=16,time_us,5,us,measured,x,\n"
                  "bad%d,s,tiny,gemm,m=0,time_us,5,us,measured,x,\n",
                  i, i);
    store("many.csv", rows.at);
    text_free(&rows);

    struct outcome some = npusim("validate many.csv"), all = npusim("validate many.csv --all");
    assert_int_equal(count_of(&some.out, "\n  ran"), 12);
    assert_int_equal(count_of(&some.out, "\n  bad"), 10);
    assert_int_equal(count_of(&all.out, "\n  ran"), 15);
    assert_int_equal(count_of(&all.out, "\n  bad"), 15);
    outcome_free(&some);
    outcome_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_result_exits_0),
        cmocka_unit_test(every_subcommand_has_help),
        cmocka_unit_test(tables_of_names_are_printed),
        cmocka_unit_test(the_same_run_gives_the_same_json),
        cmocka_unit_test(json_goes_to_a_file_beside_the_table),
        cmocka_unit_test(a_printed_kernel_runs_like_the_original),
        cmocka_unit_test(a_trace_is_written_for_its_window),
        cmocka_unit_test(what_is_free_takes_less_time),
        cmocka_unit_test(what_makes_it_another_machine_is_recorded),
        cmocka_unit_test(the_environment_names_the_folders),
        cmocka_unit_test(a_deadlock_exits_1_and_names_what_each_pipe_waits_on),
        cmocka_unit_test(a_deadlock_names_each_core_once),
        cmocka_unit_test(a_race_exits_1_and_is_told_with_its_code),
        cmocka_unit_test(check_prints_findings_as_text_and_as_lines_of_json),
        cmocka_unit_test(check_takes_inputs_that_must_make_sense),
        cmocka_unit_test(advice_is_given_when_asked_for_and_fails_nothing),
        cmocka_unit_test(a_row_that_cannot_run_fails_validation),
        cmocka_unit_test(an_error_over_the_limit_fails_validation),
        cmocka_unit_test(validation_prints_every_row_when_asked),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
