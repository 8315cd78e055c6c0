#ifndef NPUSIM_MODELS_PARAMS_LOAD_H
#define NPUSIM_MODELS_PARAMS_LOAD_H
/* Reading a config file. */
#include "models/params.h"

/* Fill a zeroed chip, its name apart, from the file at `path`. What a failure
 * leaves in the chip is only good for chip_free. The file that the diag names is
 * valid until the next failure in this thread. */
bool params_load(const char *path, struct chip *chip, struct diag *diag);

#endif
