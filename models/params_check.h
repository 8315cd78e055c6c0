#ifndef NPUSIM_MODELS_PARAMS_CHECK_H
#define NPUSIM_MODELS_PARAMS_CHECK_H
/*
 * What a value must satisfy, wherever it comes from. These say what is wrong
 * in words and leave it to the caller to say where.
 */
#include "models/params.h"

#define PARAM_WHY 200  /* bytes of a reason */
#define PARAM_QUOTE 48 /* bytes of a quoted word */

/* Give a parameter a value in units, if it is in range and a whole number of
 * 1/scale units. */
bool param_accept(struct params *params, enum param_id id, double value, char why[PARAM_WHY]);

/* A broken rule among parameters: those it is about, at most three, and why. */
struct param_fault {
    enum param_id about[3]; /* PARAM_COUNT: no more */
    char why[PARAM_WHY];
};

/* What no range can say, because it is about several parameters or divisibility. */
bool params_check(const struct params *params, struct param_fault *fault);

/* Replace a text that a chip owns by a copy of another. */
void param_keep(char **kept, const char *text);

/* A word of the user's as it may stand in a one-line message: in quotes, cut when
 * long, with a question mark for what cannot be printed. */
const char *param_quote(const char *word, char out[PARAM_QUOTE]);

#endif
