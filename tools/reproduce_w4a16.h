#ifndef NPUSIM_TOOLS_REPRODUCE_W4A16_H
#define NPUSIM_TOOLS_REPRODUCE_W4A16_H
/*
 * The claims of arXiv 2601.16536 on W4A16 matrix multiplication, simulated:
 * FP16 against int4 weights in the data-parallel and the split-K schedule, at
 * the shapes of LLM decoding.
 */
#include "tools/simulate.h"

#include <cjson/cJSON.h>

#define W4A16_SHAPES 7
#define W4A16_BATCHES 3
#define W4A16_POINTS (W4A16_SHAPES * W4A16_BATCHES)

enum w4a16_way { WAY_FP16, WAY_DATA_PARALLEL, WAY_SPLIT_K, WAYS };

/* One shape: how long each way takes, and what split-K did meanwhile. */
struct w4a16_point {
    int64_t m, n, k;
    double us[WAYS];
    double cube, aic_mte2, vector, aiv_mte2, aiv_mte3; /* busy shares */
    struct tensor_traffic traffic;
};

/* Split-K at one shape, and with a part of it at no cost. */
struct w4a16_bottleneck {
    int64_t m, n, k;
    double us, free_arithmetic_us, free_round_trip_us;
};

struct w4a16_claim {
    bool holds;
    char text[200]; /* what was claimed, and what was found */
};

enum { CLAIM_SPLIT_K, CLAIM_FP16, CLAIM_BOTTLENECK, CLAIMS };

struct w4a16_study {
    const struct chip *chip;
    struct w4a16_point points[W4A16_POINTS];
    struct w4a16_bottleneck bottleneck;
    struct w4a16_claim claims[CLAIMS];
};

/* False when a run failed. */
bool w4a16_study_run(struct w4a16_study *study, const struct chip *chip, struct diag *diag);

void w4a16_study_print(const struct w4a16_study *study);
cJSON *w4a16_study_json(const struct w4a16_study *study);
void w4a16_study_csv(const struct w4a16_study *study, struct text *out);

/* How much faster split-K is than data-parallel, and the better of both than FP16. */
double w4a16_split_gain(const struct w4a16_point *point);
double w4a16_fp16_gain(const struct w4a16_point *point);

#endif
