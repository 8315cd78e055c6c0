/* f16 and bf16, against conversions in double. */
#include "kernels/ir/half.h"
#include "tests/random.h"
#include "tests/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static bool is_f16_nan(uint32_t half)
{
    return (half & 0x7fff) > 0x7c00;
}

static bool is_bf16_nan(uint32_t half)
{
    return (half & 0x7fff) > 0x7f80;
}

static void every_f16_has_the_value_of_its_fields(void **state)
{
    (void)state;
    for (uint32_t half = 0; half <= 0xffff; half++) {
        double expected = reference_decode(half, 5, 10);
        float found = f16_to_f32((uint16_t)half);
        if (is_f16_nan(half))
            assert_true(isnan(found));
        else
            assert_int_equal(f32_bits(found), reference_encode(expected, 8, 23));
    }
}

static void every_bf16_is_the_upper_half_of_an_f32(void **state)
{
    (void)state;
    for (uint32_t half = 0; half <= 0xffff; half++) {
        uint32_t quiet = is_bf16_nan(half) ? 0x00400000 : 0;
        assert_int_equal(f32_bits(bf16_to_f32((uint16_t)half)), half << 16 | quiet);
    }
}

static void every_half_comes_back_and_nans_come_back_quiet(void **state)
{
    (void)state;
    for (uint32_t half = 0; half <= 0xffff; half++) {
        uint32_t f16 = half | (is_f16_nan(half) ? 0x0200 : 0);
        uint32_t bf16 = half | (is_bf16_nan(half) ? 0x0040 : 0);
        assert_int_equal(f32_to_f16(f16_to_f32((uint16_t)half)), f16);
        assert_int_equal(f32_to_bf16(bf16_to_f32((uint16_t)half)), bf16);
    }
}

static void nans_keep_their_sign_and_the_top_of_their_payload(void **state)
{
    (void)state;
    assert_int_equal(f32_to_f16(f32_of_bits(0xffa02fff)), 0xff01); /* 0x202fff >> 13 is 0x101 */
    assert_int_equal(f32_to_bf16(f32_of_bits(0x7fa2ffff)), 0x7fe2);
    assert_int_equal(f32_to_f16(f32_of_bits(0x7f800001)), 0x7e00); /* not an infinity */
    assert_int_equal(f32_to_bf16(f32_of_bits(0xff800001)), 0xffc0);
    assert_int_equal(f32_bits(f16_to_f32(0xfd01)), 0xffe02000);
}

static void check_narrowing(float x)
{
    if (isnan(x))
        return;
    assert_int_equal(f32_to_f16(x), reference_encode((double)x, 5, 10));
    assert_int_equal(f32_to_bf16(x), reference_encode((double)x, 8, 7));
}

static void any_f32_narrows_to_the_nearest(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 1000000; i++) {
        uint32_t bits = (uint32_t)random_next(&seed);
        check_narrowing(f32_of_bits(bits));
        /* and one in the range of f16, exponents -30 to 16 */
        uint32_t exponent = (uint32_t)(97 + random_below(&seed, 47));
        check_narrowing(f32_of_bits((bits & 0x807fffff) | exponent << 23));
    }
}

static void ties_go_to_even_and_their_neighbours_do_not(void **state)
{
    (void)state;
    for (uint32_t half = 0; half < 0x7c00; half++) {
        /* The f32 halfway to the next f16: the next of 65504 would be 65536. */
        double next = half + 1 < 0x7c00 ? reference_decode(half + 1, 5, 10) : 65536;
        float middle = (float)((reference_decode(half, 5, 10) + next) / 2);
        uint32_t even = half % 2 == 0 ? half : half + 1;

        assert_int_equal(f32_to_f16(middle), even);
        assert_int_equal(f32_to_f16(-middle), 0x8000 | even);
        assert_int_equal(f32_to_f16(nextafterf(middle, 0)), half);
        assert_int_equal(f32_to_f16(nextafterf(middle, INFINITY)), half + 1);
    }
    for (uint32_t half = 0; half < 0x7f80; half++) {
        uint32_t middle = half << 16 | 0x8000, even = half % 2 == 0 ? half : half + 1;
        assert_int_equal(f32_to_bf16(f32_of_bits(middle)), even);
        assert_int_equal(f32_to_bf16(f32_of_bits(middle - 1)), half);
        assert_int_equal(f32_to_bf16(f32_of_bits(middle + 1)), half + 1);
    }
}

static void arithmetic_gives_one_nan_only(void **state)
{
    (void)state;
    assert_int_equal(f32_bits(f32_canonical(f32_of_bits(0xffc12345))), 0x7fc00000);
    assert_int_equal(f32_bits(f32_canonical(f32_of_bits(0x80000000))), 0x80000000);
    assert_int_equal(f32_bits(f32_canonical(-INFINITY)), 0xff800000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_f16_has_the_value_of_its_fields),
        cmocka_unit_test(every_bf16_is_the_upper_half_of_an_f32),
        cmocka_unit_test(every_half_comes_back_and_nans_come_back_quiet),
        cmocka_unit_test(nans_keep_their_sign_and_the_top_of_their_payload),
        cmocka_unit_test(any_f32_narrows_to_the_nearest),
        cmocka_unit_test(ties_go_to_even_and_their_neighbours_do_not),
        cmocka_unit_test(arithmetic_gives_one_nan_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
