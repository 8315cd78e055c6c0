#ifndef NPUSIM_TOOLS_REPRODUCE_ENEC_PLAN_H
#define NPUSIM_TOOLS_REPRODUCE_ENEC_PLAN_H
/* Which runs the study of ENEC needs, before any is made. */
#include "tools/reproduce_enec.h"

/* The index of a run, with `more` behind its parameters. Figures that come from the same run
 * share it. */
size_t enec_plan(struct enec_study *study, const struct chip *chip, const char *kernel,
                 const char *params, const char *more, const char *free);

/* The row of a kernel for a model; NULL when the tables have none. */
const struct enec_row *enec_row_of(const struct enec_study *study, const char *kernel,
                                   const char *model, const char *metric);

/* The ablation: variants, and the profile of the first; and its shares, once runs are made. */
void enec_ablation_plan(struct enec_study *study);
void enec_ablation_conclude(struct enec_study *study);

#endif
