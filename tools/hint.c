#include "tools/hint.h"

#include "sim/suggest.h"

#include <stdio.h>

struct hint hint_for(const char *word, const char *const *names, size_t count)
{
    struct hint hint = { "" };
    const char *closest = closest_name(word, names, count);
    if (closest != NULL)
        snprintf(hint.text, sizeof hint.text, "; did you mean '%s'?", closest);
    return hint;
}
