#include "tools/statistics.h"

#include "sim/mem.h"

#include <math.h>
#include <stdlib.h>

struct ranked {
    double value;
    size_t at;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;
    return (left->value > right->value) - (left->value < right->value);
}

static double *ranks(const double *values, size_t count)
{
    struct ranked *sorted = mem_array(count, sizeof *sorted);
    double *out = mem_array(count, sizeof *out);

    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct ranked){ values[i], i };
    qsort(sorted, count, sizeof *sorted, by_value);
    for (size_t first = 0, next; first < count; first = next) {
        next = first + 1;
        while (next < count && sorted[next].value == sorted[first].value)
            next++;
        for (size_t i = first; i < next; i++)
            out[sorted[i].at] = (double)(first + next - 1) / 2;
    }
    mem_free(sorted);
    return out;
}

/* Pearson's correlation; the mean of ranks 0..count-1 is known, ties or not. */
static double correlation(const double *a, const double *b, size_t count)
{
    double mean = ((double)count - 1) / 2;
    double ab = 0, aa = 0, bb = 0;

    for (size_t i = 0; i < count; i++) {
        ab += (a[i] - mean) * (b[i] - mean);
        aa += (a[i] - mean) * (a[i] - mean);
        bb += (b[i] - mean) * (b[i] - mean);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : NAN;
}

double rank_correlation(const double *a, const double *b, size_t count)
{
    double *rank_a = ranks(a, count), *rank_b = ranks(b, count);
    double out = correlation(rank_a, rank_b, count);
    mem_free(rank_a);
    mem_free(rank_b);
    return out;
}
