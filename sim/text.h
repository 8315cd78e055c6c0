/* A string that grows, for printers and whole files. */
#ifndef NPUSIM_SIM_TEXT_H
#define NPUSIM_SIM_TEXT_H

#include <stddef.h>

struct text {
    char *at; /* always ends in a zero byte, which length does not count */
    size_t length, capacity;
};

void text_init(struct text *text);
void text_free(struct text *text);

/* Make it empty again, keeping its memory. */
void text_clear(struct text *text);

/* Append bytes, zero bytes included; they must not lie within the text. */
void text_add(struct text *text, const char *bytes, size_t length);

/* Append as printf would. */
void text_addf(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
