/*
 * The paths between a cube core and its vector cores: whose memory they reach, what they put
 * there, and how long they take on configs/tiny.json (64 bytes a cycle from UB to L1 and back,
 * 128 from L0C to UB, results 10 cycles later).
 */
#include "kernels/ir/untimed.h"
#include "models/cost.h"
#include "tests/exec_rig.h"
#include "tests/npu_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sim/mem.h"

/*
 * Each vector core hands 256 bytes of x to L1 of its cube core, at a place of its own; the cube
 * core passes all 512 on to UB of vector core 1, which stores them. Flags of cores hand over.
 */
static const char round_trip[] = "kernel round_trip {\n"
                                 "param blocks_used = 2\n"
                                 "tensor x: u8[blocks_used][512] in\n"
                                 "tensor y: u8[blocks_used][512] out\n"
                                 "aic {\n"
                                 "  tile l1: l1 u8[512] @0\n"
                                 "  tile ub: ub u8[512] @1024\n"
                                 "  cross_wait pipe=mte1 id=0\n"
                                 "  l1_to_ub ub, l1 bytes=512 sub=1\n"
                                 "  cross_set pipe=mte1 id=1 scope=block\n"
                                 "}\n"
                                 "aiv {\n"
                                 "  tile in: ub u8[256] @0\n"
                                 "  tile l1: l1 u8[512] @0\n"
                                 "  tile out: ub u8[512] @1024\n"
                                 "  %from = %block_id * 512 + %sub_block_id * 256\n"
                                 "  load_ub in, x[%from] bytes=256\n"
                                 "  set_flag from=mte2 to=mte3 id=0\n"
                                 "  wait_flag from=mte2 to=mte3 id=0\n"
                                 "  %to = %sub_block_id * 256\n"
                                 "  ub_to_l1 l1[%to], in bytes=256\n"
                                 "  cross_set pipe=mte3 id=0 scope=block\n"
                                 "  cross_wait pipe=mte3 id=1\n"
                                 "  if %sub_block_id {\n"
                                 "    %back = %block_id * 512\n"
                                 "    store y[%back], out bytes=512\n"
                                 "  }\n"
                                 "}\n"
                                 "}\n";

static void fill_input(struct npu_rig *rig)
{
    uint8_t *x = npu_rig_tensor(rig, "x");
    for (size_t i = 0; i < 1024; i++)
        x[i] = (uint8_t)(i * 7 + i / 256);
    memset(npu_rig_tensor(rig, "y"), 0, 1024);
}

static void data_goes_to_the_partner_and_back(void **state)
{
    (void)state;
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "", round_trip);

    fill_input(&rig);
    assert_true(npu_rig_run(&rig, 2, true));
    assert_memory_equal(npu_rig_tensor(&rig, "y"), npu_rig_tensor(&rig, "x"), 1024);
    npu_rig_free(&rig);
}

static void the_untimed_executor_agrees(void **state)
{
    (void)state;
    struct npu_rig rig;
    struct target target;
    struct diag diag = { 0 };
    npu_rig_init(&rig, "tiny", "", round_trip);
    chip_target(rig.chip, &target);

    fill_input(&rig);
    struct exec *exec =
        exec_new(rig.kernel, target.capacity, rig.tensors, target.aic + target.aiv);
    if (!untimed_run(exec, &target, 2, &diag))
        fail_msg("%s", diag.text);
    assert_memory_equal(npu_rig_tensor(&rig, "y"), npu_rig_tensor(&rig, "x"), 1024);
    exec_free(exec);
    npu_rig_free(&rig);
}

/* --- what each operation does; in the rig of single operations a core is its own partner ---
 */

static void rows_and_planes_become_columns_of_fractals(void **state)
{
    (void)state;
    struct rig rig;
    rig_init(&rig);
    uint8_t *ub = rig_memory(&rig, SPACE_UB), *l1 = rig_memory(&rig, SPACE_L1);
    for (size_t i = 0; i < 3 * 64; i++)
        ub[i] = (uint8_t)i;

    /* Three rows of 64 bytes into two columns of 16 rows of 32 bytes. */
    struct kop op = rig_op(KOP_ub_to_l1);
    op.at[OPERAND_DST] = rig_operand(SPACE_L1, DT_f16, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_f16, 0);
    op.bytes = 32;
    op.rows = 3;
    op.src_stride = 64;
    op.planes = 2;
    op.src_plane = 32;
    op.dst_plane = 16 * 32;
    rig_run(&rig, &op);
    for (size_t row = 0; row < 3; row++) {
        for (size_t column = 0; column < 2; column++)
            assert_memory_equal(l1 + column * 512 + row * 32, ub + row * 64 + column * 32, 32);
    }
    rig_free(&rig);
}

/* L0C of 32x32: element (r, c) is 100r + c, in columns of 16. */
static void fill_l0c(struct rig *rig)
{
    uint8_t *l0c = rig_memory(rig, SPACE_L0C);
    for (size_t r = 0; r < 32; r++) {
        for (size_t c = 0; c < 32; c++) {
            float value = (float)(100 * r + c);
            memcpy(l0c + ((c / 16 * 32 + r) * 16 + c % 16) * 4, &value, 4);
        }
    }
}

static struct kop drain_of(int64_t dual)
{
    struct kop op = rig_op(KOP_fixpipe_ub);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_f32, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_L0C, DT_f32, 0);
    op.m = op.n = op.nz_rows = 32;
    op.dual = (int16_t)dual;
    return op;
}

static float at(const uint8_t *ub, size_t index)
{
    float value;
    memcpy(&value, ub + 4 * index, 4);
    return value;
}

static void a_fixpipe_to_ub_turns_nz_into_rows(void **state)
{
    (void)state;
    struct rig rig;
    rig_init(&rig);
    fill_l0c(&rig);
    struct kop op = drain_of(0);
    rig_run(&rig, &op);
    const uint8_t *ub = rig_memory(&rig, SPACE_UB);
    for (size_t r = 0; r < 32; r++) {
        for (size_t c = 0; c < 32; c++)
            assert_true(at(ub, r * 32 + c) == (float)(100 * r + c));
    }
    rig_free(&rig);
}

/* With one cube core, 0, and two vector cores, 1 and 2. */
static void a_dual_fixpipe_gives_each_vector_core_half(void **state)
{
    (void)state;
    for (int64_t dual = 1; dual <= 2; dual++) {
        struct rig rig;
        rig_init(&rig);
        struct exec *exec = exec_new(rig.kernel, rig.capacity, rig.tensors, 3);
        exec_pair(exec, 1, 2);
        fill_l0c(&rig);
        exec->cores[0].space[SPACE_L0C] = mem_new(RIG_CAPACITY);
        memcpy(exec->cores[0].space[SPACE_L0C], rig_memory(&rig, SPACE_L0C), 4096);

        struct kop op = drain_of(dual);
        exec_op(exec, 0, &op);
        assert_null(exec->cores[0].space[SPACE_UB]);
        for (size_t sub = 0; sub < 2; sub++) {
            const uint8_t *ub = exec->cores[1 + sub].space[SPACE_UB];
            if (dual == 1) { /* 16 rows of 32 */
                assert_true(at(ub, 0) == (float)(1600 * sub));
                assert_true(at(ub, 15 * 32 + 31) == (float)(1600 * sub + 1531));
                assert_true(at(ub, 16 * 32) == 0);
            } else { /* 32 rows of 16 */
                assert_true(at(ub, 0) == (float)(16 * sub));
                assert_true(at(ub, 31 * 16 + 15) == (float)(3115 + 16 * sub));
                assert_true(at(ub, 32 * 16) == 0);
            }
        }
        exec_free(exec);
        rig_free(&rig);
    }
}

static void halves_must_be_whole(void **state)
{
    (void)state;
    struct rig rig;
    rig_init(&rig);
    struct kop op = drain_of(1);
    op.m = 31;
    assert_string_equal(rig_refusal(&rig, &op),
                        "fixpipe_ub: m is 31; expected a multiple of 2");
    op = drain_of(2);
    op.n = 16;
    assert_string_equal(rig_refusal(&rig, &op),
                        "fixpipe_ub: n is 16; expected a multiple of 32");
    op = drain_of(3);
    assert_string_equal(rig_refusal(&rig, &op), "fixpipe_ub: dual is 3; expected 0..2");
    rig_free(&rig);
}

/* --- what they cost on tiny --- */

static void assert_cost(const struct kop *op, uint64_t occupancy)
{
    struct diag diag = { 0 };
    struct chip *chip = chip_load(NPUSIM_SOURCE_DIR "/configs", "tiny", &diag);
    struct cost cost = cost_of(&chip->params, op);
    assert_int_equal(cost.occupancy, occupancy);
    assert_int_equal(cost.latency, 10);
    chip_free(chip);
}

static void a_row_takes_whole_cycles_of_the_port(void **state)
{
    (void)state;
    struct kop op = rig_op(KOP_ub_to_l1);
    op.bytes = 128;
    assert_cost(&op, 2);
    op.rows = 3;
    assert_cost(&op, 6);
    op.bytes = 32; /* half a cycle's worth */
    assert_cost(&op, 3);
    op.code = KOP_l1_to_ub;
    op.planes = 4;
    assert_cost(&op, 12);
}

static void two_destinations_take_half_the_time(void **state)
{
    (void)state;
    struct kop op = drain_of(0); /* 32 * 32 * 4 bytes at 128 */
    assert_cost(&op, 32);
    op.dual = 1;
    assert_cost(&op, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_goes_to_the_partner_and_back),
        cmocka_unit_test(the_untimed_executor_agrees),
        cmocka_unit_test(rows_and_planes_become_columns_of_fractals),
        cmocka_unit_test(a_fixpipe_to_ub_turns_nz_into_rows),
        cmocka_unit_test(a_dual_fixpipe_gives_each_vector_core_half),
        cmocka_unit_test(halves_must_be_whole),
        cmocka_unit_test(a_row_takes_whole_cycles_of_the_port),
        cmocka_unit_test(two_destinations_take_half_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
