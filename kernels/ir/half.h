#ifndef NPUSIM_KERNELS_IR_HALF_H
#define NPUSIM_KERNELS_IR_HALF_H
/*
 * The 16-bit float formats, f16 (IEEE binary16) and bf16 (the upper half of an
 * f32), to and from f32. Narrowing rounds to nearest even, subnormals are kept,
 * a NaN comes out quiet with the top bits of its payload. The same bits on every
 * host: no hardware conversion is used, and no branch, so loops over these
 * functions vectorise.
 */
#include <float.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "results must not depend on the compiler: build without -ffast-math"
#endif
_Static_assert(FLT_EVAL_METHOD == 0, "an f32 must be computed as an f32");

#define F32_SIGN UINT32_C(0x80000000)
#define F32_INFINITY UINT32_C(0x7f800000)
#define F32_NAN UINT32_C(0x7fc00000) /* the NaN that arithmetic gives */

#define F16_INFINITY 0x7c00u
#define F16_QUIET 0x0200u
#define F16_TO_F32_SHIFT 13                          /* an f32 has 13 more fraction bits */
#define F16_TO_F32_BIAS ((UINT32_C(127) - 15) << 23) /* and this much more bias */

static inline uint32_t f32_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float f32_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* yes ? a : b, in a form no compiler turns back into a branch. */
static inline uint32_t bits_select(int yes, uint32_t a, uint32_t b)
{
    return b ^ ((a ^ b) & (0u - (uint32_t)yes));
}

/*
 * Hosts, and compilers that swap operands, disagree on the sign and payload of
 * a NaN that arithmetic makes. Every result of arithmetic goes through here.
 */
static inline float f32_canonical(float x)
{
    return f32_of_bits(bits_select(x != x, F32_NAN, f32_bits(x)));
}

static inline float f16_to_f32(uint16_t half)
{
    uint32_t exponent = half & F16_INFINITY, fraction = half & 0x03ffu;
    uint32_t shifted = (half & UINT32_C(0x7fff)) << F16_TO_F32_SHIFT;

    uint32_t normal = shifted + F16_TO_F32_BIAS;
    uint32_t subnormal = f32_bits((float)(int32_t)fraction * 0x1p-24f);
    uint32_t quiet = fraction != 0 ? UINT32_C(0x00400000) : 0;
    uint32_t special = shifted | F32_INFINITY | quiet;

    uint32_t finite = bits_select(exponent == 0, subnormal, normal);
    uint32_t magnitude = bits_select(exponent == F16_INFINITY, special, finite);
    return f32_of_bits((half & UINT32_C(0x8000)) << 16 | magnitude);
}

static inline uint16_t f32_to_f16(float x)
{
    uint32_t bits = f32_bits(x), magnitude = bits & ~F32_SIGN;

    /* Just under half a unit, plus one if the result would be odd: ties go to even. */
    uint32_t odd = magnitude >> F16_TO_F32_SHIFT & 1;
    uint32_t normal = (magnitude - F16_TO_F32_BIAS + 0x0fff + odd) >> F16_TO_F32_SHIFT;
    uint32_t bounded = normal < F16_INFINITY ? normal : F16_INFINITY;

    /* One unit in the last place of 0.5f is the smallest f16: the sum rounds for us. */
    uint32_t subnormal = f32_bits(f32_of_bits(magnitude) + 0.5f) - f32_bits(0.5f);

    uint32_t payload = magnitude >> F16_TO_F32_SHIFT & 0x03ff;
    uint32_t nan = F16_INFINITY | F16_QUIET | payload;

    uint32_t finite = bits_select(magnitude < f32_bits(0x1p-14f), subnormal, bounded);
    uint32_t half = bits_select(magnitude > F32_INFINITY, nan, finite);
    return (uint16_t)((bits >> 16 & 0x8000u) | half);
}

static inline float bf16_to_f32(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    uint32_t quiet = (bits & ~F32_SIGN) > F32_INFINITY ? UINT32_C(0x00400000) : 0;
    return f32_of_bits(bits | quiet);
}

static inline uint16_t f32_to_bf16(float x)
{
    uint32_t bits = f32_bits(x);
    uint32_t odd = bits >> 16 & 1;
    uint32_t number = (bits + 0x7fff + odd) >> 16;
    uint32_t nan = bits >> 16 | 0x0040;
    return (uint16_t)((bits & ~F32_SIGN) <= F32_INFINITY ? number : nan);
}

#endif
