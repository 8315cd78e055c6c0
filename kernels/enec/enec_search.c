#include "kernels/enec/enec_search.h"

#include <string.h>

/* --- counting --- */

#define TABLES 4         /* so that equal neighbours do not wait for one another's counter */
#define CHUNK_LANES 8192 /* 16-bit lanes copied at a time: data may be unaligned */

unsigned enec_raw_bits(enum dtype type)
{
    return type == DT_bf16 ? 8 : type == DT_f16 ? 11 : 24;
}

static void count_lanes(const uint16_t *lanes, size_t count, unsigned step, unsigned shift,
                        unsigned kept, uint32_t tables[TABLES][ENEC_EXPONENTS])
{
    size_t i = step - 1; /* of an f32, the upper half */
    for (; i + 3 * step < count; i += 4 * step) {
        tables[0][lanes[i] >> shift & kept]++;
        tables[1][lanes[i + step] >> shift & kept]++;
        tables[2][lanes[i + 2 * step] >> shift & kept]++;
        tables[3][lanes[i + 3 * step] >> shift & kept]++;
    }
    for (; i < count; i += step)
        tables[0][lanes[i] >> shift & kept]++;
}

void enec_count(enum dtype type, const void *data, uint64_t elements,
                struct enec_histogram *histogram)
{
    unsigned step = type == DT_f32 ? 2 : 1;
    unsigned shift = type == DT_f16 ? 10 : 7, kept = type == DT_f16 ? 0x1f : 0xff;
    const uint8_t *at = data;

    for (uint64_t left = elements * step; left != 0;) {
        uint32_t tables[TABLES][ENEC_EXPONENTS] = { { 0 } };
        uint16_t lanes[CHUNK_LANES];
        size_t count = left < CHUNK_LANES ? (size_t)left : CHUNK_LANES;
        memcpy(lanes, at, count * sizeof *lanes);
        count_lanes(lanes, count, step, shift, kept, tables);
        for (size_t e = 0; e < ENEC_EXPONENTS; e++)
            histogram->count[e] +=
                (uint64_t)tables[0][e] + tables[1][e] + tables[2][e] + tables[3][e];
        at += count * sizeof *lanes;
        left -= count;
    }
}

/* --- choosing --- */

static unsigned bit_length(unsigned x)
{
    unsigned length = 0;
    for (; x != 0; x >>= 1)
        length++;
    return length;
}

static unsigned transformed(unsigned b, unsigned e, unsigned n)
{
    return (b - e) & ((1u << n) - 1);
}

static unsigned width_for(unsigned b, unsigned least, unsigned most)
{
    unsigned below = bit_length(b - least), above = bit_length(most - b - 1);
    return (below > above ? below : above) + 1;
}

/* D, times the number of elements. */
static uint64_t distance(const struct enec_histogram *histogram, unsigned b, unsigned n)
{
    uint64_t sum = 0;
    for (unsigned e = 0; e < ENEC_EXPONENTS; e++)
        sum += histogram->count[e] * transformed(b, e, n);
    return sum;
}

static double power_16(double p)
{
    for (unsigned i = 0; i < 4; i++)
        p *= p;
    return p;
}

static double exponent_bits(const struct enec_histogram *histogram, uint64_t total, unsigned b,
                            unsigned n, unsigned m)
{
    uint64_t fits = 0;
    for (unsigned e = 0; e < ENEC_EXPONENTS; e++)
        fits += transformed(b, e, n) < 1u << m ? histogram->count[e] : 0;
    double p = (double)fits / (double)total;
    return 1.0 / ENEC_GROUP + n - (double)(n - m) * power_16(p);
}

static void choose_b(const struct enec_histogram *histogram, unsigned least, unsigned most,
                     struct enec_choice *choice)
{
    uint64_t best = UINT64_MAX;
    for (unsigned b = least + 1; b < most; b++) {
        unsigned n = width_for(b, least, most);
        if (n > ENEC_WIDTH_MAX)
            continue;
        uint64_t sum = distance(histogram, b, n);
        if (sum < best) {
            best = sum;
            choice->b = b;
            choice->n = n;
        }
    }
}

struct enec_choice enec_search(const struct enec_histogram *histogram)
{
    unsigned least = ENEC_EXPONENTS, most = 0;
    uint64_t total = 0;
    for (unsigned e = 0; e < ENEC_EXPONENTS; e++) {
        if (histogram->count[e] == 0)
            continue;
        least = least < e ? least : e;
        most = e;
        total += histogram->count[e];
    }
    if (total == 0)
        return (struct enec_choice){ .n = 1, .m = 1 };

    struct enec_choice choice = { .b = least, .n = 1 };
    choose_b(histogram, least, most, &choice);
    choice.m = 1;
    choice.exponent_bits = exponent_bits(histogram, total, choice.b, choice.n, 1);
    for (unsigned m = 2; m < choice.n; m++) {
        double bits = exponent_bits(histogram, total, choice.b, choice.n, m);
        if (bits < choice.exponent_bits) {
            choice.exponent_bits = bits;
            choice.m = m;
        }
    }
    return choice;
}
