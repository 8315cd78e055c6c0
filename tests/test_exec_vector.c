/*
 * Every vector operation that goes lane by lane, on every type it accepts and in
 * every form of its strides, against an expression in double or int64. The
 * whole of UB is compared, so a lane written elsewhere shows as well.
 */
#include "tests/exec_rig.h"
#include "kernels/ir/fmath.h"
#include "kernels/ir/types.h"
#include "tests/random.h"
#include "tests/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { AT_DST = 0, AT_A = 20480, AT_B = 40960, AT_C = 61440 };

/* A lane as it was: of a, b and dst, as numbers and as bits; and the scalar. */
struct lane {
    double x, y, z, s;
    int64_t i, j, whole;
    bool chosen; /* its bit of the mask */
};

static double r(double x)
{
    return f32_rounded(x);
}

static double relu(double x)
{
    return x > 0 || isnan(x) ? x : 0;
}

static double larger(double x, double y)
{
    return isnan(x) || x > y ? x : y;
}

static double smaller(double x, double y)
{
    return isnan(x) || x < y ? x : y;
}

static int64_t least_zero(int64_t i)
{
    return i > 0 ? i : 0;
}

enum domain { REAL, BITS, TYPED /* REAL for floats, else BITS */ };

/* X(operation, domain, as numbers, as bits) */
/* clang-format off */
#define EXPECTATIONS(X)                                                   \
    X(vadd,         TYPED, r(x + y),              i + j)                  \
    X(vsub,         TYPED, r(x - y),              i - j)                  \
    X(vmul,         TYPED, r(x * y),              i * j)                  \
    X(vdiv,         REAL,  r(x / y),              0)                      \
    X(vmax,         TYPED, larger(x, y),          i > j ? i : j)          \
    X(vmin,         TYPED, smaller(x, y),         i < j ? i : j)          \
    X(vaddrelu,     TYPED, relu(r(x + y)),        least_zero((int16_t)(i + j))) \
    X(vsubrelu,     TYPED, relu(r(x - y)),        least_zero((int16_t)(i - j))) \
    X(vaddreluconv, TYPED, relu(r(x + y)),        least_zero(i + j))      \
    X(vsubreluconv, TYPED, relu(r(x - y)),        least_zero(i - j))      \
    X(vmulconv,     REAL,  r(x * y),              0)                      \
    X(vconvvdeq,    REAL,  r(x * y),              0)                      \
    X(vconvdeq,     REAL,  r(r(x) * s),           0)                      \
    X(vmla,         REAL,  r(r(x * y) + z),       0)                      \
    X(vmadd,        REAL,  r(r(x * z) + y),       0)                      \
    X(vmaddrelu,    REAL,  relu(r(r(x * z) + y)), 0)                      \
    X(vaxpy,        REAL,  r(r(x * s) + z),       0)                      \
    X(vadds,        TYPED, r(x + s),              i + whole)              \
    X(vmuls,        TYPED, r(x * s),              i * whole)              \
    X(vmaxs,        TYPED, larger(x, s),          i > whole ? i : whole)  \
    X(vmins,        TYPED, smaller(x, s),         i < whole ? i : whole)  \
    X(vlrelu,       REAL,  x >= 0 ? x : r(x * s), 0)                      \
    X(vdup,         TYPED, s,                     whole)                  \
    X(vabs,         REAL,  fabs(x),               0)                      \
    X(vrelu,        TYPED, relu(x),               least_zero(i))          \
    X(vrec,         REAL,  r(1 / x),              0)                      \
    X(vrsqrt,       REAL,  r(1 / sqrt(x)),        0)                      \
    X(vsqrt,        REAL,  r(sqrt(x)),            0)                      \
    X(vexp,         REAL,  (double)f32_exp((float)x), 0)                  \
    X(vln,          REAL,  (double)f32_ln((float)x),  0)                  \
    X(vcopy,        BITS,  0,                     i)                      \
    X(vnot,         BITS,  0,                     ~i)                     \
    X(vand,         BITS,  0,                     i & j)                  \
    X(vor,          BITS,  0,                     i | j)                  \
    X(vshl,         BITS,  0,                     i * (INT64_C(1) << whole)) \
    X(vshr,         BITS,  0,                     i >> whole)             \
    X(vsel,         BITS,  0,                     chosen ? i : j)         \
    X(vselr,        BITS,  0,                     chosen ? i : j)         \
    X(vsels,        BITS,  0,                     chosen ? i : whole)
/* clang-format on */

#define X(name, domain, number, bits)                                                          \
    static double name##_number(const struct lane *lane)                                       \
    {                                                                                          \
        double x = lane->x, y = lane->y, z = lane->z, s = lane->s;                             \
        (void)x, (void)y, (void)z, (void)s;                                                    \
        return number;                                                                         \
    }                                                                                          \
    static int64_t name##_bits(const struct lane *lane)                                        \
    {                                                                                          \
        int64_t i = lane->i, j = lane->j, whole = lane->whole;                                 \
        bool chosen = lane->chosen;                                                            \
        (void)i, (void)j, (void)whole, (void)chosen;                                           \
        return bits;                                                                           \
    }
EXPECTATIONS(X)
#undef X

static const struct expectation {
    enum kop_code code;
    enum domain domain;
    double (*number)(const struct lane *lane);
    int64_t (*bits)(const struct lane *lane);
} expectations[] = {
#define X(name, domain, number, bits) { KOP_##name, domain, name##_number, name##_bits },
    EXPECTATIONS(X)
#undef X
};

#define EXPECTATION_COUNT (sizeof expectations / sizeof *expectations)

/*
 * Where element i of an operand is, by the rule at the head of op.def: in *base
 * the byte where counting in elements begins, as the result is an index from it.
 */
static size_t place(const struct kop *op, unsigned operand, size_t i, size_t *base)
{
    struct vec_shape shape = kop_vec_shape(op);
    size_t bits = dtype_info[op->at[operand].dtype].bits, lanes = (size_t)shape.lanes;
    size_t repeat = i / lanes, lane = i % lanes, block_lanes = 256 / bits;

    *base = (size_t)op->at[operand].offset + repeat * (size_t)shape.rep_bytes[operand] +
            lane / block_lanes * (size_t)shape.blk[operand] * 32;
    return lane % block_lanes;
}

static double number_at(const struct kop *op, const uint8_t *ub, unsigned operand, size_t i)
{
    size_t base, index;
    if (!op->at[operand].present)
        return 0;
    index = place(op, operand, i, &base);
    return reference_get((enum dtype)op->at[operand].dtype, ub + base, index);
}

static int64_t bits_at(const struct kop *op, const uint8_t *ub, unsigned operand, size_t i)
{
    size_t base, index;
    if (!op->at[operand].present)
        return 0;
    index = place(op, operand, i, &base);
    return reference_get_bits((enum dtype)op->at[operand].dtype, ub + base, index);
}

/* The scalar as one of the elements it meets. */
static void set_scalar(const struct kop *op, struct lane *lane)
{
    const struct kaddr *source = &op->at[op->at[OPERAND_A].present ? OPERAND_A : OPERAND_DST];
    enum dtype type = (enum dtype)source->dtype;
    uint64_t needs = kop_info[op->code].needs;
    uint8_t element[8];

    if (dtype_info[type].class == DTC_FLOAT)
        reference_put(type, element, 0, op->scalar);
    else
        reference_put_bits(type, element, 0, (int64_t)op->scalar);
    lane->s = (needs >> ATTR_scale & 1) != 0 ? r(op->scale) : reference_get(type, element, 0);
    lane->whole =
        (needs >> ATTR_shift & 1) != 0 ? op->shift : reference_get_bits(type, element, 0);
}

static void expect(const struct kop *op, const struct expectation *expectation,
                   const uint8_t *before, uint8_t *after)
{
    enum dtype to = (enum dtype)op->at[OPERAND_DST].dtype;
    enum dtype from = op->at[OPERAND_A].present ? (enum dtype)op->at[OPERAND_A].dtype : to;
    bool real = expectation->domain == REAL ||
                (expectation->domain == TYPED && dtype_info[from].class == DTC_FLOAT);
    size_t mask = op->code == KOP_vsels ? AT_B : AT_C;
    struct lane lane;

    set_scalar(op, &lane);
    for (size_t i = 0; i < (size_t)op->count; i++) {
        size_t base, index = place(op, OPERAND_DST, i, &base);
        size_t of_repeat = i % (size_t)kop_vec_shape(op).lanes;
        if (((uint64_t)(of_repeat < 64 ? op->mask0 : op->mask1) >> of_repeat % 64 & 1) == 0)
            continue;
        lane.x = number_at(op, before, OPERAND_A, i);
        lane.y = number_at(op, before, OPERAND_B, i);
        lane.z = number_at(op, before, OPERAND_DST, i);
        lane.i = bits_at(op, before, OPERAND_A, i);
        lane.j = bits_at(op, before, OPERAND_B, i);
        size_t bit = op->code == KOP_vselr ? of_repeat : i;
        lane.chosen = (before[mask + bit / 8] >> bit % 8 & 1) != 0;
        if (real)
            reference_put(to, after + base, index, expectation->number(&lane));
        else if (to != from) /* saturates */
            reference_put(to, after + base, index, (double)expectation->bits(&lane));
        else
            reference_put_bits(to, after + base, index, expectation->bits(&lane));
    }
}

static void check(struct rig *rig, const struct kop *op, const struct expectation *expectation)
{
    static uint8_t before[RIG_CAPACITY], after[RIG_CAPACITY];
    uint8_t *ub = rig_memory(rig, SPACE_UB);

    memcpy(before, ub, RIG_CAPACITY);
    memcpy(after, ub, RIG_CAPACITY);
    expect(op, expectation, before, after);
    rig_run(rig, op);
    if (memcmp(ub, after, RIG_CAPACITY) != 0)
        fail_msg("%s %s <- %s, count %d, mask %d, dst_rep %d", kop_info[op->code].name,
                 dtype_info[op->at[OPERAND_DST].dtype].name,
                 dtype_info[op->at[OPERAND_A].dtype].name, (int)op->count, (int)op->mask,
                 (int)op->dst_rep);
}

/* Strides: what a form does not set is packed. */
static const struct form {
    int64_t mask, dst_blk, dst_rep, a_blk, a_rep, b_blk, b_rep;
    uint64_t off[2]; /* lanes that are not written */
} forms[] = {
    { 0, -1, -1, -1, -1, -1, -1, { 0 } },
    { 5, -1, -1, -1, -1, -1, -1, { 0 } },  /* a few lanes of each repeat */
    { 33, -1, -1, -1, -1, -1, -1, { 0 } }, /* not a whole number of blocks */
    { 0, -1, -1, 1, 0, -1, -1, { 0 } },    /* a is one repeat, used again */
    { 0, -1, -1, -1, -1, 0, 0, { 0 } },    /* b is one block, used again */
    { 0, 2, 17, 3, 24, 1, 9, { 0 } },      /* gaps everywhere */
    { 7, 4, 8, 1, 2, 2, 3, { 0 } },
    { 0, -1, -1, -1, -1, -1, -1, { 0xfedcba9876543210, 0x8000000000000001 } },
    { 33, 2, 17, 3, 24, 1, 9, { 0x0f0f0f0f0f0f0f0f } },
    { 0, 8, 1, 1, 8, 8, 1, { 0 } }, /* repeats interleaved; blocks of a repeat far apart */
};

static void set_form(struct kop *op, const struct form *form)
{
    op->mask = form->mask;
    op->dst_blk = form->dst_blk;
    op->dst_rep = form->dst_rep;
    op->a_blk = form->a_blk;
    op->a_rep = form->a_rep;
    op->b_blk = form->b_blk;
    op->b_rep = form->b_rep;
    op->mask0 = (int64_t)~form->off[0];
    op->mask1 = (int64_t)~form->off[1];
}

static void fill_operand(struct rig *rig, const struct kaddr *at, uint64_t *seed)
{
    enum dtype type = (enum dtype)at->dtype;
    if (at->present)
        reference_fill(type, rig_memory(rig, SPACE_UB) + at->offset,
                       20480 * 8 / dtype_info[type].bits, seed);
}

/* The forms in turn, each with a few counts. */
static void check_forms(struct rig *rig, struct kop op, const struct expectation *expectation,
                        uint64_t *seed)
{
    static const int64_t counts[] = { 0, 1, 7, 64, 129, 300 };

    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        for (unsigned i = 0; i < VEC_OPERANDS; i++)
            fill_operand(rig, &op.at[i], seed);
        reference_fill(DT_u8, rig_memory(rig, SPACE_UB) + AT_C, 256, seed);
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            set_form(&op, &forms[f]);
            op.count = counts[c];
            /* Interleaving is for as many repeats as there are blocks between blocks. */
            if (forms[f].dst_blk == 8 && kop_vec_shape(&op).repeats > 8)
                continue;
            check(rig, &op, expectation);
        }
    }
}

/* Call `check_types` for all types that the operation accepts. */
static size_t for_accepted_types(struct rig *rig, const struct expectation *expectation,
                                 void (*check_types)(struct rig *, struct kop,
                                                     const struct expectation *, uint64_t *))
{
    static const int64_t offsets[KOP_OPERANDS] = { AT_DST, AT_A, AT_B, AT_C };
    const struct kop_info *info = &kop_info[expectation->code];
    size_t accepted = 0;
    uint64_t seed = (uint64_t)expectation->code;

    for (int number = 0; number < DT_COUNT * DT_COUNT * DT_COUNT; number++) {
        int types[KOP_OPERANDS] = { number / DT_COUNT / DT_COUNT, number / DT_COUNT % DT_COUNT,
                                    number % DT_COUNT, DT_u8 };
        struct kop op = rig_op(expectation->code);
        bool again = false; /* an absent operand has all types: once is enough */
        for (unsigned i = 0; i < KOP_OPERANDS; i++) {
            if (info->spaces[i] != 0) {
                op.at[i] = rig_operand(SPACE_UB, (enum dtype)types[i], offsets[i]);
                continue;
            }
            again = again || (i < OPERAND_C && types[i] != 0);
            types[i] = -1;
        }
        if (again || type_rule_check(info->types, types) != NULL)
            continue;
        op.scalar = -3.3;
        op.scale = 0.37;
        op.shift = 3;
        check_types(rig, op, expectation, &seed);
        accepted++;
    }
    return accepted;
}

static void every_operation_does_every_type_in_every_form(void **state)
{
    for (size_t e = 0; e < EXPECTATION_COUNT; e++)
        assert_int_not_equal(for_accepted_types(*state, &expectations[e], check_forms), 0);
}

static void every_row_of_lane_def_is_expected_here(void **state)
{
    (void)state;
    static const enum kop_code rows[] = {
#define LANE(name, ...) KOP_##name,
#include "kernels/ir/lane.def"
#undef LANE
    };
    assert_int_equal(sizeof rows / sizeof *rows, EXPECTATION_COUNT);
    for (size_t i = 0; i < EXPECTATION_COUNT; i++) {
        size_t e = 0;
        while (e < EXPECTATION_COUNT && expectations[e].code != rows[i])
            e++;
        assert_true(e < EXPECTATION_COUNT);
    }
}

/* dst on top of a, just behind it, and just before it. */
static void check_overlaps(struct rig *rig, struct kop op,
                           const struct expectation *expectation, uint64_t *seed)
{
    static const int64_t offsets[] = { AT_A, AT_A + 32, AT_A - 32, AT_A + 256 };

    for (size_t o = 0; o < sizeof offsets / sizeof *offsets; o++) {
        for (size_t f = 0; f < 4; f++) {
            set_form(&op, &forms[f]);
            op.count = 500;
            op.at[OPERAND_DST].offset = AT_DST;
            for (unsigned i = 0; i < VEC_OPERANDS; i++)
                fill_operand(rig, &op.at[i], seed);
            op.at[OPERAND_DST].offset = offsets[o];
            check(rig, &op, expectation);
        }
    }
}

static void sources_are_read_before_dst_is_written(void **state)
{
    for (size_t e = 0; e < EXPECTATION_COUNT; e++) {
        if (kop_info[expectations[e].code].spaces[OPERAND_A] != 0)
            for_accepted_types(*state, &expectations[e], check_overlaps);
    }
}

static void scalars_are_wrapped_into_the_type_of_the_source(void **state)
{
    struct rig *rig = *state;
    struct kop op = rig_op(KOP_vdup);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_u16, 0);
    op.count = 3;
    op.scalar = -1;
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_u16, rig_memory(rig, SPACE_UB), 2), 0xffff);
    assert_int_equal(reference_get_bits(DT_u16, rig_memory(rig, SPACE_UB), 3), 0);

    op.at[OPERAND_DST].dtype = DT_i32;
    op.scalar = 4294967295.0;
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_i32, rig_memory(rig, SPACE_UB), 2), -1);
    op.scalar = NAN;
    rig_run(rig, &op);
    assert_int_equal(reference_get_bits(DT_i32, rig_memory(rig, SPACE_UB), 2), 0);
}

/* (1 + 2^-10)^2 - (1 + 2^-9) is 2^-20, which a product in f16 would lose. */
static void f16_product_is_not_rounded_before_the_sum(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    struct kop op = rig_op(KOP_vaxpy);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_f16, 0);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_f16, 32);
    op.count = 1;
    op.scalar = 1 + 0x1p-10;
    reference_put(DT_f16, ub, 0, -1 - 0x1p-9);
    reference_put(DT_f16, ub + 32, 0, 1 + 0x1p-10);
    rig_run(rig, &op);
    assert_true(reference_get(DT_f16, ub, 0) == 0x1p-20);
}

/* Of terms that an f32 does not hold; one that wraps to -2^31, one below zero, one beyond f16.
 */
static void sums_are_whole_before_they_are_scaled(void **state)
{
    struct rig *rig = *state;
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    static const int32_t a[] = { (1 << 24) + 1, INT32_MAX, 5, 400000, 3 };
    static const int32_t b[] = { 2 - (1 << 24), 1, -7, 400000, 4 };
    static const double expected[] = { 1.5, 0, 0, INFINITY, 3.5 };
    struct kop op = rig_op(KOP_vadddeqrelu);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, DT_f16, AT_DST);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, DT_i32, AT_A);
    op.at[OPERAND_B] = rig_operand(SPACE_UB, DT_i32, AT_B);
    op.count = 129; /* two repeats of 64 and a lane */
    op.scale = 0.5;
    op.dst_rep = 5;
    for (size_t i = 0; i < 129; i++) {
        reference_put_bits(DT_i32, ub + AT_A, i, a[i % 5]);
        reference_put_bits(DT_i32, ub + AT_B, i, b[i % 5]);
    }
    memset(ub + AT_DST, 0xa5, 512);
    rig_run(rig, &op);
    for (size_t i = 0; i < 129; i++)
        assert_true(reference_get(DT_f16, ub, i / 64 * 80 + i % 64) == expected[i % 5]);
    assert_int_equal(reference_get_bits(DT_u16, ub, 64), 0xa5a5);
    assert_int_equal(reference_get_bits(DT_u16, ub, 161), 0xa5a5);

    op.mask0 = 2;
    op.scale = 0.25;
    rig_run(rig, &op);
    assert_true(reference_get(DT_f16, ub, 0) == 1.5);
    op.mask0 = 16;
    rig_run(rig, &op);
    assert_true(reference_get(DT_f16, ub, 4) == 1.75);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_operation_does_every_type_in_every_form),
        TEST(every_row_of_lane_def_is_expected_here),
        TEST(sources_are_read_before_dst_is_written),
        TEST(scalars_are_wrapped_into_the_type_of_the_source),
        TEST(f16_product_is_not_rounded_before_the_sum),
        TEST(sums_are_whole_before_they_are_scaled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
