#ifndef NPUSIM_TOOLS_PUBLISHED_H
#define NPUSIM_TOOLS_PUBLISHED_H
/*
 * Published measurements: tables with the columns id, suite, chip, kernel,
 * params, metric, value, unit, kind, source and note.
 */
#include "tools/table_csv.h"

#include <stdint.h>

enum published_kind {
    PUBLISHED_MEASURED, /* of a schedule that we know */
    PUBLISHED_LIBRARY,  /* of a vendor's library, of a schedule that we do not */
    PUBLISHED_KINDS
};

extern const char *const published_kind_names[PUBLISHED_KINDS];

struct published_row {
    const char *id, *suite, *chip, *kernel, *params, *metric, *unit;
    double value;
    enum published_kind kind;
};

/* Begins as all zero; a table appended to it stays until published_free. */
struct published {
    struct csv **tables;
    size_t table_count;
    struct published_row *rows;
    size_t row_count;
};

/* `path` must outlive it. */
bool published_read(struct published *published, const char *path, struct diag *diag);
void published_free(struct published *published);

#endif
