/*
 * Transfers between GM and a core of configs/tiny.json. A cycle is 1 ns. The
 * scalar unit issues the first operation 1 ns after its core's start.
 *
 * So that every line is like every other, these tests take one HBM channel with a bank
 * for each of 64 lines (ONE_CHANNEL), which moves a line in 8 ns. As tests/test_memory.c
 * has it:
 *
 *   hit of a line 42 ns, miss 10 + 2 + 20 + (30 + 40 + 8) + 32 + 10 = 152 ns
 *
 * The engine's own latency, 10 ns, ends every transfer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/npu_rig.h"
#include "tests/random.h"

/* More clocks of the bus for 64 bytes, of which a line has eight. */
#define BUS(clocks) " hbm.tccdl=" clocks " hbm.tccds=" clocks " hbm.burst=" clocks
#define NO_ROWS " gm_ub.row=0 ub_gm.row=0 gm_l1.row=0"

/* A program for vector cores over a tensor x and a tile a, of 64 KiB each. */
static const char *on_aiv(const char *code)
{
    static _Thread_local char text[2048];
    snprintf(text, sizeof text,
             "kernel mover {\n tensor x: u8[131072] inout\n aiv {\n tile a: ub u8[131072] @0\n"
             "tile b: ub f16[16384] @131072\n%s\n }\n}\n",
             code);
    return text;
}

/* The same for cube cores, over f16 and i8 tensors and tiles. */
static const char *on_aic(const char *code)
{
    static _Thread_local char text[2048];
    snprintf(text, sizeof text,
             "kernel mover {\n tensor x: f16[65536] inout\n tensor y: i8[65536] in\n"
             "tensor z: f32[65536] out\n aic {\n tile a: l1 f16[65536] @0\n"
             "tile b: l1 i8[65536] @131072\n tile c: l0c f32[32768] @0\n%s\n }\n}\n",
             code);
    return text;
}

static struct run cold(const char *settings, const char *nk)
{
    return npu_rig_once("tiny", settings, nk, 1);
}

/* The second of two runs. */
static struct run warm_blocks(const char *settings, const char *nk, unsigned blocks)
{
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", settings, nk);
    assert_true(npu_rig_run(&rig, blocks, false));
    assert_true(npu_rig_run(&rig, blocks, false));
    struct run run = rig.run;
    npu_rig_free(&rig);
    return run;
}

static struct run warm(const char *settings, const char *nk)
{
    return warm_blocks(settings, nk, 1);
}

static uint64_t core_ns(struct run run)
{
    return npu_rig_ns(run.core_time);
}

static uint64_t busy_ns(const struct run *run, enum core_kind kind, enum pipe_id pipe)
{
    return npu_rig_ns(run->pipes[kind][pipe][PIPE_busy]);
}

static uint64_t bound_ns(const struct run *run, enum gm_path path, enum gm_reason reason)
{
    return npu_rig_ns(run->bound.spent[bound_of(path, reason)]);
}

/* --- one instruction --- */

static void a_load_takes_the_way_of_its_last_line_and_the_engines_latency(void **state)
{
    (void)state;
    const char *nk = on_aiv("load_ub a, x bytes=512");
    assert_int_equal(core_ns(cold(ONE_CHANNEL, nk)), 1 + 152 + 10);
    assert_int_equal(core_ns(warm(ONE_CHANNEL, nk)), 1 + 42 + 10);
}

/* Requests leave every 512 / 64 = 8 ns: the second line at 9, the fourth at 25. */
static void lines_leave_at_the_rate_of_the_engine(void **state)
{
    (void)state;
    const char *settings = ONE_CHANNEL NO_ROWS;
    assert_int_equal(core_ns(cold(settings, on_aiv("load_ub a, x bytes=1024"))),
                     1 + 8 + 152 + 10);
    assert_int_equal(core_ns(cold(settings, on_aiv("load_ub a, x bytes=2048"))),
                     1 + 3 * 8 + 152 + 10);
}

/* To L1 at 128 bytes a cycle, straight to L0A at 64; from the L2, which keeps up with both. */
static void each_path_has_its_own_rate(void **state)
{
    (void)state;
    const char *settings = ONE_CHANNEL NO_ROWS;
    const char *l1 = on_aic("load_l1 a, x bytes=2048");
    assert_int_equal(core_ns(warm(settings, l1)), 1 + 3 * 4 + 42 + 10);

    const char *l0 = on_aic("tile d: l0a f16[1024] @0\nload_gm_l0a d, x bytes=2048");
    struct run run = warm(settings, l0);
    assert_int_equal(core_ns(run), 1 + 3 * 8 + 42 + 10);
    assert_int_equal(run.traffic.tensors[0].path[PATH_gm_to_l0], 2048);
}

/* The slice has it at 1 + 12; the engine sends 512 bytes in 16 ns, till 17, and that is when
 * its last byte has left. */
static void a_store_ends_when_its_last_byte_has_left_and_arrived(void **state)
{
    (void)state;
    const char *settings = ONE_CHANNEL NO_ROWS;
    assert_int_equal(core_ns(cold(settings, on_aiv("store x, a bytes=512"))), 1 + 16 + 10);
    /* 32 bytes leave in 1 ns and arrive at 10 + 0.125: on the edge after that, 12. A store
     * of a sector in part reads it, but nobody waits. */
    assert_int_equal(core_ns(cold(settings, on_aiv("store x, a bytes=32"))), 12 + 10);
}

static void nothing_to_move_still_takes_its_turn(void **state)
{
    (void)state;
    struct run run = cold(ONE_CHANNEL, on_aiv("%n = 0\nload_ub a, x bytes=%n"));
    assert_int_equal(run.requests, 0);
    assert_int_equal(busy_ns(&run, CORE_AIV, PIPE_MTE2), 10);
    assert_int_equal(core_ns(run), 1 + 1 + 10);
}

/* --- requests --- */

static void a_request_is_at_most_a_line(void **state)
{
    (void)state;
    assert_int_equal(cold("", on_aiv("load_ub a, x bytes=512")).requests, 1);
    assert_int_equal(cold("", on_aiv("load_ub a, x[256] bytes=512")).requests, 2);
    assert_int_equal(cold("", on_aiv("load_ub a, x[500] bytes=32")).requests, 2);
    assert_int_equal(cold("", on_aiv("load_ub a, x bytes=4096")).requests, 8);
}

static void rows_without_gaps_and_without_a_cost_of_their_own_are_one(void **state)
{
    (void)state;
    const char *packed = on_aiv("load_ub a, x rows=8 bytes=64");
    assert_int_equal(cold(NO_ROWS, packed).requests, 1);
    assert_int_equal(cold("", packed).requests, 8); /* a row costs a cycle on tiny */

    const char *apart = on_aiv("load_ub a, x rows=8 bytes=64 src_stride=128");
    assert_int_equal(cold(NO_ROWS, apart).requests, 8);
}

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

/* --- rows --- */

/* A row of 64 bytes takes 1 + 1 cycles, so the fourth leaves at 7, and at 4 without that
 * cost. From the L2 it is back after 10 + 0.25 + 20 + 10: on the edge of 48, or 45. From HBM
 * the two are alike, for its bus has a sector only every 2 ns: the first reaches it at 1 +
 * 30.25, on the edge of 32, and the fourth has its data from 32 + 70 + 6 to 110, or 38 + 70
 * to 110, and is back 42 later. */
static void a_row_costs_more_than_its_bytes(void **state)
{
    (void)state;
    const char *rows = "load_ub a, x rows=4 bytes=64 src_stride=512";
    assert_int_equal(core_ns(warm(ONE_CHANNEL, on_aiv(rows))), 48 + 10);
    assert_int_equal(core_ns(warm(ONE_CHANNEL NO_ROWS, on_aiv(rows))), 45 + 10);
    assert_int_equal(core_ns(cold(ONE_CHANNEL, on_aiv(rows))), 152 + 10);
    assert_int_equal(core_ns(cold(ONE_CHANNEL NO_ROWS, on_aiv(rows))), 152 + 10);
}

/* Of 8 rows of 64 bytes, as many as the window holds, each takes 1 + 1 cycles to UB, 2 + 1
 * from UB and half a cycle + 1 to L1. */
static void each_path_has_its_own_cost_of_rows(void **state)
{
    (void)state;
    struct run run = cold(ONE_CHANNEL, on_aiv("load_ub a, x rows=8 bytes=64 src_stride=512"));
    assert_int_equal(busy_ns(&run, CORE_AIV, PIPE_MTE2), 16);
    run = cold(ONE_CHANNEL, on_aiv("store x, a rows=8 bytes=64 dst_stride=512"));
    assert_int_equal(busy_ns(&run, CORE_AIV, PIPE_MTE3), 24);
    run = cold(ONE_CHANNEL, on_aic("load_l1 a, x rows=8 bytes=64 src_stride=512"));
    assert_int_equal(busy_ns(&run, CORE_AIC, PIPE_MTE2), 12);
}

/* A request takes at least 10 cycles. The last of 4 rows leaves at 1 + 3 * 10. Its sector
 * is at HBM 10 + 0.125 + 20 later, on the edge of 62, and back at 62 + 30 + 40 + 2 + 32 + 10.
 * Turning ND into NZ adds 100 to the engine's 10. */
static void turning_nd_into_nz_costs_each_request_a_least_time(void **state)
{
    (void)state;
    const char *f16 = on_aic("load_nz a, x rows=4 cols=16 nz_rows=16 src_stride=512");
    struct run run = cold(ONE_CHANNEL, f16);
    assert_int_equal(busy_ns(&run, CORE_AIC, PIPE_MTE2), 4 * 10);
    assert_int_equal(core_ns(run), 176 + 110);
}

/* At 32 bytes a cycle the 512 bytes of a request are 16 cycles, and 32 for bytes, which go at
 * 16 a cycle. A row is eight requests, and its own cycle goes with its bytes. */
static void a_request_of_nz_takes_the_time_of_its_bytes_if_that_is_more(void **state)
{
    (void)state;
    const char *settings = "gm_l1.window=65536 gm_l1.misses=65536 gm_l1.rate=32";
    struct run run = cold(settings, on_aic("load_nz a, x rows=2 cols=2048 nz_rows=16"));
    assert_int_equal(busy_ns(&run, CORE_AIC, PIPE_MTE2), 2 * (8 * 16 + 1));
    run = cold(settings, on_aic("load_nz b, y rows=2 cols=4096 nz_rows=16"));
    assert_int_equal(busy_ns(&run, CORE_AIC, PIPE_MTE2), 2 * (8 * 32 + 1));
}

/* A row of 512 bytes on the grid is one request of 10 cycles. 64 bytes on it is cut at 128,
 * 256 and 512, and the last 64 bytes are a request too: four. */
static void a_row_off_the_grid_takes_more_requests(void **state)
{
    (void)state;
    const char *on = on_aic("load_nz a, x rows=1 cols=256 nz_rows=16");
    struct run run = cold(ONE_CHANNEL, on);
    assert_int_equal(busy_ns(&run, CORE_AIC, PIPE_MTE2), 10);
    assert_int_equal(run.requests, 1);
    run = cold(ONE_CHANNEL, on_aic("load_nz a, x[64] rows=1 cols=256 nz_rows=16"));
    assert_int_equal(busy_ns(&run, CORE_AIC, PIPE_MTE2), 40);
    assert_int_equal(run.requests, 4);
}

/* 16 columns of L0C are 64 bytes, one cycle, but a row takes at least 10. */
static void a_row_of_a_fixpipe_takes_a_least_time(void **state)
{
    (void)state;
    struct run run = cold("", on_aic("fixpipe x, c m=20 n=16 nz_rows=32 dst_stride=512"));
    assert_int_equal(busy_ns(&run, CORE_AIC, PIPE_FIX), 200);
    /* Fewer than 10 rows: the instruction's least, 100. */
    run = cold("", on_aic("fixpipe x, c m=4 n=16 nz_rows=16 dst_stride=512"));
    assert_int_equal(busy_ns(&run, CORE_AIC, PIPE_FIX), 100);
}

/* 256 columns of L0C are 1024 bytes, 16 cycles, whatever they become on the way. */
static void a_fixpipe_moves_at_the_rate_of_l0c(void **state)
{
    (void)state;
    struct run half = cold("", on_aic("fixpipe x, c m=16 n=256 nz_rows=16 dst_stride=512"));
    struct run whole = cold("", on_aic("fixpipe z, c m=16 n=256 nz_rows=16 dst_stride=1024"));
    assert_int_equal(busy_ns(&half, CORE_AIC, PIPE_FIX), 16 * 16);
    assert_int_equal(busy_ns(&whole, CORE_AIC, PIPE_FIX), 16 * 16);
    assert_int_equal(half.traffic.tensors[0].path[PATH_l0c_to_gm], 16 * 512);
    assert_int_equal(whole.traffic.tensors[2].path[PATH_l0c_to_gm], 16 * 1024);
}

/* Two planes of three rows are six rows, wherever they are; a plane further away is another
 * line of HBM and no more. */
static void planes_are_as_many_rows(void **state)
{
    (void)state;
    struct run rows =
        cold(ONE_CHANNEL, on_aiv("load_ub a, x bytes=512 rows=6 src_stride=1024"));
    struct run planes =
        cold(ONE_CHANNEL, on_aiv("load_ub a, x bytes=512 rows=3 src_stride=1024 "
                                 "planes=2 src_plane=3072"));
    struct run apart = cold(ONE_CHANNEL, on_aiv("load_ub a, x bytes=512 rows=3 src_stride=1024 "
                                                "planes=2 src_plane=65536"));
    assert_true(npu_rig_same_run(&rows, &planes));
    assert_int_equal(core_ns(rows), core_ns(apart));
    struct run split =
        cold(ONE_CHANNEL " gm_ub.row=0", on_aiv("load_ub a, x bytes=512 rows=2 planes=3"));
    assert_int_equal(
        core_ns(cold(ONE_CHANNEL " gm_ub.row=0", on_aiv("load_ub a, x bytes=3072"))),
        core_ns(split));
}

/* --- traffic --- */

/* The tensor is read twice over, with rows that overlap sectors, and written once. */
static void what_a_core_asks_for_is_what_its_paths_carry(void **state)
{
    (void)state;
    struct npu_rig rig;
    npu_rig_init(
        &rig, "tiny", "",
        "kernel traffic {\n"
        "  tensor x: u8[16384] in\n  tensor y: u8[65536] in\n  tensor z: u8[16384] out\n"
        "  aiv {\n"
        "    tile a: ub u8[65536] @0\n"
        "    load_ub a, x bytes=16384\n"
        "    load_ub a, x bytes=16384\n"
        "    load_ub a, y[96] rows=100 bytes=160 src_stride=640\n"
        "    store z, a rows=10 bytes=96 dst_stride=1024\n"
        "  }\n"
        "}\n");
    assert_true(npu_rig_run(&rig, 1, false));
    struct tensor_traffic x = npu_rig_traffic(&rig, "x"), y = npu_rig_traffic(&rig, "y");
    struct tensor_traffic z = npu_rig_traffic(&rig, "z");

    assert_int_equal(x.path[PATH_gm_to_ub], 2 * 16384);
    assert_int_equal(x.l2_miss, 16384 / 128);
    assert_int_equal(x.l2_hit, 16384 / 128);
    assert_int_equal(x.hbm_read, 16384);

    /* A row begins 96 bytes into a sector (640 is five of them) and covers 160 bytes: it
     * touches two sectors, 32 bytes of one and all of the next. */
    assert_int_equal(y.path[PATH_gm_to_ub], 16000);
    assert_int_equal(y.l2_miss, 200);
    assert_int_equal(y.l2_hit, 0);
    assert_int_equal(y.hbm_read, 200 * 128);

    /* 96 bytes of a sector: it is read first. Nothing has to leave the L2. */
    assert_int_equal(z.path[PATH_ub_to_gm], 960);
    assert_int_equal(z.path[PATH_gm_to_ub], 0);
    assert_int_equal(z.l2_miss, 10);
    assert_int_equal(z.hbm_read, 10 * 128);
    assert_int_equal(z.hbm_write, 0);
    npu_rig_free(&rig);
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
        cmocka_unit_test(planes_are_as_many_rows),
        cmocka_unit_test(a_load_takes_the_way_of_its_last_line_and_the_engines_latency),
        cmocka_unit_test(lines_leave_at_the_rate_of_the_engine),
        cmocka_unit_test(each_path_has_its_own_rate),
        cmocka_unit_test(a_store_ends_when_its_last_byte_has_left_and_arrived),
        cmocka_unit_test(nothing_to_move_still_takes_its_turn),
        cmocka_unit_test(a_request_is_at_most_a_line),
        cmocka_unit_test(rows_without_gaps_and_without_a_cost_of_their_own_are_one),
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
        cmocka_unit_test(a_row_costs_more_than_its_bytes),
        cmocka_unit_test(each_path_has_its_own_cost_of_rows),
        cmocka_unit_test(turning_nd_into_nz_costs_each_request_a_least_time),
        cmocka_unit_test(a_request_of_nz_takes_the_time_of_its_bytes_if_that_is_more),
        cmocka_unit_test(a_row_off_the_grid_takes_more_requests),
        cmocka_unit_test(a_row_of_a_fixpipe_takes_a_least_time),
        cmocka_unit_test(a_fixpipe_moves_at_the_rate_of_l0c),
        cmocka_unit_test(what_a_core_asks_for_is_what_its_paths_carry),
        cmocka_unit_test(random_loads_obey_the_bounds_of_every_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
