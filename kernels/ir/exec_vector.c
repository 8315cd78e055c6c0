/*
 * Vector operations that compute each lane from the same lane of their operands.
 *
 * On floats they compute in f32, so an f16 is rounded once, when it is stored;
 * each + - * / of the table is an f32 operation of its own. Integers wrap
 * (hardware saturates sums of i16 and i32), except when the result is of another
 * type than the sources: then it saturates.
 */
#include "kernels/ir/exec_impl.h"
#include "kernels/ir/exec_lanes.h"
#include "kernels/ir/fmath.h"

/* The lanes of a chunk of each operand, and of the result. */
struct lanes {
    union lane_values x, y, z, result;
    float real; /* the scalar, for floats and for integers */
    int32_t whole;
    bool is_unsigned;
};

typedef void lane_fn(struct lanes *lanes, size_t n);

enum lane_choice { LANES_TYPE, LANES_FLOATS, LANES_BITS };
enum lane_reads { READS_SOURCES, READS_DST };

/* A row of lane.def. */
struct lane_op {
    lane_fn *on_floats, *on_integers;
    enum lane_choice kind;
    enum lane_reads reads;
};

/* The sum of two i16 wraps before it is compared. */
static inline int32_t i16_relu(int32_t sum)
{
    int16_t wrapped = (int16_t)sum;
    return wrapped > 0 ? wrapped : 0;
}

static inline int32_t shift_right(int32_t x, int32_t s, bool is_unsigned)
{
    return is_unsigned ? (int32_t)((uint32_t)x >> s) : x >> s;
}

#define LOOP(name, type, member, scalar, value)                                                \
    static void name(struct lanes *lanes, size_t n)                                            \
    {                                                                                          \
        type s = lanes->scalar;                                                                \
        (void)s;                                                                               \
        for (size_t group = 0; group < n; group += GROUP) {                                    \
            for (size_t i = 0; i < GROUP; i++) {                                               \
                type x = lanes->x.member[group + i];                                           \
                type y = lanes->y.member[group + i];                                           \
                type z = lanes->z.member[group + i];                                           \
                (void)x, (void)y, (void)z;                                                     \
                lanes->result.member[group + i] = value;                                       \
            }                                                                                  \
        }                                                                                      \
    }
#define LANE(name, kind, reads, floats, integers)                                              \
    LOOP(name##_floats, float, f, real, f32_canonical(floats))                                 \
    LOOP(name##_integers, int32_t, i, whole, integers)
#include "kernels/ir/lane.def"
#undef LANE

/* A scalar is of the type of the source. */
static void set_scalar(struct lanes *lanes, const struct kop *op, enum dtype type)
{
    uint64_t needs = kop_info[op->code].needs;

    lanes->is_unsigned = dtype_info[type].class == DTC_UNSIGNED;
    if ((needs >> ATTR_scale & 1) != 0) {
        lanes->real = (float)op->scale;
    } else if ((needs >> ATTR_shift & 1) != 0) {
        lanes->whole = (int32_t)op->shift;
    } else if ((needs >> ATTR_scalar & 1) != 0) {
        lanes->real = scalar_f32(type, op->scalar);
        lanes->whole = scalar_bits(type, op->scalar);
    }
}

/* Of bits that are used again every `period`. */
static void load_bits(const uint8_t *bits, size_t first, size_t n, size_t period, int32_t *out)
{
    for (size_t i = 0, bit = first % period; i < n; i++, bit = bit + 1 == period ? 0 : bit + 1)
        out[i] = bits[bit / 8] >> bit % 8 & 1;
}

static enum lane_kind kind_of(const struct lane_op *lane_op, enum dtype type)
{
    switch (lane_op->kind) {
    case LANES_FLOATS:
        return FLOAT_LANES;
    case LANES_BITS:
        return INT_LANES;
    case LANES_TYPE:
        break;
    }
    return dtype_info[type].class == DTC_FLOAT ? FLOAT_LANES : INT_LANES;
}

/* The operand that has a bit for each lane; KOP_OPERANDS: none. */
static unsigned mask_operand(enum kop_code code)
{
    switch (kop_info[code].types) {
    case TYPES_sel:
        return OPERAND_C;
    case TYPES_sels:
        return OPERAND_B;
    default:
        return KOP_OPERANDS;
    }
}

static void lanewise(const struct kop *op, uint8_t *const at[KOP_OPERANDS],
                     const struct lane_op *lane_op)
{
    struct vec_shape shape = kop_vec_shape(op);
    struct lane_walk dst = lane_walk(op, &shape, OPERAND_DST, at[OPERAND_DST]);
    struct lane_walk a = lane_walk(op, &shape, OPERAND_A, at[OPERAND_A]);
    unsigned bits = mask_operand(op->code);
    struct lane_walk b =
        lane_walk(op, &shape, OPERAND_B, bits == OPERAND_B ? NULL : at[OPERAND_B]);
    enum dtype type = op->at[OPERAND_A].present ? a.type : dst.type;
    enum lane_kind kind = kind_of(lane_op, type);
    bool saturates = kind == INT_LANES && type != dst.type;
    size_t count = (size_t)op->count;
    size_t period = op->code == KOP_vselr ? (size_t)shape.lanes : count;
    struct lanes lanes = { .real = 0 };

    set_scalar(&lanes, op, type);
    for (size_t first = 0, n; first < count; first += n) {
        n = lanes_together(&dst, first, count - first);
        n = lanes_together(&a, first, n);
        n = lanes_together(&b, first, n);

        lanes_load(&a, kind, first, n, &lanes.x);
        lanes_load(&b, kind, first, n, &lanes.y);
        if (bits != KOP_OPERANDS)
            load_bits(at[bits], first, n, period, lanes.z.i);
        if (lane_op->reads == READS_DST)
            lanes_load(&dst, kind, first, n, &lanes.z);

        (kind == FLOAT_LANES ? lane_op->on_floats : lane_op->on_integers)(&lanes, n);

        for (size_t i = 0; saturates && i < n; i++)
            lanes.result.i[i] = (int32_t)int_saturate(dst.type, lanes.result.i[i]);
        lanes_store(&dst, kind, first, n, &lanes.result);
    }
}

#define LANE(name, kind, reads, floats, integers)                                              \
    void exec_##name(const struct kop *op, uint8_t *const at[KOP_OPERANDS])                    \
    {                                                                                          \
        static const struct lane_op lane_op = { name##_floats, name##_integers, LANES_##kind,  \
                                                READS_##reads };                               \
        lanewise(op, at, &lane_op);                                                            \
    }
#include "kernels/ir/lane.def"
#undef LANE

/* Adds as integers, and goes on in f32: no row of lane.def computes in two kinds. */
void exec_vadddeqrelu(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    struct vec_shape shape = kop_vec_shape(op);
    struct lane_walk dst = lane_walk(op, &shape, OPERAND_DST, at[OPERAND_DST]);
    struct lane_walk a = lane_walk(op, &shape, OPERAND_A, at[OPERAND_A]);
    struct lane_walk b = lane_walk(op, &shape, OPERAND_B, at[OPERAND_B]);
    float scale = (float)op->scale;
    size_t count = (size_t)op->count;
    union lane_values x, y, result;

    for (size_t first = 0, n; first < count; first += n) {
        n = lanes_together(&a, first, lanes_together(&dst, first, count - first));
        n = lanes_together(&b, first, n);
        lanes_load(&a, INT_LANES, first, n, &x);
        lanes_load(&b, INT_LANES, first, n, &y);
        for (size_t i = 0; i < n; i++) {
            float scaled = (float)int_add(x.i[i], y.i[i]) * scale;
            result.f[i] = f32_canonical(f32_max(scaled, 0));
        }
        lanes_store(&dst, FLOAT_LANES, first, n, &result);
    }
}

void exec_vci(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    enum dtype type = (enum dtype)op->at[OPERAND_DST].dtype;
    float real = scalar_f32(type, op->scalar);
    int32_t whole = scalar_i32(type, op->scalar);

    for (size_t i = 0; i < (size_t)op->count; i++) {
        if (dtype_info[type].class == DTC_FLOAT)
            element_set_f32(type, at[OPERAND_DST], i, f32_canonical(real + (float)i));
        else
            element_set_int(type, at[OPERAND_DST], i, whole + (int64_t)i);
    }
}
