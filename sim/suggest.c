#include "sim/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define WORD_MAX 63 /* longer words are no names of ours */

static int lower(char c)
{
    return tolower((unsigned char)c);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Typing mistakes between two words of at most WORD_MAX letters: letters left
 * out, put in, replaced, or swapped with their neighbour. */
static unsigned mistakes(const char *a, const char *b)
{
    size_t columns = strlen(b);
    unsigned rows[3][WORD_MAX + 1]; /* row i: from the first i letters of a; a ring */

    for (size_t j = 0; j <= columns; j++)
        rows[0][j] = (unsigned)j;

    size_t i = 0;
    while (a[i] != '\0') {
        i++;
        const unsigned *before_last = rows[(i + 1) % 3], *last = rows[(i + 2) % 3];
        unsigned *row = rows[i % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + !same);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], before_last[j - 2] + 1);
        }
    }
    return rows[i % 3][columns];
}

const char *closest_name(const char *word, const char *const names[], size_t count)
{
    const char *closest = NULL;
    size_t length = strlen(word);
    unsigned fewest = 0;

    for (size_t i = 0; i < count; i++) {
        size_t longer = strlen(names[i]) > length ? strlen(names[i]) : length;
        if (longer > WORD_MAX)
            continue;
        unsigned found = mistakes(word, names[i]);
        bool near = found * 3 <= longer; /* most of the word must be right */
        if (near && (closest == NULL || found < fewest)) {
            closest = names[i];
            fewest = found;
        }
    }
    return closest;
}
