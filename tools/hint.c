#include "tools/hint.h"

#include "sim/suggest.h"
#include "sim/text.h"

#include <stdio.h>
#include <string.h>

struct hint hint_for(const char *word, const char *const *names, size_t count)
{
    struct hint hint = { "" };
    const char *closest = closest_name(word, names, count);
    if (closest != NULL)
        snprintf(hint.text, sizeof hint.text, "; did you mean '%s'?", closest);
    return hint;
}

struct hint hint_among(const char *word, const char *const *names, size_t count)
{
    struct hint hint = hint_for(word, names, count);
    struct text list;

    if (hint.text[0] != '\0')
        return hint;
    text_init(&list);
    text_addf(&list, "; expected ");
    for (size_t i = 0; i < count; i++)
        text_addf(&list, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", names[i]);
    if (list.length < sizeof hint.text)
        memcpy(hint.text, list.at, list.length + 1);
    text_free(&list);
    return hint;
}
