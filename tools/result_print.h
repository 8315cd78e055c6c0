#ifndef NPUSIM_TOOLS_RESULT_PRINT_H
#define NPUSIM_TOOLS_RESULT_PRINT_H
/* A result for people, at most 100 columns wide. */
#include "tools/simulate.h"

#include <stdio.h>

void result_print(const struct job *job, const struct result *result, FILE *out);

/* What each core of a deadlock waits on, except what the diag says already. */
void result_print_stuck(const struct result *result, const struct diag *diag, FILE *out);

#endif
