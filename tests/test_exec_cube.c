/* mmad and fixpipe, against loops over single elements. */
#include "tests/exec_rig.h"
#include "tests/random.h"
#include "tests/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const enum dtype cube_types[] = { DT_f16, DT_bf16, DT_f32, DT_i8, DT_i4 };

#define CUBE_TYPES (sizeof cube_types / sizeof *cube_types)

static size_t fractals(size_t length, size_t side)
{
    return (length + side - 1) / side;
}

/* Index of element (row, i) in L0A or L0B, where row counts m or n and i counts k. */
static size_t a_index(size_t c0, size_t k, size_t row, size_t i)
{
    return ((row / 16 * fractals(k, c0) + i / c0) * 16 + row % 16) * c0 + i % c0;
}

static size_t b_index(size_t c0, size_t n, size_t row, size_t i)
{
    return ((i / c0 * fractals(n, 16) + row / 16) * 16 + row % 16) * c0 + i % c0;
}

static size_t c_index(size_t rows, size_t row, size_t column)
{
    return (column / 16 * rows + row) * 16 + column % 16;
}

struct product {
    enum dtype type;
    size_t m, n, k;
    bool init;
};

/* One element of the product, added to what is there in the order of k. */
static void expect_element(struct rig *rig, const struct product *p, uint8_t *c, size_t row,
                           size_t column)
{
    const uint8_t *a = rig_memory(rig, SPACE_L0A), *b = rig_memory(rig, SPACE_L0B);
    size_t c0 = 256 / dtype_info[p->type].bits;
    size_t index = c_index(fractals(p->m, 16) * 16, row, column);

    if (dtype_info[p->type].class == DTC_FLOAT) {
        double sum = p->init ? 0 : reference_get(DT_f32, c, index);
        for (size_t i = 0; i < p->k; i++) {
            double x = reference_get(p->type, a, a_index(c0, p->k, row, i));
            double y = reference_get(p->type, b, b_index(c0, p->n, column, i));
            sum = f32_rounded(sum + f32_rounded(x * y));
        }
        reference_put(DT_f32, c, index, sum);
    } else {
        int64_t sum = p->init ? 0 : reference_get_bits(DT_i32, c, index);
        for (size_t i = 0; i < p->k; i++)
            sum += reference_get_bits(p->type, a, a_index(c0, p->k, row, i)) *
                   reference_get_bits(p->type, b, b_index(c0, p->n, column, i));
        reference_put_bits(DT_i32, c, index, sum);
    }
}

static void check_product(struct rig *rig, struct product p)
{
    static uint8_t expected[RIG_CAPACITY];
    enum dtype sum = dtype_info[p.type].class == DTC_FLOAT ? DT_f32 : DT_i32;
    uint8_t *c = rig_memory(rig, SPACE_L0C);
    uint64_t seed = p.m * 1000 + p.k;
    size_t elements = RIG_CAPACITY * 8 / dtype_info[p.type].bits;
    struct kop op = rig_op(KOP_mmad);
    op.at[OPERAND_DST] = rig_operand(SPACE_L0C, sum, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_L0A, p.type, 0);
    op.at[OPERAND_B] = rig_operand(SPACE_L0B, p.type, 0);
    op.m = (int64_t)p.m;
    op.n = (int64_t)p.n;
    op.k = (int64_t)p.k;
    op.init = p.init;

    /* Whatever is in dead lanes, NaN included, must not matter. */
    elements = elements < 4096 + p.k * 64 ? elements : 4096 + p.k * 64;
    reference_fill(p.type, rig_memory(rig, SPACE_L0A), elements, &seed);
    reference_fill(p.type, rig_memory(rig, SPACE_L0B), elements, &seed);
    reference_fill(sum, c, 4096, &seed);
    memcpy(expected, c, RIG_CAPACITY);
    for (size_t row = 0; row < p.m; row++) {
        for (size_t column = 0; column < p.n; column++)
            expect_element(rig, &p, expected, row, column);
    }
    rig_run(rig, &op);
    assert_memory_equal(c, expected, RIG_CAPACITY);
}

static void products_of_every_size_up_to_two_fractals_are_exact(void **state)
{
    for (size_t t = 0; t < CUBE_TYPES; t++) {
        for (size_t size = 1; size <= 33; size++) {
            enum dtype type = cube_types[t];
            bool init = size % 2 != 0;
            check_product(*state, (struct product){ type, size, 34 - size, size, init });
            check_product(*state, (struct product){ type, 17, size, 34 - size, init });
            check_product(*state, (struct product){ type, size, 16, 2 * size, !init });
        }
    }
}

static void products_larger_than_the_panels_of_the_host_are_exact(void **state)
{
    for (size_t t = 0; t < CUBE_TYPES; t++) {
        size_t k = cube_types[t] == DT_f32 ? 150 : 300;
        check_product(*state, (struct product){ cube_types[t], 70, 40, k, true });
        check_product(*state, (struct product){ cube_types[t], 65, 15, k - 19, false });
    }
}

static void product_over_no_k_clears_or_keeps(void **state)
{
    check_product(*state, (struct product){ DT_f16, 20, 20, 0, true });
    check_product(*state, (struct product){ DT_f16, 20, 20, 0, false });
    check_product(*state, (struct product){ DT_i8, 20, 20, 0, true });
    check_product(*state, (struct product){ DT_i8, 20, 20, 0, false });
    check_product(*state, (struct product){ DT_i8, 0, 20, 20, true });
}

static void integer_sums_wrap(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_mmad);
    op.at[OPERAND_DST] = rig_operand(SPACE_L0C, DT_i32, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_L0A, DT_i8, 0);
    op.at[OPERAND_B] = rig_operand(SPACE_L0B, DT_i8, 0);
    op.m = op.n = 1;
    op.k = 1000;
    memset(rig_memory(rig, SPACE_L0A), 0x80, 32 * 512); /* -128 */
    memset(rig_memory(rig, SPACE_L0B), 0x80, 32 * 512);
    reference_put_bits(DT_i32, rig_memory(rig, SPACE_L0C), 0, 2147483647);
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_i32, rig_memory(rig, SPACE_L0C), 0),
                     2147483647 + INT64_C(16384000) - (INT64_C(1) << 32));
}

/* The other way round each 1 would be lost: 2^24 + 1 is a tie, and 2^24 is even. */
/* A row of bias beneath the sums, of 20 columns and 18 rows. */
static void products_begin_with_the_bias_of_their_column(void **state)
{
    struct rig *rig = *state;
    static const struct {
        enum dtype sum, of;
    } types[] = { { DT_f32, DT_f16 }, { DT_f32, DT_f32 }, { DT_i32, DT_i8 } };
    enum { M = 18, N = 20, K = 3 };

    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        enum dtype of = types[t].of, sum = types[t].sum;
        size_t c0 = 256 / dtype_info[of].bits;
        uint8_t *c = rig_memory(rig, SPACE_L0C);
        struct kop op = rig_op(KOP_mmad_bias);
        op.at[OPERAND_DST] = rig_operand(SPACE_L0C, sum, 0);
        op.at[OPERAND_A] = rig_operand(SPACE_L0A, of, 0);
        op.at[OPERAND_B] = rig_operand(SPACE_L0B, of, 0);
        op.at[OPERAND_C] = rig_operand(SPACE_BT, sum, 64);
        op.m = M;
        op.n = N;
        op.k = K;
        for (size_t i = 0; i < K; i++) {
            for (size_t row = 0; row < M; row++)
                reference_put(of, rig_memory(rig, SPACE_L0A), a_index(c0, K, row, i),
                              (double)row);
            for (size_t column = 0; column < N; column++)
                reference_put(of, rig_memory(rig, SPACE_L0B), b_index(c0, N, column, i), 2);
        }
        for (size_t column = 0; column < N; column++)
            reference_put(sum, rig_memory(rig, SPACE_BT) + 64, column,
                          1000 * (double)column - 7);
        memset(c, 0xff, RIG_CAPACITY);
        rig_run(rig, &op);
        for (size_t row = 0; row < M; row++) {
            for (size_t column = 0; column < N; column++)
                assert_true(reference_get(sum, c, c_index(32, row, column)) ==
                            1000 * (double)column - 7 + 2 * K * (double)row);
        }
    }
}

static float hf32_product(struct rig *rig, double a, double b)
{
    struct kop op = rig_op(KOP_mmad);
    op.at[OPERAND_DST] = rig_operand(SPACE_L0C, DT_f32, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_L0A, DT_f32, 0);
    op.at[OPERAND_B] = rig_operand(SPACE_L0B, DT_f32, 0);
    op.m = op.n = op.k = 1;
    op.init = op.hf32 = 1;
    reference_put(DT_f32, rig_memory(rig, SPACE_L0A), 0, a);
    reference_put(DT_f32, rig_memory(rig, SPACE_L0B), 0, b);
    rig_run(rig, &op);
    return (float)reference_get(DT_f32, rig_memory(rig, SPACE_L0C), 0);
}

/* 11 fraction bits: next to 1 the numbers are 2^-11 apart. */
static void hf32_rounds_both_operands_to_nearest_even(void **state)
{
    struct rig *rig = *state;
    assert_true(hf32_product(rig, 1 + 0x1p-11, 1) == 1 + 0x1p-11f);
    assert_true(hf32_product(rig, 1 + 0x1p-12, 1) == 1); /* a tie */
    assert_true(hf32_product(rig, 1 + 0x1.8p-11, 1) == 1 + 0x1p-10f);
    assert_true(hf32_product(rig, 1 + 0x1p-12 + 0x1p-20, 1) == 1 + 0x1p-11f);
    assert_true(hf32_product(rig, 1, -(2 - 0x1p-20)) == -2);
    assert_true(isinf(hf32_product(rig, 0x1.fffffep127, 1)));
    assert_true(isnan(hf32_product(rig, NAN, 1)));

    struct kop op = rig_op(KOP_mmad);
    op.at[OPERAND_A] = rig_operand(SPACE_L0A, DT_f16, 0);
    op.hf32 = 1;
    assert_string_equal(rig_refusal(rig, &op), "mmad: hf32 of f16; expected f32");
}

static void order_of_k_is_ascending(void **state)
{
    struct rig *rig = *state;
    const double values[] = { 1, 1, 0x1p24 };
    struct kop op = rig_op(KOP_mmad);
    op.at[OPERAND_DST] = rig_operand(SPACE_L0C, DT_f32, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_L0A, DT_f32, 0);
    op.at[OPERAND_B] = rig_operand(SPACE_L0B, DT_f32, 0);
    op.m = op.n = op.init = 1;
    op.k = 3;
    for (size_t i = 0; i < 3; i++) {
        reference_put(DT_f32, rig_memory(rig, SPACE_L0A), i, values[i]);
        reference_put(DT_f32, rig_memory(rig, SPACE_L0B), i, 1);
    }
    rig_run(rig, &op);
    assert_true(reference_get(DT_f32, rig_memory(rig, SPACE_L0C), 0) == 0x1p24 + 2);
}

struct drain {
    enum dtype from, to;
    size_t m, n;
    double scale;
    bool relu, nz, atomic;
};

static double expect_drained(const struct drain *d, const uint8_t *c, size_t index)
{
    double x = reference_get(d->from, c, index);
    bool exact = d->from == DT_i32 && d->to == DT_i32 && d->scale == 1;

    if (!exact)
        x = f32_rounded(f32_rounded(x) * f32_rounded(d->scale));
    return d->relu && x <= 0 ? 0 : x; /* of -0 too */
}

static void check_drain(struct rig *rig, struct drain d)
{
    static uint8_t expected[RIG_CAPACITY];
    enum { TO = 3, SKIPPED_ROWS = 16 };
    size_t size = dtype_info[d.to].bits / 8, c0 = 32 / size;
    size_t rows = fractals(d.m, 16) * 16 + SKIPPED_ROWS,
           stride = d.nz ? d.m + 2 : d.n * size + 5;
    uint64_t seed = d.m * 100 + d.n;
    struct kop op = rig_op(KOP_fixpipe);
    op.at[OPERAND_DST] = rig_operand(SPACE_GM, d.to, TO);
    op.at[OPERAND_A] = rig_operand(SPACE_L0C, d.from, SKIPPED_ROWS * 64);
    op.m = (int64_t)d.m;
    op.n = (int64_t)d.n;
    op.nz_rows = (int64_t)rows;
    op.dst_stride = (int64_t)stride;
    op.scale = d.scale;
    op.relu = d.relu;
    op.nz = d.nz;
    op.atomic = d.atomic ? ATOMIC_ADD : ATOMIC_NONE;

    const uint8_t *c = rig_memory(rig, SPACE_L0C) + SKIPPED_ROWS * 64;
    uint8_t *gm = rig_memory(rig, SPACE_GM);
    reference_fill(d.from, rig_memory(rig, SPACE_L0C), 8192, &seed);
    memset(gm, 0, TO);
    reference_fill(d.to, gm + TO, 8192, &seed);
    memcpy(expected, gm, RIG_CAPACITY);
    for (size_t row = 0; row < d.m; row++) {
        for (size_t column = 0; column < d.n; column++) {
            size_t byte = d.nz ? ((column / c0 * stride + row) * c0 + column % c0) * size
                               : row * stride + column * size;
            uint8_t *at = expected + TO + byte, drained[4];
            reference_put(d.to, drained, 0, expect_drained(&d, c, c_index(rows, row, column)));
            if (!d.atomic)
                memcpy(at, drained, size);
            else if (d.to == DT_i32)
                reference_put_bits(d.to, at, 0,
                                   reference_get_bits(d.to, at, 0) +
                                       reference_get_bits(d.to, drained, 0));
            else
                reference_put(
                    d.to, at, 0,
                    f32_rounded(reference_get(d.to, at, 0) + reference_get(d.to, drained, 0)));
        }
    }
    rig_run(rig, &op);
    assert_memory_equal(gm, expected, RIG_CAPACITY);
}

static void fixpipe_scales_casts_and_lays_out_every_size(void **state)
{
    static const enum dtype pairs[][2] = {
        { DT_f32, DT_f32 }, { DT_f32, DT_f16 }, { DT_f32, DT_bf16 }, { DT_f32, DT_i8 },
        { DT_i32, DT_i32 }, { DT_i32, DT_f16 }, { DT_i32, DT_bf16 }, { DT_i32, DT_i8 },
    };
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        for (size_t size = 1; size <= 33; size++) {
            for (unsigned form = 0; form < 8; form++) {
                struct drain drain = { .from = pairs[p][0], .to = pairs[p][1] };
                drain.m = form % 3 == 0 ? 34 - size : 18;
                drain.n = size;
                drain.scale = form % 2 == 0 ? 1 : 0.3;
                drain.relu = form / 2 % 2 != 0;
                drain.nz = form / 4 != 0;
                drain.atomic = size % 4 == 0 && drain.to != DT_i8;
                check_drain(*state, drain);
            }
        }
    }
}

static void fixpipe_without_a_stride_packs_rows_or_columns(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_fixpipe);
    op.at[OPERAND_DST] = rig_operand(SPACE_L1, DT_f16, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_L0C, DT_f32, 0);
    op.m = 3;
    op.n = 20;
    op.nz_rows = 16;
    for (size_t row = 0; row < 3; row++) {
        for (size_t column = 0; column < 20; column++)
            reference_put(DT_f32, rig_memory(rig, SPACE_L0C), c_index(16, row, column),
                          (double)(row * 100 + column));
    }
    rig_run(rig, &op);
    assert_true(reference_get(DT_f16, rig_memory(rig, SPACE_L1), 2 * 20 + 19) == 219);
    op.nz = 1;
    rig_run(rig, &op);
    assert_true(reference_get(DT_f16, rig_memory(rig, SPACE_L1), (3 + 2) * 16 + 3) == 219);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(products_of_every_size_up_to_two_fractals_are_exact),
        TEST(products_larger_than_the_panels_of_the_host_are_exact),
        TEST(product_over_no_k_clears_or_keeps),
        TEST(integer_sums_wrap),
        TEST(order_of_k_is_ascending),
        TEST(products_begin_with_the_bias_of_their_column),
        TEST(hf32_rounds_both_operands_to_nearest_even),
        TEST(fixpipe_scales_casts_and_lays_out_every_size),
        TEST(fixpipe_without_a_stride_packs_rows_or_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
