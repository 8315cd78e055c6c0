/* vconv: from any type to any other, in any rounding mode. */
#include "kernels/ir/exec_impl.h"
#include "kernels/ir/exec_lanes.h"

#include <math.h>

/* What a float type can tell apart. */
struct precision {
    int fraction; /* bits */
    int least;    /* exponent of the smallest normal number */
    float most;   /* largest finite number */
};

static const struct precision precisions[DT_COUNT] = {
    [DT_f16] = { 10, -14, 65504 },
    [DT_bf16] = { 7, -126, 0x1.fep127f },
    [DT_f32] = { 23, -126, FLT_MAX },
};

/* x rounded to a number of the type, or to one beyond its largest finite one. */
static double to_precision(double x, const struct precision *type, enum round_mode round)
{
    int exponent;
    if (!isfinite(x) || x == 0)
        return x;

    frexp(x, &exponent); /* the value is in [0.5, 1) * 2^exponent */
    exponent = exponent - 1 > type->least ? exponent - 1 : type->least;
    double unit = ldexp(1.0, exponent - type->fraction);
    double rounded = whole_number(x / unit, round) * unit;

    /* Only rounding outward or to nearest passes from the finite to infinity. */
    bool inward = round == ROUND_TRUNC || (round == ROUND_FLOOR && x > 0) ||
                  (round == ROUND_CEIL && x < 0);
    if (fabs(rounded) <= (double)type->most)
        return rounded;
    return copysign(inward ? (double)type->most : INFINITY, x);
}

/* Storing an f32 rounds to nearest even; this rounds it before, so that storing is exact. */
static float rounded(float x, enum dtype to, enum round_mode round)
{
    if (x != x)
        return x;
    if (to == DT_f16 || to == DT_bf16)
        return (float)to_precision((double)x, &precisions[to], round);
    return (float)whole_number((double)x, round);
}

static void convert(const struct lane_walk *dst, const struct lane_walk *a, size_t count,
                    enum round_mode round)
{
    /* f32 to f32 means to a whole number; anything else to f32 is exact. */
    bool to_whole = a->type == DT_f32 && dst->type == DT_f32;
    bool must_round = to_whole || (round != ROUND_RINT && dst->type != DT_f32);
    union lane_values x;

    for (size_t first = 0, n; first < count; first += n) {
        n = lanes_together(dst, first, lanes_together(a, first, count - first));
        lanes_load(a, FLOAT_LANES, first, n, &x);
        for (size_t i = 0; must_round && i < n; i++)
            x.f[i] = rounded(x.f[i], dst->type, round);
        lanes_store(dst, FLOAT_LANES, first, n, &x);
    }
}

/*
 * An int64 as a double from which it rounds to any f32 as it would itself: what
 * a double cannot hold leaves its mark in the last bit, far below those of an f32.
 */
static double double_of_int(int64_t value)
{
    if (value >= -(INT64_C(1) << 53) && value <= INT64_C(1) << 53)
        return (double)value;
    int64_t lost = value & 0x3ff;
    return (double)((value - lost) | (lost != 0 ? 0x400 : 0));
}

#define F32_EXACT (INT64_C(1) << 24) /* an f32 holds every whole number up to here */

/* From integers that an f32 need not hold, as the host rounds them: to nearest even. */
static void convert_i32(const struct lane_walk *dst, const struct lane_walk *a, size_t count)
{
    union lane_values x, y;

    for (size_t first = 0, n; first < count; first += n) {
        n = lanes_together(dst, first, lanes_together(a, first, count - first));
        lanes_load(a, INT_LANES, first, n, &x);
        if (dst->type == DT_f32) {
            for (size_t i = 0; i < n; i++)
                y.f[i] = (float)x.i[i];
            lanes_store(dst, FLOAT_LANES, first, n, &y);
        } else {
            for (size_t i = 0; i < n; i++)
                y.i[i] = (int32_t)int_saturate(dst->type, x.i[i]);
            lanes_store(dst, INT_LANES, first, n, &y);
        }
    }
}

/* The same in any other way, and from i64. */
static void convert_wide(const struct lane_walk *dst, const struct lane_walk *a, size_t count,
                         enum round_mode round)
{
    for (size_t i = 0; i < count; i++) {
        int64_t value = element_int(a->type, lane_at(a, i), 0);
        if (!lane_written(dst, i))
            continue;
        if (dst->type == DT_f32 && value >= -F32_EXACT && value <= F32_EXACT) {
            element_set_f32(dst->type, lane_at(dst, i), 0, (float)value);
        } else if (dst->type == DT_f32) {
            double x = to_precision(double_of_int(value), &precisions[DT_f32], round);
            element_set_f32(dst->type, lane_at(dst, i), 0, (float)x);
        } else {
            element_set_int(dst->type, lane_at(dst, i), 0, int_saturate(dst->type, value));
        }
    }
}

void exec_vconv(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    struct vec_shape shape = kop_vec_shape(op);
    struct lane_walk dst = lane_walk(op, &shape, OPERAND_DST, at[OPERAND_DST]);
    struct lane_walk a = lane_walk(op, &shape, OPERAND_A, at[OPERAND_A]);
    bool nearest = dst.type != DT_f32 || op->round == ROUND_RINT;

    if (a.type == DT_i32 && dst.type != DT_i64 && nearest)
        convert_i32(&dst, &a, (size_t)op->count);
    else if (a.type == DT_i32 || a.type == DT_i64)
        convert_wide(&dst, &a, (size_t)op->count, op->round);
    else
        convert(&dst, &a, (size_t)op->count, op->round);
}
