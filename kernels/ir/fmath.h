#ifndef NPUSIM_KERNELS_IR_FMATH_H
#define NPUSIM_KERNELS_IR_FMATH_H
/*
 * Elementary functions of an f32. The host's libm may differ from another's in
 * the last bit; these do not, being made of IEEE operations in a fixed order.
 * Computed in double and rounded once, they are within 0.501 ulp. A NaN comes
 * out as F32_NAN; the sign of zero and the infinities follow IEEE 754. For f16,
 * round the result.
 */
#include "kernels/ir/half.h"

float f32_exp(float x);
float f32_ln(float x);
float f32_sqrt(float x);
float f32_rsqrt(float x);
float f32_reciprocal(float x);

/*
 * f32_ln before it is rounded, of a positive finite f32 only, without a branch: loops over it
 * vectorise. ln x = n ln 2 + ln m with m in [sqrt(1/2), sqrt(2)), and with
 * s = (m - 1) / (m + 1), |s| < 0.172: ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...), nine terms
 * for 2^-50.
 */
static inline double ln_positive(float x)
{
    const double ln_2 = 0x1.62e42fefa39efp-1;
    const uint64_t sqrt_half = UINT64_C(0x3fe6a09e667f3bcd); /* the bits of sqrt(1/2) */
    const uint64_t two_52 = UINT64_C(0x4330000000000000);    /* those of 2^52 */

    /* As a double even a subnormal f32 is normal. Counting from sqrt(1/2), the exponent
     * field of the difference is n; with 1024 added it is none below zero, and put below
     * the bits of 2^52 it is a double. */
    double wide = (double)x, m, n;
    uint64_t bits, biased;
    memcpy(&bits, &wide, sizeof bits);
    biased = (bits - sqrt_half + (UINT64_C(1024) << 52)) >> 52;
    bits -= (biased - 1024) << 52;
    memcpy(&m, &bits, sizeof m);
    biased |= two_52;
    memcpy(&n, &biased, sizeof n);
    n -= 0x1p52 + 1024;

    double s = (m - 1) / (m + 1), z = s * s;
    double series = 2.0 / 17;
    series = series * z + 2.0 / 15;
    series = series * z + 2.0 / 13;
    series = series * z + 2.0 / 11;
    series = series * z + 2.0 / 9;
    series = series * z + 2.0 / 7;
    series = series * z + 2.0 / 5;
    series = series * z + 2.0 / 3;
    series = series * z + 2.0;
    return n * ln_2 + s * series;
}

#endif
