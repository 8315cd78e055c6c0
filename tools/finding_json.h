#ifndef NPUSIM_TOOLS_FINDING_JSON_H
#define NPUSIM_TOOLS_FINDING_JSON_H
/* What the checker has found, for programs. */
#include "kernels/ir/finding.h"

#include <cjson/cJSON.h>

/* An object with the code, where it is, what was found and expected; the caller's to free. */
cJSON *finding_json(const struct finding *finding);

/* An array with one object for each of a severity. */
cJSON *findings_json(const struct findings *findings, enum severity severity);

/* One object a line for each error, and each advice if asked for: to a file, replaced all at
 * once, or for "-" to the standard output. */
bool findings_json_lines(const struct findings *findings, bool advice, const char *path,
                         struct diag *diag);

#endif
