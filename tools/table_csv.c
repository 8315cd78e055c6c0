#include "tools/table_csv.h"

#include "sim/file.h"
#include "sim/mem.h"
#include "tools/hint.h"

#include <string.h>

/*
 * Fields are unquoted in place: what is written never gets ahead of what is
 * read, and the comma or line end after a field makes room for its zero byte.
 */
struct reader {
    struct csv *csv;
    char *at, *end, *write;
    const char *line_start;
    unsigned line;
    size_t field_count;
    struct diag *diag;
};

static struct loc here(const struct reader *reader)
{
    return (struct loc){ reader->csv->file, reader->line,
                         (unsigned)(reader->at - reader->line_start) + 1 };
}

static bool at_line_end(const struct reader *reader)
{
    const char *at = reader->at;
    return at == reader->end || *at == '\n' ||
           (*at == '\r' && at + 1 < reader->end && at[1] == '\n');
}

static void next_line(struct reader *reader)
{
    if (reader->at < reader->end && *reader->at == '\r')
        reader->at++;
    if (reader->at < reader->end)
        reader->at++;
    reader->line++;
    reader->line_start = reader->at;
}

static bool read_quoted(struct reader *reader)
{
    struct loc opening = here(reader);

    reader->at++;
    for (;;) {
        if (reader->at == reader->end)
            return diag_fail(reader->diag, opening, "the quote is never closed");
        if (*reader->at == '"') {
            reader->at++;
            if (reader->at == reader->end || *reader->at != '"')
                break;
        }
        char c = *reader->at++;
        *reader->write++ = c;
        if (c == '\n') {
            reader->line++;
            reader->line_start = reader->at;
        }
    }
    if (!at_line_end(reader) && *reader->at != ',')
        return diag_fail(reader->diag, here(reader),
                         "found text after a closing quote; expected a comma");
    return true;
}

static bool read_plain(struct reader *reader)
{
    while (!at_line_end(reader) && *reader->at != ',') {
        if (*reader->at == '"' || *reader->at == '\0')
            return diag_fail(reader->diag, here(reader),
                             "found a %s inside a field without quotes",
                             *reader->at == '"' ? "quote" : "zero byte");
        *reader->write++ = *reader->at++;
    }
    return true;
}

static bool read_field(struct reader *reader)
{
    struct csv *csv = reader->csv;
    bool quoted = reader->at < reader->end && *reader->at == '"';

    csv->fields = mem_room(csv->fields, reader->field_count, sizeof *csv->fields);
    csv->fields[reader->field_count++] = reader->write;
    return quoted ? read_quoted(reader) : read_plain(reader);
}

/* The fields of a row, and past its end. */
static bool read_row(struct reader *reader, size_t *count)
{
    bool more = true;

    for (*count = 0; more; ++*count) {
        if (!read_field(reader))
            return false;
        char *end = reader->write++;
        more = !at_line_end(reader);
        if (more)
            reader->at++;
        else
            next_line(reader);
        *end = '\0'; /* only now: it may be where the comma was */
    }
    return true;
}

static bool read_rows(struct reader *reader)
{
    struct csv *csv = reader->csv;

    if (!read_row(reader, &csv->columns))
        return false;
    while (reader->at < reader->end) {
        struct csv_row row = { .line = reader->line };
        size_t count;
        if (!read_row(reader, &count))
            return false;
        if (count != csv->columns)
            return diag_fail(reader->diag, (struct loc){ csv->file, row.line, 0 },
                             "the row has %zu fields; expected %zu, as in the first row", count,
                             csv->columns);
        csv->rows = mem_room(csv->rows, csv->row_count, sizeof *csv->rows);
        csv->rows[csv->row_count++] = row;
    }

    /* The array of fields no longer moves. */
    csv->header = (struct csv_row){ 1, csv->fields };
    for (size_t i = 0; i < csv->row_count; i++)
        csv->rows[i].fields = csv->fields + (i + 1) * csv->columns;
    return true;
}

/* Takes the text over. */
static bool parse(struct csv *csv, const char *file, struct text text, struct diag *diag)
{
    *csv = (struct csv){ .file = file, .text = text };
    if (text.length == 0)
        return diag_fail(diag, (struct loc){ .file = file }, "the table is empty");
    struct reader reader = {
        .csv = csv,
        .at = text.at,
        .end = text.at + text.length,
        .write = text.at,
        .line_start = text.at,
        .line = 1,
        .diag = diag,
    };
    return read_rows(&reader);
}

bool csv_parse(struct csv *csv, const char *file, const char *text, size_t length,
               struct diag *diag)
{
    struct text copy;
    text_init(&copy);
    text_add(&copy, text, length);
    return parse(csv, file, copy, diag);
}

bool csv_read(struct csv *csv, const char *path, struct diag *diag)
{
    struct text text;
    text_init(&text);
    if (file_read(path, &text, diag))
        return parse(csv, path, text, diag);
    *csv = (struct csv){ .text = text };
    return false;
}

void csv_free(struct csv *csv)
{
    mem_free(csv->fields);
    mem_free(csv->rows);
    text_free(&csv->text);
    *csv = (struct csv){ 0 };
}

bool csv_column(const struct csv *csv, const char *name, size_t *out, struct diag *diag)
{
    for (size_t i = 0; i < csv->columns; i++) {
        if (strcmp(csv->header.fields[i], name) == 0) {
            *out = i;
            return true;
        }
    }
    return diag_fail(diag, (struct loc){ csv->file, 1, 0 }, "there is no column '%s'%s", name,
                     hint_for(name, csv->header.fields, csv->columns).text);
}
