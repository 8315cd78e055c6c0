#include "sim/diag.h"

#include <stdarg.h>
#include <string.h>

/* A text that was cut must not read as if it were whole. */
static void mark_as_cut(char *text, size_t size)
{
    memcpy(text + size - sizeof "...", "...", sizeof "...");
}

/* The end of a path says more than its beginning. */
static void keep_name(char *kept, size_t size, const char *name)
{
    size_t length = name == NULL ? 0 : strlen(name);
    if (length < size)
        snprintf(kept, size, "%s", length == 0 ? "" : name);
    else
        snprintf(kept, size, "...%s", name + length - (size - sizeof "..."));
}

bool diag_fail(struct diag *diag, struct loc loc, const char *fmt, ...)
{
    if (diag->text[0] != '\0')
        return false;

    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(diag->text, sizeof diag->text, fmt, args);
    va_end(args);

    if (length >= (int)sizeof diag->text)
        mark_as_cut(diag->text, sizeof diag->text);
    keep_name(diag->file, sizeof diag->file, loc.file);
    diag->line = loc.line;
    diag->column = loc.column;
    return false;
}

void diag_print(const struct diag *diag, FILE *out)
{
    if (diag->file[0] != '\0') {
        fprintf(out, "%s:", diag->file);
        if (diag->line != 0)
            fprintf(out, "%u:", diag->line);
        if (diag->line != 0 && diag->column != 0)
            fprintf(out, "%u:", diag->column);
        fputc(' ', out);
    }
    fprintf(out, "error: %s\n", diag->text);
}
