/*
 * What a slice can have under way is bounded: lines on their way from HBM (l2.misses) and
 * lines being written back (l2.victims). The timings are those of tests/test_memory.c; one
 * slice and one channel with a bank for each of 64 lines (ONE_CHANNEL), so a line takes 2 ns
 * of the slice and 8 ns of the channel.
 */
#include "models/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/memory_rig.h"
#include "tests/npu_rig.h"
#include "tests/random.h"

#define NS UINT64_C(1000)
#define QUIET (10000 * NS)
#define ONE_PLACE ONE_CHANNEL " l2.slices=1 l2.rate=256000"

static const struct request *read_line(struct memory_rig *rig, sim_time now, uint64_t line)
{
    return memory_rig_ask(rig, now, line * L2_LINE, L2_LINE, false);
}

static const struct request *write_line(struct memory_rig *rig, sim_time now, uint64_t line)
{
    return memory_rig_ask(rig, now, line * L2_LINE, L2_LINE, true);
}

/* --- misses --- */

/*
 * With one fetch at a time. The first line is at the channel at 32 and its time known there,
 * which frees the fetch: the second, taken in at 14, is let go on at 32 and reaches the
 * channel at 52, the third at 72 and so on: 52 + 78 + 32 + 10. Eight do not wait.
 */
static void a_miss_more_than_the_slice_has_room_for_is_held(void **state)
{
    (void)state;
    struct memory_rig rig;
    memory_rig_init(&rig, ONE_PLACE " l2.misses=1");
    const struct request *first = read_line(&rig, 0, 0), *second = read_line(&rig, 0, 1);
    const struct request *third = read_line(&rig, 0, 2);
    memory_rig_run(&rig);
    assert_int_equal(first->arrival, 152 * NS);
    assert_int_equal(second->arrival, 172 * NS);
    assert_int_equal(third->arrival, 192 * NS);
    memory_rig_free(&rig);

    memory_rig_init(&rig, ONE_PLACE " l2.misses=8");
    read_line(&rig, 0, 0);
    const struct request *free = read_line(&rig, 0, 1);
    memory_rig_run(&rig);
    assert_int_equal(free->arrival, 160 * NS); /* 8 ns of the bus later */
    memory_rig_free(&rig);
}

/* Of the 20 ns between the two above, 2 are the slice's and 18 HBM's: it was full. The third
 * waits 4 for the slice, from 16 to 52 to go on, and 8 for the bus. */
static void being_held_is_a_wait_for_hbm(void **state)
{
    (void)state;
    struct memory_rig rig;
    memory_rig_init(&rig, ONE_PLACE " l2.misses=1");
    const struct request *second, *third;
    read_line(&rig, 0, 0);
    second = read_line(&rig, 0, 1);
    third = read_line(&rig, 0, 2);
    memory_rig_run(&rig);

    assert_int_equal(second->wait_l2, 2 * NS);
    assert_int_equal(second->wait_hbm, (18 + 8) * NS);
    assert_int_equal(third->wait_l2, 4 * NS);
    assert_int_equal(third->wait_hbm, (36 + 8) * NS);
    memory_rig_free(&rig);
}

/* The line of the hit was there long before; it is behind three misses at the slice. */
static void hits_pass_the_misses_that_are_held(void **state)
{
    (void)state;
    struct memory_rig rig;
    memory_rig_init(&rig, ONE_PLACE " l2.misses=1");
    read_line(&rig, 0, 9);
    read_line(&rig, QUIET, 0);
    read_line(&rig, QUIET, 1);
    read_line(&rig, QUIET, 2);
    const struct request *hit = read_line(&rig, QUIET, 9);
    const struct request *write = write_line(&rig, QUIET, 9);
    memory_rig_run(&rig);

    assert_int_equal(hit->arrival, QUIET + (3 * 2 + 42) * NS);
    assert_int_equal(hit->wait_hbm, 0);
    assert_int_equal(write->arrival, QUIET + (4 * 2 + 12) * NS);
    memory_rig_free(&rig);
}

/* Line 1 is held from 14 to 32. Who asks for it meanwhile is held behind it, and then finds it
 * on its way. */
static void a_line_that_is_held_is_fetched_once(void **state)
{
    (void)state;
    struct memory_rig rig;
    memory_rig_init(&rig, ONE_PLACE " l2.misses=1");
    read_line(&rig, 0, 0);
    const struct request *one = read_line(&rig, 0, 1), *again = read_line(&rig, 0, 1);
    memory_rig_run(&rig);

    assert_int_equal(one->arrival, 172 * NS);
    assert_int_equal(again->arrival, 172 * NS);
    assert_int_equal(again->missed, 0);
    assert_int_equal(rig.traffic.tensors[LOW].hbm_read, 2 * 512);
    memory_rig_free(&rig);
}

/*
 * Sector 0 of a line and then the rest of it are two fetches. The place of the first is taken
 * by that of another line while the second is still on its way: who asks for what that brings
 * waits for it all the same.
 */
static void a_line_fetched_in_parts_is_waited_for_until_the_last_part_is_there(void **state)
{
    (void)state;
    struct memory_rig rig;
    memory_rig_init(&rig, ONE_PLACE " l2.misses=2");
    memory_rig_ask(&rig, 0, 0, 128, false);
    const struct request *rest = memory_rig_ask(&rig, 100 * NS, 128, 384, false);
    read_line(&rig, 101 * NS, 1);
    const struct request *again = memory_rig_ask(&rig, 140 * NS, 256, 128, false);
    memory_rig_run(&rig);

    assert_true(rest->arrival > (140 + 41) * NS);
    assert_int_equal(again->arrival, rest->arrival);
    assert_int_equal(again->missed, 0);
    memory_rig_free(&rig);
}

/* --- write-back --- */

/* An L2 of 64 KiB is 128 lines; all that are written beyond those throw one out each. */
#define SMALL_L2 " l2.bytes=65536"
#define L2_LINES 128
#define WRITTEN 1024

static sim_time last_arrival(const struct memory_rig *rig)
{
    sim_time last = 0;
    for (unsigned i = 0; i < rig->count; i++)
        last = rig->asked[i].request.arrival > last ? rig->asked[i].request.arrival : last;
    return last;
}

/* Posted writes, as fast as the slice takes them: 2 ns a line. The slice has room for so many
 * victims; the lines before them have left by 8 ns each. */
static void writes_do_not_outrun_the_memory(void **state)
{
    (void)state;
    struct memory_rig rig;
    memory_rig_init(&rig, ONE_PLACE SMALL_L2 " l2.victims=8");
    for (uint64_t line = 0; line < WRITTEN; line++)
        write_line(&rig, 0, line);
    memory_rig_run(&rig);

    assert_int_equal(rig.traffic.tensors[LOW].hbm_write, (WRITTEN - L2_LINES) * L2_LINE);
    assert_true(last_arrival(&rig) >= (WRITTEN - L2_LINES - 8 - 1) * 8 * NS);
    memory_rig_free(&rig);
}

/*
 * With one place. The first victim reaches its channel at 12 and has its turn at once, so the
 * second write finds the place free. Its victim has its turn when the bus is idle again: at
 * 12 + 30 the first is written, for 8 ns. Till 50 the third write is held, which would have
 * been taken in at 16; one that throws nothing out is not.
 */
static void a_write_that_throws_out_a_line_is_held_for_want_of_a_place(void **state)
{
    (void)state;
    struct memory_rig rig;
    memory_rig_init(&rig, ONE_PLACE SMALL_L2 " l2.victims=1");
    for (uint64_t line = 0; line < L2_LINES; line++)
        write_line(&rig, 0, line);
    const struct request *first = write_line(&rig, QUIET, L2_LINES);
    const struct request *second = write_line(&rig, QUIET, L2_LINES + 1);
    const struct request *third = write_line(&rig, QUIET, L2_LINES + 2);
    const struct request *hit = write_line(&rig, QUIET, 100);
    memory_rig_run(&rig);

    assert_int_equal(first->arrival, QUIET + 12 * NS);
    assert_int_equal(second->arrival, QUIET + 14 * NS);
    assert_int_equal(third->arrival, QUIET + 50 * NS);
    assert_int_equal(third->wait_hbm, 34 * NS);
    assert_int_equal(hit->arrival, QUIET + 18 * NS);
    memory_rig_free(&rig);
}

/* --- properties --- */

static uint64_t sectors_in(uint64_t address, uint32_t bytes)
{
    return (address + bytes - 1) / L2_SECTOR - address / L2_SECTOR + 1;
}

static sim_time serving(uint64_t bytes)
{
    return rate_time((struct rate){ 256000 }, bytes);
}

/*
 * A read that fetches takes what an idle memory takes of its own bank and the waits; less
 * only if it finds its row open, and never less than that. Any other takes no less than a
 * hit, a write what its slice takes.
 */
static void assert_time_adds_up(const struct request *request)
{
    sim_time slice = request->issued + 10 * NS + request->wait_l2 + serving(request->bytes);
    sim_time spent = request->arrival - slice + 2; /* ps: the port's rounding */

    assert_true(request->arrival >= slice - 2);
    if (request->write) {
        assert_true(spent <= request->wait_hbm + 4);
    } else if (request->missed != 0) {
        sim_time bus = request->missed / 64 * NS;
        assert_true(spent >= (20 + 40 + 32 + 10) * NS + bus);
        assert_true(spent <= (20 + 30 + 40 + 32 + 10) * NS + request->wait_hbm + 4);
    } else {
        assert_true(spent >= (20 + 10) * NS);
    }
}

/* 64 KiB of L2 in four slices, two channels, and 256 KiB of memory, half in each tensor. */
static void load_at_random(struct memory_rig *rig, const char *settings, uint64_t seed)
{
    memory_rig_init(rig, settings);
    rig->traffic.base[HIGH] = 1 << 17;
    sim_time now = 0;
    for (unsigned i = 0; i < 3000; i++, now += random_below(&seed, 10) * 500) {
        uint64_t line = random_below(&seed, 512);
        uint32_t from = (uint32_t)random_below(&seed, L2_LINE);
        uint32_t bytes = 1 + (uint32_t)random_below(&seed, L2_LINE - from);
        memory_rig_ask(rig, now, line * L2_LINE + from, bytes, random_below(&seed, 3) == 0);
    }
    memory_rig_run(rig);
}

static void all_that_is_asked_for_is_counted_once_and_answered(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "l2.bytes=65536",
        "l2.bytes=65536 l2.misses=1 l2.victims=1",
        "l2.bytes=65536 l2.misses=2 l2.victims=64",
        "l2.bytes=65536 hbm.reads=1 hbm.write_low=0 hbm.write_high=1 hbm.writes=2",
        "l2.bytes=65536 hbm.trfcsb=60 hbm.trefi=1000",
    };
    for (size_t n = 0; n < sizeof settings / sizeof *settings; n++) {
        struct memory_rig rig;
        load_at_random(&rig, settings[n], 3 + n);

        uint64_t asked[2] = { 0 }, sectors = 0, missed = 0, written = 0;
        for (unsigned i = 0; i < rig.count; i++) {
            const struct request *request = &rig.asked[i].request;
            assert_time_adds_up(request);
            asked[request->write] += request->bytes;
            sectors += sectors_in(request->address, request->bytes);
            missed += request->missed;
            if (request->write)
                written += sectors_in(request->address, request->bytes) * L2_SECTOR;
        }
        struct tensor_traffic total = traffic_total(&rig.traffic);
        assert_int_equal(total.path[PATH_gm_to_l1], asked[false]);
        assert_int_equal(total.path[PATH_ub_to_gm], asked[true]);
        assert_int_equal(total.l2_hit + total.l2_miss, sectors);
        assert_int_equal(total.hbm_read, missed);
        assert_true(total.hbm_write > 0 && total.hbm_write <= 2 * written);
        memory_rig_free(&rig);
    }
}

/* What the slices served is what was asked for; what the channels moved is HBM's traffic. */
static void the_profile_sums_to_the_traffic(void **state)
{
    (void)state;
    struct memory_rig rig;
    struct memory_profile profile;
    load_at_random(&rig, "l2.bytes=65536", 5);
    memory_profile(&rig.memory, &profile);
    struct tensor_traffic total = traffic_total(&rig.traffic);

    uint64_t of_slices = 0, of_channels = 0, reads = 0;
    for (uint32_t i = 0; i < profile.slices; i++)
        of_slices += profile.slice_bytes[i];
    for (uint32_t i = 0; i < profile.channels; i++)
        of_channels += profile.channel_bytes[i];
    for (unsigned i = 0; i < rig.count; i++)
        reads += !rig.asked[i].request.write;
    assert_int_equal(profile.slices, 4);
    assert_int_equal(profile.channels, 2);
    assert_int_equal(of_slices, total.path[PATH_gm_to_l1] + total.path[PATH_ub_to_gm]);
    assert_int_equal(profile.dram.read_bytes, total.hbm_read);
    assert_int_equal(profile.dram.write_bytes, total.hbm_write);
    assert_int_equal(of_channels, total.hbm_read + total.hbm_write);
    assert_int_equal(profile.latency.total, reads);

    memory_clear_profile(&rig.memory);
    memory_profile(&rig.memory, &profile);
    assert_int_equal(profile.latency.total, 0);
    assert_int_equal(profile.dram.reads + profile.dram.writes, 0);
    assert_int_equal(profile.slice_bytes[0] + profile.channel_bytes[0], 0);
    memory_rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_miss_more_than_the_slice_has_room_for_is_held),
        cmocka_unit_test(being_held_is_a_wait_for_hbm),
        cmocka_unit_test(hits_pass_the_misses_that_are_held),
        cmocka_unit_test(a_line_that_is_held_is_fetched_once),
        cmocka_unit_test(a_line_fetched_in_parts_is_waited_for_until_the_last_part_is_there),
        cmocka_unit_test(writes_do_not_outrun_the_memory),
        cmocka_unit_test(a_write_that_throws_out_a_line_is_held_for_want_of_a_place),
        cmocka_unit_test(all_that_is_asked_for_is_counted_once_and_answered),
        cmocka_unit_test(the_profile_sums_to_the_traffic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
