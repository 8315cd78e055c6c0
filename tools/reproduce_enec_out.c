/* The study for people, and as JSON and CSV. */
#include "tools/json_out.h"
#include "tools/reproduce_enec.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PUBLISHED_ENEC_GIBPS 217.05 /* as the artifact has it for Qwen3-32B */
#define PUBLISHED_HANS_GIBPS 117.7

/* --- the page --- */

static double off_percent(double found, double published)
{
    return 100 * (found / published - 1);
}

static void print_rows(const struct enec_study *study)
{
    printf("%-32s %-18s %10s %10s %7s\n", "row", "metric", "published", "simulated", "error");
    for (size_t i = 0; i < study->row_count; i++) {
        const struct enec_row *row = &study->rows[i];
        const struct enec_run *run = &study->runs[row->run];
        if (isnan(row->simulated))
            printf("%-32s %-18s %10.2f %s: %s\n", row->published->id, row->published->metric,
                   row->published->value, "not available", run->diag.text);
        else
            printf("%-32s %-18s %10.2f %10.2f %+6.1f%%\n", row->published->id,
                   row->published->metric, row->published->value, row->simulated,
                   off_percent(row->simulated, row->published->value));
    }
}

static void print_ablation(const struct enec_study *study)
{
    printf("\nablation (deepseek-7b)   compress GiB/s  decompress GiB/s   ratio\n");
    for (unsigned variant = 0; variant < ENEC_VARIANTS; variant++) {
        const struct enec_run *compress =
            &study->runs[study->variants[variant][ENEC_WAY_COMPRESS]];
        const struct enec_run *decompress =
            &study->runs[study->variants[variant][ENEC_WAY_DECOMPRESS]];
        if (enec_ran(compress) && enec_ran(decompress))
            printf("  V%u                     %14.1f    %14.1f  %6.3f\n", variant,
                   compress->throughput_gibps, decompress->throughput_gibps, compress->ratio);
        else
            printf("  V%u  not available: %s\n", variant,
                   enec_ran(compress) ? decompress->diag.text : compress->diag.text);
    }
    printf("profile of V0 (share of the kernel, launch apart)   published  simulated\n");
    for (unsigned step = 0; step < ENEC_STEPS; step++)
        printf("  %-12s %-32s %10.0f %% %8.0f %%\n",
               enec_steps[step].way == ENEC_WAY_COMPRESS ? "compress" : "decompress",
               enec_steps[step].name, enec_steps[step].published_percent,
               study->steps[step].percent);
}

/* X(whose decompression, GiB/s) */
#define SPEEDS(X)                                                                              \
    X("ENEC, published", PUBLISHED_ENEC_GIBPS)                                                 \
    X("ENEC, simulated", study->enec_gibps)                                                    \
    X("HANS, published", PUBLISHED_HANS_GIBPS)                                                 \
    X("HANS, simulated", study->hans_gibps)

static void print_inference(const struct enec_study *study)
{
    const struct enec_phase *phases = enec_phases;

    printf("\ninference, Qwen3-32B, batch 1: a layer decompressed while another computes, "
           "against offloading\n"
           "                    GiB/s   TTFT s    gain   TPOT s    gain\n"
           "  offloading                %7.4f         %8.4f\n",
           phases[PHASE_TTFT].baseline_s, phases[PHASE_TPOT].baseline_s);
#define X(name, speed)                                                                         \
    if (isnan(speed))                                                                          \
        printf("  %-16s not available\n", name);                                               \
    else                                                                                       \
        printf("  %-16s %6.2f %8.4f  %5.2fx %8.4f  %5.2fx\n", name, speed,                     \
               enec_latency(&phases[PHASE_TTFT], speed),                                       \
               phases[PHASE_TTFT].baseline_s / enec_latency(&phases[PHASE_TTFT], speed),       \
               enec_latency(&phases[PHASE_TPOT], speed),                                       \
               phases[PHASE_TPOT].baseline_s / enec_latency(&phases[PHASE_TPOT], speed));
    SPEEDS(X)
#undef X
}

static void print_what_if(const struct enec_study *study)
{
    printf("\nwhat if decompression were in the weight path of the matrix multiplication "
           "[m][5120] x [5120][25600], us\n"
           "(fused: through the L2, the longest of decompressing, multiplying from the L2 and "
           "reading compressed bytes)\n"
           "     m   plain weights  separate   layer-wise     fused    direct   "
           "fused = plain at GiB/s\n");
    for (size_t i = 0; i < ENEC_BATCHES; i++) {
        const struct enec_what_if *at = &study->what_if[i];
        printf("%6" PRId64 " %15.1f ", at->m, at->gemm_us);
        if (isnan(at->fused_us))
            printf("%9s %12s %9s ", "n/a", "n/a", "n/a");
        else
            printf("%9.1f %12.1f %9.1f ", at->separate_us, at->layers_us, at->fused_us);
        if (isnan(at->direct_us))
            printf("%9s", "n/a");
        else
            printf("%9.1f", at->direct_us);
        printf(" %12.0f\n", at->needed_gibps);
    }
    if (study->direct_chip[0] == '\0')
        printf("direct: not available, no configs/ascend950pr*.json\n");
}

void enec_study_print(const struct enec_study *study)
{
    char hash[17];
    chip_hash(study->chip, hash);
    printf(
        "ENEC (arXiv 2604.03298): simulated, cold L2, launch included.\n"
        "%s, configuration %s; weights are synthetic, as `npusim enec synth` makes them.\n\n",
        study->chip->name, hash);
    print_rows(study);
    print_ablation(study);
    print_inference(study);
    print_what_if(study);
    printf("\nclaims of the paper\n");
    for (size_t i = 0; i < ENEC_CLAIMS; i++) {
        const struct enec_claim *claim = &study->claims[i];
        printf("  %-14s %s\n",
               !claim->judged ? "not judged:"
               : claim->holds ? "holds:"
                              : "does not hold:",
               claim->text);
    }
}

/* --- JSON --- */

static void add_rows(cJSON *root, const struct enec_study *study)
{
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t i = 0; i < study->row_count; i++) {
        const struct enec_row *row = &study->rows[i];
        cJSON *out = cJSON_CreateObject();
        cJSON_AddItemToArray(rows, out);
        cJSON_AddStringToObject(out, "id", row->published->id);
        cJSON_AddStringToObject(out, "metric", row->published->metric);
        json_add_real(out, "published", row->published->value);
        json_add_real(out, "simulated", row->simulated);
        json_add_real(out, "error_percent", off_percent(row->simulated, row->published->value));
        if (isnan(row->simulated))
            cJSON_AddStringToObject(out, "problem", study->runs[row->run].diag.text);
    }
}

static void add_ablation(cJSON *root, const struct enec_study *study)
{
    cJSON *ablation = cJSON_AddArrayToObject(root, "ablation");
    for (unsigned variant = 0; variant < ENEC_VARIANTS; variant++) {
        const size_t *runs = study->variants[variant];
        cJSON *out = cJSON_CreateObject();
        cJSON_AddItemToArray(ablation, out);
        json_add_int(out, "variant", variant);
        json_add_real(out, "compress_gibps",
                      study->runs[runs[ENEC_WAY_COMPRESS]].throughput_gibps);
        json_add_real(out, "decompress_gibps",
                      study->runs[runs[ENEC_WAY_DECOMPRESS]].throughput_gibps);
        json_add_real(out, "ratio", study->runs[runs[ENEC_WAY_COMPRESS]].ratio);
    }
}

static void add_profile(cJSON *root, const struct enec_study *study)
{
    cJSON *profile = cJSON_AddArrayToObject(root, "v0_profile");
    for (unsigned step = 0; step < ENEC_STEPS; step++) {
        cJSON *out = cJSON_CreateObject();
        cJSON_AddItemToArray(profile, out);
        cJSON_AddStringToObject(out, "kernel",
                                enec_steps[step].way == ENEC_WAY_COMPRESS ? "enec-compress"
                                                                          : "enec-decompress");
        cJSON_AddStringToObject(out, "step", enec_steps[step].name);
        json_add_real(out, "published_percent", enec_steps[step].published_percent);
        json_add_real(out, "simulated_percent", study->steps[step].percent);
    }
}

static void add_inference(cJSON *root, const struct enec_study *study)
{
    cJSON *inference = cJSON_AddArrayToObject(root, "inference");
#define X(name, speed)                                                                         \
    {                                                                                          \
        cJSON *out = cJSON_CreateObject();                                                     \
        cJSON_AddItemToArray(inference, out);                                                  \
        cJSON_AddStringToObject(out, "decompression", name);                                   \
        json_add_real(out, "gibps", speed);                                                    \
        for (unsigned i = 0; i < ENEC_PHASES; i++)                                             \
            json_add_real(out, i == PHASE_TTFT ? "ttft_s" : "tpot_s",                          \
                          isnan(speed) ? (double)NAN : enec_latency(&enec_phases[i], speed));  \
    }
    SPEEDS(X)
#undef X
}

static void add_what_if(cJSON *root, const struct enec_study *study)
{
    cJSON *what_if = cJSON_AddArrayToObject(root, "what_if");
    for (size_t i = 0; i < ENEC_BATCHES; i++) {
        const struct enec_what_if *at = &study->what_if[i];
        cJSON *out = cJSON_CreateObject();
        cJSON_AddItemToArray(what_if, out);
        json_add_int(out, "m", at->m);
        json_add_real(out, "gemm_us", at->gemm_us);
        json_add_real(out, "l2_gemm_us", at->l2_gemm_us);
        json_add_real(out, "separate_us", at->separate_us);
        json_add_real(out, "layers_us", at->layers_us);
        json_add_real(out, "fused_us", at->fused_us);
        json_add_real(out, "direct_us", at->direct_us);
        json_add_real(out, "needed_gibps", at->needed_gibps);
    }
}

static void add_claims(cJSON *root, const struct enec_study *study)
{
    cJSON *claims = cJSON_AddArrayToObject(root, "claims");
    for (size_t i = 0; i < ENEC_CLAIMS; i++) {
        const struct enec_claim *claim = &study->claims[i];
        cJSON *out = cJSON_CreateObject();
        cJSON_AddItemToArray(claims, out);
        cJSON_AddStringToObject(out, "claim", claim->name);
        if (claim->judged)
            cJSON_AddBoolToObject(out, "holds", claim->holds);
        else
            cJSON_AddNullToObject(out, "holds");
        cJSON_AddStringToObject(out, "text", claim->text);
    }
}

cJSON *enec_study_json(const struct enec_study *study)
{
    cJSON *root = cJSON_CreateObject();
    char hash[17];

    chip_hash(study->chip, hash);
    cJSON_AddStringToObject(root, "version", NPUSIM_VERSION);
    cJSON_AddStringToObject(root, "paper", "arXiv 2604.03298");
    cJSON_AddStringToObject(root, "chip", study->chip->name);
    cJSON_AddStringToObject(root, "config_hash", hash);
    add_rows(root, study);
    add_ablation(root, study);
    add_profile(root, study);
    add_inference(root, study);
    add_what_if(root, study);
    add_claims(root, study);
    return root;
}

/* --- CSV: the published rows --- */

void enec_study_csv(const struct enec_study *study, struct text *out)
{
    text_addf(out, "id,kernel,metric,published,simulated,error_percent\n");
    for (size_t i = 0; i < study->row_count; i++) {
        const struct enec_row *row = &study->rows[i];
        const struct published_row *published = row->published;
        text_addf(out, "%s,%s,%s,%.6g,", published->id, published->kernel, published->metric,
                  published->value);
        if (isnan(row->simulated))
            text_addf(out, ",\n");
        else
            text_addf(out, "%.4f,%.2f\n", row->simulated,
                      off_percent(row->simulated, published->value));
    }
}
