#ifndef NPUSIM_KERNELS_ENEC_ENEC_SEARCH_H
#define NPUSIM_KERNELS_ENEC_ENEC_SEARCH_H
/*
 * The choice of (b, n, m) for a tensor from the histogram of its exponents, as published
 * (section V-E of the paper). With l and h the least and the greatest exponent:
 *
 *   every b in l+1 .. h-1 needs n = max(bitlen(b - l), bitlen(h - b - 1)) + 1 bits; of those
 *   with n <= 8 the one with the least D = sum p(e) ((b - e) mod 2^n) is taken, the lowest of
 *   equals; then of m in 1 .. n-1 the one with the least
 *
 *   B = 1/16 + n + (m - n) p(y < 2^m)^16     bits for an exponent
 *
 * The published code stops at the first rise of D above the most frequent exponent; this
 * looks at every b. With l = h it is (l, 1, 1). The paper leaves h = l + 1 open, where there
 * is no b between: (l, 1, 1) holds both. Every choice represents all exponents.
 */
#include "kernels/enec/enec.h"

#define ENEC_EXPONENTS 256

struct enec_histogram {
    uint64_t count[ENEC_EXPONENTS];
};

struct enec_choice {
    unsigned b, n, m;
    double exponent_bits; /* B, for an element; 0 when there is none */
};

/* Count the exponents of elements on top of what was counted. */
void enec_count(enum dtype type, const void *data, uint64_t elements,
                struct enec_histogram *histogram);

struct enec_choice enec_search(const struct enec_histogram *histogram);

/* Bits for an element of a type that are no exponent. */
unsigned enec_raw_bits(enum dtype type);

#endif
