/* The steps by which the paper comes to its kernels, and where the first spends its time. */
#include "tools/reproduce_enec_plan.h"

#include <math.h>
#include <stdio.h>

#define ABLATION_MODEL "deepseek-7b"

static const char *const way_kernels[ENEC_WAYS] = { "enec-compress", "enec-decompress" };

/* The prefix sum is all but one of the additions of two tiles. */
const struct enec_step_info enec_steps[ENEC_STEPS] = {
    { ENEC_WAY_COMPRESS, "table look-up", "op=vgather", 35 },
    { ENEC_WAY_COMPRESS, "maxima of groups", "op=vcmax", 40 },
    { ENEC_WAY_DECOMPRESS, "prefix sum", "op=vadd", 30 },
    { ENEC_WAY_DECOMPRESS, "table look-up", "op=vgather", 45 },
};

static size_t plan_variant(struct enec_study *study, unsigned variant, unsigned way,
                           const char *free)
{
    const struct enec_row *row =
        enec_row_of(study, way_kernels[way], ABLATION_MODEL, "throughput_gibps");
    char more[24];

    snprintf(more, sizeof more, " variant=v%u", variant);
    return enec_plan(study, study->chip, way_kernels[way],
                     row != NULL ? row->published->params : "model=" ABLATION_MODEL, more,
                     free);
}

void enec_ablation_plan(struct enec_study *study)
{
    for (unsigned variant = 0; variant < ENEC_VARIANTS; variant++) {
        for (unsigned way = 0; way < ENEC_WAYS; way++)
            study->variants[variant][way] = plan_variant(study, variant, way, NULL);
    }
    for (unsigned step = 0; step < ENEC_STEPS; step++)
        study->steps[step].run =
            plan_variant(study, 0, enec_steps[step].way, enec_steps[step].free);
}

void enec_ablation_conclude(struct enec_study *study)
{
    for (unsigned step = 0; step < ENEC_STEPS; step++) {
        const struct enec_run *all = &study->runs[study->variants[0][enec_steps[step].way]];
        const struct enec_run *without = &study->runs[study->steps[step].run];
        study->steps[step].percent = 100 * (1 - without->core_us / all->core_us);
    }
}
