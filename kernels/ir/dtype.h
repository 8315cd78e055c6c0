#ifndef NPUSIM_KERNELS_IR_DTYPE_H
#define NPUSIM_KERNELS_IR_DTYPE_H
/*
 * Element types. Sizes are in bits because an int4 is half a byte: two of
 * them share a byte, the element of even index in the low nibble.
 */
#include <stdbool.h>
#include <stdint.h>

enum dtype_class { DTC_FLOAT, DTC_SIGNED, DTC_UNSIGNED };

/* X(name, bits, class) */
#define DTYPES(X)                                                                              \
    X(f16, 16, FLOAT)                                                                          \
    X(bf16, 16, FLOAT)                                                                         \
    X(f32, 32, FLOAT)                                                                          \
    X(i4, 4, SIGNED)                                                                           \
    X(i8, 8, SIGNED)                                                                           \
    X(u8, 8, UNSIGNED)                                                                         \
    X(i16, 16, SIGNED)                                                                         \
    X(u16, 16, UNSIGNED)                                                                       \
    X(i32, 32, SIGNED)                                                                         \
    X(u32, 32, UNSIGNED)                                                                       \
    X(i64, 64, SIGNED)                                                                         \
    X(u64, 64, UNSIGNED)

enum dtype {
#define X(name, bits, class) DT_##name,
    DTYPES(X) DT_COUNT
#undef X
};

struct dtype_info {
    const char *name;
    unsigned bits;
    enum dtype_class class;
};

extern const struct dtype_info dtype_info[DT_COUNT];

/* Bytes that hold `elements` of the type, rounded up. */
static inline uint64_t dtype_bytes(enum dtype type, uint64_t elements)
{
    return (elements * dtype_info[type].bits + 7) / 8;
}

/* False when no type has that name. */
bool dtype_parse(const char *name, enum dtype *out);

#endif
