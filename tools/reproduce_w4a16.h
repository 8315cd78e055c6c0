#ifndef NPUSIM_TOOLS_REPRODUCE_W4A16_H
#define NPUSIM_TOOLS_REPRODUCE_W4A16_H
/*
 * The claims of arXiv 2601.16536 on W4A16 matrix multiplication, simulated:
 * FP16 against int4 weights in the data-parallel and the split-K schedule, at
 * the shapes of LLM decoding. And what the paper's bottleneck becomes on a chip
 * whose vector cores reach L1 of the cube cores.
 */
#include "tools/simulate.h"

#include <cjson/cJSON.h>

#define W4A16_SHAPES 7
#define W4A16_BATCHES 3
#define W4A16_POINTS (W4A16_SHAPES * W4A16_BATCHES)

/* The paper's, up to WAYS; and those that are compared on the chip with the direct path, from
 * DIRECT_WAYS on. */
enum w4a16_way {
    WAY_DATA_PARALLEL,
    WAY_FP16,
    WAY_SPLIT_K,
    WAYS,
    WAY_TILE_PIPELINED = WAYS,
    WAY_DIRECT,
    ALL_WAYS
};

#define DIRECT_WAYS WAY_FP16

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

/* One shape on the chip with the direct path, by enum w4a16_way. */
struct w4a16_direct {
    int64_t m, n, k;
    double us[ALL_WAYS];
};

struct w4a16_claim {
    bool holds;
    char text[200]; /* what was claimed, and what was found */
};

enum { CLAIM_SPLIT_K, CLAIM_FP16, CLAIM_BOTTLENECK, CLAIMS };

struct w4a16_study {
    const struct chip *chip, *direct_chip;
    struct w4a16_point points[W4A16_POINTS];
    struct w4a16_direct direct[W4A16_SHAPES];
    struct w4a16_bottleneck bottleneck;
    struct w4a16_claim claims[CLAIMS];
};

/* False when a run failed. direct_chip must have a path from UB to L1; it may be chip. */
bool w4a16_study_run(struct w4a16_study *study, const struct chip *chip,
                     const struct chip *direct_chip, struct diag *diag);

void w4a16_study_print(const struct w4a16_study *study);
cJSON *w4a16_study_json(const struct w4a16_study *study);
void w4a16_study_csv(const struct w4a16_study *study, struct text *out);

/* How much faster split-K is than data-parallel, and the better of both than FP16. */
double w4a16_split_gain(const struct w4a16_point *point);
double w4a16_fp16_gain(const struct w4a16_point *point);

#endif
