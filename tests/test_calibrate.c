/*
 * Calibration on configs and tables of the test's own. The time of a launch is that of its
 * kernel and launch.head, whatever else there is, so a table that was simulated with a known
 * head is fitted by that and by no other.
 */
#include "tests/cli_rig.h"

#define PLAN "parameter,config,from,to,step,rows,why\n"
#define COLUMNS "id,suite,chip,kernel,params,metric,value,unit,kind,source,note\n"

/* A row whose value is what gemm with these parameters takes when launch.head is 4321 ns. */
#define KNOWN(id, params)                                                                      \
    "t=$($npusim run gemm --chip tiny --timing " params " --set launch.head=4321 --json - | "  \
    "sed -n 's/.*\"time_us\":[^0-9]*\\([0-9.]*\\).*/\\1/p') && "                               \
    "echo \"" id ",s,tiny,gemm," params                                                        \
    ",time_us,$t,us,measured,made up,\" >>tables/t.csv && "

/* Copies of tiny and of what it needs; two rows of a known head and one far from it. */
static int make_plan(void **state)
{
    if (make_folder(state) != 0)
        return 1;
    struct outcome made =
        script("mkdir cfg tables && cp " NPUSIM_SOURCE_DIR "/configs/tiny.json cfg/ && "
               "cp cfg/tiny.json before.json && echo '" COLUMNS
               "' | head -1 >tables/t.csv && " KNOWN("known-a", "m=16 n=16 k=16")
                   KNOWN("known-b", "m=64 n=64 k=64") KNOWN("other", "m=16 n=32 k=16") "true");
    assert_string_equal(made.err.at, "");
    assert_int_equal(made.status, 0);
    outcome_free(&made);
    return 0;
}

static struct outcome calibrate(const char *plan, const char *arguments)
{
    char line[256];
    store("cfg/calibration.csv", plan);
    snprintf(line, sizeof line,
             "NPUSIM_CONFIG_DIR=cfg NPUSIM_TABLE_DIR=tables $npusim calibrate %s", arguments);
    return script(line);
}

static void refused(const char *plan, const char *arguments, const char *error)
{
    struct outcome outcome = calibrate(plan, arguments);
    assert_string_equal(outcome.err.at, error);
    assert_int_equal(outcome.status, 2);
    outcome_free(&outcome);
}

#define HEAD "launch.head,tiny,1000,9000,1,known-*,the least is what the runtime takes\n"

/* 4321 lies on no coarse step: the search gets there by halving. */
static void a_known_optimum_is_found_and_only_its_line_is_written(void **state)
{
    (void)state;
    struct outcome fit = calibrate(PLAN HEAD, "");
    assert_string_equal(fit.err.at, "");
    assert_int_equal(fit.status, 0);
    assert_contains(&fit.out, "launch.head");
    assert_contains(&fit.out, "4321 ns");
    outcome_free(&fit);

    struct outcome differs = script("diff before.json cfg/tiny.json");
    assert_int_equal(differs.status, 1);
    outcome_free(&differs);
    struct outcome lines = script("diff before.json cfg/tiny.json | grep -c '^[<>]'");
    assert_string_equal(lines.out.at, "2\n"); /* one out, one in */
    outcome_free(&lines);
    struct text text = stored("cfg/tiny.json");
    assert_contains(&text, "    \"head\": {\"value\": 4321, \"unit\": \"ns\", "
                           "\"kind\": \"FITTED\", \"source\": \"npusim calibrate: mean error "
                           "0.0 % over 2 rows (known-*); the least is what the runtime "
                           "takes\"},\n");
    text_free(&text);

    struct outcome shown = script("NPUSIM_CONFIG_DIR=cfg $npusim config show tiny");
    assert_int_equal(shown.status, 0);
    assert_contains(&shown.out, "4321 ns");
    outcome_free(&shown);
    struct outcome restored = script("cp before.json cfg/tiny.json");
    assert_int_equal(restored.status, 0);
    outcome_free(&restored);
}

static void a_dry_run_finds_it_too_and_writes_nothing(void **state)
{
    (void)state;
    struct outcome dry = calibrate(PLAN HEAD, "--dry-run");
    assert_int_equal(dry.status, 0);
    assert_contains(&dry.out, "4321 ns");
    outcome_free(&dry);
    struct outcome same = script("cmp before.json cfg/tiny.json");
    assert_int_equal(same.status, 0);
    outcome_free(&same);
}

/* The optimum lies beyond the end, and the end is on no multiple of the step: 3000 is the
 * last value of the grid. */
static void a_fit_stays_within_its_range(void **state)
{
    (void)state;
    struct outcome dry =
        calibrate(PLAN "launch.head,tiny,1000,3300,400,known-*,too low\n", "--dry-run");
    assert_int_equal(dry.status, 0);
    assert_contains(&dry.out, "3000 ns");
    outcome_free(&dry);
}

static void only_the_parameters_named_are_fitted(void **state)
{
    (void)state;
    const char *plan = PLAN HEAD "launch.tail,tiny,0,2000,100,other,w\n";
    struct outcome some = calibrate(plan, "--dry-run launch.tail");
    assert_int_equal(some.status, 0);
    assert_contains(&some.out, "launch.tail");
    assert_null(strstr(some.out.at, "launch.head"));
    outcome_free(&some);
    refused(plan, "--dry-run core.clock",
            "npusim: error: cfg/calibration.csv does not fit 'core.clock'\n");
}

static void errors_of_the_plan_are_located(void **state)
{
    (void)state;
    refused(PLAN HEAD "launch.hed,tiny,1000,9000,1,known-*,w\n", "",
            "cfg/calibration.csv:3: error: there is no parameter 'launch.hed'\n");
    refused(PLAN "launch.head,tiny,1000,9k,1,known-*,w\n", "",
            "cfg/calibration.csv:2: error: to is '9k'; expected a number\n");
    refused(PLAN "launch.head,tiny,1000,nan,1,known-*,w\n", "",
            "cfg/calibration.csv:2: error: to is 'nan'; expected a number\n");
    refused(PLAN "launch.head,tiny,9000,1000,1,known-*,w\n", "",
            "cfg/calibration.csv:2: error: the range of launch.head is 9000..1000 in steps of "
            "1; expected part of 0..1e+06 ns\n");
    refused(PLAN "launch.head,tiny,0,9000,0,known-*,w\n", "",
            "cfg/calibration.csv:2: error: the range of launch.head is 0..9000 in steps of 0; "
            "expected part of 0..1e+06 ns\n");
    refused(PLAN "launch.head,tiny,0,1e7,1,known-*,w\n", "",
            "cfg/calibration.csv:2: error: the range of launch.head is 0..1e+07 in steps of 1; "
            "expected part of 0..1e+06 ns\n");
}

static void a_fit_that_cannot_be_is_refused_and_writes_nothing(void **state)
{
    (void)state;
    struct outcome none = calibrate(PLAN "launch.head,tiny,0,9000,1,nobody-*,w\n", "");
    assert_int_equal(none.status, 2);
    assert_string_equal(none.err.at, "npusim: error: no published row matches 'nobody-*'\n");
    outcome_free(&none);
    struct outcome nowhere = calibrate(PLAN "launch.head,tinny,0,9000,3000,known-*,w\n", "");
    assert_int_equal(nowhere.status, 2);
    assert_contains(&nowhere.err, "cfg/tinny.json");
    outcome_free(&nowhere);
    struct outcome same = script("cmp before.json cfg/tiny.json");
    assert_int_equal(same.status, 0);
    outcome_free(&same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_optimum_is_found_and_only_its_line_is_written),
        cmocka_unit_test(a_dry_run_finds_it_too_and_writes_nothing),
        cmocka_unit_test(a_fit_stays_within_its_range),
        cmocka_unit_test(only_the_parameters_named_are_fitted),
        cmocka_unit_test(errors_of_the_plan_are_located),
        cmocka_unit_test(a_fit_that_cannot_be_is_refused_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, make_plan, remove_folder);
}
