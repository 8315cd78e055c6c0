#include "tools/score.h"

#include "sim/mem.h"
#include "tools/args.h"
#include "tools/parallel.h"
#include "tools/roofline.h"
#include "tools/simulate.h"
#include "tools/statistics.h"

#include <math.h>
#include <string.h>

const char *const score_status_names[SCORE_STATUSES] = { "ok", "failed", "slow", "fast" };

/* A chip that rows ask for, loaded once. */
struct loaded {
    const char *name;
    struct chip *chip; /* NULL: problem says why not */
    char problem[SCORE_ERROR_BYTES];
};

struct batch {
    struct loaded *chips;
    size_t chip_count;
    struct score *scores;
};

/* With its place, as it would be printed. */
static void describe(const struct diag *diag, char out[SCORE_ERROR_BYTES])
{
    if (diag->file[0] == '\0')
        snprintf(out, SCORE_ERROR_BYTES, "%s", diag->text);
    else if (diag->line == 0)
        snprintf(out, SCORE_ERROR_BYTES, "%s: %s", diag->file, diag->text);
    else
        snprintf(out, SCORE_ERROR_BYTES, "%s:%u:%u: %s", diag->file, diag->line, diag->column,
                 diag->text);
}

static const struct loaded *find_chip(const struct batch *batch, const char *name)
{
    for (size_t i = 0; i < batch->chip_count; i++) {
        if (strcmp(batch->chips[i].name, name) == 0)
            return &batch->chips[i];
    }
    return NULL;
}

static void load_chip(struct batch *batch, const char *name, const struct words *sets)
{
    struct diag diag = { 0 };
    if (find_chip(batch, name) != NULL)
        return;
    batch->chips = mem_room(batch->chips, batch->chip_count, sizeof *batch->chips);
    struct loaded *loaded = &batch->chips[batch->chip_count++];
    *loaded = (struct loaded){ .name = name, .chip = args_chip(name, sets, &diag) };
    if (loaded->chip == NULL)
        describe(&diag, loaded->problem);
}

/* --- one row --- */

static bool find_metric(const struct result *result, const char *name, double *out)
{
    bool is_time = strcmp(name, "time_us") == 0, is_core = strcmp(name, "core_time_us") == 0;
    if (is_time || is_core) {
        *out = is_time ? result->timing.time_us : result->timing.core_time_us;
        return true;
    }
    for (size_t i = 0; i < result->metric_count; i++) {
        if (strcmp(result->metrics[i].name, name) == 0) {
            *out = result->metrics[i].value;
            return true;
        }
    }
    return false;
}

static void judge(struct score *score, const struct chip *chip, const struct result *result)
{
    const struct published_row *row = score->row;

    if (!find_metric(result, row->metric, &score->simulated)) {
        snprintf(score->problem, sizeof score->problem, "kernel %s has no metric '%s'",
                 row->kernel, row->metric);
        return;
    }
    score->status = SCORE_OK;
    score->error_percent = 100 * (score->simulated - row->value) / row->value;
    if (row->kind != PUBLISHED_LIBRARY)
        return;
    if (score->simulated > LIBRARY_SLACK * row->value)
        score->status = SCORE_SLOW;
    else if (result->timing.core_time_us < roofline_us(chip, result))
        score->status = SCORE_FAST;
}

/* The words of a row's params, cut out of `copy`. */
static struct words split(char *copy)
{
    struct words words = { 0 };
    char *rest;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        words_add(&words, word);
    return words;
}

static void run_row(struct score *score, const struct chip *chip)
{
    const struct published_row *row = score->row;
    struct text copy;
    struct result result;
    struct diag diag = { 0 };

    text_init(&copy);
    text_addf(&copy, "%s", row->params);
    struct job job = {
        .chip = chip, .kernel = row->kernel, .params = split(copy.at), .timing = true
    };
    if (simulate(&job, &result, &diag) == STATUS_RIGHT)
        judge(score, chip, &result);
    else
        describe(&diag, score->problem);
    result_free(&result);
    words_free(&job.params);
    text_free(&copy);
}

static void score_one(void *context, size_t i)
{
    struct batch *batch = context;
    struct score *score = &batch->scores[i];
    const struct loaded *loaded = find_chip(batch, score->row->chip);

    if (loaded->chip != NULL)
        run_row(score, loaded->chip);
    else
        memcpy(score->problem, loaded->problem, sizeof score->problem);
}

void score_rows(const struct published *published, const struct words *sets,
                struct score *scores)
{
    static const struct words none;
    struct batch batch = { .scores = scores };

    for (size_t i = 0; i < published->row_count; i++) {
        scores[i] = (struct score){ .row = &published->rows[i], .status = SCORE_FAILED };
        load_chip(&batch, scores[i].row->chip, sets != NULL ? sets : &none);
    }
    parallel_for(published->row_count, score_one, &batch);
    for (size_t i = 0; i < batch.chip_count; i++)
        chip_free(batch.chips[i].chip);
    mem_free(batch.chips);
}

void score_mark_fitted(struct score *scores, size_t count,
                       const struct calibration *calibration)
{
    for (size_t i = 0; i < count; i++)
        scores[i].fitted = calibration_uses(calibration, scores[i].row->id);
}

/* --- suites --- */

static bool is_averaged(const struct score *score)
{
    return score->status != SCORE_FAILED && score->row->kind == PUBLISHED_MEASURED;
}

static double mean(double total, size_t count)
{
    return count != 0 ? total / (double)count : NAN;
}

static struct suite summarise(const char *name, const struct score *scores, size_t count)
{
    struct suite suite = { .name = name };
    double *measured = mem_array(count, sizeof *measured);
    double *simulated = mem_array(count, sizeof *simulated);
    double total = 0, fitted = 0;

    for (size_t i = 0; i < count; i++) {
        const struct score *score = &scores[i];
        if (strcmp(score->row->suite, name) != 0)
            continue;
        suite.rows++;
        suite.failed += score->status == SCORE_FAILED;
        if (!is_averaged(score))
            continue;
        measured[suite.averaged] = score->row->value;
        simulated[suite.averaged++] = score->simulated;
        total += fabs(score->error_percent);
        suite.fitted += score->fitted;
        fitted += score->fitted ? fabs(score->error_percent) : 0;
        if (suite.worst == NULL ||
            fabs(score->error_percent) > fabs(suite.worst->error_percent))
            suite.worst = score;
    }
    suite.mape_percent = mean(total, suite.averaged);
    suite.fitted_percent = mean(fitted, suite.fitted);
    suite.unfitted_percent = mean(total - fitted, suite.averaged - suite.fitted);
    suite.rank = rank_correlation(measured, simulated, suite.averaged);
    mem_free(measured);
    mem_free(simulated);
    return suite;
}

static bool is_known(const struct suite *suites, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(suites[i].name, name) == 0)
            return true;
    }
    return false;
}

struct suite *score_suites(const struct score *scores, size_t count, size_t *suite_count)
{
    struct suite *suites = NULL;
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        const char *name = scores[i].row->suite;
        if (is_known(suites, found, name))
            continue;
        suites = mem_room(suites, found, sizeof *suites);
        suites[found++] = summarise(name, scores, count);
    }
    *suite_count = found;
    return suites;
}
