/* Moves of rows and of matrices between GM, L1, L0A, L0B and UB. */
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

static void fill(struct rig *rig, enum space space, uint64_t seed)
{
    uint8_t *memory = rig_memory(rig, space);
    for (size_t i = 0; i < RIG_CAPACITY; i++)
        memory[i] = (uint8_t)random_next(&seed);
}

static void rows_go_where_their_strides_say(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_load_ub);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_u8, 64);
    op.at[OPERAND_A] = rig_operand(SPACE_GM, DT_u8, 5);
    op.rows = 9;
    op.bytes = 21;
    op.src_stride = 100;
    op.dst_stride = 32;
    fill(rig, SPACE_GM, 1);
    fill(rig, SPACE_UB, 2);

    uint8_t expected[RIG_CAPACITY];
    memcpy(expected, rig_memory(rig, SPACE_UB), RIG_CAPACITY);
    for (int row = 0; row < 9; row++)
        memcpy(expected + 64 + 32 * row, rig_memory(rig, SPACE_GM) + 5 + 100 * row, 21);

    rig_run(rig, &op);
    assert_memory_equal(rig_memory(rig, SPACE_UB), expected, RIG_CAPACITY);
}

/* 2 rows of 3 bytes in each of 4 planes: 100 apart in GM, without gaps in UB, where rows are
 * 32 bytes apart and planes 64 or, said so, 96. */
static void planes_go_where_their_strides_say(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_load_ub);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_u8, 64);
    op.at[OPERAND_A] = rig_operand(SPACE_GM, DT_u8, 5);
    op.rows = 2;
    op.bytes = 3;
    op.src_stride = 10;
    op.dst_stride = 32;
    op.planes = 4;
    op.src_plane = 100;
    fill(rig, SPACE_GM, 1);
    for (int apart = 64; apart <= 96; apart += 32) {
        uint8_t expected[RIG_CAPACITY];
        op.dst_plane = apart == 64 ? 0 : apart;
        fill(rig, SPACE_UB, 2);
        memcpy(expected, rig_memory(rig, SPACE_UB), RIG_CAPACITY);
        for (int i = 0; i < 8; i++)
            memcpy(expected + 64 + apart * (i / 2) + 32 * (i % 2),
                   rig_memory(rig, SPACE_GM) + 5 + 100 * (i / 2) + 10 * (i % 2), 3);
        rig_run(rig, &op);
        assert_memory_equal(rig_memory(rig, SPACE_UB), expected, RIG_CAPACITY);
    }
}

/* Rows of 5 f16 between 2 and 3 of -1.5: 20 bytes, packed or in blocks of 32. */
static void rows_are_padded_on_both_sides(void **state)
{
    struct rig *rig = *state;
    for (int64_t apart = 20; apart <= 32; apart += 12) {
        struct kop op = rig_op(KOP_load_ub);
        uint8_t *ub = rig_memory(rig, SPACE_UB);
        op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_f16, 0);
        op.at[OPERAND_A] = rig_operand(SPACE_GM, DT_f16, 2);
        op.rows = 3;
        op.bytes = 10;
        op.dst_stride = apart == 20 ? 0 : apart;
        op.pad_left = 2;
        op.pad_right = 3;
        op.scalar = -1.5;
        memset(ub, 0xa5, 128);
        for (size_t i = 0; i < 16; i++)
            reference_put(DT_f16, rig_memory(rig, SPACE_GM), i, (double)i);
        rig_run(rig, &op);
        for (size_t row = 0; row < 3; row++) {
            for (size_t i = 0; i < 10; i++)
                assert_true(reference_get(DT_f16, ub + row * (size_t)apart, i) ==
                            (i < 2 || i >= 7 ? -1.5 : (double)(1 + row * 5 + i - 2)));
        }
        assert_int_equal(ub[2 * apart + 20], 0xa5);
        assert_int_equal(ub[apart + 20], apart == 20 ? 0x00 : 0xa5); /* -1.5 is 0xbe00 */
        op.at[OPERAND_DST].size = (uint64_t)(2 * apart + 20);
        rig_run(rig, &op);
        op.at[OPERAND_DST].size--;
        assert_non_null(strstr(rig_refusal(rig, &op), "load_ub: dst ends at byte "));
    }
}

static void padding_is_of_any_whole_type_and_a_block_at_most(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_load_ub);
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_i64, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_GM, DT_i64, 0);
    op.bytes = 8;
    op.pad_right = 4;
    op.scalar = -0x1p40;
    rig_run(rig, &op);
    assert_true(reference_get_bits(DT_i64, ub, 4) == -(INT64_C(1) << 40));
    op.pad_right = 5;
    assert_non_null(strstr(rig_refusal(rig, &op), "pad_right is 5; expected 0..4"));
    op.pad_right = 0;
    op.pad_left = 1;
    op.at[OPERAND_DST].dtype = op.at[OPERAND_A].dtype = DT_i4;
    assert_non_null(strstr(rig_refusal(rig, &op), "pad_left is 1; expected 0..0"));
    op.pad_left = -1;
    assert_non_null(strstr(rig_refusal(rig, &op), "pad_left is -1; expected 0..255"));
}

/* Rows of 3 elements, 5 apart. */
static void rows_are_filled_with_a_value(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_fill_l1);
    op.at[OPERAND_DST] = rig_operand(SPACE_L1, DT_bf16, 32);
    op.bytes = 6;
    op.rows = 2;
    op.dst_stride = 10;
    op.scalar = -2;
    memset(rig_memory(rig, SPACE_L1), 0xa5, 64);
    rig_run(rig, &op);
    for (size_t i = 0; i < 10; i++) {
        const uint8_t *row = rig_memory(rig, SPACE_L1) + 32;
        assert_int_equal((uint16_t)reference_get_bits(DT_bf16, row, i),
                         i % 5 < 3 && i < 8 ? 0xc000 : 0xa5a5);
    }
    op.bytes = 7;
    assert_non_null(strstr(rig_refusal(rig, &op), "bytes is 7; expected a multiple of 2"));
}

/* Three matrices of 5 x 20 f16: the same as loading them one by one. */
static void planes_of_an_nz_load_are_matrices(void **state)
{
    struct rig *rig = *state;
    uint8_t expected[RIG_CAPACITY];
    struct kop op = rig_op(KOP_load_nz);
    op.at[OPERAND_DST] = rig_operand(SPACE_L1, DT_f16, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_GM, DT_f16, 0);
    op.rows = 5;
    op.cols = 20;
    op.nz_rows = 16;
    op.src_stride = 64;
    fill(rig, SPACE_GM, 3);
    memset(rig_memory(rig, SPACE_L1), 0, RIG_CAPACITY);
    for (int plane = 0; plane < 3; plane++) {
        op.at[OPERAND_DST].offset = plane * 2 * 16 * 32; /* two columns of 16 rows */
        op.at[OPERAND_A].offset = plane * 400;
        rig_run(rig, &op);
    }
    memcpy(expected, rig_memory(rig, SPACE_L1), RIG_CAPACITY);
    memset(rig_memory(rig, SPACE_L1), 0, RIG_CAPACITY);
    op.at[OPERAND_DST].offset = op.at[OPERAND_A].offset = 0;
    op.planes = 3;
    op.src_plane = 400;
    rig_run(rig, &op);
    assert_memory_equal(rig_memory(rig, SPACE_L1), expected, RIG_CAPACITY);
}

static void strides_left_out_mean_rows_without_gaps(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_store);
    op.at[OPERAND_DST] = rig_operand(SPACE_GM, DT_u8, 11);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_u8, 32);
    op.rows = 7;
    op.bytes = 13;
    fill(rig, SPACE_UB, 3);
    rig_run(rig, &op);
    assert_memory_equal(rig_memory(rig, SPACE_GM) + 11, rig_memory(rig, SPACE_UB) + 32, 7 * 13);
    assert_int_equal(rig_memory(rig, SPACE_GM)[11 + 7 * 13], 0);
}

static void every_plain_copy_copies(void **state)
{
    struct rig *rig = *state;
    static const struct {
        enum kop_code code;
        enum space from, to;
    } copies[] = {
        { KOP_load_l1, SPACE_GM, SPACE_L1 },      { KOP_load_gm_l0a, SPACE_GM, SPACE_L0A },
        { KOP_load_gm_l0b, SPACE_GM, SPACE_L0B }, { KOP_load_bt, SPACE_L1, SPACE_BT },
        { KOP_load_fb, SPACE_L1, SPACE_FB },      { KOP_copy_ub, SPACE_UB, SPACE_UB },
    };
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        struct kop op = rig_op(copies[i].code);
        op.at[OPERAND_DST] = rig_operand(copies[i].to, DT_f16, 1024);
        op.at[OPERAND_A] = rig_operand(copies[i].from, DT_f16, 64);
        op.bytes = 200;
        fill(rig, copies[i].from, i);
        rig_run(rig, &op);
        assert_memory_equal(rig_memory(rig, copies[i].to) + 1024,
                            rig_memory(rig, copies[i].from) + 64, 200);
    }
}

static void copy_inside_ub_reads_everything_before_it_writes(void **state)
{
    struct rig *rig = *state;
    uint8_t before[RIG_CAPACITY];
    struct kop op = rig_op(KOP_copy_ub);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_f16, 32);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_f16, 0);
    op.bytes = 64;
    op.rows = 20;
    fill(rig, SPACE_UB, 4);
    memcpy(before, rig_memory(rig, SPACE_UB), RIG_CAPACITY);
    rig_run(rig, &op);
    assert_memory_equal(rig_memory(rig, SPACE_UB) + 32, before, 20 * 64);
}

static void nothing_of_nothing_is_no_work(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_load_ub);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_u8, RIG_CAPACITY);
    op.at[OPERAND_A] = rig_operand(SPACE_GM, DT_u8, RIG_CAPACITY);
    op.rows = 1 << 24;
    rig_run(rig, &op);
    op.rows = 0;
    op.bytes = 1 << 30;
    rig_run(rig, &op);
}

static double combined(enum atomic atomic, double x, double y)
{
    if (atomic == ATOMIC_ADD)
        return f32_rounded(x + y);
    if (isnan(x))
        return x;
    return atomic == ATOMIC_MAX ? (x > y ? x : y) : (x < y ? x : y);
}

static int64_t combined_bits(enum atomic atomic, int64_t x, int64_t y)
{
    if (atomic == ATOMIC_ADD)
        return x + y;
    return (atomic == ATOMIC_MAX) == (x > y) ? x : y;
}

static void atomic_store_combines_in_the_type_of_the_tensor(void **state)
{
    struct rig *rig = *state;
    static const enum dtype types[] = { DT_f16, DT_bf16, DT_f32, DT_i8, DT_i16, DT_i32 };
    enum { COUNT = 300, TYPES = sizeof types / sizeof *types };
    uint64_t seed = 5;

    for (size_t number = 0; number < TYPES * (ATOMIC_COUNT - 1); number++) {
        size_t t = number % TYPES;
        enum atomic atomic = (enum atomic)(1 + number / TYPES);
        uint8_t before[COUNT * 4], expected[COUNT * 4], *ub = rig_memory(rig, SPACE_UB);
        struct kop op = rig_op(KOP_store);
        op.at[OPERAND_DST] = rig_operand(SPACE_GM, types[t], 3);
        op.at[OPERAND_A] = rig_operand(SPACE_UB, types[t], 0);
        op.atomic = atomic;
        op.bytes = (int64_t)dtype_bytes(types[t], COUNT);

        reference_fill(types[t], before, COUNT, &seed);
        reference_fill(types[t], ub, COUNT, &seed);
        memcpy(rig_memory(rig, SPACE_GM) + 3, before, sizeof before);
        for (size_t i = 0; i < COUNT; i++) {
            if (dtype_info[types[t]].class == DTC_FLOAT)
                reference_put(types[t], expected, i,
                              combined(atomic, reference_get(types[t], before, i),
                                       reference_get(types[t], ub, i)));
            else
                reference_put_bits(types[t], expected, i,
                                   combined_bits(atomic,
                                                 reference_get_bits(types[t], before, i),
                                                 reference_get_bits(types[t], ub, i)));
        }
        rig_run(rig, &op);
        assert_memory_equal(rig_memory(rig, SPACE_GM) + 3, expected,
                            dtype_bytes(types[t], COUNT));
    }
}

/* Integers wrap; a float takes the bits of an f32, as a read gives them. */
static void put_stores_one_element_of_any_type(void **state)
{
    struct rig *rig = *state;
    static const struct {
        enum dtype type;
        int64_t value;
        uint64_t bits;
    } rows[] = {
        { DT_u8, 0x1ff, 0xff },         { DT_i8, -1, 0xff },
        { DT_u16, 0x12345, 0x2345 },    { DT_i32, -2, 0xfffffffe },
        { DT_u64, -1, UINT64_MAX },     { DT_f32, 0x00000001, 1 }, /* a subnormal */
        { DT_f16, 0x3f800000, 0x3c00 }, { DT_bf16, 0x3f818000, 0x3f82 },
        { DT_f16, 0x33800000, 1 }, /* 2^-24 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kop op = rig_op(KOP_put), read = { .code = KOP_COUNT };
        size_t size = dtype_info[rows[i].type].bits / 8;
        uint8_t *ub = rig_memory(rig, SPACE_UB);
        uint64_t found = 0;
        int64_t value;

        memset(ub, 0xa5, 64);
        op.at[OPERAND_DST] = rig_operand(SPACE_UB, rows[i].type, 24);
        op.value = rows[i].value;
        rig_run(rig, &op);
        memcpy(&found, ub + 24, size);
        assert_true(found == rows[i].bits);
        assert_int_equal(ub[23], 0xa5);
        assert_int_equal(ub[24 + size], 0xa5);

        read.at[OPERAND_A] = op.at[OPERAND_DST];
        assert_true(exec_read(rig->exec, 0, &read, &value));
        op.value = value;
        rig_run(rig, &op);
        assert_memory_equal(ub + 24, &found, size);
    }
}

/* Elements across a fractal row, and where element (row, column) of an NZ matrix is. */
static size_t across(enum dtype type)
{
    return 256 / dtype_info[type].bits;
}

static size_t nz_index(enum dtype type, size_t rows, size_t row, size_t column)
{
    return (column / across(type) * rows + row) * across(type) + column % across(type);
}

static size_t rounded_up(size_t length, size_t unit)
{
    return (length + unit - 1) / unit * unit;
}

static void check_load_nz(struct rig *rig, enum dtype type, size_t rows, size_t columns)
{
    enum { FROM = 7, TO = 96 };
    size_t nz_rows = rounded_up(rows, 16), row_bytes = dtype_bytes(type, columns) + 3;
    uint8_t expected[RIG_CAPACITY];
    struct kop op = rig_op(KOP_load_nz);
    op.at[OPERAND_DST] = rig_operand(SPACE_L1, type, TO);
    op.at[OPERAND_A] = rig_operand(SPACE_GM, type, FROM);
    op.rows = (int64_t)rows;
    op.cols = (int64_t)columns;
    op.nz_rows = (int64_t)nz_rows;
    op.src_stride = (int64_t)row_bytes;

    fill(rig, SPACE_GM, rows * columns);
    fill(rig, SPACE_L1, rows + columns);
    memcpy(expected, rig_memory(rig, SPACE_L1), RIG_CAPACITY);
    for (size_t row = 0; row < rows; row++) {
        const uint8_t *in = rig_memory(rig, SPACE_GM) + FROM + row * row_bytes;
        for (size_t column = 0; column < rounded_up(columns, across(type)); column++)
            reference_put_bits(type, expected + TO, nz_index(type, nz_rows, row, column),
                               column < columns ? reference_get_bits(type, in, column) : 0);
    }
    rig_run(rig, &op);
    assert_memory_equal(rig_memory(rig, SPACE_L1), expected, RIG_CAPACITY);
}

static void nz_load_makes_columns_and_pads_the_last(void **state)
{
    for (size_t t = 0; t < CUBE_TYPES; t++) {
        for (size_t size = 1; size <= 33; size++) {
            check_load_nz(*state, cube_types[t], size, 34 - size);
            check_load_nz(*state, cube_types[t], size, 3 * size + 40);
        }
    }
}

/*
 * A load of m (or n) by k into L0A or L0B, out of the middle of a matrix in L1.
 * Each element of the fractals is looked up in L1; beyond the matrix it is 0.
 */
static void check_load_l0(struct rig *rig, enum kop_code code, enum dtype type, bool transpose,
                          size_t rows, size_t k)
{
    enum { TO = 512 };
    bool a = code == KOP_load_l0a;
    size_t c0 = across(type), down = transpose ? k : rows, skipped = 4 /* rows of L1 */;
    size_t nz_rows = rounded_up(down + skipped, 16);
    size_t row_fractals = rounded_up(rows, 16) / 16, k_fractals = rounded_up(k, c0) / c0;
    uint8_t expected[RIG_CAPACITY];
    struct kop op = rig_op(code);
    op.at[OPERAND_DST] = rig_operand(a ? SPACE_L0A : SPACE_L0B, type, TO);
    op.at[OPERAND_A] = rig_operand(SPACE_L1, type, (int64_t)(nz_rows + skipped) * 32);
    *(a ? &op.m : &op.n) = (int64_t)rows;
    op.k = (int64_t)k;
    op.nz_rows = (int64_t)nz_rows;
    op.transpose = transpose;

    uint8_t *l0 = rig_memory(rig, a ? SPACE_L0A : SPACE_L0B);
    const uint8_t *l1 = rig_memory(rig, SPACE_L1) + (nz_rows + skipped) * 32;
    fill(rig, SPACE_L1, rows * k);
    memset(l0, 0xa5, RIG_CAPACITY);
    memset(expected, 0xa5, RIG_CAPACITY);
    for (size_t row = 0; row < row_fractals * 16; row++) {
        for (size_t i = 0; i < k_fractals * c0; i++) {
            size_t fractal =
                a ? row / 16 * k_fractals + i / c0 : i / c0 * row_fractals + row / 16;
            size_t to = (fractal * 16 + row % 16) * c0 + i % c0;
            size_t from =
                transpose ? nz_index(type, nz_rows, i, row) : nz_index(type, nz_rows, row, i);
            reference_put_bits(type, expected + TO, to,
                               row < rows && i < k ? reference_get_bits(type, l1, from) : 0);
        }
    }
    rig_run(rig, &op);
    assert_memory_equal(l0, expected, RIG_CAPACITY);
}

static void l0_loads_make_fractals_in_cube_order(void **state)
{
    for (size_t t = 0; t < CUBE_TYPES; t++) {
        for (int form = 0; form < 4; form++) {
            enum kop_code code = form % 2 == 0 ? KOP_load_l0a : KOP_load_l0b;
            for (size_t size = 1; size <= 33; size++) {
                check_load_l0(*state, code, cube_types[t], form >= 2, size, 34 - size);
                check_load_l0(*state, code, cube_types[t], form >= 2, 70 - 2 * size, 2 * size);
            }
        }
    }
}

static void buffers_are_zero_at_first(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_store);
    op.at[OPERAND_DST] = rig_operand(SPACE_GM, DT_u8, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_u8, 0);
    op.bytes = RIG_CAPACITY;
    fill(rig, SPACE_GM, 6);
    assert_null(rig->exec->cores[0].space[SPACE_UB]);
    rig_run(rig, &op);
    for (size_t i = 0; i < RIG_CAPACITY; i++)
        assert_int_equal(rig_memory(rig, SPACE_GM)[i], 0);
}

static void operations_on_a_tensor_without_data_do_nothing(void **state)
{
    struct rig *rig = *state;
    uint8_t *tensor = rig->tensors[0];
    int64_t value = 1;
    struct kop op = rig_op(KOP_load_ub);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_u8, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_GM, DT_u8, 0);
    op.bytes = 64;
    rig->tensors[0] = NULL;
    rig_run(rig, &op);
    assert_false(exec_read(rig->exec, 0, &op, &value));
    assert_int_equal(value, 0);
    rig->tensors[0] = tensor;
}

static void reads_extend_the_sign_and_give_floats_as_bits_of_an_f32(void **state)
{
    struct rig *rig = *state;
    static const struct {
        enum dtype type;
        uint64_t stored;
        int64_t expected;
    } rows[] = {
        { DT_i4, 0x0f, -1 },
        { DT_i8, 0x80, -128 },
        { DT_u8, 0x80, 128 },
        { DT_i16, 0xfffe, -2 },
        { DT_u16, 0xfffe, 0xfffe },
        { DT_i32, 0x80000000, -2147483648 },
        { DT_u32, 0x80000000, 2147483648 },
        { DT_i64, UINT64_MAX, -1 },
        { DT_u64, UINT64_MAX, -1 }, /* a register has 64 bits */
        { DT_f16, 0xc000, 0xc0000000 },
        { DT_bf16, 0xc000, 0xc0000000 },
        { DT_f32, 0xc0000000, 0xc0000000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kop op = { .code = KOP_COUNT };
        int64_t value;
        op.at[OPERAND_A] = rig_operand(SPACE_UB, rows[i].type, 9);
        for (int byte = 0; byte < 8; byte++)
            rig_memory(rig, SPACE_UB)[9 + byte] = (uint8_t)(rows[i].stored >> 8 * byte);
        assert_true(exec_read(rig->exec, 0, &op, &value));
        assert_true(value == rows[i].expected);
    }
}

static void read_outside_of_a_tile_gives_nothing(void **state)
{
    struct rig *rig = *state;
    static const int64_t offsets[] = { -1, RIG_CAPACITY - 3, RIG_CAPACITY, INT64_MAX,
                                       INT64_MIN };
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        struct kop op = { .code = KOP_COUNT };
        int64_t value = 1;
        op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_i32, offsets[i]);
        assert_false(exec_read(rig->exec, 0, &op, &value));
        assert_int_equal(value, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_go_where_their_strides_say),
        TEST(planes_go_where_their_strides_say),
        TEST(rows_are_padded_on_both_sides),
        TEST(padding_is_of_any_whole_type_and_a_block_at_most),
        TEST(rows_are_filled_with_a_value),
        TEST(planes_of_an_nz_load_are_matrices),
        TEST(strides_left_out_mean_rows_without_gaps),
        TEST(every_plain_copy_copies),
        TEST(copy_inside_ub_reads_everything_before_it_writes),
        TEST(nothing_of_nothing_is_no_work),
        TEST(atomic_store_combines_in_the_type_of_the_tensor),
        TEST(put_stores_one_element_of_any_type),
        TEST(nz_load_makes_columns_and_pads_the_last),
        TEST(l0_loads_make_fractals_in_cube_order),
        TEST(buffers_are_zero_at_first),
        TEST(operations_on_a_tensor_without_data_do_nothing),
        TEST(reads_extend_the_sign_and_give_floats_as_bits_of_an_f32),
        TEST(read_outside_of_a_tile_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
