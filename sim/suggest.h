/* "did you mean": the name a mistyped word was probably meant to be. */
#ifndef NPUSIM_SIM_SUGGEST_H
#define NPUSIM_SIM_SUGGEST_H

#include <stddef.h>

/* The name nearest to word in typing mistakes, the first of several equally
 * near; NULL when none is near enough to be worth offering. Case is ignored. */
const char *closest_name(const char *word, const char *const names[], size_t count);

#endif
