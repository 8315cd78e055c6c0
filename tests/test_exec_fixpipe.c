/* The fixpipe's scales of columns and its columns of 32-bit elements, worked out by hand. */
#include "tests/exec_rig.h"
#include "tests/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { M = 3, N = 20 };

/* Element (row, column) of the accumulators is 100 * row + column, less 50. */
static double accumulator(size_t row, size_t column)
{
    return 100 * (double)row + (double)column - 50;
}

static struct kop drain_of(struct rig *rig, enum kop_code code, enum dtype to, enum dtype from)
{
    struct kop op = rig_op(code);
    op.at[OPERAND_DST] = rig_operand(SPACE_GM, to, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_L0C, from, 0);
    op.m = M;
    op.n = N;
    op.nz_rows = 16;
    memset(rig_memory(rig, SPACE_GM), 0xa5, RIG_CAPACITY);
    for (size_t row = 0; row < M; row++) {
        for (size_t column = 0; column < N; column++)
            reference_put(from, rig_memory(rig, SPACE_L0C),
                          (column / 16 * 16 + row) * 16 + column % 16,
                          accumulator(row, column));
    }
    if (code == KOP_fixpipev) {
        op.at[OPERAND_B] = rig_operand(SPACE_FB, DT_f32, 128);
        for (size_t column = 0; column < N; column++)
            reference_put(DT_f32, rig_memory(rig, SPACE_FB) + 128, column,
                          column == 19 ? 10 : 0.25 * (double)(column % 3));
    }
    return op;
}

static double scale_of(size_t column)
{
    return column == 19 ? 10 : 0.25 * (double)(column % 3);
}

/* Quarters and halves round to even, and 10 times as much saturates. */
static void every_column_has_its_scale(void **state)
{
    static const enum dtype from[] = { DT_i32, DT_f32, DT_i32 };
    for (size_t t = 0; t < 3; t++) {
        struct rig *rig = *state;
        enum dtype to = t < 2 ? DT_i8 : DT_u8;
        double least = to == DT_i8 ? -128 : 0, most = to == DT_i8 ? 127 : 255;
        struct kop op = drain_of(rig, KOP_fixpipev, to, from[t]);
        op.relu = t == 1;
        rig_run(rig, &op);
        for (size_t row = 0; row < M; row++) {
            for (size_t column = 0; column < N; column++) {
                double x = rint(accumulator(row, column) * scale_of(column));
                x = t == 1 && x < 0 ? 0 : x;
                x = x > most ? most : x < least ? least : x;
                assert_true(reference_get(to, rig_memory(rig, SPACE_GM), row * N + column) ==
                            x);
            }
        }
        assert_int_equal(rig_memory(rig, SPACE_GM)[M * N], 0xa5);
    }
}

static void scales_reach_as_far_as_the_columns(void **state)
{
    struct kop op = drain_of(*state, KOP_fixpipev, DT_f16, DT_f32);
    op.at[OPERAND_B].size = 128 + 4 * N;
    rig_run(*state, &op);
    op.at[OPERAND_B].size--;
    assert_non_null(strstr(rig_refusal(*state, &op), "fixpipev: b ends at byte 208 of"));
}

/* NZ of f32: five half-full columns of 8, or two of 16, each of M rows. */
static void wide_columns_are_split_or_not(void **state)
{
    for (int16_t split = 0; split < 2; split++) {
        struct rig *rig = *state;
        struct kop op = drain_of(rig, KOP_fixpipe, DT_f32, DT_f32);
        size_t width = split != 0 ? 8 : 16;
        op.nz = 1;
        op.split = split;
        rig_run(rig, &op);
        for (size_t row = 0; row < M; row++) {
            for (size_t column = 0; column < N; column++)
                assert_true(reference_get(DT_f32, rig_memory(rig, SPACE_GM),
                                          (column / width * M + row) * width +
                                              column % width) == accumulator(row, column));
        }
        op.at[OPERAND_DST].size =
            split != 0 ? 4 * (2 * M * 8 + (M - 1) * 8 + 4) : 4 * (M * 16 + (M - 1) * 16 + 4);
        rig_run(rig, &op);
        op.at[OPERAND_DST].size--;
        assert_non_null(strstr(rig_refusal(rig, &op), " ends at byte "));
    }
}

static double clamped(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

/* Halves round to even before the offset comes: -24 + 3 from -24.5, though -21.5 would be -22.
 */
static void an_offset_is_added_to_whole_numbers(void **state)
{
    struct rig *rig = *state;
    struct kop op = drain_of(rig, KOP_fixpipe, DT_i8, DT_i32);
    op.scale = 0.5;
    op.scalar = 3;
    rig_run(rig, &op);
    for (size_t i = 0; i < (size_t)M * N; i++) {
        double x = rint(0.5 * accumulator(i / N, i % N)) + 3;
        assert_true(reference_get(DT_i8, rig_memory(rig, SPACE_GM), i) ==
                    clamped(x, -128, 127));
    }
    assert_true(reference_get(DT_i8, rig_memory(rig, SPACE_GM), 1) == -24 + 3);

    op.relu = 1; /* of what is scaled, not of what has its offset */
    op.scalar = -7;
    rig_run(rig, &op);
    assert_true(reference_get(DT_i8, rig_memory(rig, SPACE_GM), 0) == -7);

    op.scalar = 0.5;
    assert_non_null(strstr(rig_refusal(rig, &op), "scalar is 0.5; expected a whole number"));
    op.scalar = 256;
    assert_non_null(strstr(rig_refusal(rig, &op), "scalar is 256; expected a whole number"));
    op.scalar = 1;
    op.at[OPERAND_DST].dtype = DT_f16;
    assert_non_null(strstr(rig_refusal(rig, &op), "an offset (scalar) to f16; expected to i4"));
}

/* Scale 0.25, its lowest fraction bits lost; offset 2 in even columns and -2 in odd ones. */
static void a_word_of_a_column_has_scale_and_offset(void **state)
{
    struct rig *rig = *state;
    for (int quantised = 0; quantised < 2; quantised++) {
        enum dtype to = quantised != 0 ? DT_u8 : DT_f16;
        struct kop op = drain_of(rig, KOP_fixpipev, to, DT_f32);
        op.at[OPERAND_B].dtype = DT_u64;
        for (size_t column = 0; column < N; column++) {
            int64_t offset = column % 2 == 0 ? 2 : 0x1fe;
            reference_put_bits(DT_u64, rig_memory(rig, SPACE_FB) + 128, column,
                               INT64_C(0x3e801fff) | offset << 37 | INT64_C(1) << 46);
        }
        rig_run(rig, &op);
        for (size_t i = 0; i < (size_t)M * N; i++) {
            double x = 0.25 * accumulator(i / N, i % N);
            if (quantised != 0)
                x = clamped(rint(x) + (i % N % 2 == 0 ? 2 : -2), 0, 255);
            assert_true(reference_get(to, rig_memory(rig, SPACE_GM), i) == x);
        }
    }
}

/* Rows of 20 nibbles are 10 bytes; 10 of the accumulators are from -8 to 7. */
static void results_of_four_bits_share_bytes(void **state)
{
    struct rig *rig = *state;
    struct kop op = drain_of(rig, KOP_fixpipe, DT_i4, DT_i32);
    op.scalar = 1;
    rig_run(rig, &op);
    for (size_t i = 0; i < (size_t)M * N; i++)
        assert_true(reference_get(DT_i4, rig_memory(rig, SPACE_GM), i) ==
                    clamped(accumulator(i / N, i % N) + 1, -8, 7));
    assert_int_equal(rig_memory(rig, SPACE_GM)[M * N / 2], 0xa5);

    op.nz = 1; /* a column is 64 wide: rows of 32 bytes, of which 10 are written */
    rig_run(rig, &op);
    assert_true(reference_get(DT_i4, rig_memory(rig, SPACE_GM), 64 + 0) == 7);
    op.n = 19;
    assert_non_null(strstr(rig_refusal(rig, &op), "n is 19; expected a multiple of 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_column_has_its_scale, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(scales_reach_as_far_as_the_columns, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(an_offset_is_added_to_whole_numbers, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(a_word_of_a_column_has_scale_and_offset, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(results_of_four_bits_share_bytes, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(wide_columns_are_split_or_not, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
