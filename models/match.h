#ifndef NPUSIM_MODELS_MATCH_H
#define NPUSIM_MODELS_MATCH_H
/*
 * Looking for a number among others, without a branch on where it is. The vector types are an
 * extension that gcc and clang share, on every machine: left to themselves they make a vector
 * loop of this at one level of optimisation and not at another.
 */
#include <stdint.h>
#include <string.h>

#define MATCH_LANES 4 /* of a vector; two at a time are looked at */
#define MATCH_STEP (2 * MATCH_LANES)
#define MATCH_MOST 32

typedef uint32_t match_lanes __attribute__((vector_size(MATCH_LANES * sizeof(uint32_t))));

/* All bits of a lane: that number, of its bits in `mask`, is `key`. */
static inline match_lanes match_each(const uint32_t *at, uint32_t mask, uint32_t key)
{
    match_lanes lanes;
    memcpy(&lanes, at, sizeof lanes);
    return (match_lanes)((lanes & mask) == key);
}

/* Bit i: at[i], of its bits in `mask`, is `key`. Of `count` numbers, at most MATCH_MOST, and
 * what fills up the last MATCH_STEP. */
static inline uint32_t match(const uint32_t *at, uint32_t count, uint32_t mask, uint32_t key)
{
    match_lanes low = { 1, 2, 4, 8 }, high = low << MATCH_LANES, found = { 0 };

    for (const uint32_t *end = at + count; at < end; at += MATCH_STEP) {
        found |= (match_each(at, mask, key) & low) |
                 (match_each(at + MATCH_LANES, mask, key) & high);
        low <<= MATCH_STEP;
        high <<= MATCH_STEP;
    }
    uint64_t pairs[2];
    memcpy(pairs, &found, sizeof pairs);
    pairs[0] |= pairs[1];
    return (uint32_t)(pairs[0] | pairs[0] >> 32);
}

/* `count` numbers and what fills up the last MATCH_STEP. */
static inline uint32_t match_padded(uint32_t count)
{
    return (count + MATCH_STEP - 1) / MATCH_STEP * MATCH_STEP;
}

#endif
