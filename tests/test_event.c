#include "sim/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/aborts.h"
#include "tests/random.h"

/* Events that write their names down as they fire. */
static char fired[32];

static void write_down(struct sim *sim, void *owner)
{
    (void)sim;
    strcat(fired, owner);
}

static struct event named(char *name, enum sim_phase phase)
{
    struct event ev;
    event_init(&ev, name, phase, write_down, name);
    return ev;
}

static int new_sim(void **state)
{
    fired[0] = '\0';
    *state = sim_new();
    return 0;
}

static int free_sim(void **state)
{
    sim_free(*state);
    return 0;
}

static void events_fire_in_the_order_of_time(void **state)
{
    struct sim *sim = *state;
    struct event a = named("a", PHASE_ISSUE), b = named("b", PHASE_ISSUE),
                 c = named("c", PHASE_ISSUE);
    sim_at(sim, &c, 30);
    sim_at(sim, &a, 10);
    sim_at(sim, &b, 20);

    assert_int_equal(sim_run(sim, SIM_NEVER), SIM_DRAINED);
    assert_string_equal(fired, "abc");
    assert_int_equal(sim_now(sim), 30);
    assert_int_equal(sim_fired(sim), 3);
}

static void events_of_one_instant_fire_by_phase_then_first_come_first_served(void **state)
{
    struct sim *sim = *state;
    struct event f = named("f", PHASE_OBSERVE), c = named("c", PHASE_ISSUE),
                 d = named("d", PHASE_ISSUE), e = named("e", PHASE_ISSUE),
                 a = named("a", PHASE_COMPLETE), b = named("b", PHASE_COMPLETE);
    struct event *order_of_scheduling[] = { &f, &c, &d, &e, &a, &b };
    for (size_t i = 0; i < 6; i++)
        sim_at(sim, order_of_scheduling[i], 5);

    sim_run(sim, SIM_NEVER);
    assert_string_equal(fired, "abcdef");
}

static void an_event_is_pending_until_it_fires(void **state)
{
    struct sim *sim = *state;
    struct event a = named("a", PHASE_ISSUE);
    assert_false(event_pending(&a));
    sim_at(sim, &a, 10);
    assert_true(event_pending(&a));
    sim_run(sim, SIM_NEVER);
    assert_false(event_pending(&a));
}

static void a_cancelled_event_does_not_fire_and_can_be_scheduled_again(void **state)
{
    struct sim *sim = *state;
    struct event a = named("a", PHASE_ISSUE), b = named("b", PHASE_ISSUE);
    sim_at(sim, &a, 10);
    sim_at(sim, &b, 20);
    sim_cancel(sim, &a);
    sim_cancel(sim, &a); /* idle: no effect */
    assert_false(event_pending(&a));

    sim_at(sim, &a, 30);
    sim_run(sim, SIM_NEVER);
    assert_string_equal(fired, "ba");
}

static void waking_keeps_the_earlier_appointment(void **state)
{
    struct sim *sim = *state;
    struct event a = named("a", PHASE_ISSUE), b = named("b", PHASE_ISSUE),
                 c = named("c", PHASE_ISSUE);
    sim_at(sim, &b, 20);
    sim_wake(sim, &a, 10); /* idle: scheduled */
    sim_wake(sim, &a, 30); /* later: 10 stands */
    sim_at(sim, &c, 40);
    sim_wake(sim, &c, 15); /* earlier: moved ahead of b */

    sim_run(sim, SIM_NEVER);
    assert_string_equal(fired, "acb");
    assert_int_equal(sim_now(sim), 20);
}

static void an_event_at_the_limit_fires_and_one_after_it_waits_for_the_next_run(void **state)
{
    struct sim *sim = *state;
    struct event a = named("a", PHASE_OBSERVE), b = named("b", PHASE_ISSUE);
    sim_at(sim, &a, 100);
    sim_at(sim, &b, 150);

    assert_int_equal(sim_run(sim, 99), SIM_LIMIT);
    assert_string_equal(fired, "");
    assert_int_equal(sim_run(sim, 100), SIM_LIMIT);
    assert_string_equal(fired, "a");
    assert_int_equal(sim_run(sim, 120), SIM_LIMIT);
    assert_int_equal(sim_now(sim), 120);
    assert_int_equal(sim_run(sim, SIM_NEVER), SIM_DRAINED);
    assert_string_equal(fired, "ab");
}

static void stop(struct sim *sim, void *owner)
{
    (void)owner;
    sim_stop(sim);
}

static void a_stopped_run_can_be_continued(void **state)
{
    struct sim *sim = *state;
    struct event stopper, a = named("a", PHASE_ISSUE), b = named("b", PHASE_ISSUE);
    event_init(&stopper, "stopper", PHASE_COMPLETE, stop, NULL);
    sim_at(sim, &stopper, 10);
    sim_at(sim, &a, 10);

    assert_int_equal(sim_run(sim, SIM_NEVER), SIM_STOPPED);
    assert_string_equal(fired, "");
    sim_at(sim, &b, 10);
    assert_int_equal(sim_run(sim, SIM_NEVER), SIM_DRAINED);
    assert_string_equal(fired, "ab");
}

static void an_instant_no_event_has_reached_is_still_in_its_first_phase(void **state)
{
    struct sim *sim = *state;
    struct event a = named("a", PHASE_OBSERVE), b = named("b", PHASE_COMPLETE),
                 c = named("c", PHASE_ISSUE);
    sim_at(sim, &a, 10);
    sim_at(sim, &c, 30);
    sim_run(sim, 20);
    sim_at(sim, &b, 20);

    sim_run(sim, SIM_NEVER);
    assert_string_equal(fired, "abc");
}

/* A unit that works: issue now, complete `cycle` later, as pipes do. */
struct unit {
    struct event issue, complete;
    sim_time cycle;
    int left;
};

static void unit_on_issue(struct sim *sim, void *owner)
{
    struct unit *unit = owner;
    sim_at(sim, &unit->complete, sim_now(sim) + unit->cycle);
}

static void unit_on_complete(struct sim *sim, void *owner)
{
    struct unit *unit = owner;
    if (--unit->left > 0)
        sim_at(sim, &unit->issue, sim_now(sim));
}

static void unit_init(struct unit *unit, sim_time cycle, int left)
{
    event_init(&unit->issue, "issue", PHASE_ISSUE, unit_on_issue, unit);
    event_init(&unit->complete, "complete", PHASE_COMPLETE, unit_on_complete, unit);
    unit->cycle = cycle;
    unit->left = left;
}

static void an_event_may_schedule_a_later_phase_of_its_own_instant(void **state)
{
    struct sim *sim = *state;
    struct unit unit;
    unit_init(&unit, 7, 3);
    sim_at(sim, &unit.issue, 0);

    sim_run(sim, SIM_NEVER);
    assert_int_equal(sim_now(sim), 3 * 7);
    assert_int_equal(sim_fired(sim), 3 * 2);
}

static void work_that_takes_no_time(void)
{
    struct sim *sim = sim_new();
    struct unit unit;
    unit_init(&unit, 0, 1);
    sim_at(sim, &unit.issue, 0);
    sim_run(sim, SIM_NEVER);
}

static void work_cannot_complete_in_the_instant_it_was_issued(void **state)
{
    (void)state;
    assert_true(aborts(work_that_takes_no_time));
}

static void scheduling_twice(void)
{
    struct sim *sim = sim_new();
    struct event a = named("a", PHASE_ISSUE);
    sim_at(sim, &a, 1);
    sim_at(sim, &a, 2);
}

static void a_pending_event_cannot_be_scheduled_again(void **state)
{
    (void)state;
    assert_true(aborts(scheduling_twice));
}

static void two_simulations_do_not_know_of_each_other(void **state)
{
    struct sim *one = *state, *other = sim_new();
    struct event a = named("a", PHASE_ISSUE), b = named("b", PHASE_ISSUE);
    sim_at(one, &a, 10);
    sim_at(other, &b, 5);

    sim_run(one, SIM_NEVER);
    assert_string_equal(fired, "a");
    sim_run(other, SIM_NEVER);
    assert_string_equal(fired, "ab");
    assert_int_equal(sim_now(other), 5);
    sim_free(other);
}

/*
 * The property: whatever events do to one another, the next to fire is the one
 * a plain search of a plain array finds. Times are few, so that ties are many.
 */
#define CROWD 300

struct crowd;

struct member {
    struct event event;
    struct crowd *crowd;
    bool pending;
    sim_time when;
    uint64_t order;
};

struct crowd {
    struct member members[CROWD];
    uint64_t seed, scheduled;
    int left;
};

static bool is_before(const struct member *a, const struct member *b)
{
    if (a->when != b->when)
        return a->when < b->when;
    if (a->event.phase != b->event.phase)
        return a->event.phase < b->event.phase;
    return a->order < b->order;
}

static struct member *expected_next(struct crowd *crowd)
{
    struct member *first = NULL;
    for (size_t i = 0; i < CROWD; i++) {
        struct member *member = &crowd->members[i];
        if (member->pending && (first == NULL || is_before(member, first)))
            first = member;
    }
    return first;
}

static void note(struct member *member, sim_time when)
{
    member->pending = true;
    member->when = when;
    member->order = member->crowd->scheduled++;
}

static void disturb(struct sim *sim, struct member *member, enum sim_phase phase)
{
    uint64_t *seed = &member->crowd->seed;
    sim_time earliest = sim_now(sim) + (member->event.phase < phase);
    sim_time when = earliest + random_below(seed, 20);

    switch (random_below(seed, 4)) {
    case 0:
        sim_cancel(sim, &member->event);
        member->pending = false;
        break;
    case 1:
        sim_wake(sim, &member->event, when);
        if (!member->pending || when < member->when)
            note(member, when);
        break;
    default:
        if (!member->pending) {
            sim_at(sim, &member->event, when);
            note(member, when);
        }
    }
}

static void member_fires(struct sim *sim, void *owner)
{
    struct member *member = owner;
    struct crowd *crowd = member->crowd;

    assert_ptr_equal(member, expected_next(crowd));
    assert_int_equal(member->when, sim_now(sim));
    member->pending = false;

    if (crowd->left-- <= 0)
        return;
    for (uint64_t i = random_below(&crowd->seed, 5); i > 0; i--) {
        struct member *other = &crowd->members[random_below(&crowd->seed, CROWD)];
        disturb(sim, other, member->event.phase);
    }
}

static void the_next_event_is_the_least_in_time_phase_and_order(void **state)
{
    struct sim *sim = *state;
    struct crowd crowd = { .seed = 3, .left = 100000 };
    for (size_t i = 0; i < CROWD; i++) {
        struct member *member = &crowd.members[i];
        member->crowd = &crowd;
        event_init(&member->event, "member", (enum sim_phase)(i % 3), member_fires, member);
        sim_at(sim, &member->event, i % 7);
        note(member, i % 7);
    }

    assert_int_equal(sim_run(sim, SIM_NEVER), SIM_DRAINED);
    assert_null(expected_next(&crowd));
    assert_true(sim_fired(sim) > 100000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_sim, free_sim)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_fire_in_the_order_of_time),
        TEST(events_of_one_instant_fire_by_phase_then_first_come_first_served),
        TEST(an_event_is_pending_until_it_fires),
        TEST(a_cancelled_event_does_not_fire_and_can_be_scheduled_again),
        TEST(waking_keeps_the_earlier_appointment),
        TEST(an_event_at_the_limit_fires_and_one_after_it_waits_for_the_next_run),
        TEST(a_stopped_run_can_be_continued),
        TEST(an_instant_no_event_has_reached_is_still_in_its_first_phase),
        TEST(an_event_may_schedule_a_later_phase_of_its_own_instant),
        TEST(work_cannot_complete_in_the_instant_it_was_issued),
        TEST(a_pending_event_cannot_be_scheduled_again),
        TEST(two_simulations_do_not_know_of_each_other),
        TEST(the_next_event_is_the_least_in_time_phase_and_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
