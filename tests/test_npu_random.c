/*
 * Random kernels on the machine: whatever the verifier lets through runs to its
 * end or fails with a reason, and does the same again. Most are wrong in some
 * way; under the sanitizers this is where a crash would show.
 */
#include "kernels/ir/build.h"
#include "kernels/ir/types.h"
#include "kernels/ir/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/mem.h"
#include "tests/npu_rig.h"
#include "tests/random.h"

#define REGS 4
#define TENSOR_ELEMENTS 4096
#define TILE_ELEMENTS 1024

struct maker {
    struct build b;
    uint32_t spaces; /* set of enum space that the core has, and GM */
    struct kval regs[REGS];
    struct kref tensors[DT_COUNT], tiles[SPACE_COUNT][DT_COUNT];
    unsigned depth;
    uint64_t *seed;
};

static uint64_t below(struct maker *maker, uint64_t bound)
{
    return random_below(maker->seed, bound);
}

/* Mostly what makes sense for sizes, counts and offsets; now and then anything. */
static struct kval number(struct maker *maker)
{
    static const int64_t odd[] = { 1,         3,   7,    15,     17,        33,
                                   127,       255, 4095, 65536,  INT32_MAX, INT64_MAX,
                                   INT64_MIN, -1,  -32,  1 << 20 };
    switch (below(maker, 8)) {
    case 0:
        return maker->regs[below(maker, REGS)];
    case 1:
        return imm(odd[below(maker, sizeof odd / sizeof *odd)]);
    default:
        return imm((int64_t)below(maker, 8) * 16);
    }
}

static struct kref place(struct maker *maker, uint32_t spaces, enum dtype type)
{
    unsigned space;
    do
        space = (unsigned)below(maker, SPACE_COUNT);
    while ((spaces >> space & 1) == 0);

    struct kref ref = space == SPACE_GM ? maker->tensors[type] : maker->tiles[space][type];
    if (below(maker, 3) == 0)
        ref.offset = below(maker, 4) == 0 ? number(maker) : imm((int64_t)below(maker, 8) * 32);
    return ref;
}

/* Types that go together, so that most operations pass the verifier. */
static bool choose_types(struct maker *maker, const struct kop_info *info,
                         int types[KOP_OPERANDS])
{
    for (unsigned tries = 0; tries < 5000; tries++) {
        for (unsigned i = 0; i < KOP_OPERANDS; i++)
            types[i] = info->spaces[i] == 0 ? -1 : (int)below(maker, DT_COUNT);
        if (type_rule_check(info->types, types) == NULL)
            return true;
    }
    return false;
}

static struct kval word(struct maker *maker, enum attr_kind kind)
{
    if (kind != ATTR_PIPE)
        return imm((int64_t)below(maker, attr_words(kind).count));
    return imm((int64_t)below(maker, PIPE_COUNT + 1));
}

static struct kval attribute(struct maker *maker, enum kop_attr attr)
{
    enum attr_kind kind = attr_info[attr].kind;
    if (kind == ATTR_INT && attr == ATTR_id)
        return below(maker, 12) == 0 ? number(maker) : imm((int64_t)below(maker, 3));
    if (kind == ATTR_INT)
        return number(maker);
    return kind == ATTR_REAL ? real((double)below(maker, 9) - 4) : word(maker, kind);
}

static void add_op(struct maker *maker)
{
    enum kop_code code = (enum kop_code)below(maker, KOP_COUNT);
    const struct kop_info *info = &kop_info[code];
    struct emit_args args = { 0 };
    struct kref *at[] = { &args.dst, &args.a, &args.b, &args.c };
    int types[KOP_OPERANDS];

    if (!choose_types(maker, info, types))
        return;
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        if (types[i] < 0)
            continue;
        if ((info->spaces[i] & maker->spaces) == 0)
            return;
        *at[i] = place(maker, info->spaces[i] & maker->spaces, (enum dtype)types[i]);
    }
#define X(name, kind, standard)                                                                \
    if ((info->needs >> ATTR_##name & 1) != 0 ||                                               \
        ((info->takes >> ATTR_##name & 1) != 0 && below(maker, 3) == 0))                       \
        args.name = attribute(maker, ATTR_##name);
    KOP_ATTRS(X)
#undef X
    build_op(&maker->b, code, &args);
}

/* A flag that is set and waited for, so that not every kernel with flags is stuck. */
static void add_flag_pair(struct maker *maker)
{
    struct emit_args args = { .from = word(maker, ATTR_PIPE),
                              .to = word(maker, ATTR_PIPE),
                              .id = imm((int64_t)below(maker, KFLAG_IDS)) };
    build_op(&maker->b, KOP_set_flag, &args);
    build_op(&maker->b, KOP_wait_flag, &args);
}

static void add_code(struct maker *maker, unsigned left);

static void add_block(struct maker *maker)
{
    if (maker->depth == 3)
        return;
    maker->depth++;
    if (below(maker, 2) == 0) {
        build_for(&maker->b, "i", imm(0), imm((int64_t)below(maker, 6)), imm(1));
        add_code(maker, 3);
    } else {
        build_if(&maker->b, maker->regs[below(maker, REGS)]);
        add_code(maker, 3);
    }
    build_end(&maker->b);
    maker->depth--;
}

static void add_scalar(struct maker *maker)
{
    static const enum scalar_op ops[] = {
        SOP_add, SOP_sub, SOP_mul, SOP_div, SOP_mod, SOP_shl
    };
    struct kval value = build_scalar(&maker->b, ops[below(maker, 6)],
                                     maker->regs[below(maker, REGS)], number(maker));
    build_assign(&maker->b, maker->regs[below(maker, REGS)], value);
}

static void add_code(struct maker *maker, unsigned left)
{
    for (; left > 0; left--) {
        switch (below(maker, 10)) {
        case 0:
            add_block(maker);
            break;
        case 1:
            add_scalar(maker);
            break;
        case 2:
            add_flag_pair(maker);
            break;
        default:
            add_op(maker);
        }
    }
}

static void add_program(struct kernel *kernel, enum core_kind kind, uint64_t *seed,
                        const struct kref tensors[DT_COUNT])
{
    uint32_t ub = 1u << SPACE_UB, all = (1u << SPACE_COUNT) - 1;
    uint32_t vector = ub | 1u << SPACE_SPR;
    uint32_t spaces = kind == CORE_AIV ? vector | 1u << SPACE_GM : all & ~vector;
    struct maker maker = { .b = build_begin(kernel, kind), .spaces = spaces, .seed = seed };
    memcpy(maker.tensors, tensors, sizeof maker.tensors);

    for (unsigned space = SPACE_L1; space < SPACE_COUNT; space++) {
        if ((spaces >> space & 1) == 0)
            continue;
        for (unsigned type = 0; type < DT_COUNT; type++) {
            char name[KNAME_MAX];
            snprintf(name, sizeof name, "%s_%s", space_names[space], dtype_info[type].name);
            bool small = space == SPACE_BT || space == SPACE_FB || space == SPACE_SPR;
            uint64_t elements = space == SPACE_SPR ? 1 : small ? 16 : TILE_ELEMENTS;
            maker.tiles[space][type] =
                build_tile(&maker.b, name, (enum space)space, (enum dtype)type, elements,
                           random_below(seed, 3) * 512 * !small);
        }
    }
    for (unsigned i = 0; i < REGS; i++)
        maker.regs[i] = imm((int64_t)i); /* until it is a register */
    for (unsigned i = 0; i < REGS; i++)
        maker.regs[i] = build_var(&maker.b, "r", number(&maker));
    add_code(&maker, 1 + (unsigned)random_below(seed, 10));
}

static struct kernel *random_kernel(uint64_t *seed)
{
    struct kernel *kernel = kernel_new("random");
    struct kref tensors[DT_COUNT];

    for (unsigned type = 0; type < DT_COUNT; type++) {
        tensors[type] = build_tensor(kernel, dtype_info[type].name, (enum dtype)type,
                                     TENSOR_INOUT, TENSOR_ELEMENTS, 0);
        kernel->tensors[type].control = random_below(seed, 2) == 0;
    }
    uint64_t kinds = 1 + random_below(seed, 3);
    if ((kinds & 1) != 0)
        add_program(kernel, CORE_AIC, seed, tensors);
    if ((kinds & 2) != 0)
        add_program(kernel, CORE_AIV, seed, tensors);
    return kernel;
}

/* --- running them --- */

static void assert_adds_up(const struct run *run)
{
    assert_int_equal(bound_total(&run->bound), run->time);
    for (unsigned kind = 0; kind < CORE_KINDS; kind++) {
        for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
            sim_time sum = 0;
            for (unsigned state = 0; state < PIPE_STATE_COUNT; state++)
                sum += run->pipes[kind][pipe][state];
            bool has = core_has_pipe((enum core_kind)kind, false, (enum pipe_id)pipe);
            assert_int_equal(sum, has ? run->cores[kind] * run->core_time : 0);
        }
    }
}

/* Everything anew, so that nothing of one run is left for the next. */
static bool run_number(uint64_t number, struct run *run, struct diag *diag, bool *verified)
{
    uint64_t seed = number;
    struct kernel *kernel = random_kernel(&seed);
    struct chip *chip = chip_load(NPUSIM_SOURCE_DIR "/configs", "tiny", diag);
    struct target target;
    assert_non_null(chip);
    chip_target(chip, &target);
    *diag = (struct diag){ 0 };
    *verified = kernel_verify(kernel, &target, diag);
    chip_free(chip);
    if (!*verified) {
        kernel_free(kernel);
        return false;
    }

    struct npu_rig rig;
    npu_rig_init_kernel(&rig, "tiny", "", kernel);
    rig.npu->step_limit = 3000;
    for (size_t i = 0; i < rig.kernel->tensor_count; i++) {
        for (uint64_t at = 0; at < npu_rig_bytes(&rig, rig.kernel->tensors[i].name); at++)
            rig.tensors[i][at] = (uint8_t)random_next(&seed);
    }
    unsigned blocks = 1 + (unsigned)random_below(&seed, 6);
    bool ran = npu_rig_run(&rig, blocks, random_below(&seed, 3) != 0);
    *run = rig.run;
    *diag = rig.diag;
    npu_rig_free(&rig);
    return ran;
}

static void any_kernel_ends_or_fails_with_a_reason_and_does_so_again(void **state)
{
    (void)state;
    unsigned verified = 0, ran = 0;

    for (uint64_t number = 0; number < 500; number++) {
        struct run run, again;
        struct diag diag, same;
        bool good, also_good;
        bool ends = run_number(number, &run, &diag, &good);
        if (!good)
            continue;
        verified++;
        assert_int_equal(run_number(number, &again, &same, &also_good), ends);
        if (ends) {
            ran++;
            assert_adds_up(&run);
            assert_true(npu_rig_same_run(&run, &again));
        } else {
            assert_true(diag.text[0] != '\0');
            assert_string_equal(diag.text, same.text);
        }
    }
    assert_true(verified > 150); /* they are not all nonsense */
    assert_true(ran > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_kernel_ends_or_fails_with_a_reason_and_does_so_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
