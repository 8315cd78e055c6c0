#include "tools/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void ranks_see_order_and_not_size(void **state)
{
    (void)state;
    const double a[] = { 1, 2, 3, 4 }, b[] = { 10, 20, 1000, 1e9 }, c[] = { 4, 3, 2, 1 };
    assert_true(rank_correlation(a, b, 4) == 1);
    assert_true(rank_correlation(a, c, 4) == -1);
}

/* Ranks 0 1 2 and 0.5 0.5 2 about a mean of 1: 1.5 / sqrt(2 * 1.5). */
static void equal_values_share_their_mean_rank(void **state)
{
    (void)state;
    const double a[] = { 1, 2, 3 }, b[] = { 5, 5, 9 };
    assert_true(fabs(rank_correlation(a, b, 3) - 1.5 / sqrt(3)) < 1e-12);
}

static void what_has_no_order_has_no_correlation(void **state)
{
    (void)state;
    const double a[] = { 1, 2, 3 }, same[] = { 7, 7, 7 };
    assert_true(isnan(rank_correlation(a, same, 3)));
    assert_true(isnan(rank_correlation(a, a, 1)));
    assert_true(isnan(rank_correlation(a, a, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_see_order_and_not_size),
        cmocka_unit_test(equal_values_share_their_mean_rank),
        cmocka_unit_test(what_has_no_order_has_no_correlation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
