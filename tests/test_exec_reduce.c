/* Vector operations with a result for each of many lanes: comparisons and reductions. */
#include "tests/ub_rig.h"

static const enum dtype reals[] = { DT_f16, DT_f32 };
static const int64_t counts[] = { 0, 1, 2, 7, 8, 16, 33, 64, 100, 128, 129, 500 };

static bool holds(enum cmp_mode mode, double x, double y)
{
    switch (mode) {
    case CMP_LT:
        return x < y;
    case CMP_GT:
        return x > y;
    case CMP_EQ:
        return x == y;
    case CMP_LE:
        return x <= y;
    case CMP_GE:
        return x >= y;
    default:
        return x != y;
    }
}

static void check_comparison(struct rig *rig, struct kop op, double scalar)
{
    static uint8_t expected[RIG_CAPACITY];
    enum dtype type = (enum dtype)op.at[OPERAND_A].dtype;
    uint8_t *ub = prepare(rig, type, expected, (uint64_t)op.count);
    size_t n = (size_t)op.count, lanes = 2048 / dtype_info[type].bits;

    if (op.code == KOP_vcmp && n > lanes)
        n = lanes;
    for (size_t i = 0; i < n; i += 3) /* make some equal */
        memcpy(ub + AT_B + i * 4, ub + AT_A + i * 4, 4);
    memcpy(expected, ub, RIG_CAPACITY);
    memset(expected, 0, (n + 7) / 8);
    for (size_t i = 0; i < n; i++) {
        double y = op.at[OPERAND_B].present ? reference_get(type, ub + AT_B, i) : scalar;
        if (holds(op.cmp, reference_get(type, ub + AT_A, i), y))
            expected[i / 8] = (uint8_t)(expected[i / 8] | 1u << i % 8);
    }
    rig_run(rig, &op);
    assert_memory_equal(ub, expected, RIG_CAPACITY);
}

static void comparisons_give_a_bit_for_each_lane(void **state)
{
    static const enum kop_code codes[] = { KOP_vcmp, KOP_vcmpv, KOP_vcmpvs };
    static const enum dtype types[] = { DT_f16, DT_f32, DT_i32 };

    for (size_t o = 0; o < LENGTH(codes) * LENGTH(types) * CMP_COUNT; o++) {
        enum dtype type = types[o / CMP_COUNT % LENGTH(types)];
        struct kop op = op_on(codes[o / CMP_COUNT / LENGTH(types)], DT_u8, type);
        op.cmp = (enum cmp_mode)(o % CMP_COUNT);
        op.scalar = -100;
        if (op.code != KOP_vcmpvs)
            op.at[OPERAND_B] = rig_operand(SPACE_UB, type, AT_B);
        for (size_t c = 0; c < LENGTH(counts); c++) {
            op.count = counts[c];
            check_comparison(*state, op, -100);
        }
    }
}

/* The lower half of the smallest power of two that holds them all, plus the rest. */
static double tree_sum(enum dtype type, const uint8_t *base, size_t first, size_t n)
{
    size_t half = 1;
    if (n == 1)
        return reference_get(type, base, first);
    while (2 * half < n)
        half *= 2;
    return f32_rounded(tree_sum(type, base, first, half) +
                       tree_sum(type, base, first + half, n - half));
}

/* The first of the lanes that none exceeds; NaN exceeds all. */
static size_t extreme(enum dtype type, const uint8_t *base, size_t first, size_t n, double sign)
{
    size_t best = 0;
    for (size_t i = 0; i < n; i++) {
        double x = sign * reference_get(type, base, first + i);
        double leader = sign * reference_get(type, base, first + best);
        if (!isnan(leader) && (isnan(x) || x > leader))
            best = i;
    }
    return best;
}

struct reduction {
    enum kop_code code;
    size_t block_bytes; /* 0: a group is a repeat */
    double sign;        /* of the extreme looked for; 0: the sum */
    bool lane_too;
};

static const struct reduction reductions[] = {
    { KOP_vcadd, 0, 0, false },   { KOP_vcmax, 0, 1, true },    { KOP_vcmin, 0, -1, true },
    { KOP_vcgadd, 32, 0, false }, { KOP_vcgmax, 32, 1, false }, { KOP_vcgmin, 32, -1, false },
};

static void check_reduction(struct rig *rig, const struct reduction *reduction, struct kop op,
                            size_t group, size_t group_stride)
{
    static uint8_t expected[RIG_CAPACITY];
    enum dtype type = (enum dtype)op.at[OPERAND_A].dtype;
    uint8_t *ub = prepare(rig, type, expected, (uint64_t)op.count + (uint64_t)op.mask);
    size_t results = reduction->lane_too ? 2 : 1;

    for (size_t i = 0, begin = 0; begin < (size_t)op.count; i++, begin += group) {
        size_t n = (size_t)op.count - begin < group ? (size_t)op.count - begin : group;
        size_t first = i * group_stride, best;
        if (reduction->sign == 0) {
            reference_put(type, expected, i, tree_sum(type, ub + AT_A, first, n));
            continue;
        }
        best = extreme(type, ub + AT_A, first, n, reduction->sign);
        reference_put(type, expected, i * results,
                      reference_get(type, ub + AT_A, first + best));
        if (reduction->lane_too)
            reference_put_bits(type, expected, i * results + 1, (int64_t)best);
    }
    rig_run(rig, &op);
    assert_memory_equal(ub, expected, RIG_CAPACITY);
}

static void reductions_cover_every_group_and_what_is_left(void **state)
{
    for (size_t o = 0; o < LENGTH(reductions) * LENGTH(reals); o++) {
        const struct reduction *reduction = &reductions[o / LENGTH(reals)];
        enum dtype type = reals[o % LENGTH(reals)];
        size_t size = dtype_info[type].bits / 8;
        size_t group = (reduction->block_bytes != 0 ? reduction->block_bytes : 256) / size;
        struct kop op = op_on(reduction->code, type, type);
        for (size_t c = 0; c < LENGTH(counts); c++) {
            op.count = counts[c];
            check_reduction(*state, reduction, op, group, group);
        }
    }
}

static void masked_reductions_take_the_first_lanes_of_whole_blocks(void **state)
{
    for (size_t o = 0; o < 3 * LENGTH(reals); o++) {
        const struct reduction *reduction = &reductions[o / LENGTH(reals)];
        enum dtype type = reals[o % LENGTH(reals)];
        size_t blocks = 3 * (256 / dtype_info[type].bits); /* lanes of three of them */
        struct kop op = op_on(reduction->code, type, type);
        op.count = 250;
        for (size_t mask = blocks - 5; mask <= blocks; mask++) {
            op.mask = (int64_t)mask;
            check_reduction(*state, reduction, op, mask, blocks);
        }
    }
}

static void pairs_are_added_and_a_last_one_stays(void **state)
{
    static const struct reduction pair = { .code = KOP_vcpadd };
    for (size_t t = 0; t < LENGTH(reals); t++) {
        struct kop op = op_on(KOP_vcpadd, reals[t], reals[t]);
        for (size_t c = 0; c < LENGTH(counts); c++) {
            op.count = counts[c];
            check_reduction(*state, &pair, op, 2, 2);
        }
    }
}

static void an_extreme_comes_with_its_lane_before_or_after_it_or_alone(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vcmax, DT_f16, DT_f16);
    op.count = 200; /* a repeat of 128 and one of 72 */
    for (size_t i = 0; i < 200; i++)
        reference_put(DT_f16, ub + AT_A, i, (double)(i % 60));

    op.order = ORDER_INDEX_VALUE;
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_u16, ub, 0), 59);
    assert_true(reference_get(DT_f16, ub, 1) == 59);
    assert_int_equal(reference_get_bits(DT_u16, ub, 2), 179 - 128);
    assert_true(reference_get(DT_f16, ub, 3) == 59);

    memset(ub, 0xa5, 64);
    op.code = KOP_vcmin;
    op.order = ORDER_VALUE;
    rig_run(rig, &op);
    assert_true(reference_get(DT_f16, ub, 0) == 0);
    assert_true(reference_get(DT_f16, ub, 1) == 0);
    assert_int_equal(ub[4], 0xa5);
}

/* Of each repeat the blocks 0, 2, 4 .. 14, and repeats 5 blocks apart: block b of repeat r
 * is block 5r + 2b of a. */
static void reductions_follow_the_strides_of_their_source(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vcgmax, DT_f32, DT_f32);
    op.a_blk = 2;
    op.a_rep = 5;
    op.count = 3 * 64;
    for (size_t i = 0; i < 1024; i++)
        reference_put(DT_f32, ub + AT_A, i, (double)i);

    rig_run(rig, &op);
    for (size_t i = 0; i < 24; i++) /* the last of its eight elements */
        assert_true(reference_get(DT_f32, ub, i) == (double)((i / 8 * 5 + i % 8 * 2) * 8 + 7));

    op.code = KOP_vcadd;
    rig_run(rig, &op);
    for (size_t r = 0; r < 3; r++) {
        double sum = 0;
        for (size_t i = 0; i < 64; i++)
            sum += (double)((r * 5 + i / 8 * 2) * 8 + i % 8);
        assert_true(reference_get(DT_f32, ub, r) == sum);
    }

    op.code = KOP_vcpadd;
    rig_run(rig, &op);
    assert_true(reference_get(DT_f32, ub, 32) == 2 * (5 * 8) + 1);
    assert_true(reference_get(DT_f32, ub, 36) == 2 * (7 * 8) + 1);
}

static void reduction_may_write_over_its_source(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vcgadd, DT_f32, DT_f32);
    op.at[OPERAND_DST].offset = AT_A;
    op.count = 1024;
    for (size_t i = 0; i < 1024; i++)
        reference_put(DT_f32, ub + AT_A, i, (double)i);
    rig_run(rig, &op);
    for (size_t i = 0; i < 128; i++)
        assert_true(reference_get(DT_f32, ub + AT_A, i) == (double)(8 * (8 * i) + 28));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UB_TEST(comparisons_give_a_bit_for_each_lane),
        UB_TEST(reductions_cover_every_group_and_what_is_left),
        UB_TEST(masked_reductions_take_the_first_lanes_of_whole_blocks),
        UB_TEST(pairs_are_added_and_a_last_one_stays),
        UB_TEST(an_extreme_comes_with_its_lane_before_or_after_it_or_alone),
        UB_TEST(reductions_follow_the_strides_of_their_source),
        UB_TEST(reduction_may_write_over_its_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
