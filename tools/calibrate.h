#ifndef NPUSIM_TOOLS_CALIBRATE_H
#define NPUSIM_TOOLS_CALIBRATE_H
/*
 * Fitting one parameter to published rows: the value in its range, on a grid of its
 * step, with the least mean absolute error over the rows.
 */
#include "tools/calibration.h"

struct fitted {
    double value, error_percent; /* mean absolute, at the value */
    size_t rows, runs;           /* used; values tried */
};

/*
 * Other parameters stand as the configs have them. The search halves its steps around
 * the best value so far, so it finds the least error of a curve with one dip. False
 * when a row cannot run or the plan names none.
 */
bool calibrate_fit(const struct fit *fit, const struct published *published, struct fitted *out,
                   struct diag *diag);

/* Write the value into its config, in `folder`, as FITTED with what it was fitted to;
 * nothing else in the file changes. */
bool calibrate_write(const struct fit *fit, const struct fitted *fitted, const char *folder,
                     struct diag *diag);

#endif
