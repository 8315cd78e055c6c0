/* The text form: what is printed reads back as the same kernel, and what is no
 * kernel is refused where it goes wrong. */
#include "kernels/ir/build.h"
#include "kernels/ir/types.h"
#include "kernels/ir/verify.h"
#include "tests/nk_text.h"

#include <math.h>
#include <string.h>

/* The text is already as the printer would write it. */
static void assert_canonical(const char *source)
{
    struct kernel *kernel = parsed(source);
    struct text text = printed(kernel);
    assert_string_equal(text.at, source);
    text_free(&text);
    kernel_free(kernel);
}

/* Parsing `source` fails with "line:column: text". */
static void assert_refused(const char *source, const char *expected)
{
    struct diag diag = { 0 };
    char found[sizeof diag.text + 32];

    assert_null(kernel_parse("k.nk", source, strlen(source), &diag));
    assert_string_equal(diag.file, "k.nk");
    snprintf(found, sizeof found, "%u:%u: %s", diag.line, diag.column, diag.text);
    assert_string_equal(found, expected);
}

/* Likewise, for a statement that stands in column 1 of line 8 of a program. */
static void assert_statement_refused(const char *statement, const char *expected)
{
    struct text text;
    text_init(&text);
    text_addf(&text,
              "kernel k {\n"
              "param n = 64\n"
              "tensor x: f16[n] in\n"
              "aiv {\n"
              "tile buffer: ub f16[64]\n"
              "tile other: ub f16[64]\n"
              "%%i = 1\n"
              "%s\n"
              "}\n"
              "}\n",
              statement);
    assert_refused(text.at, expected);
    text_free(&text);
}

static void hand_written_kernel_prints_as_it_was_written(void **state)
{
    (void)state;
    assert_canonical("kernel w4a16-split_k {\n"
                     "  param n = 4096\n"
                     "  param low = -9223372036854775808\n"
                     "  tensor x: f16[n] in\n"
                     "  tensor sizes: i32[8][n] in control\n"
                     "  tensor w: i4[2][n][3][n] inout\n"
                     "  tensor scratch: u8[7] work\n"
                     "  tensor y: f32[n] out\n"
                     "  aic {\n"
                     "    sync_all\n"
                     "  }\n"
                     "  aiv {\n"
                     "    tile a: ub f16[2048] @0\n"
                     "    tile b: ub f16[2048] @4096\n"
                     "    %i = 5\n"
                     "    %i = %n\n"
                     "    %j = %i + -4\n"
                     "    %j = 7 << %j\n"
                     "    %j = %i % 3\n"
                     "    %j = min(%j, 4)\n"
                     "    %j = max(-1, %block_id)\n"
                     "    %size = read sizes[%j-4]\n"
                     "    %more = read a[64]\n"
                     "    %more = read a[64] else sizes[%j+4]\n"
                     "    for %t = %i+1 to %n-1 step %sub_block_id {\n"
                     "      while %more {\n"
                     "        load_ub a, x[%t] rows=2 bytes=%size+2 src_stride=4096\n"
                     "        %more = %more - 1\n"
                     "      }\n"
                     "      if %size {\n"
                     "        vadds b[0], a count=128 mask=64 a_rep=0 scalar=-0.5\n"
                     "      } else {\n"
                     "        vconv b, a[%t+32] count=1 round=floor\n"
                     "      }\n"
                     "    }\n"
                     "    barrier pipe=all\n"
                     "  }\n"
                     "}\n");
}

static void freely_written_kernel_means_the_same(void **state)
{
    (void)state;
    struct kernel *free_form = parsed("\n# a comment\r\n\tkernel k { # another\n\n"
                                      "  aiv { tile a: ub f16[16]\n"
                                      "tile b:ub f16 [ 0x10 ] @ 0x20\n"
                                      "for %i=0 to 4 { %a=%i-1\n }\n"
                                      "%c = %i == 3\n"
                                      "if %c { sync_all } else { %c = -3 } }\n"
                                      "}\n\n# the end");
    struct kernel *strict_form = parsed("kernel k {\n"
                                        "  aiv {\n"
                                        "    tile a: ub f16[16] @0\n"
                                        "    tile b: ub f16[16] @32\n"
                                        "    for %i = 0 to 4 step 1 {\n"
                                        "      %a = %i - 1\n"
                                        "    }\n"
                                        "    %c = %i == 3\n"
                                        "    if %c {\n"
                                        "      sync_all\n"
                                        "    } else {\n"
                                        "      %c = -3\n"
                                        "    }\n"
                                        "  }\n"
                                        "}\n");
    assert_true(kernel_equal(free_form, strict_form));
    kernel_free(free_form);
    kernel_free(strict_form);
}

static void blocks_know_their_ends(void **state)
{
    (void)state;
    struct kernel *kernel = parsed("kernel k { aiv {\n"
                                   "if %block_id { sync_all } else { sync_all }\n"
                                   "while 0 { }\n"
                                   "} }");
    const struct kinstr *code = kernel->programs[CORE_AIV].code;
    const unsigned match[] = { 2, 0, 4, 0, 2, 6, 5 }; /* if op else op end while end */

    assert_int_equal(kernel->programs[CORE_AIV].length, 7);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(code[i].match, match[i]);
    assert_int_equal(code[2].kind, KI_ELSE);
    assert_int_equal(code[2].line, 2);
    assert_int_equal(code[2].column, 27);
    kernel_free(kernel);
}

static void tiles_without_address_follow_one_another(void **state)
{
    (void)state;
    struct kernel *kernel = parsed("kernel k { aic {\n"
                                   "tile a: l1 i8[1]\n"
                                   "tile b: l0a f16[257]\n"
                                   "tile c: l1 i8[513]\n"
                                   "tile d: l1 i4[3]\n"
                                   "tile e: bt f32[9] @64\n"
                                   "tile f: bt f32[1]\n"
                                   "tile g: fb f16[1]\n"
                                   "tile h: fb f16[1]\n"
                                   "} }");
    const uint64_t address[] = { 0, 0, 512, 1536, 64, 128, 0, 64 };

    for (size_t i = 0; i < sizeof address / sizeof *address; i++)
        assert_int_equal(kernel->programs[CORE_AIC].tiles[i].address, address[i]);
    kernel_free(kernel);
}

/* Types for the operands of a row that its rule accepts; false when there are none. */
static bool find_types(const struct kop_info *info, int operand, int types[KOP_OPERANDS])
{
    if (operand == KOP_OPERANDS)
        return type_rule_check(info->types, types) == NULL;
    if (info->spaces[operand] == 0) {
        types[operand] = -1;
        return find_types(info, operand + 1, types);
    }
    for (types[operand] = 0; types[operand] < DT_COUNT; types[operand]++) {
        if (find_types(info, operand + 1, types))
            return true;
    }
    return false;
}

static void add_attr(struct text *text, enum kop_attr attr, enum core_kind kind)
{
    const struct attr_info *info = &attr_info[attr];
    struct word_list words = attr_words(info->kind);

    text_addf(text, " %s=", info->name);
    if (info->kind == ATTR_PIPE)
        text_addf(text, "%s", attr == ATTR_to ? "mte2" : kind == CORE_AIV ? "v" : "m");
    else if (words.count != 0)
        text_addf(text, "%s", words.names[words.count - 1]);
    else
        text_addf(text, info->kind == ATTR_REAL ? "0.25" : "%d", (int)attr % 8);
}

/* A kernel whose only statement uses all that the row has. */
static void add_instance(struct text *text, const struct kop_info *info)
{
    uint32_t ub = 1u << SPACE_UB;
    bool cube = info->pipe == PIPE_M || info->pipe == PIPE_MTE1 || info->pipe == PIPE_FIX ||
                info->spaces[OPERAND_A] == 1u << SPACE_L0C;
    bool vector = !cube && (info->pipe == PIPE_V || info->pipe == PIPE_MTE3 ||
                            ((info->spaces[0] | info->spaces[1]) & ub) != 0);
    enum core_kind kind = vector ? CORE_AIV : CORE_AIC;
    int types[KOP_OPERANDS];

    assert_true(find_types(info, 0, types));
    text_addf(text, "kernel k {\n");
    for (int i = 0; i < KOP_OPERANDS; i++) {
        if ((info->spaces[i] & 1u << SPACE_GM) != 0)
            text_addf(text, "  tensor %s: %s[64] work\n", kop_operand_names[i],
                      dtype_info[types[i]].name);
    }
    text_addf(text, "  %s {\n", core_kind_names[kind]);
    for (int i = 0; i < KOP_OPERANDS; i++) {
        if (info->spaces[i] == 0 || (info->spaces[i] & 1u << SPACE_GM) != 0)
            continue;
        int space = 0;
        while ((info->spaces[i] >> space & 1) == 0)
            space++;
        text_addf(text, "    tile %s: %s %s[1024] @%d\n", kop_operand_names[i],
                  space_names[space], dtype_info[types[i]].name, 8192 * i);
    }
    text_addf(text, "    %s", info->name);
    for (int i = 0; i < KOP_OPERANDS; i++) {
        if (info->spaces[i] != 0)
            text_addf(text, "%s%s[%d]", i == 0 ? " " : ", ", kop_operand_names[i], 32 * i);
    }
    for (int attr = 0; attr < ATTR_COUNT; attr++) {
        if (((info->needs | info->takes) >> attr & 1) != 0)
            add_attr(text, (enum kop_attr)attr, kind);
    }
    text_addf(text, "\n  }\n}\n");
}

static void every_mnemonic_parses_prints_and_verifies(void **state)
{
    (void)state;
    for (int code = 0; code < KOP_COUNT; code++) {
        struct diag diag = { 0 };
        struct text text;
        text_init(&text);
        add_instance(&text, &kop_info[code]);
        assert_canonical(text.at);

        struct kernel *kernel = parsed(text.at);
        if (!kernel_verify(kernel, NULL, &diag))
            fail_msg("%s: %s", kop_info[code].name, diag.text);
        kernel_free(kernel);
        text_free(&text);
    }
}

static void every_scalar_operation_parses_and_prints(void **state)
{
    (void)state;
    for (int op = SOP_set + 1; op < SOP_COUNT; op++) {
        struct text text;
        text_init(&text);
        text_addf(&text, "kernel k {\n  aic {\n");
        const char *form = scalar_info[op].operands == 1 ? "    %%r = %s(%%block_id)\n"
                           : scalar_info[op].infix       ? "    %%r = %%block_id %s -2\n"
                                                         : "    %%r = %s(%%block_id, -2)\n";
        text_addf(&text, form, scalar_info[op].text);
        text_addf(&text, "  }\n}\n");
        assert_canonical(text.at);

        struct kernel *kernel = parsed(text.at);
        assert_int_equal(kernel->programs[CORE_AIC].code[0].code, op);
        kernel_free(kernel);
        text_free(&text);
    }
}

/* The text of a kernel that carries a REAL, and the value it carries. */
static double real_read_from(const char *number, struct text *out)
{
    struct text text;
    text_init(&text);
    text_addf(&text, "kernel k {\naiv {\ntile a: ub f32[64]\nvdup a scalar=%s count=1\n}\n}\n",
              number);
    struct kernel *kernel = parsed(text.at);
    double value;
    memcpy(&value, &kernel->programs[CORE_AIV].code[0].attr[ATTR_scalar].imm, sizeof value);
    *out = printed(kernel);
    kernel_free(kernel);
    text_free(&text);
    return value;
}

static void reals_are_printed_with_the_fewest_digits_that_keep_them(void **state)
{
    (void)state;
    const struct {
        const char *written, *printed;
        double value;
    } reals[] = {
        { "1", "1", 1 },
        { "-0", "-0", -0.0 },
        { "0.1", "0.1", 0.1 },
        { "0.30000000000000004", "0.30000000000000004", 0.1 + 0.2 },
        { "6.5504e4", "65504", 65504 },
        { "1e-300", "1e-300", 1e-300 },
        { "5e-324", "5e-324", 5e-324 },
        { "1.7976931348623157e+308", "1.7976931348623157e+308", 1.7976931348623157e+308 },
        { "0x7fff", "32767", 32767 },
        { "-0x10", "-16", -16 },
        { "inf", "inf", (double)INFINITY },
        { "-inf", "-inf", (double)-INFINITY },
        { "nan", "nan", (double)NAN },
    };

    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        struct text text;
        char expected[64];
        double value = real_read_from(reals[i].written, &text);
        assert_memory_equal(&value, &reals[i].value, sizeof value);
        snprintf(expected, sizeof expected, " scalar=%s\n", reals[i].printed);
        assert_non_null(strstr(text.at, expected));
        text_free(&text);
    }
}

static void built_kernel_reads_back(void **state)
{
    (void)state;
    struct kernel *kernel = kernel_new("built");
    struct kref x = build_tensor(kernel, "x", DT_f16, TENSOR_IN, 64, 32);
    struct build b = build_begin(kernel, CORE_AIV);
    struct kref tile = build_tile(&b, "buffer", SPACE_UB, DT_f16, 4096, 0);
    struct kval i = build_for(&b, "i", imm(0), imm(4), imm(1));
    build_if(&b, build_eq(&b, build_mod(&b, i, imm(2)), imm(0)));
    emit(&b, load_ub, .dst = tile, .a = build_at(&b, x, build_mul(&b, i, imm(1024))),
         .bytes = imm(1024));
    build_else(&b);
    emit(&b, vadds, .dst = tile, .a = tile, .count = build_sub(&b, i, imm(-64)),
         .scalar = real(0.1));
    build_end(&b);
    build_end(&b);

    struct diag diag = { 0 };
    assert_true(kernel_verify(kernel, NULL, &diag));
    assert_reads_back(kernel);
    kernel_free(kernel);
}

/* --- what is refused, and how --- */

static void wrong_words_are_named_and_the_right_ones_suggested(void **state)
{
    (void)state;
    assert_refused("kernal k {",
                   "1:1: found 'kernal', expected a kernel; did you mean 'kernel'?");
    assert_refused("kernel k {\n  parm n = 1\n}",
                   "2:3: found 'parm', expected a declaration or '}'; did you mean 'param'?");
    assert_refused("kernel k {\n  tensor x: f61[4] in\n}",
                   "2:13: found 'f61', expected an element type; did you mean 'f16'?");
    assert_refused("kernel k {\n  param width = 1\n  tensor x: f16[widht] in\n}",
                   "3:17: found 'widht', expected a number or a name; did you mean 'width'?");
    assert_refused("kernel k {\n  tensor x: f16[4] input\n}",
                   "2:20: found 'input', expected a role; did you mean 'inout'?");
    assert_refused("kernel k {\naic {\n  tile a: l0d f16[4]\n}\n}",
                   "3:11: found 'l0d', expected a space; did you mean 'l0a'?");

    assert_statement_refused("vad buffer, buffer, buffer count=1",
                             "8:1: found 'vad', expected a statement; did you mean 'vadd'?");
    assert_statement_refused("vabs buffer, bufer count=1",
                             "8:14: found 'bufer', expected a tile or tensor; "
                             "did you mean 'buffer'?");
    assert_statement_refused("vabs buffer, other cuont=1",
                             "8:20: found 'cuont', expected end of line or an attribute of "
                             "vabs; did you mean 'count'?");
    assert_statement_refused("load_ub buffer, x bytes=%bytes",
                             "8:25: found '%bytes', expected a register assigned before: "
                             "block_id, sub_block_id, block_num, n or i");
    assert_statement_refused("%j = %blok_id", "8:6: found '%blok_id', expected a register "
                                              "assigned before; did you mean '%block_id'?");
    assert_statement_refused("barrier pipe=mte4", "8:14: found 'mte4', expected a word; "
                                                  "did you mean 'mte1'?");
    assert_statement_refused("vconv buffer, other round=up count=1",
                             "8:27: found 'up', expected a word: "
                             "rint, floor, ceil, round or trunc");
    assert_statement_refused("%i = mim(%i, 2)",
                             "8:6: found 'mim', expected a register, a number or a name; "
                             "did you mean 'min'?");
}

static void broken_statements_are_refused_where_they_break(void **state)
{
    (void)state;
    assert_statement_refused("vabs buffer", "8:12: found end of line, expected "
                                            "',' and operand a of vabs");
    assert_statement_refused("vabs buffer, other, other",
                             "8:19: found ',', expected end of line or an attribute of vabs: "
                             "count, mask, mask0, mask1, dst_blk, a_blk, dst_rep or a_rep");
    assert_statement_refused("vabs buffer, other count=1 count=2",
                             "8:28: 'count' is given twice");
    assert_statement_refused("sync_all id=1", "8:10: found 'id', expected end of line: "
                                              "sync_all takes no attribute");
    assert_statement_refused("vabs buffer[%i 2], other count=1",
                             "8:16: found '2', expected ']'");
    assert_statement_refused("%j = %i +", "8:10: found end of line, "
                                          "expected a register, a number or a name");
    assert_statement_refused("%j = (%i + 1", "8:13: found end of line, expected ')'");
    assert_statement_refused("%j = min(%i+1)", "8:14: found ')', expected ','");
    assert_statement_refused("load_ub buffer, x bytes=7 / (3 - 3)",
                             "8:27: a division by zero, or too large");
    assert_statement_refused("%j = 0.5 + 1", "8:10: found 1.5, expected a whole number");
    assert_statement_refused("if %i-1 1 { }", "8:9: found '1', expected '{'");
    assert_statement_refused("vadds buffer, other scalar=%i+1 count=1",
                             "8:30: a number that is not whole, with one that a run computes");
    assert_statement_refused("%j = 12x", "8:6: found '12x', expected a whole number");
    assert_statement_refused("%j = 0x", "8:6: found '0x', expected a whole number");
    assert_statement_refused("%j = 9223372036854775808",
                             "8:6: found '9223372036854775808', "
                             "expected a number of 64 bits with sign");
    assert_statement_refused("%j = -9223372036854775809",
                             "8:7: found '9223372036854775809', "
                             "expected a number of 64 bits with sign");
    assert_statement_refused("vadds buffer, other scalar=1e999 count=1",
                             "8:28: found '1e999', expected a number that a double can hold");
    assert_statement_refused("vadds buffer, other scalar=1.2.3 count=1",
                             "8:28: found '1.2.3', expected a number");
    assert_statement_refused("%n = 1", "8:1: '%n' is a parameter; a program only reads it");
    assert_statement_refused(
        "%block_num = 1", "8:1: '%block_num' is a special register; a program only reads it");
    assert_statement_refused("%J = 1",
                             "8:1: the name of a register is at most 31 of a-z, 0-9 and _");
    assert_statement_refused("else { }",
                             "8:1: 'else' stands on the line of the '}' of its 'if'");
    assert_statement_refused("tile late: ub f16[1]",
                             "8:1: tiles come before the first statement of a program");
    assert_statement_refused("\xc3\xa9", "8:1: found byte 0xc3, expected a statement or '}'");
    assert_statement_refused("$", "8:1: found '$', expected a statement or '}'");
}

static void broken_declarations_are_refused_where_they_break(void **state)
{
    (void)state;
    assert_refused("", "1:1: found end of file, expected 'kernel'");
    assert_refused("kernel k {\n", "2:1: found end of file, expected a declaration or '}': "
                                   "aic, aiv, const, param or tensor");
    assert_refused("kernel k { aiv {\n", "2:1: found end of file, expected a statement or '}'");
    assert_refused("kernel k { }\nkernel",
                   "2:7: found end of file, expected the name of the kernel");
    assert_refused("kernel k { } launch k", "1:14: found 'launch', expected end of line");
    assert_refused("kernel K { }",
                   "1:8: the name of a kernel is at most 31 of a-z, 0-9, _ and -");
    assert_refused("kernel a-123456789-123456789-1234567890 { }",
                   "1:8: the name of a kernel is at most 31 of a-z, 0-9, _ and -");
    assert_refused("kernel k { param n = 1 param m = 2\n}",
                   "1:24: found 'param', expected end of line");
    assert_refused("kernel k {\nparam n = 1\nparam n = 2\n}",
                   "3:7: 'n' is already the name of a parameter");
    assert_refused("kernel k {\nparam block_id = 1\n}",
                   "2:7: 'block_id' is already the name of a special register");
    assert_refused("kernel k {\nparam n\n}", "2:8: found end of line, expected '='");
    assert_refused("kernel k {\naiv { }\nparam n = 1\n}",
                   "3:1: parameters and tensors come before the programs");
    assert_refused("kernel k {\naiv { }\naiv { }\n}",
                   "3:1: a second aiv program; a kernel has at most one");
    assert_refused("kernel k {\ntensor x: f16 in\n}", "2:15: found 'in', expected '['");
    assert_refused("kernel k {\ntensor x: f16[1][1][1][1][1] in\n}",
                   "2:26: a tensor has at most 4 dimensions");
    assert_refused("kernel k {\ntensor x: f16[1] in\ntensor x: f16[1] in\n}",
                   "3:8: 'x' is already the name of a tensor");
    assert_refused("kernel k {\ntensor x: f16[1] in\naiv {\ntile x: ub f16[1]\n}\n}",
                   "4:6: 'x' is already the name of a tensor");
    assert_refused("kernel k {\naiv {\ntile x: gm f16[1]\n}\n}",
                   "3:9: a tile in gm; expected an on-chip space, or a tensor");
    assert_refused("kernel k {\naiv {\ntile x: ub f16[0]\n}\n}",
                   "3:15: a tile of 0 elements; expected 1..2^32");
    assert_refused("kernel k {\naiv {\ntile x: ub f16[1] @-32\n}\n}",
                   "3:15: a tile at address -32; expected 0..2^32");
    assert_refused("kernel k {\naiv {\ntile x: ub f64[1]\n}\n}",
                   "3:12: found 'f64', expected an element type; did you mean 'i64'?");
    assert_refused("kernel k {\naiv {\ntile x: ub i64[4294967296]\n}\n}",
                   "3:15: the tile ends beyond address 2^32");
}

static void limits_are_refused_not_exceeded(void **state)
{
    (void)state;
    struct text text;
    text_init(&text);

    text_addf(&text, "kernel k { aiv {\n");
    for (int i = 0; i <= KNEST_MAX; i++)
        text_addf(&text, "if 1 {\n");
    assert_refused(text.at, "18:6: blocks are nested deeper than 16");

    text_clear(&text);
    text_addf(&text, "kernel k { aiv {\n");
    for (int i = 0; i <= KREGS_MAX - REG_SPECIAL_COUNT; i++)
        text_addf(&text, "%%r%d = 0\n", i);
    assert_refused(text.at, "255:1: a program has at most 256 registers");

    text_clear(&text);
    text_addf(&text, "kernel k {\n");
    for (int i = 0; i <= KREGS_MAX - REG_SPECIAL_COUNT; i++)
        text_addf(&text, "param r%d = 0\n", i);
    assert_refused(text.at, "255:7: a kernel has at most 253 parameters");

    text_clear(&text);
    text_addf(&text, "kernel k {\n");
    for (int i = 0; i <= KTENSORS_MAX; i++)
        text_addf(&text, "tensor r%d: i8[1] in\n", i);
    assert_refused(text.at, "66:8: a kernel has at most 64 tensors");

    text_clear(&text);
    text_addf(&text, "kernel k { aiv {\n");
    for (int i = 0; i <= KTILES_MAX; i++)
        text_addf(&text, "tile r%d: ub i8[1]\n", i);
    assert_refused(text.at, "4098:6: a program has at most 4096 tiles");
    text_free(&text);
}

static void sample_kernel_is_right_and_reads_back(void **state)
{
    (void)state;
    struct text text = sample();
    struct kernel *kernel = parsed(text.at);
    struct diag diag = { 0 };

    assert_true(kernel_verify(kernel, NULL, &diag));
    assert_reads_back(kernel);
    kernel_free(kernel);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_written_kernel_prints_as_it_was_written),
        cmocka_unit_test(freely_written_kernel_means_the_same),
        cmocka_unit_test(blocks_know_their_ends),
        cmocka_unit_test(tiles_without_address_follow_one_another),
        cmocka_unit_test(every_mnemonic_parses_prints_and_verifies),
        cmocka_unit_test(every_scalar_operation_parses_and_prints),
        cmocka_unit_test(reals_are_printed_with_the_fewest_digits_that_keep_them),
        cmocka_unit_test(built_kernel_reads_back),
        cmocka_unit_test(wrong_words_are_named_and_the_right_ones_suggested),
        cmocka_unit_test(broken_statements_are_refused_where_they_break),
        cmocka_unit_test(broken_declarations_are_refused_where_they_break),
        cmocka_unit_test(limits_are_refused_not_exceeded),
        cmocka_unit_test(sample_kernel_is_right_and_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
