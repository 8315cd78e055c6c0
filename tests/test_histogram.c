#include "sim/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/random.h"

static void small_values_have_buckets_of_their_own(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 64; value++)
        assert_int_equal(histogram_bucket(value), value);
    assert_int_equal(histogram_bucket(65), 64); /* from 64 on two by two */
    assert_int_equal(histogram_bucket(66), 65);
    assert_int_equal(histogram_bucket(127), 95);
    assert_int_equal(histogram_bucket(128), 96); /* and from 128 on four by four */
    assert_int_equal(histogram_bucket(131), 96);
    assert_int_equal(histogram_bucket(132), 97);
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

/* Each power of two begins a bucket, and 32 are between two of them. */
static void buckets_follow_one_another_without_gaps(void **state)
{
    (void)state;
    for (uint32_t power = 5; power < 63; power++) {
        uint64_t value = UINT64_C(1) << power;
        assert_int_equal(histogram_bucket(value), histogram_bucket(value - 1) + 1);
        assert_int_equal(histogram_bucket(2 * value), histogram_bucket(value) + 32);
    }
}

static void an_empty_histogram_has_no_percentile(void **state)
{
    (void)state;
    static struct histogram histogram;
    histogram = (struct histogram){ 0 };
    assert_int_equal(histogram_percentile(&histogram, 50), 0);
    assert_int_equal(histogram_percentile(&histogram, 100), 0);
}

/* 1..10: half are at most 5; a bucket each, so nothing is rounded. */
static void a_percentile_is_what_so_many_do_not_exceed(void **state)
{
    (void)state;
    static struct histogram histogram;
    histogram = (struct histogram){ 0 };
    for (uint64_t value = 10; value >= 1; value--)
        histogram_add(&histogram, value);

    assert_int_equal(histogram.total, 10);
    assert_int_equal(histogram.most, 10);
    assert_int_equal(histogram_percentile(&histogram, 1), 1);
    assert_int_equal(histogram_percentile(&histogram, 10), 1);
    assert_int_equal(histogram_percentile(&histogram, 11), 2);
    assert_int_equal(histogram_percentile(&histogram, 50), 5);
    assert_int_equal(histogram_percentile(&histogram, 51), 6);
    assert_int_equal(histogram_percentile(&histogram, 100), 10);
}

/* 1000 is in the bucket 992..1007, 2000 in 1984..2015, of which the largest seen is 2000. */
static void a_percentile_is_rounded_up_to_its_bucket_but_not_above_the_largest(void **state)
{
    (void)state;
    static struct histogram histogram;
    histogram = (struct histogram){ 0 };
    histogram_add(&histogram, 1000);
    histogram_add(&histogram, 2000);
    assert_int_equal(histogram_percentile(&histogram, 50), 1007);
    assert_int_equal(histogram_percentile(&histogram, 99), 2000);
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

#define VALUES 2000

/* Against sorting: the true percentile, or at most 1/32 more. */
static void percentiles_are_those_of_the_sorted_values(void **state)
{
    (void)state;
    static struct histogram histogram;
    static uint64_t values[VALUES];
    uint64_t seed = 9;

    for (unsigned bits = 4; bits <= 64; bits += 6) {
        histogram = (struct histogram){ 0 };
        for (unsigned i = 0; i < VALUES; i++) {
            values[i] = random_next(&seed) >> (64 - bits) >> random_below(&seed, bits);
            histogram_add(&histogram, values[i]);
        }
        qsort(values, VALUES, sizeof *values, compare);
        assert_int_equal(histogram.most, values[VALUES - 1]);
        for (unsigned percent = 1; percent <= 100; percent++) {
            uint64_t exact = values[VALUES * percent / 100 - 1];
            uint64_t found = histogram_percentile(&histogram, percent);
            assert_true(found >= exact);
            assert_true(found - exact <= exact / 32);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_values_have_buckets_of_their_own),
        cmocka_unit_test(buckets_follow_one_another_without_gaps),
        cmocka_unit_test(an_empty_histogram_has_no_percentile),
        cmocka_unit_test(a_percentile_is_what_so_many_do_not_exceed),
        cmocka_unit_test(a_percentile_is_rounded_up_to_its_bucket_but_not_above_the_largest),
        cmocka_unit_test(percentiles_are_those_of_the_sorted_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
