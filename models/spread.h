#ifndef NPUSIM_MODELS_SPREAD_H
#define NPUSIM_MODELS_SPREAD_H
/*
 * How lines are spread over slices and channels. Consecutive lines go round;
 * the higher address bits turn the round by a hash, so that strides of powers
 * of two do not camp on one place.
 */
#include <stdint.h>

static inline uint32_t spread_line(uint64_t line, uint32_t places)
{
    uint64_t round = line / places;
    uint64_t turn = round * UINT64_C(0x9E3779B97F4A7C15) >> 40; /* golden-ratio hash */
    return (uint32_t)((line + turn) % places);
}

#endif
