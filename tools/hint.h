#ifndef NPUSIM_TOOLS_HINT_H
#define NPUSIM_TOOLS_HINT_H
/* The end of an error about a name: "; did you mean 'x'?", or nothing. */
#include <stddef.h>

struct hint {
    char text[160];
};

struct hint hint_for(const char *word, const char *const *names, size_t count);

/* Where none is near, all of them, "; expected a, b or c", unless they are too many. */
struct hint hint_among(const char *word, const char *const *names, size_t count);

#endif
