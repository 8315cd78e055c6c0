#ifndef NPUSIM_KERNELS_IR_EXEC_IMPL_H
#define NPUSIM_KERNELS_IR_EXEC_IMPL_H
/*
 * What the exec*.c files share. Each operation is a function of its numbers and
 * of the addresses of its operands (NULL where absent). exec_op has seen to it
 * that the bytes of kop_extents are there, and that a source does not overlap
 * the destination unless it is the very same lanes.
 */
#include "kernels/ir/exec.h"
#include "kernels/ir/extent.h"

typedef void exec_fn(const struct kop *op, uint8_t *const at[KOP_OPERANDS]);

#define KOP(name, ...) exec_fn exec_##name;
#include "kernels/ir/op.def"
#undef KOP

/* Combine n values with the elements of the same type at `at`, as a store with atomic= does. */
void atomic_combine(enum atomic atomic, enum dtype type, uint8_t *at, const uint8_t *values,
                    size_t n);

/* n elements of the value that a load pads with; returns where they end. */
uint8_t *pad_elements(const struct kop *op, uint8_t *out, size_t n);

/* Integer arithmetic wraps. */
static inline int32_t int_add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline int32_t int_sub(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

static inline int32_t int_mul(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a * (uint32_t)b);
}

/* A NaN wins. */
static inline float f32_max(float a, float b)
{
    float larger = a > b ? a : b;
    return a == a ? larger : a;
}

static inline float f32_min(float a, float b)
{
    float smaller = a < b ? a : b;
    return a == a ? smaller : a;
}

static inline size_t size_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
