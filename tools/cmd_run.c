/* npusim run: one kernel, one chip, the whole story. */
#include "sim/file.h"
#include "sim/mem.h"
#include "tools/args.h"
#include "tools/command.h"
#include "tools/json_out.h"
#include "tools/outputs.h"
#include "tools/result_json.h"
#include "tools/result_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_CHIP = 1,
    KEY_SET,
    KEY_TIMING,
    KEY_SEED,
    KEY_JSON,
    KEY_TRACE,
    KEY_WINDOW,
    KEY_FREE,
    KEY_NO_CHECK,
    KEY_IN,
    KEY_OUT,
    KEY_EXPECT,
    KEY_RANGE,
    KEY_TOLERANCE,
};

static const struct argp_option options[] = {
    { "chip", KEY_CHIP, "CHIP", 0, "A name of `npusim list chips`, or a .json file", 0 },
    { "set", KEY_SET, "PARAM=VALUE", 0, "Change a parameter of the chip; repeatable", 0 },
    { "timing", KEY_TIMING, NULL, 0, "Only the time: compute no data", 0 },
    { "seed", KEY_SEED, "N", 0, "Of the random inputs; 1 if left out", 0 },
    { "in", KEY_IN, "T=FILE.npy", 0, "Contents of an input tensor; repeatable", 0 },
    { "range", KEY_RANGE, "T=LOW:HIGH", 0,
      "Of the random numbers of an input tensor; repeatable", 0 },
    { "out", KEY_OUT, "T=FILE.npy", 0, "Write what a tensor holds in the end; repeatable", 0 },
    { "expect", KEY_EXPECT, "T=FILE.npy", 0,
      "What a tensor should hold, in place of the built-in reference; repeatable", 0 },
    { "tolerance", KEY_TOLERANCE, "T", 0,
      "Of --expect: |error| <= T * max(1, |expected|); if left out 2^-9 for f16, 2^-6 for "
      "bf16, "
      "2^-16 for f32, 0 for integers",
      0 },
    { "free", KEY_FREE, "op=CLASS|tensor=NAME", 0,
      "What if it cost nothing: an operation, a pipe (v m mte1 mte2 mte3 fix), `vector`, "
      "`cube`, or the traffic of a tensor; repeatable",
      0 },
    { "no-check", KEY_NO_CHECK, NULL, 0,
      "With data, but look for no races, unset values or flags left raised", 0 },
    { "json", KEY_JSON, "FILE|-", 0, "Write the result as JSON, for - in place of the table",
      0 },
    { "trace", KEY_TRACE, "FILE", 0, "Write a trace for Perfetto or chrome://tracing", 0 },
    { "trace-window", KEY_WINDOW, "FROM:TO", 0, "Trace only this time, in us", 0 },
    { 0 },
};

static const char doc[] =
    "Simulates KERNEL, a built-in (`npusim list kernels`) or a .nk file, on a chip. Data is "
    "computed and checked against an independent reference unless --timing is given.\v"
    "Examples:\n"
    "  npusim run w4a16 --chip ascend910b3 m=16 n=4096 k=11008 schedule=split-k\n"
    "  npusim run gemm --chip ascend910b1 --timing m=4096 n=4096 k=4096 --json -\n"
    "  npusim run gemm --chip ascend910b3 --timing m=16 n=4096 k=4096 --free op=cube\n"
    "  npusim run traces/vector_add.nk --chip tiny n=5000\n"
    "  npusim run traces/vector_add.nk --chip tiny --in x=x.npy --in y=y.npy --expect z=z.npy";

struct window {
    sim_time from, to;
};

struct run_args {
    struct job job;
    const char *chip, *json, *trace;
    struct window window;
    bool windowed;
    double tolerance;
    struct diag *diag;
};

/* A time in us, as a plain decimal in front of `end`. */
static bool parse_us(const char *word, char end, const char **after, sim_time *out)
{
    size_t length = strspn(word, "0123456789.");
    char *stop;
    double us = strtod(word, &stop);
    if (stop == word || stop != word + length || *stop != end || !(us < 1e12))
        return false;
    *out = (sim_time)(us * (double)PS_PER_US);
    *after = stop + 1;
    return true;
}

static bool parse_window(const char *word, struct window *window, struct diag *diag)
{
    const char *at = word;
    return (parse_us(at, ':', &at, &window->from) && parse_us(at, '\0', &at, &window->to) &&
            window->from < window->to) ||
           diag_fail(diag, loc_nowhere(),
                     "--trace-window is '%s'; expected FROM:TO in us, FROM below TO", word);
}

static bool parse_tolerance(const char *word, struct run_args *args)
{
    char *end;
    args->tolerance = strtod(word, &end);
    args->job.tolerance = &args->tolerance;
    return (end != word && *end == '\0' && args->tolerance >= 0 && args->tolerance < 1e30) ||
           diag_fail(args->diag, loc_nowhere(),
                     "--tolerance is '%s'; expected a number from 0 up", word);
}

/* Options that are kept as they are. */
static struct words *word_list(struct run_args *args, int key)
{
    switch (key) {
    case KEY_SET:
        return &args->job.sets;
    case KEY_FREE:
        return &args->job.frees;
    case KEY_IN:
        return &args->job.user.in;
    case KEY_OUT:
        return &args->job.user.out;
    case KEY_EXPECT:
        return &args->job.user.expect;
    case KEY_RANGE:
        return &args->job.user.range;
    default:
        return NULL;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct run_args *args = state->input;

    switch (key) {
    case KEY_CHIP:
        args->chip = arg;
        return 0;
    case KEY_SET:
    case KEY_FREE:
    case KEY_IN:
    case KEY_OUT:
    case KEY_EXPECT:
    case KEY_RANGE:
        words_add(word_list(args, key), arg);
        return 0;
    case KEY_TOLERANCE:
        return parse_tolerance(arg, args) ? 0 : EINVAL;
    case KEY_TIMING:
        args->job.timing = true;
        return 0;
    case KEY_NO_CHECK:
        args->job.unchecked = true;
        return 0;
    case KEY_SEED:
        return args_number("--seed", arg, &args->job.seed, args->diag) ? 0 : EINVAL;
    case KEY_JSON:
        args->json = arg;
        return 0;
    case KEY_TRACE:
        args->trace = arg;
        return 0;
    case KEY_WINDOW:
        args->windowed = true;
        return parse_window(arg, &args->window, args->diag) ? 0 : EINVAL;
    case ARGP_KEY_ARG:
        if (args->job.kernel == NULL)
            args->job.kernel = arg;
        else
            words_add(&args->job.params, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool check_outputs(const struct run_args *args)
{
    const struct words *files = &args->job.user.out;
    struct output *outputs = mem_array(files->count + 2, sizeof *outputs);
    bool ok = true;

    outputs[0] = (struct output){ "--json", args->json };
    outputs[1] = (struct output){ "--trace", args->trace };
    for (size_t i = 0; i < files->count; i++) {
        outputs[i + 2] = (struct output){ "--out", user_file(files->at[i]) };
        if (outputs[i + 2].path != NULL && strcmp(outputs[i + 2].path, "-") == 0)
            ok = diag_fail(args->diag, loc_nowhere(), "--out is '%s'; expected a file",
                           files->at[i]);
    }
    ok = ok && outputs_check(outputs, files->count + 2, args->diag);
    mem_free(outputs);
    return ok;
}

static bool check_args(const struct run_args *args)
{
    if (args->job.kernel == NULL)
        return diag_fail(args->diag, loc_nowhere(),
                         "no kernel is given; see `npusim run --help`");
    if (args->chip == NULL)
        return diag_fail(args->diag, loc_nowhere(),
                         "no chip is given; expected --chip CHIP, one of "
                         "`npusim list chips`");
    if (args->trace != NULL && strcmp(args->trace, "-") == 0)
        return diag_fail(args->diag, loc_nowhere(), "--trace is '-'; expected a file");
    if (args->windowed && args->trace == NULL)
        return diag_fail(args->diag, loc_nowhere(),
                         "--trace-window means nothing without --trace FILE");
    if (args->job.tolerance != NULL && args->job.user.expect.count == 0)
        return diag_fail(args->diag, loc_nowhere(),
                         "--tolerance means nothing without --expect T=FILE.npy");
    return check_outputs(args);
}

static bool write_json(const struct run_args *args, const struct result *result)
{
    cJSON *json = result_json(&args->job, result);
    bool ok = json_write(json, args->json, args->diag);
    cJSON_Delete(json);
    return ok;
}

static bool write_trace(const struct run_args *args)
{
    const struct text *text = trace_close(args->job.trace);
    return file_write(args->trace, text->at, text->length, args->diag);
}

static enum status deliver(const struct run_args *args, const struct result *result)
{
    if (args->json == NULL || strcmp(args->json, "-") != 0)
        result_print(&args->job, result, stdout);
    if (args->json != NULL && !write_json(args, result))
        return STATUS_BAD_INPUT;
    if (args->trace != NULL && !write_trace(args))
        return STATUS_BAD_INPUT;
    return result_wrong(result) ? STATUS_FAILED : STATUS_RIGHT;
}

static enum status run(struct run_args *args)
{
    struct trace trace;
    struct result result;

    if (args->trace != NULL) {
        trace_init(&trace, args->window.from, args->window.to);
        args->job.trace = &trace;
    }
    enum status status = simulate(&args->job, &result, args->diag);
    if (status == STATUS_RIGHT)
        status = deliver(args, &result);
    else
        result_print_stuck(&result, args->diag, stderr);
    findings_print(&result.findings, SEVERITY_ERROR, stderr);
    result_free(&result);
    if (args->trace != NULL)
        trace_free(&trace);
    return status;
}

enum status command_run(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "KERNEL [PARAM=VALUE ...]", .doc = doc
    };
    struct run_args args = { .job = { .seed = 1 }, .window = { 0, SIM_NEVER }, .diag = diag };
    enum status status = STATUS_BAD_INPUT;

    if (args_parse(&argp, 0, argc, argv, &args, diag) && check_args(&args)) {
        struct chip *chip = args_chip(args.chip, &args.job.sets, diag);
        args.job.chip = chip;
        if (chip != NULL)
            status = run(&args);
        chip_free(chip);
    }
    words_free(&args.job.sets);
    words_free(&args.job.params);
    words_free(&args.job.frees);
    user_words_free(&args.job.user);
    return status;
}
