/* Moves that keep the order of bytes: rows between GM and the buffers, and inside them. */
#include "kernels/ir/element.h"
#include "kernels/ir/exec_impl.h"
#include "kernels/ir/exec_lanes.h"

/* Zero means that what follows comes right after `packed` bytes. */
static size_t step_of(int64_t stride, size_t packed)
{
    return stride != 0 ? (size_t)stride : packed;
}

uint8_t *pad_elements(const struct kop *op, uint8_t *out, size_t n)
{
    enum dtype type = (enum dtype)op->at[OPERAND_DST].dtype;

    for (size_t i = 0; i < n; i++) {
        if (dtype_info[type].class == DTC_FLOAT)
            element_set_f32(type, out, i, (float)op->scalar);
        else
            element_set_int(type, out, i, scalar_int(op->scalar));
    }
    return out + dtype_bytes(type, n);
}

static void fill_rows(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    size_t size = dtype_info[op->at[OPERAND_DST].dtype].bits / 8;
    size_t step = step_of(op->dst_stride, (size_t)op->bytes);

    for (size_t i = 0; i < (size_t)op->rows; i++)
        (void)pad_elements(op, at[OPERAND_DST] + i * step, (size_t)op->bytes / size);
}

void exec_fill_l1(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    fill_rows(op, at);
}

void exec_fill_l0(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    fill_rows(op, at);
}

static void move_rows(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    size_t bytes = (size_t)op->bytes, rows = (size_t)op->rows;
    size_t from = step_of(op->src_stride, bytes),
           to = step_of(op->dst_stride, bytes + kop_padding(op));
    size_t from_plane = step_of(op->src_plane, rows * from);
    size_t to_plane = step_of(op->dst_plane, rows * to);
    const struct kaddr *dst = &op->at[OPERAND_DST];
    enum dtype type = (enum dtype)dst->dtype;

    if (bytes + kop_padding(op) == 0)
        return;
    for (size_t i = 0; i < (size_t)op->planes * rows; i++) {
        uint8_t *out = at[OPERAND_DST] + i / rows * to_plane + i % rows * to;
        const uint8_t *in = at[OPERAND_A] + i / rows * from_plane + i % rows * from;
        out = pad_elements(op, out, (size_t)op->pad_left);
        (void)pad_elements(op, out + bytes, (size_t)op->pad_right);
        if (op->atomic != ATOMIC_NONE)
            atomic_combine(op->atomic, type, out, in, bytes * 8 / dtype_info[type].bits);
        else
            memcpy(out, in, bytes);
    }
}

#define X(name)                                                                                \
    void exec_##name(const struct kop *op, uint8_t *const at[KOP_OPERANDS])                    \
    {                                                                                          \
        move_rows(op, at);                                                                     \
    }
X(load_ub)
X(load_l1)
X(load_gm_l0a)
X(load_gm_l0b)
X(load_bt)
X(load_fb)
X(store)
X(ub_to_l1)
X(l1_to_ub)
X(copy_ub)
#undef X

void exec_put(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    enum dtype type = (enum dtype)op->at[OPERAND_DST].dtype;

    if (dtype_info[type].class == DTC_FLOAT)
        element_set_f32(type, at[OPERAND_DST], 0, f32_of_bits((uint32_t)op->value));
    else
        element_set_int(type, at[OPERAND_DST], 0, op->value);
}

#define ATOMIC_CHUNK 128

static float combine_floats(enum atomic atomic, float x, float y)
{
    if (atomic == ATOMIC_MAX)
        return f32_max(x, y);
    return atomic == ATOMIC_MIN ? f32_min(x, y) : x + y;
}

static int32_t combine_integers(enum atomic atomic, int32_t x, int32_t y)
{
    if (atomic == ATOMIC_MAX)
        return x > y ? x : y;
    if (atomic == ATOMIC_MIN)
        return x < y ? x : y;
    return int_add(x, y);
}

void atomic_combine(enum atomic atomic, enum dtype type, uint8_t *at, const uint8_t *values,
                    size_t n)
{
    size_t done = 0;
    while (done < n) {
        size_t length = size_least(n - done, ATOMIC_CHUNK);
        uint8_t *sum = at + dtype_bytes(type, done);
        const uint8_t *term = values + dtype_bytes(type, done);

        if (dtype_info[type].class == DTC_FLOAT) {
            float x[ATOMIC_CHUNK], y[ATOMIC_CHUNK];
            elements_to_f32(x, type, sum, length);
            elements_to_f32(y, type, term, length);
            for (size_t i = 0; i < length; i++)
                x[i] = f32_canonical(combine_floats(atomic, x[i], y[i]));
            elements_from_f32(type, sum, x, length);
        } else {
            int32_t x[ATOMIC_CHUNK], y[ATOMIC_CHUNK];
            elements_to_i32(x, type, sum, length);
            elements_to_i32(y, type, term, length);
            for (size_t i = 0; i < length; i++)
                x[i] = combine_integers(atomic, x[i], y[i]);
            elements_from_i32(type, sum, x, length);
        }
        done += length;
    }
}
