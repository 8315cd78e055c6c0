/* What is wrong with a config file, and where; files that extend others; damaged ones. */
#include "models/params.h"
#include "sim/file.h"
#include "sim/mem.h"
#include "tests/config_rig.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define CONFIGS NPUSIM_SOURCE_DIR "/configs"

/* A file whose third line is `line`, in the section "core". */
#define IN_CORE(line) "{'description': 'a test',\n 'core': {\n" line "}}\n"

/* --- What is wrong with a file, and where --- */

static void what_is_not_json_is_located(void **state)
{
    (void)state;
    config_rig_refuses("", "chip.json:1:1: error: the JSON ends too early\n");
    config_rig_refuses(" \n", "chip.json:2:1: error: the JSON ends too early\n");
    config_rig_refuses("{'a': 1,\n 'b' 2}", "chip.json:2:6: error: not JSON from here on\n");
    config_rig_refuses("{'a': 1}\n{", "chip.json:2:1: error: not JSON from here on\n");
    config_rig_refuses("{'a': \\u0000}", "chip.json:1:7: error: zero character\n");
    config_rig_refuses("[1, 2]", "chip.json:1:1: error: the file is not an object\n");
    config_rig_refuses("  'text'", "chip.json:1:3: error: the file is not an object\n");

    config_rig_write("chip", "{\n\0}", 4);
    config_rig_fails("chip", "chip.json:2:1: error: zero character\n");
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *text = mem_new(DEPTH + 1);
    memset(text, '[', DEPTH);
    struct diag diag = { 0 };
    config_rig_write("chip", text, DEPTH);
    assert_null(chip_load(config_rig_folder, "chip", &diag));
    assert_string_equal(diag.text, "not JSON from here on");
    mem_free(text);
}

static void a_huge_file_is_refused(void **state)
{
    (void)state;
    enum { BYTES = 1048577 };
    char *text = mem_new(BYTES);
    memset(text, ' ', BYTES);
    config_rig_write("chip", text, BYTES);
    config_rig_fails("chip", "chip.json: error: 1048577 bytes are too many for a config\n");
    mem_free(text);
}

static void unknown_and_duplicate_keys_are_located(void **state)
{
    (void)state;
    config_rig_refuses("{'description': 'a test',\n  'coer': {}}",
                       "chip.json:2:3: error: unknown key 'coer' in the file; "
                       "did you mean 'core'?\n");
    config_rig_refuses("{'description': 'a test',\n 'Core': {}}",
                       "chip.json:2:2: error: unknown key 'Core' in the file; "
                       "did you mean 'core'?\n");
    config_rig_refuses("{'core': {},\n 'core': {}}",
                       "chip.json:2:2: error: duplicate key 'core' in the file\n");
    config_rig_refuses(IN_CORE("  'frequency': 1"),
                       "chip.json:3:3: error: unknown key 'frequency' in core\n");
    config_rig_refuses(IN_CORE("  'clok': 1"),
                       "chip.json:3:3: error: unknown key 'clok' in core; "
                       "did you mean 'clock'?\n");
    config_rig_refuses(IN_CORE("  'clock': {}, 'clock': {}"),
                       "chip.json:3:16: error: duplicate key 'clock' in core\n");
    config_rig_refuses(IN_CORE("  'clock': {'valu': 1}"),
                       "chip.json:3:13: error: unknown key 'valu' in core.clock; "
                       "did you mean 'value'?\n");
    config_rig_refuses(IN_CORE("  'clock': {'value': 1, 'value': 1}"),
                       "chip.json:3:25: error: duplicate key 'value' in core.clock\n");
}

static void a_message_stays_on_one_line_whatever_the_key(void **state)
{
    (void)state;
    config_rig_refuses("{'a\\nb\\t': 1}",
                       "chip.json:1:2: error: unknown key 'a?b?' in the file\n");
    config_rig_refuses("{'0123456789012345678901234567890123456789012345678901234567890': 1}",
                       "chip.json:1:2: error: unknown key "
                       "'012345678901234567890123456789012345678901...' in the file\n");
}

static void a_key_is_located_past_strings_that_look_like_keys(void **state)
{
    (void)state;
    config_rig_refuses("{'description': '\\'core\\': {\\\\', 'core' : {'clock': 7}}",
                       "chip.json:1:44: error: core.clock is not an object\n");
}

static void a_missing_parameter_is_blamed_on_its_section(void **state)
{
    (void)state;
    config_rig_refuses("{}", "chip.json:1:1: error: description is missing\n");
    config_rig_refuses("{'description': 'a test'}",
                       "chip.json:1:1: error: chip.aic is missing\n");
    config_rig_refuses(
        "{'description': 'a test',\n"
        " 'chip': {\n"
        "  'aic': {'value': 1, 'unit': 'cores', 'kind': 'SPEC', 'source': 's'}}}",
        "chip.json:2:2: error: chip.aiv_per_aic is missing\n");
    config_rig_refuses(IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'CFG'}"),
                       "chip.json:3:3: error: core.clock has no source\n");
}

static void a_wrong_unit_is_located(void **state)
{
    (void)state;
    config_rig_refuses(
        IN_CORE("  'clock': {'value': 1, 'unit': 'GHz', 'kind': 'CFG', 'source': 's'}"),
        "chip.json:3:25: error: unit of core.clock is 'GHz'; expected 'MHz'\n");
    config_rig_refuses(
        IN_CORE("  'clock': {'value': 1, 'unit': 1, 'kind': 'CFG', 'source': 's'}"),
        "chip.json:3:25: error: unit of core.clock is not a string; "
        "expected 'MHz'\n");
}

static void an_unknown_kind_is_located(void **state)
{
    (void)state;
    config_rig_refuses(
        IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'cfg', 'source': 's'}"),
        "chip.json:3:43: error: kind of core.clock is 'cfg'; "
        "expected MEAS, CFG, SPEC, MODEL, FITTED or ASSUMED\n");
}

static void a_source_is_one_line_of_text(void **state)
{
    (void)state;
    config_rig_refuses(
        IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'CFG', 'source': ' '}"),
        "chip.json:3:58: error: source of core.clock is empty\n");
    config_rig_refuses(
        IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'CFG', 'source': null}"),
        "chip.json:3:58: error: source of core.clock is not a string\n");
    config_rig_refuses(
        IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'CFG', 'source': 'a\\n'}"),
        "chip.json:3:58: error: source of core.clock has a control character\n");
}

static void a_bad_value_is_located(void **state)
{
    (void)state;
    config_rig_refuses(IN_CORE("  'clock': {'value': '1', 'unit': 'MHz', 'kind': 'CFG', "
                               "'source': 's'}"),
                       "chip.json:3:13: error: value of core.clock is not a number\n");
    config_rig_refuses(IN_CORE("  'clock': {'value': 0, 'unit': 'MHz', 'kind': 'CFG', "
                               "'source': 's'}"),
                       "chip.json:3:13: error: core.clock is 0; expected 100..4000 MHz\n");
    config_rig_refuses(
        IN_CORE("  'clock': {'value': -1e300, 'unit': 'MHz', 'kind': 'CFG', "
                "'source': 's'}"),
        "chip.json:3:13: error: core.clock is -1e+300; expected 100..4000 MHz\n");
    config_rig_refuses(IN_CORE("  'clock': {'value': 1e999, 'unit': 'MHz', 'kind': 'CFG', "
                               "'source': 's'}"),
                       "chip.json:3:13: error: core.clock is inf; expected 100..4000 MHz\n");
    config_rig_refuses(IN_CORE("  'clock': {'value': 1000.5, 'unit': 'MHz', 'kind': 'CFG', "
                               "'source': 's'}"),
                       "chip.json:3:13: error: core.clock is 1000.5; "
                       "expected a whole number of MHz\n");
    config_rig_refuses(
        "{'description': 'a test', 'scalar': {\n"
        "  'op': {'value': 1.0005, 'unit': 'cycles', 'kind': 'CFG', 'source': 's'}}}",
        "chip.json:2:10: error: scalar.op is 1.0005; "
        "expected a whole number of thousandths of cycles\n");
}

/* --- Files that extend others --- */

#define EXTENDS_TINY "{'description': 'a test',\n 'extends': '" CONFIGS "/tiny.json',\n"

static void a_file_overrides_what_it_extends(void **state)
{
    (void)state;
    config_rig_json("base", EXTENDS_TINY
                    " 'core': {'clock': {'value': 500, 'unit': 'MHz', 'kind': 'MEAS', "
                    "'source': 'ours'}}}");
    config_rig_json("chip", "{'extends': 'base.json', 'description': 'the last'}");

    struct diag diag = { 0 };
    struct chip *chip = chip_load(config_rig_folder, "chip", &diag);
    assert_non_null(chip);
    assert_string_equal(chip->name, "chip");
    assert_string_equal(chip->description, "the last");
    assert_int_equal(chip->params.core_clock, 500);
    assert_int_equal(chip->origin[PARAM_core_clock].kind, KIND_MEAS);
    assert_string_equal(chip->origin[PARAM_core_clock].source, "ours");
    assert_int_equal(chip->origin[PARAM_core_queue].kind, KIND_ASSUMED);
    chip_free(chip);
}

static void parameters_that_do_not_go_together_are_located(void **state)
{
    (void)state;
    config_rig_refuses(
        EXTENDS_TINY " 'l2': {\n"
                     "  'ways': {'value': 15, 'unit': 'lines', 'kind': 'CFG', 'source': 's'}}}",
        "chip.json:4:3: error: l2.bytes is 1048576; "
        "expected a multiple of 7680 bytes (512 * l2.ways)\n");
    config_rig_refuses(
        EXTENDS_TINY
        " 'buffer': {\n"
        "  'l0a': {'value': 1025, 'unit': 'bytes', 'kind': 'CFG', 'source': 's'}}}",
        "chip.json:4:3: error: buffer.l0a is 1025; "
        "expected a multiple of 512 bytes\n");
    config_rig_refuses(EXTENDS_TINY
                       " 'hbm': {\n"
                       "  'bytes': {'value': 1099511627776, 'unit': 'bytes', 'kind': 'CFG',\n"
                       "            'source': 's'}}}",
                       "chip.json:4:3: error: hbm.bytes is 1099511627776; "
                       "expected at most 274877906944 bytes (2^22 * l2.bytes / l2.ways)\n");
    config_rig_refuses(
        EXTENDS_TINY " 'hbm': {\n"
                     "  'gang': {'value': 4, 'unit': 'banks', 'kind': 'CFG', 'source': 's'}}}",
        "chip.json:4:3: error: hbm.gang is 4; "
        "expected no more than hbm.groups, which is 2\n");
    config_rig_refuses(
        EXTENDS_TINY " 'hbm': {\n"
                     "  'trefi': {'value': 0.2, 'unit': 'ns', 'kind': 'CFG', 'source': 's'}}}",
        "chip.json:4:3: error: hbm.trefi is 0.2 ns, in clocks 1; "
        "expected at least 101, one more than hbm.trfc\n");
}

static void an_error_in_an_extended_file_is_located_there(void **state)
{
    (void)state;
    config_rig_json("base", IN_CORE("  'clok': 1"));
    config_rig_refuses("{'description': 'a test', 'extends': 'base.json'}",
                       "base.json:3:3: error: unknown key 'clok' in core; "
                       "did you mean 'clock'?\n");
}

static void extending_what_cannot_be_extended_is_located(void **state)
{
    (void)state;
    char expected[256];
    config_rig_refuses("{'description': 'a test',\n 'extends': 1}",
                       "chip.json:2:2: error: extends is not a string\n");

    config_rig_json("chip", "{'description': 'a test',\n 'extends': 'none.json'}");
    snprintf(expected, sizeof expected,
             "chip.json:2:2: error: %s/none.json: cannot open: No such file or directory\n",
             config_rig_folder);
    config_rig_fails("chip", expected);

    config_rig_json("base", "{'description': 'a test', 'extends': 'chip.json'}");
    config_rig_json("chip", "{'description': 'a test', 'extends': 'base.json'}");
    snprintf(expected, sizeof expected,
             "base.json:1:27: error: extends leads back to %s/chip.json\n", config_rig_folder);
    config_rig_fails("chip", expected);

    config_rig_refuses("{'description': 'a test', 'extends': './chip.json'}",
                       "././././chip.json:1:27: error: more than 4 files extended in a row\n");
}

static void a_chain_has_four_extended_files_at_most(void **state)
{
    (void)state;
    config_rig_json("chain4", EXTENDS_TINY "'core': {}}"); /* extends the fourth, or one more */
    config_rig_json("chain3", "{'description': 'a test', 'extends': 'chain4.json'}");
    config_rig_json("chain2", "{'description': 'a test', 'extends': 'chain3.json'}");
    config_rig_json("chain1", "{'description': 'a test', 'extends': 'chain2.json'}");

    struct diag diag = { 0 };
    struct chip *chip = chip_load(config_rig_folder, "chain1", &diag);
    assert_non_null(chip);
    chip_free(chip);
    config_rig_refuses("{'description': 'a test', 'extends': 'chain1.json'}",
                       "chain4.json:2:2: error: more than 4 files extended in a row\n");
}

/* --- Damaged files --- */

/* A copy of tiny.json to be damaged in place, and its bytes. */
static int open_victim(struct text *text)
{
    char path[128];
    struct diag diag = { 0 };
    text_init(text);
    assert_true(file_read(CONFIGS "/tiny.json", text, &diag));
    config_rig_write("chip", text->at, text->length);
    snprintf(path, sizeof path, "%s/chip.json", config_rig_folder);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    return fd;
}

static void a_file_cut_anywhere_is_an_error(void **state)
{
    (void)state;
    struct text text;
    int fd = open_victim(&text);
    size_t whole = (size_t)(strrchr(text.at, '}') - text.at) + 1;

    for (size_t length = whole; length-- > 0;) {
        struct diag diag = { 0 };
        assert_int_equal(ftruncate(fd, (off_t)length), 0);
        assert_null(chip_load(config_rig_folder, "chip", &diag));
        assert_true(diag.text[0] != '\0' && diag.line > 0);
    }
    close(fd);
    text_free(&text);
}

static void a_file_with_a_flipped_bit_loads_or_is_an_error(void **state)
{
    (void)state;
    struct text text;
    int fd = open_victim(&text);

    for (size_t i = 0; i < text.length; i++) {
        char flipped = (char)(text.at[i] ^ 1 << i % 8);
        assert_int_equal(pwrite(fd, &flipped, 1, (off_t)i), 1);

        struct diag diag = { 0 };
        struct chip *chip = chip_load(config_rig_folder, "chip", &diag);
        assert_true((chip != NULL) == (diag.text[0] == '\0'));
        assert_null(strchr(diag.text, '\n'));
        chip_free(chip);
        assert_int_equal(pwrite(fd, &text.at[i], 1, (off_t)i), 1);
    }
    close(fd);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_json_is_located),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(a_huge_file_is_refused),
        cmocka_unit_test(unknown_and_duplicate_keys_are_located),
        cmocka_unit_test(a_message_stays_on_one_line_whatever_the_key),
        cmocka_unit_test(a_key_is_located_past_strings_that_look_like_keys),
        cmocka_unit_test(a_missing_parameter_is_blamed_on_its_section),
        cmocka_unit_test(a_wrong_unit_is_located),
        cmocka_unit_test(an_unknown_kind_is_located),
        cmocka_unit_test(a_source_is_one_line_of_text),
        cmocka_unit_test(a_bad_value_is_located),
        cmocka_unit_test(a_file_overrides_what_it_extends),
        cmocka_unit_test(parameters_that_do_not_go_together_are_located),
        cmocka_unit_test(an_error_in_an_extended_file_is_located_there),
        cmocka_unit_test(extending_what_cannot_be_extended_is_located),
        cmocka_unit_test(a_chain_has_four_extended_files_at_most),
        cmocka_unit_test(a_file_cut_anywhere_is_an_error),
        cmocka_unit_test(a_file_with_a_flipped_bit_loads_or_is_an_error),
    };
    return cmocka_run_group_tests(tests, config_rig_make, config_rig_remove);
}
