#ifndef NPUSIM_TOOLS_ENEC_REPORT_H
#define NPUSIM_TOOLS_ENEC_REPORT_H
/* What became of each tensor: a table, and JSON. */
#include "tools/enec_wrapper.h"

/* `index` has its entries; the ratio is that of the whole files. `json` as on the command
 * line, or NULL. */
bool enec_report(const char *file, const struct enec_index *index, const char *json,
                 struct diag *diag);

/* Dimensions of a table's name column: the longest name, within reason. */
int enec_name_width(const struct tensors *tensors);

#endif
