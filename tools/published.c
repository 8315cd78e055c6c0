#include "tools/published.h"

#include "sim/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const published_kind_names[PUBLISHED_KINDS] = { "measured", "library" };

#define COLUMNS(X)                                                                             \
    X(id)                                                                                      \
    X(suite)                                                                                   \
    X(chip)                                                                                    \
    X(kernel)                                                                                  \
    X(params)                                                                                  \
    X(metric)                                                                                  \
    X(value)                                                                                   \
    X(unit)                                                                                    \
    X(kind)                                                                                    \
    X(source)                                                                                  \
    X(note)

enum column {
#define X(name) COLUMN_##name,
    COLUMNS(X) COLUMN_COUNT
#undef X
};

static const char *const column_names[COLUMN_COUNT] = {
#define X(name) #name,
    COLUMNS(X)
#undef X
};

static bool parse_value(const char *word, double *out)
{
    char *end;
    *out = strtod(word, &end);
    return end != word && *end == '\0' && isfinite(*out) && *out > 0;
}

static bool parse_kind(const char *word, enum published_kind *out)
{
    for (enum published_kind kind = 0; kind < PUBLISHED_KINDS; kind++) {
        if (strcmp(word, published_kind_names[kind]) == 0) {
            *out = kind;
            return true;
        }
    }
    return false;
}

static bool parse_row(const struct csv *csv, const struct csv_row *from,
                      const size_t at[COLUMN_COUNT], struct published_row *row,
                      struct diag *diag)
{
    struct loc loc = { csv->file, from->line, 0 };
    const char *value = from->fields[at[COLUMN_value]], *kind = from->fields[at[COLUMN_kind]];

    *row = (struct published_row){
        .id = from->fields[at[COLUMN_id]],
        .suite = from->fields[at[COLUMN_suite]],
        .chip = from->fields[at[COLUMN_chip]],
        .kernel = from->fields[at[COLUMN_kernel]],
        .params = from->fields[at[COLUMN_params]],
        .metric = from->fields[at[COLUMN_metric]],
        .unit = from->fields[at[COLUMN_unit]],
    };
    if (!parse_value(value, &row->value))
        return diag_fail(diag, loc, "value is '%s'; expected a positive number", value);
    if (!parse_kind(kind, &row->kind))
        return diag_fail(diag, loc, "kind is '%s'; expected measured or library", kind);
    return true;
}

bool published_read(struct published *published, const char *path, struct diag *diag)
{
    struct csv *csv = mem_new(sizeof *csv);
    size_t at[COLUMN_COUNT];

    published->tables =
        mem_room(published->tables, published->table_count, sizeof *published->tables);
    published->tables[published->table_count++] = csv;

    if (!csv_read(csv, path, diag))
        return false;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (!csv_column(csv, column_names[i], &at[i], diag))
            return false;
    }
    for (size_t i = 0; i < csv->row_count; i++) {
        struct published_row row;
        if (!parse_row(csv, &csv->rows[i], at, &row, diag))
            return false;
        published->rows =
            mem_room(published->rows, published->row_count, sizeof *published->rows);
        published->rows[published->row_count++] = row;
    }
    return true;
}

void published_free(struct published *published)
{
    for (size_t i = 0; i < published->table_count; i++) {
        csv_free(published->tables[i]);
        mem_free(published->tables[i]);
    }
    mem_free(published->tables);
    mem_free(published->rows);
    *published = (struct published){ 0 };
}
