#include "models/dram_timing.h"

#include "models/dram_map.h"
#include "sim/mem.h"
#include "tests/aborts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define GROUPS 4
#define BANKS 16

/* No two rules come to the same number. */
static const struct dram_clocks clocks = {
    .burst = 2,
    .tcl = 14,
    .tcwl = 4,
    .trcdrd = 15,
    .trcdwr = 13,
    .trp = 18,
    .tras = 34,
    .trtp = 5,
    .twr = 17,
    .tccds = 3,
    .tccdl = 7,
    .trrds = 9,
    .trrdl = 11,
    .tfaw = 41,
    .twtrs = 6,
    .twtrl = 8,
    .trtw = 20,
    .trfc = 260,
    .trfcsb = 120,
    .trefi = 3900,
};

enum where { SAME_BANK, SAME_GROUP, ELSEWHERE };
static const uint32_t bank_of[] = { [SAME_BANK] = 0, [SAME_GROUP] = GROUPS, [ELSEWHERE] = 1 };

static const struct constraint {
    enum dram_command_kind first, second;
    enum where where;
    int64_t between;
} constraints[] = {
    { DRAM_ACT, DRAM_RD, SAME_BANK, 15 },         { DRAM_ACT, DRAM_WR, SAME_BANK, 13 },
    { DRAM_ACT, DRAM_PRE, SAME_BANK, 34 },        { DRAM_ACT, DRAM_ACT, SAME_BANK, 34 + 18 },
    { DRAM_PRE, DRAM_ACT, SAME_BANK, 18 },        { DRAM_RD, DRAM_PRE, SAME_BANK, 5 },
    { DRAM_WR, DRAM_PRE, SAME_BANK, 4 + 2 + 17 }, { DRAM_ACT, DRAM_ACT, SAME_GROUP, 11 },
    { DRAM_RD, DRAM_RD, SAME_GROUP, 7 },          { DRAM_WR, DRAM_WR, SAME_GROUP, 7 },
    { DRAM_WR, DRAM_RD, SAME_GROUP, 4 + 2 + 8 },  { DRAM_ACT, DRAM_ACT, ELSEWHERE, 9 },
    { DRAM_RD, DRAM_RD, ELSEWHERE, 3 },           { DRAM_WR, DRAM_WR, ELSEWHERE, 3 },
    { DRAM_RD, DRAM_WR, ELSEWHERE, 20 },          { DRAM_WR, DRAM_RD, ELSEWHERE, 4 + 2 + 6 },
    { DRAM_PRE, DRAM_REF, ELSEWHERE, 18 },        { DRAM_REF, DRAM_REF, ELSEWHERE, 260 },
    { DRAM_REF, DRAM_ACT, ELSEWHERE, 260 },       { DRAM_PRE, DRAM_REFSB, SAME_BANK, 18 },
    { DRAM_REFSB, DRAM_REFSB, SAME_BANK, 120 },   { DRAM_REFSB, DRAM_ACT, SAME_BANK, 120 },
};

#define CONSTRAINTS (sizeof constraints / sizeof constraints[0])

static struct dram_device device; /* of the call that may abort, which takes no argument */
static const struct constraint *tested;
static int64_t tested_at;

static bool needs_row(enum dram_command_kind command)
{
    return command == DRAM_RD || command == DRAM_WR || command == DRAM_PRE;
}

static void fresh_device(void)
{
    dram_device_init(&device, &clocks, GROUPS, BANKS);
}

static void issue_second(void)
{
    dram_issue(&device, bank_of[tested->where], tested->second, 0, tested_at);
}

static void a_command_is_not_ready_a_clock_before_its_time_and_ready_then(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONSTRAINTS; i++) {
        tested = &constraints[i];
        uint32_t bank = bank_of[tested->where];
        fresh_device();
        if (needs_row(tested->first))
            dram_issue(&device, 0, DRAM_ACT, 0, 0);
        if (needs_row(tested->second) && bank != 0)
            dram_issue(&device, bank, DRAM_ACT, 0, 100);
        dram_issue(&device, 0, tested->first, 0, 1000);
        assert_int_equal(dram_probe(&device, bank, tested->second), 1000 + tested->between);

        if (tested->first == DRAM_ACT && tested->second == DRAM_ACT && bank == 0)
            dram_issue(&device, 0, DRAM_PRE, 0, 1000 + clocks.tras);
        tested_at = 1000 + tested->between - 1;
        assert_true(aborts(issue_second));
        tested_at++;
        assert_false(aborts(issue_second));
    }
}

static void every_row_of_the_table_has_its_test(void **state)
{
    (void)state;
    static const enum where where[] = {
        [DRAM_BANK] = SAME_BANK, [DRAM_GROUP] = SAME_GROUP, [DRAM_CHANNEL] = ELSEWHERE
    };
    size_t rows = 0, tests = 0;
#define X(level, preceding, following, between, meaning)                                       \
    rows++;                                                                                    \
    for (size_t i = 0; i < CONSTRAINTS; i++)                                                   \
        tests += constraints[i].first == DRAM_##preceding &&                                   \
                 constraints[i].second == DRAM_##following &&                                  \
                 constraints[i].where == where[DRAM_##level];
    DRAM_CONSTRAINTS(X)
#undef X
    assert_int_equal(rows, CONSTRAINTS);
    assert_int_equal(tests, CONSTRAINTS);
}

static void a_fifth_activate_waits_for_the_window(void **state)
{
    (void)state;
    fresh_device();
    for (uint32_t bank = 0; bank < 4; bank++)
        dram_issue(&device, bank, DRAM_ACT, 0, 9 * (int64_t)bank);

    tested = &(struct constraint){ DRAM_ACT, DRAM_ACT, SAME_GROUP, 41 };
    assert_int_equal(dram_probe(&device, bank_of[SAME_GROUP], DRAM_ACT), 41);
    tested_at = 40;
    assert_true(aborts(issue_second));
    tested_at = 41;
    assert_false(aborts(issue_second));
}

static void a_column_access_needs_its_row_open(void **state)
{
    (void)state;
    fresh_device();
    tested = &(struct constraint){ DRAM_ACT, DRAM_RD, SAME_BANK, 15 };
    tested_at = 1000;
    assert_true(aborts(issue_second));

    dram_issue(&device, 0, DRAM_ACT, 7, 0);
    assert_true(aborts(issue_second)); /* row 0 */
    assert_true(dram_has_row(&device, 0, 7));
}

static void a_refresh_needs_all_rows_closed(void **state)
{
    (void)state;
    fresh_device();
    dram_issue(&device, 5, DRAM_ACT, 0, 0);
    tested = &(struct constraint){ DRAM_PRE, DRAM_REF, ELSEWHERE, 18 };
    tested_at = 1000;
    assert_true(aborts(issue_second));
    dram_issue(&device, 5, DRAM_PRE, 0, 34);
    assert_false(aborts(issue_second));
}

static void a_refresh_of_one_bank_needs_that_row_closed_and_holds_no_other(void **state)
{
    (void)state;
    fresh_device();
    dram_issue(&device, 0, DRAM_ACT, 0, 0);
    dram_issue(&device, 5, DRAM_ACT, 0, 100);
    tested = &(struct constraint){ DRAM_PRE, DRAM_REFSB, SAME_BANK, 18 };
    tested_at = 1000;
    assert_true(aborts(issue_second));
    dram_issue(&device, 0, DRAM_PRE, 0, 134);
    assert_false(aborts(issue_second));

    dram_issue(&device, 0, DRAM_REFSB, 0, 1000);
    assert_true(dram_probe(&device, 5, DRAM_RD) <= 1000);
    assert_true(dram_probe(&device, 5, DRAM_PRE) <= 1000);
    assert_true(dram_probe(&device, bank_of[SAME_GROUP], DRAM_ACT) <= 1000);
}

static const struct dram_shape shapes[] = {
    { 16, 4, 4, 2, 1024, 32, DRAM_MAP_LINES }, { 6, 4, 4, 4, 1024, 32, DRAM_MAP_LINES },
    { 1, 2, 4, 1, 2048, 64, DRAM_MAP_LINES },  { 8, 4, 4, 1, 1024, 64, DRAM_MAP_ROWS },
    { 16, 4, 4, 1, 1024, 32, DRAM_MAP_PAIRS }, { 16, 4, 4, 1, 1024, 32, DRAM_MAP_MOP4 },
};

#define SHAPES (sizeof shapes / sizeof shapes[0])

/* Number the places of a memory of so many rows. */
static size_t number_of(const struct dram_shape *shape, struct dram_place place)
{
    size_t columns = shape->row_bytes / shape->atom_bytes;
    size_t bank = (size_t)place.gang * shape->gang + place.offset;
    size_t row = (size_t)place.row * shape->groups * shape->banks + bank;
    return (row * shape->channels + place.channel) * columns + place.column;
}

static void every_address_has_a_place_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        const struct dram_shape *shape = &shapes[i];
        dram_shape_check(shape);
        size_t rows = (size_t)shape->groups * shape->banks * shape->channels * 8;
        size_t places = rows * (shape->row_bytes / shape->atom_bytes);
        uint8_t *taken = mem_new(places);
        for (size_t atom = 0; atom < places; atom++) {
            size_t number = number_of(shape, dram_locate(shape, atom * shape->atom_bytes));
            assert_true(number < places);
            assert_int_equal(taken[number]++, 0);
        }
        mem_free(taken);
    }
}

static void what_is_in_one_grain_is_in_one_row_and_goes_round_the_gang(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        const struct dram_shape *shape = &shapes[i];
        uint32_t grain = dram_map_grain(shape);
        for (uint64_t address = 0; address < 4096 * DRAM_LINE; address += shape->atom_bytes) {
            struct dram_place first = dram_locate(shape, address / grain * grain);
            struct dram_place place = dram_locate(shape, address);
            uint64_t atom = address % grain / shape->atom_bytes;
            assert_int_equal(place.channel, first.channel);
            assert_int_equal(place.row, first.row);
            assert_int_equal(place.gang, first.gang);
            assert_int_equal(place.offset, (first.offset + atom) % shape->gang);
        }
    }
}

static void strides_of_powers_of_two_do_not_camp_on_a_channel_or_a_bank(void **state)
{
    (void)state;
    struct dram_shape shape = { 64, 4, 4, 2, 1024, 32, DRAM_MAP_LINES };
    for (uint64_t stride = DRAM_LINE; stride <= UINT64_C(1) << 24; stride *= 2) {
        uint32_t channel[64] = { 0 }, gang[8] = { 0 };
        for (uint64_t n = 0; n < 4096; n++) {
            struct dram_place place = dram_locate(&shape, n * stride);
            channel[place.channel]++;
            gang[place.gang]++;
        }
        for (int i = 0; i < 64; i++)
            assert_in_range(channel[i], 4096 / 64 / 2, 4096 / 64 * 2);
        for (int i = 0; i < 8; i++)
            assert_in_range(gang[i], 4096 / 8 / 2, 4096 / 8 * 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_not_ready_a_clock_before_its_time_and_ready_then),
        cmocka_unit_test(every_row_of_the_table_has_its_test),
        cmocka_unit_test(a_fifth_activate_waits_for_the_window),
        cmocka_unit_test(a_column_access_needs_its_row_open),
        cmocka_unit_test(a_refresh_needs_all_rows_closed),
        cmocka_unit_test(a_refresh_of_one_bank_needs_that_row_closed_and_holds_no_other),
        cmocka_unit_test(every_address_has_a_place_of_its_own),
        cmocka_unit_test(what_is_in_one_grain_is_in_one_row_and_goes_round_the_gang),
        cmocka_unit_test(strides_of_powers_of_two_do_not_camp_on_a_channel_or_a_bank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
