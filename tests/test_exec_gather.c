/* Vector operations that move whole elements: broadcast, gather, transpose. */
#include "tests/ub_rig.h"

static const enum dtype wide_types[] = {
    DT_f16, DT_bf16, DT_f32, DT_i16, DT_u16, DT_i32, DT_u32
};

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

/* As a decoder does: 16-bit elements over their own 32-bit offsets, of which they fill half. */
static void gather_may_write_over_its_offsets(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vgather, DT_u16, DT_u16);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u32, AT_DST);
    op.count = 4096;
    for (size_t i = 0; i < 4096; i++) {
        reference_put_bits(DT_u16, ub + AT_A, i, (int64_t)(3 * i));
        reference_put_bits(DT_u32, ub, i, (int64_t)(2 * (4095 - i)));
    }
    rig_run(rig, &op);
    for (size_t i = 0; i < 4096; i++)
        assert_int_equal(reference_get_bits(DT_u16, ub, i), 3 * (4095 - i));
}

/* Blocks 3 apart, the next eight elements 25 blocks on. */
static void broadcast_follows_the_strides_of_dst(void **state)
{
    static uint8_t expected[RIG_CAPACITY];
    struct kop op = op_on(KOP_vbrcb, DT_u16, DT_u16);
    uint8_t *ub = prepare(*state, DT_u16, expected, 1);
    op.count = 20;
    op.dst_blk = 3;
    op.dst_rep = 25;
    for (size_t i = 0; i < 20; i++) {
        for (size_t lane = 0; lane < 16; lane++)
            reference_put_bits(DT_u16, expected + 32 * (i / 8 * 25 + i % 8 * 3), lane,
                               reference_get_bits(DT_u16, ub + AT_A, i));
    }
    rig_run(*state, &op);
    assert_memory_equal(ub, expected, RIG_CAPACITY);
}

/* Element j of block i, by its number in a: 1000 * repeat + 100 * i + j. */
static void transpose_turns_blocks_into_elements(void **state)
{
    struct rig *rig = *state;
    static const enum dtype types[] = { DT_u16, DT_u32 };
    for (size_t t = 0; t < LENGTH(types); t++) {
        size_t size = dtype_info[types[t]].bits / 8, across = 32 / size;
        uint8_t *ub = rig_memory(rig, SPACE_UB);
        struct kop op = op_on(KOP_vnchwconv, types[t], types[t]);
        op.count = (int64_t)(3 * 16 * across);
        op.a_blk = 2;
        op.a_rep = 40;
        for (size_t i = 0; i < 3 * 16 * across; i++) {
            size_t repeat = i / (16 * across), block = i / across % 16, j = i % across;
            reference_put_bits(types[t], ub + AT_A + (repeat * 40 + block * 2) * 32, j,
                               (int64_t)(1000 * repeat + 100 * block + j));
        }
        rig_run(rig, &op);
        for (size_t i = 0; i < 3 * 16 * across; i++) {
            size_t repeat = i / (16 * across), j = i % (16 * across) / 16, block = i % 16;
            assert_int_equal(reference_get_bits(types[t], ub, i),
                             1000 * repeat + 100 * block + j);
        }
    }
}

static void transpose_in_place_and_back_changes_nothing(void **state)
{
    static uint8_t expected[RIG_CAPACITY];
    struct kop op = op_on(KOP_vnchwconv, DT_f16, DT_f16);
    uint8_t *ub = prepare(*state, DT_f16, expected, 3);
    op.at[OPERAND_DST].offset = AT_A;
    op.count = 4 * 256;
    rig_run(*state, &op);
    assert_memory_not_equal(ub, expected, RIG_CAPACITY);
    rig_run(*state, &op);
    assert_memory_equal(ub, expected, RIG_CAPACITY);
}

/* Four steps transpose 32 by 32 bytes: quarter (r, c) of a becomes quarter (c, r), so the upper
 * half of the first 16 blocks of a goes to the lower half of the second 16 of dst. */
static void transposes_of_bytes_go_by_halves_of_blocks(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vnchwconv, DT_u8, DT_u8);
    op.count = 512;
    memset(ub, 0xa5, 2048);
    for (size_t i = 0; i < 1024; i++)
        ub[AT_A + i] = (uint8_t)(i / 32 * 7 + i % 32 * 3);
    op.pattern = 2; /* the lower half of a into the upper of dst, and nothing else */
    rig_run(rig, &op);
    for (size_t i = 0; i < 512; i++)
        assert_int_equal(ub[i], i % 32 < 16 ? 0xa5 : (i % 32 - 16) * 7 + i / 32 * 3);
    for (int64_t quarter = 0; quarter < 4; quarter++) {
        int64_t r = quarter / 2, c = quarter % 2;
        op.at[OPERAND_A].offset = AT_A + r * 512;
        op.at[OPERAND_DST].offset = c * 512;
        op.pattern = (int16_t)(c | r << 1);
        rig_run(rig, &op);
    }
    for (size_t i = 0; i < 1024; i++)
        assert_int_equal(ub[i], (uint8_t)(i % 32 * 7 + i / 32 * 3));
    assert_int_equal(ub[1024], 0xa5);
}

/* Two repeats between blocks 2 apart; 16-bit elements have no halves. */
static void transposes_of_bytes_follow_strides(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vnchwconv, DT_i8, DT_i8);
    op.count = 1024;
    op.pattern = 1;
    op.a_blk = 2;
    op.a_rep = 1; /* blocks of two repeats in turn */
    op.dst_blk = 3;
    op.dst_rep = 48;
    for (size_t i = 0; i < 1024; i++)
        ub[AT_A + i] = (uint8_t)(i / 32);
    rig_run(rig, &op);
    for (size_t repeat = 0; repeat < 2; repeat++) {
        for (size_t j = 0; j < 16; j++) {
            for (size_t i = 0; i < 16; i++)
                assert_int_equal(ub[(repeat * 48 + j * 3) * 32 + i], 2 * i + repeat);
        }
    }
    op = op_on(KOP_vnchwconv, DT_f16, DT_f16);
    op.count = 256;
    op.pattern = 1;
    assert_non_null(strstr(rig_refusal(rig, &op), "vnchwconv: pattern is 1; expected 0..0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UB_TEST(broadcast_fills_a_block_with_each_element),
        UB_TEST(gather_takes_elements_at_byte_offsets),
        UB_TEST(gather_of_blocks_cuts_the_last_one),
        UB_TEST(gather_outside_of_the_tile_gives_zeros),
        UB_TEST(gather_may_write_over_its_offsets),
        UB_TEST(broadcast_follows_the_strides_of_dst),
        UB_TEST(transpose_turns_blocks_into_elements),
        UB_TEST(transpose_in_place_and_back_changes_nothing),
        UB_TEST(transposes_of_bytes_go_by_halves_of_blocks),
        UB_TEST(transposes_of_bytes_follow_strides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
