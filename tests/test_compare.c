/* A tensor against what was expected of it. */
#include "kernels/ir/build.h"
#include "kernels/ir/half.h"
#include "tools/compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct kernel *kernel_with(enum dtype type, int64_t rows, int64_t columns)
{
    struct kernel *kernel = kernel_new("k");
    build_tensor(kernel, "z", type, TENSOR_OUT, rows, columns);
    return kernel;
}

static void compare_f32(struct comparison *out, const float *found, const float *expected,
                        int64_t columns, double tolerance)
{
    struct kernel *kernel = kernel_with(DT_f32, columns, 0);
    compare_tensor(out, kernel, 0, tolerance, (const uint8_t *)found,
                   (const uint8_t *)expected);
    kernel_free(kernel);
}

static void an_error_is_relative_only_above_one(void **state)
{
    (void)state;
    const float expected[] = { 0.0F, 0.5F, 4.0F, -4.0F };
    const float found[] = { 0.25F, 0.75F, 5.0F, -5.0F };
    struct comparison out;

    compare_f32(&out, found, expected, 4, 0.25);
    assert_int_equal(out.wrong, 0);
    assert_true(out.worst == 0.25);
    compare_f32(&out, found, expected, 4, 0.2499);
    assert_int_equal(out.wrong, 4);
    assert_int_equal(out.first[0], 0);
    assert_string_equal(out.found, "0.25");
    assert_string_equal(out.expected, "0");
}

static void what_is_no_number_agrees_only_with_itself(void **state)
{
    (void)state;
    const float inf = (float)INFINITY, nan = (float)NAN;
    const float expected[] = { nan, inf, -inf, 1.0F, inf, nan };
    const float same[] = { nan, inf, -inf, 1.0F, inf, nan };
    const float other[] = { nan, inf, inf, nan, 1.0F, 1.0F };
    struct comparison out;

    compare_f32(&out, same, expected, 6, 0);
    assert_int_equal(out.wrong, 0);
    compare_f32(&out, other, expected, 6, 1e9);
    assert_int_equal(out.wrong, 4);
    assert_int_equal(out.first[0], 2);
    assert_true(isinf(out.worst));
}

static void integers_of_64_bits_differ_by_one(void **state)
{
    (void)state;
    const int64_t expected[] = { INT64_MAX }, found[] = { INT64_MAX - 1 };
    struct kernel *kernel = kernel_with(DT_i64, 1, 0);
    struct comparison out;

    compare_tensor(&out, kernel, 0, compare_tolerance(DT_i64), (const uint8_t *)found,
                   (const uint8_t *)expected);
    assert_int_equal(out.wrong, 1);
    assert_string_equal(out.found, "9223372036854775806");
    assert_string_equal(out.expected, "9223372036854775807");
    kernel_free(kernel);
}

/* 40 rows fit 16 lines by 4 rows each, 130 columns fit 64 by 4 each. */
static void a_map_shows_the_tiles_that_are_wrong(void **state)
{
    (void)state;
    static int8_t expected[40][130], found[40][130];
    struct kernel *kernel = kernel_with(DT_i8, 40, 130);
    struct comparison out;

    found[5][129] = 3;
    found[6][128] = 1;
    found[39][0] = 1;
    compare_tensor(&out, kernel, 0, 0, (const uint8_t *)found, (const uint8_t *)expected);
    assert_int_equal(out.values, 5200);
    assert_int_equal(out.wrong, 3);
    assert_int_equal(out.first[0], 5);
    assert_int_equal(out.first[1], 129);
    assert_int_equal(out.tile_rows, 4);
    assert_int_equal(out.tile_columns, 4);
    assert_int_equal(out.rows, 10);
    assert_int_equal(out.columns, 33);
    assert_int_equal(out.map[1][32].wrong, 2);
    assert_int_equal(out.map[1][32].values, 8); /* 4 rows of the last 2 columns */
    assert_true(out.map[1][32].worst == 3);
    assert_int_equal(out.map[9][0].wrong, 1);
    assert_int_equal(out.map[0][0].wrong, 0);
    kernel_free(kernel);
}

static void a_verdict_sums_up_all_tensors(void **state)
{
    (void)state;
    struct kernel *kernel = kernel_with(DT_f16, 2, 2);
    build_tensor(kernel, "y", DT_f32, TENSOR_OUT, 4, 0);
    struct comparison both[] = {
        { .tensor = 0, .tolerance = 0.25, .worst = 0.125, .values = 4 },
        { .tensor = 1,
          .tolerance = 0.5,
          .worst = 2,
          .values = 4,
          .wrong = 1,
          .first = { 3 },
          .found = "9",
          .expected = "7" },
    };
    struct verdict verdict;

    compare_conclude(both, 2, kernel, &verdict);
    assert_true(verdict.checked);
    assert_false(verdict.correct);
    assert_int_equal(verdict.values, 8);
    assert_int_equal(verdict.wrong, 1);
    assert_true(verdict.worst == 2);
    assert_true(verdict.tolerance == 0.5);
    assert_string_equal(verdict.first, "y[3] is 9; expected 7");
    kernel_free(kernel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_relative_only_above_one),
        cmocka_unit_test(what_is_no_number_agrees_only_with_itself),
        cmocka_unit_test(integers_of_64_bits_differ_by_one),
        cmocka_unit_test(a_map_shows_the_tiles_that_are_wrong),
        cmocka_unit_test(a_verdict_sums_up_all_tensors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
