/*
 * Integers that are carried as subnormal floats, as the ENEC codec does on the vector
 * unit (arXiv 2604.03298): the bits 0x0007 are the f16 7 * 2^-24, and adding such
 * numbers adds the integers. And operands that overlap: all sources are read before
 * anything is written.
 */
#include "tests/ub_rig.h"

#define F16_STEP 0x1p-24  /* the smallest f16 above 0 */
#define F32_STEP 0x1p-149 /* the smallest f32 above 0 */

static void comparison_tells_subnormals_apart(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vcmpvs, DT_u8, DT_f16);
    op.count = 1024;
    op.cmp = CMP_GT;
    op.scalar = 7 * F16_STEP;
    for (size_t i = 0; i < 1024; i++)
        reference_put_bits(DT_u16, ub + AT_A, i, (int64_t)(i % 64));
    rig_run(rig, &op);
    for (size_t i = 0; i < 128; i++) /* 8 .. 63 are greater: all but the first byte of eight */
        assert_int_equal(ub[i], i % 8 == 0 ? 0x00 : 0xff);
}

/* Bits 1 2 4 .. of a mask choose 1 or 0; sums of those are counts. */
static void selection_and_sums_count_in_f16(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vsels, DT_f16, DT_f16);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_u8, AT_B);
    op.count = 1024;
    for (size_t i = 0; i < 1024; i++)
        reference_put_bits(DT_u16, ub + AT_A, i, 1);
    memset(ub + AT_B, 0x0f, 128);
    rig_run(rig, &op);

    op = op_on(KOP_vadd, DT_f16, DT_f16);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_f16, 0);
    for (int64_t shift = 512; shift >= 16; shift /= 2) { /* halves onto halves, in place */
        op.count = shift;
        op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_f16, 2 * shift);
        rig_run(rig, &op);
    }
    for (size_t i = 0; i < 16; i++) /* lanes i, i + 16, .. of 1024: 64 each, or none */
        assert_int_equal(reference_get_bits(DT_u16, ub, i), i % 8 < 4 ? 64 : 0);
}

/* H[s..] += H[0..] for s = 1 blocks, 2, 4 ..: a running sum over rows of 16, in place. */
static void shifted_sums_in_place_read_everything_first(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    for (size_t i = 0; i < 1024; i++)
        reference_put_bits(DT_u16, ub, i, 1);
    for (int64_t shift = 16; shift < 1024; shift *= 2) {
        struct kop op = op_on(KOP_vadd, DT_f16, DT_f16);
        op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_f16, 0);
        op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_f16, 2 * shift);
        op.at[OPERAND_DST] = op.at[OPERAND_B];
        op.count = 1024 - shift;
        rig_run(rig, &op);
    }
    for (size_t i = 0; i < 1024; i++)
        assert_int_equal(reference_get_bits(DT_u16, ub, i), i / 16 + 1);
}

static void widening_in_place_reads_everything_first(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vconv, DT_f32, DT_i16);
    op.at[OPERAND_A].offset = 0;
    op.count = 1024;
    for (size_t i = 0; i < 1024; i++)
        reference_put_bits(DT_i16, ub, i, (int64_t)i - 500);
    rig_run(rig, &op);
    for (size_t i = 0; i < 1024; i++)
        assert_true(reference_get(DT_f32, ub, i) == (double)i - 500);

    op = op_on(KOP_vconv, DT_i32, DT_f32);
    op.at[OPERAND_A].offset = 0;
    op.count = 1024;
    op.round = ROUND_TRUNC;
    rig_run(rig, &op);
    for (size_t i = 0; i < 1024; i++)
        assert_int_equal(reference_get_bits(DT_i32, ub, i), (int64_t)i - 500);
}

/* The scalar is a double, which holds what an f32 in a register does. */
static void f32_subnormals_add_as_integers(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vadds, DT_f32, DT_f32);
    op.count = 200;
    op.scalar = 1000 * F32_STEP;
    for (size_t i = 0; i < 200; i++)
        reference_put_bits(DT_u32, ub + AT_A, i, (int64_t)i);
    rig_run(rig, &op);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(reference_get_bits(DT_u32, ub, i), 1000 + i);
}

/* b - e of 6 bits: add -b, times -1, up 10 bits, down again as an unsigned or signed number. */
static void sixteen_bit_integers_wrap_and_shift_by_their_sign(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = op_on(KOP_vadds, DT_i16, DT_i16);
    op.count = 64;
    for (size_t i = 0; i < 64; i++)
        reference_put_bits(DT_u16, ub + AT_A, i, (int64_t)(91 + i)); /* e; b is 122 */
    op.scalar = -122;
    rig_run(rig, &op);
    op = op_on(KOP_vmuls, DT_i16, DT_i16);
    op.at[OPERAND_A].offset = 0;
    op.count = 64;
    op.scalar = -1;
    rig_run(rig, &op);
    op = op_on(KOP_vshl, DT_u16, DT_u16);
    op.at[OPERAND_A].offset = 0;
    op.count = 64;
    op.shift = 10;
    rig_run(rig, &op);

    op.code = KOP_vshr;
    op.at[OPERAND_DST].offset = 256;
    rig_run(rig, &op);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(reference_get_bits(DT_u16, ub + 256, i), (31 - (int64_t)i) & 63);

    op.at[OPERAND_DST].dtype = op.at[OPERAND_A].dtype = DT_i16;
    rig_run(rig, &op);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(reference_get_bits(DT_i16, ub + 256, i), 31 - (int64_t)i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UB_TEST(comparison_tells_subnormals_apart),
        UB_TEST(selection_and_sums_count_in_f16),
        UB_TEST(shifted_sums_in_place_read_everything_first),
        UB_TEST(widening_in_place_reads_everything_first),
        UB_TEST(f32_subnormals_add_as_integers),
        UB_TEST(sixteen_bit_integers_wrap_and_shift_by_their_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
