#ifndef NPUSIM_TOOLS_WORDS_H
#define NPUSIM_TOOLS_WORDS_H
/* A list of words of the command line. The words themselves are borrowed. */
#include <stddef.h>

/* Begins as all zero. */
struct words {
    const char **at;
    size_t count;
};

void words_add(struct words *words, const char *word);
void words_free(struct words *words);

#endif
