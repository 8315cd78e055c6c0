/* Files of several kernels as workloads: what launches hand on, and what they sum up to. */
#include "models/npu.h"
#include "tests/cli_rig.h"

#include <cjson/cJSON.h>
#include <math.h>

/* y = x + x, then z = y + y, from UB to UB in 128 bytes. */
#define STEP(name, from, to)                                                                   \
    "kernel " name " {\n"                                                                      \
    "  aiv {\n"                                                                                \
    "    tile a: ub f16[64]\n"                                                                 \
    "    load_ub a, " from "[0 : 64]\n"                                                        \
    "    set mte2 -> v\n"                                                                      \
    "    wait mte2 -> v\n"                                                                     \
    "    vadd a, a, a count=64\n"                                                              \
    "    set v -> mte3\n"                                                                      \
    "    wait v -> mte3\n"                                                                     \
    "    store " to "[0 : 64], a\n"                                                            \
    "  }\n"                                                                                    \
    "}\n"

#define TWO                                                                                    \
    "tensor x: f16[64] in\ntensor y: f16[64] work\ntensor z: f16[64] out\n" STEP(              \
        "first", "x", "y") STEP("second", "y", "z") "launch first blocks=1\n"                  \
                                                    "launch second blocks=1\n"

static double number_at(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static cJSON *json_of(const char *name)
{
    struct text text = stored(name);
    cJSON *json = cJSON_Parse(text.at);
    assert_non_null(json);
    text_free(&text);
    return json;
}

static void a_launch_sees_what_the_one_before_left(void **state)
{
    (void)state;
    store("two.nk", TWO);
    /* 4 * 1.5 = 6 is 0x4600. */
    struct outcome outcome =
        script("$npusim run two.nk --chip tiny --range x=1.5:1.5 --out z=z.npy >/dev/null && "
               "tail -c 128 z.npy | od -An -tx2 -v | tr -s ' ' '\\n' | sort -u");
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.out.at, "\n4600\n");
    outcome_free(&outcome);
}

/* The second launch reads 128 bytes that the first has just written. */
static void the_l2_lives_on_and_times_add_up(void **state)
{
    (void)state;
    store("two.nk", TWO);
    struct outcome outcome = npusim("run two.nk --chip tiny --timing --json r.json");
    assert_int_equal(outcome.status, 0);
    assert_contains(&outcome.out, "two.nk on tiny, 2 launches");
    cJSON *json = json_of("r.json");
    const cJSON *launches = cJSON_GetObjectItem(json, "launches");
    assert_int_equal(cJSON_GetArraySize(launches), 2);
    const cJSON *first = cJSON_GetArrayItem(launches, 0),
                *second = cJSON_GetArrayItem(launches, 1);

    assert_string_equal(cJSON_GetObjectItem(second, "kernel")->valuestring, "second");
    assert_true(fabs(number_at(json, "time_us") - number_at(first, "time_us") -
                     number_at(second, "time_us")) < 1e-6);
    assert_true(number_at(first, "time_us") > number_at(second, "time_us"));
    const cJSON *tensors =
        cJSON_GetObjectItem(cJSON_GetObjectItem(second, "traffic"), "tensors");
    assert_true(number_at(cJSON_GetObjectItem(tensors, "y"), "l2_hit_rate") == 1);
    assert_true(number_at(cJSON_GetObjectItem(tensors, "y"), "hbm_read_bytes") == 0);
    cJSON_Delete(json);
    outcome_free(&outcome);
}

static void a_file_of_one_launch_has_no_list_of_them(void **state)
{
    (void)state;
    store("one.nk", "tensor x: f16[64] in\ntensor z: f16[64] out\n" STEP("only", "x", "z"));
    struct outcome outcome = npusim("run one.nk --chip tiny blocks=1 --json r.json");
    struct text text = stored("r.json");
    assert_int_equal(outcome.status, 0);
    assert_contains(&outcome.out, "only on tiny, 1 blocks");
    assert_null(strstr(text.at, "launches"));
    text_free(&text);
    outcome_free(&outcome);
}

static void a_printed_file_runs_like_the_original(void **state)
{
    (void)state;
    store("two.nk", TWO);
    struct outcome outcome =
        script("mkdir -p copy && $npusim print two.nk >copy/two.nk && "
               "$npusim run two.nk --chip tiny --json a.json && "
               "$npusim run copy/two.nk --chip tiny --json b.json && cmp a.json b.json && "
               "$npusim print copy/two.nk | cmp - copy/two.nk");
    assert_int_equal(outcome.status, 0);
    outcome_free(&outcome);
}

static void a_trace_has_the_launches_one_after_another(void **state)
{
    (void)state;
    store("two.nk", TWO);
    struct outcome outcome = npusim("run two.nk --chip tiny --trace t.json --json r.json");
    assert_int_equal(outcome.status, 0);
    cJSON *json = json_of("r.json"), *trace = json_of("t.json");
    double first = number_at(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "launches"), 0),
                             "core_time_us"),
           latest = 0;
    const cJSON *event;

    cJSON_ArrayForEach(event, cJSON_GetObjectItem(trace, "traceEvents"))
    {
        const cJSON *when = cJSON_GetObjectItem(event, "ts");
        if (when != NULL && when->valuedouble > latest)
            latest = when->valuedouble;
    }
    assert_true(latest > 2 * first);
    cJSON_Delete(json);
    cJSON_Delete(trace);
    outcome_free(&outcome);
}

static void parameters_are_those_of_all_kernels(void **state)
{
    (void)state;
    store("params.nk", "param n = 64\ntensor x: f16[n] inout\n"
                       "kernel a {\nparam p = 1\naiv {\n%s = p\n}\n}\n"
                       "kernel b {\nparam q = 3\naiv {\n%s = q\n}\n}\n");
    struct outcome outcome = npusim("run params.nk --chip tiny p=7 --json r.json");
    assert_int_equal(outcome.status, 0);
    assert_contains(&outcome.out, "n=64 p=7 q=3 warm=0");
    outcome_free(&outcome);
    assert_refused("run params.nk --chip tiny r=7",
                   "npusim: error: kernel a has no parameter 'r'; expected n, p, q, blocks "
                   "or warm\n");
}

static void a_sum_counts_cores_that_took_no_part_as_idle(void **state)
{
    (void)state;
    static struct run total, one, two;
    one = (struct run){ .time = 10, .core_time = 6, .cores = { [CORE_AIV] = 1 } };
    two = (struct run){ .time = 20, .core_time = 15, .cores = { [CORE_AIV] = 3 } };
    one.pipes[CORE_AIV][PIPE_V][PIPE_busy] = 6;
    two.pipes[CORE_AIV][PIPE_V][PIPE_busy] = 45;
    one.bound.spent[BOUND_launch] = 10;
    two.bound.spent[BOUND_launch] = 20;

    run_add(&total, &one);
    run_add(&total, &two);
    run_add(&total, &one);
    assert_int_equal(total.time, 40);
    assert_int_equal(total.core_time, 27);
    assert_int_equal(total.cores[CORE_AIV], 3);
    assert_int_equal(total.pipes[CORE_AIV][PIPE_V][PIPE_busy], 57);
    assert_int_equal(total.pipes[CORE_AIV][PIPE_V][PIPE_idle], 2 * 6 + 2 * 6);
    assert_int_equal(bound_total(&total.bound), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_launch_sees_what_the_one_before_left),
        cmocka_unit_test(the_l2_lives_on_and_times_add_up),
        cmocka_unit_test(a_file_of_one_launch_has_no_list_of_them),
        cmocka_unit_test(a_printed_file_runs_like_the_original),
        cmocka_unit_test(a_trace_has_the_launches_one_after_another),
        cmocka_unit_test(parameters_are_those_of_all_kernels),
        cmocka_unit_test(a_sum_counts_cores_that_took_no_part_as_idle),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
