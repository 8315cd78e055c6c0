#include "models/params.h"
#include "sim/file.h"
#include "sim/mem.h"

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

/* --- A folder for the files of a test --- */

static char folder[] = "/tmp/npusim-params-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char **names, path[128];
    struct diag diag = { 0 };
    size_t count = chip_list(folder, &names, &diag);

    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s.json", folder, names[i]);
        unlink(path);
        mem_free(names[i]);
    }
    mem_free(names);
    return rmdir(folder);
}

static void write_bytes(const char *name, const char *bytes, size_t length)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* Write a JSON text in which ' stands for ", which keeps the columns readable. */
static void write_config(const char *name, const char *text)
{
    size_t length = strlen(text);
    char *json = mem_new(length + 1);
    for (size_t i = 0; i < length; i++)
        json[i] = text[i] == '\'' ? '"' : text[i];
    write_bytes(name, json, length);
    mem_free(json);
}

/* --- What an error says --- */

/* The diag as it is printed, less the name of our folder; free it. */
static char *printed(const struct diag *diag)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    diag_print(diag, out);
    fclose(out);

    size_t own = strlen(folder);
    if (strncmp(text, folder, own) == 0)
        memmove(text, text + own + 1, length - own);
    return text;
}

static void expect_diag(const struct diag *diag, const char *expected)
{
    char *text = printed(diag);
    assert_string_equal(text, expected);
    free(text);
}

static void expect_failure(const char *name, const char *expected)
{
    struct diag diag = { 0 };
    assert_null(chip_load(folder, name, &diag));
    expect_diag(&diag, expected);
}

static void expect_error(const char *text, const char *expected)
{
    write_config("chip", text);
    expect_failure("chip", expected);
}

/* A file whose third line is `line`, in the section "core". */
#define IN_CORE(line) "{'description': 'a test',\n 'core': {\n" line "}}\n"

/* --- The chips we ship --- */

static struct chip *shipped(const char *name)
{
    struct diag diag = { 0 };
    struct chip *chip = chip_load(CONFIGS, name, &diag);
    if (chip == NULL)
        diag_print(&diag, stderr);
    assert_non_null(chip);
    return chip;
}

static void for_each_shipped(void (*check)(struct chip *chip))
{
    char **names;
    struct diag diag = { 0 };
    size_t count = chip_list(CONFIGS, &names, &diag);
    assert_true(count >= 5);

    for (size_t i = 0; i < count; i++) {
        struct chip *chip = shipped(names[i]);
        assert_string_equal(chip->name, names[i]);
        check(chip);
        chip_free(chip);
        mem_free(names[i]);
    }
    mem_free(names);
}

static void check_every_parameter(struct chip *chip)
{
    assert_true(chip->description[0] != '\0');
    for (enum param_id id = 0; id < PARAM_COUNT; id++) {
        const struct param_info *info = &param_info[id];
        double value = (double)param_get(&chip->params, id) / (double)info->scale;
        assert_non_null(chip->origin[id].source);
        assert_true(chip->origin[id].kind < KIND_COUNT);
        assert_true(value >= info->min && value <= info->max);
    }
}

static void every_shipped_chip_has_every_parameter_and_its_source(void **state)
{
    (void)state;
    for_each_shipped(check_every_parameter);
}

static void every_parameter_appears_in_every_complete_config(void **state)
{
    (void)state;
    static const char *const complete[] = { "tiny", "ascend910b1" };

    for (size_t i = 0; i < 2; i++) {
        char path[256], line[128];
        struct text text;
        struct diag diag = { 0 };
        text_init(&text);
        snprintf(path, sizeof path, "%s/%s.json", CONFIGS, complete[i]);
        assert_true(file_read(path, &text, &diag));
        assert_null(strstr(text.at, "\"extends\""));

        for (enum param_id id = 0; id < PARAM_COUNT; id++) {
            const char *name = strchr(param_info[id].name, '.') + 1;
            snprintf(line, sizeof line, "\n    \"%s\": {\"value\": ", name);
            assert_non_null(strstr(text.at, line));
        }
        text_free(&text);
    }
}

static void expect_differences(const char *name, const char *expected)
{
    struct chip *base = shipped("ascend910b1"), *chip = shipped(name);
    struct text differences;
    text_init(&differences);

    for (enum param_id id = 0; id < PARAM_COUNT; id++)
        if (param_get(&base->params, id) != param_get(&chip->params, id))
            text_addf(&differences, "%s ", param_info[id].name);
    assert_string_equal(differences.at, expected);

    text_free(&differences);
    chip_free(base);
    chip_free(chip);
}

static void the_910b_family_shares_all_but_clock_cores_and_memory(void **state)
{
    (void)state;
    expect_differences("ascend910b2", "core.clock l2.rate hbm.clock ");
    expect_differences("ascend910b3", "chip.aic core.clock l2.rate hbm.clock ");
    expect_differences("ascend910b4-1",
                       "chip.aic core.clock l2.bytes l2.rate hbm.bytes hbm.clock ");
}

static void values_are_whole_numbers_of_their_scale(void **state)
{
    (void)state;
    struct chip *tiny = shipped("tiny");
    assert_int_equal(tiny->params.core_clock, 1000);
    assert_int_equal(tiny->params.vector_narrow, 500);   /* 0.5 */
    assert_int_equal(tiny->params.vector_gatherb, 2500); /* 2.5 */
    assert_int_equal(tiny->params.gm_l1_rate, 128 * 1000);
    chip_free(tiny);
}

static void the_target_of_a_chip_is_what_its_parameters_say(void **state)
{
    (void)state;
    struct chip *tiny = shipped("tiny");
    struct target target;
    chip_target(tiny, &target);

    assert_int_equal(target.aic, 2);
    assert_int_equal(target.aiv, 4);
    assert_int_equal(target.capacity[SPACE_GM], 1 << 30);
    assert_int_equal(target.capacity[SPACE_L0C], 128 << 10);
    assert_int_equal(target.l2_bytes, 1 << 20);
    assert_int_equal(target.clock_mhz, 1000);
    assert_int_equal(target.hbm_bytes_per_cycle, 128); /* of each channel 64 */
    assert_int_equal(target.l2_bytes_per_cycle, 1024);
    assert_int_equal(target.gm_l1_bytes_per_cycle, 128);
    assert_int_equal(target.head_cycles, 1000);
    for (size_t i = 0; i < SPACE_COUNT; i++)
        assert_true(target.capacity[i] > 0);
    chip_free(tiny);
}

static void a_chip_can_be_named_by_its_path(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    struct chip *chip = chip_load("/nowhere", CONFIGS "/tiny.json", &diag);
    assert_non_null(chip);
    assert_string_equal(chip->name, "tiny");
    chip_free(chip);
}

/* --- The table --- */

static void rows_of_a_section_stand_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < PARAM_COUNT; i++) {
        size_t section = strcspn(param_info[i].name, ".") + 1;
        bool left = false;
        for (size_t j = i; j < PARAM_COUNT; j++) {
            bool same = strncmp(param_info[i].name, param_info[j].name, section) == 0;
            assert_false(same && left);
            left = left || !same;
        }
    }
}

static void rows_have_sound_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < PARAM_COUNT; i++) {
        const struct param_info *info = &param_info[i];
        double least = info->min * (double)info->scale, most = info->max * (double)info->scale;
        assert_true(info->scale == 1 || info->scale == 1000);
        assert_true(0 <= least && least < most && most <= 9007199254740992.0);
        assert_true(least == (double)(int64_t)least && most == (double)(int64_t)most);
        assert_true(info->unit[0] != '\0' && info->meaning[0] != '\0');
    }
}

/* --- Changing a parameter --- */

static void expect_set_error(struct chip *chip, const char *assignment, const char *expected)
{
    struct diag diag = { 0 };
    struct params before = chip->params;
    assert_false(chip_set(chip, assignment, &diag));
    expect_diag(&diag, expected);
    assert_memory_equal(&before, &chip->params, sizeof before);
}

static void check_round_trip(struct chip *chip)
{
    struct params before = chip->params;
    struct diag diag = { 0 };

    for (enum param_id id = 0; id < PARAM_COUNT; id++) {
        char value[32], assignment[128];
        param_format(chip, id, value);
        snprintf(assignment, sizeof assignment, "%s=%s", param_info[id].name, value);
        assert_true(chip_set(chip, assignment, &diag));
    }
    assert_memory_equal(&before, &chip->params, sizeof before);
}

static void a_formatted_value_reads_back_as_the_same(void **state)
{
    (void)state;
    for_each_shipped(check_round_trip);
}

static void values_are_formatted_as_one_would_write_them(void **state)
{
    (void)state;
    static const char *const values[] = { "0.001", "0.5", "1", "2.04", "99.999", "100" };
    struct chip *chip = shipped("tiny");
    struct diag diag = { 0 };

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char assignment[64], value[32];
        snprintf(assignment, sizeof assignment, "scalar.op=%s", values[i]);
        assert_true(chip_set(chip, assignment, &diag));
        param_format(chip, PARAM_scalar_op, value);
        assert_string_equal(value, values[i]);
    }
    chip_free(chip);
}

static void every_thousandth_is_exact(void **state)
{
    (void)state;
    struct chip *chip = shipped("tiny");
    struct diag diag = { 0 };

    for (int64_t n = 1000; n <= 4096000; n += 997) {
        char assignment[64];
        snprintf(assignment, sizeof assignment, "mte1.l0a=%d.%03d", (int)(n / 1000),
                 (int)(n % 1000));
        assert_true(chip_set(chip, assignment, &diag));
        assert_int_equal(chip->params.mte1_l0a, n);
    }
    chip_free(chip);
}

static void a_parameter_set_by_hand_says_so(void **state)
{
    (void)state;
    struct chip *chip = shipped("ascend910b1");
    struct diag diag = { 0 };
    assert_true(chip_set(chip, "core.clock=1900", &diag));
    assert_int_equal(chip->params.core_clock, 1900);
    assert_int_equal(chip->origin[PARAM_core_clock].kind, KIND_ASSUMED);
    assert_string_equal(chip->origin[PARAM_core_clock].source, "command line");
    chip_free(chip);
}

static void a_bad_assignment_changes_nothing(void **state)
{
    (void)state;
    struct chip *chip = shipped("tiny");
    expect_set_error(chip, "core.clock", "error: 'core.clock'; expected PARAMETER=VALUE\n");
    expect_set_error(chip, "core.clok=1",
                     "error: unknown parameter 'core.clok'; did you mean 'core.clock'?\n");
    expect_set_error(chip, "zzz=1", "error: unknown parameter 'zzz'\n");
    expect_set_error(chip, "=1", "error: unknown parameter ''\n");
    expect_set_error(chip,
                     "core.clock=", "error: core.clock is ''; expected a number of MHz\n");
    expect_set_error(chip, "core.clock=0x400",
                     "error: core.clock is '0x400'; expected a number of MHz\n");
    expect_set_error(chip, "core.clock=1-2",
                     "error: core.clock is '1-2'; expected a number of MHz\n");
    expect_set_error(chip, "core.clock=nan",
                     "error: core.clock is 'nan'; expected a number of MHz\n");
    expect_set_error(chip, "core.clock=1e999",
                     "error: core.clock is inf; expected 100..4000 MHz\n");
    expect_set_error(chip, "core.clock=99.9",
                     "error: core.clock is 99.9; expected a whole number of MHz\n");
    expect_set_error(chip, "l2.ways=15",
                     "error: l2.bytes is 1048576; expected a multiple of 7680 bytes "
                     "(512 * l2.ways)\n");
    chip_free(chip);
}

/* Of tiny: 2 groups of 2 banks, a gang of 1, tRFC 100, tRAS 50, tRP 20, a clock of 1 ns. */
static void what_no_dram_can_be_is_refused(void **state)
{
    (void)state;
    static const char *const sets[][2] = {
        { "hbm.row=1000", "error: hbm.row is 1000; expected a power of two\n" },
        { "hbm.atom=48", "error: hbm.atom is 48; expected a power of two\n" },
        { "hbm.groups=3", "error: hbm.groups is 3; expected a power of two\n" },
        { "hbm.gang=4",
          "error: hbm.gang is 4; expected no more than hbm.groups, which is 2\n" },
        { "hbm.burst=2",
          "error: hbm.burst is 2; expected no more than hbm.tccds, which is 1\n" },
        { "hbm.tccds=2",
          "error: hbm.tccds is 2; expected no more than hbm.tccdl, which is 1\n" },
        { "hbm.tcwl=40.5",
          "error: hbm.tcwl is 40.5; expected no more than hbm.tcl, which is 40\n" },
        { "hbm.write_low=6",
          "error: hbm.write_low is 6; expected less than hbm.write_high, which is 6\n" },
        { "hbm.write_high=9",
          "error: hbm.write_high is 9; expected no more than hbm.writes, which is 8\n" },
        { "hbm.channels=64", NULL }, /* and below as many stacks: */
        { "hbm.stacks=5", "error: hbm.stacks * hbm.channels * hbm.pseudo is 320; expected "
                          "at most 256\n" },
        { "hbm.stacks=4", NULL },
        { "hbm.groups=8", NULL },
        { "hbm.banks=16", "error: hbm.groups * hbm.banks is 128; expected at most 64\n" },
        { "hbm.banks=8", NULL },
        /* A refresh of all banks, and then nothing; a clock later there is one for requests. */
        { "hbm.trefi=100",
          "error: hbm.trefi is 100 ns, in clocks 100; expected at least 101, one more than "
          "hbm.trfc\n" },
        { "hbm.trefi=100.001", NULL },
        { "hbm.trfcsb=31.001", "error: hbm.trefi is 100.001 ns, in clocks 101; expected at "
                               "least 102, hbm.trfcsb and a row cycle\n" },
        { "hbm.trfcsb=31", NULL },
        { "hbm.trfc=50", NULL },
        { "hbm.trfcsb=0", NULL },
        { "hbm.trefi=63", "error: hbm.trefi is 63 ns, in clocks 63; expected at least 64, one "
                          "for each bank\n" },
        { "hbm.trefi=64", NULL },
        /* Rounded up to a clock, both are one. */
        { "hbm.trfc=63.5", "error: hbm.trefi is 64 ns, in clocks 64; expected at least 65, "
                           "one more than hbm.trfc\n" },
    };
    struct chip *chip = shipped("tiny");
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct diag diag = { 0 };
        if (sets[i][1] != NULL)
            expect_set_error(chip, sets[i][0], sets[i][1]);
        else
            assert_true(chip_set(chip, sets[i][0], &diag));
    }
    chip_free(chip);
}

static void the_hash_is_of_the_values_alone(void **state)
{
    (void)state;
    struct chip *chip = shipped("tiny");
    struct diag diag = { 0 };
    char before[17], changed[17], after[17];

    chip_hash(chip, before);
    assert_int_equal(strlen(before), 16);
    assert_true(chip_set(chip, "launch.tail=1001", &diag));
    chip_hash(chip, changed);
    assert_true(chip_set(chip, "launch.tail=1000", &diag));
    chip_hash(chip, after);
    assert_string_not_equal(before, changed);
    assert_string_equal(before, after); /* though its source is another */
    chip_free(chip);
}

/* --- Finding a chip --- */

static void an_unknown_chip_suggests_the_nearest(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    assert_null(chip_load(CONFIGS, "ascend910b5", &diag));
    expect_diag(&diag, "error: unknown chip 'ascend910b5' in " CONFIGS
                       "; did you mean 'ascend910b1'?\n");
}

static void an_unknown_chip_like_no_other_lists_those_there_are(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    assert_null(chip_load(CONFIGS, "h100", &diag));
    assert_non_null(strstr(diag.text, "; it has ascend910b1, ascend910b2, "));

    diag = (struct diag){ 0 };
    assert_null(chip_load("/nowhere", "tiny", &diag));
    expect_diag(&diag, "error: unknown chip 'tiny' in /nowhere; "
                       "cannot open: No such file or directory\n");
}

static void a_path_that_leads_nowhere_is_named(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    assert_null(chip_load(CONFIGS, "/nowhere/tiny.json", &diag));
    expect_diag(&diag, "/nowhere/tiny.json: error: cannot open: No such file or directory\n");
}

static void a_folder_without_chips_is_told_from_none(void **state)
{
    (void)state;
    char **names;
    struct diag diag = { 0 };
    assert_int_equal(chip_list(NPUSIM_SOURCE_DIR "/sim", &names, &diag), 0);
    assert_string_equal(diag.text, "");
    assert_int_equal(chip_list("/nowhere", &names, &diag), 0);
    expect_diag(&diag, "/nowhere: error: cannot open: No such file or directory\n");
}

/* --- What is wrong with a file, and where --- */

static void what_is_not_json_is_located(void **state)
{
    (void)state;
    expect_error("", "chip.json:1:1: error: the JSON ends too early\n");
    expect_error(" \n", "chip.json:2:1: error: the JSON ends too early\n");
    expect_error("{'a': 1,\n 'b' 2}", "chip.json:2:6: error: not JSON from here on\n");
    expect_error("{'a': 1}\n{", "chip.json:2:1: error: not JSON from here on\n");
    expect_error("{'a': \\u0000}", "chip.json:1:7: error: zero character\n");
    expect_error("[1, 2]", "chip.json:1:1: error: the file is not an object\n");
    expect_error("  'text'", "chip.json:1:3: error: the file is not an object\n");

    write_bytes("chip", "{\n\0}", 4);
    expect_failure("chip", "chip.json:2:1: error: zero character\n");
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *text = mem_new(DEPTH + 1);
    memset(text, '[', DEPTH);
    struct diag diag = { 0 };
    write_bytes("chip", text, DEPTH);
    assert_null(chip_load(folder, "chip", &diag));
    assert_string_equal(diag.text, "not JSON from here on");
    mem_free(text);
}

static void a_huge_file_is_refused(void **state)
{
    (void)state;
    enum { BYTES = 1048577 };
    char *text = mem_new(BYTES);
    memset(text, ' ', BYTES);
    write_bytes("chip", text, BYTES);
    expect_failure("chip", "chip.json: error: 1048577 bytes are too many for a config\n");
    mem_free(text);
}

static void unknown_and_duplicate_keys_are_located(void **state)
{
    (void)state;
    expect_error("{'description': 'a test',\n  'coer': {}}",
                 "chip.json:2:3: error: unknown key 'coer' in the file; "
                 "did you mean 'core'?\n");
    expect_error("{'description': 'a test',\n 'Core': {}}",
                 "chip.json:2:2: error: unknown key 'Core' in the file; "
                 "did you mean 'core'?\n");
    expect_error("{'core': {},\n 'core': {}}",
                 "chip.json:2:2: error: duplicate key 'core' in the file\n");
    expect_error(IN_CORE("  'frequency': 1"),
                 "chip.json:3:3: error: unknown key 'frequency' in core\n");
    expect_error(IN_CORE("  'clok': 1"), "chip.json:3:3: error: unknown key 'clok' in core; "
                                         "did you mean 'clock'?\n");
    expect_error(IN_CORE("  'clock': {}, 'clock': {}"),
                 "chip.json:3:16: error: duplicate key 'clock' in core\n");
    expect_error(IN_CORE("  'clock': {'valu': 1}"),
                 "chip.json:3:13: error: unknown key 'valu' in core.clock; "
                 "did you mean 'value'?\n");
    expect_error(IN_CORE("  'clock': {'value': 1, 'value': 1}"),
                 "chip.json:3:25: error: duplicate key 'value' in core.clock\n");
}

static void a_message_stays_on_one_line_whatever_the_key(void **state)
{
    (void)state;
    expect_error("{'a\\nb\\t': 1}", "chip.json:1:2: error: unknown key 'a?b?' in the file\n");
    expect_error("{'0123456789012345678901234567890123456789012345678901234567890': 1}",
                 "chip.json:1:2: error: unknown key "
                 "'012345678901234567890123456789012345678901...' in the file\n");
}

static void a_key_is_located_past_strings_that_look_like_keys(void **state)
{
    (void)state;
    expect_error("{'description': '\\'core\\': {\\\\', 'core' : {'clock': 7}}",
                 "chip.json:1:44: error: core.clock is not an object\n");
}

static void a_missing_parameter_is_blamed_on_its_section(void **state)
{
    (void)state;
    expect_error("{}", "chip.json:1:1: error: description is missing\n");
    expect_error("{'description': 'a test'}", "chip.json:1:1: error: chip.aic is missing\n");
    expect_error("{'description': 'a test',\n"
                 " 'chip': {\n"
                 "  'aic': {'value': 1, 'unit': 'cores', 'kind': 'SPEC', 'source': 's'}}}",
                 "chip.json:2:2: error: chip.aiv_per_aic is missing\n");
    expect_error(IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'CFG'}"),
                 "chip.json:3:3: error: core.clock has no source\n");
}

static void a_wrong_unit_is_located(void **state)
{
    (void)state;
    expect_error(
        IN_CORE("  'clock': {'value': 1, 'unit': 'GHz', 'kind': 'CFG', 'source': 's'}"),
        "chip.json:3:25: error: unit of core.clock is 'GHz'; expected 'MHz'\n");
    expect_error(IN_CORE("  'clock': {'value': 1, 'unit': 1, 'kind': 'CFG', 'source': 's'}"),
                 "chip.json:3:25: error: unit of core.clock is not a string; "
                 "expected 'MHz'\n");
}

static void an_unknown_kind_is_located(void **state)
{
    (void)state;
    expect_error(
        IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'cfg', 'source': 's'}"),
        "chip.json:3:43: error: kind of core.clock is 'cfg'; "
        "expected MEAS, CFG, SPEC, MODEL, FITTED or ASSUMED\n");
}

static void a_source_is_one_line_of_text(void **state)
{
    (void)state;
    expect_error(
        IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'CFG', 'source': ' '}"),
        "chip.json:3:58: error: source of core.clock is empty\n");
    expect_error(
        IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'CFG', 'source': null}"),
        "chip.json:3:58: error: source of core.clock is not a string\n");
    expect_error(
        IN_CORE("  'clock': {'value': 1000, 'unit': 'MHz', 'kind': 'CFG', 'source': 'a\\n'}"),
        "chip.json:3:58: error: source of core.clock has a control character\n");
}

static void a_bad_value_is_located(void **state)
{
    (void)state;
    expect_error(IN_CORE("  'clock': {'value': '1', 'unit': 'MHz', 'kind': 'CFG', "
                         "'source': 's'}"),
                 "chip.json:3:13: error: value of core.clock is not a number\n");
    expect_error(IN_CORE("  'clock': {'value': 0, 'unit': 'MHz', 'kind': 'CFG', "
                         "'source': 's'}"),
                 "chip.json:3:13: error: core.clock is 0; expected 100..4000 MHz\n");
    expect_error(IN_CORE("  'clock': {'value': -1e300, 'unit': 'MHz', 'kind': 'CFG', "
                         "'source': 's'}"),
                 "chip.json:3:13: error: core.clock is -1e+300; expected 100..4000 MHz\n");
    expect_error(IN_CORE("  'clock': {'value': 1e999, 'unit': 'MHz', 'kind': 'CFG', "
                         "'source': 's'}"),
                 "chip.json:3:13: error: core.clock is inf; expected 100..4000 MHz\n");
    expect_error(IN_CORE("  'clock': {'value': 1000.5, 'unit': 'MHz', 'kind': 'CFG', "
                         "'source': 's'}"),
                 "chip.json:3:13: error: core.clock is 1000.5; "
                 "expected a whole number of MHz\n");
    expect_error("{'description': 'a test', 'scalar': {\n"
                 "  'op': {'value': 1.0005, 'unit': 'cycles', 'kind': 'CFG', 'source': 's'}}}",
                 "chip.json:2:10: error: scalar.op is 1.0005; "
                 "expected a whole number of thousandths of cycles\n");
}

/* --- Files that extend others --- */

#define EXTENDS_TINY "{'description': 'a test',\n 'extends': '" CONFIGS "/tiny.json',\n"

static void a_file_overrides_what_it_extends(void **state)
{
    (void)state;
    write_config("base", EXTENDS_TINY
                 " 'core': {'clock': {'value': 500, 'unit': 'MHz', 'kind': 'MEAS', "
                 "'source': 'ours'}}}");
    write_config("chip", "{'extends': 'base.json', 'description': 'the last'}");

    struct diag diag = { 0 };
    struct chip *chip = chip_load(folder, "chip", &diag);
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
    expect_error(EXTENDS_TINY
                 " 'l2': {\n"
                 "  'ways': {'value': 15, 'unit': 'lines', 'kind': 'CFG', 'source': 's'}}}",
                 "chip.json:4:3: error: l2.bytes is 1048576; "
                 "expected a multiple of 7680 bytes (512 * l2.ways)\n");
    expect_error(EXTENDS_TINY
                 " 'buffer': {\n"
                 "  'l0a': {'value': 1025, 'unit': 'bytes', 'kind': 'CFG', 'source': 's'}}}",
                 "chip.json:4:3: error: buffer.l0a is 1025; "
                 "expected a multiple of 512 bytes\n");
    expect_error(EXTENDS_TINY
                 " 'hbm': {\n"
                 "  'bytes': {'value': 1099511627776, 'unit': 'bytes', 'kind': 'CFG',\n"
                 "            'source': 's'}}}",
                 "chip.json:4:3: error: hbm.bytes is 1099511627776; "
                 "expected at most 274877906944 bytes (2^22 * l2.bytes / l2.ways)\n");
    expect_error(EXTENDS_TINY
                 " 'hbm': {\n"
                 "  'gang': {'value': 4, 'unit': 'banks', 'kind': 'CFG', 'source': 's'}}}",
                 "chip.json:4:3: error: hbm.gang is 4; "
                 "expected no more than hbm.groups, which is 2\n");
    expect_error(EXTENDS_TINY
                 " 'hbm': {\n"
                 "  'trefi': {'value': 0.2, 'unit': 'ns', 'kind': 'CFG', 'source': 's'}}}",
                 "chip.json:4:3: error: hbm.trefi is 0.2 ns, in clocks 1; "
                 "expected at least 101, one more than hbm.trfc\n");
}

static void an_error_in_an_extended_file_is_located_there(void **state)
{
    (void)state;
    write_config("base", IN_CORE("  'clok': 1"));
    expect_error("{'description': 'a test', 'extends': 'base.json'}",
                 "base.json:3:3: error: unknown key 'clok' in core; "
                 "did you mean 'clock'?\n");
}

static void extending_what_cannot_be_extended_is_located(void **state)
{
    (void)state;
    char expected[256];
    expect_error("{'description': 'a test',\n 'extends': 1}",
                 "chip.json:2:2: error: extends is not a string\n");

    write_config("chip", "{'description': 'a test',\n 'extends': 'none.json'}");
    snprintf(expected, sizeof expected,
             "chip.json:2:2: error: %s/none.json: cannot open: No such file or directory\n",
             folder);
    expect_failure("chip", expected);

    write_config("base", "{'description': 'a test', 'extends': 'chip.json'}");
    write_config("chip", "{'description': 'a test', 'extends': 'base.json'}");
    snprintf(expected, sizeof expected,
             "base.json:1:27: error: extends leads back to %s/chip.json\n", folder);
    expect_failure("chip", expected);

    expect_error("{'description': 'a test', 'extends': './chip.json'}",
                 "././././chip.json:1:27: error: more than 4 files extended in a row\n");
}

static void a_chain_has_four_extended_files_at_most(void **state)
{
    (void)state;
    write_config("chain4", EXTENDS_TINY "'core': {}}"); /* extends the fourth, or one more */
    write_config("chain3", "{'description': 'a test', 'extends': 'chain4.json'}");
    write_config("chain2", "{'description': 'a test', 'extends': 'chain3.json'}");
    write_config("chain1", "{'description': 'a test', 'extends': 'chain2.json'}");

    struct diag diag = { 0 };
    struct chip *chip = chip_load(folder, "chain1", &diag);
    assert_non_null(chip);
    chip_free(chip);
    expect_error("{'description': 'a test', 'extends': 'chain1.json'}",
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
    write_bytes("chip", text->at, text->length);
    snprintf(path, sizeof path, "%s/chip.json", folder);
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
        assert_null(chip_load(folder, "chip", &diag));
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
        struct chip *chip = chip_load(folder, "chip", &diag);
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
        cmocka_unit_test(every_shipped_chip_has_every_parameter_and_its_source),
        cmocka_unit_test(every_parameter_appears_in_every_complete_config),
        cmocka_unit_test(the_910b_family_shares_all_but_clock_cores_and_memory),
        cmocka_unit_test(values_are_whole_numbers_of_their_scale),
        cmocka_unit_test(the_target_of_a_chip_is_what_its_parameters_say),
        cmocka_unit_test(a_chip_can_be_named_by_its_path),
        cmocka_unit_test(rows_of_a_section_stand_together),
        cmocka_unit_test(rows_have_sound_ranges),
        cmocka_unit_test(a_formatted_value_reads_back_as_the_same),
        cmocka_unit_test(values_are_formatted_as_one_would_write_them),
        cmocka_unit_test(every_thousandth_is_exact),
        cmocka_unit_test(a_parameter_set_by_hand_says_so),
        cmocka_unit_test(a_bad_assignment_changes_nothing),
        cmocka_unit_test(what_no_dram_can_be_is_refused),
        cmocka_unit_test(the_hash_is_of_the_values_alone),
        cmocka_unit_test(an_unknown_chip_suggests_the_nearest),
        cmocka_unit_test(an_unknown_chip_like_no_other_lists_those_there_are),
        cmocka_unit_test(a_path_that_leads_nowhere_is_named),
        cmocka_unit_test(a_folder_without_chips_is_told_from_none),
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
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
