/* What a transfer of one instruction takes, and what it asks the memory for. */
#include "tests/mte_rig.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_takes_the_way_of_its_last_line_and_the_engines_latency),
        cmocka_unit_test(lines_leave_at_the_rate_of_the_engine),
        cmocka_unit_test(each_path_has_its_own_rate),
        cmocka_unit_test(a_store_ends_when_its_last_byte_has_left_and_arrived),
        cmocka_unit_test(nothing_to_move_still_takes_its_turn),
        cmocka_unit_test(a_request_is_at_most_a_line),
        cmocka_unit_test(rows_without_gaps_and_without_a_cost_of_their_own_are_one),
        cmocka_unit_test(a_row_costs_more_than_its_bytes),
        cmocka_unit_test(each_path_has_its_own_cost_of_rows),
        cmocka_unit_test(turning_nd_into_nz_costs_each_request_a_least_time),
        cmocka_unit_test(a_request_of_nz_takes_the_time_of_its_bytes_if_that_is_more),
        cmocka_unit_test(a_row_off_the_grid_takes_more_requests),
        cmocka_unit_test(a_row_of_a_fixpipe_takes_a_least_time),
        cmocka_unit_test(a_fixpipe_moves_at_the_rate_of_l0c),
        cmocka_unit_test(planes_are_as_many_rows),
        cmocka_unit_test(what_a_core_asks_for_is_what_its_paths_carry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
