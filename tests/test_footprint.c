/* What an operation is said to touch against what it does to memory. */
#include "kernels/ir/footprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kernels/ir/types.h"
#include "sim/mem.h"
#include "tests/exec_rig.h"
#include "tests/random.h"

#define MEMORY 32768 /* bytes of each operand's memory */

/* Random memory of four operands; the destination is the first. */
struct memories {
    uint8_t at[KOP_OPERANDS][MEMORY];
};

/* Offsets that choose elements are words below 0x4000, so that most lie in the memory. */
static void fill(struct memories *memories, const struct kop *op, uint64_t seed)
{
    bool gathers = kop_info[op->code].types == TYPES_gather;
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        for (size_t byte = 0; byte < MEMORY; byte++) {
            bool high = gathers && i == OPERAND_B && byte % 4 >= 2;
            uint64_t random = random_next(&seed) & 0x3f; /* no NaN */
            memories->at[i][byte] = high ? 0 : (uint8_t)random;
        }
    }
}

static void apply(const struct kop *op, struct memories *memories)
{
    uint8_t *at[KOP_OPERANDS];
    for (unsigned i = 0; i < KOP_OPERANDS; i++)
        at[i] = op->at[i].present ? memories->at[i] : NULL;
    exec_apart(op, at);
}

static void mark(void *context, unsigned operand, uint64_t start, uint64_t bytes)
{
    bool *touched = context;
    (void)operand;
    assert_true(start + bytes <= MEMORY);
    memset(touched + start, true, bytes);
}

static void footprint(const struct kop *op, unsigned operand, struct memories *memories,
                      bool touched[MEMORY])
{
    uint64_t extents[KOP_OPERANDS];
    uint8_t *at[KOP_OPERANDS];
    for (unsigned i = 0; i < KOP_OPERANDS; i++)
        at[i] = op->at[i].present ? memories->at[i] : NULL;
    memset(touched, false, MEMORY);
    kop_extents(op, extents);
    footprint_exact(op, operand, extents, at, mark, touched);
    for (size_t i = extents[operand]; i < MEMORY; i++)
        assert_false(touched[i]); /* the extent holds it all */
}

static struct memories *before, *after, *other;
static bool checked[KOP_COUNT];

/* Nothing changes but what is in the footprint; and what overwrites leaves nothing of it. */
static void check_written(const struct kop *op, unsigned operand, uint64_t seed)
{
    static bool touched[MEMORY];
    bool overwrites = operand != OPERAND_DST || footprint_overwrites(op);
    fill(before, op, seed);
    *after = *other = *before;
    for (size_t i = 0; i < MEMORY; i++)
        other->at[operand][i] ^= 0x2d; /* another memory before */
    footprint(op, operand, before, touched);
    apply(op, after);
    apply(op, other);

    bool kept = false, any = false;
    for (size_t i = 0; i < MEMORY; i++) {
        bool same = after->at[operand][i] == other->at[operand][i];
        if (!touched[i] && after->at[operand][i] != before->at[operand][i])
            fail_msg("%s writes byte %zu of %s, outside of its footprint",
                     kop_info[op->code].name, i, kop_operand_names[operand]);
        if (touched[i] && !same && overwrites)
            fail_msg("%s leaves something of byte %zu", kop_info[op->code].name, i);
        kept |= touched[i] && !same;
        any |= touched[i];
    }
    /* What is not said to overwrite everything, but has lanes, does leave something. */
    bool lanes = (kop_info[op->code].takes >> ATTR_dst_rep & 1) != 0;
    bool halves = dtype_info[op->at[operand].dtype].bits < 8;
    if (lanes && any && !halves && !overwrites)
        assert_true(kept);
}

/* The result is the same whatever lies outside of what is read. */
static void check_source(const struct kop *op, unsigned operand, uint64_t seed)
{
    static bool touched[MEMORY];
    fill(before, op, seed);
    footprint(op, operand, before, touched);
    *after = *other = *before;
    for (size_t i = 0; i < MEMORY; i++) {
        if (!touched[i])
            other->at[operand][i] ^= 0x3f;
    }
    apply(op, after);
    apply(op, other);
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        if (kop_writes(op, i) && memcmp(after->at[i], other->at[i], MEMORY) != 0)
            fail_msg("%s reads outside of the footprint of %s", kop_info[op->code].name,
                     kop_operand_names[operand]);
    }
}

static void check(const struct kop *op, uint64_t seed)
{
    checked[op->code] = true;
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        if (kop_writes(op, i))
            check_written(op, i, seed + i);
        else if (op->at[i].present)
            check_source(op, i, seed + i);
    }
}

static struct kaddr operand(enum space space, enum dtype type)
{
    struct kaddr at = rig_operand(space, type, 0);
    at.size = MEMORY;
    return at;
}

/* A type for each operand that the rule allows, drawn; false if none was hit upon. */
static bool draw_types(struct kop *op, uint64_t *seed)
{
    int types[KOP_OPERANDS];
    bool fit = false;
    for (int attempt = 0; attempt < 400000 && !fit; attempt++) {
        for (unsigned i = 0; i < KOP_OPERANDS; i++) {
            bool alike = i > 0 && random_below(seed, 2) == 0; /* often what is asked for */
            int type = alike ? types[0] : (int)random_below(seed, DT_COUNT);
            types[i] = op->at[i].present ? type : -1;
            op->at[i].dtype = (uint8_t)(types[i] < 0 ? 0 : types[i]);
        }
        fit = type_rule_check(kop_info[op->code].types, types) == NULL;
    }
    return fit;
}

static void draw_strides(struct kop *op, uint64_t *seed)
{
    int64_t *const strides[] = { &op->dst_blk, &op->a_blk, &op->b_blk };
    int64_t *const repeats[] = { &op->dst_rep, &op->a_rep, &op->b_rep };
    const unsigned stride_of[] = { ATTR_dst_blk, ATTR_a_blk, ATTR_b_blk };
    for (unsigned i = 0; i < VEC_OPERANDS; i++) {
        if ((kop_info[op->code].takes >> stride_of[i] & 1) == 0)
            continue;
        if (random_below(seed, 2) == 0)
            *strides[i] = 1 + (int64_t)random_below(seed, 3);
        if (random_below(seed, 2) == 0)
            *repeats[i] = 24 + (int64_t)random_below(seed, 8);
    }
}

static void draw_masks(struct kop *op, uint64_t *seed)
{
    uint64_t takes = kop_info[op->code].takes;
    if ((takes >> ATTR_mask0 & 1) != 0 && random_below(seed, 2) == 0) {
        op->mask0 = (int64_t)random_next(seed);
        op->mask1 = (int64_t)(random_next(seed) & random_next(seed));
    }
    if ((takes >> ATTR_mask & 1) != 0 && random_below(seed, 4) == 0)
        op->mask = 32; /* as many as all types have */
}

static int64_t draw_count(const struct kop *op, uint64_t *seed)
{
    int64_t unit = 2;
    if (op->code == KOP_vmrgsort)
        unit = op->lists;
    else if (op->code == KOP_vbitsort)
        unit = SORT_LANES;
    else if (op->code == KOP_vnchwconv)
        unit = kop_vec_shape(op).lanes;
    int64_t count = unit * (int64_t)random_below(seed, 300);
    return count < 600 ? count : 600 / unit * unit;
}

/* Lists that are not equal, one of them often empty, with gaps or without. */
static void draw_lists(struct kop *op, uint64_t *seed)
{
    op->value = op->count = 0;
    op->suspend = (int16_t)random_below(seed, 2);
    op->src_stride = random_below(seed, 2) == 0 ? 0 : 1024;
    for (int64_t i = 0; i < op->lists; i++) {
        int64_t length = (int64_t)random_below(seed, 4) * (int64_t)random_below(seed, 40);
        op->value |= length << 16 * i;
        op->count += length;
    }
}

/* Every vector operation, on random types, counts, masks and strides. */
static void vector_operations_touch_what_they_are_said_to(void **state)
{
    (void)state;
    uint64_t seed = 3;
    struct rig rig;
    rig_init(&rig);
    for (int code = 0; code < KOP_COUNT; code++) {
        const struct kop_info *info = &kop_info[code];
        if (info->pipe != PIPE_V || (info->needs >> ATTR_count & 1) == 0)
            continue;
        for (int round = 0; round < 12; round++) {
            struct kop op = rig_op((enum kop_code)code);
            for (unsigned i = 0; i < KOP_OPERANDS; i++) {
                bool spr = (info->spaces[i] >> SPACE_SPR & 1) != 0;
                if (info->spaces[i] != 0)
                    op.at[i] = operand(spr ? SPACE_SPR : SPACE_UB, DT_f16);
            }
            if (!draw_types(&op, &seed))
                fail_msg("no types for %s", info->name);
            op.lists = (int16_t)(2 + random_below(&seed, KLISTS_MAX - 1));
            if (((info->needs | info->takes) >> ATTR_pattern & 1) != 0)
                op.pattern = (int16_t)random_below(&seed, KPATTERNS + 1);
            if ((info->takes >> ATTR_order & 1) != 0)
                op.order = (enum order)random_below(&seed, ORDER_COUNT);
            op.count = draw_count(&op, &seed);
            if (code == KOP_vmrgsort4)
                draw_lists(&op, &seed);
            if ((info->takes >> ATTR_dst_plane & 1) != 0)
                op.dst_plane = round % 2 == 0 ? 0 : 2432;
            op.scalar = 2;
            op.scale = 2;
            if (round % 2 == 1)
                draw_strides(&op, &seed);
            draw_masks(&op, &seed);
            struct diag diag = { .text = "" };
            if (exec_check(rig.kernel, CORE_AIV, &op, &diag))
                check(&op, random_next(&seed));
        }
    }
    rig_free(&rig);
}

static void moves_touch_what_they_are_said_to(void **state)
{
    (void)state;
    static const struct {
        enum kop_code code;
        enum space to, from;
    } moves[] = {
        { KOP_store, SPACE_GM, SPACE_UB },    { KOP_load_ub, SPACE_UB, SPACE_GM },
        { KOP_load_l1, SPACE_L1, SPACE_GM },  { KOP_copy_ub, SPACE_UB, SPACE_UB },
        { KOP_ub_to_l1, SPACE_L1, SPACE_UB }, { KOP_l1_to_ub, SPACE_UB, SPACE_L1 },
    };
    uint64_t seed = 4;
    for (int round = 0; round < 120; round++) {
        struct kop op = rig_op(moves[round % 6].code);
        op.at[OPERAND_DST] = operand(moves[round % 6].to, DT_f32);
        op.at[OPERAND_A] = operand(moves[round % 6].from, DT_f32);
        op.bytes = 4 * (int64_t)random_below(&seed, 100);
        op.rows = (int64_t)random_below(&seed, 20);
        op.src_stride =
            random_below(&seed, 2) == 0 ? 0 : 400 + (int64_t)random_below(&seed, 99);
        op.dst_stride =
            random_below(&seed, 2) == 0 ? 0 : 400 + (int64_t)random_below(&seed, 99);
        op.planes = (int64_t)random_below(&seed, 4);
        op.src_plane = random_below(&seed, 2) == 0 ? 0 : 10000;
        op.dst_plane = random_below(&seed, 2) == 0 ? 0 : 10010;
        if (op.code == KOP_load_ub) {
            op.pad_left = (int16_t)random_below(&seed, 3);
            op.pad_right = (int16_t)random_below(&seed, 9);
        }
        if (op.code == KOP_store)
            op.atomic = (enum atomic)random_below(&seed, ATOMIC_COUNT);
        check(&op, random_next(&seed));
    }
}

static void moves_of_a_single_row_touch_it_alone(void **state)
{
    (void)state;
    static const enum kop_code codes[] = { KOP_load_gm_l0a, KOP_load_gm_l0b, KOP_load_bt,
                                           KOP_load_fb };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct kop op = rig_op(codes[i]);
        op.at[OPERAND_DST] = operand(SPACE_L0A, DT_f32);
        op.at[OPERAND_A] = operand(SPACE_GM, DT_f32);
        op.bytes = 512;
        check(&op, i);
    }
}

static void fills_touch_rows(void **state)
{
    (void)state;
    for (int64_t apart = 0; apart <= 192; apart += 96) {
        struct kop op = rig_op(apart == 0 ? KOP_fill_l0 : KOP_fill_l1);
        op.at[OPERAND_DST] = operand(apart == 0 ? SPACE_L0A : SPACE_L1, DT_f16);
        op.rows = 5;
        op.bytes = 96;
        op.dst_stride = apart;
        op.scalar = 3;
        check(&op, (uint64_t)apart);
    }
}

static void a_put_touches_one_element(void **state)
{
    (void)state;
    for (enum dtype type = 0; type < DT_COUNT; type++) {
        struct kop op = rig_op(KOP_put);
        op.at[OPERAND_DST] = operand(SPACE_UB, type);
        op.value = 0x12;
        if (dtype_info[type].bits >= 8)
            check(&op, type);
    }
}

static void the_way_to_the_cube_and_back(void **state)
{
    (void)state;
    static const enum dtype types[] = { DT_f16, DT_f32, DT_i8, DT_i4 };
    uint64_t seed = 5;
    for (int round = 0; round < 40; round++) {
        enum dtype type = types[round % 4];
        struct kop op = rig_op(KOP_load_nz);
        op.at[OPERAND_DST] = operand(SPACE_L1, type);
        op.at[OPERAND_A] = operand(SPACE_GM, type);
        op.rows = (int64_t)random_below(&seed, 30);
        op.cols = (int64_t)random_below(&seed, 60) & ~INT64_C(1);
        op.nz_rows = 32;
        op.src_stride = random_below(&seed, 2) == 0 ? 0 : 256;
        op.planes = (int64_t)random_below(&seed, 4);
        op.src_plane = random_below(&seed, 2) == 0 ? 0 : 8000;
        op.dst_plane = random_below(&seed, 2) == 0 ? 0 : 8224;
        check(&op, random_next(&seed));

        op = rig_op(round % 2 == 0 ? KOP_load_l0a : KOP_load_l0b);
        op.at[OPERAND_DST] = operand(round % 2 == 0 ? SPACE_L0A : SPACE_L0B, type);
        op.at[OPERAND_A] = operand(SPACE_L1, type);
        op.m = op.n = 2 + 2 * (int64_t)random_below(&seed, 14);
        op.k = 2 + 2 * (int64_t)random_below(&seed, 14);
        op.nz_rows = 32;
        op.transpose = (int64_t)random_below(&seed, 2);
        check(&op, random_next(&seed));

        static const enum dtype results[] = { DT_f16, DT_f32, DT_i8, DT_i4 };
        static const enum kop_code drains[] = { KOP_fixpipe, KOP_fixpipev, KOP_fixpipe_ub,
                                                KOP_l0c_to_ub };
        op = rig_op(drains[round % 4]);
        bool to_ub = op.code == KOP_fixpipe_ub || op.code == KOP_l0c_to_ub;
        op.at[OPERAND_DST] = operand(to_ub ? SPACE_UB : SPACE_GM, results[round / 4 % 4]);
        if (op.code == KOP_fixpipev)
            op.at[OPERAND_B] = operand(SPACE_FB, round % 2 == 0 ? DT_f32 : DT_u64);
        op.split = (int16_t)random_below(&seed, 2);
        op.at[OPERAND_A] = operand(SPACE_L0C, DT_f32);
        op.m = 1 + (int64_t)random_below(&seed, 30);
        op.n = 1 + (int64_t)random_below(&seed, 40);
        op.n += op.at[OPERAND_DST].dtype == DT_i4 ? op.n % 2 : 0;
        op.nz_rows = 32;
        op.nz = (int64_t)random_below(&seed, 2);
        op.dst_stride = op.nz != 0 ? 32 : 256;
        if (op.code == KOP_l0c_to_ub)
            op.nz = op.dst_stride = 0; /* it takes neither */
        check(&op, random_next(&seed));
    }
}

static void windows_of_a_map_touch_what_they_cover(void **state)
{
    (void)state;
    static const enum dtype types[] = { DT_f16, DT_f32, DT_i8 };
    uint64_t seed = 7;
    struct rig rig;
    rig_init(&rig);
    for (int round = 0; round < 60; round++) {
        struct kop op = rig_op(KOP_load3d);
        struct diag diag = { .text = "" };
        op.at[OPERAND_DST] = operand(SPACE_L0A, types[round % 3]);
        op.at[OPERAND_A] = operand(SPACE_L1, types[round % 3]);
        op.rows = op.cols = 5 + round % 4;
        op.planes = 2;
        op.kernel_h = 2;
        op.kernel_w = (int16_t)(1 + random_below(&seed, 3));
        op.stride_h = (int16_t)(1 + random_below(&seed, 3));
        op.stride_w = (int16_t)(1 + random_below(&seed, 3));
        op.pad_top = op.pad_right = (int16_t)random_below(&seed, 3);
        op.m = (int64_t)random_below(&seed, 5);
        op.k_start = 32;
        op.k = (int64_t)random_below(&seed, 32) & ~INT64_C(1);
        if (exec_check(rig.kernel, CORE_AIV, &op, &diag))
            check(&op, random_next(&seed));
    }
    rig_free(&rig);
}

static void a_product_touches_rows_and_columns_of_the_matrix_only(void **state)
{
    (void)state;
    uint64_t seed = 6;
    for (int round = 0; round < 20; round++) {
        struct kop op = rig_op(round % 2 == 0 ? KOP_mmad : KOP_mmad_bias);
        op.at[OPERAND_DST] = operand(SPACE_L0C, DT_f32);
        op.at[OPERAND_A] = operand(SPACE_L0A, DT_f16);
        op.at[OPERAND_B] = operand(SPACE_L0B, DT_f16);
        if (op.code == KOP_mmad_bias)
            op.at[OPERAND_C] = operand(SPACE_BT, DT_f32);
        op.m = 1 + (int64_t)random_below(&seed, 40);
        op.n = 1 + (int64_t)random_below(&seed, 40);
        op.k = 1 + (int64_t)random_below(&seed, 40);
        op.init = op.code == KOP_mmad ? (int64_t)random_below(&seed, 2) : 0;
        check(&op, random_next(&seed));
    }
}

static void no_operation_was_left_out(void **state)
{
    (void)state;
    for (int code = 0; code < KOP_COUNT; code++) {
        if (kop_info[code].spaces[OPERAND_DST] != 0 && !checked[code])
            fail_msg("%s was never checked", kop_info[code].name);
    }
}

static int make_memories(void **state)
{
    (void)state;
    before = mem_new(sizeof *before);
    after = mem_new(sizeof *after);
    other = mem_new(sizeof *other);
    return 0;
}

static int free_memories(void **state)
{
    (void)state;
    mem_free(before);
    mem_free(after);
    mem_free(other);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vector_operations_touch_what_they_are_said_to),
        cmocka_unit_test(moves_touch_what_they_are_said_to),
        cmocka_unit_test(moves_of_a_single_row_touch_it_alone),
        cmocka_unit_test(fills_touch_rows),
        cmocka_unit_test(a_put_touches_one_element),
        cmocka_unit_test(the_way_to_the_cube_and_back),
        cmocka_unit_test(windows_of_a_map_touch_what_they_cover),
        cmocka_unit_test(a_product_touches_rows_and_columns_of_the_matrix_only),
        cmocka_unit_test(no_operation_was_left_out),
    };
    return cmocka_run_group_tests(tests, make_memories, free_memories);
}
