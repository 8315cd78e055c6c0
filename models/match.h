#ifndef NPUSIM_MODELS_MATCH_H
#define NPUSIM_MODELS_MATCH_H
/*
 * Looking for a number among others, a group at a time: a loop of a fixed number of turns
 * becomes vector instructions, and where in the group it is found is no branch.
 */
#include <stdint.h>

#define MATCH_GROUP 8

/* Bit i: at[i], of its bits in `mask`, is `key`. */
static inline uint32_t match_group(const uint32_t at[MATCH_GROUP], uint32_t mask, uint32_t key)
{
    static const uint32_t bits[MATCH_GROUP] = { 1, 2, 4, 8, 16, 32, 64, 128 };
    uint32_t found = 0;

    for (uint32_t i = 0; i < MATCH_GROUP; i++)
        found |= (at[i] & mask) == key ? bits[i] : 0;
    return found;
}

/* `count` numbers and what fills up the last group. */
static inline uint32_t match_padded(uint32_t count)
{
    return (count + MATCH_GROUP - 1) / MATCH_GROUP * MATCH_GROUP;
}

#endif
