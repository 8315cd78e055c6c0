/*
 * What is refused before it is executed: extents beyond an object, numbers that
 * make no sense. And that extents are right: an operation neither reads nor
 * writes a byte beyond them.
 */
#include "tests/exec_rig.h"
#include "kernels/ir/extent.h"
#include "kernels/ir/types.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define EACH 16384 /* bytes between the operands of an operation */

static bool takes(const struct kop *op, enum kop_attr attr)
{
    const struct kop_info *info = &kop_info[op->code];
    return ((info->needs | info->takes) >> attr & 1) != 0;
}

/* The first space that an operand may be in. */
static enum space space_of(enum kop_code code, unsigned operand)
{
    int space = 0;
    while ((kop_info[code].spaces[operand] >> space & 1) == 0)
        space++;
    return (enum space)space;
}

/* Types that the operation accepts: the last such combination there is. */
static void set_types(struct kop *op)
{
    const struct kop_info *info = &kop_info[op->code];
    for (int number = DT_COUNT * DT_COUNT * DT_COUNT * DT_COUNT; number-- > 0;) {
        int left = number, types[KOP_OPERANDS];
        for (unsigned i = 0; i < KOP_OPERANDS; i++, left /= DT_COUNT)
            types[i] = info->spaces[i] != 0 ? left % DT_COUNT : -1;
        if (type_rule_check(info->types, types) != NULL)
            continue;
        for (unsigned i = 0; i < KOP_OPERANDS; i++)
            op->at[i].dtype = (uint8_t)(types[i] >= 0 ? types[i] : 0);
        return;
    }
    fail();
}

/* An operation of any kind with numbers that fit it, in one of two forms. */
static struct kop sample(enum kop_code code, int form)
{
    struct kop op = rig_op(code);
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        if (kop_info[code].spaces[i] != 0)
            op.at[i] = rig_operand(space_of(code, i), DT_u8, (int64_t)i * EACH);
        op.at[i].size = op.at[i].present ? (i + 1) * EACH : 0;
    }
    set_types(&op);

    op.m = 20;
    op.n = 37;
    op.k = 25;
    op.rows = takes(&op, ATTR_rows) ? 11 : 1;
    op.cols = 51;
    op.nz_rows = 48;
    op.bytes = 72;
    op.count = 300;
    op.scalar = (kop_info[code].needs >> ATTR_scalar & 1) != 0 ? 0.5 : 0;
    op.shift = 3;
    if ((kop_info[code].needs >> ATTR_pattern & 1) != 0)
        op.pattern = 4;
    if (code == KOP_vnchwconv) /* whole repeats */
        op.count = 512;
    if (code == KOP_load3d) {
        op.kernel_h = op.kernel_w = 3;
        op.cols = 14;
    }
    if (code == KOP_vbitsort)
        op.count = 320;
    if (code == KOP_vmrgsort4)
        op.value =
            INT64_C(130) | INT64_C(70) << 16 | INT64_C(100) << 48; /* one list is empty */
    if (form == 0)
        return op;
    if (takes(&op, ATTR_src_stride))
        op.src_stride = code == KOP_vmrgsort4 ? 1024 : 352;
    if (takes(&op, ATTR_dst_stride))
        op.dst_stride = 352;
    if (takes(&op, ATTR_planes)) {
        op.planes = 3;
        op.src_plane = takes(&op, ATTR_cols) ? 0 : 4096;
        op.dst_plane = takes(&op, ATTR_cols) ? 0 : 3936;
    }
    if (takes(&op, ATTR_mask))
        op.mask = 7;
    op.mask0 = takes(&op, ATTR_mask0) ? 0x55 : -1;
    if (takes(&op, ATTR_dst_rep)) {
        op.dst_rep = 8;
        op.dst_blk = 2;
    }
    if (takes(&op, ATTR_a_rep))
        op.a_rep = 3;
    if (takes(&op, ATTR_b_rep))
        op.b_rep = op.b_blk = 0;
    op.transpose = takes(&op, ATTR_transpose);
    if (takes(&op, ATTR_nz)) {
        op.nz = 1;
        op.dst_stride = 24; /* rows */
    }
    return op;
}

static bool has_operands(enum kop_code code)
{
    return kop_info[code].spaces[OPERAND_DST] != 0;
}

/* Random bytes in the extents of the sources and of dst; a filler everywhere else. */
static void fill(struct rig *rig, const struct kop *op, const uint64_t extents[KOP_OPERANDS],
                 uint8_t filler)
{
    uint64_t seed = (uint64_t)op->code;
    for (int space = 0; space < SPACE_COUNT; space++)
        memset(rig_memory(rig, (enum space)space), filler, RIG_CAPACITY);
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        uint8_t *memory = rig_memory(rig, (enum space)op->at[i].space) + op->at[i].offset;
        for (uint64_t byte = 0; byte < extents[i]; byte++)
            memory[byte] = (uint8_t)random_next(&seed);
    }
}

static void operations_touch_nothing_beyond_their_extents(void **state)
{
    struct rig *rig = *state;
    static uint8_t first[RIG_CAPACITY];

    for (int number = 0; number < 2 * KOP_COUNT; number++) {
        struct kop op = sample((enum kop_code)(number / 2), number % 2);
        uint64_t extents[KOP_OPERANDS];
        if (!has_operands(op.code))
            continue;
        kop_extents(&op, extents);

        const uint8_t *memory = rig_memory(rig, (enum space)op.at[OPERAND_DST].space);
        size_t from = (size_t)op.at[OPERAND_DST].offset, bytes = extents[OPERAND_DST];
        assert_true(bytes > 0);
        fill(rig, &op, extents, 0xff);
        rig_run(rig, &op);
        memcpy(first, memory + from, bytes);

        fill(rig, &op, extents, 0x12);
        static uint8_t before[RIG_CAPACITY];
        memcpy(before, memory, RIG_CAPACITY);
        rig_run(rig, &op);
        assert_memory_equal(memory + from, first, bytes);
        assert_memory_equal(memory, before, from);
        assert_memory_equal(memory + from + bytes, before + from + bytes,
                            RIG_CAPACITY - from - bytes);
    }
}

/* Where the extent depends on data it ends with the object, whatever its size. */
static bool depends_on_data(enum kop_code code, unsigned operand)
{
    switch (code) {
    case KOP_vgather:
    case KOP_vgatherb:
        return operand == OPERAND_A;
    case KOP_vscatter:
        return operand == OPERAND_DST;
    case KOP_vreduce:
    case KOP_vreducev2:
    case KOP_vreducev2p:
        return operand == OPERAND_DST;
    default:
        return false;
    }
}

static void object_of_the_extent_will_do_and_a_byte_less_will_not(void **state)
{
    for (int number = 0; number < 2 * KOP_COUNT; number++) {
        struct kop op = sample((enum kop_code)(number / 2), number % 2);
        uint64_t extents[KOP_OPERANDS];
        if (!has_operands(op.code))
            continue;
        kop_extents(&op, extents);

        for (unsigned i = 0; i < KOP_OPERANDS; i++) {
            struct kop tight = op;
            char expected[32];
            if (!op.at[i].present || depends_on_data(op.code, i))
                continue;
            tight.at[i].size = (uint64_t)op.at[i].offset + extents[i];
            rig_run(*state, &tight);
            tight.at[i].size--;
            snprintf(expected, sizeof expected, "%s: %s ends at byte %d ",
                     kop_info[op.code].name, kop_operand_names[i],
                     (int)((uint64_t)op.at[i].offset + extents[i]));
            assert_memory_equal(rig_refusal(*state, &tight), expected, strlen(expected));
        }
    }
}

/* Set an attribute that is a whole number, the way a program does; false: it is none. */
static bool set_number(struct kop *op, enum kop_attr attr, int64_t value)
{
    switch (attr) {
#define SET_INT(name)                                                                          \
    case ATTR_##name:                                                                          \
        op->name = value;                                                                      \
        return true;
#define SET_REAL(name)
#define SET_ROUND(name)
#define SET_CMP(name)
#define SET_ATOMIC(name)
#define SET_ORDER(name)
#define SET_SCOPE(name)
#define SET_PIPE(name)
#define X(name, kind, standard) SET_##kind(name)
        KOP_ATTRS(X)
#undef X
    default:
        return false;
    }
}

static void hostile_numbers_are_refused_by_name(void **state)
{
    static const int64_t hostile[] = {
        INT64_MIN, INT64_MIN + 1, -2, (INT64_C(1) << 31) + 1, INT64_C(1) << 62, INT64_MAX
    };

    for (int number = 0; number < KOP_COUNT * ATTR_COUNT; number++) {
        enum kop_attr attr = (enum kop_attr)(number % ATTR_COUNT);
        struct kop op = sample((enum kop_code)(number / ATTR_COUNT), 0);
        if (!takes(&op, attr) || !has_operands(op.code))
            continue;
        if (attr == ATTR_value || attr == ATTR_mask0 || attr == ATTR_mask1) /* any number */
            continue;
        for (size_t h = 0; h < sizeof hostile / sizeof *hostile; h++) {
            struct kop attack = op;
            char expected[32];
            if (!set_number(&attack, attr, hostile[h]))
                break;
            snprintf(expected, sizeof expected, "%s: %s is ", kop_info[op.code].name,
                     attr_info[attr].name);
            assert_memory_equal(rig_refusal(*state, &attack), expected, strlen(expected));
        }
    }
}

/* The largest numbers that are in range all at once: too big, and no overflow on the way. */
static void largest_numbers_do_not_overflow(void **state)
{
    for (int number = 0; number < 4 * KOP_COUNT; number++) {
        struct kop op = sample((enum kop_code)(number / 4), 0);
        if (!has_operands(op.code) || op.code == KOP_vcmp || op.code == KOP_put)
            continue; /* a repeat or an element, whatever the numbers */
        op.m = op.k = op.n = op.cols = op.nz_rows = op.rows = 1 << 24;
        op.bytes = op.count = op.src_stride = op.dst_stride = INT64_C(1) << 31;
        if (op.code == KOP_load3d) { /* as large as a map and a kernel may be */
            op.rows = op.cols = 32767;
            op.planes = 4096;
            op.kernel_h = op.kernel_w = 255;
        }
        if (op.code == KOP_vmrgsort4) /* as many as its lists have */
            op.count = 300;
        op.transpose = number % 2;
        op.nz = number % 4 / 2;
        if (takes(&op, ATTR_dst_rep))
            op.dst_rep = op.a_rep = op.b_rep = op.dst_blk = op.a_blk = op.b_blk = 1 << 16;
        assert_non_null(strstr(rig_refusal(*state, &op), " ends at byte "));
    }
}

static void hostile_offsets_are_refused(void **state)
{
    static const int64_t hostile[] = { INT64_MIN, -1, RIG_CAPACITY + 1, INT64_MAX };

    for (int code = 0; code < KOP_COUNT; code++) {
        struct kop op = sample((enum kop_code)code, 0);
        for (unsigned i = 0; i < KOP_OPERANDS && op.at[i].present; i++) {
            for (size_t h = 0; h < sizeof hostile / sizeof *hostile; h++) {
                struct kop attack = op;
                attack.at[i].offset = hostile[h];
                assert_non_null(strstr(rig_refusal(*state, &attack), " begins at byte "));
            }
        }
    }
}

static struct kop vector_op(enum kop_code code, enum dtype type, int64_t count)
{
    struct kop op = rig_op(code);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, type, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, type, 32768);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, type, 32768);
    op.count = count;
    return op;
}

static void messages_say_what_was_found_and_expected(void **state)
{
    struct rig *rig = *state;
    struct kop op = vector_op(KOP_vadd, DT_f16, 16385);
    assert_string_equal(rig_refusal(rig, &op),
                        "vadd: a ends at byte 65538 of tile in_ub, which has 65536");
    op.count = -1;
    assert_string_equal(rig_refusal(rig, &op), "vadd: count is -1; expected 0..2147483648");
    op.count = 128;
    op.mask = 129;
    assert_string_equal(rig_refusal(rig, &op), "vadd: mask is 129; expected 0..128");
    op.mask = 0;
    op.at[OPERAND_B].offset = 16;
    assert_string_equal(rig_refusal(rig, &op),
                        "vadd: b is at byte 16 of ub; expected a multiple of 32");
    op.at[OPERAND_B].offset = -32;
    assert_string_equal(rig_refusal(rig, &op),
                        "vadd: b begins at byte -32 of tile in_ub, which has 65536");

    op = rig_op(KOP_store);
    op.at[OPERAND_DST] = rig_operand(SPACE_GM, DT_f32, 65530);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_f32, 0);
    op.bytes = 7;
    assert_string_equal(rig_refusal(rig, &op),
                        "store: dst ends at byte 65537 of tensor t, which has 65536");
}

static void operation_must_not_write_over_its_own_results(void **state)
{
    struct rig *rig = *state;
    struct kop op = vector_op(KOP_vadd, DT_f32, 65);
    op.dst_rep = 0;
    assert_string_equal(rig_refusal(rig, &op), "vadd: dst_rep is 0; expected 1..65536");
    op.count = 64;
    rig_run(rig, &op);
    op.dst_blk = 0;
    assert_string_equal(rig_refusal(rig, &op), "vadd: dst_blk is 0; expected 1..65536");
    op.count = 8;
    rig_run(rig, &op);
}

static void matrix_must_fit_its_columns(void **state)
{
    struct rig *rig = *state;
    struct kop op = sample(KOP_load_nz, 0);
    op.rows = 49;
    assert_string_equal(rig_refusal(rig, &op),
                        "load_nz: rows is 49; expected at most nz_rows, 48");
    op = sample(KOP_load_l0a, 0);
    op.nz_rows = 19;
    assert_string_equal(rig_refusal(rig, &op),
                        "load_l0a: m is 20; expected at most nz_rows, 19");
    op.transpose = 1;
    assert_string_equal(rig_refusal(rig, &op),
                        "load_l0a: k is 25; expected at most nz_rows, 19");
    op = sample(KOP_fixpipe, 0);
    op.nz_rows = 20;
    assert_string_equal(rig_refusal(rig, &op),
                        "fixpipe: nz_rows is 20; expected a multiple of 16");
    op.nz_rows = 32;
    op.nz = 1;
    op.dst_stride = 19;
    assert_string_equal(rig_refusal(rig, &op),
                        "fixpipe: m is 20; expected at most dst_stride, 19");
}

static void atomic_adds_are_to_gm_in_types_it_can_add(void **state)
{
    struct rig *rig = *state;
    struct kop op = sample(KOP_store, 0);
    op.atomic = ATOMIC_ADD;
    op.at[OPERAND_DST].dtype = op.at[OPERAND_A].dtype = DT_u8;
    assert_string_equal(rig_refusal(rig, &op),
                        "store: atomic add of u8; expected f16, bf16, f32, i8, i16 or i32");
    op.at[OPERAND_DST].dtype = op.at[OPERAND_A].dtype = DT_f32;
    op.bytes = 6;
    assert_string_equal(rig_refusal(rig, &op), "store: bytes is 6; expected a multiple of 4");

    op = sample(KOP_fixpipe, 0);
    op.at[OPERAND_DST] = rig_operand(SPACE_L1, DT_f16, 0);
    op.atomic = ATOMIC_MAX;
    assert_string_equal(rig_refusal(rig, &op), "fixpipe: atomic max into l1; expected into gm");
}

static void counts_are_whole_numbers_of_what_belongs_together(void **state)
{
    struct rig *rig = *state;
    struct kop op = sample(KOP_vmrgsort, 0);
    op.count = 10;
    assert_string_equal(rig_refusal(rig, &op),
                        "vmrgsort: count is 10; expected a multiple of 4");
    op.lists = 2;
    rig_run(rig, &op);
    op.lists = 1;
    assert_string_equal(rig_refusal(rig, &op), "vmrgsort: lists is 1; expected 2..4");

    op = sample(KOP_vbitsort, 0);
    op.count = 33;
    assert_string_equal(rig_refusal(rig, &op),
                        "vbitsort: count is 33; expected a multiple of 32");
    op = sample(KOP_vnchwconv, 0); /* of 32 bits: 16 blocks of 8 */
    op.count = 192;
    assert_string_equal(rig_refusal(rig, &op),
                        "vnchwconv: count is 192; expected a multiple of 128");
    op = sample(KOP_vreducev2p, 0);
    op.pattern = 0;
    assert_string_equal(rig_refusal(rig, &op), "vreducev2p: pattern is 0; expected 1..7");
}

static void planes_and_rows_are_limited_together(void **state)
{
    struct rig *rig = *state;
    struct kop op = sample(KOP_load_ub, 0);
    op.bytes = 0;
    op.rows = 1 << 12;
    op.planes = 1 << 12;
    rig_run(rig, &op);
    op.rows++;
    assert_string_equal(rig_refusal(rig, &op), "load_ub: rows is 4097; expected 0..4096");
    op.rows = op.planes = 1 << 12;
    op.bytes = op.src_stride = op.src_plane = op.dst_plane = INT64_C(1) << 31;
    assert_non_null(strstr(rig_refusal(rig, &op), " ends at byte "));
    op = sample(KOP_load_nz, 0);
    op.cols = op.nz_rows = 1 << 24;
    op.rows = op.planes = 1 << 12;
    assert_non_null(strstr(rig_refusal(rig, &op), " ends at byte "));
}

static void a_scalar_is_put_at_any_byte(void **state)
{
    struct rig *rig = *state;
    struct kop op = sample(KOP_put, 0);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_u16, RIG_CAPACITY - 3);
    op.value = -2;
    rig_run(rig, &op);
    assert_int_equal(rig_memory(rig, SPACE_UB)[RIG_CAPACITY - 3], 0xfe);
    assert_int_equal(rig_memory(rig, SPACE_UB)[RIG_CAPACITY - 2], 0xff);
    op.at[OPERAND_DST].offset++;
    rig_run(rig, &op);
    op.at[OPERAND_DST].offset++;
    assert_string_equal(rig_refusal(rig, &op),
                        "put: dst ends at byte 65537 of tile in_ub, which has 65536");
}

static void reads_are_bounded_but_need_no_alignment(void **state)
{
    struct rig *rig = *state;
    struct diag diag = { .text = "" };
    struct kop op = sample(KOP_vadd, 0); /* what is left over from it must not matter */
    op.code = KOP_COUNT;
    op.count = -1;
    op.at[OPERAND_DST].offset = -1;
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_i32, RIG_CAPACITY - 4);
    assert_true(exec_check(rig->kernel, CORE_AIV, &op, &diag));
    op.at[OPERAND_A].offset -= 3;
    assert_true(exec_check(rig->kernel, CORE_AIV, &op, &diag));
    op.at[OPERAND_A].offset += 4;
    assert_string_equal(rig_refusal(rig, &op),
                        "read: a ends at byte 65537 of tile in_ub, which has 65536");
}

static void synchronisation_needs_no_operands(void **state)
{
    struct kop op = rig_op(KOP_sync_all);
    rig_run(*state, &op);
    op = rig_op(KOP_set_flag);
    rig_run(*state, &op);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(operations_touch_nothing_beyond_their_extents),
        TEST(object_of_the_extent_will_do_and_a_byte_less_will_not),
        TEST(hostile_numbers_are_refused_by_name),
        TEST(largest_numbers_do_not_overflow),
        TEST(hostile_offsets_are_refused),
        TEST(messages_say_what_was_found_and_expected),
        TEST(operation_must_not_write_over_its_own_results),
        TEST(matrix_must_fit_its_columns),
        TEST(atomic_adds_are_to_gm_in_types_it_can_add),
        TEST(counts_are_whole_numbers_of_what_belongs_together),
        TEST(planes_and_rows_are_limited_together),
        TEST(a_scalar_is_put_at_any_byte),
        TEST(reads_are_bounded_but_need_no_alignment),
        TEST(synchronisation_needs_no_operands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
