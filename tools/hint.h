#ifndef NPUSIM_TOOLS_HINT_H
#define NPUSIM_TOOLS_HINT_H
/* The end of an error about a name: "; did you mean 'x'?", or nothing. */
#include <stddef.h>

struct hint {
    char text[96];
};

struct hint hint_for(const char *word, const char *const *names, size_t count);

#endif
