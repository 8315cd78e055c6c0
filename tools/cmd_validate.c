/* npusim validate: simulated against published times. */
#include "sim/mem.h"
#include "tools/args.h"
#include "tools/command.h"
#include "tools/folders.h"
#include "tools/json_out.h"
#include "tools/outputs.h"
#include "tools/score_out.h"
#include "tools/tables.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_JSON = 1, KEY_MAX_ERROR, KEY_ALL };

static const struct argp_option options[] = {
    { "json", KEY_JSON, "FILE|-", 0, "Write every row as JSON, for - in place of the page", 0 },
    { "max-error", KEY_MAX_ERROR, "PERCENT", 0,
      "Fail when the mean absolute error of a suite is larger", 0 },
    { "all", KEY_ALL, NULL, 0, "Print every row, not only the worst", 0 },
    { 0 },
};

static const char doc[] = "Simulates the rows of tables of published measurements, those of "
                          "tests/tables when none is "
                          "given, and reports the errors: per suite their mean absolute value, "
                          "the worst row, and the "
                          "rank correlation. A vendor library's rows are compared but not "
                          "averaged, since its schedule "
                          "is not known. A row that cannot run is a failure.\v"
                          "Examples:\n"
                          "  npusim validate\n"
                          "  npusim validate tests/tables/splitk.csv --max-error 30";

struct validate_args {
    struct words tables;
    const char *json;
    double max_error; /* percent; infinite: none is too large */
    bool all;
    struct diag *diag;
};

static bool parse_percent(const char *word, double *out, struct diag *diag)
{
    char *end;
    *out = strtod(word, &end);
    return (end != word && *end == '\0' && *out >= 0 && isfinite(*out)) ||
           diag_fail(diag, loc_nowhere(), "--max-error is '%s'; expected a percentage", word);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct validate_args *args = state->input;

    switch (key) {
    case KEY_JSON:
        args->json = arg;
        return 0;
    case KEY_MAX_ERROR:
        return parse_percent(arg, &args->max_error, args->diag) ? 0 : EINVAL;
    case KEY_ALL:
        args->all = true;
        return 0;
    case ARGP_KEY_ARG:
        words_add(&args->tables, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status judge(const struct score *scores, size_t count, const struct suite *suites,
                         size_t suite_count, double max_error)
{
    for (size_t i = 0; i < count; i++) {
        if (scores[i].status == SCORE_FAILED)
            return STATUS_FAILED;
    }
    for (size_t i = 0; i < suite_count; i++) {
        if (suites[i].averaged != 0 && suites[i].mape_percent > max_error)
            return STATUS_FAILED;
    }
    return STATUS_RIGHT;
}

static enum status validate(const struct validate_args *args, const struct published *published,
                            const struct calibration *calibration)
{
    size_t count = published->row_count, suite_count;
    struct score *scores = mem_array(count, sizeof *scores);

    score_rows(published, NULL, scores);
    score_mark_fitted(scores, count, calibration);
    struct suite *suites = score_suites(scores, count, &suite_count);
    enum status status = judge(scores, count, suites, suite_count, args->max_error);

    if (args->json == NULL || strcmp(args->json, "-") != 0)
        score_print(scores, count, suites, suite_count, args->all);
    if (args->json != NULL) {
        cJSON *json = score_json(scores, count, suites, suite_count);
        if (!json_write(json, args->json, args->diag))
            status = STATUS_BAD_INPUT;
        cJSON_Delete(json);
    }
    mem_free(suites);
    mem_free(scores);
    return status;
}

enum status command_validate(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "[TABLE.csv ...]", .doc = doc
    };
    struct validate_args args = { .max_error = INFINITY, .diag = diag };
    struct calibration calibration = { 0 };
    struct tables tables = { 0 };
    enum status status = STATUS_BAD_INPUT;

    if (args_parse(&argp, 0, argc, argv, &args, diag) &&
        outputs_check(&(struct output){ "--json", args.json }, 1, diag) &&
        calibration_load(&calibration, folder_configs().path, diag) &&
        tables_read(&tables, &args.tables, diag))
        status = validate(&args, &tables.published, &calibration);
    calibration_free(&calibration);
    tables_free(&tables);
    words_free(&args.tables);
    return status;
}
