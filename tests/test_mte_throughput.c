/* Many requests: what the engine, its window, the L2 and HBM let through, of one core and two.
 */
#include "tests/mte_rig.h"
#include "tests/random.h"

/* --- throughput --- */

/* Lines enough that the first few do not matter. They have the banks in turn. */
#define MANY 128
#define LOAD_MANY on_aiv("load_ub a, x bytes=65536")

#define LINES 64
#define BYTES_OF_LINES "32768"
#define LOAD_LINES on_aiv("load_ub a, x bytes=" BYTES_OF_LINES)

/* Eight lines may be on their way. From the L2 each is back after 42 ns, before the engine
 * has sent the eight at 8 ns each. */
static void a_wide_enough_window_lets_the_engine_run_at_its_rate(void **state)
{
    (void)state;
    struct run run = warm(ONE_CHANNEL NO_ROWS, LOAD_LINES);
    assert_int_equal(core_ns(run), 1 + (LINES - 1) * 8 + 42 + 10);
    assert_int_equal(busy_ns(&run, CORE_AIV, PIPE_MTE2), LINES * 8);
    /* The path: the engine until the last request leaves, then its way. */
    assert_int_equal(bound_ns(&run, PATH_gm_to_ub, REASON_engine), (LINES - 1) * 8);
    assert_int_equal(bound_ns(&run, PATH_gm_to_ub, REASON_latency), 42 + 10);
}

/* From HBM a line is back after 152 ns, and then the ninth may leave: eight every 152 ns. */
static void a_window_that_is_too_small_gives_window_by_latency(void **state)
{
    (void)state;
    struct run run = cold(ONE_CHANNEL NO_ROWS, LOAD_LINES);
    uint64_t last = 1 + (LINES / 8 - 1) * 152 + 7 * 8;
    assert_int_equal(core_ns(run), last + 152 + 10);
    /* The engine holds back the first eight lines, and after that the window every other. Of
     * the last one's way 8 ns are HBM's. */
    assert_int_equal(bound_ns(&run, PATH_gm_to_ub, REASON_engine), 7 * 8);
    assert_int_equal(bound_ns(&run, PATH_gm_to_ub, REASON_latency), LINES / 8 * 152 + 10 - 8);
    assert_int_equal(bound_ns(&run, PATH_gm_to_ub, REASON_hbm), 8);

    /* Twice the window: 16 lines take 128 ns to send. */
    struct run wide =
        cold(ONE_CHANNEL NO_ROWS " gm_ub.window=8192 gm_ub.misses=8192", LOAD_LINES);
    last = 1 + (LINES / 16 - 1) * 152 + 15 * 8;
    assert_int_equal(core_ns(wide), last + 152 + 10);
}

/* Lines on their way from HBM count against a limit of their own, here eight of the window's
 * sixteen; lines of the L2 do not. */
static void lines_from_hbm_have_a_window_of_their_own(void **state)
{
    (void)state;
    const char *settings = ONE_CHANNEL NO_ROWS " gm_ub.window=8192 gm_ub.misses=4096";
    uint64_t last = 1 + (LINES / 8 - 1) * 152 + 7 * 8;
    assert_int_equal(core_ns(cold(settings, LOAD_LINES)), last + 152 + 10);
    assert_int_equal(core_ns(warm(settings, LOAD_LINES)), 1 + (LINES - 1) * 8 + 42 + 10);
}

/* At 48 ns a line eight of them take longer than the way of one, 192. The channel starts at
 * 1 + 32, has its first data 70 later and then never stops. */
static void a_slow_hbm_sets_the_pace(void **state)
{
    (void)state;
    struct run run = cold(ONE_CHANNEL NO_ROWS BUS("6"), LOAD_MANY);
    assert_int_equal(core_ns(run), 33 + 70 + MANY * 48 + 32 + 10 + 10);
    assert_true(bound_ns(&run, PATH_gm_to_ub, REASON_hbm) > core_ns(run) * 9 / 10);
}

/* At 24 ns a line eight take 192: of that a line waits 24 for the bus and is on it for 24, and
 * the other 144 it would take with any. The larger part is blamed. */
static void a_window_full_of_lines_is_blamed_on_what_they_spend_most_time_on(void **state)
{
    (void)state;
    struct run run = cold(ONE_CHANNEL NO_ROWS BUS("3"), LOAD_LINES);
    assert_int_equal(core_ns(run), 33 + 70 + LINES * 24 + 32 + 10 + 10);
    assert_true(bound_ns(&run, PATH_gm_to_ub, REASON_latency) > core_ns(run) * 9 / 10);
}

/* One slice of 25.6 bytes a nanosecond, 20 ns a line: eight of them take longer than the way
 * of one, 60. It starts at 1 + 10. */
static void a_slow_l2_sets_the_pace(void **state)
{
    (void)state;
    struct run run = warm(ONE_CHANNEL NO_ROWS " l2.slices=1 l2.rate=25600", LOAD_MANY);
    assert_int_equal(core_ns(run), 11 + MANY * 20 + 20 + 10 + 10);
    assert_true(bound_ns(&run, PATH_gm_to_ub, REASON_l2) > core_ns(run) * 9 / 10);
}

/* The second core starts 10 ns after the first; together they keep the channel busy. */
static void two_cores_share_what_hbm_gives(void **state)
{
    (void)state;
    const char *nk = on_aiv("%from = %block_id * " BYTES_OF_LINES "\n"
                            "load_ub a, x[%from] bytes=" BYTES_OF_LINES);
    struct run run = npu_rig_once("tiny", ONE_CHANNEL NO_ROWS BUS("6"), nk, 2);
    assert_int_equal(run.cores[CORE_AIV], 2);
    assert_int_equal(core_ns(run), 34 + 70 + 2 * LINES * 48 + 32 + 10 + 10); /* `from`: 1 ns */
}

/*
 * A slice of 20 ns a line. The first core's three lines leave at 2, 10 and 18 (an `if`, an
 * issue), the second core's one line at 10 + 2. It is at the slice third, at 22; but the first
 * core booked 16 ns ahead (FIDELITY.md, F1), so it is fourth: 12 + 4 * 20, 20 in the slice,
 * 10 back, 10 of the engine, 1 for the flag, 110 for the vector unit.
 *
 * HBM serves what comes in the order in which it comes: there, at 24 ns a line, it is third:
 * 34 + 70 + 3 * 24, 32 of the controller, 10 back, and so on.
 */
static void requests_that_leave_within_16_ns_are_booked_in_one_go(void **state)
{
    (void)state;
    const char *nk = on_aiv("if %block_id {\n load_ub a, x[65536] bytes=512\n"
                            "set_flag from=mte2 to=v id=0\n wait_flag from=mte2 to=v id=0\n"
                            "vadds b, b count=12800 scalar=1\n"
                            "} else {\n load_ub a, x bytes=1536\n }");
    struct run of_l2 = warm_blocks(ONE_CHANNEL NO_ROWS " l2.slices=1 l2.rate=25600", nk, 2);
    assert_int_equal(core_ns(of_l2), 12 + 4 * 20 + 20 + 10 + 10 + 1 + 110);
    struct run of_hbm = npu_rig_once("tiny", ONE_CHANNEL NO_ROWS BUS("3"), nk, 2);
    assert_int_equal(core_ns(of_hbm), 34 + 70 + 3 * 24 + 32 + 10 + 10 + 1 + 110);
}

/* --- occupancy and latency --- */

/* The engine is free after 10 cycles, the least an instruction takes: the second load's line
 * leaves at 11, long before the first has arrived. */
static void a_load_begins_while_the_one_before_is_on_its_way(void **state)
{
    (void)state;
    struct run run = cold(ONE_CHANNEL NO_ROWS,
                          on_aiv("load_ub a, x bytes=512\nload_ub a[512], x[512] bytes=512"));
    assert_int_equal(core_ns(run), 1 + 10 + 152 + 10);
    assert_int_equal(busy_ns(&run, CORE_AIV, PIPE_MTE2), 20);
    assert_int_equal(npu_rig_ns(run.pipes[CORE_AIV][PIPE_MTE2][PIPE_drain]), 152);
}

/* 4096 bytes take the engine 64 ns, so the first line of the second load leaves at 65; the
 * window is then free again but for latency: 1 + 152 is when the first slot is. */
static void the_window_is_shared_by_all_instructions_of_an_engine(void **state)
{
    (void)state;
    struct run run =
        cold(ONE_CHANNEL NO_ROWS,
             on_aiv("load_ub a, x bytes=4096\nload_ub a[4096], x[4096] bytes=512"));
    assert_int_equal(core_ns(run), 1 + 152 + 152 + 10);
}

/*
 * A window of two lines. The first load ends at 1 + 3 * 152 + 8 + 152 + 10 = 627 and leaves
 * the lines 8 to 15 in the L2; the second begins at 629 with line 7, which is 152 under way,
 * and 8 later sends line 8. That comes back first and its place goes to line 9, and so on:
 * they leave at 0, 8, 50, 92, 134, then, with the place of line 7, 152, 176, 194 and 218.
 */
static void a_place_is_free_when_its_own_line_is_back_whatever_went_before(void **state)
{
    (void)state;
    struct run run = cold(ONE_CHANNEL NO_ROWS " gm_ub.window=1024 gm_ub.misses=1024 "
                                              "sync.barrier_all=0",
                          on_aiv("load_ub a, x[4096] bytes=4096\nbarrier pipe=all\n"
                                 "load_ub a, x[3584] bytes=4608"));
    assert_int_equal(core_ns(run), 629 + 218 + 42 + 10);
    assert_int_equal(traffic_total(&run.traffic).l2_hit, 8 * 4);
}

/* Whichever limit there is one of, every line waits for the one before: none is lost. With
 * two of each, two lines go together, 8 apart. */
static void lines_go_one_by_one_when_any_limit_is_one(void **state)
{
    (void)state;
    static const char *const one[] = {
        " gm_ub.window=512 gm_ub.misses=4096", " gm_ub.window=4096 gm_ub.misses=512",
        " gm_ub.window=512 gm_ub.misses=512",  " gm_ub.window=512 gm_ub.misses=512 l2.misses=1",
        " gm_ub.window=1024 gm_ub.misses=512",
    };
    char settings[256];
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        snprintf(settings, sizeof settings, "%s%s%s", ONE_CHANNEL, NO_ROWS, one[i]);
        struct run run = cold(settings, LOAD_LINES);
        assert_int_equal(core_ns(run), 1 + LINES * 152 + 10);
        assert_int_equal(run.requests, LINES);
    }
    struct run two =
        cold(ONE_CHANNEL NO_ROWS " gm_ub.window=1024 gm_ub.misses=1024", LOAD_LINES);
    assert_int_equal(core_ns(two), 1 + (LINES / 2 - 1) * 152 + 8 + 152 + 10);
}

/*
 * Four cores that load and store at random with every limit as tight as can be: all limits
 * bind at once and in turn, and still every request is sent once and its bytes arrive.
 */
static void nothing_is_lost_when_all_limits_bind(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "gm_ub.window=512 gm_ub.misses=512 ub_gm.window=512 l2.misses=1 l2.victims=1",
        "gm_ub.window=1024 gm_ub.misses=512 ub_gm.window=1024 l2.misses=2 l2.victims=1",
        "gm_ub.window=4096 gm_ub.misses=1024 l2.misses=1 l2.victims=2 hbm.reads=1",
    };
    uint64_t seed = 5;
    for (unsigned i = 0; i < 30; i++) {
        char nk[1024], set[256];
        uint64_t rows = 1 + random_below(&seed, 12), bytes = 1 + random_below(&seed, 1500);
        uint64_t stride = bytes + random_below(&seed, 700), at = random_below(&seed, 512);
        snprintf(
            nk, sizeof nk,
            "kernel tight {\n tensor x: u8[131072] in\n tensor y: u8[131072] out\n aiv {\n"
            "tile a: ub u8[65536] @0\n%%at = %%block_id * 27000\n%%at = %%at + %llu\n"
            "load_ub a, x[%%at] rows=%llu bytes=%llu src_stride=%llu dst_stride=1504\n"
            "set_flag from=mte2 to=mte3 id=0\nwait_flag from=mte2 to=mte3 id=0\n"
            "store y[%%at], a rows=%llu bytes=%llu src_stride=1504 dst_stride=%llu\n }\n}\n",
            (unsigned long long)at, (unsigned long long)rows, (unsigned long long)bytes,
            (unsigned long long)stride, (unsigned long long)rows, (unsigned long long)bytes,
            (unsigned long long)stride);
        snprintf(set, sizeof set, "l2.bytes=65536 %s", settings[i % 3]);
        struct run run = npu_rig_once("tiny", set, nk, 4);
        struct run wide = npu_rig_once("tiny", "", nk, 4);
        struct tensor_traffic total = traffic_total(&run.traffic);
        assert_int_equal(total.path[PATH_gm_to_ub], 4 * rows * bytes);
        assert_int_equal(total.path[PATH_ub_to_gm], 4 * rows * bytes);
        assert_int_equal(run.requests, wide.requests);
        assert_int_equal(run.memory.latency.total, wide.memory.latency.total);
        assert_true(run.core_time >= wide.core_time);
    }
}

/* Whatever is loaded: bytes of the path are those asked for, every sector read counts once,
 * HBM gives what misses, and a transfer takes no less than engine, window or memory need. */
static void random_loads_obey_the_bounds_of_every_part(void **state)
{
    (void)state;
    uint64_t seed = 11;

    for (unsigned i = 0; i < 60; i++) {
        uint64_t rows = 1 + random_below(&seed, 30), bytes = 1 + random_below(&seed, 1500);
        uint64_t stride = bytes + random_below(&seed, 700), at = random_below(&seed, 512);
        char code[160];
        snprintf(code, sizeof code,
                 "load_ub a, x[%llu] rows=%llu bytes=%llu src_stride=%llu dst_stride=1504",
                 (unsigned long long)at, (unsigned long long)rows, (unsigned long long)bytes,
                 (unsigned long long)stride);
        struct run run = cold(ONE_CHANNEL, on_aiv(code));
        struct tensor_traffic total = traffic_total(&run.traffic);

        uint64_t sectors = 0, first_seen = 0, last = UINT64_MAX;
        for (uint64_t row = 0; row < rows; row++) {
            uint64_t from = at + row * stride;
            for (uint64_t s = from / 128; s <= (from + bytes - 1) / 128; s++) {
                sectors++;
                first_seen += s != last;
                last = s;
            }
        }
        assert_int_equal(total.path[PATH_gm_to_ub], rows * bytes);
        assert_int_equal(total.l2_hit + total.l2_miss, sectors);
        assert_int_equal(total.l2_miss, first_seen);
        assert_int_equal(total.hbm_read, first_seen * 128);

        /* The rows before the last, a cycle each beyond their bytes, of which a request's
         * part is rounded down; all bytes through HBM; and all of it one after another, in
         * rows of one bank that must each stay open 50 ns and take 20 to close. */
        uint64_t before = (rows - 1) * (bytes + 64 - 4) / 64;
        assert_true(run.core_time >= before * 1000);
        assert_true(run.core_time >= first_seen * 128 * 1000 / 64);
        uint64_t engine = rows * (bytes / 64 + 2);
        assert_true(run.core_time <= (1 + engine + sectors * (152 + 70) + 10 + 10) * 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_enough_window_lets_the_engine_run_at_its_rate),
        cmocka_unit_test(a_window_that_is_too_small_gives_window_by_latency),
        cmocka_unit_test(lines_from_hbm_have_a_window_of_their_own),
        cmocka_unit_test(a_slow_hbm_sets_the_pace),
        cmocka_unit_test(a_window_full_of_lines_is_blamed_on_what_they_spend_most_time_on),
        cmocka_unit_test(a_slow_l2_sets_the_pace),
        cmocka_unit_test(two_cores_share_what_hbm_gives),
        cmocka_unit_test(requests_that_leave_within_16_ns_are_booked_in_one_go),
        cmocka_unit_test(a_load_begins_while_the_one_before_is_on_its_way),
        cmocka_unit_test(the_window_is_shared_by_all_instructions_of_an_engine),
        cmocka_unit_test(a_place_is_free_when_its_own_line_is_back_whatever_went_before),
        cmocka_unit_test(lines_go_one_by_one_when_any_limit_is_one),
        cmocka_unit_test(nothing_is_lost_when_all_limits_bind),
        cmocka_unit_test(random_loads_obey_the_bounds_of_every_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
