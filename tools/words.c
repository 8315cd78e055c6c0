#include "tools/words.h"

#include "sim/mem.h"

void words_add(struct words *words, const char *word)
{
    words->at = mem_room(words->at, words->count, sizeof *words->at);
    words->at[words->count++] = word;
}

void words_free(struct words *words)
{
    mem_free(words->at);
    *words = (struct words){ 0 };
}
