#include "tools/calibration.h"

#include "sim/mem.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS(X)                                                                             \
    X(parameter)                                                                               \
    X(config)                                                                                  \
    X(from)                                                                                    \
    X(to)                                                                                      \
    X(step)                                                                                    \
    X(rows)                                                                                    \
    X(why)

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

static bool parse_number(const struct csv *csv, const struct csv_row *row, size_t column,
                         double *out, struct diag *diag)
{
    const char *word = row->fields[column];
    char *end;
    *out = strtod(word, &end);
    return (end != word && *end == '\0' && isfinite(*out)) ||
           diag_fail(diag, (struct loc){ csv->file, row->line, 0 },
                     "%s is '%s'; expected a number", csv->header.fields[column], word);
}

static bool parse_param(const char *word, enum param_id *out)
{
    for (*out = 0; *out < PARAM_COUNT; ++*out) {
        if (strcmp(param_info[*out].name, word) == 0)
            return true;
    }
    return false;
}

static bool parse_fit(const struct csv *csv, const struct csv_row *row,
                      const size_t at[COLUMN_COUNT], struct fit *fit, struct diag *diag)
{
    struct loc loc = { csv->file, row->line, 0 };

    *fit = (struct fit){ .config = row->fields[at[COLUMN_config]],
                         .rows = row->fields[at[COLUMN_rows]],
                         .why = row->fields[at[COLUMN_why]],
                         .line = row->line };
    if (strpbrk(fit->why, "\"\\") != NULL || strpbrk(fit->rows, "\"\\") != NULL)
        return diag_fail(diag, loc,
                         "a quotation mark or a backslash in what goes into a config");
    if (!parse_param(row->fields[at[COLUMN_parameter]], &fit->param))
        return diag_fail(diag, loc, "there is no parameter '%s'",
                         row->fields[at[COLUMN_parameter]]);
    if (!parse_number(csv, row, at[COLUMN_from], &fit->from, diag) ||
        !parse_number(csv, row, at[COLUMN_to], &fit->to, diag) ||
        !parse_number(csv, row, at[COLUMN_step], &fit->step, diag))
        return false;

    const struct param_info *info = &param_info[fit->param];
    if (fit->from < info->min || fit->to > info->max || fit->from >= fit->to || fit->step <= 0)
        return diag_fail(
            diag, loc, "the range of %s is %g..%g in steps of %g; expected part of %g..%g %s",
            info->name, fit->from, fit->to, fit->step, info->min, info->max, info->unit);
    return true;
}

bool calibration_load(struct calibration *calibration, const char *folder, struct diag *diag)
{
    struct csv *csv = &calibration->csv;
    size_t at[COLUMN_COUNT];

    text_init(&calibration->path);
    text_addf(&calibration->path, "%s/calibration.csv", folder);
    if (!csv_read(csv, calibration->path.at, diag))
        return false;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (!csv_column(csv, column_names[i], &at[i], diag))
            return false;
    }
    calibration->fits = mem_array(csv->row_count, sizeof *calibration->fits);
    for (; calibration->count < csv->row_count; calibration->count++) {
        size_t i = calibration->count;
        if (!parse_fit(csv, &csv->rows[i], at, &calibration->fits[i], diag))
            return false;
    }
    return true;
}

void calibration_free(struct calibration *calibration)
{
    csv_free(&calibration->csv);
    text_free(&calibration->path);
    mem_free(calibration->fits);
    *calibration = (struct calibration){ 0 };
}

bool fit_uses(const struct fit *fit, const char *row_id)
{
    const char *word = fit->rows;
    char pattern[128];

    for (; *word != '\0'; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (length < sizeof pattern) {
            memcpy(pattern, word, length);
            pattern[length] = '\0';
            if (fnmatch(pattern, row_id, 0) == 0)
                return true;
        }
        word += length;
    }
    return false;
}

bool calibration_uses(const struct calibration *calibration, const char *row_id)
{
    for (size_t i = 0; i < calibration->count; i++) {
        if (fit_uses(&calibration->fits[i], row_id))
            return true;
    }
    return false;
}
