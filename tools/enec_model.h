#ifndef NPUSIM_TOOLS_ENEC_MODEL_H
#define NPUSIM_TOOLS_ENEC_MODEL_H
/* A preset of weights by its name. */
#include "kernels/enec/enec_synth.h"
#include "sim/diag.h"

/* NULL, with a suggestion, when none has that name. */
const struct enec_model *enec_model_named(const char *name, struct diag *diag);

#endif
