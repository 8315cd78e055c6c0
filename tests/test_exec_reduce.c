/* Vector operations whose results are not one for each lane: comparisons, reductions, gathers.
 */
#include "tests/exec_rig.h"
#include "tests/random.h"
#include "tests/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { AT_DST = 0, AT_A = 24576, AT_B = 40960 };

static const enum dtype reals[] = { DT_f16, DT_f32 };
static const enum dtype wide_types[] = {
    DT_f16, DT_bf16, DT_f32, DT_i16, DT_u16, DT_i32, DT_u32
};
static const int64_t counts[] = { 0, 1, 2, 7, 8, 16, 33, 64, 100, 128, 129, 500 };

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static int setup(void **state)
{
    static struct rig rig;
    rig_init(&rig);
    *state = &rig;
    return 0;
}

static int teardown(void **state)
{
    rig_free(*state);
    return 0;
}

static struct kop op_on(enum kop_code code, enum dtype dst, enum dtype a)
{
    struct kop op = rig_op(code);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, dst, AT_DST);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, a, AT_A);
    return op;
}

/* UB with something in every byte, and values of a type at a and b; a copy to expect on. */
static uint8_t *prepare(struct rig *rig, enum dtype type, uint8_t expected[RIG_CAPACITY],
                        uint64_t seed)
{
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    memset(ub, 0xa5, RIG_CAPACITY);
    reference_fill(type, ub + AT_A, 2048, &seed);
    reference_fill(type, ub + AT_B, 2048, &seed);
    memcpy(expected, ub, RIG_CAPACITY);
    return ub;
}

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

static void broadcast_fills_a_block_with_each_element(void **state)
{
    static uint8_t expected[RIG_CAPACITY];
    for (size_t t = 0; t < LENGTH(wide_types); t++) {
        enum dtype type = wide_types[t];
        size_t lanes = 256 / dtype_info[type].bits;
        struct kop op = op_on(KOP_vbrcb, type, type);
        uint8_t *ub = prepare(*state, type, expected, t);
        op.count = 37;
        for (size_t i = 0; i < 37 * lanes; i++)
            reference_put_bits(type, expected, i,
                               reference_get_bits(type, ub + AT_A, i / lanes));
        rig_run(*state, &op);
        assert_memory_equal(ub, expected, RIG_CAPACITY);
    }
}

static void gather_takes_elements_at_byte_offsets(void **state)
{
    static uint8_t expected[RIG_CAPACITY];
    for (size_t t = 0; t < LENGTH(wide_types); t++) {
        enum dtype type = wide_types[t];
        uint64_t seed = t;
        struct kop op = op_on(KOP_vgather, type, type);
        uint8_t *ub = prepare(*state, type, expected, t);
        op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u32, AT_B);
        op.count = 200;
        for (size_t i = 0; i < 200; i++)
            reference_put_bits(DT_u32, ub + AT_B, i,
                               (int64_t)random_below(&seed, 2048) * dtype_info[type].bits / 8);
        memcpy(expected, ub, RIG_CAPACITY);
        for (size_t i = 0; i < 200; i++) {
            size_t byte = (size_t)reference_get_bits(DT_u32, ub + AT_B, i);
            reference_put_bits(type, expected, i,
                               reference_get_bits(type, ub + AT_A + byte, 0));
        }
        rig_run(*state, &op);
        assert_memory_equal(ub, expected, RIG_CAPACITY);
    }
}

static void gather_of_blocks_cuts_the_last_one(void **state)
{
    static uint8_t expected[RIG_CAPACITY];
    struct kop op = op_on(KOP_vgatherb, DT_f16, DT_f16);
    uint8_t *ub = prepare(*state, DT_f16, expected, 1);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u32, AT_B);
    op.count = 3 * 16 + 5;
    for (size_t i = 0; i < 4; i++)
        reference_put_bits(DT_u32, ub + AT_B, i, (int64_t)(3 - i) * 96);
    memcpy(expected, ub, RIG_CAPACITY);
    for (size_t i = 0; i < 4; i++)
        memcpy(expected + 32 * i, ub + AT_A + (3 - i) * 96, i < 3 ? 32 : 10);
    rig_run(*state, &op);
    assert_memory_equal(ub, expected, RIG_CAPACITY);
}

static void gather_outside_of_the_tile_gives_zeros(void **state)
{
    struct rig *rig = *state;
    static const uint32_t offsets[] = { RIG_CAPACITY - AT_A - 4, RIG_CAPACITY - AT_A - 3,
                                        RIG_CAPACITY, UINT32_MAX };
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vgather, DT_f32, DT_f32);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u32, AT_B);
    op.count = 4;
    memset(ub, 0xff, RIG_CAPACITY);
    for (size_t i = 0; i < 4; i++)
        reference_put_bits(DT_u32, ub + AT_B, i, offsets[i]);
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_u32, ub, 0), UINT32_MAX);
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(reference_get_bits(DT_u32, ub, i), 0);
}

static void check_squeeze(struct rig *rig, enum kop_code code, enum dtype type)
{
    static uint8_t expected[RIG_CAPACITY];
    struct kop op = op_on(code, type, type);
    uint8_t *ub = prepare(rig, type, expected, type);
    size_t period = code == KOP_vreduce ? 2048 / dtype_info[type].bits : 500, kept = 0;

    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u16, AT_B);
    op.count = 500;
    for (size_t i = 0; i < 500; i++) {
        if ((ub[AT_B + i % period / 8] >> i % period % 8 & 1) != 0)
            reference_put_bits(type, expected, kept++, reference_get_bits(type, ub + AT_A, i));
    }
    assert_true(kept > 50 && kept < 450);
    rig_run(rig, &op);
    assert_memory_equal(ub, expected, RIG_CAPACITY);
}

static void squeeze_keeps_the_elements_whose_bit_is_set(void **state)
{
    for (size_t t = 0; t < LENGTH(wide_types); t++) {
        check_squeeze(*state, KOP_vreduce, wide_types[t]);
        check_squeeze(*state, KOP_vreducev2, wide_types[t]);
    }
}

static void squeeze_stops_at_the_end_of_the_tile(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vreducev2, DT_u16, DT_u16);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u8, AT_B);
    op.at[OPERAND_DST].size = 64;
    op.count = 100;
    memset(ub, 0, RIG_CAPACITY);
    memset(ub + AT_A, 0x11, 200);
    memset(ub + AT_B, 0xff, 13);
    rig_run(rig, &op);
    assert_int_equal(ub[63], 0x11);
    assert_int_equal(ub[64], 0);
}

static void put_record(enum dtype type, uint8_t *base, size_t index, double value, uint32_t id)
{
    memset(base + index * 8, 0, 4);
    reference_put(type, base + index * 8, 0, value);
    reference_put_bits(DT_u32, base + index * 8 + 4, 0, id);
}

/* Values 0 to 20, each often: equal ones keep the order of the lists. */
static void merge_sort_is_descending_and_stable(void **state)
{
    enum { LIST = 30 };
    for (size_t t = 0; t < LENGTH(reals); t++) {
        static uint8_t expected[RIG_CAPACITY];
        uint8_t *ub = prepare(*state, reals[t], expected, t);
        struct kop op = op_on(KOP_vmrgsort, reals[t], reals[t]);
        uint64_t seed = t;
        size_t filled[4] = { 0 }, sorted = 0;
        op.count = 4 * LIST;
        for (int value = 20; value >= 0; value--) {
            for (size_t list = 0; list < 4; list++) {
                size_t times = value == 0 ? LIST : random_below(&seed, 4);
                for (; times > 0 && filled[list] < LIST; times--) {
                    uint32_t id = (uint32_t)(list * LIST + filled[list]++);
                    put_record(reals[t], ub + AT_A, id, value - 7, id);
                    put_record(reals[t], expected, sorted++, value - 7, id);
                }
            }
        }
        assert_int_equal(sorted, 4 * LIST);
        rig_run(*state, &op);
        assert_memory_equal(ub, expected, sorted * 8);
        assert_int_equal(ub[sorted * 8], 0xa5);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(comparisons_give_a_bit_for_each_lane),
        TEST(reductions_cover_every_group_and_what_is_left),
        TEST(masked_reductions_take_the_first_lanes_of_whole_blocks),
        TEST(pairs_are_added_and_a_last_one_stays),
        TEST(reduction_may_write_over_its_source),
        TEST(broadcast_fills_a_block_with_each_element),
        TEST(gather_takes_elements_at_byte_offsets),
        TEST(gather_of_blocks_cuts_the_last_one),
        TEST(gather_outside_of_the_tile_gives_zeros),
        TEST(squeeze_keeps_the_elements_whose_bit_is_set),
        TEST(squeeze_stops_at_the_end_of_the_tile),
        TEST(merge_sort_is_descending_and_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
