/* npusim reproduce: the figures of a paper, and whether its claims hold. */
#include "sim/file.h"
#include "tools/args.h"
#include "tools/command.h"
#include "tools/hint.h"
#include "tools/json_out.h"
#include "tools/outputs.h"
#include "tools/reproduce_enec.h"
#include "tools/reproduce_w4a16.h"
#include "tools/tables.h"

#include <errno.h>
#include <string.h>

#define DIRECT_CHIP "ascend950pr" /* for the page's last table */

enum { KEY_CHIP = 1, KEY_JSON, KEY_CSV };

static const struct argp_option options[] = {
    { "chip", KEY_CHIP, "CHIP", 0, "that of the paper, or one like it, if left out", 0 },
    { "json", KEY_JSON, "FILE|-", 0, "Write JSON, for - in place of the page", 0 },
    { "csv", KEY_CSV, "FILE|-", 0, "Write the rows as CSV, for - in place of the page", 0 },
    { 0 },
};

static const char doc[] =
    "Simulates the experiments of a paper, without data, and says which of its claims hold and "
    "by how much. Papers: w4a16, W4A16 matrix multiplication (arXiv 2601.16536), on an "
    "ascend910b3, and what the direct path of the 950 buys; enec, lossless compression of "
    "weights (arXiv 2604.03298), on an ascend910b2.\v"
    "Examples:\n"
    "  npusim reproduce w4a16\n"
    "  npusim reproduce enec --json enec.json";

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

struct paper {
    const char *name, *chip;
    enum status (*reproduce)(const struct reproduce_args *args, const struct chip *chip);
};

/* --- results --- */

static bool page_wanted(const struct reproduce_args *args)
{
    return !is_stdout(args->json) && !is_stdout(args->csv);
}

static bool write_csv(const struct text *text, const char *path, struct diag *diag)
{
    if (!is_stdout(path))
        return file_write(path, text->at, text->length, diag);
    fputs(text->at, stdout);
    return true;
}

/* To the files that were asked for. Takes json. */
static bool write_files(const struct reproduce_args *args, cJSON *json, const struct text *csv)
{
    bool ok = (args->json == NULL || json_write(json, args->json, args->diag)) &&
              (args->csv == NULL || write_csv(csv, args->csv, args->diag));
    cJSON_Delete(json);
    return ok;
}

/* A claim that does not hold is a finding, not a failure. */
static enum status study_w4a16(const struct reproduce_args *args, const struct chip *chip,
                               const struct chip *direct_chip)
{
    struct w4a16_study study;
    struct text csv;

    if (!w4a16_study_run(&study, chip, direct_chip, args->diag))
        return STATUS_FAILED;
    if (page_wanted(args))
        w4a16_study_print(&study);
    text_init(&csv);
    w4a16_study_csv(&study, &csv);
    bool ok = write_files(args, w4a16_study_json(&study), &csv);
    text_free(&csv);
    return ok ? STATUS_RIGHT : STATUS_BAD_INPUT;
}

/* What a direct path buys is seen on the chip itself if it has one. */
static enum status reproduce_w4a16(const struct reproduce_args *args, const struct chip *chip)
{
    const struct words no_sets = { 0 };
    if (chip->params.ub_l1_rate != 0)
        return study_w4a16(args, chip, chip);

    struct chip *direct = args_chip(DIRECT_CHIP, &no_sets, args->diag);
    if (direct == NULL)
        return STATUS_BAD_INPUT;
    enum status status = study_w4a16(args, chip, direct);
    chip_free(direct);
    return status;
}

static enum status conclude_enec(const struct reproduce_args *args,
                                 const struct enec_study *study)
{
    struct text csv;

    if (page_wanted(args))
        enec_study_print(study);
    text_init(&csv);
    enec_study_csv(study, &csv);
    bool ok = write_files(args, enec_study_json(study), &csv);
    text_free(&csv);
    if (!ok)
        return STATUS_BAD_INPUT;
    if (enec_study_complete(study))
        return STATUS_RIGHT;
    diag_fail(args->diag, loc_nowhere(),
              "some runs failed: what they are for is not available");
    return STATUS_FAILED;
}

static enum status reproduce_enec(const struct reproduce_args *args, const struct chip *chip)
{
    struct tables tables = { 0 };
    struct enec_study study = { 0 };
    enum status status = STATUS_BAD_INPUT;

    if (tables_read(&tables, NULL, args->diag) &&
        enec_study_run(&study, chip, &tables.published, args->diag))
        status = conclude_enec(args, &study);
    enec_study_free(&study);
    tables_free(&tables);
    return status;
}

/* --- the command --- */

#define PAPERS 2
static const struct paper papers[PAPERS] = {
    { "w4a16", "ascend910b3", reproduce_w4a16 },
    { "enec", "ascend910b2", reproduce_enec },
};

static const struct paper *find_paper(const char *name, struct diag *diag)
{
    const char *names[PAPERS];
    for (size_t i = 0; i < PAPERS; i++) {
        names[i] = papers[i].name;
        if (name != NULL && strcmp(name, names[i]) == 0)
            return &papers[i];
    }
    if (name == NULL)
        diag_fail(diag, loc_nowhere(), "no paper is given; expected w4a16 or enec");
    else
        diag_fail(diag, loc_nowhere(), "unknown paper '%s'%s", name,
                  hint_among(name, names, PAPERS).text);
    return NULL;
}

static const struct paper *check_args(const struct reproduce_args *args)
{
    const struct output outputs[] = { { "--json", args->json }, { "--csv", args->csv } };
    const struct paper *paper = find_paper(args->paper, args->diag);

    return paper != NULL && outputs_check(outputs, sizeof outputs / sizeof *outputs, args->diag)
               ? paper
               : NULL;
}

enum status command_reproduce(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "PAPER", .doc = doc
    };
    struct reproduce_args args = { .diag = diag };
    const struct words no_sets = { 0 };

    if (!args_parse(&argp, 0, argc, argv, &args, diag))
        return STATUS_BAD_INPUT;
    const struct paper *paper = check_args(&args);
    if (paper == NULL)
        return STATUS_BAD_INPUT;
    struct chip *chip = args_chip(args.chip != NULL ? args.chip : paper->chip, &no_sets, diag);
    if (chip == NULL)
        return STATUS_BAD_INPUT;
    enum status status = paper->reproduce(&args, chip);
    chip_free(chip);
    return status;
}
