/* Comparisons: a bit for each lane, the lowest bit of a byte first. */
#include "kernels/ir/exec_impl.h"
#include "kernels/ir/exec_lanes.h"

/* How two lanes stand to each other. */
enum { LESS = 1, EQUAL = 2, GREATER = 4, UNORDERED = 8 /* a NaN is among them */ };

static const unsigned accepted[CMP_COUNT] = {
    [CMP_LT] = LESS,         [CMP_GT] = GREATER,         [CMP_EQ] = EQUAL,
    [CMP_LE] = LESS | EQUAL, [CMP_GE] = GREATER | EQUAL, [CMP_NE] = LESS | GREATER | UNORDERED,
};

static unsigned compare_floats(float x, float y)
{
    if (x < y)
        return LESS;
    if (x > y)
        return GREATER;
    return x == y ? EQUAL : UNORDERED;
}

static unsigned compare_integers(int32_t x, int32_t y)
{
    if (x < y)
        return LESS;
    return x > y ? GREATER : EQUAL;
}

/* The lanes to compare with: of b, or the scalar in each. */
static void load_other(const struct kop *op, const struct lane_walk *b, enum lane_kind kind,
                       size_t first, size_t n, union lane_values *y)
{
    if (b->at != NULL) {
        lanes_load(b, kind, first, n, y);
        return;
    }
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    for (size_t i = 0; i < n; i++) {
        if (kind == FLOAT_LANES)
            y->f[i] = scalar_f32(type, op->scalar);
        else
            y->i[i] = scalar_i32(type, op->scalar);
    }
}

static void compare(const struct kop *op, uint8_t *const at[KOP_OPERANDS], size_t count)
{
    struct vec_shape shape = kop_vec_shape(op);
    struct lane_walk a = lane_walk(op, &shape, OPERAND_A, at[OPERAND_A]);
    struct lane_walk b = lane_walk(op, &shape, OPERAND_B, at[OPERAND_B]);
    enum lane_kind kind = dtype_info[a.type].class == DTC_FLOAT ? FLOAT_LANES : INT_LANES;
    union lane_values x, y;

    for (size_t first = 0, n; first < count; first += n) {
        uint8_t *bits = at[OPERAND_DST] + first / 8;
        n = lanes_together(&b, first, lanes_together(&a, first, count - first));
        lanes_load(&a, kind, first, n, &x);
        load_other(op, &b, kind, first, n, &y);

        memset(bits, 0, (n + 7) / 8);
        for (size_t i = 0; i < n; i++) {
            unsigned outcome = kind == FLOAT_LANES ? compare_floats(x.f[i], y.f[i])
                                                   : compare_integers(x.i[i], y.i[i]);
            unsigned yes = (outcome & accepted[op->cmp]) != 0;
            bits[i / 8] = (uint8_t)(bits[i / 8] | yes << i % 8);
        }
    }
}

void exec_vcmp(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    struct vec_shape shape = kop_vec_shape(op);
    compare(op, at, (size_t)(shape.count < shape.lanes ? shape.count : shape.lanes));
}

void exec_vcmpv(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    compare(op, at, (size_t)op->count);
}

void exec_vcmpvs(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    compare(op, at, (size_t)op->count);
}
