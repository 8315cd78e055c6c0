/*
 * Numbers worked out the slow way, in double, for tests to compare with: every
 * value of every type of at most 32 bits is a double, and so is every sum and
 * product of two f32 that is rounded to an f32 afterwards.
 */
#ifndef NPUSIM_TESTS_REFERENCE_H
#define NPUSIM_TESTS_REFERENCE_H

#include "kernels/ir/dtype.h"

#include <stddef.h>

/* The type's float format: its exponent and fraction bits. */
double reference_decode(uint32_t bits, int exponent_bits, int fraction_bits);
uint32_t reference_encode(double x, int exponent_bits, int fraction_bits);

/* Rounded as if stored in an f32. */
double f32_rounded(double x);

/* Element `index` of an array. */
double reference_get(enum dtype type, const uint8_t *base, size_t index);

/* Round x to nearest even, saturate if the type is an integer (NaN to 0), and store it. */
void reference_put(enum dtype type, uint8_t *base, size_t index, double x);

/* The same of raw bits: an integer, or a float's bits; it wraps. */
int64_t reference_get_bits(enum dtype type, const uint8_t *base, size_t index);
void reference_put_bits(enum dtype type, uint8_t *base, size_t index, int64_t bits);

/* Bytes that make values of the type of all kinds: small, huge, special. */
void reference_fill(enum dtype type, uint8_t *base, size_t count, uint64_t *seed);

#endif
