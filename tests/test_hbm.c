/*
 * Two channels of 51.2 bytes a nanosecond: a line of 512 bytes takes 10 ns,
 * and is read 100 ns after that.
 */
#include "models/hbm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "models/spread.h"

#define NS UINT64_C(1000)
#define LINE 512

static struct hbm hbm_of(sim_time turnaround, uint32_t batch)
{
    struct hbm hbm;
    hbm_init(&hbm, &(struct hbm_config){ .channels = 2,
                                         .rate = { 102400 },
                                         .latency = 100 * NS,
                                         .turnaround = turnaround,
                                         .batch = batch });
    return hbm;
}

/* The n-th line of a channel. */
static uint64_t line_of(uint32_t channel, unsigned n)
{
    for (uint64_t line = 0;; line++) {
        if (spread_line(line, 2) == channel && n-- == 0)
            return line;
    }
}

static void a_read_takes_its_channel_and_the_latency(void **state)
{
    (void)state;
    struct hbm hbm = hbm_of(0, LINE);
    struct grant first = hbm_read(&hbm, 5 * NS, line_of(0, 0), LINE);
    struct grant second = hbm_read(&hbm, 5 * NS, line_of(0, 1), LINE);
    struct grant other = hbm_read(&hbm, 5 * NS, line_of(1, 0), LINE);

    assert_int_equal(first.done, 115 * NS);
    assert_int_equal(second.start, 15 * NS);
    assert_int_equal(second.done, 125 * NS);
    assert_int_equal(other.done, 115 * NS);
}

/* A batch of two lines: 20 ns of the channel when the second is there. */
static void writes_gather_until_they_are_a_batch(void **state)
{
    (void)state;
    struct hbm hbm = hbm_of(0, 2 * LINE);
    assert_int_equal(hbm_write(&hbm, 0, line_of(0, 0), LINE), 0);
    assert_int_equal(hbm_read(&hbm, 0, line_of(0, 1), LINE).start, 0);
    assert_int_equal(hbm_write(&hbm, 30 * NS, line_of(0, 2), LINE), 30 * NS);
    assert_int_equal(hbm_read(&hbm, 30 * NS, line_of(0, 3), LINE).start, 50 * NS);
    /* The next batch begins from nothing. */
    assert_int_equal(hbm_write(&hbm, 100 * NS, line_of(0, 4), LINE), 100 * NS);
    assert_int_equal(hbm_read(&hbm, 100 * NS, line_of(0, 5), LINE).start, 100 * NS);
}

static void each_channel_gathers_writes_of_its_own(void **state)
{
    (void)state;
    struct hbm hbm = hbm_of(0, 2 * LINE);
    hbm_write(&hbm, 0, line_of(0, 0), LINE);
    hbm_write(&hbm, 0, line_of(1, 0), LINE);
    assert_int_equal(hbm_read(&hbm, 0, line_of(0, 1), LINE).start, 0);
    assert_int_equal(hbm_read(&hbm, 0, line_of(1, 1), LINE).start, 0);
}

/* 40 ns to turn the bus, once for the batch: 10 + 10 + 40. */
static void a_batch_turns_the_bus_once(void **state)
{
    (void)state;
    struct hbm hbm = hbm_of(40 * NS, 2 * LINE);
    hbm_write(&hbm, 0, line_of(0, 0), LINE);
    hbm_write(&hbm, 0, line_of(0, 1), LINE);
    assert_int_equal(hbm_read(&hbm, 0, line_of(0, 2), LINE).start, 60 * NS);
}

/* The buffer is full until the reads before the batch have gone through. */
static void a_write_that_completes_a_batch_waits_for_the_bus(void **state)
{
    (void)state;
    struct hbm hbm = hbm_of(0, LINE);
    hbm_read(&hbm, 0, line_of(0, 0), LINE);
    hbm_read(&hbm, 0, line_of(0, 1), LINE);
    assert_int_equal(hbm_write(&hbm, 5 * NS, line_of(0, 2), LINE), 20 * NS);
    assert_int_equal(hbm_write(&hbm, 5 * NS, line_of(1, 0), LINE), 5 * NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_takes_its_channel_and_the_latency),
        cmocka_unit_test(writes_gather_until_they_are_a_batch),
        cmocka_unit_test(each_channel_gathers_writes_of_its_own),
        cmocka_unit_test(a_batch_turns_the_bus_once),
        cmocka_unit_test(a_write_that_completes_a_batch_waits_for_the_bus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
