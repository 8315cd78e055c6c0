/* The tables of operations and types, and what is computed from one operation. */
#include "kernels/ir/op.h"
#include "kernels/ir/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void every_name_finds_its_row(void **state)
{
    (void)state;
    for (int i = 0; i < KOP_COUNT; i++) {
        enum kop_code code;
        assert_true(kop_parse(kop_info[i].name, &code));
        assert_int_equal(code, i);
    }
    for (int i = 0; i < DT_COUNT; i++) {
        enum dtype type;
        assert_true(dtype_parse(dtype_info[i].name, &type));
        assert_int_equal(type, i);
    }
    enum kop_code code;
    enum dtype type;
    assert_false(kop_parse("vad", &code));
    assert_false(kop_parse("", &code));
    assert_false(dtype_parse("f1", &type));
}

static void every_row_is_consistent(void **state)
{
    (void)state;
    for (int i = 0; i < KOP_COUNT; i++) {
        const struct kop_info *info = &kop_info[i];
        assert_int_equal(info->needs & info->takes, 0);
        assert_non_null(info->meaning);
        assert_true(info->pipe <= PIPE_ATTR && info->pipe != PIPE_ALL);
        for (int operand = 0; operand < KOP_OPERANDS; operand++)
            assert_true(info->spaces[operand] < 1u << SPACE_COUNT);
        if (info->pipe == PIPE_FROM || info->pipe == PIPE_TO)
            assert_true((info->needs >> ATTR_from & info->needs >> ATTR_to & 1) != 0);
        if (info->pipe == PIPE_ATTR)
            assert_true((info->needs >> ATTR_pipe & 1) != 0);
    }
}

static void every_table_of_names_is_full(void **state)
{
    (void)state;
    for (int kind = 0; kind <= ATTR_PIPE; kind++) {
        struct word_list words = attr_words((enum attr_kind)kind);
        assert_true((words.count != 0) == (kind > ATTR_REAL));
        for (size_t i = 0; i < words.count; i++)
            assert_non_null(words.names[i]);
    }
    for (int i = 0; i < SPACE_COUNT; i++) {
        assert_non_null(space_names[i]);
        assert_int_not_equal(space_align[i], 0);
    }
    for (int i = 0; i < CORE_KINDS; i++)
        assert_non_null(core_kind_names[i]);
    for (int i = 0; i < TENSOR_ROLES; i++)
        assert_non_null(tensor_role_names[i]);
    for (int i = 0; i < REG_SPECIAL_COUNT; i++)
        assert_true(kname_valid(special_reg_names[i]));
    assert_int_equal(attr_info[ATTR_rows].standard, 1);
    assert_int_equal(attr_info[ATTR_a_rep].standard, -1);
}

/* An operation with every attribute at its default, as one comes from a program. */
static struct kop op_of(enum kop_code code)
{
    struct kop op = { .code = code };
#define DEFAULT_INT(value) value
#define DEFAULT_REAL(value) value
#define DEFAULT_ROUND(value) (enum round_mode)(value)
#define DEFAULT_CMP(value) (enum cmp_mode)(value)
#define DEFAULT_ATOMIC(value) (enum atomic)(value)
#define DEFAULT_ORDER(value) (enum order)(value)
#define DEFAULT_SCOPE(value) (enum scope)(value)
#define DEFAULT_PIPE(value) (enum pipe_id)(value)
#define X(attr, kind, standard) op.attr = DEFAULT_##kind(standard);
    KOP_ATTRS(X)
#undef X
    return op;
}

static struct kaddr place(enum space space, enum dtype type)
{
    return (struct kaddr){ .present = true, .space = (uint8_t)space, .dtype = (uint8_t)type };
}

static void pipe_is_that_of_the_row_or_of_the_attribute(void **state)
{
    (void)state;
    struct kop op = op_of(KOP_vadd);
    assert_int_equal(kop_pipe(&op), PIPE_V);

    op = op_of(KOP_set_flag);
    op.from = PIPE_MTE2;
    op.to = PIPE_V;
    assert_int_equal(kop_pipe(&op), PIPE_MTE2);
    op.code = KOP_wait_flag;
    assert_int_equal(kop_pipe(&op), PIPE_V);

    op = op_of(KOP_barrier);
    op.pipe = PIPE_ALL;
    assert_int_equal(kop_pipe(&op), PIPE_ALL);
}

static void assert_access(const struct kop *op, bool write, int64_t rows, int64_t bytes,
                          int64_t stride)
{
    struct gm_access access;
    assert_true(kop_gm_access(op, &access));
    assert_int_equal(access.tensor, 3);
    assert_int_equal(access.offset, 100);
    assert_int_equal(access.write, write);
    assert_int_equal(access.rows, rows);
    assert_int_equal(access.bytes, bytes);
    assert_int_equal(access.stride, stride);
}

static struct kop load_of(enum kop_code code, enum dtype type)
{
    struct kop op = op_of(code);
    op.at[OPERAND_DST] = place(SPACE_UB, type);
    op.at[OPERAND_A] = place(SPACE_GM, type);
    op.at[OPERAND_A].object = 3;
    op.at[OPERAND_A].offset = 100;
    return op;
}

static struct kop store_of(enum kop_code code, enum dtype type)
{
    struct kop op = op_of(code);
    op.at[OPERAND_DST] = place(SPACE_GM, type);
    op.at[OPERAND_DST].object = 3;
    op.at[OPERAND_DST].offset = 100;
    op.at[OPERAND_A] = place(SPACE_UB, type);
    return op;
}

static void copies_touch_rows_of_bytes_in_gm(void **state)
{
    (void)state;
    struct kop op = load_of(KOP_load_ub, DT_f16);
    op.bytes = 64;
    op.dst_stride = 999; /* not the side of GM */
    assert_access(&op, false, 1, 64, 64);
    op.rows = 5;
    op.src_stride = 256;
    assert_access(&op, false, 5, 64, 256);

    op.pad_left = op.pad_right = 3; /* of UB alone */
    assert_access(&op, false, 5, 64, 256);

    op = store_of(KOP_store, DT_f16);
    op.bytes = 64;
    op.rows = 5;
    op.src_stride = 999;
    op.dst_stride = 128;
    assert_access(&op, true, 5, 64, 128);

    op = load_of(KOP_load_gm_l0b, DT_i8);
    op.bytes = 512;
    assert_access(&op, false, 1, 512, 512);
}

static void planes_are_further_rows_of_gm(void **state)
{
    (void)state;
    struct gm_access access;
    struct kop op = load_of(KOP_load_ub, DT_f16);
    op.bytes = 64;
    op.rows = 5;
    op.src_stride = 256;
    op.planes = 3;
    op.src_plane = 10000;
    assert_access(&op, false, 15, 64, 256);
    assert_true(kop_gm_access(&op, &access));
    assert_int_equal(gm_row(&access, 4), 100 + 4 * 256);
    assert_int_equal(gm_row(&access, 5), 100 + 10000);
    assert_int_equal(gm_row(&access, 14), 100 + 2 * 10000 + 4 * 256);
    op.src_plane = 0;
    assert_true(kop_gm_access(&op, &access));
    assert_int_equal(gm_row(&access, 5), 100 + 5 * 256);
    op.planes = 0;
    assert_access(&op, false, 0, 64, 256);
}

static void nz_load_touches_rows_of_columns_in_gm(void **state)
{
    (void)state;
    struct kop op = load_of(KOP_load_nz, DT_i4);
    op.rows = 16;
    op.cols = 65; /* 32.5 bytes */
    assert_access(&op, false, 16, 33, 33);
    op.src_stride = 48;
    assert_access(&op, false, 16, 33, 48);
}

static void fixpipe_touches_rows_or_nz_columns_of_gm(void **state)
{
    (void)state;
    struct kop op = store_of(KOP_fixpipe, DT_f16);
    op.m = 20;
    op.n = 40;
    assert_access(&op, true, 20, 80, 80);
    op.dst_stride = 4096;
    assert_access(&op, true, 20, 80, 4096);

    /* Three columns of 16 elements, 32 bytes a row; the stride is in rows. */
    op.nz = 1;
    op.dst_stride = 0;
    assert_access(&op, true, 3, 640, 640);
    op.dst_stride = 32;
    assert_access(&op, true, 3, 640, 1024);

    /* 40 f32 are five columns of 8, or with split=0 three of 16, 64 bytes a row. */
    op.at[OPERAND_DST].dtype = DT_f32;
    op.dst_stride = 0;
    assert_access(&op, true, 5, 640, 640);
    op.split = 0;
    assert_access(&op, true, 3, 1280, 1280);

    struct gm_access access;
    op.at[OPERAND_DST].space = SPACE_L1;
    assert_false(kop_gm_access(&op, &access));
}

static void absurd_numbers_stay_absurd(void **state)
{
    (void)state;
    struct gm_access access;
    struct kop op = load_of(KOP_load_nz, DT_i64);
    op.rows = INT64_MAX;
    op.cols = INT64_MAX;
    assert_true(kop_gm_access(&op, &access));
    assert_true(access.bytes > (int64_t)1 << 50);
    op.cols = INT64_MIN;
    assert_true(kop_gm_access(&op, &access));
    assert_true(access.bytes < 0);

    op = op_of(KOP_vabs);
    op.at[OPERAND_DST] = op.at[OPERAND_A] = place(SPACE_UB, DT_f32);
    op.count = op.mask = op.a_rep = op.dst_blk = INT64_MAX;
    struct vec_shape shape = kop_vec_shape(&op);
    assert_int_equal(shape.repeats, 1);
    assert_int_equal(shape.rep_bytes[OPERAND_A], INT64_MAX);
}

static struct kop vector_of(enum kop_code code, enum dtype dst, enum dtype a, int64_t count)
{
    struct kop op = op_of(code);
    op.at[OPERAND_DST] = place(SPACE_UB, dst);
    op.at[OPERAND_A] = place(SPACE_UB, a);
    op.count = count;
    return op;
}

static void repeat_holds_what_fits_in_the_widest_operand(void **state)
{
    (void)state;
    struct kop op = vector_of(KOP_vabs, DT_f16, DT_f16, 300);
    struct vec_shape shape = kop_vec_shape(&op);
    assert_int_equal(shape.lanes, 128);
    assert_int_equal(shape.repeats, 3);
    assert_int_equal(shape.rep[OPERAND_DST], 8);
    assert_int_equal(shape.blk[OPERAND_A], 1);

    op = vector_of(KOP_vconv, DT_f32, DT_f16, 300); /* narrow source, wide destination */
    shape = kop_vec_shape(&op);
    assert_int_equal(shape.lanes, 64);
    assert_int_equal(shape.repeats, 5);
    assert_int_equal(shape.rep[OPERAND_DST], 8);
    assert_int_equal(shape.rep[OPERAND_A], 4);

    op = vector_of(KOP_vconv, DT_f16, DT_i4, 128);
    shape = kop_vec_shape(&op);
    assert_int_equal(shape.lanes, 128);
    assert_int_equal(shape.rep[OPERAND_A], 2);
}

static void masks_offsets_and_scales_do_not_narrow_a_repeat(void **state)
{
    (void)state;
    struct kop op = vector_of(KOP_vcmpv, DT_u8, DT_f16, 256);
    op.at[OPERAND_B] = place(SPACE_UB, DT_f16);
    assert_int_equal(kop_vec_shape(&op).lanes, 128);

    op = vector_of(KOP_vgather, DT_f16, DT_f16, 256);
    op.at[OPERAND_B] = place(SPACE_UB, DT_u32);
    assert_int_equal(kop_vec_shape(&op).lanes, 128);

    op = vector_of(KOP_vreducev2, DT_f16, DT_f16, 256);
    op.at[OPERAND_B] = place(SPACE_UB, DT_u32);
    assert_int_equal(kop_vec_shape(&op).lanes, 128);

    op = vector_of(KOP_vsels, DT_f16, DT_f16, 256);
    op.at[OPERAND_B] = place(SPACE_UB, DT_u8);
    assert_int_equal(kop_vec_shape(&op).lanes, 128);

    op = vector_of(KOP_vconvvdeq, DT_i8, DT_i16, 256);
    op.at[OPERAND_B] = place(SPACE_UB, DT_f32);
    assert_int_equal(kop_vec_shape(&op).lanes, 128);

    op = op_of(KOP_vdup);
    op.at[OPERAND_DST] = place(SPACE_UB, DT_f32);
    op.count = 1;
    assert_int_equal(kop_vec_shape(&op).lanes, 64);
    assert_int_equal(kop_vec_shape(&op).repeats, 1);
}

static void mask_and_strides_override_the_packed_form(void **state)
{
    (void)state;
    struct kop op = vector_of(KOP_vabs, DT_f16, DT_f16, 100);
    op.mask = 20; /* 40 bytes: two blocks */
    op.a_rep = 0;
    op.a_blk = 4;
    struct vec_shape shape = kop_vec_shape(&op);
    assert_int_equal(shape.lanes, 20);
    assert_int_equal(shape.repeats, 5);
    assert_int_equal(shape.rep[OPERAND_DST], 2);
    assert_int_equal(shape.rep_bytes[OPERAND_DST], 64);
    assert_int_equal(shape.rep[OPERAND_A], 0);
    assert_int_equal(shape.rep_bytes[OPERAND_A], 0);
    assert_int_equal(shape.blk[OPERAND_A], 4);
}

static void packed_repeats_of_less_than_a_block_follow_without_a_gap(void **state)
{
    (void)state;
    struct kop op = vector_of(KOP_vconv, DT_f16, DT_i4, 128);
    op.mask = 32; /* 64 bytes from 16 */
    struct vec_shape shape = kop_vec_shape(&op);
    assert_int_equal(shape.rep_bytes[OPERAND_DST], 64);
    assert_int_equal(shape.rep[OPERAND_A], 1);
    assert_int_equal(shape.rep_bytes[OPERAND_A], 16);

    op.a_rep = 1; /* said in blocks, it is meant in blocks */
    assert_int_equal(kop_vec_shape(&op).rep_bytes[OPERAND_A], 32);
}

static void scalars_wrap_and_never_trap(void **state)
{
    (void)state;
    const struct {
        enum scalar_op op;
        int64_t a, b, result;
    } rows[] = {
        { SOP_set, 7, 9, 7 },
        { SOP_add, INT64_MAX, 1, INT64_MIN },
        { SOP_sub, INT64_MIN, 1, INT64_MAX },
        { SOP_mul, INT64_MAX, 2, -2 },
        { SOP_div, -7, 2, -3 },
        { SOP_mod, -7, 2, -1 },
        { SOP_and, 12, 10, 8 },
        { SOP_or, 12, 10, 14 },
        { SOP_xor, 12, 10, 6 },
        { SOP_shl, -1, 65, -2 },
        { SOP_shr, -8, 1, -4 },
        { SOP_shr, -8, 64, -8 },
        { SOP_eq, 3, 3, 1 },
        { SOP_ne, 3, 3, 0 },
        { SOP_lt, -1, 0, 1 },
        { SOP_le, 1, 0, 0 },
        { SOP_min, -1, 4, -1 },
        { SOP_max, -1, 4, 4 },
        { SOP_clz, 0, 0, 64 },
        { SOP_clz, 1, 0, 63 },
        { SOP_clz, -1, 0, 0 },
        { SOP_signbits, 0, 0, -1 },
        { SOP_signbits, -1, 0, -1 },
        { SOP_signbits, 1, 0, 62 },
        { SOP_signbits, -2, 0, 62 },
        { SOP_signbits, 0x0f00000000000000, 0, 3 },
        { SOP_signbits, INT64_MIN, 0, 0 },
        { SOP_bitcount, 0xf0f, 1, 8 },
        { SOP_bitcount, 0xf0f, 0, 56 },
        { SOP_bitcount, -1, 1, 64 },
        { SOP_bitfirst, 0x50, 1, 4 },
        { SOP_bitfirst, 0x57, 0, 3 },
        { SOP_bitfirst, 0, 1, -1 },
        { SOP_bitfirst, -1, 0, -1 },
    };
    bool seen[SOP_COUNT] = { false };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t result;
        assert_true(scalar_eval(rows[i].op, rows[i].a, rows[i].b, &result));
        assert_true(result == rows[i].result);
        seen[rows[i].op] = true;
    }
    for (int op = 0; op < SOP_COUNT; op++)
        assert_true(seen[op]);

    int64_t result;
    assert_false(scalar_eval(SOP_div, 1, 0, &result));
    assert_false(scalar_eval(SOP_mod, 1, 0, &result));
    assert_false(scalar_eval(SOP_div, INT64_MIN, -1, &result));
    assert_false(scalar_eval(SOP_mod, INT64_MIN, -1, &result));
}

static void nibbles_and_bytes(void **state)
{
    (void)state;
    assert_int_equal(dtype_bytes(DT_i4, 0), 0);
    assert_int_equal(dtype_bytes(DT_i4, 3), 2);
    assert_int_equal(dtype_bytes(DT_f16, 3), 6);
    assert_int_equal(dtype_bytes(DT_u64, 3), 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_finds_its_row),
        cmocka_unit_test(every_row_is_consistent),
        cmocka_unit_test(every_table_of_names_is_full),
        cmocka_unit_test(pipe_is_that_of_the_row_or_of_the_attribute),
        cmocka_unit_test(copies_touch_rows_of_bytes_in_gm),
        cmocka_unit_test(planes_are_further_rows_of_gm),
        cmocka_unit_test(nz_load_touches_rows_of_columns_in_gm),
        cmocka_unit_test(fixpipe_touches_rows_or_nz_columns_of_gm),
        cmocka_unit_test(absurd_numbers_stay_absurd),
        cmocka_unit_test(repeat_holds_what_fits_in_the_widest_operand),
        cmocka_unit_test(masks_offsets_and_scales_do_not_narrow_a_repeat),
        cmocka_unit_test(mask_and_strides_override_the_packed_form),
        cmocka_unit_test(packed_repeats_of_less_than_a_block_follow_without_a_gap),
        cmocka_unit_test(scalars_wrap_and_never_trap),
        cmocka_unit_test(nibbles_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
