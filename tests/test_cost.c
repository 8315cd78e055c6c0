/*
 * Costs on configs/tiny.json. Of a vector operation without bank conflicts:
 * its repeats at the rate of its class, and a head for some; 2 cycles at
 * least; the result 10 cycles later.
 */
#include "models/cost.h"
#include "kernels/ir/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/mem.h"
#include "tests/exec_rig.h"
#include "tests/npu_rig.h"
#include "tests/random.h"

#define NO DT_COUNT /* no such operand */

static struct params params;

static int load_tiny(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    struct chip *chip = chip_load(NPUSIM_SOURCE_DIR "/configs", "tiny", &diag);
    if (chip == NULL)
        return -1;
    params = chip->params;
    chip_free(chip);
    return 0;
}

/* An operand in the first space that its row of op.def allows, at its own 64 KiB: operands
 * are of different banks and, 256 bytes shifted, of different groups. */
static struct kaddr operand(enum kop_code code, unsigned index, enum dtype type)
{
    uint32_t spaces = kop_info[code].spaces[index];
    unsigned space = 0;
    while (space < SPACE_COUNT && (spaces >> space & 1) == 0)
        space++;
    return rig_operand((enum space)space, type, (int64_t)index * 65536 + index % 2 * 256);
}

static struct kop op_of(enum kop_code code, enum dtype dst, enum dtype a, enum dtype b)
{
    struct kop op = rig_op(code);
    const enum dtype types[] = { dst, a, b };
    for (unsigned i = 0; i < 3; i++) {
        if (types[i] != NO)
            op.at[i] = operand(code, i, types[i]);
    }
    return op;
}

/* --- one row per cost class and case --- */

struct row {
    enum kop_code code;
    enum dtype dst, a, b;
    int64_t count; /* of a vector operation; bytes of a move */
    int64_t m, k, n;
    int16_t hf32;
    uint64_t occupancy; /* cycles */
};

static const struct row rows[] = {
    /* 16x16 fractals, 16 (f16), 4 (f32), 32 (i8) or 64 (i4) deep, a cycle each, and 1. */
    { KOP_mmad, DT_f32, DT_f16, DT_f16, .m = 16, .k = 16, .n = 16, .occupancy = 2 },
    { KOP_mmad, DT_f32, DT_f16, DT_f16, .m = 17, .k = 16, .n = 16, .occupancy = 3 },
    { KOP_mmad, DT_f32, DT_f16, DT_f16, .m = 16, .k = 17, .n = 16, .occupancy = 3 },
    { KOP_mmad, DT_f32, DT_bf16, DT_bf16, .m = 16, .k = 16, .n = 17, .occupancy = 3 },
    { KOP_mmad, DT_f32, DT_f16, DT_f16, .m = 128, .k = 64, .n = 256, .occupancy = 513 },
    { KOP_mmad, DT_f32, DT_f32, DT_f32, .m = 16, .k = 64, .n = 16, .occupancy = 17 },
    { KOP_mmad, DT_f32, DT_f32, DT_f32, .m = 16, .k = 64, .n = 16, .hf32 = 1, .occupancy = 9 },
    { KOP_mmad_bias, DT_f32, DT_f16, DT_f16, .m = 16, .k = 32, .n = 16, .occupancy = 3 },
    { KOP_mmad, DT_i32, DT_i8, DT_i8, .m = 16, .k = 64, .n = 16, .occupancy = 3 },
    { KOP_mmad, DT_i32, DT_i4, DT_i4, .m = 16, .k = 64, .n = 16, .occupancy = 2 },
    { KOP_mmad, DT_f32, DT_f16, DT_f16, .m = 1, .k = 1, .n = 1, .occupancy = 2 },

    /* Whole fractals of 16 rows of 32 bytes: to L0A 128 bytes a cycle, to L0B 64, and 1. */
    { KOP_load_l0a, DT_f16, DT_f16, NO, .m = 16, .k = 16, .occupancy = 1 + 4 },
    { KOP_load_l0a, DT_f16, DT_f16, NO, .m = 17, .k = 17, .occupancy = 1 + 16 },
    { KOP_load_l0a, DT_f32, DT_f32, NO, .m = 16, .k = 16, .occupancy = 1 + 8 },
    { KOP_load_l0b, DT_f16, DT_f16, NO, .k = 16, .n = 16, .occupancy = 1 + 8 },
    { KOP_load_l0b, DT_i8, DT_i8, NO, .k = 33, .n = 40, .occupancy = 1 + 48 },
    { KOP_load_bt, DT_f32, DT_f32, NO, .count = 96, .occupancy = 3 },
    { KOP_fill_l1, DT_f16, NO, NO, .count = 96, .occupancy = 3 },
    { KOP_load_fb, DT_f32, DT_f32, NO, .count = 96, .occupancy = 10 + 3 },

    /* Repeats of 256 bytes of the widest type: 128 of 16 bits, 64 of 32. */
    { KOP_vadd, DT_f16, DT_f16, DT_f16, .count = 1280, .occupancy = 10 },
    { KOP_vadd, DT_f32, DT_f32, DT_f32, .count = 640, .occupancy = 10 },
    { KOP_vadd, DT_f16, DT_f16, DT_f16, .count = 1281, .occupancy = 11 },
    { KOP_vadd, DT_f16, DT_f16, DT_f16, .count = 128, .occupancy = 2 },
    { KOP_vadd, DT_f16, DT_f16, DT_f16, .count = 0, .occupancy = 2 },
    { KOP_vcmp, DT_u8, DT_f16, DT_f16, .count = 1280, .occupancy = 10 },
    { KOP_vcpadd, DT_f16, DT_f16, NO, .count = 1280, .occupancy = 10 },
    { KOP_vdup, DT_f16, NO, NO, .count = 1280, .occupancy = 10 },
    { KOP_vconv, DT_f32, DT_f16, NO, .count = 640, .occupancy = 10 },
    { KOP_vconv, DT_f16, DT_i4, NO, .count = 1280, .occupancy = 10 },
    { KOP_vconv, DT_bf16, DT_f32, NO, .count = 640, .occupancy = 10 },
    { KOP_vconv, DT_f16, DT_f32, NO, .count = 640, .occupancy = 5 }, /* half a cycle */
    { KOP_vconv, DT_f16, DT_f32, NO, .count = 7 * 64, .occupancy = 4 },
    { KOP_vexp, DT_f16, DT_f16, NO, .count = 1280, .occupancy = 40 },
    { KOP_vsqrt, DT_f32, DT_f32, NO, .count = 640, .occupancy = 20 },
    { KOP_vdiv, DT_f16, DT_f16, DT_f16, .count = 1280, .occupancy = 10 + 50 },
    { KOP_vdiv, DT_f32, DT_f32, DT_f32, .count = 640, .occupancy = 50 },
    { KOP_vaxpy, DT_f32, DT_f32, NO, .count = 640, .occupancy = 30 },
    { KOP_vmla, DT_f16, DT_f16, DT_f16, .count = 1280, .occupancy = 60 },
    { KOP_vmla, DT_f32, DT_f16, DT_f16, .count = 640, .occupancy = 70 },
    { KOP_vmadd, DT_f32, DT_f32, DT_f32, .count = 640, .occupancy = 60 },
    { KOP_vconvvdeq, DT_i8, DT_i16, DT_f32, .count = 1280, .occupancy = 80 },
    { KOP_vcmpv, DT_u8, DT_f16, DT_f16, .count = 1280, .occupancy = 10 + 10 },
    { KOP_vcmpvs, DT_u8, DT_f32, NO, .count = 640, .occupancy = 20 + 10 },
    { KOP_vcadd, DT_f16, DT_f16, NO, .count = 1280, .occupancy = 90 },
    { KOP_vcadd, DT_f32, DT_f32, NO, .count = 640, .occupancy = 110 },
    { KOP_vcmax, DT_f16, DT_f16, NO, .count = 1280, .occupancy = 120 },
    { KOP_vcmin, DT_f32, DT_f32, NO, .count = 640, .occupancy = 120 },
    { KOP_vcgadd, DT_f16, DT_f16, NO, .count = 1280, .occupancy = 130 },
    { KOP_vcgmax, DT_f32, DT_f32, NO, .count = 640, .occupancy = 140 },
    { KOP_vbrcb, DT_f16, DT_f16, NO, .count = 80, .occupancy = 10 }, /* 8 a repeat */
    { KOP_vgather, DT_f16, DT_f16, DT_u32, .count = 1280, .occupancy = 30 + 200 },
    { KOP_vgather, DT_f32, DT_f32, DT_u32, .count = 640, .occupancy = 30 + 100 },
    { KOP_vgatherb, DT_f16, DT_f16, DT_u32, .count = 1280, .occupancy = 40 + 25 },
    { KOP_vreduce, DT_f16, DT_f16, DT_u16, .count = 1280, .occupancy = 150 },
    { KOP_vreducev2, DT_f32, DT_f32, DT_u32, .count = 640, .occupancy = 160 },
    { KOP_vreducev2p, DT_u16, DT_u16, DT_u64, .count = 1280, .occupancy = 160 },
    { KOP_vsels, DT_f16, DT_f16, DT_u8, .count = 1280, .occupancy = 10 + 15 },
    { KOP_vnchwconv, DT_f16, DT_f16, NO, .count = 1280, .occupancy = 5 * 19 },
    { KOP_vnchwconv, DT_f32, DT_f32, NO, .count = 1280, .occupancy = 10 * 19 },
    { KOP_vnchwconv, DT_u8, DT_u8, NO, .count = 1024, .occupancy = 2 * 19 },
    { KOP_vscatter, DT_f16, DT_f16, DT_u32, .count = 1280, .occupancy = 30 + 640 },
    { KOP_vintlv, DT_f32, DT_f32, DT_f32, .count = 640, .occupancy = 30 },
    { KOP_vdintlv, DT_f32, DT_f32, NO, .count = 640, .occupancy = 30 },
    { KOP_vci, DT_i32, NO, NO, .count = 640, .occupancy = 25 + 10 },
    { KOP_vbitsort, DT_f16, DT_f16, DT_u32, .count = 128, .occupancy = 4 * 21 },
    { KOP_vmrgsort, DT_f32, DT_f32, NO, .count = 64, .occupancy = 50 + 4 * 17 },
    { KOP_copy_ub, DT_f16, DT_f16, NO, .count = 640, .occupancy = 10 },
    /* 64 bytes a cycle between UB and L1, 128 of L0C to UB. */
    { KOP_ub_to_l1, DT_f16, DT_f16, NO, .count = 640, .occupancy = 10 },
    { KOP_l1_to_ub, DT_f16, DT_f16, NO, .count = 96, .occupancy = 2 },
    { KOP_fixpipe_ub, DT_f16, DT_f32, NO, .m = 16, .n = 32, .occupancy = 16 },
    { KOP_l0c_to_ub, DT_f16, DT_f32, NO, .m = 16, .n = 32, .occupancy = 16 },
    { KOP_l0c_to_ub, DT_f16, DT_f32, NO, .m = 1, .n = 16, .occupancy = 2 },
    { KOP_copy_ub, DT_f16, DT_f16, NO, .count = 32, .occupancy = 2 },

    /* Time passes elsewhere: in mte.c, in pipe.c, in core.c. */
    { KOP_load_ub, DT_f16, DT_f16, NO, .count = 512 },
    { KOP_store, DT_f16, DT_f16, NO, .count = 512 },
    { KOP_load_nz, DT_f16, DT_f16, NO, .count = 512 },
    { KOP_put, DT_f16, NO, NO, .count = 0, .occupancy = 5 }, /* in GM; tiny: 5 ns */
    { KOP_set_flag, NO, NO, NO, .count = 0 },
    { KOP_barrier, NO, NO, NO, .count = 0 },
    { KOP_cross_set, NO, NO, NO, .count = 0 },
    { KOP_sync_all, NO, NO, NO, .count = 0 },
};

static struct kop op_of_row(const struct row *row)
{
    struct kop op = op_of(row->code, row->dst, row->a, row->b);
    op.count = op.bytes = row->count;
    op.m = row->m;
    op.k = row->k;
    op.n = row->n;
    op.hf32 = row->hf32;
    return op;
}

static void every_case_costs_what_was_worked_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kop op = op_of_row(&rows[i]);
        struct cost cost = cost_of(&params, &op);
        bool computes = kop_info[op.code].pipe == PIPE_V || kop_info[op.code].pipe == PIPE_M;
        bool far = kop_is_far(op.code, (enum space)op.at[OPERAND_DST].space);
        uint64_t latency = computes || far ? 10 : 0;
        if (cost.occupancy != rows[i].occupancy || cost.latency != latency)
            fail_msg("row %zu, %s: occupancy %llu, latency %llu", i, kop_info[op.code].name,
                     (unsigned long long)cost.occupancy, (unsigned long long)cost.latency);
    }
}

static void every_cost_class_has_a_case(void **state)
{
    (void)state;
    for (int code = 0; code < KOP_COUNT; code++) {
        bool found = strcmp(kop_info[code].cost, "fixpipe") == 0 || /* below */
                     strcmp(kop_info[code].cost, "load3d") == 0;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            found = found || strcmp(kop_info[code].cost, kop_info[rows[i].code].cost) == 0;
        if (!found)
            fail_msg("no case for %s", kop_info[code].cost);
    }
}

/* 16 x 32 elements of L0C are 2048 bytes, at 128 a cycle, and the instruction's 100. */
static void a_fixpipe_to_l1_moves_bytes_of_l0c(void **state)
{
    (void)state;
    struct kop op = op_of(KOP_fixpipe, DT_f16, DT_f32, NO);
    op.at[OPERAND_DST].space = SPACE_L1;
    op.m = 16;
    op.n = 32;
    assert_int_equal(cost_of(&params, &op).occupancy, 100 + 16);
}

static uint64_t window_cycles(int64_t cols, int16_t stride, int64_t planes, int64_t m)
{
    struct kop op = op_of(KOP_load3d, DT_f16, DT_f16, NO);
    op.rows = 16;
    op.cols = cols;
    op.kernel_h = op.kernel_w = 1;
    op.stride_w = stride;
    op.planes = planes;
    op.m = m;
    op.k = 16 * planes;
    return cost_of(&params, &op).occupancy;
}

/* A fractal is 4 cycles, and one more where a line of windows ends in it: of 14, 8 and 4
 * positions that is 1, 2 and 6 times in two of them. With every other position of a line, 30
 * times, but a fractal row takes no more than a cycle. */
static void a_load_of_windows_pays_for_breaks(void **state)
{
    (void)state;
    assert_int_equal(window_cycles(16, 1, 1, 32), 1 + 2 * 4);
    assert_int_equal(window_cycles(14, 1, 1, 28), 1 + 2 * 4 + 1);
    assert_int_equal(window_cycles(14, 1, 2, 28), 1 + 2 * (2 * 4 + 1));
    assert_int_equal(window_cycles(8, 1, 1, 32), 1 + 2 * 4 + 2);
    assert_int_equal(window_cycles(4, 1, 1, 32), 1 + 2 * 4 + 6);
    assert_int_equal(window_cycles(32, 2, 1, 32), 1 + 32);
    assert_int_equal(window_cycles(32, 1, 1, 1), 1 + 4);
    assert_int_equal(window_cycles(32, 1, 1, 0), 1);
}

/* Sources 512 bytes apart: two turns a repeat. */
static void a_vector_operation_pays_for_its_bank_conflicts(void **state)
{
    (void)state;
    struct kop op = op_of(KOP_vmul, DT_f16, DT_f16, DT_f16);
    op.count = 1280;
    op.at[OPERAND_A].offset = 65536;
    op.at[OPERAND_B].offset = 65536 + 4096 + 512;
    assert_int_equal(cost_of(&params, &op).occupancy, 20);
}

/* Rows of 250 bytes, one after another: 40 of 250 bytes are 10000, at 64 a cycle. */
static void a_copy_inside_ub_counts_the_bytes_of_all_rows(void **state)
{
    (void)state;
    struct kop op = op_of(KOP_copy_ub, DT_u8, DT_u8, NO);
    op.bytes = 250;
    op.rows = 40;
    assert_int_equal(cost_of(&params, &op).occupancy, 157);
    op.rows = 8;
    op.planes = 5;
    assert_int_equal(cost_of(&params, &op).occupancy, 157);
}

/* In UB 3 cycles. In counter mode 18 cycles a repeat. */
static void a_cost_depends_on_the_space_and_on_the_mode(void **state)
{
    (void)state;
    struct kop op = op_of(KOP_put, DT_f16, NO, NO);
    op.at[OPERAND_DST].space = SPACE_UB;
    assert_int_equal(cost_of(&params, &op).occupancy, 3);

    op = op_of(KOP_vreducev2, DT_u16, DT_u16, DT_u16);
    op.count = 1280;
    op.counter = 1;
    assert_int_equal(cost_of(&params, &op).occupancy, 180);
}

/* --- every vector operation --- */

/* The n-th set of types that the operation accepts; false when there are fewer. */
static bool nth_types(enum kop_code code, unsigned n, struct kop *op)
{
    int types[KOP_OPERANDS];
    unsigned total = DT_COUNT * DT_COUNT * DT_COUNT;

    for (unsigned i = 0; i < total; i++) {
        unsigned rest = i;
        bool doubled = false; /* an absent operand has one type only */
        for (unsigned j = 0; j < 3; j++) {
            bool present = kop_info[code].spaces[j] != 0;
            types[j] = present ? (int)(rest % DT_COUNT) : -1;
            doubled = doubled || (!present && rest % DT_COUNT != 0);
            rest /= DT_COUNT;
        }
        types[OPERAND_C] = kop_info[code].spaces[OPERAND_C] == 0 ? -1
                           : code == KOP_vreducev2               ? DT_u64
                                                                 : DT_u8;
        if (doubled || type_rule_check(kop_info[code].types, types) != NULL || n-- > 0)
            continue;
        *op = rig_op(code);
        for (unsigned j = 0; j < KOP_OPERANDS; j++) {
            if (types[j] >= 0)
                op->at[j] = operand(code, j, (enum dtype)types[j]);
        }
        return true;
    }
    return false;
}

static void a_vector_operation_of_any_types_and_length_takes_the_least_time(void **state)
{
    (void)state;
    static const int64_t counts[] = { 0, 1, 16, 64, 256, 5000 };
    params.vector_minimum = 7;

    for (int code = 0; code < KOP_COUNT; code++) {
        struct kop op;
        if (kop_info[code].pipe != PIPE_V)
            continue;
        assert_true(nth_types((enum kop_code)code, 0, &op));
        for (unsigned n = 0; nth_types((enum kop_code)code, n, &op); n++) {
            uint64_t before = 0;
            for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
                op.count = op.bytes = counts[i];
                struct cost cost = cost_of(&params, &op);
                assert_true(cost.occupancy >= 7);
                assert_true(cost.occupancy >= before); /* and more is never cheaper */
                assert_int_equal(cost.latency, 10);
                before = cost.occupancy;
            }
        }
    }
    params.vector_minimum = 2;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_costs_what_was_worked_out),
        cmocka_unit_test(every_cost_class_has_a_case),
        cmocka_unit_test(a_fixpipe_to_l1_moves_bytes_of_l0c),
        cmocka_unit_test(a_load_of_windows_pays_for_breaks),
        cmocka_unit_test(a_vector_operation_pays_for_its_bank_conflicts),
        cmocka_unit_test(a_copy_inside_ub_counts_the_bytes_of_all_rows),
        cmocka_unit_test(a_cost_depends_on_the_space_and_on_the_mode),
        cmocka_unit_test(a_vector_operation_of_any_types_and_length_takes_the_least_time),
    };
    return cmocka_run_group_tests(tests, load_tiny, NULL);
}
