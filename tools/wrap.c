#include "tools/wrap.h"

#include <string.h>

void wrap_print(const char *words, int indent, int column, FILE *out)
{
    const char *gap = "";

    if (column < indent)
        column += fprintf(out, "%*s", indent - column, "");
    while (*words != '\0') {
        int length = (int)strcspn(words, " ");
        if (column + (int)strlen(gap) + length > WRAP_COLUMNS && *gap != '\0') {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            gap = "";
        }
        column += fprintf(out, "%s%.*s", gap, length, words);
        words += length;
        words += strspn(words, " ");
        gap = " ";
    }
    fputc('\n', out);
}
