#include "sim/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/random.h"

static void cycles_of_a_clock_that_divides_a_microsecond_are_equal(void **state)
{
    (void)state;
    struct rate clock = { 1000 };
    assert_int_equal(rate_time(clock, 0), 0);
    assert_int_equal(rate_time(clock, 1), 1000);
    assert_int_equal(rate_time(clock, 7), 7000);
}

static void a_clock_with_a_broken_period_does_not_drift(void **state)
{
    (void)state;
    struct rate clock = { 1800 }; /* 555.55... ps */
    assert_int_equal(rate_time(clock, 1), 556);
    assert_int_equal(rate_time(clock, 9), 5000);
    assert_int_equal(rate_time(clock, 36), 20000);
    assert_int_equal(rate_time(clock, UINT64_C(1800000000)), UINT64_C(1000000000000));
}

static void a_cycle_is_counted_at_its_edge_and_not_a_picosecond_before(void **state)
{
    (void)state;
    struct rate clock = { 1800 };
    assert_int_equal(rate_count(clock, 555), 0);
    assert_int_equal(rate_count(clock, 556), 1);
    assert_int_equal(rate_count(clock, 1111), 1);
    assert_int_equal(rate_count(clock, 1112), 2);
}

static void an_edge_is_its_own_next_edge(void **state)
{
    (void)state;
    struct rate clock = { 1800 };
    assert_int_equal(rate_align(clock, 0), 0);
    assert_int_equal(rate_align(clock, 1), 556);
    assert_int_equal(rate_align(clock, 556), 556);
    assert_int_equal(rate_align(clock, 557), 1112);
}

static void rates_faster_than_a_unit_per_picosecond_are_exact(void **state)
{
    (void)state;
    struct rate link = { 1600000 }; /* 1.6 TB/s: 0.625 ps per byte */
    assert_int_equal(rate_time(link, 1), 1);
    assert_int_equal(rate_time(link, 8), 5);
    assert_int_equal(rate_count(link, 5), 8);
}

static void time_is_the_least_that_suffices_for_any_rate(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        struct rate clock = { 1 + random_below(&seed, PS_PER_US) }; /* up to 1 THz */
        uint64_t n = 1 + random_below(&seed, UINT64_C(1) << 40);
        sim_time t = rate_time(clock, n);

        assert_int_equal(rate_count(clock, t), n);
        assert_int_equal(rate_count(clock, t - 1), n - 1);
    }
}

static void the_next_edge_is_the_first_one_not_in_the_past(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 200000; i++) {
        struct rate clock = { 1 + random_below(&seed, PS_PER_US) };
        sim_time t = 1 + random_below(&seed, UINT64_C(1) << 50);
        sim_time edge = rate_align(clock, t);
        uint64_t n = rate_count(clock, edge);

        assert_true(edge >= t);
        assert_int_equal(rate_time(clock, n), edge);
        assert_true(rate_time(clock, n - 1) < t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_of_a_clock_that_divides_a_microsecond_are_equal),
        cmocka_unit_test(a_clock_with_a_broken_period_does_not_drift),
        cmocka_unit_test(a_cycle_is_counted_at_its_edge_and_not_a_picosecond_before),
        cmocka_unit_test(an_edge_is_its_own_next_edge),
        cmocka_unit_test(rates_faster_than_a_unit_per_picosecond_are_exact),
        cmocka_unit_test(time_is_the_least_that_suffices_for_any_rate),
        cmocka_unit_test(the_next_edge_is_the_first_one_not_in_the_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
