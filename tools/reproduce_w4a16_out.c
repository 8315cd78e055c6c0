/* The study for people, and as JSON and CSV. */
#include "tools/json_out.h"
#include "tools/reproduce_w4a16.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* --- the page --- */

static double megabytes(uint64_t bytes)
{
    return (double)bytes / 1e6;
}

static void print_times(const struct w4a16_study *study)
{
    printf("%6s %6s %3s | %9s %13s %9s | %13s %9s\n", "N", "K", "M", "FP16 us", "data-parallel",
           "split-K", "split-K gains", "vs FP16");
    for (size_t i = 0; i < W4A16_POINTS; i++) {
        const struct w4a16_point *point = &study->points[i];
        printf("%6" PRId64 " %6" PRId64 " %3" PRId64 " | %9.2f %13.2f %9.2f | %12.2fx %8.2fx\n",
               point->n, point->k, point->m, point->us[WAY_FP16], point->us[WAY_DATA_PARALLEL],
               point->us[WAY_SPLIT_K], w4a16_split_gain(point), w4a16_fp16_gain(point));
    }
}

static void print_split_k(const struct w4a16_study *study)
{
    printf("\nsplit-K: pipes busy (%% of the cores' time), and MB moved\n"
           "%18s | %11s %17s | %8s %8s %8s %8s %8s\n"
           "%6s %6s %3s | %5s %5s %5s %5s %5s | %8s %8s %8s %8s %8s\n",
           "", "cube cores", "vector cores", "GM", "GM", "UB", "L0C", "HBM", "N", "K", "M",
           "cube", "mte2", "vec", "mte2", "mte3", "to L1", "to UB", "to GM", "to GM", "both");
    for (size_t i = 0; i < W4A16_POINTS; i++) {
        const struct w4a16_point *point = &study->points[i];
        const struct tensor_traffic *moved = &point->traffic;
        printf("%6" PRId64 " %6" PRId64 " %3" PRId64
               " | %5.1f %5.1f %5.1f %5.1f %5.1f | %8.2f %8.2f %8.2f %8.2f %8.2f\n",
               point->n, point->k, point->m, 100 * point->cube, 100 * point->aic_mte2,
               100 * point->vector, 100 * point->aiv_mte2, 100 * point->aiv_mte3,
               megabytes(moved->path[PATH_gm_to_l1]), megabytes(moved->path[PATH_gm_to_ub]),
               megabytes(moved->path[PATH_ub_to_gm]), megabytes(moved->path[PATH_l0c_to_gm]),
               megabytes(moved->hbm_read + moved->hbm_write));
    }
}

static void print_direct(const struct w4a16_study *study)
{
    printf("\nwithout the round trip: %s, whose vector cores hand tiles over in L1 of the cube "
           "cores\n%6s %6s %3s | %9s %14s %9s %9s | %13s %9s\n",
           study->direct_chip->name, "N", "K", "M", "FP16 us", "tile-pipelined", "split-K",
           "direct", "direct gains", "vs FP16");
    for (size_t i = 0; i < W4A16_SHAPES; i++) {
        const struct w4a16_direct *at = &study->direct[i];
        double best = fmin(at->us[WAY_TILE_PIPELINED], at->us[WAY_SPLIT_K]);
        printf("%6" PRId64 " %6" PRId64 " %3" PRId64
               " | %9.2f %14.2f %9.2f %9.2f | %12.2fx %8.2fx\n",
               at->n, at->k, at->m, at->us[WAY_FP16], at->us[WAY_TILE_PIPELINED],
               at->us[WAY_SPLIT_K], at->us[WAY_DIRECT], best / at->us[WAY_DIRECT],
               at->us[WAY_FP16] / at->us[WAY_DIRECT]);
    }
}

void w4a16_study_print(const struct w4a16_study *study)
{
    char hash[17];
    chip_hash(study->chip, hash);
    printf("W4A16 matrix multiplication (arXiv 2601.16536): simulated times, cold L2, launch "
           "included.\n%s, configuration %s; f16 activations, group 128, no zero point.\n\n",
           study->chip->name, hash);
    print_times(study);
    print_split_k(study);
    printf("\nclaims of the paper (the bottleneck looked for at M=%" PRId64 " N=%" PRId64
           " K=%" PRId64 ")\n",
           study->bottleneck.m, study->bottleneck.n, study->bottleneck.k);
    for (size_t i = 0; i < CLAIMS; i++) {
        const struct w4a16_claim *claim = &study->claims[i];
        printf("  %-14s %s\n", claim->holds ? "holds:" : "does not hold:", claim->text);
    }
    print_direct(study);
}

/* --- JSON --- */

static void add_point(cJSON *rows, const struct w4a16_point *point)
{
    cJSON *row = cJSON_CreateObject();

    cJSON_AddItemToArray(rows, row);
    json_add_int(row, "n", point->n);
    json_add_int(row, "k", point->k);
    json_add_int(row, "m", point->m);
    json_add_real(row, "fp16_us", point->us[WAY_FP16]);
    json_add_real(row, "data_parallel_us", point->us[WAY_DATA_PARALLEL]);
    json_add_real(row, "split_k_us", point->us[WAY_SPLIT_K]);
    json_add_real(row, "split_k_gain", w4a16_split_gain(point));
    json_add_real(row, "fp16_gain", w4a16_fp16_gain(point));

    cJSON *busy = cJSON_AddObjectToObject(row, "split_k_busy_share");
    json_add_real(busy, "aic.cube", point->cube);
    json_add_real(busy, "aic.mte2", point->aic_mte2);
    json_add_real(busy, "aiv.vector", point->vector);
    json_add_real(busy, "aiv.mte2", point->aiv_mte2);
    json_add_real(busy, "aiv.mte3", point->aiv_mte3);

    cJSON *bytes = cJSON_AddObjectToObject(row, "split_k_bytes");
    for (unsigned path = 0; path < PATH_COUNT; path++)
        json_add_count(bytes, gm_path_names[path], point->traffic.path[path]);
    json_add_count(bytes, "hbm_read", point->traffic.hbm_read);
    json_add_count(bytes, "hbm_write", point->traffic.hbm_write);
}

static void add_direct(cJSON *root, const struct w4a16_study *study)
{
    static const char *const keys[ALL_WAYS] = {
        [WAY_FP16] = "fp16_us",
        [WAY_SPLIT_K] = "split_k_us",
        [WAY_TILE_PIPELINED] = "tile_pipelined_us",
        [WAY_DIRECT] = "direct_us",
    };
    cJSON *direct = cJSON_AddObjectToObject(root, "direct");
    char hash[17];

    chip_hash(study->direct_chip, hash);
    cJSON_AddStringToObject(direct, "chip", study->direct_chip->name);
    cJSON_AddStringToObject(direct, "config_hash", hash);
    cJSON *rows = cJSON_AddArrayToObject(direct, "rows");
    for (size_t i = 0; i < W4A16_SHAPES; i++) {
        const struct w4a16_direct *at = &study->direct[i];
        cJSON *row = cJSON_CreateObject();
        cJSON_AddItemToArray(rows, row);
        json_add_int(row, "n", at->n);
        json_add_int(row, "k", at->k);
        json_add_int(row, "m", at->m);
        for (enum w4a16_way way = DIRECT_WAYS; way < ALL_WAYS; way++)
            json_add_real(row, keys[way], at->us[way]);
    }
}

cJSON *w4a16_study_json(const struct w4a16_study *study)
{
    static const char *const claim_names[CLAIMS] = {
        [CLAIM_SPLIT_K] = "split_k", [CLAIM_FP16] = "fp16", [CLAIM_BOTTLENECK] = "bottleneck"
    };
    cJSON *root = cJSON_CreateObject();
    char hash[17];

    chip_hash(study->chip, hash);
    cJSON_AddStringToObject(root, "version", NPUSIM_VERSION);
    cJSON_AddStringToObject(root, "paper", "arXiv 2601.16536");
    cJSON_AddStringToObject(root, "chip", study->chip->name);
    cJSON_AddStringToObject(root, "config_hash", hash);
    cJSON_AddStringToObject(root, "times", "simulated");
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t i = 0; i < W4A16_POINTS; i++)
        add_point(rows, &study->points[i]);

    cJSON *bottleneck = cJSON_AddObjectToObject(root, "bottleneck");
    json_add_int(bottleneck, "n", study->bottleneck.n);
    json_add_int(bottleneck, "k", study->bottleneck.k);
    json_add_int(bottleneck, "m", study->bottleneck.m);
    json_add_real(bottleneck, "split_k_us", study->bottleneck.us);
    json_add_real(bottleneck, "free_arithmetic_us", study->bottleneck.free_arithmetic_us);
    json_add_real(bottleneck, "free_round_trip_us", study->bottleneck.free_round_trip_us);

    add_direct(root, study);
    cJSON *claims = cJSON_AddArrayToObject(root, "claims");
    for (size_t i = 0; i < CLAIMS; i++) {
        cJSON *claim = cJSON_CreateObject();
        cJSON_AddItemToArray(claims, claim);
        cJSON_AddStringToObject(claim, "claim", claim_names[i]);
        cJSON_AddBoolToObject(claim, "holds", study->claims[i].holds);
        cJSON_AddStringToObject(claim, "text", study->claims[i].text);
    }
    return root;
}

/* --- CSV --- */

void w4a16_study_csv(const struct w4a16_study *study, struct text *out)
{
    text_addf(out, "n,k,m,fp16_us,data_parallel_us,split_k_us,split_k_gain,fp16_gain,"
                   "aic_cube_busy,aic_mte2_busy,aiv_vector_busy,aiv_mte2_busy,aiv_mte3_busy");
    for (unsigned path = 0; path < PATH_COUNT; path++)
        text_addf(out, ",%s_bytes", gm_path_names[path]);
    text_addf(out, ",hbm_read_bytes,hbm_write_bytes\n");

    for (size_t i = 0; i < W4A16_POINTS; i++) {
        const struct w4a16_point *point = &study->points[i];
        text_addf(out, "%" PRId64 ",%" PRId64 ",%" PRId64 ",%.6f,%.6f,%.6f,%.4f,%.4f", point->n,
                  point->k, point->m, point->us[WAY_FP16], point->us[WAY_DATA_PARALLEL],
                  point->us[WAY_SPLIT_K], w4a16_split_gain(point), w4a16_fp16_gain(point));
        text_addf(out, ",%.4f,%.4f,%.4f,%.4f,%.4f", point->cube, point->aic_mte2, point->vector,
                  point->aiv_mte2, point->aiv_mte3);
        for (unsigned path = 0; path < PATH_COUNT; path++)
            text_addf(out, ",%" PRIu64, point->traffic.path[path]);
        text_addf(out, ",%" PRIu64 ",%" PRIu64 "\n", point->traffic.hbm_read,
                  point->traffic.hbm_write);
    }
}
