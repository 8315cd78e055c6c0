/* load3d: the matrix of a convolution's windows, by hand and against loops over the map. */
#include "tests/exec_rig.h"
#include "tests/random.h"
#include "tests/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct kop window_op(enum dtype type, int64_t rows, int64_t cols, int16_t kernel)
{
    struct kop op = rig_op(KOP_load3d);
    op.at[OPERAND_DST] = rig_operand(SPACE_L0A, type, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_L1, type, 64);
    op.rows = rows;
    op.cols = cols;
    op.kernel_h = op.kernel_w = kernel;
    return op;
}

/* Element (row, column) of what is in L0A: fractals of 16 rows of C0, all of k, then down. */
static int64_t loaded(struct rig *rig, const struct kop *op, size_t row, size_t column)
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    size_t c0 = 256 / dtype_info[type].bits, across = ((size_t)op->k + c0 - 1) / c0;
    size_t fractal = row / 16 * across + column / c0;
    return reference_get_bits(type, rig_memory(rig, SPACE_L0A),
                              (fractal * 16 + row % 16) * c0 + column % c0);
}

/* 3 by 4 positions of 8 channels; channel c of position p is 10p + c as bits, and padding is
 * -1. The window is as large as the map, so its place (1, 1) of 3 by 4 covers positions 0 to 2,
 * 4 .. 6.
 */
static void windows_cover_the_map_and_padding_around_it(void **state)
{
    struct rig *rig = *state;
    struct kop op = window_op(DT_f32, 3, 4, 3);
    for (size_t i = 0; i < 12 * 8; i++)
        reference_put_bits(DT_i32, rig_memory(rig, SPACE_L1) + 64, i,
                           (int64_t)(i / 8 * 10 + i % 8));
    op.pad_left = op.pad_right = op.pad_top = op.pad_bottom = 1;
    op.scalar = -1;
    op.m = 12;
    op.k = 72;
    memset(rig_memory(rig, SPACE_L0A), 0xa5, 16 * 72 * 4 + 4);
    rig_run(rig, &op);
    static const struct {
        size_t row, tap;
        int64_t position; /* -1: padding */
    } expected[] = {
        { 0, 0, -1 }, { 0, 2, -1 }, { 0, 3, -1 },  { 0, 4, 0 },   { 0, 5, 1 },   { 0, 7, 4 },
        { 0, 8, 5 },  { 3, 4, 3 },  { 3, 5, -1 },  { 5, 0, 0 },   { 5, 4, 5 },   { 5, 8, 10 },
        { 6, 2, 3 },  { 11, 0, 6 }, { 11, 4, 11 }, { 11, 6, -1 }, { 11, 8, -1 },
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        for (size_t c = 0; c < 8; c++) {
            int64_t position = expected[i].position;
            assert_int_equal(loaded(rig, &op, expected[i].row, expected[i].tap * 8 + c),
                             position < 0 ? 0xbf800000 : position * 10 + (int64_t)c);
        }
    }
    for (size_t row = 12; row < 16; row++)
        assert_int_equal(loaded(rig, &op, row, 71), 0);
    assert_int_equal(rig_memory(rig, SPACE_L0A)[16 * 72 * 4], 0xa5);
}

/* The whole matrix, one column after another, as one would write a convolution's loops. */
static int64_t element(struct rig *rig, const struct kop *op, int64_t row, int64_t column)
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    int64_t c0 = 256 / dtype_info[type].bits;
    int64_t wide = op->cols + op->pad_left + op->pad_right;
    int64_t across = 0, counted = 0;

    while (across * op->stride_w + (op->kernel_w - 1) * op->dilate_w < wide)
        across++;
    for (int64_t plane = 0; plane < op->planes; plane++) {
        for (int64_t kh = 0; kh < op->kernel_h; kh++) {
            for (int64_t kw = 0; kw < op->kernel_w; kw++, counted += c0) {
                if (column < counted || column >= counted + c0)
                    continue;
                int64_t h = row / across * op->stride_h + kh * op->dilate_h - op->pad_top;
                int64_t w = row % across * op->stride_w + kw * op->dilate_w - op->pad_left;
                bool inside = h >= 0 && h < op->rows && w >= 0 && w < op->cols;
                int64_t at = (plane * op->rows + h) * op->cols + w;
                return inside ? reference_get_bits(type, rig_memory(rig, SPACE_L1) + 64,
                                                   (size_t)(at * c0 + column - counted))
                              : (int64_t)op->scalar;
            }
        }
    }
    fail();
    return 0;
}

static void any_part_of_the_matrix_is_what_loops_say(void **state)
{
    static const enum dtype types[] = { DT_i8, DT_i4 };
    struct rig *rig = *state;
    uint64_t seed = 8;
    for (size_t i = 0; i < 4096; i++)
        rig_memory(rig, SPACE_L1)[i] = (uint8_t)random_next(&seed);
    for (int round = 0; round < 60; round++) {
        struct kop op = window_op(types[round % 2], 4 + round % 3, 5 + round % 4, 1);
        int64_t c0 = 256 / dtype_info[types[round % 2]].bits;
        op.planes = 1 + (int64_t)random_below(&seed, 2);
        op.kernel_h = (int16_t)(1 + random_below(&seed, 3));
        op.kernel_w = (int16_t)(1 + random_below(&seed, 3));
        op.stride_h = (int16_t)(1 + random_below(&seed, 2));
        op.stride_w = (int16_t)(1 + random_below(&seed, 3));
        op.dilate_w = (int16_t)(1 + random_below(&seed, 2));
        op.pad_left = (int16_t)random_below(&seed, 3);
        op.pad_right = (int16_t)random_below(&seed, 3);
        op.pad_top = (int16_t)random_below(&seed, 2);
        op.pad_bottom = (int16_t)random_below(&seed, 4);
        op.scalar = 3;
        int64_t down = (op.rows + op.pad_top + op.pad_bottom - op.kernel_h) / op.stride_h + 1;
        int64_t across =
            (op.cols + op.pad_left + op.pad_right - (op.kernel_w - 1) * op.dilate_w - 1) /
                op.stride_w +
            1;
        op.m_start = down * across > 16 ? 16 * (round / 2 % 2) : 0;
        op.m = down * across - op.m_start;
        op.k_start = op.kernel_w > 1 ? c0 : 0;
        op.k = op.planes * op.kernel_h * op.kernel_w * c0 - op.k_start - round / 2 % 2 * 2;
        rig_run(rig, &op);
        for (int64_t row = 0; row < op.m; row++) {
            for (int64_t column = 0; column < op.k; column++)
                assert_int_equal(loaded(rig, &op, (size_t)row, (size_t)column),
                                 element(rig, &op, op.m_start + row, op.k_start + column));
        }
        struct kop more = op;
        more.m++;
        assert_non_null(strstr(rig_refusal(rig, &more), "load3d: m is "));
    }
}

/* 5 by 6 positions and a column of padding; 3 by 3 of a kernel dilated by 2 needs 5 by 5. */
static void windows_that_do_not_fit_are_refused(void **state)
{
    struct rig *rig = *state;
    struct kop op = window_op(DT_f16, 5, 6, 3);
    op.dilate_h = op.dilate_w = 2;
    op.pad_right = 1;
    op.m = 3; /* across: 7 - 5 + 1 */
    op.k = 9 * 16;
    rig_run(rig, &op);
#define REFUSED(field, value, message)                                                         \
    do {                                                                                       \
        struct kop wrong = op;                                                                 \
        wrong.field = value;                                                                   \
        assert_non_null(strstr(rig_refusal(rig, &wrong), "load3d: " message));                 \
    } while (0)
    REFUSED(m, 4, "m is 4; expected 0..3");
    REFUSED(k, 145, "k is 145; expected 0..144");
    REFUSED(dilate_h, 3, "kernel_h is 3; expected 1..2");
    REFUSED(kernel_w, 5, "kernel_w is 5; expected 1..4");
    REFUSED(kernel_h, 0, "kernel_h is 0; expected 1..3");
    REFUSED(rows, 0, "rows is 0; expected 1..32767");
    REFUSED(m_start, 8, "m_start is 8; expected a multiple of 16");
    REFUSED(k_start, 8, "k_start is 8; expected a multiple of 16");
    REFUSED(k_start, 16, "k is 144; expected 0..128");
    REFUSED(stride_w, 0, "stride_w is 0; expected 1..63");
    REFUSED(at[OPERAND_A].size, 64 + 5 * 6 * 32 - 1, "a ends at byte 1024 of");
#undef REFUSED
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(windows_cover_the_map_and_padding_around_it),
        TEST(any_part_of_the_matrix_is_what_loops_say),
        TEST(windows_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
