/* The claims of the paper, as figures. "About", "nearly" and "up to" are read as within a
 * tenth. */
#include "tools/reproduce_enec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NEAR 0.1
#define RATIO_NEAR 0.01      /* a ratio has three digits */
#define THROUGHPUT_WORST 0.2 /* of a single row, NEAR being the average */

/* What the text and table VII say. */
#define QUANTISED_GAIN 1.3 /* V1 over V0, both ways */
#define TRANSFORM_GAIN 2.0 /* V2 over V1 */
#define SCAN_GAIN 2.0      /* V3 over V2, decompressing */
#define HANS_COMPRESS 2.22 /* 360.6 over 162.6 GiB/s */
#define HANS_DECOMPRESS 1.82

static bool near(double found, double claimed)
{
    return fabs(found / claimed - 1) <= NEAR;
}

/* One that compares to figures. */
static void judge_pair(struct enec_claim *claim, const char *name, const char *what,
                       const double claimed[2], const double found[2], const char *of_two[2])
{
    claim->name = name;
    claim->judged = !isnan(found[0]) && !isnan(found[1]);
    claim->holds = claim->judged && near(found[0], claimed[0]) && near(found[1], claimed[1]);
    snprintf(claim->text, sizeof claim->text,
             "%s: %s %.2fx claimed, %.2fx simulated; %s %.2fx claimed, %.2fx simulated", what,
             of_two[0], claimed[0], found[0], of_two[1], claimed[1], found[1]);
}

static bool is_enec(const struct enec_row *row)
{
    return strncmp(row->published->kernel, "enec-", 5) == 0;
}

/* The mean and the worst absolute error of the rows of a metric. */
static void judge_rows(const struct enec_study *study, struct enec_claim *claim,
                       const char *metric, double mean_near, double worst_near)
{
    double sum = 0, worst = 0;
    size_t count = 0;

    claim->name = metric;
    claim->judged = true;
    for (size_t i = 0; i < study->row_count; i++) {
        const struct enec_row *row = &study->rows[i];
        if (!is_enec(row) || strcmp(row->published->metric, metric) != 0)
            continue;
        double off = fabs(row->simulated / row->published->value - 1);
        claim->judged &= !isnan(off);
        worst = fmax(worst, off);
        sum += off;
        count++;
    }
    double mean = count > 0 ? sum / (double)count : (double)NAN;
    claim->judged &= count > 0;
    claim->holds = claim->judged && mean <= mean_near && worst <= worst_near;
    snprintf(claim->text, sizeof claim->text,
             "%s of the models: mean error %.1f %%, worst %.1f %% (%zu figures)", metric,
             100 * mean, 100 * worst, count);
}

static double throughput(const struct enec_study *study, const char *kernel)
{
    for (size_t i = 0; i < study->row_count; i++) {
        const struct published_row *row = study->rows[i].published;
        if (strcmp(row->kernel, kernel) == 0 && strcmp(row->metric, "throughput_gibps") == 0 &&
            strstr(row->params, "qwen3-32b") != NULL)
            return study->rows[i].simulated;
    }
    return (double)NAN;
}

static const char *both_ways[2] = { "compression", "decompression" };
static const char *both_phases[2] = { "TTFT", "TPOT" };

static double gain(const struct enec_study *study, unsigned variant, unsigned way)
{
    return study->runs[study->variants[variant - 1][way]].time_us /
           study->runs[study->variants[variant][way]].time_us;
}

/* The shares of V0's two steps of a way. */
static void judge_steps(struct enec_study *study, struct enec_claim *claim, const char *name,
                        unsigned way)
{
    char *at = claim->text, *end = at + sizeof claim->text;

    claim->name = name;
    claim->judged = claim->holds = true;
    at += snprintf(at, (size_t)(end - at), "profile of V0, %s:", both_ways[way]);
    for (unsigned i = 0; i < ENEC_STEPS; i++) {
        const struct enec_step_info *info = &enec_steps[i];
        double found = study->steps[i].percent;
        if (info->way != way)
            continue;
        claim->judged &= !isnan(found);
        claim->holds &= near(found, info->published_percent);
        at += snprintf(at, (size_t)(end - at), " %s %.0f %% claimed, %.0f %% simulated;",
                       info->name, info->published_percent, found);
    }
    at[-1] = '\0';
    claim->holds &= claim->judged;
}

/* One bit for each group in place of four: "slightly" more. */
static void judge_quantised_ratio(struct enec_study *study)
{
    struct enec_claim *claim = &study->claims[ENEC_CLAIM_QUANTISED_RATIO];
    double before = study->runs[study->variants[0][ENEC_WAY_COMPRESS]].ratio;
    double after = study->runs[study->variants[1][ENEC_WAY_COMPRESS]].ratio;

    claim->name = "quantised_ratio";
    claim->judged = !isnan(before) && !isnan(after);
    claim->holds = claim->judged && after >= before && near(after, before);
    snprintf(claim->text, sizeof claim->text,
             "ratio of V1: slightly above V0's claimed, %.3f against %.3f simulated", after,
             before);
}

static void judge_ablation(struct enec_study *study)
{
    struct enec_claim *claims = study->claims;
    double both[2] = { gain(study, 1, ENEC_WAY_COMPRESS), gain(study, 1, ENEC_WAY_DECOMPRESS) };
    double claimed[2] = { QUANTISED_GAIN, QUANTISED_GAIN };

    judge_steps(study, &claims[ENEC_CLAIM_BASIC_COMPRESS], "basic_compress", ENEC_WAY_COMPRESS);
    judge_steps(study, &claims[ENEC_CLAIM_BASIC_DECOMPRESS], "basic_decompress",
                ENEC_WAY_DECOMPRESS);
    judge_quantised_ratio(study);
    judge_pair(&claims[ENEC_CLAIM_QUANTISED], "quantised_width", "V1 over V0", claimed, both,
               both_ways);
    for (unsigned way = 0; way < ENEC_WAYS; way++) {
        both[way] = gain(study, 2, way);
        claimed[way] = TRANSFORM_GAIN;
    }
    judge_pair(&claims[ENEC_CLAIM_TRANSFORM], "linear_transform", "V2 over V1", claimed, both,
               both_ways);

    struct enec_claim *scan = &claims[ENEC_CLAIM_SCAN];
    double found = gain(study, 3, ENEC_WAY_DECOMPRESS);
    scan->name = "decoupled_scan";
    scan->judged = !isnan(found);
    scan->holds = scan->judged && near(found, SCAN_GAIN);
    snprintf(scan->text, sizeof scan->text,
             "V3 over V2: decompression %.2fx claimed, %.2fx simulated", SCAN_GAIN, found);
}

static void judge_inference(struct enec_study *study)
{
    double offload[2], hans[2], offload_claimed[2], hans_claimed[2];

    for (unsigned i = 0; i < ENEC_PHASES; i++) {
        double latency = enec_latency(&enec_phases[i], study->enec_gibps);
        bool known = !isnan(study->enec_gibps);
        offload[i] = known ? enec_phases[i].baseline_s / latency : (double)NAN;
        hans[i] = known && !isnan(study->hans_gibps)
                      ? enec_latency(&enec_phases[i], study->hans_gibps) / latency
                      : (double)NAN;
        offload_claimed[i] = enec_phases[i].gain;
        hans_claimed[i] = enec_phases[i].gain_over_hans;
    }
    judge_pair(&study->claims[ENEC_CLAIM_OFFLOAD], "inference", "inference over offloading",
               offload_claimed, offload, both_phases);
    judge_pair(&study->claims[ENEC_CLAIM_HANS_INFERENCE], "inference_hans",
               "inference over HANS", hans_claimed, hans, both_phases);
}

/* What a claim needs and does not have is said above it, run by run. */
static void say_unjudged(struct enec_claim *claim)
{
    size_t what = strcspn(claim->text, ":");
    if (!claim->judged)
        snprintf(claim->text + what, sizeof claim->text - what, ": figures are missing");
}

void enec_study_judge(struct enec_study *study)
{
    const double claimed[2] = { HANS_COMPRESS, HANS_DECOMPRESS };
    const double found[2] = {
        throughput(study, "enec-compress") / throughput(study, "hans-encode"),
        throughput(study, "enec-decompress") / throughput(study, "hans-decode")
    };

    judge_rows(study, &study->claims[ENEC_CLAIM_RATIO], "ratio", RATIO_NEAR, RATIO_NEAR);
    judge_rows(study, &study->claims[ENEC_CLAIM_THROUGHPUT], "throughput_gibps", NEAR,
               THROUGHPUT_WORST);
    judge_pair(&study->claims[ENEC_CLAIM_HANS], "hans", "over HANS", claimed, found, both_ways);
    judge_ablation(study);
    judge_inference(study);
    for (size_t i = 0; i < ENEC_CLAIMS; i++)
        say_unjudged(&study->claims[i]);
}
