#ifndef NPUSIM_TOOLS_RESULT_JSON_H
#define NPUSIM_TOOLS_RESULT_JSON_H
/*
 * A result as JSON. Keys are in a fixed order, and nothing in it depends on the
 * host: the text is the same from run to run and from compiler to compiler.
 */
#include "tools/simulate.h"

#include <cjson/cJSON.h>

/* The caller frees it with cJSON_Delete. */
cJSON *result_json(const struct job *job, const struct result *result);

#endif
