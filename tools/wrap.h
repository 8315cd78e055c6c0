#ifndef NPUSIM_TOOLS_WRAP_H
#define NPUSIM_TOOLS_WRAP_H
/* Sentences of a table, broken at blanks to stay within WRAP_COLUMNS. */
#include <stdio.h>

#define WRAP_COLUMNS 100

/* Print words, each line indented by `indent`; the first line is taken to have
 * `column` columns already. Ends the line. */
void wrap_print(const char *words, int indent, int column, FILE *out);

#endif
