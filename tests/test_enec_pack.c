/*
 * Hierarchical halving. One block of 256 lanes is worked by hand for each kind of width; any
 * other is compared with the rule said another way: as lists of numbers, not in place.
 */
#include "kernels/enec/enec_pack.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define LANES 256

static void four_bits_are_folded_once_and_paired(void **state)
{
    (void)state;
    uint16_t lanes[2 * LANES] = { 0 };
    lanes[0] = 0x1;
    lanes[64] = 0x2;  /* its byte is paired with that of lane 0 */
    lanes[128] = 0x3; /* folded onto lane 0 */
    lanes[192] = 0x4;
    enec_pack(lanes, LANES, 4);
    assert_int_equal(lanes[0], 0x4231);
    assert_int_equal(lanes[1], 0);
}

static void two_bits_are_folded_twice(void **state)
{
    (void)state;
    uint16_t lanes[2 * LANES] = { 0 };
    lanes[0] = 1;
    lanes[64] = 2;  /* folded second, by 4 */
    lanes[128] = 3; /* folded first, by 2 */
    lanes[32] = 1;  /* the byte paired with lane 0 */
    enec_pack(lanes, LANES, 2);
    assert_int_equal(lanes[0], 1 << 8 | 2 << 4 | 3 << 2 | 1);
}

static void one_bit_is_folded_three_times(void **state)
{
    (void)state;
    uint16_t lanes[2 * LANES] = { 0 };
    lanes[128] = 1;           /* bit 1 */
    lanes[64] = 1;            /* bit 2 */
    lanes[32] = 1;            /* bit 4 */
    lanes[16] = 1;            /* bit 8 */
    lanes[128 + 64 + 32] = 1; /* 1 + 2 + 4 = bit 7 */
    enec_pack(lanes, LANES, 1);
    assert_int_equal(lanes[0], 1 << 8 | 1 << 7 | 1 << 4 | 1 << 2 | 1 << 1);
}

/* Lanes 0, 128, 64, 192 make 12 bits: 0o5234. Their low byte is byte 0; the high four bits
 * are those of lane 192 and the top one of lane 64, and become the low half of byte 64. */
static void three_bits_leave_four_bits_over(void **state)
{
    (void)state;
    uint16_t lanes[2 * LANES] = { 0 };
    lanes[0] = 04;
    lanes[128] = 03;
    lanes[64] = 02;
    lanes[192] = 05;
    lanes[32] = 07; /* 12 bits of its own: the high half of byte 64 is 0; byte 32 is 7 */
    enec_pack(lanes, LANES, 3);

    /* 96 bytes, the upper 48 paired: byte 0 with byte 48, byte 16 with byte 64. */
    assert_int_equal(05234, 0xa9c);
    assert_int_equal(lanes[0], 0x9c);
    assert_int_equal(lanes[16], 0xa << 8);
    assert_int_equal(lanes[32], 0x07);
}

/* 7 -> 14 bits: low byte, 6 left; 6 -> 12: low byte, 4 left; 4 -> 8. */
static void seven_bits_are_split_twice(void **state)
{
    (void)state;
    uint16_t lanes[2 * LANES] = { 0 };
    lanes[0] = 0x7f;
    lanes[128] = 0x55; /* 0x2aff: byte 0 is 0xff, 0x2a left over in lane 128 */
    enec_pack(lanes, LANES, 7);

    /* The 6 bits of lane 128 stay low: byte 128 is 0x2a. 224 bytes; 128 pairs with 16. */
    assert_int_equal(lanes[0], 0xff);
    assert_int_equal(lanes[16], 0x2a << 8);
}

static void eleven_bits_are_a_byte_and_three(void **state)
{
    (void)state;
    uint16_t lanes[2 * LANES] = { 0 };
    lanes[0] = 0x5a1; /* 0xa1 and 5 */
    lanes[255] = 0x0ff;
    enec_pack(lanes, LANES, 11);

    /* 256 + 96 bytes; byte i pairs with byte i + 176: 255 with 79, 256 with 80. */
    assert_int_equal(lanes[0], 0xa1);
    assert_int_equal(lanes[79], 0xff << 8);
    assert_int_equal(lanes[80], 5 << 8);
}

/* What the kernel's buffer is left with, which shows in the padding of a stream. */
static void lanes_that_were_folded_away_keep_their_shifted_value(void **state)
{
    (void)state;
    uint16_t lanes[2 * LANES] = { 0 };
    lanes[200] = 5;
    enec_pack(lanes, LANES, 3);
    assert_int_equal(lanes[200], 5 << 3);
}

/* The rule as lists: `bytes` grows. Returns how many. */
static size_t listed(const uint16_t *numbers, size_t count, unsigned width, uint8_t *bytes)
{
    uint16_t half[LANES * 8];
    size_t made = 0;

    if (width == 0)
        return 0;
    if (width >= 8) {
        for (size_t i = 0; i < count; i++) {
            bytes[made++] = (uint8_t)numbers[i];
            half[i] = numbers[i] >> 8;
        }
        return made + listed(half, count, width - 8, bytes + made);
    }
    for (size_t i = 0; i < count / 2; i++)
        half[i] = (uint16_t)(numbers[i] | numbers[i + count / 2] << width);
    return listed(half, count / 2, 2 * width, bytes);
}

static void every_width_agrees_with_the_rule_said_with_lists(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned width = 1; width <= ENEC_PACK_MAX; width++) {
        for (size_t count = LANES; count <= 8 * LANES; count *= 2) {
            uint16_t lanes[2 * 8 * LANES] = { 0 }, numbers[8 * LANES];
            uint8_t bytes[2 * 8 * LANES];
            for (size_t i = 0; i < count; i++)
                lanes[i] = numbers[i] = (uint16_t)random_below(&seed, UINT64_C(1) << width);
            size_t made = listed(numbers, count, width, bytes);
            assert_int_equal(made, count * width / 8);

            enec_pack(lanes, count, width);
            for (size_t i = 0; i < made / 2; i++)
                assert_int_equal(lanes[i], bytes[i] | bytes[i + made / 2] << 8);
            memset(lanes + made / 2, 0xff, sizeof lanes - made);
            enec_unpack(lanes, count, width);
            assert_memory_equal(lanes, numbers, count * sizeof *numbers);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_bits_are_folded_once_and_paired),
        cmocka_unit_test(two_bits_are_folded_twice),
        cmocka_unit_test(one_bit_is_folded_three_times),
        cmocka_unit_test(three_bits_leave_four_bits_over),
        cmocka_unit_test(seven_bits_are_split_twice),
        cmocka_unit_test(eleven_bits_are_a_byte_and_three),
        cmocka_unit_test(lanes_that_were_folded_away_keep_their_shifted_value),
        cmocka_unit_test(every_width_agrees_with_the_rule_said_with_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
