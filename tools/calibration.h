#ifndef NPUSIM_TOOLS_CALIBRATION_H
#define NPUSIM_TOOLS_CALIBRATION_H
/*
 * The plan of the calibration, configs/calibration.csv: which free parameters are
 * fitted, in which config they stand, within which range that is physically plausible,
 * and to which of the published rows. Rows that no fit uses are the unfitted ones.
 */
#include "models/params.h"
#include "tools/published.h"
#include "tools/table_csv.h"

struct fit {
    enum param_id param;
    const char *config; /* "ascend910b1": the chip whose file holds the parameter */
    double from, to, step;
    const char *rows; /* ids, separated by blanks; a * stands for anything */
    const char *why;  /* the range, and what the parameter is */
    unsigned line;
};

/* Begins as all zero. */
struct calibration {
    struct csv csv;
    struct text path;
    struct fit *fits;
    size_t count;
};

/* From `folder`. Free it, on failure too. */
bool calibration_load(struct calibration *calibration, const char *folder, struct diag *diag);
void calibration_free(struct calibration *calibration);

/* Whether a row belongs to what a parameter is fitted to, and to what any is. */
bool fit_uses(const struct fit *fit, const char *row_id);
bool calibration_uses(const struct calibration *calibration, const char *row_id);

#endif
