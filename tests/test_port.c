#include "sim/port.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/random.h"

static struct port link_of(uint64_t megabytes_per_second)
{
    return (struct port){ .bytes = { megabytes_per_second } };
}

static void an_idle_port_starts_at_once(void **state)
{
    (void)state;
    struct port port = link_of(1000); /* one byte per nanosecond */
    struct grant grant = port_reserve(&port, 500, 100);

    assert_int_equal(grant.start, 500);
    assert_int_equal(grant.done, 500 + 100 * 1000);
}

static void a_second_request_waits_for_the_first(void **state)
{
    (void)state;
    struct port port = link_of(1000);
    struct grant first = port_reserve(&port, 0, 100);
    struct grant second = port_reserve(&port, 0, 100);

    assert_int_equal(first.done, 100 * 1000);
    assert_int_equal(second.start, 100 * 1000);
    assert_int_equal(second.done, 200 * 1000);
}

static void a_burst_that_takes_a_broken_time_is_rounded_up(void **state)
{
    (void)state;
    struct port port = link_of(3000); /* 333.33... ps per byte */
    assert_int_equal(port_reserve(&port, 0, 1).done, 334);
}

static void what_one_burst_was_rounded_up_by_the_next_gets_back(void **state)
{
    (void)state;
    struct port port = link_of(3000);
    assert_int_equal(port_reserve(&port, 0, 1).done, 334);
    assert_int_equal(port_reserve(&port, 0, 1).done, 667);
    assert_int_equal(port_reserve(&port, 0, 1).done, 1000);
}

static void asking_only_when_the_last_burst_is_done_is_still_back_to_back(void **state)
{
    (void)state;
    struct port port = link_of(3000);
    sim_time done = 0;
    for (int i = 0; i < 3; i++)
        done = port_reserve(&port, done, 1).done;
    assert_int_equal(done, 1000);
}

static void idle_time_is_not_given_back(void **state)
{
    (void)state;
    struct port port = link_of(3000);
    port_reserve(&port, 0, 1);
    assert_int_equal(port_reserve(&port, 1000, 1).done, 1334);
}

static void a_port_faster_than_a_byte_per_picosecond_is_exact(void **state)
{
    (void)state;
    struct port port = link_of(4000000); /* 4 TB/s: a byte in a quarter ps */
    const sim_time done[] = { 1, 1, 1, 1, 2, 2, 2, 2, 3 };
    for (size_t i = 0; i < sizeof done / sizeof done[0]; i++)
        assert_int_equal(port_reserve(&port, 0, 1).done, done[i]);
}

static void nothing_takes_no_time(void **state)
{
    (void)state;
    struct port port = link_of(1000);
    struct grant grant = port_reserve(&port, 40, 0);
    assert_int_equal(grant.start, 40);
    assert_int_equal(grant.done, 40);
}

static void bursts_back_to_back_end_when_one_transfer_of_them_all_would(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int round = 0; round < 2000; round++) {
        uint64_t speed = 1 + random_below(&seed, round % 2 ? 5000000 : 300000);
        sim_time begin = random_below(&seed, 1000000);
        struct port bursts = link_of(speed), whole = link_of(speed);
        uint64_t total = 0;

        for (int i = 0; i < 100; i++) {
            uint64_t bytes = random_below(&seed, round % 3 ? 600 : 5);
            total += bytes;
            struct grant grant = port_reserve(&bursts, begin, bytes);
            assert_int_equal(grant.done, begin + rate_time(bursts.bytes, total));
        }
        assert_int_equal(port_reserve(&whole, begin, total).done, bursts.free_at);
        assert_int_equal(bursts.served_bytes, total);
    }
}

static void no_two_grants_overlap_and_none_starts_early(void **state)
{
    (void)state;
    uint64_t seed = 5;
    struct port port = link_of(1717);
    struct grant last = { 0 };
    sim_time earliest = 0;

    for (int i = 0; i < 100000; i++) {
        earliest += random_below(&seed, 100000);
        uint64_t bytes = random_below(&seed, 200);
        struct grant grant = port_reserve(&port, earliest, bytes);

        assert_true(grant.start >= earliest && grant.start >= last.done);
        assert_true(grant.start == earliest || grant.start == last.done);
        assert_true(grant.done - grant.start <= rate_time(port.bytes, bytes));
        last = grant;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_port_starts_at_once),
        cmocka_unit_test(a_second_request_waits_for_the_first),
        cmocka_unit_test(a_burst_that_takes_a_broken_time_is_rounded_up),
        cmocka_unit_test(what_one_burst_was_rounded_up_by_the_next_gets_back),
        cmocka_unit_test(asking_only_when_the_last_burst_is_done_is_still_back_to_back),
        cmocka_unit_test(idle_time_is_not_given_back),
        cmocka_unit_test(a_port_faster_than_a_byte_per_picosecond_is_exact),
        cmocka_unit_test(nothing_takes_no_time),
        cmocka_unit_test(bursts_back_to_back_end_when_one_transfer_of_them_all_would),
        cmocka_unit_test(no_two_grants_overlap_and_none_starts_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
