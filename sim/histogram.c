#include "sim/histogram.h"

/* The largest value that falls into a bucket. */
static uint64_t bucket_end(uint32_t bucket)
{
    if (bucket < 2u << HISTOGRAM_BITS)
        return bucket;
    uint32_t shift = (bucket >> HISTOGRAM_BITS) - 1;
    uint64_t lead = (bucket & ((1u << HISTOGRAM_BITS) - 1)) + (1u << HISTOGRAM_BITS);
    return ((lead + 1) << shift) - 1;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    histogram->total += other->total;
    if (other->most > histogram->most)
        histogram->most = other->most;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        histogram->buckets[i] += other->buckets[i];
}

uint64_t histogram_percentile(const struct histogram *histogram, double percent)
{
    double wanted = (double)histogram->total * percent / 100;
    uint64_t seen = 0;

    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > 0 && (double)seen >= wanted) {
            uint64_t end = bucket_end(i);
            return end < histogram->most ? end : histogram->most;
        }
    }
    return 0;
}
