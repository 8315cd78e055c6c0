/* Own elementary functions, against libm in double. */
#include "kernels/ir/fmath.h"
#include "kernels/ir/half.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <cmocka.h>

/* The error in units of the last place that an f32 near `expected` has. */
static double ulps(float found, double expected)
{
    int exponent;
    frexp(expected, &exponent);
    exponent = exponent > -125 ? exponent : -125;
    return fabs((double)found - expected) / ldexp(1, exponent - 24);
}

static void assert_close(float found, double expected)
{
    if (fabs(expected) >= 0x1.ffffffp127) /* nearer to 2^128 than to the largest f32 */
        assert_true(isinf(found) && (found > 0) == (expected > 0));
    else
        assert_true(ulps(found, expected) <= 0.501);
}

/* Every 997th f32 there is. */
#define FOR_POSITIVE(x)                                                                        \
    for (uint32_t bits = 1; bits < F32_INFINITY; bits += 997)                                  \
        for (float x = f32_of_bits(bits), once = 1; once != 0; once = 0)

static void exp_is_within_half_a_unit(void **state)
{
    (void)state;
    FOR_POSITIVE(x)
    {
        assert_close(f32_exp(x), exp((double)x));
        assert_close(f32_exp(-x), exp(-(double)x));
    }
}

static void ln_is_within_half_a_unit(void **state)
{
    (void)state;
    FOR_POSITIVE(x)
    {
        assert_close(f32_ln(x), log((double)x));
    }
    for (uint32_t i = 0; i < 100000; i++) { /* where the logarithm is small */
        float x = f32_of_bits(f32_bits(0.99f) + i * 3);
        assert_close(f32_ln(x), log((double)x));
    }
}

static void roots_and_reciprocals_are_within_half_a_unit(void **state)
{
    (void)state;
    FOR_POSITIVE(x)
    {
        assert_close(f32_sqrt(x), sqrt((double)x));
        assert_close(f32_rsqrt(x), 1 / sqrt((double)x));
        assert_close(f32_reciprocal(x), 1 / (double)x);
        assert_close(f32_reciprocal(-x), -1 / (double)x);
    }
}

static void assert_bits(float found, uint32_t expected)
{
    assert_int_equal(f32_bits(found), expected);
}

static void special_values_follow_ieee_754(void **state)
{
    (void)state;
    const uint32_t nan = 0x7fc00000, infinity = 0x7f800000, one = 0x3f800000,
                   minus = 0x80000000;
    const float negative_nan = f32_of_bits(0xffc00001);

    assert_bits(f32_exp(0), one);
    assert_bits(f32_exp(INFINITY), infinity);
    assert_bits(f32_exp(-INFINITY), 0);
    assert_bits(f32_exp(-1e30f), 0);
    assert_bits(f32_exp(negative_nan), nan);

    assert_bits(f32_ln(1), 0);
    assert_bits(f32_ln(0), minus | infinity);
    assert_bits(f32_ln(-0.0f), minus | infinity);
    assert_bits(f32_ln(-1), nan);
    assert_bits(f32_ln(INFINITY), infinity);
    assert_bits(f32_ln(negative_nan), nan);

    assert_bits(f32_sqrt(-0.0f), minus);
    assert_bits(f32_sqrt(-1), nan);
    assert_bits(f32_sqrt(INFINITY), infinity);
    assert_bits(f32_rsqrt(0), infinity);
    assert_bits(f32_rsqrt(-0.0f), minus | infinity);
    assert_bits(f32_rsqrt(INFINITY), 0);
    assert_bits(f32_rsqrt(-1), nan);
    assert_bits(f32_reciprocal(-0.0f), minus | infinity);
    assert_bits(f32_reciprocal(-INFINITY), minus);
    assert_bits(f32_reciprocal(negative_nan), nan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_half_a_unit),
        cmocka_unit_test(ln_is_within_half_a_unit),
        cmocka_unit_test(roots_and_reciprocals_are_within_half_a_unit),
        cmocka_unit_test(special_values_follow_ieee_754),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
