#ifndef NPUSIM_TOOLS_TABLE_CSV_H
#define NPUSIM_TOOLS_TABLE_CSV_H
/*
 * Tables of comma-separated values (RFC 4180): the first row names the columns,
 * every other row has as many fields. A field in quotes may hold commas, line
 * ends and, doubled, quotes. Lines end in LF or CRLF.
 */
#include "sim/diag.h"
#include "sim/text.h"

#include <stddef.h>

struct csv_row {
    unsigned line;       /* where it begins, from 1 */
    const char **fields; /* as many as there are columns */
};

struct csv {
    const char *file;
    struct text text; /* the fields, each ending in a zero byte */
    const char **fields;
    struct csv_row header, *rows;
    size_t columns, row_count;
};

/* `file` names the text in messages and must outlive the csv; csv_free in any case. */
bool csv_parse(struct csv *csv, const char *file, const char *text, size_t length,
               struct diag *diag);
bool csv_read(struct csv *csv, const char *path, struct diag *diag);
void csv_free(struct csv *csv);

/* The number of a column; false when there is none of that name. */
bool csv_column(const struct csv *csv, const char *name, size_t *out, struct diag *diag);

#endif
