#ifndef NPUSIM_KERNELS_DATA_H
#define NPUSIM_KERNELS_DATA_H
/* Inputs and comparison for the built-in kernels: the same on every machine. */
#include "kernels/kernel.h"

/* A small generator (splitmix64); seed it with any number. */
struct random {
    uint64_t state;
};

uint64_t random_next(struct random *random);

/* A double in [-1, 1) with 24 significant bits. */
double random_unit(struct random *random);

void data_random_bytes(uint8_t *data, uint64_t bytes, uint64_t seed);

/* Element i of an array as a number, and set to the nearest representable one. */
double data_get(enum dtype type, const uint8_t *data, uint64_t index);
void data_set(enum dtype type, uint8_t *data, uint64_t index, double value);

/* Uniform values: floats in [-scale, scale), integers over their whole range. */
void data_random(enum dtype type, uint8_t *data, uint64_t elements, double scale,
                 uint64_t seed);

/* Uniform values in [low, high), or of integers the whole numbers low..high. */
void data_range(enum dtype type, uint8_t *data, uint64_t elements, double low, double high,
                uint64_t seed);

/* Compare value by value. */
void verdict_begin(struct verdict *verdict, double tolerance);
void verdict_value(struct verdict *verdict, const char *tensor, int64_t row, int64_t column,
                   double found, double expected);

/* The tolerance of a matmul's output: 2^-8 for f16 below K = 2048 and 2^-7 above, twice
 * that for bf16, 2^-11 for f32, exact for integers. */
double matmul_tolerance(enum dtype out, int64_t k);

/*
 * c = a * b in double, rows of C in parallel with nothing but plain loops:
 * a[m][k], b[k][n] or b[n][k] when trans_b.
 */
void reference_matmul(const double *a, const double *b, double *c, int64_t m, int64_t n,
                      int64_t k, bool trans_b);

#endif
