/* Places in the window of a transfer engine, against a plain list. */
#include "models/mte_window.h"

#include "sim/mem.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void an_empty_window_has_no_first(void **state)
{
    (void)state;
    struct mte_window *window = mem_new(sizeof *window);
    mte_window_init(window);
    mte_window_fit(window, 4);
    assert_null(mte_window_first(window));
    mte_window_take(window, 512);
    assert_null(mte_window_first(window)); /* its arrival is not known */
    assert_int_equal(window->taken, 1);
    assert_int_equal(window->missed, 512);
    mem_free(window);
}

/* The arrivals that are known, by hand. */
struct list {
    struct mte_arrival of[MTE_REQUESTS];
    unsigned count;
};

/* The earliest, and of several the one that was known first. */
static unsigned first_of(const struct list *list)
{
    unsigned first = 0;
    for (unsigned i = 1; i < list->count; i++)
        if (list->of[i].when < list->of[first].when)
            first = i;
    return first;
}

static void assert_first(const struct mte_window *window, const struct list *list)
{
    const struct mte_arrival *first = mte_window_first(window);
    if (list->count == 0) {
        assert_null(first);
        return;
    }
    const struct mte_arrival *expected = &list->of[first_of(list)];
    assert_non_null(first);
    assert_int_equal(first->when, expected->when);
    assert_int_equal(first->missed, expected->missed);
    assert_int_equal(first->reason, expected->reason);
}

/* Transfers with windows of many sizes follow one another on one engine, as when it serves
 * two paths; what is under way when the window grows stays in order. */
static void requests_leave_in_the_order_of_arrival(void **state)
{
    (void)state;
    struct mte_window *window = mem_new(sizeof *window);
    uint64_t seed = 9;

    for (unsigned round = 0; round < 40; round++) {
        struct list list = { .count = 0 };
        unsigned places = 1, waiting = 0;
        uint64_t missed = 0;
        mte_window_init(window);
        mte_window_fit(window, places);

        for (unsigned step = 0; step < 4000; step++) {
            uint64_t what = random_below(&seed, 100);
            if (what == 0) {
                unsigned wanted = 1 + (unsigned)random_below(&seed, MTE_REQUESTS);
                mte_window_fit(window, wanted);
                places = wanted > places ? wanted : places;
            } else if (what < 50 && window->taken < places) {
                mte_window_take(window, 128);
                waiting++;
                missed += 128;
            } else if (what < 80 && waiting > 0) {
                struct mte_arrival arrival = { .when = step * 10 + random_below(&seed, 300),
                                               .missed = 128,
                                               .reason = (uint8_t)random_below(&seed, 4) };
                mte_window_arrives(window, arrival);
                list.of[list.count++] = arrival;
                waiting--;
            } else if (list.count > 0) {
                unsigned first = first_of(&list);
                mte_window_leave(window);
                missed -= 128;
                for (unsigned i = first + 1; i < list.count; i++)
                    list.of[i - 1] = list.of[i];
                list.count--;
            }
            assert_first(window, &list);
            assert_int_equal(window->taken, waiting + list.count);
            assert_int_equal(window->missed, missed);
        }
    }
    mem_free(window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_window_has_no_first),
        cmocka_unit_test(requests_leave_in_the_order_of_arrival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
