/* Sorting of records and merging of sorted ones. */
#include "tests/ub_rig.h"

static const enum dtype reals[] = { DT_f16, DT_f32 };

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

/* Every value is in its place when no other belongs before it. */
static void sort_takes_each_32_apart(void **state)
{
    enum { COUNT = 96 };
    for (size_t t = 0; t < LENGTH(reals); t++) {
        struct rig *rig = *state;
        static uint8_t expected[RIG_CAPACITY];
        uint8_t *ub = prepare(rig, reals[t], expected, t);
        struct kop op = op_on(KOP_vbitsort, reals[t], reals[t]);
        op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u32, AT_B);
        op.count = COUNT;
        for (size_t i = 0; i < COUNT; i++) { /* 0 to 6, so that many are equal */
            reference_put(reals[t], ub + AT_A, i, (double)(i * 5 % 7));
            reference_put_bits(DT_u32, ub + AT_B, i, (int64_t)(1000 + i));
        }
        for (size_t first = 0, sorted = 0; first < COUNT; first += 32) {
            for (int value = 6; value >= 0; value--) {
                for (size_t i = first; i < first + 32; i++) {
                    if ((int)(i * 5 % 7) == value)
                        put_record(reals[t], expected, sorted++, value, (uint32_t)(1000 + i));
                }
            }
        }
        rig_run(rig, &op);
        assert_memory_equal(ub, expected, COUNT * 8);
        assert_int_equal(ub[COUNT * 8], 0xa5);
    }
}

static void sort_puts_nan_first_and_negative_infinity_last(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vbitsort, DT_f32, DT_f32);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u32, AT_B);
    op.count = 32;
    for (size_t i = 0; i < 32; i++) {
        double values[] = { -INFINITY, 0x1p-149, 0, NAN, INFINITY, -0x1p-149 };
        reference_put(DT_f32, ub + AT_A, i, i < LENGTH(values) ? values[i] : -5);
        reference_put_bits(DT_u32, ub + AT_B, i, (int64_t)i);
    }
    rig_run(rig, &op);
    static const uint32_t order[] = { 3, 4, 1, 2, 5, 6 };
    for (size_t i = 0; i < LENGTH(order); i++)
        assert_int_equal(reference_get_bits(DT_u32, ub, 2 * i + 1), order[i]);
    assert_int_equal(reference_get_bits(DT_u32, ub, 63), 0);
}

/* 128 values: four times 32, two merges of two lists, one of the two results. */
static void sorting_and_merging_two_lists_sorts_them_all(void **state)
{
    struct rig *rig = *state;
    static uint8_t expected[RIG_CAPACITY];
    uint8_t *ub = prepare(rig, DT_f32, expected, 5);
    struct kop op = op_on(KOP_vbitsort, DT_f32, DT_f32);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u32, AT_B);
    op.count = 128;
    for (size_t i = 0; i < 128; i++) {
        reference_put(DT_f32, ub + AT_A, i, (double)(i * 37 % 128));
        reference_put_bits(DT_u32, ub + AT_B, i, (int64_t)i);
    }
    rig_run(rig, &op);

    struct kop merge = op_on(KOP_vmrgsort, DT_f32, DT_f32);
    merge.lists = 2;
    merge.count = 64;
    for (int64_t half = 0; half < 2; half++) {
        merge.at[OPERAND_A].offset = half * 64 * 8;
        merge.at[OPERAND_DST].offset = 8192 + half * 64 * 8;
        rig_run(rig, &merge);
    }
    merge.count = 128;
    merge.at[OPERAND_A].offset = 8192;
    merge.at[OPERAND_DST].offset = 0;
    rig_run(rig, &merge);
    for (size_t i = 0; i < 128; i++) {
        assert_true(reference_get(DT_f32, ub, 2 * i) == (double)(127 - i));
        assert_int_equal(reference_get_bits(DT_u32, ub, 2 * i + 1) * 37 % 128, 127 - i);
    }
}

/* Three lists of 2: 9 1, 8 8, 7 0. */
static void merge_takes_three_lists(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vmrgsort, DT_f16, DT_f16);
    static const double values[] = { 9, 1, 8, 8, 7, 0 };
    static const uint32_t order[] = { 0, 2, 3, 4, 1, 5 };
    for (uint32_t i = 0; i < 6; i++)
        put_record(DT_f16, ub + AT_A, i, values[i], i);
    op.count = 6;
    op.lists = 3;
    rig_run(rig, &op);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(reference_get_bits(DT_u32, ub, 2 * i + 1), order[i]);
}

/* The lists 9 7 1, 8, none, 7 6: the 7 of the first list is ahead. */
static const double unequal[][3] = { { 9, 7, 1 }, { 8 }, { 0 }, { 7, 6 } };
static const int64_t lengths[] = { 3, 1, 0, 2 };

static struct kop merge_unequal(struct rig *rig, int64_t apart)
{
    struct kop op = op_on(KOP_vmrgsort4, DT_f32, DT_f32);
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    int64_t end = 0;
    memset(ub, 0xa5, 256);
    for (size_t list = 0; list < 4; list++) {
        uint8_t *base = ub + AT_A + (apart != 0 ? (int64_t)list * apart : end);
        for (size_t i = 0; i < (size_t)lengths[list]; i++)
            put_record(DT_f32, base, i, unequal[list][i], (uint32_t)(10 * list + i));
        op.value |= lengths[list] << 16 * list;
        end += 8 * lengths[list];
    }
    op.at[OPERAND_B] = rig_operand(SPACE_SPR, DT_u64, 0);
    op.count = 6;
    op.src_stride = apart;
    return op;
}

static void lists_of_any_length_are_merged(void **state)
{
    static const int64_t apart[] = { 0, 96 };
    static const uint32_t order[] = { 0, 10, 1, 30, 31, 2 };
    for (size_t form = 0; form < LENGTH(apart); form++) {
        struct rig *rig = *state;
        struct kop op = merge_unequal(rig, apart[form]);
        rig_run(rig, &op);
        for (size_t i = 0; i < LENGTH(order); i++)
            assert_int_equal(reference_get_bits(DT_u32, rig_memory(rig, SPACE_UB), 2 * i + 1),
                             order[i]);
        assert_int_equal(rig_memory(rig, SPACE_UB)[6 * 8], 0xa5);
        assert_int_equal(reference_get_bits(DT_u64, rig_memory(rig, SPACE_SPR), 0), op.value);
    }
}

/* Without the empty list: after 9 and 8 the second list is used up. */
static void a_merge_is_suspended_when_a_list_is_used_up(void **state)
{
    struct rig *rig = *state;
    struct kop op = merge_unequal(rig, 96);
    op.lists = 2;
    op.count = 4;
    op.suspend = 1;
    rig_run(rig, &op);
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    assert_int_equal(reference_get_bits(DT_u32, ub, 1), 0);
    assert_int_equal(reference_get_bits(DT_u32, ub, 3), 10);
    assert_int_equal(ub[2 * 8], 0xa5);
    assert_int_equal(reference_get_bits(DT_u64, rig_memory(rig, SPACE_SPR), 0), 0x00010001);

    op.suspend = 0;
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_u64, rig_memory(rig, SPACE_SPR), 0), 0x00010003);
    op.count = 5;
    assert_non_null(
        strstr(rig_refusal(rig, &op), "count is 5; expected 4, that of its 2 lists"));
    op.count = 4;
    op.src_stride = 100;
    assert_non_null(
        strstr(rig_refusal(rig, &op), "src_stride is 100; expected a multiple of 8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UB_TEST(merge_sort_is_descending_and_stable),
        UB_TEST(sort_takes_each_32_apart),
        UB_TEST(sort_puts_nan_first_and_negative_infinity_last),
        UB_TEST(sorting_and_merging_two_lists_sorts_them_all),
        UB_TEST(merge_takes_three_lists),
        UB_TEST(lists_of_any_length_are_merged),
        UB_TEST(a_merge_is_suspended_when_a_list_is_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
