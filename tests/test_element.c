/* Elements of every type in memory, one by one and many at a time. */
#include "kernels/ir/element.h"
#include "tests/random.h"
#include "tests/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define COUNT 83
#define UNALIGNED 3

static void whole_numbers_are_those_of_the_rounding_functions(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 200000; i++) {
        /* quarters, so that ties are common; then numbers of any size */
        double x = (double)(int64_t)(random_next(&seed) % 4001) / 4 - 500;
        if (i % 2 != 0)
            x = ldexp(x, (int)random_below(&seed, 80) - 20);
        assert_true(whole_number(x, ROUND_RINT) == nearbyint(x));
        assert_true(whole_number(x, ROUND_FLOOR) == floor(x));
        assert_true(whole_number(x, ROUND_CEIL) == ceil(x));
        assert_true(whole_number(x, ROUND_ROUND) == round(x));
        assert_true(whole_number(x, ROUND_TRUNC) == trunc(x));
    }
    assert_true(signbit(whole_number(-0.25, ROUND_RINT)));
    assert_true(isnan(whole_number(NAN, ROUND_FLOOR)));
    assert_true(isinf(whole_number(-INFINITY, ROUND_CEIL)));
}

static void floats_saturate_in_integers_and_nans_become_zero(void **state)
{
    (void)state;
    static const struct {
        enum dtype type;
        int64_t least, most;
    } rows[] = {
        { DT_i4, -8, 7 },          { DT_i8, -128, 127 },
        { DT_u8, 0, 255 },         { DT_i16, -32768, 32767 },
        { DT_u16, 0, 65535 },      { DT_i32, -2147483647 - 1, 2147483647 },
        { DT_u32, 0, 4294967295 }, { DT_i64, INT64_MIN, INT64_MAX },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t at[8] = { 0 };
        element_set_f32(rows[i].type, at, 0, 1e30f);
        assert_true(element_int(rows[i].type, at, 0) == rows[i].most);
        element_set_f32(rows[i].type, at, 0, INFINITY);
        assert_true(element_int(rows[i].type, at, 0) == rows[i].most);
        element_set_f32(rows[i].type, at, 0, -INFINITY);
        assert_true(element_int(rows[i].type, at, 0) == rows[i].least);
        element_set_f32(rows[i].type, at, 0, NAN);
        assert_true(element_int(rows[i].type, at, 0) == 0);
        assert_true(int_saturate(rows[i].type, INT64_MIN) == rows[i].least);
        assert_true(int_saturate(rows[i].type, INT64_MAX) == rows[i].most);
    }
}

static void int4_pairs_share_a_byte_even_index_low(void **state)
{
    (void)state;
    uint8_t bytes[2] = { 0x8f, 0x70 };
    assert_int_equal(element_int(DT_i4, bytes, 0), -1);
    assert_int_equal(element_int(DT_i4, bytes, 1), -8);
    assert_int_equal(element_int(DT_i4, bytes, 2), 0);
    assert_int_equal(element_int(DT_i4, bytes, 3), 7);

    element_set_int(DT_i4, bytes, 1, 5);
    element_set_f32(DT_i4, bytes, 2, -2.5f);
    assert_int_equal(bytes[0], 0x5f);
    assert_int_equal(bytes[1], 0x7e);
}

/* Every type, every length: reads from an unaligned place, and writes nothing beside. */
static void many_elements_are_as_many_single_ones(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int t = 0; t < DT_COUNT; t++) {
        enum dtype type = (enum dtype)t;
        uint8_t memory[COUNT * 8 + UNALIGNED + 1], *in = memory + UNALIGNED;
        float reals[COUNT];
        int32_t wholes[COUNT];
        reference_fill(type, in, COUNT, &seed);

        for (size_t n = 0; n < COUNT; n++) {
            elements_to_f32(reals, type, in, n);
            elements_to_i32(wholes, type, in, n);
            for (size_t i = 0; i < n; i++) {
                int64_t bits = reference_get_bits(type, in, i);
                double value = f32_rounded(reference_get(type, in, i));
                if (type == DT_i64) /* a double would round it first */
                    value = (double)(float)bits;
                if (type == DT_u64)
                    value = (double)(float)(uint64_t)bits;
                assert_int_equal(wholes[i], (int32_t)bits);
                assert_true(element_int(type, in, i) == bits);
                assert_true(reals[i] == value || (isnan(value) && isnan(reals[i])));
                assert_memory_equal(&reals[i], &(float){ element_f32(type, in, i) }, 4);
            }
        }
    }
}

static void many_elements_are_stored_as_single_ones(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int t = 0; t < DT_COUNT; t++) {
        enum dtype type = (enum dtype)t;
        float reals[COUNT];
        int32_t wholes[COUNT];
        if (type == DT_u64) /* no operation makes a u64 of an f32 */
            continue;
        reference_fill(DT_f32, (uint8_t *)reals, COUNT, &seed);
        for (size_t i = 0; i < COUNT; i++)
            wholes[i] = (int32_t)random_next(&seed);

        for (size_t n = 0; n < COUNT; n++) {
            uint8_t found[COUNT * 8], expected[COUNT * 8], single[COUNT * 8];
            memset(found, 0xa5, sizeof found);
            memset(expected, 0xa5, sizeof expected);
            memset(single, 0xa5, sizeof single);
            elements_from_f32(type, found, reals, n);
            for (size_t i = 0; i < n; i++) {
                reference_put(type, expected, i, (double)reals[i]);
                element_set_f32(type, single, i, reals[i]);
            }
            assert_memory_equal(found, expected, sizeof found);
            assert_memory_equal(single, expected, sizeof found);

            elements_from_i32(type, found, wholes, n);
            for (size_t i = 0; i < n; i++) {
                reference_put_bits(type, expected, i, wholes[i]);
                element_set_int(type, single, i, wholes[i]);
            }
            assert_memory_equal(found, expected, sizeof found);
            assert_memory_equal(single, expected, sizeof found);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_those_of_the_rounding_functions),
        cmocka_unit_test(floats_saturate_in_integers_and_nans_become_zero),
        cmocka_unit_test(int4_pairs_share_a_byte_even_index_low),
        cmocka_unit_test(many_elements_are_as_many_single_ones),
        cmocka_unit_test(many_elements_are_stored_as_single_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
