/*
 * cJSON keeps no source positions, but it keeps document order: the n-th key
 * met walking the tree is the n-th key in the text. So a position is found,
 * only once something is wrong, by counting keys in text already known to be
 * JSON.
 */
#include "models/params_locate.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* As cJSON sees it, which takes any control character for a blank. */
static const char *skip_blanks(const char *at)
{
    while (*at != '\0' && (unsigned char)*at <= ' ')
        at++;
    return at;
}

static const char *closing_quote(const char *open)
{
    const char *at = open + 1;
    while (*at != '"')
        at += *at == '\\' ? 2 : 1;
    return at;
}

struct loc text_location(const char *file, const char *text, size_t offset)
{
    struct loc loc = { .file = file, .line = 1, .column = 1 };
    for (size_t i = 0; i < offset; i++) {
        loc.column++;
        if (text[i] == '\n') {
            loc.line++;
            loc.column = 1;
        }
    }
    return loc;
}

/* The opening quote of the n-th key, counted from 0; NULL when there are fewer. */
static const char *nth_key(const char *text, size_t n)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '"')
            continue;
        const char *close = closing_quote(at);
        if (*skip_blanks(close + 1) == ':' && n-- == 0)
            return at;
        at = close;
    }
    return NULL;
}

/* Add to *keys the number of keys below parent and before that of `wanted`; true
 * when `wanted` was met. */
static bool count_keys(const cJSON *parent, const cJSON *wanted, size_t *keys)
{
    for (const cJSON *child = parent->child; child != NULL; child = child->next) {
        if (child == wanted)
            return true;
        if (child->string != NULL)
            ++*keys;
        if (count_keys(child, wanted, keys))
            return true;
    }
    return false;
}

size_t node_offset(const char *text, const cJSON *root, const cJSON *node)
{
    size_t keys = 0;
    const char *at = count_keys(root, node, &keys) ? nth_key(text, keys) : NULL;
    return (size_t)((at != NULL ? at : skip_blanks(text)) - text);
}

struct loc node_location(const char *file, const char *text, const cJSON *root,
                         const cJSON *node)
{
    return text_location(file, text, node_offset(text, root, node));
}
