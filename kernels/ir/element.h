#ifndef NPUSIM_KERNELS_IR_ELEMENT_H
#define NPUSIM_KERNELS_IR_ELEMENT_H
/*
 * Elements as they lie in memory, of any type and at any alignment, and what
 * they turn into for computing: f32 or i32. A float becomes an integer by
 * rounding to the nearest (ties to even) and saturating, a NaN becomes 0; an
 * integer becomes a narrower one by wrapping.
 */
#include "kernels/ir/dtype.h"
#include "kernels/ir/half.h"
#include "kernels/ir/op.h"

/* x rounded to a whole number. Infinities, NaN and the sign of zero stay. */
double whole_number(double x, enum round_mode round);

/* Limited to what an integer type holds (a u64: to what an int64 holds). */
int64_t int_saturate(enum dtype type, int64_t value);

/* One element. A float type is an integer too: its bits. */
float element_f32(enum dtype type, const void *base, size_t index);
int64_t element_int(enum dtype type, const void *base, size_t index);
void element_set_f32(enum dtype type, void *base, size_t index, float value);
void element_set_int(enum dtype type, void *base, size_t index, int64_t value);

/*
 * Many elements, from the beginning of `in` to the beginning of `out`. An odd
 * number of i4 leaves the last high nibble of `out` as it was. Types of more
 * than 32 bits give their low half to an i32.
 */
void elements_to_f32(float *restrict out, enum dtype type, const void *restrict in, size_t n);
void elements_to_i32(int32_t *restrict out, enum dtype type, const void *restrict in, size_t n);
void elements_from_f32(enum dtype type, void *restrict out, const float *restrict in, size_t n);
void elements_from_i32(enum dtype type, void *restrict out, const int32_t *restrict in,
                       size_t n);

#endif
