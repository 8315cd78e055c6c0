#ifndef NPUSIM_TOOLS_JSON_OUT_H
#define NPUSIM_TOOLS_JSON_OUT_H
/*
 * Writing JSON that is the same byte for byte wherever it is written. cJSON
 * prints a double with as many digits as it takes to read it back, so a number
 * that is not whole goes through here.
 */
#include "sim/diag.h"
#include "sim/time.h"

#include <cjson/cJSON.h>

/* At most six decimals, or six digits when it is small; null when not finite. */
void json_add_real(cJSON *object, const char *name, double value);
void json_add_count(cJSON *object, const char *name, uint64_t value);
void json_add_int(cJSON *object, const char *name, int64_t value);

/* In microseconds, exact. */
void json_add_time(cJSON *object, const char *name, sim_time time);

/* To a file, replaced all at once, or for "-" to the standard output. */
bool json_write(const cJSON *root, const char *path, struct diag *diag);

#endif
