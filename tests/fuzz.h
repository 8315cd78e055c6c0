/*
 * Inputs that nobody would write: mutations of good ones, from a seed, for a second or
 * NPUSIM_FUZZ_SECONDS of the environment.
 */
#ifndef NPUSIM_TESTS_FUZZ_H
#define NPUSIM_TESTS_FUZZ_H

#include "sim/text.h"

#include <stdbool.h>
#include <stdint.h>

/* When to stop, and whether that is so. */
double fuzz_deadline(void);
bool fuzz_is_over(double deadline);

/* One change within the first `within` bytes: of a byte, or of a few, which may become one
 * of the snippets. */
void fuzz_mutate(struct text *text, size_t within, const char *const *snippets, size_t count,
                 uint64_t *seed);

struct text fuzz_copy(const struct text *text);

/* For cmocka's group set-up: more memory than any input accounts for is an error. Not under
 * the address sanitizer, whose shadow is larger. */
int fuzz_limit_memory(void);

#endif
