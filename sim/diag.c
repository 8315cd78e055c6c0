#include "sim/diag.h"

#include <stdarg.h>
#include <string.h>

/* A text that was cut must not read as if it were whole. */
static void mark_as_cut(char *text, size_t size)
{
    memcpy(text + size - sizeof "...", "...", sizeof "...");
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
    diag->loc = loc;
    return false;
}

void diag_print(const struct diag *diag, FILE *out)
{
    const struct loc *loc = &diag->loc;

    if (loc->file != NULL) {
        fprintf(out, "%s:", loc->file);
        if (loc->line != 0)
            fprintf(out, "%u:", loc->line);
        if (loc->line != 0 && loc->column != 0)
            fprintf(out, "%u:", loc->column);
        fputc(' ', out);
    }
    fprintf(out, "error: %s\n", diag->text);
}
