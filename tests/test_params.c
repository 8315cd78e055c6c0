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
    config_rig_expect(&diag, expected);
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
    expect_set_error(chip, "chip.coupled=1",
                     "error: chip.aiv_per_aic is 2; expected 1, as chip.coupled is 1\n");
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
    config_rig_expect(&diag, "error: unknown chip 'ascend910b5' in " CONFIGS
                             "; did you mean 'ascend910b1'?\n");
}

static void an_unknown_chip_like_no_other_lists_those_there_are(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    assert_null(chip_load(CONFIGS, "h100", &diag));
    assert_non_null(strstr(diag.text, "; it has ascend310p3, ascend910a, "));

    diag = (struct diag){ 0 };
    assert_null(chip_load("/nowhere", "tiny", &diag));
    config_rig_expect(&diag, "error: unknown chip 'tiny' in /nowhere; "
                             "cannot open: No such file or directory\n");
}

static void a_path_that_leads_nowhere_is_named(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    assert_null(chip_load(CONFIGS, "/nowhere/tiny.json", &diag));
    config_rig_expect(&diag,
                      "/nowhere/tiny.json: error: cannot open: No such file or directory\n");
}

static void a_folder_without_chips_is_told_from_none(void **state)
{
    (void)state;
    char **names;
    struct diag diag = { 0 };
    assert_int_equal(chip_list(NPUSIM_SOURCE_DIR "/sim", &names, &diag), 0);
    assert_string_equal(diag.text, "");
    assert_int_equal(chip_list("/nowhere", &names, &diag), 0);
    config_rig_expect(&diag, "/nowhere: error: cannot open: No such file or directory\n");
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
    };
    return cmocka_run_group_tests(tests, config_rig_make, config_rig_remove);
}
