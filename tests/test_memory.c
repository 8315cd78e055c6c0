/*
 * Of configs/tiny.json: 10 ns from a core to a slice and 10 ns back; 20 ns in the slice,
 * which moves 256 bytes a nanosecond. A miss reaches its channel 20 ns after the slice
 * has taken the request in. There a row takes 30 ns to open, a read another 40, and each
 * 64 bytes 1 ns of the bus; the controller adds 32 ns. So for a line of 512 bytes:
 *
 *   hit     10 + 2 + 20 + 10                           = 42 ns
 *   miss    10 + 2 + 20 + (30 + 40 + 8) + 32 + 10      = 152 ns
 *   row hit 10 + 2 + 20 + (40 + 8) + 32 + 10           = 122 ns
 *   write   10 + 2                                     = 12 ns, whatever it finds
 *
 * The bus time counts as a wait for HBM: it is what another request would wait for.
 */
#include "models/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "models/dram_map.h"
#include "models/memory_dram.h"
#include "models/spread.h"
#include "tests/aborts.h"
#include "tests/memory_rig.h"

#define SLICES 4
#define CHANNELS 2
#define NS UINT64_C(1000)
#define QUIET (1000 * NS) /* by then all that was asked for at 0 has ended */

static void open_tiny(struct memory_rig *rig)
{
    memory_rig_init(rig, "");
}

static const struct request *read_line(struct memory_rig *rig, sim_time now, uint64_t line)
{
    return memory_rig_ask(rig, now, line * L2_LINE, L2_LINE, false);
}

static const struct request *write_line(struct memory_rig *rig, sim_time now, uint64_t line)
{
    return memory_rig_ask(rig, now, line * L2_LINE, L2_LINE, true);
}

/* The n-th line of a slice and a channel. */
static uint64_t line_of(uint32_t slice, uint32_t channel, unsigned n)
{
    for (uint64_t line = 0;; line++) {
        if (spread_line(line, SLICES) == slice && spread_line(line, CHANNELS) == channel &&
            n-- == 0)
            return line;
    }
}

static struct dram_place place_of(const struct memory_rig *rig, uint64_t line)
{
    struct dram_config config = dram_config_of(&rig->chip->params);
    return dram_locate(&config.shape, line * L2_LINE);
}

/* How the place of a line is to be beside that of another. */
enum beside { SAME_ROW, OTHER_BANK, OTHER_ROW_OF_THE_BANK };

/* A line of the same channel and of another slice, so that the two meet at the channel. */
static uint64_t line_beside(const struct memory_rig *rig, uint64_t line, enum beside beside)
{
    struct dram_place at = place_of(rig, line);
    for (uint64_t other = 0;; other++) {
        struct dram_place place = place_of(rig, other);
        bool same_row = place.row == at.row, same_bank = place.gang == at.gang;
        bool fits = beside == SAME_ROW     ? same_row && same_bank
                    : beside == OTHER_BANK ? !same_bank
                                           : same_bank && !same_row;
        if (fits && place.channel == at.channel &&
            spread_line(other, SLICES) != spread_line(line, SLICES))
            return other;
    }
}

/* --- one request --- */

static void a_line_that_misses_takes_the_sum_of_all_timings(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    const struct request *miss = read_line(&rig, 5 * NS, 0);
    memory_rig_run(&rig);

    assert_int_equal(miss->arrival, (5 + 152) * NS);
    assert_int_equal(miss->wait_l2, 0);
    assert_int_equal(miss->wait_hbm, 8 * NS);
    assert_int_equal(miss->missed, 512);
    memory_rig_free(&rig);
}

/* Each timing of the way, made longer by 3 ns, makes the way longer by that. */
static void every_timing_on_the_way_counts_once(void **state)
{
    (void)state;
    static const char *const longer[] = { "fabric.request=13", "fabric.response=13",
                                          "l2.miss=23",        "hbm.trcdrd=33",
                                          "hbm.tcl=43",        "hbm.latency=35" };
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        struct memory_rig rig;
        memory_rig_init(&rig, longer[i]);
        const struct request *miss = read_line(&rig, 0, 0);
        memory_rig_run(&rig);
        assert_int_equal(miss->arrival, (152 + 3) * NS);
        memory_rig_free(&rig);
    }
}

static void a_line_that_hits_is_there_after_the_way_to_its_slice_and_back(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    read_line(&rig, 0, 0);
    const struct request *hit = read_line(&rig, QUIET, 0);
    memory_rig_run(&rig);

    assert_int_equal(hit->arrival, QUIET + 42 * NS);
    assert_int_equal(hit->missed, 0);
    memory_rig_free(&rig);
}

/* 128 bytes: 0.5 ns of the slice, so at the channel at 30.5, on the edge of 31; and 2 ns of
 * the bus. */
static void a_sector_takes_a_quarter_of_the_time_of_a_line(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    const struct request *miss = memory_rig_ask(&rig, 0, 0, 128, false);
    const struct request *hit = memory_rig_ask(&rig, QUIET, 0, 128, false);
    memory_rig_run(&rig);

    assert_int_equal(miss->arrival, 145 * NS); /* 31 + 30 + 40 + 2 + 32 + 10 */
    assert_int_equal(hit->arrival, QUIET + 40500);
    memory_rig_free(&rig);
}

/* A single byte still moves a sector over the channel, as above. Of the slice it takes a
 * byte's time, 1000 / 256 ps, which is rounded up to 4; the channel's edge is 31 again. */
static void hbm_is_read_in_whole_sectors(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    const struct request *byte = memory_rig_ask(&rig, 0, 130, 1, false);
    const struct request *sector = memory_rig_ask(&rig, QUIET, 128, 128, false);
    memory_rig_run(&rig);

    assert_int_equal(byte->arrival, 145 * NS);
    assert_int_equal(byte->missed, 128);
    assert_int_equal(sector->arrival, QUIET + 40500);
    assert_int_equal(rig.traffic.tensors[LOW].hbm_read, 128);
    memory_rig_free(&rig);
}

/* Three sectors are missing, of a row that is open: 6 ns of the bus where a line takes 8. */
static void only_the_sectors_that_are_missing_are_fetched(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    memory_rig_ask(&rig, 0, 0, 128, false);
    const struct request *rest = read_line(&rig, QUIET, 0);
    memory_rig_run(&rig);

    assert_int_equal(rest->arrival, QUIET + 120 * NS);
    assert_int_equal(rest->missed, 384);
    assert_int_equal(rig.traffic.tensors[LOW].hbm_read, 512);
    memory_rig_free(&rig);
}

/* The sectors 1 and 2 are there, but between those that are not: the DRAM reads all four. */
static void hbm_moves_all_from_the_first_missing_sector_to_the_last(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    memory_rig_ask(&rig, 0, 128, 256, false);
    const struct request *rest = read_line(&rig, QUIET, 0);
    memory_rig_run(&rig);

    assert_int_equal(rest->missed, 512);
    assert_int_equal(rest->arrival, QUIET + 122 * NS);
    assert_int_equal(rig.traffic.tensors[LOW].l2_miss, 2 + 2);
    assert_int_equal(rig.traffic.tensors[LOW].hbm_read, 256 + 512);
    memory_rig_free(&rig);
}

static void a_write_is_done_once_its_slice_has_taken_it(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    const struct request *miss = write_line(&rig, 0, 0), *hit = write_line(&rig, QUIET, 0);
    memory_rig_run(&rig);

    assert_int_equal(miss->arrival, 12 * NS);
    assert_int_equal(hit->arrival, QUIET + 12 * NS);
    assert_int_equal(rig.traffic.tensors[LOW].hbm_read, 0);
    memory_rig_free(&rig);
}

static void what_was_written_is_read_from_the_l2(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    write_line(&rig, 0, 0);
    const struct request *read = read_line(&rig, QUIET, 0);
    memory_rig_run(&rig);
    assert_int_equal(read->arrival, QUIET + 42 * NS);
    memory_rig_free(&rig);
}

/* Bytes 64..319: sectors 0 and 2 in part, 1 whole; 2 is there. */
static void a_write_reads_the_sectors_it_covers_in_part_but_does_not_wait(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    memory_rig_ask(&rig, 0, 256, 128, false);
    const struct request *write = memory_rig_ask(&rig, QUIET, 64, 256, true);
    const struct request *read = memory_rig_ask(&rig, 2 * QUIET, 0, 384, false);
    memory_rig_run(&rig);

    assert_int_equal(write->arrival, QUIET + 11 * NS); /* 10 + 256 / 256 */
    assert_int_equal(write->wait_hbm, 0);
    assert_int_equal(write->missed, 128);
    assert_int_equal(read->arrival, 2 * QUIET + 41500); /* 10 + 1.5 + 20 + 10 */
    assert_int_equal(rig.traffic.tensors[LOW].hbm_read, 128 + 128);
    assert_int_equal(dram_statistics(rig.memory.dram).read_bytes, 256);
    memory_rig_free(&rig);
}

/* What a write fetched for its edges is not there for a read either until it is: the sector
 * asked for at 10.25 is at its channel on the edge of 31, and back as in the tests above. */
static void a_read_waits_for_what_a_write_fetches(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    memory_rig_ask(&rig, 0, 0, 64, true);
    const struct request *read = memory_rig_ask(&rig, 5 * NS, 0, 128, false);
    memory_rig_run(&rig);

    assert_int_equal(read->arrival, 145 * NS);
    assert_int_equal(read->missed, 0);
    memory_rig_free(&rig);
}

/* --- queueing --- */

static void two_lines_of_a_slice_take_turns(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    uint64_t first = line_of(1, 0, 0), second = line_of(1, 1, 0);
    read_line(&rig, 0, first);
    read_line(&rig, 0, second);
    const struct request *early = read_line(&rig, QUIET, first);
    const struct request *late = read_line(&rig, QUIET, second);
    memory_rig_run(&rig);

    assert_int_equal(early->arrival, QUIET + 42 * NS);
    assert_int_equal(late->arrival, QUIET + 44 * NS);
    assert_int_equal(late->wait_l2, 2 * NS);
    assert_int_equal(late->wait_hbm, 0);
    memory_rig_free(&rig);
}

/* Both are at their channel at 32. Of one row or of two banks, the second waits for the 8 ns
 * of the first on the bus. Of another row of the bank, it is closed 50 ns after it was opened
 * and takes 20 to close: 32 + 50 + 20 + 30 + 40 + 8 = 180, 32 + 10 back. */
static void two_lines_of_a_channel_take_turns(void **state)
{
    (void)state;
    static const sim_time arrivals[] = {
        [SAME_ROW] = 160, [OTHER_BANK] = 160, [OTHER_ROW_OF_THE_BANK] = 222
    };
    for (enum beside beside = SAME_ROW; beside <= OTHER_ROW_OF_THE_BANK; beside++) {
        struct memory_rig rig;
        open_tiny(&rig);
        read_line(&rig, 0, 0);
        const struct request *late = read_line(&rig, 0, line_beside(&rig, 0, beside));
        memory_rig_run(&rig);

        assert_int_equal(late->arrival, arrivals[beside] * NS);
        assert_int_equal(late->wait_l2, 0);
        assert_int_equal(late->wait_hbm, (8 + arrivals[beside] - 152) * NS);
        memory_rig_free(&rig);
    }
}

/* On a channel that has long been idle: a line of the open row saves the 30 ns of opening
 * one, and a line of another row pays the 20 ns of closing one, tRP. */
static void a_row_hit_is_faster_than_a_miss_and_a_conflict_slower_by_trp(void **state)
{
    (void)state;
    static const sim_time takes[] = {
        [SAME_ROW] = 122, [OTHER_BANK] = 152, [OTHER_ROW_OF_THE_BANK] = 172
    };
    for (enum beside beside = SAME_ROW; beside <= OTHER_ROW_OF_THE_BANK; beside++) {
        struct memory_rig rig;
        open_tiny(&rig);
        read_line(&rig, 0, 0);
        const struct request *next = read_line(&rig, QUIET, line_beside(&rig, 0, beside));
        memory_rig_run(&rig);

        assert_int_equal(next->arrival, QUIET + takes[beside] * NS);
        struct dram_statistics of = dram_statistics(rig.memory.dram);
        assert_int_equal(of.hits, beside == SAME_ROW);
        assert_int_equal(of.misses, 1 + (beside == OTHER_BANK));
        assert_int_equal(of.conflicts, beside == OTHER_ROW_OF_THE_BANK);
        memory_rig_free(&rig);
    }
}

static void lines_of_other_slices_and_channels_do_not_meet(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    read_line(&rig, 0, line_of(0, 0, 0));
    const struct request *other = read_line(&rig, 0, line_of(3, 1, 0));
    memory_rig_run(&rig);
    assert_int_equal(other->arrival, 152 * NS);
    memory_rig_free(&rig);
}

/* Both misses are of one slice and one channel, and of two banks. The second leaves the slice
 * 2 ns after the first, so it finds the bus busy for another 6, and then takes its 8. */
static void a_wait_for_the_slice_is_time_the_channel_is_not_waited_for(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    uint64_t first = line_of(2, 0, 0), second = line_of(2, 0, 1);
    assert_int_not_equal(place_of(&rig, first).gang, place_of(&rig, second).gang);
    read_line(&rig, 0, first);
    const struct request *late = read_line(&rig, 0, second);
    memory_rig_run(&rig);

    assert_int_equal(late->wait_l2, 2 * NS);
    assert_int_equal(late->wait_hbm, (6 + 8) * NS);
    assert_int_equal(late->arrival, 160 * NS);
    memory_rig_free(&rig);
}

/* The fetch of a partial write is at the channel at 30.25, so from the edge of 31 on, and has
 * the bus for 2 ns from 101 on. A read of another bank, at the channel at 32, could have it
 * from 102 on: it waits for 1 ns. */
static void a_posted_write_keeps_others_from_the_channel_it_reads(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    memory_rig_ask(&rig, 0, 0, 64, true);
    const struct request *read = read_line(&rig, 0, line_beside(&rig, 0, OTHER_BANK));
    memory_rig_run(&rig);

    assert_int_equal(read->wait_hbm, (1 + 8) * NS);
    assert_int_equal(read->arrival, 153 * NS);
    memory_rig_free(&rig);
}

/* The line is in its slice at 142. Who asks earlier waits for that; who asks so late that the
 * 20 ns in the slice end after it finds a hit: 120 + 42. */
static void a_line_on_its_way_is_fetched_once_and_all_wait_for_it(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    read_line(&rig, 0, 0);
    const struct request *soon = read_line(&rig, 5 * NS, 0);
    const struct request *later = read_line(&rig, 60 * NS, 0); /* its time is known by now */
    const struct request *last = read_line(&rig, 110 * NS, 0);
    const struct request *after = read_line(&rig, 120 * NS, 0);
    memory_rig_run(&rig);

    assert_int_equal(soon->arrival, 152 * NS);
    assert_int_equal(later->arrival, 152 * NS);
    assert_int_equal(last->arrival, 152 * NS);
    assert_int_equal(after->arrival, 162 * NS);
    assert_int_equal(soon->missed, 0);
    assert_int_equal(rig.traffic.tensors[LOW].hbm_read, 512);
    assert_int_equal(dram_statistics(rig.memory.dram).reads, 1);
    assert_int_equal(rig.traffic.tensors[LOW].l2_miss, 4);
    assert_int_equal(rig.traffic.tensors[LOW].l2_hit, 4 * 4);
    memory_rig_free(&rig);
}

/* --- write-back --- */

#define SETS 128 /* of tiny: 1 MiB in 16 ways of 512-byte lines */
#define WAYS 16

/* The victim of a read of line `set` + WAYS * SETS, when the set was filled in order, is
 * line `set`: one whose channel is not the reader's. */
static uint64_t set_of_two_channels(void)
{
    uint64_t set = 0;
    while (spread_line(set, CHANNELS) == spread_line(set + WAYS * SETS, CHANNELS))
        set++;
    return set;
}

/* The first command to each channel, a clock a nanosecond. */
struct first {
    int64_t cycle[CHANNELS];
    enum dram_command_kind kind[CHANNELS];
};

static void note_first(void *owner, const struct dram_command *command)
{
    struct first *first = owner;
    if (first->cycle[command->channel] != 0)
        return;
    first->cycle[command->channel] = command->cycle;
    first->kind[command->channel] = command->kind;
}

/* It leaves when the new line has passed the slice, 12 ns after that was asked for, and finds
 * its own channel idle. */
static void a_victim_is_written_back_to_its_own_channel_and_nobody_waits(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    uint64_t set = set_of_two_channels();
    uint32_t channel = spread_line(set, CHANNELS);
    struct first first = { .cycle = { 0 } };
    dram_watch(rig.memory.dram, note_first, &first);
    for (uint64_t way = 0; way < WAYS; way++)
        write_line(&rig, 0, set + way * SETS);
    memory_rig_run(&rig);
    assert_int_equal(rig.traffic.tensors[LOW].hbm_write, 0);

    const struct request *read = read_line(&rig, QUIET, set + WAYS * SETS);
    memory_rig_run(&rig);
    assert_int_equal(read->arrival, QUIET + 152 * NS);
    assert_int_equal(rig.traffic.tensors[LOW].hbm_write, 512);
    assert_int_equal(dram_channel_statistics(rig.memory.dram, channel).write_bytes, 512);
    assert_int_equal(dram_channel_statistics(rig.memory.dram, channel).read_bytes, 0);
    assert_int_equal(first.kind[channel], DRAM_ACT);
    assert_int_equal(first.cycle[channel], 1012);
    memory_rig_free(&rig);
}

static void only_written_sectors_go_back(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    read_line(&rig, 0, 0);
    memory_rig_ask(&rig, 1, 128, 256, true);
    for (uint64_t way = 1; way <= WAYS; way++)
        read_line(&rig, QUIET, way * SETS);
    memory_rig_run(&rig);

    assert_int_equal(rig.traffic.tensors[LOW].hbm_write, 256);
    memory_rig_free(&rig);
}

/* The victim is HIGH's, the reader LOW's. */
static void a_write_back_is_charged_to_the_tensor_that_was_written(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    write_line(&rig, 0, HIGH_BASE / L2_LINE);
    for (uint64_t way = 0; way < WAYS; way++)
        read_line(&rig, QUIET, way * SETS);
    memory_rig_run(&rig);

    assert_int_equal(rig.traffic.tensors[HIGH].hbm_write, 512);
    assert_int_equal(rig.traffic.tensors[LOW].hbm_write, 0);
    memory_rig_free(&rig);
}

/* --- traffic --- */

/* Bytes 100..399 touch the sectors 0, 1, 2 and 3. */
static void the_l2_counts_sectors_and_a_path_counts_bytes(void **state)
{
    (void)state;
    struct memory_rig rig;
    open_tiny(&rig);
    memory_rig_ask(&rig, 0, 0, 128, false);
    memory_rig_ask(&rig, 0, 100, 300, false);
    memory_rig_ask(&rig, 0, HIGH_BASE, 32, true);
    memory_rig_run(&rig);

    const struct tensor_traffic *low = &rig.traffic.tensors[LOW],
                                *high = &rig.traffic.tensors[HIGH];
    assert_int_equal(low->path[PATH_gm_to_l1], 428);
    assert_int_equal(low->l2_hit, 1);
    assert_int_equal(low->l2_miss, 1 + 3);
    assert_int_equal(low->hbm_read, 4 * 128);
    assert_int_equal(high->path[PATH_ub_to_gm], 32);
    assert_int_equal(high->path[PATH_gm_to_l1], 0);
    assert_int_equal(high->l2_miss, 1);

    struct tensor_traffic total = traffic_total(&rig.traffic);
    assert_int_equal(total.path[PATH_gm_to_l1], 428);
    assert_int_equal(total.path[PATH_ub_to_gm], 32);
    assert_int_equal(total.l2_hit, 1);
    assert_int_equal(total.l2_miss, 5);
    assert_int_equal(total.hbm_read, 5 * 128);
    memory_rig_free(&rig);
}

static void clearing_the_counts_keeps_the_tensors_places(void **state)
{
    (void)state;
    struct traffic traffic = { .count = 2, .base = { 0, HIGH_BASE } };
    traffic.tensors[HIGH].l2_hit = 7;
    traffic_clear(&traffic);

    assert_int_equal(traffic.tensors[HIGH].l2_hit, 0);
    assert_int_equal(traffic_owner(&traffic, HIGH_BASE - 1), LOW);
    assert_int_equal(traffic_owner(&traffic, HIGH_BASE), HIGH);
    assert_int_equal(traffic_owner(&traffic, UINT64_MAX), HIGH);
}

static void ask_across_a_line(void)
{
    struct memory_rig rig;
    open_tiny(&rig);
    memory_rig_ask(&rig, 0, 500, 20, false);
    memory_rig_run(&rig);
}

static void a_request_over_two_lines_is_our_own_bug(void **state)
{
    (void)state;
    assert_true(aborts(ask_across_a_line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_misses_takes_the_sum_of_all_timings),
        cmocka_unit_test(every_timing_on_the_way_counts_once),
        cmocka_unit_test(a_line_that_hits_is_there_after_the_way_to_its_slice_and_back),
        cmocka_unit_test(a_sector_takes_a_quarter_of_the_time_of_a_line),
        cmocka_unit_test(hbm_is_read_in_whole_sectors),
        cmocka_unit_test(only_the_sectors_that_are_missing_are_fetched),
        cmocka_unit_test(hbm_moves_all_from_the_first_missing_sector_to_the_last),
        cmocka_unit_test(a_write_is_done_once_its_slice_has_taken_it),
        cmocka_unit_test(what_was_written_is_read_from_the_l2),
        cmocka_unit_test(a_write_reads_the_sectors_it_covers_in_part_but_does_not_wait),
        cmocka_unit_test(a_read_waits_for_what_a_write_fetches),
        cmocka_unit_test(two_lines_of_a_slice_take_turns),
        cmocka_unit_test(two_lines_of_a_channel_take_turns),
        cmocka_unit_test(a_row_hit_is_faster_than_a_miss_and_a_conflict_slower_by_trp),
        cmocka_unit_test(lines_of_other_slices_and_channels_do_not_meet),
        cmocka_unit_test(a_wait_for_the_slice_is_time_the_channel_is_not_waited_for),
        cmocka_unit_test(a_posted_write_keeps_others_from_the_channel_it_reads),
        cmocka_unit_test(a_line_on_its_way_is_fetched_once_and_all_wait_for_it),
        cmocka_unit_test(a_victim_is_written_back_to_its_own_channel_and_nobody_waits),
        cmocka_unit_test(only_written_sectors_go_back),
        cmocka_unit_test(a_write_back_is_charged_to_the_tensor_that_was_written),
        cmocka_unit_test(the_l2_counts_sectors_and_a_path_counts_bytes),
        cmocka_unit_test(clearing_the_counts_keeps_the_tensors_places),
        cmocka_unit_test(a_request_over_two_lines_is_our_own_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
