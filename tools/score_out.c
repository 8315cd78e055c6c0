#include "tools/score_out.h"

#include "sim/mem.h"
#include "tools/json_out.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define WORST_LINES 12  /* of the rows with the largest errors */
#define FAILED_LINES 10 /* of the rows that could not run */

/* --- JSON --- */

static cJSON *row_json(const struct score *score)
{
    const struct published_row *row = score->row;
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "id", row->id);
    cJSON_AddStringToObject(object, "suite", row->suite);
    cJSON_AddStringToObject(object, "chip", row->chip);
    cJSON_AddStringToObject(object, "kernel", row->kernel);
    cJSON_AddStringToObject(object, "params", row->params);
    cJSON_AddStringToObject(object, "metric", row->metric);
    cJSON_AddStringToObject(object, "unit", row->unit);
    json_add_real(object, "measured", row->value);
    bool ran = score->status != SCORE_FAILED;
    json_add_real(object, "simulated", ran ? score->simulated : NAN);
    json_add_real(object, "error_percent", ran ? score->error_percent : NAN);
    cJSON_AddStringToObject(object, "kind", published_kind_names[row->kind]);
    cJSON_AddBoolToObject(object, "fitted", score->fitted);
    cJSON_AddStringToObject(object, "status", score_status_names[score->status]);
    if (!ran)
        cJSON_AddStringToObject(object, "error", score->problem);
    return object;
}

static cJSON *suite_json(const struct suite *suite)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "suite", suite->name);
    json_add_count(object, "rows", suite->rows);
    json_add_count(object, "failed", suite->failed);
    json_add_count(object, "averaged", suite->averaged);
    json_add_count(object, "fitted", suite->fitted);
    json_add_real(object, "mape_percent", suite->mape_percent);
    json_add_real(object, "mape_fitted_percent", suite->fitted_percent);
    json_add_real(object, "mape_unfitted_percent", suite->unfitted_percent);
    json_add_real(object, "rank_correlation", suite->rank);
    if (suite->worst == NULL) {
        cJSON_AddNullToObject(object, "worst");
    } else {
        cJSON *worst = cJSON_AddObjectToObject(object, "worst");
        cJSON_AddStringToObject(worst, "id", suite->worst->row->id);
        json_add_real(worst, "error_percent", suite->worst->error_percent);
    }
    return object;
}

cJSON *score_json(const struct score *scores, size_t count, const struct suite *suites,
                  size_t suite_count)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "version", NPUSIM_VERSION);
    cJSON *list = cJSON_AddArrayToObject(root, "suites");
    for (size_t i = 0; i < suite_count; i++)
        cJSON_AddItemToArray(list, suite_json(&suites[i]));
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(rows, row_json(&scores[i]));
    return root;
}

/* --- the page --- */

static void print_percent(double percent)
{
    if (isnan(percent))
        printf(" %8s", "-");
    else
        printf(" %6.1f %%", percent);
}

static void print_suites(const struct suite *suites, size_t count)
{
    printf("%-13s %5s %6s %8s %8s %8s %6s  %s\n", "suite", "rows", "failed", "error", "fitted",
           "unfitted", "rank", "worst row");
    for (size_t i = 0; i < count; i++) {
        const struct suite *suite = &suites[i];
        printf("%-13s %5zu %6zu", suite->name, suite->rows, suite->failed);
        if (suite->worst == NULL) {
            printf("\n");
            continue;
        }
        print_percent(suite->mape_percent);
        print_percent(suite->fitted_percent);
        print_percent(suite->unfitted_percent);
        printf(" %6.3f  %s %+.1f %%\n", suite->rank, suite->worst->row->id,
               suite->worst->error_percent);
    }
    printf("(error: mean of |simulated - measured| / measured, of all rows and of those that\n"
           "parameters were and were not fitted to; rank: Spearman's correlation)\n");
}

static void print_failed(const struct score *scores, size_t count, size_t most)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        if (scores[i].status != SCORE_FAILED)
            continue;
        if (failed++ == 0)
            printf("\nrows that could not run\n");
        if (failed <= most)
            printf("  %s: %s\n", scores[i].row->id, scores[i].problem);
    }
    if (failed > most)
        printf("  and %zu more\n", failed - most);
}

static int by_error(const void *a, const void *b)
{
    const struct score *const *left = a, *const *right = b;
    double x = fabs((*left)->error_percent), y = fabs((*right)->error_percent);
    if (x != y)
        return x < y ? 1 : -1;
    return (*left > *right) - (*left < *right); /* as in the tables */
}

static void print_row(const struct score *score)
{
    const struct published_row *row = score->row;
    printf("  %-35s %10.2f %-7s published, %10.2f simulated, %+7.1f %%\n", row->id, row->value,
           row->unit, score->simulated, score->error_percent);
}

static void print_worst(const struct score *scores, size_t count, size_t most)
{
    const struct score **sorted = mem_array(count, sizeof *sorted);
    size_t measured = 0;

    for (size_t i = 0; i < count; i++) {
        if (scores[i].status != SCORE_FAILED && scores[i].row->kind == PUBLISHED_MEASURED)
            sorted[measured++] = &scores[i];
    }
    qsort(sorted, measured, sizeof *sorted, by_error);
    if (measured != 0)
        printf("\nlargest errors\n");
    for (size_t i = 0; i < measured && i < most; i++)
        print_row(sorted[i]);
    mem_free(sorted);
}

static void print_library(const struct score *scores, size_t count)
{
    static const char *const verdicts[SCORE_STATUSES] = {
        [SCORE_OK] = "", [SCORE_SLOW] = "SLOW", [SCORE_FAST] = "FASTER THAN THE CHIP CAN"
    };
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        const struct score *score = &scores[i];
        if (score->status == SCORE_FAILED || score->row->kind != PUBLISHED_LIBRARY)
            continue;
        if (!any)
            printf("\nour best schedule against a vendor's library, of unknown schedule\n");
        any = true;
        printf("  %-35s %10.2f us library, %10.2f us simulated, x%.2f %s\n", score->row->id,
               score->row->value, score->simulated, score->simulated / score->row->value,
               verdicts[score->status]);
    }
}

void score_print(const struct score *scores, size_t count, const struct suite *suites,
                 size_t suite_count, bool all)
{
    print_suites(suites, suite_count);
    print_failed(scores, count, all ? count : FAILED_LINES);
    print_worst(scores, count, all ? count : WORST_LINES);
    print_library(scores, count);
}
