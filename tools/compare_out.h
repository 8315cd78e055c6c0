#ifndef NPUSIM_TOOLS_COMPARE_OUT_H
#define NPUSIM_TOOLS_COMPARE_OUT_H
/* What --expect found, for people and as JSON; nothing without --expect. */
#include "tools/simulate.h"

#include <cjson/cJSON.h>

/* A line for each of several tensors, and a map of each that is wrong, `indent` columns in. */
void compare_print(const struct result *result, int indent, FILE *out);

/* Adds "expect", an array of one object per tensor. */
void compare_json(cJSON *root, const struct result *result);

#endif
