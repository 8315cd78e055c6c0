#ifndef NPUSIM_TOOLS_REPRODUCE_ENEC_H
#define NPUSIM_TOOLS_REPRODUCE_ENEC_H
/*
 * ENEC (arXiv 2604.03298), simulated: ratio and throughput of the published models and of HANS,
 * the ablation of its kernels, inference on compressed weights, and a what-if that the paper
 * leaves open: decompression inside the weight path of a matrix multiplication.
 */
#include "tools/enec_inference.h"
#include "tools/published.h"
#include "tools/simulate.h"

#include <cjson/cJSON.h>

/* A run of one kernel that several figures are taken from. */
struct enec_run {
    const struct chip *chip;
    const char *kernel, *free; /* free: NULL, or what costs nothing */
    char params[160];
    enum status status;
    double time_us, core_us, ratio, throughput_gibps; /* the last two NAN where there is none */
    struct diag diag;
};

static inline bool enec_ran(const struct enec_run *run)
{
    return run->status == STATUS_RIGHT;
}

/* Published rows of the tables' suite `enec`. */
struct enec_row {
    const struct published_row *published;
    size_t run;
    double simulated; /* NAN when it did not run */
};

/* V0 a rank table and widths of groups, V1 widths quantised, V2 a linear transform, V3 a scan
 * that is decoupled. Of compressing and of decompressing. */
#define ENEC_VARIANTS 4
enum { ENEC_WAY_COMPRESS, ENEC_WAY_DECOMPRESS, ENEC_WAYS };

/* A step of V0 that the paper gives a share of the kernel's time. Simulated, it is what the
 * kernel gains when the step's operations cost nothing; barriers around them stay. */
#define ENEC_STEPS 4
struct enec_step_info {
    unsigned way;
    const char *name, *free;
    double published_percent;
};

extern const struct enec_step_info enec_steps[ENEC_STEPS];

struct enec_step {
    size_t run;
    double percent; /* NAN when it did not run */
};

/*
 * The weights of a large layer [5120][25600] of Qwen3-32B, for m tokens at once. All but the
 * four sums is simulated.
 *
 *   separate  decompress to HBM, then multiply
 *   layers    the same, of two layers at once: the longer of both
 *   fused     vector cores decompress blocks into the L2, from where cube cores take them: the
 *             longest of decompressing, of multiplying with weights from the L2, and of reading
 *             the compressed bytes at the rate at which the multiplication streams; and before
 *             that the first block of each core
 *   direct    the same where vector cores write into the L1 of their cube core (950)
 */
#define ENEC_BATCHES 5
struct enec_what_if {
    int64_t m;
    double gemm_us, l2_gemm_us; /* weights as they are from HBM; from a warm L2 */
    double separate_us, layers_us, fused_us;
    double needed_gibps; /* decompression at which fusing is no slower than gemm_us */
    double direct_us;    /* NAN when there is no such chip */
};

struct enec_claim {
    const char *name;
    bool judged; /* false: something it needs did not run */
    bool holds;
    char text[200];
};

enum {
    ENEC_CLAIM_RATIO,
    ENEC_CLAIM_THROUGHPUT,
    ENEC_CLAIM_HANS,
    ENEC_CLAIM_BASIC_COMPRESS,
    ENEC_CLAIM_BASIC_DECOMPRESS,
    ENEC_CLAIM_QUANTISED,
    ENEC_CLAIM_QUANTISED_RATIO,
    ENEC_CLAIM_TRANSFORM,
    ENEC_CLAIM_SCAN,
    ENEC_CLAIM_OFFLOAD,
    ENEC_CLAIM_HANS_INFERENCE,
    ENEC_CLAIMS
};

struct enec_study {
    const struct chip *chip;
    char direct_chip[64]; /* of the what-if; empty: there is none */
    struct enec_run *runs;
    size_t run_count;
    struct enec_row *rows;
    size_t row_count;
    size_t variants[ENEC_VARIANTS][ENEC_WAYS]; /* runs */
    struct enec_step steps[ENEC_STEPS];
    double enec_gibps, hans_gibps; /* decompression of Qwen3-32B; NAN: did not run */
    double enec_ratio;
    struct enec_what_if what_if[ENEC_BATCHES];
    struct enec_claim claims[ENEC_CLAIMS];
};

/* False when there is nothing to reproduce. A run that fails is kept, and what it was for is
 * NAN; free the study in any case. `published` must outlive it. */
bool enec_study_run(struct enec_study *study, const struct chip *chip,
                    const struct published *published, struct diag *diag);
void enec_study_free(struct enec_study *study);
bool enec_study_complete(const struct enec_study *study);

/* Whether the claims hold, from all the rest. */
void enec_study_judge(struct enec_study *study);

void enec_study_print(const struct enec_study *study);
cJSON *enec_study_json(const struct enec_study *study);
void enec_study_csv(const struct enec_study *study, struct text *out);

#endif
