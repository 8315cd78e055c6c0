/*
 * What makes the text form comfortable, and what it becomes: expressions, constants, shapes,
 * slices, flags with arrows, and files of several kernels.
 */
#include "kernels/ir/verify.h"
#include "tests/nk_text.h"

#include <time.h>

/* The program that `body` becomes, without the lines around it, each indented by four. */
static struct text lowered(const char *declared, const char *body, enum core_kind kind)
{
    struct text source, text;
    text_init(&source);
    text_addf(&source,
              "%s\nkernel k {\nparam n = 64\ntensor x: f16[n] in\ntensor y: f32[8][n] inout\n"
              "tensor w: i4[6][32] in\n%s {\n%s\n}\n}\n",
              declared, core_kind_names[kind], body);
    struct kernel *kernel = parsed(source.at);
    struct diag diag = { 0 };
    if (!kernel_verify(kernel, NULL, &diag))
        fail_msg("%u:%u: %s", diag.line, diag.column, diag.text);
    assert_reads_back(kernel);
    text = printed(kernel);
    kernel_free(kernel);
    text_free(&source);

    char *from = strstr(text.at, " {\n    ") ? strstr(text.at, " {\n    ") + 3 : text.at;
    char *to = strstr(text.at, "  }\n}\n");
    struct text out;
    text_init(&out);
    if (to > from)
        text_add(&out, from, (size_t)(to - from));
    text_free(&text);
    return out;
}

static void assert_becomes_on(enum core_kind kind, const char *declared, const char *body,
                              const char *expected)
{
    struct text text = lowered(declared, body, kind);
    assert_string_equal(text.at, expected);
    text_free(&text);
}

static void assert_becomes(const char *body, const char *expected)
{
    assert_becomes_on(CORE_AIV, "", body, expected);
}

/* Parsing a file fails with "line:column: text". */
static void assert_refused(const char *source, const char *expected)
{
    struct diag diag = { 0 };
    char found[sizeof diag.text + 32];
    struct kmodule *module = module_parse("k.nk", source, strlen(source), &diag);

    if (module != NULL)
        fail_msg("not refused: %s", source);
    snprintf(found, sizeof found, "%u:%u: %s", diag.line, diag.column, diag.text);
    assert_string_equal(found, expected);
}

/* --- expressions --- */

static void expressions_become_scalar_instructions(void **state)
{
    (void)state;
    assert_becomes("%a = %block_id * 32 + 64", "    %_0 = %block_id * 32\n"
                                               "    %a = %_0 + 64\n");
    assert_becomes("%a = (n + 15) / 16 * 16", "    %_0 = %n + 15\n"
                                              "    %_1 = %_0 / 16\n"
                                              "    %a = %_1 * 16\n");
    assert_becomes("%a = min(n - %block_id, 2) * -n", "    %_0 = %n - %block_id\n"
                                                      "    %_1 = min(%_0, 2)\n"
                                                      "    %_2 = 0 - %n\n"
                                                      "    %a = %_1 * %_2\n");
    assert_becomes("%a = read x[%block_id * 2] + 1", "    %_0 = %block_id * 2\n"
                                                     "    %_1 = read x[%_0]\n"
                                                     "    %a = %_1 + 1\n");
}

static void operators_bind_as_in_python(void **state)
{
    (void)state;
    assert_becomes("%a = 7\n%b = %a | %a ^ %a & %a << %a + %a * %a", "    %a = 7\n"
                                                                     "    %_0 = %a * %a\n"
                                                                     "    %_1 = %a + %_0\n"
                                                                     "    %_2 = %a << %_1\n"
                                                                     "    %_3 = %a & %_2\n"
                                                                     "    %_4 = %a ^ %_3\n"
                                                                     "    %b = %a | %_4\n");
    assert_becomes("%a = n - 1 - n", "    %_0 = %n - 1\n"
                                     "    %a = %_0 - %n\n");
    assert_becomes("%a = n & 1 == 0", "    %_0 = %n & 1\n"
                                      "    %a = %_0 == 0\n");
    assert_becomes("%a = n > 3\n%b = n >= 3", "    %a = 3 < %n\n"
                                              "    %b = 3 <= %n\n");
}

static void what_is_known_is_computed_while_parsing(void **state)
{
    (void)state;
    assert_becomes("%a = n + (2 * 3 + 10 % 4)", "    %a = %n + 8\n");
    assert_becomes("%a = n + 4 + 4", "    %a = %n + 8\n");
    assert_becomes("%a = 4 + (n - 1) * 1", "    %a = %n + 3\n");
    assert_becomes_on(CORE_AIV, "const TILE = 3\nconst BYTES = (TILE + 1) * 2",
                      "const MORE = BYTES << 2\n%a = MORE\nfor %i = TILE to n + BYTES { }",
                      "    %a = 32\n"
                      "    for %i = 3 to %n+8 step 1 {\n"
                      "    }\n");
}

static void temporaries_are_used_again(void **state)
{
    (void)state;
    assert_becomes("%a = n * n * n\n%b = n / n / n", "    %_0 = %n * %n\n"
                                                     "    %a = %_0 * %n\n"
                                                     "    %_0 = %n / %n\n"
                                                     "    %b = %_0 / %n\n");
}

static void an_operation_computes_nothing_twice(void **state)
{
    (void)state;
    assert_becomes("tile a: ub f16[2][64]\n%k = 1\nvadd a[%k], a[%k], a[1 - %k] count=%k * 128",
                   "    tile a: ub f16[128] @0\n"
                   "    %k = 1\n"
                   "    %_0 = %k * 128\n"
                   "    %_1 = 1 - %k\n"
                   "    %_2 = %_1 * 128\n"
                   "    vadd a[%_0], a[%_0], a[%_2] count=%_0\n");
}

static void the_condition_of_a_while_is_computed_each_turn(void **state)
{
    (void)state;
    assert_becomes("%i = 0\nwhile %i * 2 < n {\n%i = %i + 1 - n * n\n}",
                   "    %i = 0\n"
                   "    %_0 = %i * 2\n"
                   "    %_1 = %_0 < %n\n"
                   "    while %_1 {\n"
                   "      %_0 = %n * %n\n"
                   "      %_2 = %i + 1\n"
                   "      %i = %_2 - %_0\n"
                   "      %_0 = %i * 2\n"
                   "      %_1 = %_0 < %n\n"
                   "    }\n");
    assert_becomes("if n == 3 {\n} else {\n%a = 1\n}", "    %_0 = %n == 3\n"
                                                       "    if %_0 {\n"
                                                       "    } else {\n"
                                                       "      %a = 1\n"
                                                       "    }\n");
}

static void numbers_that_are_not_whole_are_for_real_attributes(void **state)
{
    (void)state;
    assert_becomes_on(CORE_AIV, "const COLUMNS = 8\nconst EPS = 1e-3",
                      "tile a: ub f32[64]\n"
                      "vadds a, a scalar=1 / COLUMNS + EPS * 2 count=COLUMNS",
                      "    tile a: ub f32[64] @0\n"
                      "    vadds a, a count=8 scalar=0.127\n");
    assert_becomes_on(CORE_AIV, "const A = 2 * 3 * 0.5 - (1 + 1)",
                      "tile a: ub f32[8]\nvadds a, a count=8 scalar=-A",
                      "    tile a: ub f32[8] @0\n"
                      "    vadds a, a count=8 scalar=-1\n");
    assert_refused("const EPS = 0.5\nkernel k {\naiv {\n%a = EPS\n}\n}",
                   "4:6: found 0.5, expected a whole number");
}

/* --- tiles and slices --- */

static void a_tile_of_several_dimensions_is_indexed_by_elements(void **state)
{
    (void)state;
    assert_becomes("tile a: ub f16[2][4][64]\n%k = 1\nvabs a[%k], a[1, %k] count=64\n"
                   "vabs a[0, 3, 32], a count=64",
                   "    tile a: ub f16[512] @0\n"
                   "    %k = 1\n"
                   "    %_0 = %k * 512\n"
                   "    %_1 = %k * 128\n"
                   "    vabs a[%_0], a[%_1+512] count=64\n"
                   "    vabs a[448], a count=64\n");
}

static void a_slice_says_how_much_is_moved(void **state)
{
    (void)state;
    assert_becomes("tile a: ub f16[64]\nload_ub a, x[32 : 16]\nstore x[n - 16 : 16], a[32]",
                   "    tile a: ub f16[64] @0\n"
                   "    load_ub a, x[64] bytes=32\n"
                   "    %_0 = %n - 16\n"
                   "    %_1 = %_0 * 2\n"
                   "    store x[%_1], a[32] bytes=32\n");
    assert_becomes("tile a: ub f32[4][16]\n%i = 2\nload_ub a, y[%i : 4, 8 : 16]",
                   "    tile a: ub f32[64] @0\n"
                   "    %i = 2\n"
                   "    %_0 = %i * %n\n"
                   "    %_1 = %_0 * 4\n"
                   "    %_2 = %n * 4\n"
                   "    load_ub a, y[%_1+32] rows=4 bytes=64 src_stride=%_2\n");
    assert_becomes("tile a: ub f16[4][16]\nvabs a[1, 0 : 16], a",
                   "    tile a: ub f16[64] @0\n"
                   "    vabs a[32], a count=16\n");
}

static void a_matrix_in_fractals_knows_its_rows(void **state)
{
    (void)state;
    /* 20 rows fill two fractals of 16; 32 columns of f16 two of 16: 2 KiB a part. */
    assert_becomes_on(CORE_AIC, "",
                      "tile a: l1 f32[2][20][16] nz\n"
                      "tile b: l0a f32[16][16]\n"
                      "tile c: l0c f32[16][16] nz\n"
                      "load_nz a[1], y[0 : 8, 16 : 16]\n"
                      "load_l0a b, a[1, 16, 8] m=16 k=8\n"
                      "fixpipe y[0 : 8, 0 : 16], c",
                      "    tile a: l1 f32[1024] @0\n"
                      "    tile b: l0a f32[256] @0\n"
                      "    tile c: l0c f32[256] @0\n"
                      "    %_0 = %n * 4\n"
                      "    load_nz a[2048], y[64] rows=8 cols=16 src_stride=%_0 nz_rows=32\n"
                      "    load_l0a b, a[3584] m=16 k=8 nz_rows=32\n"
                      "    %_0 = %n * 4\n"
                      "    fixpipe y[0], c m=8 n=16 dst_stride=%_0 nz_rows=16\n");
}

static void an_i4_is_half_a_byte(void **state)
{
    (void)state;
    assert_becomes("tile a: ub i4[2][64]\n%i = 2\nload_ub a[1], w[%i : 2, 8 : 16]\n"
                   "load_ub a, w[1, %i : 8]",
                   "    tile a: ub i4[128] @0\n"
                   "    %i = 2\n"
                   "    %_0 = %i * 16\n"
                   "    load_ub a[32], w[%_0+4] rows=2 bytes=8 src_stride=16\n"
                   "    %_0 = %i >> 1\n"
                   "    load_ub a, w[%_0+16] bytes=4\n");
}

/* --- flags and turns --- */

static void arrows_are_flags(void **state)
{
    (void)state;
    assert_becomes("set mte2 -> v n & 1\nwait v -> mte3\nset v -> mte2 1 to 2",
                   "    %_0 = %n & 1\n"
                   "    set_flag id=%_0 from=mte2 to=v\n"
                   "    wait_flag id=0 from=v to=mte3\n"
                   "    set_flag id=1 from=v to=mte2\n"
                   "    set_flag id=2 from=v to=mte2\n");
}

static void a_loop_counts_its_buffers(void **state)
{
    (void)state;
    assert_becomes(
        "for %i = 0 to 9 turn %k of 2 {\n%a = %k\n}\nfor %i = 0 to 9 turn %k of 3 {\n}",
        "    %k = 0\n"
        "    for %i = 0 to 9 step 1 {\n"
        "      %a = %k\n"
        "      %k = %k ^ 1\n"
        "    }\n"
        "    %k = 0\n"
        "    for %i = 0 to 9 step 1 {\n"
        "      %k = %k + 1\n"
        "      %k = %k % 3\n"
        "    }\n");
}

/* --- files --- */

#define SHARED "param n = 64\ntensor x: f16[n] inout\n"
#define EMPTY " {\n  aiv {\n    sync_all\n  }\n}\n"

static void kernels_of_a_file_share_tensors_and_are_launched_in_order(void **state)
{
    (void)state;
    const char *text = SHARED "kernel one" EMPTY "kernel two" EMPTY
                              "launch two\nlaunch one blocks=3\nlaunch two\n";
    struct diag diag = { 0 };
    struct kmodule *module = module_parse("k.nk", text, strlen(text), &diag), *again;
    struct text out;

    assert_non_null(module);
    assert_int_equal(module->kernel_count, 2);
    assert_int_equal(module->launch_count, 3);
    assert_int_equal(module->launches[0].kernel, 1);
    assert_int_equal(module->launches[1].blocks, 3);
    assert_string_equal(module->kernels[1]->tensors[0].name, "x");
    text_init(&out);
    module_print(module, &out);
    assert_string_equal(out.at, text);
    again = module_parse("k.nk", out.at, out.length, &diag);
    assert_true(kmodule_equal(module, again));
    text_free(&out);
    kmodule_free(module);
    kmodule_free(again);
}

static void without_launches_each_kernel_is_launched_once(void **state)
{
    (void)state;
    const char *text = SHARED "kernel one" EMPTY "kernel two" EMPTY;
    struct diag diag = { 0 };
    struct kmodule *module = module_parse("k.nk", text, strlen(text), &diag);

    assert_int_equal(module->launch_count, 2);
    assert_int_equal(module->launches[1].kernel, 1);
    kmodule_free(module);
}

static void mistakes_in_the_new_forms_are_refused_where_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *source, *expected;
    } cases[] = {
        { "const A = B\n",
          "1:11: found 'B', expected a number or a name: min, max, clz, signbits, "
          "bitcount or bitfirst" },
        { "const TILE = 1\nconst SIZE = TILF\n",
          "2:14: found 'TILF', expected a number or a name; did you mean 'TILE'?" },
        { "const A = 1\nconst A = 2\n", "2:7: 'A' is already the name of a constant" },
        { "const min = 1\n", "1:7: 'min' is already the name of a word of the language" },
        { "const n = 1\nkernel k {\nparam n = 1\n}",
          "3:7: 'n' is already the name of a constant" },
        { "kernel k {\nparam n = 1\naiv {\ntile a: ub f16[n]\n}\n}",
          "4:16: found a register, expected a number or a constant" },
        { "kernel k {\nparam n = 1\ntensor x: f16[n * 2] in\n}",
          "3:17: found '*', expected ']'" },
        { "kernel k {\naiv {\ntile a: ub f16[8] nz\n}\n}",
          "3:19: nz is the layout of tiles in l1 and l0c" },
        { "kernel k {\naiv {\ntile a: ub f16[2][8]\nvabs a[0, 0, 0], a count=1\n}\n}",
          "4:14: 'a' has 2 dimensions; found an index of more" },
        { "kernel k {\naiv {\ntile a: ub f16[2][8]\n%a = read a[0 : 2]\n}\n}",
          "4:12: a slice, where one element is read" },
        { "kernel k {\naiv {\ntile a: ub f16[64]\nvadd a[0 : 32], a[0 : 64], a\n}\n}",
          "4:19: the slice has count=64, that of the operand before 32" },
        { "kernel k {\naiv {\ntile a: ub f16[64]\nvabs a[0 : 32], a count=32\n}\n}",
          "4:19: 'count' is given twice" },
        { "kernel k {\naiv {\ntile a: ub i4[2][8]\nvcopy a[0, 3], a count=1\n}\n}",
          "4:12: an odd number of i4; half a byte has no address" },
        { "kernel k {\naic {\ntile a: l1 f16[32][32] nz\ntile b: l0a f16[32][32]\n"
          "load_l0a b, a[0, 8] m=16 k=16\n}\n}",
          "5:18: column 8 of 'a'; expected one that begins a fractal, a multiple of 16" },
        { "kernel k {\naiv {\ntile a: ub f16[2][8]\nvabs a[2], a count=1\n}\n}",
          "4:8: index 2; dimension 1 of 'a' has 2 elements" },
        { "kernel k {\ntensor x: f16[4][64] in\naiv {\ntile a: ub f16[64]\n"
          "load_ub a, x[-1, 0 : 64]\n}\n}",
          "5:14: index -1; dimension 1 of 'x' has 4 elements" },
        { "kernel k {\ntensor x: f16[4][64] in\naiv {\ntile a: ub f16[64]\n"
          "load_ub a, x[3, 16 : 64]\n}\n}",
          "5:17: 64 elements from 16 on; dimension 2 of 'x' has 64" },
        { "kernel k {\naiv {\nset v - mte2\n}\n}", "3:7: found '-', expected '->'" },
        { "kernel k {\naiv {\nset v -> mte5\n}\n}",
          "3:10: found 'mte5', expected a pipe; did you mean 'mte1'?" },
        { "kernel k {\naiv {\nset v -> mte2 3 to 8\n}\n}",
          "3:17: a range of flags; expected two numbers of 0..7" },
        { "kernel k {\naiv {\nfor %i = 0 to 2 turn %k of 0 {\n}\n}\n}",
          "3:28: 0 buffers; expected 1 or more" },
        { "kernel k {\naiv {\n%a = %block_id * 2 + 1\n%_0 = 1\n}\n}",
          "4:1: '%_0' holds a part of an expression" },
        { "kernel k {\naiv {\n%a = %block_id * 2 + 1\n%b = %_0\n}\n}",
          "4:6: found '%_0', expected a register assigned before: "
          "block_id, sub_block_id, block_num or a" },
        { "kernel a" EMPTY "kernel a" EMPTY, "6:8: 'a' is already the name of a kernel" },
        { "kernel a" EMPTY "kernel b {\ntensor x: f16[1] in\naiv {\n}\n}",
          "6:8: the kernels of a file share their tensors; expected them before the first "
          "kernel" },
        { "kernel a {\nparam p = 1\naiv {\n}\n}\nkernel b {\nparam p = 1\naiv {\n}\n}\n",
          "6:8: kernels a and b both have a parameter 'p'; expected it before the first "
          "kernel" },
        { "kernel a" EMPTY "param n = 1\n",
          "6:1: what kernels share comes before the first of them" },
        { "kernel first" EMPTY "launch frist\n",
          "6:8: found 'frist', expected a kernel of this file; did you mean 'first'?" },
        { "kernel a" EMPTY "launch a blocks=0\n", "6:17: 0 blocks; expected 1..65535" },
        { "kernel a" EMPTY "kernel b" EMPTY "launch a\n", "12:1: kernel b is never launched" },
        { "kernel a" EMPTY "launch a\nkernel b" EMPTY,
          "7:8: kernels come before the first launch" },
        { "const A = 1\n", "2:1: found end of file, expected 'kernel'" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].source, cases[i].expected);
}

static void expressions_are_nested_only_so_deep(void **state)
{
    (void)state;
    struct text text;
    text_init(&text);
    text_addf(&text, "kernel k {\naiv {\n%%a = "); /* 32 times three characters from column 6 */
    for (int i = 0; i < 100000; i++)
        text_addf(&text, i % 2 == 0 ? "(" : "- ");
    assert_refused(text.at, "3:102: the expression is nested deeper than 64");
    text_free(&text);
}

/* It takes 0.2 ms of processor time; under sanitizers several times that. */
static void a_kernel_is_read_and_verified_well_within_5_ms(void **state)
{
    (void)state;
    const int rounds = 20;
    struct diag diag = { 0 };
    struct text text;

    text_init(&text);
    assert_true(file_read(NPUSIM_SOURCE_DIR "/traces/flash_attention.nk", &text, &diag));
    clock_t begun = clock();
    for (int i = 0; i < rounds; i++) {
        struct kmodule *module = module_parse("k.nk", text.at, text.length, &diag);
        assert_non_null(module);
        assert_true(kernel_verify(module->kernels[0], NULL, &diag));
        kmodule_free(module);
    }
    double each = (double)(clock() - begun) / CLOCKS_PER_SEC / rounds;
    assert_true(each < 5e-3);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_become_scalar_instructions),
        cmocka_unit_test(operators_bind_as_in_python),
        cmocka_unit_test(what_is_known_is_computed_while_parsing),
        cmocka_unit_test(temporaries_are_used_again),
        cmocka_unit_test(an_operation_computes_nothing_twice),
        cmocka_unit_test(the_condition_of_a_while_is_computed_each_turn),
        cmocka_unit_test(numbers_that_are_not_whole_are_for_real_attributes),
        cmocka_unit_test(a_tile_of_several_dimensions_is_indexed_by_elements),
        cmocka_unit_test(a_slice_says_how_much_is_moved),
        cmocka_unit_test(a_matrix_in_fractals_knows_its_rows),
        cmocka_unit_test(an_i4_is_half_a_byte),
        cmocka_unit_test(arrows_are_flags),
        cmocka_unit_test(a_loop_counts_its_buffers),
        cmocka_unit_test(kernels_of_a_file_share_tensors_and_are_launched_in_order),
        cmocka_unit_test(without_launches_each_kernel_is_launched_once),
        cmocka_unit_test(mistakes_in_the_new_forms_are_refused_where_they_are),
        cmocka_unit_test(expressions_are_nested_only_so_deep),
        cmocka_unit_test(a_kernel_is_read_and_verified_well_within_5_ms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
