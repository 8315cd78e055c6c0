#include "tests/reference.h"

#include "tests/random.h"

#include <math.h>
#include <string.h>

double reference_decode(uint32_t bits, int exponent_bits, int fraction_bits)
{
    uint32_t fraction = bits & ((1u << fraction_bits) - 1);
    int exponent = (int)(bits >> fraction_bits & ((1u << exponent_bits) - 1));
    int bias = (1 << (exponent_bits - 1)) - 1;
    double sign = (bits >> (exponent_bits + fraction_bits) & 1) != 0 ? -1 : 1;

    if (exponent == (1 << exponent_bits) - 1)
        return fraction != 0 ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, 1 - bias - fraction_bits);
    return sign * ldexp(fraction + (1u << fraction_bits), exponent - bias - fraction_bits);
}

uint32_t reference_encode(double x, int exponent_bits, int fraction_bits)
{
    uint32_t infinity = ((1u << exponent_bits) - 1) << fraction_bits;
    uint32_t sign = signbit(x) ? 1u << (exponent_bits + fraction_bits) : 0;
    int bias = (1 << (exponent_bits - 1)) - 1, exponent;

    if (isnan(x)) /* what arithmetic makes of it */
        return infinity | 1u << (fraction_bits - 1);
    if (isinf(x))
        return sign | infinity;

    frexp(x, &exponent);
    exponent = x == 0 || exponent - 1 < 1 - bias ? 1 - bias : exponent - 1;
    if (exponent > bias)
        return sign | infinity;

    /* The leading bit of a normal number adds the one that is missing in the exponent,
     * and rounding up to a power of two carries into it. */
    uint32_t units = (uint32_t)nearbyint(ldexp(fabs(x), fraction_bits - exponent));
    uint32_t bits = ((uint32_t)(exponent + bias - 1) << fraction_bits) + units;
    return sign | (bits < infinity ? bits : infinity);
}

double f32_rounded(double x)
{
    return (double)(float)x;
}

/* Where an element begins; the bits of an i4 are shifted by its place in the byte. */
static size_t offset_of(enum dtype type, size_t index)
{
    return index * dtype_info[type].bits / 8;
}

int64_t reference_get_bits(enum dtype type, const uint8_t *base, size_t index)
{
    unsigned bits = dtype_info[type].bits;
    uint64_t value = 0;

    for (unsigned i = 0; i < (bits + 7) / 8; i++)
        value |= (uint64_t)base[offset_of(type, index) + i] << 8 * i;
    if (type == DT_i4 && index % 2 != 0)
        value >>= 4;
    value <<= 64 - bits;
    return dtype_info[type].class == DTC_SIGNED ? (int64_t)value >> (64 - bits)
                                                : (int64_t)(value >> (64 - bits));
}

void reference_put_bits(enum dtype type, uint8_t *base, size_t index, int64_t bits)
{
    uint8_t *at = base + offset_of(type, index);

    if (type == DT_i4) {
        unsigned low = index % 2 == 0 ? (unsigned)bits & 15 : *at & 15u;
        unsigned high = index % 2 == 0 ? *at >> 4 : (unsigned)bits & 15;
        *at = (uint8_t)(high << 4 | low);
        return;
    }
    for (unsigned i = 0; i < dtype_info[type].bits / 8; i++)
        at[i] = (uint8_t)((uint64_t)bits >> 8 * i);
}

double reference_get(enum dtype type, const uint8_t *base, size_t index)
{
    int64_t bits = reference_get_bits(type, base, index);

    switch (type) {
    case DT_f16:
        return reference_decode((uint32_t)bits, 5, 10);
    case DT_bf16:
        return reference_decode((uint32_t)bits, 8, 7);
    case DT_f32:
        return reference_decode((uint32_t)bits, 8, 23);
    default:
        return (double)bits;
    }
}

static int64_t saturated(enum dtype type, double x)
{
    int bits = (int)dtype_info[type].bits;
    bool is_signed = dtype_info[type].class == DTC_SIGNED;
    double least = is_signed ? -ldexp(1, bits - 1) : 0;
    double beyond = ldexp(1, is_signed ? bits - 1 : bits);

    if (isnan(x))
        return 0;
    x = nearbyint(x);
    if (x < least)
        return (int64_t)least;
    if (x >= beyond)
        return (int64_t)(UINT64_MAX >> (64 - bits + is_signed));
    return x < 0 ? (int64_t)x : (int64_t)(uint64_t)x;
}

void reference_put(enum dtype type, uint8_t *base, size_t index, double x)
{
    switch (type) {
    case DT_f16:
        reference_put_bits(type, base, index, reference_encode(x, 5, 10));
        break;
    case DT_bf16:
        reference_put_bits(type, base, index, reference_encode(x, 8, 7));
        break;
    case DT_f32:
        reference_put_bits(type, base, index, reference_encode(x, 8, 23));
        break;
    default:
        reference_put_bits(type, base, index, saturated(type, x));
        break;
    }
}

void reference_fill(enum dtype type, uint8_t *base, size_t count, uint64_t *seed)
{
    static const double specials[] = { 0,   -0.0,  INFINITY, -INFINITY, NAN,  0.5,
                                       2.5, 65504, 1e-7,     1e30,      -129, 32767 };

    for (size_t i = 0; i < count; i++) {
        uint64_t draw = random_next(seed);
        switch (draw % 8) {
        case 0:
            reference_put_bits(type, base, i, (int64_t)random_next(seed));
            if (isnan(reference_get(type, base, i))) /* arithmetic does not keep its payload */
                reference_put(type, base, i, NAN);
            break;
        case 1:
            reference_put(type, base, i, specials[(draw >> 3) % (sizeof specials / 8)]);
            break;
        default:
            reference_put(type, base, i, (double)(draw >> 48) / 256 - 128);
            break;
        }
    }
}
