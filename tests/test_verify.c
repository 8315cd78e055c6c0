/* The verifier catches each thing that it promises to, and says where. */
#include "kernels/ir/build.h"
#include "kernels/ir/verify.h"
#include "sim/mem.h"
#include "tests/nk_text.h"

#include <stdio.h>

/* The error as one string, "" when there is none; the same buffer each time. */
static const char *verified(const struct kernel *kernel, const struct target *target)
{
    static char found[sizeof((struct diag *)0)->text + 64];
    struct diag diag = { 0 };
    bool right = kernel_verify(kernel, target, &diag);

    assert_true(right == (diag.text[0] == '\0'));
    snprintf(found, sizeof found, "%u:%u: %s", diag.line, diag.column, diag.text);
    return right ? "" : found;
}

/* For a chip with room for everything. */
static void assert_verified(const char *source, const char *expected)
{
    struct target target = { .aic = 1, .aiv = 2 };
    struct kernel *kernel = parsed(source);

    for (int space = 0; space < SPACE_COUNT; space++)
        target.capacity[space] = UINT64_MAX;
    assert_string_equal(verified(kernel, &target), expected);
    kernel_free(kernel);
}

/* A vector program of one statement, which stands in line 12. */
static void assert_vector(const char *statement, const char *expected)
{
    struct text text;
    text_init(&text);
    text_addf(&text,
              "kernel k {\n"
              "param n = 64\n"
              "tensor x: f16[n] in\n"
              "aiv {\n"
              "tile h: ub f16[64]\n"
              "tile h2: ub f16[64]\n"
              "tile f: ub f32[64]\n"
              "tile i: ub i16[64]\n"
              "tile u: ub u8[64]\n"
              "%%r = 1\n"
              "\n"
              "  %s\n"
              "}\n"
              "}\n",
              statement);
    assert_verified(text.at, expected);
    text_free(&text);
}

/* The same for a cube program. */
static void assert_cube(const char *statement, const char *expected)
{
    struct text text;
    text_init(&text);
    text_addf(&text,
              "kernel k {\n"
              "tensor x: f16[64] in\n"
              "aic {\n"
              "tile l1: l1 f16[1024]\n"
              "tile l0a: l0a f16[1024]\n"
              "tile l0b: l0b f16[1024]\n"
              "tile l0b8: l0b i8[1024]\n"
              "tile l0c: l0c f32[1024]\n"
              "%%r = 1\n"
              "\n"
              "\n"
              "  %s\n"
              "}\n"
              "}\n",
              statement);
    assert_verified(text.at, expected);
    text_free(&text);
}

static void what_is_right_passes(void **state)
{
    (void)state;
    assert_vector("vadd h, h2[32], h count=%r mask=%r+1", "");
    assert_vector("load_ub h[64], x[7] bytes=3", "");
    assert_vector("%s = read f[4]", "");
    assert_vector("%s = read x", "");
    assert_vector("vcmpv u, h, h2 count=64 cmp=lt", "");
    assert_vector("barrier pipe=all", "");
    assert_vector("cross_set pipe=mte3 id=10 scope=all", "");
    assert_cube("mmad l0c, l0a, l0b m=16 k=16 n=16", "");
    assert_cube("set_flag from=m to=fix id=7", "");
    assert_cube("sync_all", "");
}

static void operand_in_a_space_the_row_does_not_allow(void **state)
{
    (void)state;
    assert_vector("load_ub x, h bytes=32", "12:3: load_ub: operand dst is in gm; expected ub");
    assert_vector("vabs h, x count=1", "12:3: vabs: operand a is in gm; expected ub");
    assert_cube("fixpipe l0a, l0c m=1 n=1 nz_rows=1",
                "12:3: fixpipe: operand dst is in l0a; expected gm or l1");
    assert_cube("mmad l0c, l1, l0b m=1 k=1 n=1",
                "12:3: mmad: operand a is in l1; expected l0a");
    assert_cube("%s = read l1", "12:3: read: what it reads is in l1; expected gm or ub or spr");
    assert_vector("%s = read f[4] else f",
                  "12:3: read: what it reads without data is in ub; expected gm");
    assert_vector("%s = read f[4] else x",
                  "12:3: read: what it reads without data is x; expected a control tensor");
}

static void operation_on_a_core_without_its_pipe(void **state)
{
    (void)state;
    assert_cube("barrier pipe=mte3",
                "12:3: barrier: an aic core has no pipe mte3; a coupled one has");
    assert_cube("set_flag from=mte2 to=v id=0",
                "12:3: set_flag: an aic core has no pipe v; a coupled one has");
    assert_vector("wait_flag from=m to=v id=0", "12:3: wait_flag: an aiv core has no pipe m");
    assert_vector("cross_wait pipe=fix id=0", "12:3: cross_wait: an aiv core has no pipe fix");
    assert_vector("cross_wait pipe=all id=0", "12:3: cross_wait: an aiv core has no pipe all");
}

static void tile_in_a_space_the_core_does_not_have(void **state)
{
    (void)state;
    assert_verified("kernel k {\naiv {\ntile a: l0a f16[1]\n}\n}",
                    "0:0: kernel k: tile 'a' is in l0a, which an aiv core does not have");
    assert_verified("kernel k {\naic {\ntile a: spr u64[1]\n}\n}",
                    "0:0: kernel k: tile 'a' is in spr, which an aic core does not have");
}

/* L1 of the cube core beside it is for ub_to_l1 alone, and UB the other way round. */
static void tile_of_another_core_in_an_operation_of_ones_own(void **state)
{
    (void)state;
    assert_verified("kernel k {\ntensor x: f16[64] in\naiv {\ntile a: l1 f16[64]\n"
                    "load_l1 a, x bytes=128\n}\n}",
                    "5:1: load_l1: operand dst is in l1, which an aiv core does not have");
    assert_verified(
        "kernel k {\naic {\ntile a: ub f16[64]\nput a value=1\n}\n}",
        "4:1: put: operand dst is in ub, which an aic core does not have; a coupled one has");
    assert_verified("kernel k {\naic {\ntile a: ub f16[64]\n%x = read a\n}\n}",
                    "4:1: read: what it reads is in ub, which an aic core does not have; a "
                    "coupled one has");
    assert_verified("kernel k {\naiv {\ntile a: l1 f16[64]\ntile b: ub f16[64]\n"
                    "ub_to_l1 a, b bytes=128\n}\n}",
                    "");
}

static void element_types_that_do_not_go_together(void **state)
{
    (void)state;
    assert_vector("vadd h, h, f count=1", "12:3: vadd: found types f16, f16, f32; "
                                          "expected all operands f16, f32, i16 or i32");
    assert_vector("load_ub f, x bytes=32",
                  "12:3: load_ub: found types f32, f16; expected dst and a of the same type");
    assert_cube("mmad l0c, l0a, l0b8 m=1 k=1 n=1",
                "12:3: mmad: found types f32, f16, i8; expected f32 from two f16, bf16 or f32, "
                "or i32 from two i8 or i4");
}

static void attribute_that_is_needed_and_missing(void **state)
{
    (void)state;
    assert_vector("vabs h, h", "12:3: vabs: 'count' is missing");
    assert_vector("vadds h, h count=1", "12:3: vadds: 'scalar' is missing");
    assert_vector("set_flag from=v to=mte2", "12:3: set_flag: 'id' is missing");
}

static void offset_outside_its_tile(void **state)
{
    (void)state;
    assert_vector("vabs h[128], h count=1",
                  "12:3: vabs: operand dst is at offset 128, outside 'h' of 128 bytes");
    assert_vector("vabs h, h[-32] count=1",
                  "12:3: vabs: operand a is at offset -32, outside 'h' of 128 bytes");
    assert_vector("%s = read u[64]",
                  "12:3: read: what it reads is at offset 64, outside 'u' of 64 bytes");
    assert_vector("load_ub h, x[-2] bytes=32",
                  "12:3: load_ub: operand a is at offset -2, before 'x'");
}

static void offset_in_ub_that_is_not_aligned(void **state)
{
    (void)state;
    assert_vector("vabs h, h[16] count=1",
                  "12:3: vabs: operand a is at offset 16; expected a multiple of 32");
    assert_vector("load_ub h[2], x bytes=32",
                  "12:3: load_ub: operand dst is at offset 2; expected a multiple of 32");
}

static void flag_without_direction_or_with_a_wrong_number(void **state)
{
    (void)state;
    assert_vector("set_flag from=v to=v id=0", "12:3: set_flag: from and to are both v");
    assert_vector("set_flag from=v to=mte2 id=8", "12:3: set_flag: id is 8; expected 0..7");
    assert_vector("wait_flag from=v to=mte2 id=-1", "12:3: wait_flag: id is -1; expected 0..7");
    assert_vector("cross_wait pipe=v id=11", "12:3: cross_wait: id is 11; expected 0..10");
}

static void step_that_gets_nowhere(void **state)
{
    (void)state;
    assert_vector("for %i = 0 to 4 step 0 { }",
                  "12:3: for: the step is 0; expected a positive one");
    assert_vector("for %i = 4 to 0 step -1 { }",
                  "12:3: for: the step is -1; expected a positive one");
}

static void tile_that_is_not_aligned(void **state)
{
    (void)state;
    const struct {
        const char *core, *space;
        unsigned good, bad;
    } tiles[] = {
        { "aiv", "ub", 32, 16 },    { "aic", "l1", 32, 16 },   { "aic", "bt", 32, 16 },
        { "aic", "l0a", 512, 256 }, { "aic", "l0b", 512, 32 }, { "aic", "l0c", 64, 32 },
        { "aic", "fb", 64, 32 },
    };
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        char source[128], expected[128];
        snprintf(source, sizeof source, "kernel k {\n%s {\ntile a: %s f16[1] @%u\n}\n}",
                 tiles[i].core, tiles[i].space, tiles[i].good);
        assert_verified(source, "");
        snprintf(source, sizeof source, "kernel k {\n%s {\ntile a: %s f16[1] @%u\n}\n}",
                 tiles[i].core, tiles[i].space, tiles[i].bad);
        snprintf(expected, sizeof expected,
                 "0:0: kernel k: tile 'a' is at address %u; expected a multiple of %u",
                 tiles[i].bad, tiles[i].good);
        assert_verified(source, expected);
    }
}

static void tile_beyond_the_capacity_of_the_target(void **state)
{
    (void)state;
    struct target target = { .capacity = { [SPACE_UB] = 4096 } };
    struct kernel *fits = parsed("kernel k { aiv {\ntile a: ub f16[1024] @2048\n} }");
    struct kernel *large = parsed("kernel k { aiv {\ntile a: ub f16[1025] @2048\n} }");

    assert_string_equal(verified(fits, &target), "");
    assert_string_equal(verified(large, &target), "0:0: kernel k: tile 'a' ends at 4098, "
                                                  "beyond the 4096 bytes of ub");
    assert_string_equal(verified(large, NULL), "");
    kernel_free(fits);
    kernel_free(large);
}

static void tensor_without_a_size(void **state)
{
    (void)state;
    assert_verified("kernel k {\nparam n = 0\ntensor x: f16[4][n] in\naiv { }\n}",
                    "0:0: kernel k: tensor 'x' has a dimension that is not positive, "
                    "or more than 2^40 bytes");
    assert_verified("kernel k {\ntensor x: f16[2][549755813888] in\naiv { }\n}",
                    "0:0: kernel k: tensor 'x' has a dimension that is not positive, "
                    "or more than 2^40 bytes");
    assert_verified("kernel k {\ntensor x: f16[549755813888] in\naiv { }\n}", "");
}

static void kernel_without_a_program(void **state)
{
    (void)state;
    assert_verified("kernel k { }", "0:0: kernel k: 0 programs; expected 1..2");
}

/* --- what no text can say: mistakes of kernels built in C --- */

/* A kernel that passes: instruction 0 is `%r = 1`, then for, vadds, end, if, else, end. */
static struct kernel *built(void)
{
    struct kernel *kernel = kernel_new("built");
    build_tensor(kernel, "x", DT_f16, TENSOR_IN, 64, 0);
    struct build b = build_begin(kernel, CORE_AIV);
    struct kref tile = build_tile(&b, "t", SPACE_UB, DT_f16, 64, 0);
    struct kval r = build_var(&b, "r", imm(1));
    build_for(&b, "i", imm(0), imm(4), imm(1));
    emit(&b, vadds, .dst = tile, .a = tile, .count = r, .scalar = real(1));
    build_end(&b);
    build_if(&b, r);
    build_else(&b);
    build_end(&b);
    return kernel;
}

enum { AT_SET, AT_FOR, AT_VADDS, AT_END_FOR, AT_IF, AT_ELSE, AT_END_IF };

#define PROGRAM(kernel) (&(kernel)->programs[CORE_AIV])

/* The built kernel with one thing changed is refused; `change` sees it as `k`, the
 * program as `p` and the instruction as `in`. */
#define ASSERT_BUILT(at, change, expected)                                                     \
    do {                                                                                       \
        struct kernel *k = built();                                                            \
        struct kprogram *p = PROGRAM(k);                                                       \
        struct kinstr *in = &p->code[at];                                                      \
        (void)in;                                                                              \
        assert_string_equal(verified(k, NULL), "");                                            \
        change;                                                                                \
        assert_string_equal(verified(k, NULL), "0:0: kernel built" expected);                  \
        kernel_free(k);                                                                        \
    } while (0)

static void built_kernel_with_a_wrong_instruction(void **state)
{
    (void)state;
    ASSERT_BUILT(AT_VADDS, in->code = KOP_COUNT,
                 ", aiv program, instruction 2: operation: there is no such operation");
    ASSERT_BUILT(AT_VADDS, in->at[OPERAND_A].kind = REF_NONE,
                 ", aiv program, instruction 2: vadds: operand a is missing");
    ASSERT_BUILT(AT_VADDS, in->at[OPERAND_B] = in->at[OPERAND_A],
                 ", aiv program, instruction 2: vadds: there is no operand b");
    ASSERT_BUILT(AT_VADDS, in->at[OPERAND_A].index = 1,
                 ", aiv program, instruction 2: vadds: operand a is no tile of the program");
    ASSERT_BUILT(
        AT_VADDS, in->attr[ATTR_bytes] = imm(1),
        ", aiv program, instruction 2: vadds: 'bytes' is given, which it does not take");
    ASSERT_BUILT(AT_VADDS, in->code = KOP_vconv; in->attr[ATTR_scalar].given = false;
                 in->attr[ATTR_round] = imm(ROUND_COUNT),
                 ", aiv program, instruction 2: vconv: 'round' is no word known for it");
    ASSERT_BUILT(AT_VADDS, in->code = KOP_vconv; in->attr[ATTR_scalar].given = false;
                 in->attr[ATTR_round] = reg_of(0),
                 ", aiv program, instruction 2: vconv: 'round' is no word known for it");
    ASSERT_BUILT(AT_VADDS, in->attr[ATTR_scalar] = imm(0x7ff8000000000001),
                 ", aiv program, instruction 2: vadds: 'scalar' is a NaN with a payload");
    ASSERT_BUILT(AT_VADDS, in->attr[ATTR_scalar] = reg_of(0);
                 in->attr[ATTR_scalar].imm = 1,
                 ", aiv program, instruction 2: vadds: scalar is a sum; "
                 "expected a register or an immediate");
    ASSERT_BUILT(AT_SET, in->code = SOP_COUNT,
                 ", aiv program, instruction 0: assignment: "
                 "there is no such scalar operation");
    ASSERT_BUILT(AT_SET, in->b.imm = 1,
                 ", aiv program, instruction 0: assignment: it takes one operand");
    ASSERT_BUILT(AT_IF, in->a.imm = 1,
                 ", aiv program, instruction 4: if: the condition is a "
                 "sum; expected a register or an immediate");
    ASSERT_BUILT(AT_FOR, in->b.given = false,
                 ", aiv program, instruction 1: for: the end is missing");
}

static void built_kernel_with_a_wrong_register(void **state)
{
    (void)state;
    ASSERT_BUILT(AT_VADDS, in->attr[ATTR_count] = reg_of(9),
                 ", aiv program, instruction 2: vadds: count is no register of the program");
    ASSERT_BUILT(AT_SET, in->a = reg_of(3),
                 ", aiv program, instruction 0: assignment: its "
                 "first operand is %r, which nothing assigned before");
    ASSERT_BUILT(AT_FOR, in->a = reg_of(4),
                 ", aiv program, instruction 1: for: the start is "
                 "%i, which nothing assigned before");
    ASSERT_BUILT(AT_SET, in->reg = REG_BLOCK_ID,
                 ", aiv program, instruction 0: assignment: "
                 "%block_id is assigned; a program only reads it");
    ASSERT_BUILT(AT_SET, in->reg = 99,
                 ", aiv program, instruction 0: assignment: it assigns "
                 "no register of the program");
    ASSERT_BUILT(0, p->regs[3][0] = 'R', ": register 'R' has a name that no text can spell");
    ASSERT_BUILT(0, p->regs[3][0] = 'i', ": register 'i' has the name of another");
    ASSERT_BUILT(0, p->regs[0][0] = 'c',
                 ": register 'clock_id' stands where a special register "
                 "or a parameter belongs");
    ASSERT_BUILT(0, p->reg_count = 2, ": 2 registers; expected 3..256");
}

static void built_kernel_with_a_wrong_structure(void **state)
{
    (void)state;
    ASSERT_BUILT(AT_END_FOR, in->match = AT_SET,
                 ", aiv program, instruction 3: end: it and the "
                 "start of its block do not match");
    ASSERT_BUILT(AT_FOR, in->match = AT_VADDS,
                 ", aiv program, instruction 3: end: it and the "
                 "start of its block do not match");
    ASSERT_BUILT(AT_END_IF, in->match = AT_IF,
                 ", aiv program, instruction 6: end: it and the "
                 "start of its block do not match");
    ASSERT_BUILT(AT_IF, in->match = AT_END_IF,
                 ", aiv program, instruction 5: else: it and the "
                 "start of its block do not match");
    ASSERT_BUILT(AT_IF, in->kind = KI_WHILE,
                 ", aiv program, instruction 5: else: there is no if for it");
    ASSERT_BUILT(AT_FOR, *in = p->code[AT_SET],
                 ", aiv program, instruction 3: end: there is no block for it");
    ASSERT_BUILT(0, p->length = AT_END_IF,
                 ", aiv program, instruction 5: else: the block is not closed");
    ASSERT_BUILT(AT_SET, in->kind = (enum kinstr_kind)99,
                 ", aiv program, instruction 0: instruction: there is no such instruction");
}

static void built_kernel_nested_too_deep(void **state)
{
    (void)state;
    struct kernel *kernel = kernel_new("deep");
    struct build b = build_begin(kernel, CORE_AIC);
    for (int i = 0; i < KNEST_MAX; i++)
        build_if(&b, imm(1));
    for (int i = 0; i < KNEST_MAX; i++)
        build_end(&b);
    assert_string_equal(verified(kernel, NULL), "");

    /* One more pair, which the builder itself would not make. */
    struct kinstr *code = b.program->code;
    b.program->code = NULL;
    b.program->length = 0;
    for (int i = 0; i <= KNEST_MAX; i++) {
        b.depth = 0;
        build_if(&b, imm(1));
    }
    assert_string_equal(verified(kernel, NULL),
                        "0:0: kernel deep, aic program, instruction 16: "
                        "if: blocks are nested deeper than 16");
    mem_free(code);
    kernel_free(kernel);
}

static void built_kernel_with_a_wrong_declaration(void **state)
{
    (void)state;
    ASSERT_BUILT(0, k->tensors[0].name[0] = '-',
                 ": tensor '-' has a name that no text can "
                 "spell");
    ASSERT_BUILT(0, k->tensors[0].name[0] = 't', ": tile 't' has the name of a tensor");
    ASSERT_BUILT(0, k->tensors[0].dims = 0, ": tensor 'x' has no dimension or too many");
    ASSERT_BUILT(0, k->tensors[0].dims = 5, ": tensor 'x' has no dimension or too many");
    ASSERT_BUILT(0, k->tensors[0].shape[0] = reg_of(0),
                 ": tensor 'x' has a dimension that is no number and no parameter");
    ASSERT_BUILT(0, k->tensors[0].dtype = DT_COUNT, ": tensor 'x' has no element type or role");
    ASSERT_BUILT(0, p->tiles[0].space = SPACE_GM,
                 ": tile 't' has no element type or on-chip space");
    ASSERT_BUILT(0, p->tiles[0].elements = 0,
                 ": tile 't' is empty, or ends beyond address 2^32");
    ASSERT_BUILT(0, p->tiles[0].elements = UINT64_MAX,
                 ": tile 't' is empty, or ends beyond address 2^32");
    ASSERT_BUILT(0, p->tiles[0].address = UINT64_MAX - 31,
                 ": tile 't' is empty, or ends beyond address 2^32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_passes),
        cmocka_unit_test(operand_in_a_space_the_row_does_not_allow),
        cmocka_unit_test(operation_on_a_core_without_its_pipe),
        cmocka_unit_test(tile_in_a_space_the_core_does_not_have),
        cmocka_unit_test(tile_of_another_core_in_an_operation_of_ones_own),
        cmocka_unit_test(element_types_that_do_not_go_together),
        cmocka_unit_test(attribute_that_is_needed_and_missing),
        cmocka_unit_test(offset_outside_its_tile),
        cmocka_unit_test(offset_in_ub_that_is_not_aligned),
        cmocka_unit_test(flag_without_direction_or_with_a_wrong_number),
        cmocka_unit_test(step_that_gets_nowhere),
        cmocka_unit_test(tile_that_is_not_aligned),
        cmocka_unit_test(tile_beyond_the_capacity_of_the_target),
        cmocka_unit_test(tensor_without_a_size),
        cmocka_unit_test(kernel_without_a_program),
        cmocka_unit_test(built_kernel_with_a_wrong_instruction),
        cmocka_unit_test(built_kernel_with_a_wrong_register),
        cmocka_unit_test(built_kernel_with_a_wrong_structure),
        cmocka_unit_test(built_kernel_nested_too_deep),
        cmocka_unit_test(built_kernel_with_a_wrong_declaration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
