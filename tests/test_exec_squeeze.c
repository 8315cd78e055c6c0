/* Squeezing: the elements that a mask or a pattern keeps, one after another, and how many. */
#include "tests/ub_rig.h"

static const enum dtype wide_types[] = {
    DT_f16, DT_bf16, DT_f32, DT_i16, DT_u16, DT_i32, DT_u32
};

/* What dst and the register hold afterwards, of the elements that `keeps` picks. */
static void check_kept(struct rig *rig, const struct kop *op, const uint8_t *expected,
                       size_t kept)
{
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    int64_t count;

    memset(rig_memory(rig, SPACE_SPR), 0xee, KSPR_BYTES);
    rig_run(rig, op);
    assert_memory_equal(ub, expected, RIG_CAPACITY);
    struct kop read = { .code = KOP_COUNT };
    read.at[OPERAND_A] = rig_operand(SPACE_SPR, DT_u64, 0);
    assert_true(exec_read(rig->exec, 0, &read, &count));
    if (op->code != KOP_vreduce)
        assert_int_equal(count, kept);
}

static struct kop squeeze_on(enum kop_code code, enum dtype type)
{
    struct kop op = op_on(code, type, type);
    bool built_in = code == KOP_vreducev2p;

    if (!built_in)
        op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u16, AT_B);
    if (code != KOP_vreduce)
        op.at[built_in ? OPERAND_B : OPERAND_C] = rig_operand(SPACE_SPR, DT_u64, 0);
    return op;
}

static void check_squeeze(struct rig *rig, enum kop_code code, enum dtype type)
{
    static uint8_t expected[RIG_CAPACITY];
    struct kop op = squeeze_on(code, type);
    uint8_t *ub = prepare(rig, type, expected, type);
    size_t period = code == KOP_vreduce ? 2048 / dtype_info[type].bits : 500, kept = 0;

    op.count = 500;
    for (size_t i = 0; i < 500; i++) {
        if ((ub[AT_B + i % period / 8] >> i % period % 8 & 1) != 0)
            reference_put_bits(type, expected, kept++, reference_get_bits(type, ub + AT_A, i));
    }
    assert_true(kept > 50 && kept < 450);
    check_kept(rig, &op, expected, kept);
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
    struct kop op = squeeze_on(KOP_vreducev2, DT_u16);
    op.at[OPERAND_DST].size = 64;
    op.count = 100;
    memset(ub, 0, RIG_CAPACITY);
    memset(ub + AT_A, 0x11, 200);
    memset(ub + AT_B, 0xff, 13);
    rig_run(rig, &op);
    assert_int_equal(ub[63], 0x11);
    assert_int_equal(ub[64], 0);
    assert_int_equal(rig_memory(rig, SPACE_SPR)[0], 100); /* all are counted */
}

/* Lane i of 300: even, odd, i mod 4 = 0 .. 3, all. */
static void built_in_patterns_keep_lanes_by_their_number(void **state)
{
    static const size_t every[KPATTERNS] = { 2, 2, 4, 4, 4, 4, 1 };
    static const size_t first[KPATTERNS] = { 0, 1, 0, 1, 2, 3, 0 };
    static uint8_t expected[RIG_CAPACITY];

    for (size_t t = 0; t < LENGTH(wide_types); t++) {
        for (size_t p = 0; p < KPATTERNS; p++) {
            struct kop op = squeeze_on(KOP_vreducev2p, wide_types[t]);
            uint8_t *ub = prepare(*state, wide_types[t], expected, t);
            size_t kept = 0;
            op.count = 300;
            op.pattern = (int16_t)(p + 1);
            for (size_t i = first[p]; i < 300; i += every[p])
                reference_put_bits(wide_types[t], expected, kept++,
                                   reference_get_bits(wide_types[t], ub + AT_A, i));
            check_kept(*state, &op, expected, kept);
        }
    }
}

/* 17 lanes of each repeat, of blocks 2 apart and repeats 4 apart: lane 16 is in block 2. */
static void squeeze_follows_mask_and_strides(void **state)
{
    static uint8_t expected[RIG_CAPACITY];
    struct kop op = squeeze_on(KOP_vreducev2p, DT_u16);
    uint8_t *ub = prepare(*state, DT_u16, expected, 9);
    size_t kept = 0;
    op.count = 3 * 17;
    op.pattern = 1;
    op.mask = 17;
    op.a_blk = 2;
    op.a_rep = 4;
    for (size_t repeat = 0; repeat < 3; repeat++) {
        for (size_t lane = 0; lane < 17; lane += 2)
            reference_put_bits(DT_u16, expected, kept++,
                               reference_get_bits(DT_u16,
                                                  ub + AT_A + 32 * (4 * repeat + lane / 16 * 2),
                                                  lane % 16));
    }
    check_kept(*state, &op, expected, kept);
}

/* Repeats of three lanes right behind one another begin the pattern again each. */
static void squeeze_follows_short_repeats(void **state)
{
    static uint8_t expected[RIG_CAPACITY];
    struct kop op = squeeze_on(KOP_vreducev2p, DT_u32);
    uint8_t *ub = prepare(*state, DT_u32, expected, 10);
    size_t kept = 0;
    op.count = 50 * 3 + 1;
    op.pattern = 1;
    op.mask = 3;
    for (size_t i = 0; i < (size_t)op.count; i++) {
        if (i % 3 != 1)
            reference_put_bits(DT_u32, expected, kept++,
                               reference_get_bits(DT_u32, ub + AT_A, i));
    }
    check_kept(*state, &op, expected, kept);
}

/* One instruction of 128 repeats, a mask of 16384 bits: more than 255 repeats are no matter
 * either, the counter having 31 bits. */
static void a_long_run_is_one_instruction(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = squeeze_on(KOP_vreducev2, DT_u16);
    op.at[OPERAND_DST].offset = 0;
    op.at[OPERAND_A].offset = 0;
    op.at[OPERAND_B].offset = 40000;
    op.count = 20000;
    op.counter = 1;
    for (size_t i = 0; i < 20000; i++)
        reference_put_bits(DT_u16, ub, i, (int64_t)i);
    for (size_t i = 0; i < 2500; i++)
        ub[40000 + i] = i % 5 == 0 ? 0x81 : 0; /* of 40 elements the first and the eighth */
    rig_run(rig, &op);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(reference_get_bits(DT_u16, ub, i), i / 2 * 40 + i % 2 * 7);
    assert_int_equal(reference_get_bits(DT_u64, rig_memory(rig, SPACE_SPR), 0), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UB_TEST(squeeze_keeps_the_elements_whose_bit_is_set),
        UB_TEST(squeeze_stops_at_the_end_of_the_tile),
        UB_TEST(built_in_patterns_keep_lanes_by_their_number),
        UB_TEST(squeeze_follows_mask_and_strides),
        UB_TEST(squeeze_follows_short_repeats),
        UB_TEST(a_long_run_is_one_instruction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
