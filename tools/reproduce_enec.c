#include "tools/reproduce_enec_plan.h"

#include "sim/mem.h"
#include "tools/args.h"
#include "tools/folders.h"
#include "tools/parallel.h"

#include <glob.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define INFERENCE_MODEL "qwen3-32b" /* and of the what-if */

static const int64_t batches[ENEC_BATCHES] = { 1, 16, 128, 1024, 4096 };

/* A large layer, and a part of it that stays in the L2 with all else. */
#define LAYER_K 5120
#define LAYER_N 25600
#define L2_N 5120

#define BLOCK_ELEMENTS 16384 /* that a vector core decompresses at a time */

/* --- runs --- */

static double metric_of(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->metric_count; i++) {
        if (strcmp(result->metrics[i].name, name) == 0)
            return result->metrics[i].value;
    }
    return (double)NAN;
}

static void run_one(void *context, size_t i)
{
    struct enec_run *run = (struct enec_run *)context + i;
    struct job job = { .chip = run->chip, .kernel = run->kernel, .timing = true };
    struct result result;
    char copy[sizeof run->params], *rest;

    run->ratio = run->throughput_gibps = run->time_us = run->core_us = (double)NAN;
    memcpy(copy, run->params, sizeof copy);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        words_add(&job.params, word);
    if (run->free != NULL)
        words_add(&job.frees, run->free);
    run->status = simulate(&job, &result, &run->diag);
    if (run->status == STATUS_RIGHT) {
        run->time_us = result.timing.time_us;
        run->core_us = result.timing.core_time_us;
        run->ratio = metric_of(&result, "ratio");
        run->throughput_gibps = metric_of(&result, "throughput_gibps");
    }
    result_free(&result);
    words_free(&job.params);
    words_free(&job.frees);
}

static size_t find_run(const struct enec_study *study, const struct enec_run *like)
{
    size_t i = 0;
    while (i < study->run_count &&
           (study->runs[i].chip != like->chip || study->runs[i].free != like->free ||
            strcmp(study->runs[i].kernel, like->kernel) != 0 ||
            strcmp(study->runs[i].params, like->params) != 0))
        i++;
    return i;
}

size_t enec_plan(struct enec_study *study, const struct chip *chip, const char *kernel,
                 const char *params, const char *more, const char *free)
{
    struct enec_run run = { .chip = chip, .kernel = kernel, .free = free };
    snprintf(run.params, sizeof run.params, "%s%s", params, more);
    size_t at = find_run(study, &run);
    if (at < study->run_count)
        return at;
    study->runs = mem_room(study->runs, study->run_count, sizeof *study->runs);
    study->runs[study->run_count++] = run;
    return at;
}

static void plan_rows(struct enec_study *study, const struct published *published)
{
    for (size_t i = 0; i < published->row_count; i++) {
        const struct published_row *row = &published->rows[i];
        if (strcmp(row->suite, "enec") != 0)
            continue;
        study->rows = mem_room(study->rows, study->row_count, sizeof *study->rows);
        study->rows[study->row_count++] =
            (struct enec_row){ .published = row,
                               .run = enec_plan(study, study->chip, row->kernel, row->params,
                                                "", NULL) };
    }
}

static bool is_model(const char *params, const char *model)
{
    char word[64];
    int length = snprintf(word, sizeof word, "model=%s", model);
    const char *at = strstr(params, word);
    return at != NULL && (at[length] == '\0' || at[length] == ' ');
}

const struct enec_row *enec_row_of(const struct enec_study *study, const char *kernel,
                                   const char *model, const char *metric)
{
    for (size_t i = 0; i < study->row_count; i++) {
        const struct published_row *row = study->rows[i].published;
        if (strcmp(row->kernel, kernel) == 0 && strcmp(row->metric, metric) == 0 &&
            is_model(row->params, model))
            return &study->rows[i];
    }
    return NULL;
}

/* --- the what-if --- */

struct layer_runs {
    size_t decompress, gemm[ENEC_BATCHES], l2_gemm[ENEC_BATCHES];
    size_t direct_decompress, direct_gemm[ENEC_BATCHES];
};

static size_t plan_gemm(struct enec_study *study, const struct chip *chip, int64_t m, int64_t n,
                        const char *more, const char *free)
{
    char params[96];
    snprintf(params, sizeof params, "m=%" PRId64 " n=%" PRId64 " k=%d dtype=bf16 trans_b=1", m,
             n, LAYER_K);
    return enec_plan(study, chip, "gemm", params, more, free);
}

static const char layer[] = "dtype=bf16 b=122 n=6 m=3 elements=131072000 model=qwen3-32b";

static struct layer_runs plan_layers(struct enec_study *study, const struct chip *direct)
{
    struct layer_runs runs = { 0 };

    runs.decompress = enec_plan(study, study->chip, "enec-decompress", layer, "", NULL);
    for (size_t i = 0; i < ENEC_BATCHES; i++) {
        runs.gemm[i] = plan_gemm(study, study->chip, batches[i], LAYER_N, "", NULL);
        runs.l2_gemm[i] = plan_gemm(study, study->chip, batches[i], L2_N, " warm=1", NULL);
    }
    if (direct == NULL)
        return runs;
    runs.direct_decompress = enec_plan(study, direct, "enec-decompress", layer, "",
                                       "tensor=x"); /* nothing goes back to memory */
    for (size_t i = 0; i < ENEC_BATCHES; i++)
        runs.direct_gemm[i] = plan_gemm(study, direct, batches[i], LAYER_N, "",
                                        "tensor=b"); /* weights are in L1 already */
    return runs;
}

static double longest(double x, double y)
{
    return x > y || isnan(x) ? x : y;
}

static void conclude_layers(struct enec_study *study, const struct layer_runs *runs)
{
    double elements = (double)LAYER_K * LAYER_N;
    double gib = 2 * elements / 0x1p30, decompress = study->runs[runs->decompress].time_us;
    double cores =
        (double)(study->chip->params.chip_aic * study->chip->params.chip_aiv_per_aic);
    double first = decompress / (elements / BLOCK_ELEMENTS / cores);

    for (size_t i = 0; i < ENEC_BATCHES; i++) {
        struct enec_what_if *out = &study->what_if[i];
        double gemm = study->runs[runs->gemm[i]].time_us;
        double from_l2 = study->runs[runs->l2_gemm[i]].time_us * LAYER_N / L2_N;
        double others = longest(from_l2, gemm / study->enec_ratio);
        *out = (struct enec_what_if){
            .m = batches[i],
            .gemm_us = gemm,
            .l2_gemm_us = from_l2,
            .separate_us = decompress + gemm,
            .layers_us = longest(decompress, gemm),
            .fused_us = first + longest(decompress, others),
            .needed_gibps = gib / (gemm * 1e-6),
            .direct_us = (double)NAN,
        };
        if (study->direct_chip[0] == '\0')
            continue;
        double direct = study->runs[runs->direct_decompress].time_us;
        out->direct_us = direct / (elements / BLOCK_ELEMENTS / cores) +
                         longest(direct, longest(study->runs[runs->direct_gemm[i]].time_us,
                                                 gemm / study->enec_ratio));
    }
}

/* The chip whose vector cores write into L1, if its config is there: "ascend950pr...". */
static bool find_direct(char name[64])
{
    struct folder configs = folder_configs();
    char pattern[sizeof configs.path + 32];
    glob_t found;

    snprintf(pattern, sizeof pattern, "%s/ascend950pr*.json", configs.path);
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    const char *slash = strrchr(found.gl_pathv[0], '/');
    snprintf(name, 64, "%.*s", (int)strcspn(slash + 1, "."), slash + 1);
    globfree(&found);
    return true;
}

/* --- all of it --- */

static double simulated(const struct enec_study *study, const char *kernel, const char *metric)
{
    const struct enec_row *row = enec_row_of(study, kernel, INFERENCE_MODEL, metric);
    return row != NULL ? row->simulated : (double)NAN;
}

static void take_rows(struct enec_study *study)
{
    for (size_t i = 0; i < study->row_count; i++) {
        struct enec_row *row = &study->rows[i];
        const struct enec_run *run = &study->runs[row->run];
        row->simulated =
            strcmp(row->published->metric, "ratio") == 0 ? run->ratio : run->throughput_gibps;
    }
    study->enec_ratio = simulated(study, "enec-compress", "ratio");
    study->enec_gibps = simulated(study, "enec-decompress", "throughput_gibps");
    study->hans_gibps = simulated(study, "hans-decode", "throughput_gibps");
}

bool enec_study_run(struct enec_study *study, const struct chip *chip,
                    const struct published *published, struct diag *diag)
{
    const struct words no_sets = { 0 };
    struct chip *direct = NULL;

    *study = (struct enec_study){ .chip = chip };
    plan_rows(study, published);
    if (study->row_count == 0)
        return diag_fail(diag, loc_nowhere(), "no table has rows of suite 'enec'");
    if (find_direct(study->direct_chip)) {
        direct = args_chip(study->direct_chip, &no_sets, diag);
        if (direct == NULL)
            return false;
    }
    enec_ablation_plan(study);
    struct layer_runs layers = plan_layers(study, direct);
    parallel_for(study->run_count, run_one, study->runs);
    take_rows(study);
    enec_ablation_conclude(study);
    conclude_layers(study, &layers);
    enec_study_judge(study);
    if (direct != NULL)
        chip_free(direct);
    return true;
}

bool enec_study_complete(const struct enec_study *study)
{
    for (size_t i = 0; i < study->run_count; i++) {
        if (!enec_ran(&study->runs[i]))
            return false;
    }
    return true;
}

void enec_study_free(struct enec_study *study)
{
    mem_free(study->runs);
    mem_free(study->rows);
}
