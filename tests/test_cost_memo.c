/* Costs are remembered for each instruction and the registers that matter to it. */
#include "models/cost_memo.h"

#include "kernels/ir/walk.h"
#include "sim/mem.h"
#include "tests/nk_text.h"
#include "tests/npu_rig.h"

#define STEPS 1000000

static void an_operation_is_known_only_with_all_of_its_numbers(void **state)
{
    (void)state;
    struct cost_memo *memo = mem_new(sizeof *memo);
    struct op_key key = { .instr = 7, .program = 1, .regs = { 10, 20, 30, 40 } };
    struct cost cost = { 0 };
    cost_memo_keep(memo, &key, (struct cost){ .occupancy = 3, .latency = 4, .conflict = 5 });
    assert_true(cost_memo_find(memo, &key, &cost));
    assert_int_equal(cost.occupancy, 3);
    assert_int_equal(cost.latency, 4);
    assert_int_equal(cost.conflict, 5);

#define DIFFERS(field)                                                                         \
    do {                                                                                       \
        struct op_key other = key;                                                             \
        other.field++;                                                                         \
        assert_false(cost_memo_find(memo, &other, &cost));                                     \
    } while (0)
    DIFFERS(instr);
    DIFFERS(program);
    DIFFERS(regs[0]);
    DIFFERS(regs[1]);
    DIFFERS(regs[2]);
    DIFFERS(regs[3]);
#undef DIFFERS
    cost_memo_clear(memo);
    assert_false(cost_memo_find(memo, &key, &cost));
    mem_free(memo);
}

/* Every operation of a kernel, asked as the scalar unit asks. */
struct asked {
    unsigned ops, keyed, found;
};

static struct asked ask_all(const struct kernel *kernel, const struct params *params)
{
    struct cost_memo *memo = mem_new(sizeof *memo);
    struct asked asked = { 0 };
    struct diag diag = { 0 };
    struct outlines outlines;
    struct walk walk;

    outlines_init(&outlines, kernel);
    walk_init(&walk, &outlines, CORE_AIV, 0, 0, 1);
    while (walk_next(&walk, STEPS, &diag) == WALK_OP) {
        const struct kop *op = walk_op(&walk);
        struct cost expected = cost_of(params, op), found;
        struct op_key key;
        asked.ops++;
        if (!walk_key(&walk, &key))
            continue;
        asked.keyed++;
        if (cost_memo_find(memo, &key, &found)) {
            asked.found++;
            assert_int_equal(found.occupancy, expected.occupancy);
            assert_int_equal(found.latency, expected.latency);
            assert_int_equal(found.conflict, expected.conflict);
        }
        cost_memo_keep(memo, &key, expected);
    }
    outlines_free(&outlines);
    mem_free(memo);
    return asked;
}

static struct asked ask_text(const char *text)
{
    struct diag diag = { 0 };
    struct chip *chip = chip_load(NPUSIM_SOURCE_DIR "/configs", "tiny", &diag);
    struct kernel *kernel = parsed(text);
    struct asked asked = ask_all(kernel, &chip->params);
    kernel_free(kernel);
    chip_free(chip);
    return asked;
}

/* Lengths, places and strides that change from turn to turn, each of which changes the
 * cost: by its repeats, by the banks it meets, by its rows. */
static void a_remembered_cost_is_the_cost(void **state)
{
    (void)state;
    struct asked asked = ask_text("kernel k {\n"
                                  "  aiv {\n"
                                  "    tile a: ub f32[16384] @0\n"
                                  "    tile b: ub f32[16384] @65536\n"
                                  "    for %i = 0 to 40 {\n"
                                  "      %part = %i % 4\n"
                                  "      %bytes = %part * 64\n"
                                  "      %count = %part * 64 + 64\n"
                                  "      %rep = %part * 8 + 8\n"
                                  "      vadd a[%part * 16], a, b[%bytes] count=%count\n"
                                  "      vmul a, a, b count=%count a_rep=%rep b_rep=%part\n"
                                  "      vexp a, b count=256\n"
                                  "    }\n"
                                  "  }\n"
                                  "}\n");
    assert_int_equal(asked.ops, 120);
    assert_int_equal(asked.keyed, 120);
    assert_int_equal(asked.found, 3 * 40 - 4 - 4 - 1);
}

/* The scalar of elements changes nothing; that of each turn is another. */
static void the_scalar_of_a_vector_operation_is_no_part_of_it(void **state)
{
    (void)state;
    struct asked asked = ask_text("kernel k {\n"
                                  "  aiv {\n"
                                  "    tile a: ub i32[1024] @0\n"
                                  "    for %i = 0 to 10 {\n"
                                  "      vadds a, a scalar=%i count=64\n"
                                  "    }\n"
                                  "  }\n"
                                  "}\n");
    assert_int_equal(asked.keyed, 10);
    assert_int_equal(asked.found, 9);
}

/* What is wrong with a kernel that fails. */
static struct diag refusal_of(const char *nk)
{
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", "", nk);
    assert_false(npu_rig_run(&rig, 1, true));
    struct diag diag = rig.diag;
    npu_rig_free(&rig);
    return diag;
}

/* But that of a fixpipe, which must suit the type that it quantises to. */
static void the_scalar_of_a_fixpipe_is_looked_at_in_every_turn(void **state)
{
    (void)state;
    struct diag diag =
        refusal_of("kernel k {\n"
                   "  aic {\n"
                   "    tile c: l0c i32[4096] @0\n"
                   "    tile d: l1 i8[8192] @0\n"
                   "    %s = 5\n"
                   "    for %i = 0 to 2 {\n"
                   "      fixpipe d, c m=16 n=32 nz_rows=16 nz=1 scale=1 scalar=%s\n"
                   "      %s = 300\n"
                   "    }\n"
                   "  }\n"
                   "}\n");
    assert_int_equal(diag.line, 7);
}

static void what_reaches_global_memory_has_no_key(void **state)
{
    (void)state;
    struct asked asked = ask_text("kernel k {\n"
                                  "  tensor x: f32[1024] in\n"
                                  "  aiv {\n"
                                  "    tile a: ub f32[1024] @0\n"
                                  "    load_ub a, x bytes=4096\n"
                                  "  }\n"
                                  "}\n");
    assert_int_equal(asked.ops, 1);
    assert_int_equal(asked.keyed, 0);
}

/* Five registers are one too many; one used twice counts once. */
static void what_depends_on_many_registers_has_no_key(void **state)
{
    (void)state;
    struct asked asked = ask_text("kernel k {\n"
                                  "  aiv {\n"
                                  "    tile a: ub f32[4096] @0\n"
                                  "    tile b: ub f32[4096] @16384\n"
                                  "    %p = 8\n"
                                  "    %q = 16\n"
                                  "    %r = 24\n"
                                  "    %s = 64\n"
                                  "    %t = 1\n"
                                  "    vadd a[%p], a[%q], b[%r] count=%s a_blk=%t\n"
                                  "    vadd a[%p], a[%q], b[%p] count=%s a_blk=%t\n"
                                  "  }\n"
                                  "}\n");
    assert_int_equal(asked.ops, 2);
    assert_int_equal(asked.keyed, 1);
}

/* What is known is not checked again. Found by looking: when the strides of a copy were not
 * part of what is remembered, the third row of this one was written beyond UB. */
static void a_copy_that_leaves_its_tile_by_a_stride_is_found_in_every_turn(void **state)
{
    (void)state;
    struct diag diag = refusal_of("kernel strides {\n"
                                  "  aiv {\n"
                                  "    tile a: ub u8[1024] @0\n"
                                  "    tile b: ub u8[65536] @196608\n"
                                  "    %stride = 64\n"
                                  "    for %i = 0 to 2 {\n"
                                  "      copy_ub b, a bytes=64 rows=3 dst_stride=%stride\n"
                                  "      %stride = 40000\n"
                                  "    }\n"
                                  "  }\n"
                                  "}\n");
    assert_int_equal(diag.line, 7);
    assert_string_equal(diag.text,
                        "copy_ub: dst ends at byte 80064 of tile b, which has 65536");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_is_known_only_with_all_of_its_numbers),
        cmocka_unit_test(a_remembered_cost_is_the_cost),
        cmocka_unit_test(the_scalar_of_a_vector_operation_is_no_part_of_it),
        cmocka_unit_test(the_scalar_of_a_fixpipe_is_looked_at_in_every_turn),
        cmocka_unit_test(what_reaches_global_memory_has_no_key),
        cmocka_unit_test(what_depends_on_many_registers_has_no_key),
        cmocka_unit_test(a_copy_that_leaves_its_tile_by_a_stride_is_found_in_every_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
