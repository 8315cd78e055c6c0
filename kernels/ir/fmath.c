#include "kernels/ir/fmath.h"

#include "kernels/ir/half.h"

#include <math.h>

static double double_of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t double_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

#define DOUBLE_FRACTION 52 /* bits */
#define DOUBLE_BIAS 1023

/* c[0] + x * (c[1] + x * (c[2] + ...)) */
static double polynomial(double x, const double *c, int degree)
{
    double sum = c[degree];
    while (degree-- > 0)
        sum = sum * x + c[degree];
    return sum;
}

/* e^x = 2^n e^r with |r| <= ln(2) / 2, where ten terms of the series are enough for
 * 2^-40. An f32 cannot tell apart what lies beyond the bounds. */
float f32_exp(float x)
{
    static const double series[] = {
        1,         1.0,       1.0 / 2,    1.0 / 6,     1.0 / 24,
        1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880
    };
    static const double log2_e = 0x1.71547652b82fep+0, ln_2 = 0x1.62e42fefa39efp-1;
    static const double to_whole = 0x1.8p+52; /* adding it rounds to a whole number */

    if (!(x < 89)) /* e^89 > 2^128 */
        return x != x ? f32_of_bits(F32_NAN) : f32_of_bits(F32_INFINITY);
    if (x < -104) /* e^-104 < 2^-150 */
        return 0;

    double n = (double)x * log2_e + to_whole - to_whole;
    double rest = (double)x - n * ln_2;
    uint64_t scale = (uint64_t)((int64_t)n + DOUBLE_BIAS) << DOUBLE_FRACTION;
    return (float)(polynomial(rest, series, 9) * double_of_bits(scale));
}

/* ln x = n ln 2 + ln m with m in [sqrt(1/2), sqrt(2)), and with s = (m - 1) / (m + 1),
 * |s| < 0.172: ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...), nine terms for 2^-50. */
float f32_ln(float x)
{
    static const double series[] = { 2.0,      2.0 / 3,  2.0 / 5,  2.0 / 7, 2.0 / 9,
                                     2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17 };
    static const double ln_2 = 0x1.62e42fefa39efp-1;
    static const uint64_t sqrt_half = UINT64_C(0x3fe6a09e667f3bcd); /* the bits of sqrt(1/2) */

    if (x == 0)
        return f32_of_bits(F32_SIGN | F32_INFINITY);
    if (!(x > 0))
        return f32_of_bits(F32_NAN);
    if (f32_bits(x) == F32_INFINITY)
        return x;

    /* As a double even a subnormal f32 is normal. Counting from sqrt(1/2), the
     * exponent field of the difference is n. */
    uint64_t bits = double_bits((double)x);
    int64_t n = (int64_t)(bits - sqrt_half) >> DOUBLE_FRACTION;
    double m = double_of_bits(bits - ((uint64_t)n << DOUBLE_FRACTION));

    double s = (m - 1) / (m + 1);
    return (float)((double)n * ln_2 + s * polynomial(s * s, series, 8));
}

float f32_sqrt(float x)
{
    return f32_canonical(sqrtf(x)); /* exact by IEEE 754 */
}

float f32_rsqrt(float x)
{
    return f32_canonical((float)(1.0 / sqrt((double)x)));
}

float f32_reciprocal(float x)
{
    return f32_canonical(1.0f / x);
}
