/* npusim reproduce: the figures of a paper, and whether its claims hold. */
#include "sim/file.h"
#include "tools/args.h"
#include "tools/command.h"
#include "tools/hint.h"
#include "tools/json_out.h"
#include "tools/outputs.h"
#include "tools/reproduce_w4a16.h"

#include <errno.h>
#include <string.h>

#define DIRECT_CHIP "ascend950pr" /* for the page's last table */

enum { KEY_CHIP = 1, KEY_JSON, KEY_CSV };

static const struct argp_option options[] = {
    { "chip", KEY_CHIP, "CHIP", 0, "ascend910b3 if left out", 0 },
    { "json", KEY_JSON, "FILE|-", 0, "Write JSON, for - in place of the page", 0 },
    { "csv", KEY_CSV, "FILE|-", 0, "Write the rows as CSV, for - in place of the page", 0 },
    { 0 },
};

static const char doc[] =
    "Simulates the experiments of a paper, without data, and says which of its claims hold and "
    "by "
    "how much. Papers: w4a16, W4A16 matrix multiplication (arXiv 2601.16536), and what the "
    "direct "
    "path of the 950 buys.\v"
    "Examples:\n"
    "  npusim reproduce w4a16\n"
    "  npusim reproduce w4a16 --chip ascend910b1 --csv -";

struct reproduce_args {
    const char *paper, *chip, *json, *csv;
    struct diag *diag;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct reproduce_args *args = state->input;

    switch (key) {
    case KEY_CHIP:
        args->chip = arg;
        return 0;
    case KEY_JSON:
        args->json = arg;
        return 0;
    case KEY_CSV:
        args->csv = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (args->paper != NULL)
            return ARGP_ERR_UNKNOWN;
        args->paper = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static bool check_args(const struct reproduce_args *args)
{
    static const char *const papers[] = { "w4a16" };
    const struct output outputs[] = { { "--json", args->json }, { "--csv", args->csv } };

    if (args->paper == NULL)
        return diag_fail(args->diag, loc_nowhere(), "no paper is given; expected w4a16");
    if (strcmp(args->paper, papers[0]) != 0)
        return diag_fail(args->diag, loc_nowhere(), "unknown paper '%s'%s", args->paper,
                         hint_among(args->paper, papers, 1).text);
    return outputs_check(outputs, sizeof outputs / sizeof *outputs, args->diag);
}

static bool write_csv(const struct w4a16_study *study, const char *path, struct diag *diag)
{
    struct text text;
    bool ok = true;
    text_init(&text);
    w4a16_study_csv(study, &text);
    if (is_stdout(path))
        fputs(text.at, stdout);
    else
        ok = file_write(path, text.at, text.length, diag);
    text_free(&text);
    return ok;
}

static bool write_json(const struct w4a16_study *study, const char *path, struct diag *diag)
{
    cJSON *json = w4a16_study_json(study);
    bool ok = json_write(json, path, diag);
    cJSON_Delete(json);
    return ok;
}

/* A claim that does not hold is a finding, not a failure. */
static enum status reproduce(const struct reproduce_args *args, const struct chip *chip,
                             const struct chip *direct_chip)
{
    struct w4a16_study study;

    if (!w4a16_study_run(&study, chip, direct_chip, args->diag))
        return STATUS_FAILED;
    if (!is_stdout(args->json) && !is_stdout(args->csv))
        w4a16_study_print(&study);
    if (args->json != NULL && !write_json(&study, args->json, args->diag))
        return STATUS_BAD_INPUT;
    if (args->csv != NULL && !write_csv(&study, args->csv, args->diag))
        return STATUS_BAD_INPUT;
    return STATUS_RIGHT;
}

enum status command_reproduce(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "PAPER", .doc = doc
    };
    struct reproduce_args args = { .chip = "ascend910b3", .diag = diag };
    const struct words no_sets = { 0 };

    if (!args_parse(&argp, 0, argc, argv, &args, diag) || !check_args(&args))
        return STATUS_BAD_INPUT;
    struct chip *chip = args_chip(args.chip, &no_sets, diag);
    if (chip == NULL)
        return STATUS_BAD_INPUT;

    /* What a direct path buys is seen on the chip itself if it has one. */
    bool direct = chip->params.ub_l1_rate != 0;
    struct chip *other = direct ? NULL : args_chip(DIRECT_CHIP, &no_sets, diag);
    enum status status = STATUS_BAD_INPUT;
    if (direct || other != NULL)
        status = reproduce(&args, chip, direct ? chip : other);
    chip_free(other);
    chip_free(chip);
    return status;
}
