/* What a trail says was spent, however it was shared, folded and handed on. */
#include "models/trail.h"

#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HOURS_20 (UINT64_C(20) * 3600 * 1000000 * PS_PER_US)

static void assert_spent(struct trail trail, const struct bound *expected)
{
    struct bound got = trail_bound(trail);
    for (unsigned i = 0; i < BOUND_COUNT; i++) {
        if (got.spent[i] != expected->spent[i])
            fail_msg("%s: %llu ps; expected %llu", bound_names[i],
                     (unsigned long long)got.spent[i], (unsigned long long)expected->spent[i]);
    }
}

static void a_trail_of_nothing_holds_nothing(void **state)
{
    (void)state;
    struct trails trails = { 0 };
    struct trail trail = { 0 };
    struct bound none = { 0 };

    for (unsigned heading = 0; heading < BOUND_COUNT; heading++)
        trail_spend(&trails, &trail, (enum bound_id)heading, 0);
    assert_spent(trail, &none);
    assert_int_equal(trails.held, 0);
    trails_free(&trails);
}

/* Spends, hand-overs and drops at random, as pipes and flags do; the same on plain sums. */
static void the_sums_are_those_of_plain_sums(void **state)
{
    (void)state;
    enum { TRAILS = 12 };
    struct trails trails = { 0 };
    struct trail trail[TRAILS] = { 0 };
    struct bound sum[TRAILS] = { 0 };
    uint64_t seed = 20;

    for (unsigned step = 0; step < 100000; step++) {
        unsigned at = (unsigned)random_below(&seed, TRAILS);
        unsigned from = (unsigned)random_below(&seed, TRAILS);
        if (random_below(&seed, 4) == 0) {
            trail_give(&trails, &trail[at], trail_hold(trail[from]));
            sum[at] = sum[from];
        } else {
            /* Mostly few headings, so that some go on and some turn. */
            unsigned of = random_below(&seed, 8) == 0 ? BOUND_COUNT : 4;
            unsigned heading = (unsigned)random_below(&seed, of);
            sim_time time = random_below(&seed, 1000);
            trail_spend(&trails, &trail[at], (enum bound_id)heading, time);
            sum[at].spent[heading] += time;
        }
        assert_spent(trail[at], &sum[at]);
        assert_true(trails.held <= TRAILS);
    }
    for (unsigned i = 0; i < TRAILS; i++) {
        assert_spent(trail[i], &sum[i]);
        trail_drop(&trails, trail[i]);
    }
    assert_int_equal(trails.held, 0);
    trails_free(&trails);
}

/* Longer than the trail itself can hold under a heading, at once and little by little. */
static void days_are_counted_too(void **state)
{
    (void)state;
    const sim_time times[] = { SPELL_TIME - 1, SPELL_TIME, SPELL_TIME + 1, 1, HOURS_20 };

    for (unsigned i = 0; i < sizeof times / sizeof *times; i++) {
        struct trails trails = { 0 };
        struct trail trail = { 0 };
        struct bound sum = { 0 };
        for (unsigned turn = 0; turn < 9; turn++) {
            const enum bound_id headings[] = { BOUND_cube, BOUND_vector, BOUND_launch };
            enum bound_id heading = headings[turn / 3];
            trail_spend(&trails, &trail, heading, times[i]);
            sum.spent[heading] += times[i];
            trail_spend(&trails, &trail, heading, turn);
            sum.spent[heading] += turn;
            assert_spent(trail, &sum);
        }
        trail_drop(&trails, trail);
        trails_free(&trails);
    }
}

/* Two headings by turns, handed on at each: what is shared need not be copied. */
static void two_headings_by_turns_need_no_profile(void **state)
{
    (void)state;
    struct trails trails = { 0 };
    struct trail trail = { 0 }, behind = { 0 };

    for (unsigned turn = 0; turn < 100; turn++) {
        trail_spend(&trails, &trail, turn % 2 == 0 ? BOUND_vector : BOUND_barrier, 10);
        trail_give(&trails, &behind, trail_hold(trail));
    }
    assert_int_equal(trails.held, 0);
    assert_int_equal(trail_bound(behind).spent[BOUND_barrier], 500);
    trail_spend(&trails, &trail, BOUND_flag, 1);
    assert_int_equal(trails.held, 1);
    assert_int_equal(trail_bound(behind).spent[BOUND_flag], 0);
    trail_drop(&trails, trail);
    trail_drop(&trails, behind);
    trails_free(&trails);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trail_of_nothing_holds_nothing),
        cmocka_unit_test(the_sums_are_those_of_plain_sums),
        cmocka_unit_test(days_are_counted_too),
        cmocka_unit_test(two_headings_by_turns_need_no_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
