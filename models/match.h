#ifndef NPUSIM_MODELS_MATCH_H
#define NPUSIM_MODELS_MATCH_H
/*
 * Looking for a number among others, without a branch on where it is. The vector types are an
 * extension that gcc and clang share, on every machine: left to themselves they make a vector
 * loop of this at one level of optimisation and not at another.
 */
#include <stdint.h>
#include <string.h>

#define MATCH_LANES 4
#define MATCH_MOST 32

typedef uint32_t match_lanes __attribute__((vector_size(MATCH_LANES * sizeof(uint32_t))));

/* Bit i: at[i], of its bits in `mask`, is `key`. Of `count` numbers, at most MATCH_MOST, and
 * what fills up the last MATCH_LANES. */
static inline uint32_t match(const uint32_t *at, uint32_t count, uint32_t mask, uint32_t key)
{
    match_lanes bits = { 1, 2, 4, 8 }, found = { 0 };

    for (uint32_t i = 0; i < count; i += MATCH_LANES) {
        match_lanes lanes;
        memcpy(&lanes, at + i, sizeof lanes);
        found |= (match_lanes)((lanes & mask) == key) & bits;
        bits <<= MATCH_LANES;
    }
    return found[0] | found[1] | found[2] | found[3];
}

/* `count` numbers and what fills up the last lanes. */
static inline uint32_t match_padded(uint32_t count)
{
    return (count + MATCH_LANES - 1) / MATCH_LANES * MATCH_LANES;
}

#endif
