#include "tools/reproduce_w4a16.h"

#include "sim/mem.h"
#include "tools/parallel.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* The paper names no shapes: these are projections of open language models. In the
 * last two N is the larger side. */
static const struct {
    int64_t n, k;
} shapes[W4A16_SHAPES] = {
    { 2048, 8192 },  { 4096, 11008 }, { 5120, 25600 }, { 7168, 18432 },
    { 1536, 12288 }, { 11008, 4096 }, { 27648, 5120 },
};

static const int64_t batches[W4A16_BATCHES] = { 1, 16, 64 };

/* The decoding step whose bottleneck is looked for. */
enum { BOTTLENECK_SHAPE = 1, BOTTLENECK_BATCH = 1 };

/* What the paper found. */
#define SPLIT_GAIN_MIN 1.01
#define SPLIT_GAIN_MAX 1.74
#define FP16_GAIN 1.48

/* How we read its words: "near" is within a tenth, and the round trip is the
 * bottleneck when without it twice as much time is saved as without the arithmetic. */
#define NEAR 0.1
#define CLEARLY 2

#define WAY_PARAMS 5 /* at most, and an end */

static const struct {
    const char *kernel, *params[WAY_PARAMS];
} ways[ALL_WAYS] = {
    [WAY_FP16] = { "gemm", { "dtype=f16", "schedule=auto" } },
    [WAY_DATA_PARALLEL] = { "w4a16",
                            { "act=f16", "group=128", "zero=0", "schedule=data-parallel" } },
    [WAY_SPLIT_K] = { "w4a16", { "act=f16", "group=128", "zero=0", "schedule=split-k" } },
    [WAY_TILE_PIPELINED] = { "w4a16",
                             { "act=f16", "group=128", "zero=0", "schedule=tile-pipelined" } },
    [WAY_DIRECT] = { "w4a16", { "act=f16", "group=128", "zero=0", "schedule=direct" } },
};

/* --- runs --- */

enum {
    RUN_FREE_ARITHMETIC = W4A16_POINTS * WAYS,
    RUN_FREE_ROUND_TRIP,
    RUN_DIRECT, /* shape by shape */
    RUNS = RUN_DIRECT + W4A16_SHAPES * (ALL_WAYS - DIRECT_WAYS)
};

struct run_plan {
    const struct chip *chip;
    int64_t m, n, k;
    enum w4a16_way way;
    const char *free; /* NULL: nothing is */
    struct result result;
    enum status status;
    struct diag diag;
};

static void run_one(void *context, size_t i)
{
    struct run_plan *plan = (struct run_plan *)context + i;
    const int64_t sides[] = { plan->m, plan->n, plan->k };
    char words[3][32];
    struct job job = { .chip = plan->chip, .kernel = ways[plan->way].kernel, .timing = true };

    for (size_t at = 0; ways[plan->way].params[at] != NULL; at++)
        words_add(&job.params, ways[plan->way].params[at]);
    for (size_t side = 0; side < 3; side++) {
        snprintf(words[side], sizeof words[side], "%c=%" PRId64, "mnk"[side], sides[side]);
        words_add(&job.params, words[side]);
    }
    if (plan->free != NULL)
        words_add(&job.frees, plan->free);
    plan->status = simulate(&job, &plan->result, &plan->diag);
    words_free(&job.params);
    words_free(&job.frees);
}

static size_t point_index(size_t shape, size_t batch)
{
    return shape * W4A16_BATCHES + batch;
}

static struct run_plan plan_of(const struct chip *chip, size_t shape, size_t batch,
                               enum w4a16_way way)
{
    return (struct run_plan){
        .chip = chip,
        .m = batches[batch],
        .n = shapes[shape].n,
        .k = shapes[shape].k,
        .way = way,
    };
}

static size_t direct_index(size_t shape, enum w4a16_way way)
{
    return RUN_DIRECT + shape * (ALL_WAYS - DIRECT_WAYS) + (way - DIRECT_WAYS);
}

static void plan_runs(struct run_plan *runs, const struct w4a16_study *study)
{
    for (size_t shape = 0; shape < W4A16_SHAPES; shape++) {
        for (size_t batch = 0; batch < W4A16_BATCHES; batch++) {
            for (enum w4a16_way way = 0; way < WAYS; way++)
                runs[point_index(shape, batch) * WAYS + way] =
                    plan_of(study->chip, shape, batch, way);
        }
        for (enum w4a16_way way = DIRECT_WAYS; way < ALL_WAYS; way++)
            runs[direct_index(shape, way)] =
                plan_of(study->direct_chip, shape, BOTTLENECK_BATCH, way);
    }
    size_t base = point_index(BOTTLENECK_SHAPE, BOTTLENECK_BATCH) * WAYS + WAY_SPLIT_K;
    runs[RUN_FREE_ARITHMETIC] = runs[RUN_FREE_ROUND_TRIP] = runs[base];
    runs[RUN_FREE_ARITHMETIC].free = "op=v";
    runs[RUN_FREE_ROUND_TRIP].free = "tensor=workspace";
}

/* --- what they say --- */

static double busy_share(const struct run *run, enum core_kind kind, enum pipe_id pipe)
{
    double total = (double)run->core_time * run->cores[kind];
    return total > 0 ? (double)run->pipes[kind][pipe][PIPE_busy] / total : 0;
}

static struct w4a16_point point_of(const struct run_plan plans[WAYS])
{
    const struct run *run = &plans[WAY_SPLIT_K].result.run;
    struct w4a16_point point = {
        .m = plans->m,
        .n = plans->n,
        .k = plans->k,
        .cube = busy_share(run, CORE_AIC, PIPE_M),
        .aic_mte2 = busy_share(run, CORE_AIC, PIPE_MTE2),
        .vector = busy_share(run, CORE_AIV, PIPE_V),
        .aiv_mte2 = busy_share(run, CORE_AIV, PIPE_MTE2),
        .aiv_mte3 = busy_share(run, CORE_AIV, PIPE_MTE3),
        .traffic = traffic_total(&run->traffic),
    };
    for (enum w4a16_way way = 0; way < WAYS; way++)
        point.us[way] = plans[way].result.timing.time_us;
    return point;
}

double w4a16_split_gain(const struct w4a16_point *point)
{
    return point->us[WAY_DATA_PARALLEL] / point->us[WAY_SPLIT_K];
}

double w4a16_fp16_gain(const struct w4a16_point *point)
{
    return point->us[WAY_FP16] / fmin(point->us[WAY_DATA_PARALLEL], point->us[WAY_SPLIT_K]);
}

static struct w4a16_claim judge_split_k(const struct w4a16_study *study)
{
    struct w4a16_claim claim;
    double least = INFINITY, most = 0;

    for (size_t i = 0; i < W4A16_POINTS; i++) {
        const struct w4a16_point *point = &study->points[i];
        if (point->k > point->n) {
            least = fmin(least, w4a16_split_gain(point));
            most = fmax(most, w4a16_split_gain(point));
        }
    }
    claim.holds = least >= SPLIT_GAIN_MIN && most <= SPLIT_GAIN_MAX;
    snprintf(claim.text, sizeof claim.text,
             "split-K over data-parallel for K > N: %.2f..%.2fx claimed, %.2f..%.2fx simulated",
             SPLIT_GAIN_MIN, SPLIT_GAIN_MAX, least, most);
    return claim;
}

static struct w4a16_claim judge_fp16(const struct w4a16_study *study)
{
    struct w4a16_claim claim;
    const struct w4a16_point *best = &study->points[0];

    for (size_t i = 1; i < W4A16_POINTS; i++) {
        if (w4a16_fp16_gain(&study->points[i]) > w4a16_fp16_gain(best))
            best = &study->points[i];
    }
    double gain = w4a16_fp16_gain(best), off = gain / FP16_GAIN - 1;
    claim.holds = fabs(off) <= NEAR;
    snprintf(claim.text, sizeof claim.text,
             "best gain over FP16: %.2fx claimed, %.2fx simulated (%+.0f %%), M=%" PRId64
             " N=%" PRId64 " K=%" PRId64,
             FP16_GAIN, gain, 100 * off, best->m, best->n, best->k);
    return claim;
}

static struct w4a16_claim judge_bottleneck(const struct w4a16_bottleneck *found)
{
    struct w4a16_claim claim;
    double arithmetic = found->us - found->free_arithmetic_us;
    double round_trip = found->us - found->free_round_trip_us;

    claim.holds = round_trip > 0 && round_trip >= CLEARLY * arithmetic;
    snprintf(
        claim.text, sizeof claim.text,
        "bottleneck is the round trip: %.2fx faster without it, %.2fx without dequantising",
        found->us / found->free_round_trip_us, found->us / found->free_arithmetic_us);
    return claim;
}

/* plans[0] is of the first of the ways. */
static struct w4a16_direct direct_of(const struct run_plan *plans)
{
    struct w4a16_direct direct = { .m = plans->m, .n = plans->n, .k = plans->k };
    for (enum w4a16_way way = DIRECT_WAYS; way < ALL_WAYS; way++)
        direct.us[way] = plans[way - DIRECT_WAYS].result.timing.time_us;
    return direct;
}

static void conclude(struct w4a16_study *study, const struct run_plan *runs)
{
    const struct run_plan *base = &runs[RUN_FREE_ARITHMETIC];
    size_t at = point_index(BOTTLENECK_SHAPE, BOTTLENECK_BATCH);

    for (size_t i = 0; i < W4A16_POINTS; i++)
        study->points[i] = point_of(runs + i * WAYS);
    for (size_t i = 0; i < W4A16_SHAPES; i++)
        study->direct[i] = direct_of(runs + direct_index(i, DIRECT_WAYS));
    study->bottleneck = (struct w4a16_bottleneck){
        .m = base->m,
        .n = base->n,
        .k = base->k,
        .us = study->points[at].us[WAY_SPLIT_K],
        .free_arithmetic_us = runs[RUN_FREE_ARITHMETIC].result.timing.time_us,
        .free_round_trip_us = runs[RUN_FREE_ROUND_TRIP].result.timing.time_us,
    };
    study->claims[CLAIM_SPLIT_K] = judge_split_k(study);
    study->claims[CLAIM_FP16] = judge_fp16(study);
    study->claims[CLAIM_BOTTLENECK] = judge_bottleneck(&study->bottleneck);
}

bool w4a16_study_run(struct w4a16_study *study, const struct chip *chip,
                     const struct chip *direct_chip, struct diag *diag)
{
    struct run_plan *runs = mem_array(RUNS, sizeof *runs);
    bool ok = true;

    *study = (struct w4a16_study){ .chip = chip, .direct_chip = direct_chip };
    plan_runs(runs, study);
    parallel_for(RUNS, run_one, runs);
    for (size_t i = 0; i < RUNS && ok; i++) {
        ok = runs[i].status == STATUS_RIGHT;
        if (!ok)
            *diag = runs[i].diag;
    }
    if (ok)
        conclude(study, runs);
    for (size_t i = 0; i < RUNS; i++)
        result_free(&runs[i].result);
    mem_free(runs);
    return ok;
}
