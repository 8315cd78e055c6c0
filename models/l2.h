#ifndef NPUSIM_MODELS_L2_H
#define NPUSIM_MODELS_L2_H
/*
 * The tags of the L2: set-associative, least recently used, write-back, lines
 * of 512 bytes in four sectors of 128. Only presence is kept here; time is the
 * business of memory.c.
 */
#include "sim/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define L2_LINE 512
#define L2_SECTOR 128
#define L2_SECTORS 4

struct l2 {
    uint32_t *lines; /* sets of ways, most recently used first; see l2.c */
    uint32_t sets, ways;
    uint32_t stride; /* from a set to the next: ways, and empty ones that fill up */
};

/* What an access found and set in motion. Sector sets have bit i for sector i. */
struct l2_answer {
    uint8_t hit;    /* sectors asked for that were there */
    uint8_t fetch;  /* sectors to be read from memory */
    uint8_t victim; /* sectors of victim_line to be written back; 0: none */
    bool pending;   /* some sectors of the line are marked as on their way */
    uint64_t victim_line;
};

void l2_init(struct l2 *l2, uint64_t bytes, uint32_t ways);
void l2_free(struct l2 *l2);

/*
 * What l2_access would answer to the same request, without touching anything.
 */
struct l2_answer l2_probe(const struct l2 *l2, uint64_t line, uint8_t sectors, uint8_t partial,
                          bool write);

/* The line will be asked for soon: have the host fetch its set, which is here. */
static inline const void *l2_expect(const struct l2 *l2, uint64_t line)
{
    const uint32_t *set = &l2->lines[(size_t)((uint32_t)line % l2->sets) * l2->stride];
    __builtin_prefetch(set);
    __builtin_prefetch(set + l2->ways - 1);
    return set;
}

/* Mark a line, if it is present, as being fetched, or as no longer so. */
void l2_set_pending(struct l2 *l2, uint64_t line, bool pending);

/*
 * Touch `sectors` of a line. A write fetches only the sectors in `partial`,
 * those that it does not cover whole.
 */
struct l2_answer l2_access(struct l2 *l2, uint64_t line, uint8_t sectors, uint8_t partial,
                           bool write);

#endif
