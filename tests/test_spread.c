/* Spreading lines over slices and channels. */
#include "models/spread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void each_round_of_lines_visits_every_place_once(void **state)
{
    (void)state;
    static const uint32_t counts[] = { 1, 2, 3, 20, 32 };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (uint64_t round = 0; round < 200; round++) {
            uint64_t seen = 0;
            for (uint64_t line = 0; line < counts[i]; line++)
                seen |= UINT64_C(1) << spread_line(round * counts[i] + line, counts[i]);
            assert_int_equal(seen, (UINT64_C(1) << counts[i]) - 1);
        }
    }
}

/* 1024 lines over 32 places are 32 each; a stride that camps would give 1024 to one. */
static void no_stride_of_a_power_of_two_camps_on_one_place(void **state)
{
    (void)state;
    for (uint64_t stride = 1; stride <= 1 << 16; stride *= 2) {
        unsigned uses[32] = { 0 };
        for (uint64_t i = 0; i < 1024; i++)
            uses[spread_line(i * stride, 32)]++;
        for (unsigned place = 0; place < 32; place++)
            assert_in_range(uses[place], 1, 2 * 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_round_of_lines_visits_every_place_once),
        cmocka_unit_test(no_stride_of_a_power_of_two_camps_on_one_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
