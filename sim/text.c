#include "sim/text.h"

#include "sim/assert.h"
#include "sim/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_FIRST 64 /* bytes; a line or so */

void text_init(struct text *text)
{
    *text = (struct text){ .at = mem_new(TEXT_FIRST), .capacity = TEXT_FIRST };
}

void text_free(struct text *text)
{
    mem_free(text->at);
    *text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
    text->length = 0;
    text->at[0] = '\0';
}

/* Make room for `bytes` more. */
static void reserve(struct text *text, size_t bytes)
{
    SIM_ASSERT(bytes < SIZE_MAX / 4);
    size_t needed = text->length + bytes + 1;
    if (needed <= text->capacity)
        return;
    while (text->capacity < needed)
        text->capacity *= 2;
    text->at = mem_grow(text->at, text->capacity);
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    reserve(text, length);
    if (length != 0) /* memcpy from NULL is undefined even for nothing */
        memcpy(text->at + text->length, bytes, length);
    text->length += length;
    text->at[text->length] = '\0';
}

void text_addf(struct text *text, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);

    /* Nearly always the room there is will do; otherwise it says how much will. */
    size_t room = text->capacity - text->length;
    int length = vsnprintf(text->at + text->length, room, fmt, args);
    SIM_ASSERT(length >= 0);
    if ((size_t)length >= room) {
        reserve(text, (size_t)length);
        vsnprintf(text->at + text->length, (size_t)length + 1, fmt, again);
    }
    text->length += (size_t)length;

    va_end(again);
    va_end(args);
}
