#ifndef NPUSIM_KERNELS_WHOLE_H
#define NPUSIM_KERNELS_WHOLE_H
/* Whole-number arithmetic of tile sizes; none of it is negative. */
#include <stdint.h>

static inline int64_t ceil_div(int64_t x, int64_t by)
{
    return (x + by - 1) / by;
}

static inline int64_t round_up(int64_t x, int64_t to)
{
    return ceil_div(x, to) * to;
}

static inline int64_t lesser(int64_t x, int64_t y)
{
    return x < y ? x : y;
}

#endif
