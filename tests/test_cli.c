/*
 * The command as a user meets it: exit codes, one line for each mistake, the
 * same JSON every time.
 */
#include "tests/cli_rig.h"

#define CONFIGS NPUSIM_SOURCE_DIR "/configs"
#define DEADLOCK NPUSIM_SOURCE_DIR "/tests/deadlock.nk"
#define VECTOR_ADD NPUSIM_SOURCE_DIR "/traces/vector_add.nk"
#define EMBEDDING NPUSIM_SOURCE_DIR "/traces/embedding.nk"
#define SMALL_GEMM "run gemm --chip tiny m=20 n=30 k=40"

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

#define COLUMNS "id,suite,chip,kernel,params,metric,value,unit,kind,source,note\n"

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

/* --- what is refused --- */

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
