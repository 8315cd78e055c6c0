#include "kernels/ir/element.h"

#include "sim/assert.h"

#include <math.h>

/* Types of whole bytes: X(name, C type, v as an f32, the f32 v as an element). */
#define BYTE_TYPES(X)                                                                          \
    X(f16, uint16_t, f16_to_f32(v), f32_to_f16(v))                                             \
    X(bf16, uint16_t, bf16_to_f32(v), f32_to_bf16(v))                                          \
    X(f32, uint32_t, f32_of_bits(v), f32_bits(v))                                              \
    X(i8, int8_t, (float)v, f32_to_int(DT_i8, v))                                              \
    X(u8, uint8_t, (float)v, f32_to_int(DT_u8, v))                                             \
    X(i16, int16_t, (float)v, f32_to_int(DT_i16, v))                                           \
    X(u16, uint16_t, (float)v, f32_to_int(DT_u16, v))                                          \
    X(i32, int32_t, (float)v, f32_to_int(DT_i32, v))                                           \
    X(u32, uint32_t, (float)v, f32_to_int(DT_u32, v))                                          \
    X(i64, int64_t, (float)v, f32_to_int(DT_i64, v))                                           \
    X(u64, uint64_t, (float)v, f32_to_int(DT_u64, v))

static const struct {
    int64_t least, most;
} limits[DT_COUNT] = {
    [DT_i4] = { -8, 7 },          [DT_i8] = { INT8_MIN, INT8_MAX },
    [DT_u8] = { 0, UINT8_MAX },   [DT_i16] = { INT16_MIN, INT16_MAX },
    [DT_u16] = { 0, UINT16_MAX }, [DT_i32] = { INT32_MIN, INT32_MAX },
    [DT_u32] = { 0, UINT32_MAX }, [DT_i64] = { INT64_MIN, INT64_MAX },
    [DT_u64] = { 0, INT64_MAX },
};

double whole_number(double x, enum round_mode round)
{
    if (!(fabs(x) < 0x1p52)) /* no fraction, or no number */
        return x;

    int64_t toward_zero = (int64_t)x;
    double rest = x - (double)toward_zero;
    bool away = false;

    switch (round) {
    case ROUND_RINT:
        away = fabs(rest) > 0.5 || (fabs(rest) == 0.5 && (toward_zero & 1) != 0);
        break;
    case ROUND_FLOOR:
        away = rest < 0;
        break;
    case ROUND_CEIL:
        away = rest > 0;
        break;
    case ROUND_ROUND:
        away = fabs(rest) >= 0.5;
        break;
    case ROUND_TRUNC:
    case ROUND_COUNT:
        break;
    }
    return copysign(fabs((double)toward_zero) + away, x);
}

int64_t int_saturate(enum dtype type, int64_t value)
{
    if (value < limits[type].least)
        return limits[type].least;
    return value < limits[type].most ? value : limits[type].most;
}

static inline int64_t f32_to_int(enum dtype type, float x)
{
    /* The upper limits round up to a power of two that is out of range itself. */
    if (x != x)
        return 0;
    if (x <= (float)limits[type].least)
        return limits[type].least;
    if (x >= (float)limits[type].most)
        return limits[type].most;

    /* Where an f32 has a fraction, the units of 2^52 round it to a whole number. */
    double rounder = fabsf(x) < 0x1p23f ? 0x1.8p52 : 0;
    return (int64_t)((double)x + rounder - rounder);
}

/*
 * Loops over `groups` groups of elements: a fixed number of turns is what makes
 * compilers use vector instructions even at -O2.
 */
#define GROUP 16

typedef void convert_fn(uint8_t *restrict out, const uint8_t *restrict in, size_t groups);

#define LOOP(name, from, to, value)                                                            \
    static void name(uint8_t *restrict out, const uint8_t *restrict in, size_t groups)         \
    {                                                                                          \
        for (; groups > 0; groups--) {                                                         \
            for (size_t i = 0; i < GROUP; i++) {                                               \
                from v;                                                                        \
                memcpy(&v, in + i * sizeof v, sizeof v);                                       \
                to converted = (to)(value);                                                    \
                memcpy(out + i * sizeof converted, &converted, sizeof converted);              \
            }                                                                                  \
            in += GROUP * sizeof(from);                                                        \
            out += GROUP * sizeof(to);                                                         \
        }                                                                                      \
    }

#define X(name, type, as_f32, of_f32)                                                          \
    LOOP(f32_of_##name##s, type, float, as_f32)                                                \
    LOOP(f32_to_##name##s, float, type, of_f32)                                                \
    LOOP(i32_of_##name##s, type, int32_t, v)                                                   \
    LOOP(i32_to_##name##s, int32_t, type, v)
BYTE_TYPES(X)
#undef X

/* Two i4 share a byte: the even one has the low half, bit 3 is the sign. */
static int8_t nibble(const uint8_t *base, size_t index)
{
    unsigned bits = index % 2 == 0 ? base[index / 2] & 0xfu : base[index / 2] >> 4;
    return (int8_t)((int)(bits ^ 8) - 8);
}

static void set_nibble(uint8_t *base, size_t index, int64_t value)
{
    uint8_t *byte = &base[index / 2];
    unsigned bits = (unsigned)value & 0xf;
    *byte = (uint8_t)(index % 2 == 0 ? (*byte & 0xf0u) | bits : (*byte & 0x0fu) | bits << 4);
}

#define NIBBLE_LOOPS(name, type, of_type)                                                      \
    static void name##_of_i4s(uint8_t *restrict out, const uint8_t *restrict in,               \
                              size_t groups)                                                   \
    {                                                                                          \
        for (size_t i = 0; i < groups * GROUP; i++) {                                          \
            type v = nibble(in, i);                                                            \
            memcpy(out + i * sizeof v, &v, sizeof v);                                          \
        }                                                                                      \
    }                                                                                          \
    static void name##_to_i4s(uint8_t *restrict out, const uint8_t *restrict in,               \
                              size_t groups)                                                   \
    {                                                                                          \
        for (size_t i = 0; i < groups * GROUP; i++) {                                          \
            type v;                                                                            \
            memcpy(&v, in + i * sizeof v, sizeof v);                                           \
            set_nibble(out, i, of_type);                                                       \
        }                                                                                      \
    }
NIBBLE_LOOPS(f32, float, f32_to_int(DT_i4, v))
NIBBLE_LOOPS(i32, int32_t, v)

static size_t bytes_of(size_t elements, unsigned bits)
{
    return (elements * bits + 7) / 8;
}

/* What is left of a group after the whole ones goes through a group of its own. */
static void convert_all(convert_fn *convert, uint8_t *restrict out, unsigned out_bits,
                        const uint8_t *restrict in, unsigned in_bits, size_t n)
{
    size_t whole = n - n % GROUP, rest = n % GROUP;
    uint8_t from[GROUP * sizeof(int64_t)] = { 0 }, to[GROUP * sizeof(int64_t)] = { 0 };

    convert(out, in, whole / GROUP);
    if (rest == 0)
        return;

    memcpy(from, in + bytes_of(whole, in_bits), bytes_of(rest, in_bits));
    convert(to, from, 1);
    out += bytes_of(whole, out_bits);
    memcpy(out, to, rest * out_bits / 8);
    if (rest * out_bits % 8 != 0)
        set_nibble(out, rest - 1, nibble(to, rest - 1));
}

#define X(name, type, as_f32, of_f32) [DT_##name] = f32_of_##name##s,
static convert_fn *const f32_of[DT_COUNT] = { [DT_i4] = f32_of_i4s, BYTE_TYPES(X) };
#undef X
#define X(name, type, as_f32, of_f32) [DT_##name] = f32_to_##name##s,
static convert_fn *const f32_to[DT_COUNT] = { [DT_i4] = f32_to_i4s, BYTE_TYPES(X) };
#undef X
#define X(name, type, as_f32, of_f32) [DT_##name] = i32_of_##name##s,
static convert_fn *const i32_of[DT_COUNT] = { [DT_i4] = i32_of_i4s, BYTE_TYPES(X) };
#undef X
#define X(name, type, as_f32, of_f32) [DT_##name] = i32_to_##name##s,
static convert_fn *const i32_to[DT_COUNT] = { [DT_i4] = i32_to_i4s, BYTE_TYPES(X) };
#undef X

void elements_to_f32(float *restrict out, enum dtype type, const void *restrict in, size_t n)
{
    convert_all(f32_of[type], (uint8_t *)out, 32, in, dtype_info[type].bits, n);
}

void elements_to_i32(int32_t *restrict out, enum dtype type, const void *restrict in, size_t n)
{
    convert_all(i32_of[type], (uint8_t *)out, 32, in, dtype_info[type].bits, n);
}

void elements_from_f32(enum dtype type, void *restrict out, const float *restrict in, size_t n)
{
    convert_all(f32_to[type], out, dtype_info[type].bits, (const uint8_t *)in, 32, n);
}

void elements_from_i32(enum dtype type, void *restrict out, const int32_t *restrict in,
                       size_t n)
{
    convert_all(i32_to[type], out, dtype_info[type].bits, (const uint8_t *)in, 32, n);
}

/* What one element of each type is: a case of a switch. */
#define LOAD_CASE(name, type, value)                                                           \
    case DT_##name: {                                                                          \
        type v;                                                                                \
        memcpy(&v, (const uint8_t *)base + index * sizeof v, sizeof v);                        \
        return value;                                                                          \
    }
#define STORE_CASE(name, type, value)                                                          \
    case DT_##name: {                                                                          \
        type element = (type)(value);                                                          \
        memcpy((uint8_t *)base + index * sizeof element, &element, sizeof element);            \
        return;                                                                                \
    }

float element_f32(enum dtype type, const void *base, size_t index)
{
    switch (type) {
#define X(name, c_type, as_f32, of_f32) LOAD_CASE(name, c_type, as_f32)
        BYTE_TYPES(X)
#undef X
    case DT_i4:
        return nibble(base, index);
    case DT_COUNT:
        break;
    }
    SIM_ASSERT(type < DT_COUNT);
    return 0;
}

int64_t element_int(enum dtype type, const void *base, size_t index)
{
    switch (type) {
#define X(name, c_type, as_f32, of_f32) LOAD_CASE(name, c_type, (int64_t)v)
        BYTE_TYPES(X)
#undef X
    case DT_i4:
        return nibble(base, index);
    case DT_COUNT:
        break;
    }
    SIM_ASSERT(type < DT_COUNT);
    return 0;
}

void element_set_f32(enum dtype type, void *base, size_t index, float v)
{
    switch (type) {
#define X(name, c_type, as_f32, of_f32) STORE_CASE(name, c_type, of_f32)
        BYTE_TYPES(X)
#undef X
    case DT_i4:
        set_nibble(base, index, f32_to_int(DT_i4, v));
        return;
    case DT_COUNT:
        break;
    }
    SIM_ASSERT(type < DT_COUNT);
}

void element_set_int(enum dtype type, void *base, size_t index, int64_t v)
{
    switch (type) {
#define X(name, c_type, as_f32, of_f32) STORE_CASE(name, c_type, v)
        BYTE_TYPES(X)
#undef X
    case DT_i4:
        set_nibble(base, index, v);
        return;
    case DT_COUNT:
        break;
    }
    SIM_ASSERT(type < DT_COUNT);
}
