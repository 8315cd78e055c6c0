/* vconv from every type to every other it accepts, in every rounding mode. */
#include "tests/exec_rig.h"
#include "kernels/ir/types.h"
#include "tests/random.h"
#include "tests/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { AT_DST = 0, AT_A = 32768 };

/* Which of its neighbours a number goes to, and which wins a tie. */
static double choose(double x, double below, double above, double nearest, enum round_mode mode)
{
    switch (mode) {
    case ROUND_FLOOR:
        return below;
    case ROUND_CEIL:
        return above;
    case ROUND_TRUNC:
        return x > 0 ? below : above;
    case ROUND_ROUND:
        if (x - below == above - x)
            return x > 0 ? above : below;
        return nearest;
    default:
        return nearest;
    }
}

static double whole(double x, enum round_mode mode)
{
    return isfinite(x) ? choose(x, floor(x), ceil(x), nearbyint(x), mode) : x;
}

/* The float next to x in memory order: away from zero, or toward it. */
static double next_to(enum dtype type, double x, int direction)
{
    uint8_t bytes[4];
    reference_put(type, bytes, 0, x);
    reference_put_bits(type, bytes, 0, reference_get_bits(type, bytes, 0) + direction);
    return reference_get(type, bytes, 0);
}

static double in_type(enum dtype type, double x, enum round_mode mode)
{
    uint8_t bytes[4];
    reference_put(type, bytes, 0, x);
    double nearest = reference_get(type, bytes, 0);
    if (nearest == x || isnan(x))
        return x;

    bool outside = fabs(nearest) > fabs(x);
    double inner = outside ? next_to(type, nearest, -1) : nearest;
    double outer = outside ? nearest : next_to(type, nearest, 1);
    return choose(x, x > 0 ? inner : outer, x > 0 ? outer : inner, nearest, mode);
}

static double converted(enum dtype to, enum dtype from, double x, enum round_mode mode)
{
    if (dtype_info[to].class != DTC_FLOAT || (from == DT_f32 && to == DT_f32))
        return whole(x, mode);
    return in_type(to, x, mode);
}

static void fill(enum dtype type, uint8_t *base, size_t count, uint64_t *seed)
{
    reference_fill(type, base, count, seed);
    for (size_t i = 0; i < count; i++) {
        double x = (double)(int64_t)random_next(seed); /* of any size a double holds */
        if (type == DT_i64)
            reference_put_bits(type, base, i,
                               (int64_t)ldexp(x, -(int)random_below(seed, 64)) >> 10);
        else if (dtype_info[type].class == DTC_FLOAT && i % 3 == 0)
            reference_put(type, base, i, (double)random_below(seed, 80) / 4 - 10);
        else if (type == DT_f32 && i % 3 == 1) /* of the size of halves, subnormals included */
            reference_put(type, base, i, ldexp(x, -80 - (int)random_below(seed, 25)));
    }
}

static void check_pair(struct rig *rig, enum dtype to, enum dtype from, enum round_mode mode,
                       int64_t count, int64_t dst_rep)
{
    static uint8_t expected[RIG_CAPACITY];
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    uint64_t seed = (uint64_t)count;
    struct kop op = rig_op(KOP_vconv);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, to, AT_DST);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, from, AT_A);
    op.round = mode;
    op.count = count;
    op.dst_rep = dst_rep;

    struct vec_shape shape = kop_vec_shape(&op);
    fill(from, ub + AT_A, 2048, &seed);
    memcpy(expected, ub, RIG_CAPACITY);
    for (int64_t i = 0; i < count; i++) {
        uint8_t *at = expected + AT_DST + i / shape.lanes * shape.rep_bytes[OPERAND_DST];
        double x = reference_get(from, ub + AT_A, (size_t)i);
        reference_put(to, at, (size_t)(i % shape.lanes), converted(to, from, x, mode));
    }
    rig_run(rig, &op);
    if (memcmp(ub, expected, RIG_CAPACITY) != 0)
        fail_msg("%s <- %s, %s, count %d", dtype_info[to].name, dtype_info[from].name,
                 round_names[mode], (int)count);
}

static void every_pair_rounds_in_every_mode(void **state)
{
    size_t pairs = 0;
    for (int number = 0; number < DT_COUNT * DT_COUNT; number++) {
        int types[KOP_OPERANDS] = { number / DT_COUNT, number % DT_COUNT, -1, -1 };
        if (type_rule_check(TYPES_conv, types) != NULL)
            continue;
        pairs++;
        for (int mode = 0; mode < ROUND_COUNT; mode++) {
            enum dtype to = (enum dtype)types[0], from = (enum dtype)types[1];
            check_pair(*state, to, from, (enum round_mode)mode, 1, -1);
            check_pair(*state, to, from, (enum round_mode)mode, 33, -1);
            check_pair(*state, to, from, (enum round_mode)mode, 2000, -1);
            check_pair(*state, to, from, (enum round_mode)mode, 333, 19);
        }
    }
    assert_int_equal(pairs, 24);
}

static uint32_t f32_of_i64(struct rig *rig, int64_t value, enum round_mode mode)
{
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = rig_op(KOP_vconv);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_f32, AT_DST);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_i64, AT_A);
    op.round = mode;
    op.count = 1;
    reference_put_bits(DT_i64, ub + AT_A, 0, value);
    rig_run(rig, &op);
    return (uint32_t)reference_get_bits(DT_f32, ub + AT_DST, 0);
}

static void integers_beyond_a_double_round_as_if_exact(void **state)
{
    struct rig *rig = *state;
    const int64_t tie = (INT64_C(1) << 62) + (INT64_C(1) << 38); /* units there are 2^39 */
    const uint32_t bits = 0x5e800000;                            /* of 2^62 */

    assert_int_equal(f32_of_i64(rig, tie, ROUND_RINT), bits);
    assert_int_equal(f32_of_i64(rig, tie + 1, ROUND_RINT), bits + 1);
    assert_int_equal(f32_of_i64(rig, tie - 1, ROUND_RINT), bits);
    assert_int_equal(f32_of_i64(rig, tie, ROUND_ROUND), bits + 1);
    assert_int_equal(f32_of_i64(rig, tie - 1, ROUND_ROUND), bits);
    assert_int_equal(f32_of_i64(rig, (INT64_C(1) << 62) + 1, ROUND_CEIL), bits + 1);
    assert_int_equal(f32_of_i64(rig, (INT64_C(1) << 62) + 1, ROUND_FLOOR), bits);
    assert_int_equal(f32_of_i64(rig, -(INT64_C(1) << 62) - 1, ROUND_FLOOR),
                     0x80000000 | (bits + 1));
    assert_int_equal(f32_of_i64(rig, -(INT64_C(1) << 62) - 1, ROUND_TRUNC), 0x80000000 | bits);
    assert_int_equal(f32_of_i64(rig, INT64_MAX, ROUND_RINT), 0x5f000000);
    assert_int_equal(f32_of_i64(rig, INT64_MAX, ROUND_TRUNC), 0x5effffff);
    assert_int_equal(f32_of_i64(rig, INT64_MIN, ROUND_FLOOR), 0xdf000000);
}

static void conversion_keeps_the_payload_of_a_nan(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = rig_op(KOP_vconv);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_f32, AT_DST);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_f16, AT_A);
    op.count = 1;
    reference_put_bits(DT_f16, ub + AT_A, 0, 0xfd01);
    rig_run(rig, &op);
    assert_int_equal((uint32_t)reference_get_bits(DT_f32, ub, 0), 0xffe02000);
}

static void odd_count_of_int4_keeps_the_last_high_nibble(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = rig_op(KOP_vconv);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_i4, AT_DST);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_f16, AT_A);
    op.count = 5;
    memset(ub, 0x77, 4);
    memset(ub + AT_A, 0, 64);
    rig_run(rig, &op);
    assert_int_equal(ub[1], 0);
    assert_int_equal(ub[2], 0x70);
    assert_int_equal(ub[3], 0x77);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_pair_rounds_in_every_mode),
        TEST(integers_beyond_a_double_round_as_if_exact),
        TEST(conversion_keeps_the_payload_of_a_nan),
        TEST(odd_count_of_int4_keeps_the_last_high_nibble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
