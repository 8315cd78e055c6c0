#ifndef NPUSIM_SIM_HISTOGRAM_H
#define NPUSIM_SIM_HISTOGRAM_H
/*
 * How often each size of a value was seen. Buckets grow with the value: each power
 * of two is cut into 32, so a percentile is at most 1/32 above the true one.
 */
#include <stdint.h>

#define HISTOGRAM_BITS 5
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

struct histogram {
    uint64_t total;
    uint64_t most; /* the largest value */
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

static inline uint32_t histogram_bucket(uint64_t value)
{
    if (value < 1u << HISTOGRAM_BITS)
        return (uint32_t)value;
    uint32_t shift = 63u - HISTOGRAM_BITS - (uint32_t)__builtin_clzll(value);
    return (uint32_t)(value >> shift) + (shift << HISTOGRAM_BITS);
}

static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->total++;
    histogram->buckets[histogram_bucket(value)]++;
    if (value > histogram->most)
        histogram->most = value;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* The value that `percent` (0 < percent <= 100) of all do not exceed, rounded up to
 * the end of its bucket; 0 when there is none. */
uint64_t histogram_percentile(const struct histogram *histogram, double percent);

#endif
