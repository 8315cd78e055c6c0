/*
 * Of configs/tiny.json: 10 ns from a core to a slice and 10 ns back, 20 ns in
 * the slice, which moves 256 bytes a nanosecond; 100 ns of a channel, which
 * moves 51.2. So a whole line takes 2 ns of its slice and 10 ns of its channel:
 *
 *   hit   10 + 2 + 20 + 10                = 42 ns
 *   miss  10 + 2 + 20 + (10 + 100) + 10   = 152 ns
 *   write 10 + 2                          = 12 ns, whatever it finds
 */
#include "models/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "models/spread.h"
#include "tests/aborts.h"
#include "tests/random.h"

#define SLICES 4
#define CHANNELS 2
#define NS UINT64_C(1000)
#define QUIET (1000 * NS) /* by then all that was asked for at 0 has ended */

/* Two tensors, the second from 1 MiB on. */
enum { LOW, HIGH };
#define HIGH_BASE (UINT64_C(1) << 20)

struct fixture {
    struct chip *chip;
    struct traffic traffic;
    struct memory memory;
};

static void open_with(struct fixture *f, const char *setting)
{
    struct diag diag = { 0 };
    memset(f, 0, sizeof *f);
    f->chip = chip_load(NPUSIM_SOURCE_DIR "/configs", "tiny", &diag);
    assert_non_null(f->chip);
    if (setting != NULL)
        assert_true(chip_set(f->chip, setting, &diag));
    f->traffic.count = 2;
    f->traffic.base[HIGH] = HIGH_BASE;
    memory_init(&f->memory, &f->chip->params, &f->traffic);
}

static void open_tiny(struct fixture *f)
{
    open_with(f, NULL);
}

static void close_fixture(struct fixture *f)
{
    memory_free(&f->memory);
    chip_free(f->chip);
}

static struct request ask(struct fixture *f, sim_time now, uint64_t address, uint32_t bytes,
                          bool write)
{
    struct request request = {
        .address = address,
        .bytes = bytes,
        .write = write,
        .path = write ? PATH_ub_to_gm : PATH_gm_to_l1,
        .tensor = address < HIGH_BASE ? LOW : HIGH,
    };
    assert_true(memory_submit(&f->memory, now, &request));
    assert_int_equal(request.issued, now);
    return request;
}

static struct request read_line(struct fixture *f, sim_time now, uint64_t line)
{
    return ask(f, now, line * L2_LINE, L2_LINE, false);
}

static struct request write_line(struct fixture *f, sim_time now, uint64_t line)
{
    return ask(f, now, line * L2_LINE, L2_LINE, true);
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

/* --- one request --- */

static void a_line_that_misses_is_there_after_the_way_to_hbm_and_back(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    struct request miss = read_line(&f, 5 * NS, 0);

    assert_int_equal(miss.arrival, (5 + 152) * NS);
    assert_int_equal(miss.wait_l2, 0);
    assert_int_equal(miss.wait_hbm, 0);
    close_fixture(&f);
}

static void a_line_that_hits_is_there_after_the_way_to_its_slice_and_back(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    read_line(&f, 0, 0);
    assert_int_equal(read_line(&f, QUIET, 0).arrival, QUIET + 42 * NS);
    close_fixture(&f);
}

/* 128 bytes: 0.5 ns of the slice, 2.5 ns of the channel. */
static void a_sector_takes_a_quarter_of_the_time_of_a_line(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    assert_int_equal(ask(&f, 0, 0, 128, false).arrival, 143 * NS); /* 10+.5+20+2.5+100+10 */
    assert_int_equal(ask(&f, QUIET, 0, 128, false).arrival, QUIET + 40500);
    close_fixture(&f);
}

/* A single byte still moves a sector over the channel: 2.5 ns. Of the slice it takes a byte's
 * time, 1000 / 256 ps, rounded up to 4. */
static void hbm_is_read_in_whole_sectors(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    assert_int_equal(ask(&f, 0, 130, 1, false).arrival, 142500 + 4);
    assert_int_equal(f.traffic.tensors[LOW].hbm_read, 128);
    assert_int_equal(ask(&f, QUIET, 128, 128, false).arrival, QUIET + 40500);
    close_fixture(&f);
}

/* Three sectors are missing: 7.5 ns of the channel. */
static void only_the_sectors_that_are_missing_are_fetched(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    ask(&f, 0, 0, 128, false);
    assert_int_equal(read_line(&f, QUIET, 0).arrival, QUIET + 149500); /* 10+2+20+7.5+100+10 */
    assert_int_equal(f.traffic.tensors[LOW].hbm_read, 512);
    close_fixture(&f);
}

static void a_write_is_done_once_its_slice_has_taken_it(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    assert_int_equal(write_line(&f, 0, 0).arrival, 12 * NS);             /* misses */
    assert_int_equal(write_line(&f, QUIET, 0).arrival, QUIET + 12 * NS); /* hits */
    assert_int_equal(f.traffic.tensors[LOW].hbm_read, 0);
    close_fixture(&f);
}

static void what_was_written_is_read_from_the_l2(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    write_line(&f, 0, 0);
    assert_int_equal(read_line(&f, QUIET, 0).arrival, QUIET + 42 * NS);
    close_fixture(&f);
}

/* Bytes 64..447: sectors 0 and 3 in part, 1 and 2 whole. */
static void a_write_reads_the_sectors_it_covers_in_part_but_does_not_wait(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    struct request write = ask(&f, 0, 64, 384, true);

    assert_int_equal(write.arrival, 11500); /* 10 + 384 / 256 */
    assert_int_equal(write.wait_hbm, 0);
    assert_int_equal(f.traffic.tensors[LOW].hbm_read, 256);
    assert_int_equal(f.memory.hbm.channels[0].served_bytes, 256);
    assert_int_equal(read_line(&f, QUIET, 0).arrival, QUIET + 42 * NS);
    close_fixture(&f);
}

/* --- queueing --- */

static void two_lines_of_a_slice_take_turns(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    uint64_t first = line_of(1, 0, 0), second = line_of(1, 1, 0);
    read_line(&f, 0, first);
    read_line(&f, 0, second);

    assert_int_equal(read_line(&f, QUIET, first).arrival, QUIET + 42 * NS);
    struct request late = read_line(&f, QUIET, second);
    assert_int_equal(late.arrival, QUIET + 44 * NS);
    assert_int_equal(late.wait_l2, 2 * NS);
    assert_int_equal(late.wait_hbm, 0);
    close_fixture(&f);
}

static void two_lines_of_a_channel_take_turns(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    read_line(&f, 0, line_of(0, 1, 0));
    struct request late = read_line(&f, 0, line_of(1, 1, 0));

    assert_int_equal(late.arrival, 162 * NS);
    assert_int_equal(late.wait_l2, 0);
    assert_int_equal(late.wait_hbm, 10 * NS);
    close_fixture(&f);
}

static void lines_of_other_slices_and_channels_do_not_meet(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    read_line(&f, 0, line_of(0, 0, 0));
    assert_int_equal(read_line(&f, 0, line_of(3, 1, 0)).arrival, 152 * NS);
    close_fixture(&f);
}

/* Both misses are of one slice and one channel. The second leaves the slice 2 ns after the
 * first, so it finds the channel busy for another 8 ns. */
static void a_wait_for_the_slice_is_time_the_channel_is_not_waited_for(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    read_line(&f, 0, line_of(2, 0, 0));
    struct request late = read_line(&f, 0, line_of(2, 0, 1));

    assert_int_equal(late.wait_l2, 2 * NS);
    assert_int_equal(late.wait_hbm, 8 * NS);
    assert_int_equal(late.arrival, 162 * NS);
    close_fixture(&f);
}

/* The fetch of a partial write: at the channel from 10 + 0.25 + 20 on, 2.5 ns long. A read of
 * another slice gets there at 32: it waits 0.75 ns. */
static void a_posted_write_keeps_others_from_the_channel_it_reads(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    ask(&f, 0, line_of(0, 0, 0) * L2_LINE, 64, true);
    assert_int_equal(read_line(&f, 0, line_of(1, 0, 0)).wait_hbm, 750);
    close_fixture(&f);
}

/* The second reader is early by what the first still waits for (FIDELITY.md, F3). */
static void a_line_on_its_way_from_hbm_counts_as_there(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    assert_int_equal(read_line(&f, 0, 0).arrival, 152 * NS);
    assert_int_equal(read_line(&f, 5 * NS, 0).arrival, (5 + 42) * NS);
    close_fixture(&f);
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

/* It leaves when the new line has passed the slice, at 12 ns, and then takes 10 ns of its
 * channel, which has done nothing before. */
static void a_victim_is_written_back_to_its_own_channel_and_nobody_waits(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    uint64_t set = set_of_two_channels();
    const struct port *channel = &f.memory.hbm.channels[spread_line(set, CHANNELS)];
    for (uint64_t way = 0; way < WAYS; way++)
        write_line(&f, 0, set + way * SETS);
    assert_int_equal(f.traffic.tensors[LOW].hbm_write, 0);

    struct request read = read_line(&f, QUIET, set + WAYS * SETS);
    assert_int_equal(read.arrival, QUIET + 152 * NS);
    assert_int_equal(f.traffic.tensors[LOW].hbm_write, 512);
    assert_int_equal(channel->served_bytes, 512);
    assert_int_equal(channel->free_at, QUIET + 22 * NS);
    close_fixture(&f);
}

static void only_written_sectors_go_back(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    read_line(&f, 0, 0);
    ask(&f, 0, 128, 256, true);
    for (uint64_t way = 1; way <= WAYS; way++)
        read_line(&f, QUIET, way * SETS);

    assert_int_equal(f.traffic.tensors[LOW].hbm_write, 256);
    close_fixture(&f);
}

/* The victim is HIGH's, the reader LOW's. */
static void a_write_back_is_charged_to_the_tensor_that_was_written(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    write_line(&f, 0, HIGH_BASE / L2_LINE);
    for (uint64_t way = 0; way < WAYS; way++)
        read_line(&f, QUIET, way * SETS);

    assert_int_equal(f.traffic.tensors[HIGH].hbm_write, 512);
    assert_int_equal(f.traffic.tensors[LOW].hbm_write, 0);
    close_fixture(&f);
}

/* --- traffic --- */

/* Bytes 100..399 touch the sectors 0, 1, 2 and 3. */
static void the_l2_counts_sectors_and_a_path_counts_bytes(void **state)
{
    (void)state;
    struct fixture f;
    open_tiny(&f);
    ask(&f, 0, 0, 128, false);
    ask(&f, 0, 100, 300, false);
    ask(&f, 0, HIGH_BASE, 32, true);

    const struct tensor_traffic *low = &f.traffic.tensors[LOW],
                                *high = &f.traffic.tensors[HIGH];
    assert_int_equal(low->path[PATH_gm_to_l1], 428);
    assert_int_equal(low->l2_hit, 1);
    assert_int_equal(low->l2_miss, 1 + 3);
    assert_int_equal(low->hbm_read, 4 * 128);
    assert_int_equal(high->path[PATH_ub_to_gm], 32);
    assert_int_equal(high->path[PATH_gm_to_l1], 0);
    assert_int_equal(high->l2_miss, 1);

    struct tensor_traffic total = traffic_total(&f.traffic);
    assert_int_equal(total.path[PATH_gm_to_l1], 428);
    assert_int_equal(total.path[PATH_ub_to_gm], 32);
    assert_int_equal(total.l2_hit, 1);
    assert_int_equal(total.l2_miss, 5);
    assert_int_equal(total.hbm_read, 5 * 128);
    close_fixture(&f);
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
    struct fixture f;
    open_tiny(&f);
    ask(&f, 0, 500, 20, false);
}

static void a_request_over_two_lines_is_our_own_bug(void **state)
{
    (void)state;
    assert_true(aborts(ask_across_a_line));
}

/* --- spreading lines over slices and channels --- */

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

/* --- properties --- */

static sim_time serving(uint64_t bytes, uint64_t megabytes_per_second)
{
    return rate_time((struct rate){ megabytes_per_second }, bytes);
}

/* Arrivals are what an idle memory needs plus the waits: but for rounding, which each of two
 * ports does to whole picoseconds. */
static void assert_time_adds_up(const struct request *request, uint64_t fetched)
{
    sim_time expected = request->issued + request->wait_l2 + request->wait_hbm + 10 * NS;
    expected += serving(request->bytes, 256000);
    if (!request->write) {
        expected += 20 * NS + 10 * NS;
        expected += fetched == 0 ? 0 : serving(fetched, 51200) + 100 * NS;
    }
    assert_in_range(request->arrival, expected - 2, expected);
}

static uint64_t sectors_in(uint64_t address, uint32_t bytes)
{
    return (address + bytes - 1) / L2_SECTOR - address / L2_SECTOR + 1;
}

/* 64 KiB of L2 and 256 KiB of memory, half of it in each tensor. */
static void all_that_is_asked_for_is_counted_once(void **state)
{
    (void)state;
    struct fixture f;
    open_with(&f, "l2.bytes=65536");
    f.traffic.base[HIGH] = 1 << 17;

    uint64_t seed = 3, asked[2] = { 0 }, sectors = 0, read_misses = 0, fetched_for_reads = 0;
    uint64_t written = 0;
    for (sim_time now = 0; now < 20000 * NS; now += random_below(&seed, 10) * 500) {
        uint64_t line = random_below(&seed, 512);
        uint32_t from = (uint32_t)random_below(&seed, L2_LINE);
        uint32_t bytes = 1 + (uint32_t)random_below(&seed, L2_LINE - from);
        bool write = random_below(&seed, 3) == 0;
        struct tensor_traffic before = traffic_total(&f.traffic);
        struct request request = {
            .address = line * L2_LINE + from,
            .bytes = bytes,
            .write = write,
            .path = write ? PATH_l0c_to_gm : PATH_gm_to_ub,
            .tensor = line < 256 ? LOW : HIGH,
        };
        assert_true(memory_submit(&f.memory, now, &request));

        struct tensor_traffic after = traffic_total(&f.traffic);
        uint64_t fetched = after.hbm_read - before.hbm_read;
        assert_time_adds_up(&request, fetched);
        asked[write] += bytes;
        sectors += sectors_in(request.address, bytes);
        if (write) {
            written += sectors_in(request.address, bytes) * L2_SECTOR;
            assert_true(fetched <= 2 * L2_SECTOR);
        } else {
            read_misses += after.l2_miss - before.l2_miss;
            fetched_for_reads += fetched;
        }
    }

    struct tensor_traffic total = traffic_total(&f.traffic);
    assert_int_equal(total.path[PATH_gm_to_ub], asked[false]);
    assert_int_equal(total.path[PATH_l0c_to_gm], asked[true]);
    assert_int_equal(total.l2_hit + total.l2_miss, sectors);
    assert_int_equal(fetched_for_reads, read_misses * L2_SECTOR);
    assert_true(total.hbm_write > 0 && total.hbm_write <= written);

    uint64_t of_slices = 0, of_channels = 0;
    for (uint32_t i = 0; i < SLICES; i++)
        of_slices += f.memory.slices[i].served_bytes;
    for (uint32_t i = 0; i < CHANNELS; i++)
        of_channels += f.memory.hbm.channels[i].served_bytes + f.memory.hbm.gathered[i];
    assert_int_equal(of_slices, asked[false] + asked[true]);
    assert_int_equal(of_channels, total.hbm_read + total.hbm_write);
    close_fixture(&f);
}

/* 16 writers that each wait for their last write, over 8 times the L2: what leaves for HBM
 * leaves at 102.4 bytes a nanosecond, give or take what the buffers hold. */
static void written_lines_leave_no_faster_than_hbm_takes_them(void **state)
{
    (void)state;
    struct fixture f;
    open_with(&f, "l2.bytes=65536");

    sim_time arrivals[16] = { 0 }, last = 0;
    for (uint64_t line = 0; line < 1024; line++) {
        sim_time *mine = &arrivals[line % 16];
        struct request request = {
            .address = line * L2_LINE, .bytes = L2_LINE, .write = true, .path = PATH_ub_to_gm
        };
        assert_true(memory_submit(&f.memory, *mine, &request));
        *mine = request.arrival;
        last = request.arrival > last ? request.arrival : last;
    }
    uint64_t written = traffic_total(&f.traffic).hbm_write;
    assert_int_equal(written, (1024 - 128) * L2_LINE); /* the rest is still in the L2 */
    assert_true(written <= last * 1024 / 10000 + 16 * L2_LINE);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_lines_leave_no_faster_than_hbm_takes_them),
        cmocka_unit_test(a_line_that_misses_is_there_after_the_way_to_hbm_and_back),
        cmocka_unit_test(a_line_that_hits_is_there_after_the_way_to_its_slice_and_back),
        cmocka_unit_test(a_sector_takes_a_quarter_of_the_time_of_a_line),
        cmocka_unit_test(hbm_is_read_in_whole_sectors),
        cmocka_unit_test(only_the_sectors_that_are_missing_are_fetched),
        cmocka_unit_test(a_write_is_done_once_its_slice_has_taken_it),
        cmocka_unit_test(what_was_written_is_read_from_the_l2),
        cmocka_unit_test(a_write_reads_the_sectors_it_covers_in_part_but_does_not_wait),
        cmocka_unit_test(two_lines_of_a_slice_take_turns),
        cmocka_unit_test(two_lines_of_a_channel_take_turns),
        cmocka_unit_test(lines_of_other_slices_and_channels_do_not_meet),
        cmocka_unit_test(a_wait_for_the_slice_is_time_the_channel_is_not_waited_for),
        cmocka_unit_test(a_posted_write_keeps_others_from_the_channel_it_reads),
        cmocka_unit_test(a_line_on_its_way_from_hbm_counts_as_there),
        cmocka_unit_test(a_victim_is_written_back_to_its_own_channel_and_nobody_waits),
        cmocka_unit_test(only_written_sectors_go_back),
        cmocka_unit_test(a_write_back_is_charged_to_the_tensor_that_was_written),
        cmocka_unit_test(the_l2_counts_sectors_and_a_path_counts_bytes),
        cmocka_unit_test(clearing_the_counts_keeps_the_tensors_places),
        cmocka_unit_test(a_request_over_two_lines_is_our_own_bug),
        cmocka_unit_test(each_round_of_lines_visits_every_place_once),
        cmocka_unit_test(no_stride_of_a_power_of_two_camps_on_one_place),
        cmocka_unit_test(all_that_is_asked_for_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
