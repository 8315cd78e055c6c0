/*
 * What a user got wrong, and where.
 *
 * A function that can fail on user input returns bool and takes a struct diag
 * last. The first error wins: callers pass it up untouched, and only a main
 * function prints it. The text says what was found and what was expected.
 */
#ifndef NPUSIM_SIM_DIAG_H
#define NPUSIM_SIM_DIAG_H

#include <stdbool.h>
#include <stdio.h>

struct loc {
    const char *file;      /* NULL: no file to blame */
    unsigned line, column; /* from 1; line 0 means the whole file, column 0 the whole line */
};

static inline struct loc loc_nowhere(void)
{
    return (struct loc){ .file = NULL };
}

/* Zero-initialised, it holds no error. It keeps what it is told: nothing is borrowed. */
struct diag {
    char file[256]; /* empty: no file to blame; a longer name loses its beginning */
    unsigned line, column;
    char text[240]; /* empty: no error so far */
};

/* Record the error, unless there is one already, and return false. */
bool diag_fail(struct diag *diag, struct loc loc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "file:line:column: error: text", leaving out what is not known. */
void diag_print(const struct diag *diag, FILE *out);

#endif
