#ifndef NPUSIM_TOOLS_SCORE_H
#define NPUSIM_TOOLS_SCORE_H
/*
 * Published rows against the simulator. A measured row is scored by its error,
 * to either side. A library's schedule is not known: ours should come within
 * LIBRARY_SLACK of its time, and not below what the chip can do at all; such rows
 * are judged but not averaged.
 */
#include "tools/calibration.h"
#include "tools/published.h"
#include "tools/words.h"

#include <stdbool.h>

#define LIBRARY_SLACK 1.15

#define SCORE_ERROR_BYTES 544 /* a diag as it is printed: its file, place and text */

enum score_status {
    SCORE_OK,
    SCORE_FAILED, /* the row could not run; problem says why */
    SCORE_SLOW,   /* more than LIBRARY_SLACK times the library's time */
    SCORE_FAST,   /* less than the chip could need at best */
    SCORE_STATUSES
};

extern const char *const score_status_names[SCORE_STATUSES];

struct score {
    const struct published_row *row;
    enum score_status status;
    bool fitted;                     /* a parameter was fitted to this row */
    double simulated, error_percent; /* signed; not of a row that failed */
    char problem[SCORE_ERROR_BYTES];
};

/* A suite's rows, and the errors of those that are measured and ran. */
struct suite {
    const char *name;
    size_t rows, failed, averaged, fitted;   /* the last: of those averaged */
    double mape_percent;                     /* mean absolute percentage error */
    double fitted_percent, unfitted_percent; /* the same of either kind; NAN when none */
    const struct score *worst;               /* NULL when none is averaged */
    double rank;                             /* Spearman; NAN when there is no order */
};

/* Simulate each row without data; scores has room for all, in the same order. `sets`,
 * which may be NULL, are applied to every chip: "hbm.clock=1400". */
void score_rows(const struct published *published, const struct words *sets,
                struct score *scores);

void score_mark_fitted(struct score *scores, size_t count,
                       const struct calibration *calibration);

/* In order of appearance; free the array with mem_free. */
struct suite *score_suites(const struct score *scores, size_t count, size_t *suite_count);

#endif
