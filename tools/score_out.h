#ifndef NPUSIM_TOOLS_SCORE_OUT_H
#define NPUSIM_TOOLS_SCORE_OUT_H
/* Scores as one page for people, or more when all rows are asked for; and in full as JSON. */
#include "tools/score.h"

#include <cjson/cJSON.h>

void score_print(const struct score *scores, size_t count, const struct suite *suites,
                 size_t suite_count, bool all);

/* The caller frees it with cJSON_Delete. */
cJSON *score_json(const struct score *scores, size_t count, const struct suite *suites,
                  size_t suite_count);

#endif
