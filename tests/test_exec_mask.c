/* Masks of bits and strides of comparisons: which lanes take part, worked out by hand. */
#include "tests/ub_rig.h"

static struct kop ramp(struct rig *rig, enum kop_code code, enum dtype dst, enum dtype a,
                       size_t count)
{
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(code, dst, a);
    op.count = (int64_t)count;
    memset(ub, 0xa5, RIG_CAPACITY);
    for (size_t i = 0; i < count; i++)
        reference_put(a, ub + AT_A, i, (double)i);
    return op;
}

/* Lanes 1, 64 and 127 of each repeat of 128, of 300 elements. */
static void lanes_whose_bit_is_clear_are_not_written(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = ramp(rig, KOP_vadds, DT_f16, DT_f16, 300);
    op.scalar = 1;
    op.mask0 = 2;
    op.mask1 = INT64_MIN + 1;
    rig_run(rig, &op);
    for (size_t i = 0; i < 310; i++) {
        bool written = i < 300 && (i % 128 == 1 || i % 128 == 64 || i % 128 == 127);
        if (written)
            assert_true(reference_get(DT_f16, ub, i) == (double)i + 1);
        else
            assert_int_equal(reference_get_bits(DT_u16, ub, i), 0xa5a5);
    }
}

/* Of 64 lanes of an f32 only the first mask counts; strides place the lanes as ever. */
static void masks_go_with_strides_and_wide_elements(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = ramp(rig, KOP_vmuls, DT_f32, DT_f32, 128);
    op.scalar = -1;
    op.mask0 = INT64_MIN + 1; /* the first and the last of 64 */
    op.mask1 = 0;
    op.dst_blk = 2;
    op.dst_rep = 16;
    rig_run(rig, &op);
    assert_true(reference_get(DT_f32, ub, 0) == 0);
    assert_true(reference_get(DT_f32, ub, 7 * 2 * 8 + 7) == -63);
    assert_true(reference_get(DT_f32, ub, 128) == -64);
    assert_true(reference_get(DT_f32, ub, 128 + 7 * 2 * 8 + 7) == -127);
    assert_int_equal(reference_get_bits(DT_u32, ub, 1), 0xa5a5a5a5);
    assert_int_equal(reference_get_bits(DT_u32, ub, 8), 0xa5a5a5a5);
}

/* Two i4 share a byte: the other one stays. From i64 a conversion goes another way. */
static void conversions_keep_what_is_masked(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = ramp(rig, KOP_vconv, DT_i4, DT_f16, 4);
    op.mask0 = 0x9;
    rig_run(rig, &op);
    assert_int_equal(ub[0], 0xa0);
    assert_int_equal(ub[1], 0x35);

    op = ramp(rig, KOP_vconv, DT_i32, DT_i64, 4);
    for (size_t i = 0; i < 4; i++)
        reference_put_bits(DT_i64, ub + AT_A, i, 7);
    op.mask0 = 0x4;
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_u32, ub, 1), 0xa5a5a5a5);
    assert_int_equal(reference_get_bits(DT_u32, ub, 2), 7);
}

/* Repeats of lanes 0 .. 127 and 128 .. 199, of which lanes 3, 70 and 100 count. */
static void reductions_leave_masked_lanes_out(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = ramp(rig, KOP_vcmax, DT_f16, DT_f16, 200);
    op.mask0 = 8;
    op.mask1 = INT64_C(1) << 6 | INT64_C(1) << 36;
    rig_run(rig, &op);
    assert_true(reference_get(DT_f16, ub, 0) == 100);
    assert_int_equal(reference_get_bits(DT_u16, ub, 1), 100);
    assert_true(reference_get(DT_f16, ub, 2) == 128 + 70);
    assert_int_equal(reference_get_bits(DT_u16, ub, 3), 70);

    op = ramp(rig, KOP_vcadd, DT_f16, DT_f16, 200);
    op.mask0 = 8;
    op.mask1 = INT64_C(1) << 6 | INT64_C(1) << 36;
    rig_run(rig, &op);
    assert_true(reference_get(DT_f16, ub, 0) == 3 + 70 + 100);
    assert_true(reference_get(DT_f16, ub, 1) == 131 + 198);

    op.mask0 = 0;
    op.mask1 = INT64_C(1) << 36; /* lane 100: none of the second repeat */
    memset(ub, 0xa5, 8);
    rig_run(rig, &op);
    assert_true(reference_get(DT_f16, ub, 0) == 100);
    assert_int_equal(reference_get_bits(DT_u16, ub, 1), 0xa5a5);
}

/* Blocks 2 apart of a against one block of b, again and again: 8 of 16 elements are below. */
static void comparisons_follow_strides(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = ramp(rig, KOP_vcmpv, DT_u8, DT_f16, 256);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_f16, AT_B);
    op.cmp = CMP_LT;
    op.a_blk = 2;
    op.a_rep = 0;
    op.b_blk = op.b_rep = 0;
    for (size_t i = 0; i < 256; i++)
        reference_put(DT_f16, ub + AT_A, i, (double)(i % 16 + i / 32)); /* 2 blocks the same */
    for (size_t i = 0; i < 16; i++)
        reference_put(DT_f16, ub + AT_B, i, 8);
    rig_run(rig, &op);
    for (size_t i = 0; i < 256; i++) {
        size_t lane = i % 128;
        bool below = lane % 16 + lane / 16 < 8;
        assert_int_equal(ub[i / 8] >> i % 8 & 1, below);
    }
}

static void scatter_puts_elements_where_offsets_say(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = ramp(rig, KOP_vscatter, DT_u16, DT_u16, 100);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u32, AT_B);
    op.at[OPERAND_DST].size = 2000;
    for (size_t i = 0; i < 100; i++) /* backwards, 8 bytes apart; the last twice */
        reference_put_bits(DT_u32, ub + AT_B, i, i == 99 ? 16 : 8 * (99 - (int64_t)i));
    reference_put_bits(DT_u32, ub + AT_B, 0, 1999); /* half of it beyond the tile */
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_u16, ub, 4 * 98), 1);
    assert_int_equal(reference_get_bits(DT_u16, ub, 4 * 1), 98);
    assert_int_equal(reference_get_bits(DT_u16, ub, 4 * 2), 99); /* after 97 */
    assert_int_equal(reference_get_bits(DT_u16, ub, 1), 0xa5a5);
    assert_int_equal(ub[1999], 0xa5);
}

static void interleaved_elements_come_apart_again(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = ramp(rig, KOP_vintlv, DT_u16, DT_u16, 200);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u16, AT_B);
    for (size_t i = 0; i < 200; i++)
        reference_put_bits(DT_u16, ub + AT_B, i, 1000 + (int64_t)i);
    rig_run(rig, &op);
    for (size_t i = 0; i < 400; i++)
        assert_int_equal(reference_get_bits(DT_u16, ub, i), i / 2 + i % 2 * 1000);

    op = op_on(KOP_vreducev2p, DT_u16, DT_u16);
    op.at[OPERAND_A].offset = 0;
    op.at[OPERAND_DST].offset = AT_B;
    op.at[OPERAND_B] = rig_operand(SPACE_SPR, DT_u64, 0);
    op.count = 400;
    op.pattern = 2;
    rig_run(rig, &op);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(reference_get_bits(DT_u16, ub + AT_B, i), 1000 + i);
}

/* Three pairs: two results of 6 bytes, a block apart or one behind the other. */
static void pairs_come_apart_in_one_step(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = ramp(rig, KOP_vdintlv, DT_u16, DT_u16, 6);
    op.count = 3;
    op.dst_plane = 32;
    rig_run(rig, &op);
    static const int64_t apart[] = { 0, 2, 4, 0xa5a5 }, odd[] = { 1, 3, 5, 0xa5a5 };
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(reference_get_bits(DT_u16, ub, i), apart[i]);
        assert_int_equal(reference_get_bits(DT_u16, ub, 16 + i), odd[i]);
    }
    op.dst_plane = 0;
    rig_run(rig, &op);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(reference_get_bits(DT_u16, ub, 3 + i), odd[i]);

    op.dst_plane = 48;
    assert_non_null(
        strstr(rig_refusal(rig, &op), "dst_plane is 48; expected a multiple of 32"));
    op.dst_plane = 32;
    op.count = 17;
    assert_non_null(strstr(rig_refusal(rig, &op), "dst_plane is 32; expected 34.."));
}

static void indices_count_from_the_scalar(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = ramp(rig, KOP_vci, DT_i16, DT_i16, 70);
    op.at[OPERAND_A] = (struct kaddr){ .present = false };
    op.scalar = 32766;
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_i16, ub, 1), 32767);
    assert_int_equal(reference_get_bits(DT_i16, ub, 69), 32766 + 69 - 65536); /* wraps */
    assert_int_equal(reference_get_bits(DT_u16, ub, 70), 0xa5a5);

    op.at[OPERAND_DST].dtype = DT_f16;
    op.scalar = 2047; /* from 2048 on, an f16 has even numbers only: ties to those of 4 */
    op.count = 5;
    rig_run(rig, &op);
    static const double expected[] = { 2047, 2048, 2048, 2050, 2052 };
    for (size_t i = 0; i < LENGTH(expected); i++)
        assert_true(reference_get(DT_f16, ub, i) == expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UB_TEST(lanes_whose_bit_is_clear_are_not_written),
        UB_TEST(masks_go_with_strides_and_wide_elements),
        UB_TEST(conversions_keep_what_is_masked),
        UB_TEST(reductions_leave_masked_lanes_out),
        UB_TEST(comparisons_follow_strides),
        UB_TEST(scatter_puts_elements_where_offsets_say),
        UB_TEST(interleaved_elements_come_apart_again),
        UB_TEST(pairs_come_apart_in_one_step),
        UB_TEST(indices_count_from_the_scalar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
