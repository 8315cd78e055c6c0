/*
 * Every built-in kernel becomes text with `npusim print`, and the text runs as the kernel does:
 * the same launches, the same time to the picosecond, the same traffic.
 */
#include "kernels/kernel.h"
#include "tests/cli_rig.h"

#include <cjson/cJSON.h>

/* At least one of each kernel; a new one needs a line here. `control`: input tensors that
 * control depends on, for which the text has no values. */
static const struct example {
    const char *kernel, *chip, *params;
    const char *control[3];
} examples[] = {
    { "copy", "ascend910b3", "bytes=1048576 rows=4 row_bytes=1024 store=1", { NULL } },
    { "copy", "ascend910b1", "bytes=1048576 rows=64 row_bytes=128 core=aic nd2nz=1", { NULL } },
    { "micro", "ascend910b1", "op=vadd dtype=f16:f16:f16 repeat=7 issue=isolated", { NULL } },
    { "micro", "ascend950pr", "op=move path=gm_to_ub bytes=4096", { NULL } },
    { "gemm", "ascend910b3", "m=100 n=300 k=500 schedule=split-k", { NULL } },
    { "gemm", "tiny", "m=33 n=65 k=100 dtype=i8 trans_b=1", { NULL } },
    { "w4a16", "ascend910b3", "m=16 n=512 k=1024 schedule=stripe group=32 zero=1", { NULL } },
    { "w4a16", "ascend910b4", "m=16 n=512 k=1024 act=bf16 schedule=tile-pipelined", { NULL } },
    { "w4a16", "ascend950pr", "m=16 n=512 k=2048 schedule=split-k", { NULL } },
    { "w4a16", "ascend950pr", "m=16 n=512 k=2048 schedule=direct zero=1", { NULL } },
    { "enec-compress",
      "ascend910b2",
      "model=llama-3.1-8b elements=1048576 warm=0",
      { "plan" } },
    { "enec-merge",
      "ascend910b2",
      "model=llama-3.1-8b elements=1048576 warm=0",
      { "sizes", "plan" } },
    { "enec-decompress",
      "ascend910b2",
      "model=llama-3.1-8b elements=1048576 warm=0",
      { "plan" } },
    { "hans-encode",
      "ascend910b2",
      "model=llama-3.1-8b elements=1048576",
      { "weights", "histogram" } },
    { "hans-decode",
      "ascend910b2",
      "model=llama-3.1-8b elements=1048576",
      { "histogram", "fixed" } },
};

#define EXAMPLES (sizeof examples / sizeof *examples)

static cJSON *json_of(const char *arguments)
{
    struct outcome outcome = npusim(arguments);
    if (outcome.status != 0)
        fail_msg("npusim %s: %s", arguments, outcome.err.at);
    cJSON *json = cJSON_Parse(outcome.out.at);
    assert_non_null(json);
    outcome_free(&outcome);
    return json;
}

static void assert_same(const struct example *example, const cJSON *a, const cJSON *b,
                        const char *key)
{
    const cJSON *left = cJSON_GetObjectItemCaseSensitive(a, key);
    const cJSON *right = cJSON_GetObjectItemCaseSensitive(b, key);
    if (left == NULL || !cJSON_Compare(left, right, true))
        fail_msg("%s %s on %s: %s differs", example->kernel, example->params, example->chip,
                 key);
}

/* What control depends on, from a run with data. */
static void save_control(const struct example *example)
{
    struct text line;
    text_init(&line);
    text_addf(&line, "run %s --chip %s %s --json -", example->kernel, example->chip,
              example->params);
    for (const char *const *name = example->control; *name != NULL; name++)
        text_addf(&line, " --out %s=%s.npy", *name, *name);
    cJSON_Delete(json_of(line.at));
    text_free(&line);
}

static void check_example(const struct example *example)
{
    struct text line;
    text_init(&line);
    text_addf(&line, "print %s --chip %s %s > kernel.nk", example->kernel, example->chip,
              example->params);
    struct outcome printed = npusim(line.at);
    if (printed.status != 0)
        fail_msg("npusim %s: %s", line.at, printed.err.at);
    outcome_free(&printed);

    text_clear(&line);
    text_addf(&line, "run %s --chip %s %s --timing --json -", example->kernel, example->chip,
              example->params);
    cJSON *built = json_of(line.at);
    if (example->control[0] != NULL)
        save_control(example);
    text_clear(&line);
    text_addf(&line, "run kernel.nk --chip %s --timing --json -", example->chip);
    for (const char *const *name = example->control; *name != NULL; name++)
        text_addf(&line, " --in %s=%s.npy", *name, *name);
    cJSON *read = json_of(line.at);

    static const char *const keys[] = { "time_us", "core_time_us", "pipes",     "traffic",
                                        "memory",  "bound",        "simulation" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_same(example, built, read, keys[i]);
    cJSON_Delete(built);
    cJSON_Delete(read);
    text_free(&line);
}

static void a_printed_kernel_runs_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLES; i++)
        check_example(&examples[i]);
}

static void every_built_in_kernel_has_an_example(void **state)
{
    (void)state;
    for (size_t k = 0; kernel_specs[k] != NULL; k++) {
        bool found = false;
        for (size_t i = 0; i < EXAMPLES; i++)
            found = found || strcmp(kernel_specs[k]->name, examples[i].kernel) == 0;
        if (!found)
            fail_msg("no example of %s", kernel_specs[k]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_printed_kernel_runs_the_same),
        cmocka_unit_test(every_built_in_kernel_has_an_example),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
