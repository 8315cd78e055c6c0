#include "kernels/ir/fmath.h"

#include <math.h>

static double double_of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
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

float f32_ln(float x)
{
    if (x == 0)
        return f32_of_bits(F32_SIGN | F32_INFINITY);
    if (!(x > 0))
        return f32_of_bits(F32_NAN);
    return f32_bits(x) == F32_INFINITY ? x : (float)ln_positive(x);
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
