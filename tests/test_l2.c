#include "models/l2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/random.h"

/* Sets of sectors. */
#define NONE 0x0
#define ALL 0xF
#define FIRST 0x1

static struct l2 cache_of(uint32_t sets, uint32_t ways)
{
    struct l2 l2;
    l2_init(&l2, (uint64_t)sets * ways * L2_LINE, ways);
    return l2;
}

static struct l2_answer read_line(struct l2 *l2, uint64_t line, uint8_t sectors)
{
    return l2_access(l2, line, sectors, NONE, false);
}

static struct l2_answer write_line(struct l2 *l2, uint64_t line, uint8_t sectors)
{
    return l2_access(l2, line, sectors, NONE, true);
}

/* Without changing what would be evicted next: asked last. */
static bool holds(struct l2 *l2, uint64_t line)
{
    return read_line(l2, line, FIRST).hit == FIRST;
}

static void a_sector_is_fetched_once_and_hits_from_then_on(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(2, 2);
    struct l2_answer cold = read_line(&l2, 0, ALL), warm = read_line(&l2, 0, ALL);

    assert_int_equal(cold.hit, NONE);
    assert_int_equal(cold.fetch, ALL);
    assert_int_equal(warm.hit, ALL);
    assert_int_equal(warm.fetch, NONE);
    l2_free(&l2);
}

static void the_sectors_of_a_line_come_one_by_one(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(2, 2);
    read_line(&l2, 0, 0x2);
    struct l2_answer answer = read_line(&l2, 0, 0x7);

    assert_int_equal(answer.hit, 0x2);
    assert_int_equal(answer.fetch, 0x5);
    assert_int_equal(read_line(&l2, 0, 0x8).fetch, 0x8); /* nobody asked for it yet */
    l2_free(&l2);
}

static void a_write_of_whole_sectors_allocates_without_a_fetch(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(2, 2);
    struct l2_answer written = write_line(&l2, 0, 0x6);
    struct l2_answer read = read_line(&l2, 0, 0x6);

    assert_int_equal(written.hit, NONE);
    assert_int_equal(written.fetch, NONE);
    assert_int_equal(read.hit, 0x6);
    assert_int_equal(read.fetch, NONE);
    l2_free(&l2);
}

static void a_write_fetches_the_sectors_it_covers_in_part_unless_they_are_there(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(2, 2);
    read_line(&l2, 0, 0x4);
    /* Sectors 0 and 2 in part, 1 whole; of the two in part only 0 is missing. */
    struct l2_answer answer = l2_access(&l2, 0, 0x7, 0x5, true);

    assert_int_equal(answer.hit, 0x4);
    assert_int_equal(answer.fetch, 0x1);
    assert_int_equal(read_line(&l2, 0, 0x7).hit, 0x7);
    l2_free(&l2);
}

static void a_read_fetches_what_it_asks_for_whatever_it_covers(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(2, 2);
    assert_int_equal(l2_access(&l2, 0, 0x3, 0x2, false).fetch, 0x3);
    l2_free(&l2);
}

static void the_line_used_least_recently_makes_room(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(2, 2); /* even lines are of set 0 */
    read_line(&l2, 0, ALL);
    read_line(&l2, 2, ALL);
    read_line(&l2, 0, FIRST);
    read_line(&l2, 4, ALL); /* 2 goes */

    assert_true(holds(&l2, 0));
    assert_true(holds(&l2, 4));
    assert_false(holds(&l2, 2));
    l2_free(&l2);
}

static void a_write_is_a_use_too(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(1, 2);
    read_line(&l2, 0, ALL);
    read_line(&l2, 1, ALL);
    write_line(&l2, 0, FIRST);
    read_line(&l2, 2, ALL); /* 1 goes */

    assert_true(holds(&l2, 0));
    assert_false(holds(&l2, 1));
    l2_free(&l2);
}

static void an_empty_way_is_taken_before_a_line_is_evicted(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(1, 4);
    for (uint64_t line = 0; line < 4; line++)
        assert_int_equal(write_line(&l2, line, ALL).victim, NONE);
    for (uint64_t line = 0; line < 4; line++)
        assert_true(holds(&l2, line));
    l2_free(&l2);
}

static void only_the_written_sectors_of_a_victim_are_written_back(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(2, 1);
    read_line(&l2, 5, ALL); /* set 1 */
    write_line(&l2, 5, 0x2);
    write_line(&l2, 5, 0x8);
    struct l2_answer answer = read_line(&l2, 7, ALL);

    assert_int_equal(answer.victim, 0xA);
    assert_int_equal(answer.victim_line, 5);
    l2_free(&l2);
}

static void a_clean_victim_is_dropped(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(1, 1);
    read_line(&l2, 0, ALL);
    assert_int_equal(read_line(&l2, 1, ALL).victim, NONE);
    l2_free(&l2);
}

static void a_hit_evicts_nobody(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(1, 2);
    write_line(&l2, 0, ALL);
    write_line(&l2, 1, ALL);
    assert_int_equal(read_line(&l2, 0, ALL).victim, NONE);
    assert_int_equal(write_line(&l2, 1, FIRST).victim, NONE);
    l2_free(&l2);
}

static void a_line_that_was_written_back_comes_back_clean(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(1, 1);
    write_line(&l2, 0, ALL);
    assert_int_equal(read_line(&l2, 1, ALL).victim, ALL);
    struct l2_answer again = read_line(&l2, 0, ALL);

    assert_int_equal(again.hit, NONE);
    assert_int_equal(read_line(&l2, 1, ALL).victim, NONE);
    l2_free(&l2);
}

static void lines_go_round_any_number_of_sets(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(3, 1); /* as on chips whose L2 is no power of two */
    for (uint64_t line = 0; line < 3; line++)
        write_line(&l2, line, ALL);
    struct l2_answer answer = read_line(&l2, 3 * 7 + 1, ALL);

    assert_int_equal(answer.victim, ALL);
    assert_int_equal(answer.victim_line, 1);
    assert_true(holds(&l2, 0));
    assert_true(holds(&l2, 2));
    l2_free(&l2);
}

static void lines_far_apart_are_not_taken_for_one_another(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(3, 2);
    uint64_t last = 3 * ((UINT64_C(1) << 22) - 1) + 2; /* the last tag that 22 bits hold */
    write_line(&l2, 2, ALL);
    assert_int_equal(write_line(&l2, last, 0x9).hit, NONE);
    assert_int_equal(read_line(&l2, 5, ALL).victim_line, 2);
    struct l2_answer answer = read_line(&l2, 8, ALL);

    assert_int_equal(answer.victim, 0x9);
    assert_int_equal(answer.victim_line, last);
    l2_free(&l2);
}

static void what_fits_stays_and_one_line_more_makes_every_pass_miss(void **state)
{
    (void)state;
    struct l2 l2 = cache_of(1, 8);
    unsigned hits = 0;

    for (unsigned pass = 0; pass < 2; pass++)
        for (uint64_t line = 0; line < 8; line++)
            hits += holds(&l2, line);
    assert_int_equal(hits, 8);
    for (unsigned pass = 0; pass < 2; pass++)
        for (uint64_t line = 100; line < 109; line++)
            assert_false(holds(&l2, line));
    l2_free(&l2);
}

/* A cache too simple to be wrong: a list of lines with the time of their last use. */
#define MODEL_LINES 48

struct model {
    struct {
        bool present;
        uint64_t line, used;
        uint8_t valid, dirty;
    } at[MODEL_LINES];
    uint32_t sets, ways;
    uint64_t clock;
};

/* The entry of a line, or the one that makes room for it. */
static size_t entry_of(const struct model *model, uint64_t line)
{
    size_t first = line % model->sets * model->ways, oldest = first;

    for (size_t i = first; i < first + model->ways; i++) {
        if (model->at[i].present && model->at[i].line == line)
            return i;
    }
    for (size_t i = first; i < first + model->ways; i++) {
        if (!model->at[i].present)
            return i;
        if (model->at[i].used < model->at[oldest].used)
            oldest = i;
    }
    return oldest;
}

static struct l2_answer model_access(struct model *model, uint64_t line, uint8_t sectors,
                                     uint8_t partial, bool write)
{
    size_t i = entry_of(model, line);
    struct l2_answer answer = { 0 };

    if (!model->at[i].present || model->at[i].line != line) {
        answer.victim = model->at[i].dirty;
        answer.victim_line = model->at[i].line;
        model->at[i].present = true;
        model->at[i].line = line;
        model->at[i].valid = model->at[i].dirty = 0;
    }
    model->at[i].used = ++model->clock;
    for (unsigned bit = 1; bit < 16; bit *= 2) {
        bool there = (model->at[i].valid & bit) != 0, asked = (sectors & bit) != 0;
        if (asked && there)
            answer.hit |= (uint8_t)bit;
        if (!there && (write ? (partial & bit) != 0 : asked))
            answer.fetch |= (uint8_t)bit;
        if (asked)
            model->at[i].valid |= (uint8_t)bit;
        if (asked && write)
            model->at[i].dirty |= (uint8_t)bit;
    }
    return answer;
}

static void every_answer_is_that_of_a_plain_list_of_lines(void **state)
{
    (void)state;
    static const uint32_t shapes[][2] = { { 1, 1 }, { 1, 6 },  { 3, 2 }, { 4, 4 },
                                          { 6, 4 }, { 2, 24 }, { 1, 32 } };
    uint64_t seed = 1;

    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct l2 l2 = cache_of(shapes[s][0], shapes[s][1]);
        struct model model = { .sets = shapes[s][0], .ways = shapes[s][1] };

        for (unsigned i = 0; i < 5000; i++) {
            uint64_t line = random_below(&seed, 60);
            uint8_t sectors = (uint8_t)(1 + random_below(&seed, 15));
            uint8_t partial = (uint8_t)(random_next(&seed) & sectors);
            bool write = random_below(&seed, 2) == 0;
            struct l2_answer found = l2_access(&l2, line, sectors, partial, write);
            struct l2_answer expected = model_access(&model, line, sectors, partial, write);

            assert_int_equal(found.hit, expected.hit);
            assert_int_equal(found.fetch, expected.fetch);
            assert_int_equal(found.victim, expected.victim);
            if (expected.victim != NONE)
                assert_int_equal(found.victim_line, expected.victim_line);
        }
        l2_free(&l2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sector_is_fetched_once_and_hits_from_then_on),
        cmocka_unit_test(the_sectors_of_a_line_come_one_by_one),
        cmocka_unit_test(a_write_of_whole_sectors_allocates_without_a_fetch),
        cmocka_unit_test(a_write_fetches_the_sectors_it_covers_in_part_unless_they_are_there),
        cmocka_unit_test(a_read_fetches_what_it_asks_for_whatever_it_covers),
        cmocka_unit_test(the_line_used_least_recently_makes_room),
        cmocka_unit_test(a_write_is_a_use_too),
        cmocka_unit_test(an_empty_way_is_taken_before_a_line_is_evicted),
        cmocka_unit_test(only_the_written_sectors_of_a_victim_are_written_back),
        cmocka_unit_test(a_clean_victim_is_dropped),
        cmocka_unit_test(a_hit_evicts_nobody),
        cmocka_unit_test(a_line_that_was_written_back_comes_back_clean),
        cmocka_unit_test(lines_go_round_any_number_of_sets),
        cmocka_unit_test(lines_far_apart_are_not_taken_for_one_another),
        cmocka_unit_test(what_fits_stays_and_one_line_more_makes_every_pass_miss),
        cmocka_unit_test(every_answer_is_that_of_a_plain_list_of_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
