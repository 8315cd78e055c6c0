/* The choice of (b, n, m), worked by hand, and the synthetic weights it was published for. */
#include "sim/mem.h"
#include "tests/enec_rig.h"
#include "tests/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define MI (UINT64_C(1) << 20)

static void assert_choice(const struct enec_histogram *histogram, unsigned b, unsigned n,
                          unsigned m)
{
    struct enec_choice choice = enec_search(histogram);
    assert_int_equal(choice.b, b);
    assert_int_equal(choice.n, n);
    assert_int_equal(choice.m, m);
}

/*
 * Exponents 10, 11, 12: the only b is 11, n = max(1, 0) + 1 = 2, m = 1. y is 1, 0 and 3, so
 * p(y < 2) = 3/4, and B = 1/16 + 2 - (3/4)^16.
 */
static void one_candidate_is_taken(void **state)
{
    (void)state;
    struct enec_histogram histogram = { .count = { [10] = 1, [11] = 2, [12] = 1 } };
    assert_choice(&histogram, 11, 2, 1);
    double p16 = 43046721.0 / 4294967296.0; /* 3^16 / 4^16 */
    assert_true(fabs(enec_search(&histogram).exponent_bits - (2.0625 - p16)) < 1e-12);
}

/*
 * Exponents 0 to 3, of which 0 and 3 occur once, 1 a thousand times and 2 k times. b = 1:
 * n = max(1, 1) + 1 = 2, y = 1, 0, 3, 2 and D = 1 + 3 k + 2. b = 2: n = max(2, 0) + 1 = 3,
 * y = 2, 1, 0, 7 and D = 2 + 1000 + 7. So b is 1 up to k = 335, where D is 1008.
 */
static void the_least_distance_decides(void **state)
{
    (void)state;
    struct enec_histogram histogram = { .count = { [0] = 1, [1] = 1000, [2] = 335, [3] = 1 } };
    assert_choice(&histogram, 1, 2, 1);
    histogram.count[2] = 336;
    assert_choice(&histogram, 2, 3, 1); /* nearly all y are 0 or 1 */
}

/* As above with 1002 times exponent 1: D = 3 + 3 * 336 = 2 + 1002 + 7. */
static void the_lowest_of_equal_b_is_taken(void **state)
{
    (void)state;
    struct enec_histogram histogram = { .count = { [0] = 1, [1] = 1002, [2] = 336, [3] = 1 } };
    assert_choice(&histogram, 1, 2, 1);
}

/* Exponents 0 and, mostly, 7: b = 3 needs n = 3 bits, y = 3 and 4. No y is below 2, too few are
 * below 4 to show in B, so m = 1 and m = 2 are equal. */
static void the_lowest_of_equal_m_is_taken(void **state)
{
    (void)state;
    struct enec_histogram histogram = { .count = { [0] = 1, [7] = 1000 } };
    assert_choice(&histogram, 3, 3, 1);
}

static void a_candidate_of_more_than_eight_bits_is_skipped(void **state)
{
    (void)state;
    struct enec_histogram histogram = { .count = { [0] = 1, [255] = 1000000 } };
    struct enec_choice choice = enec_search(&histogram);
    assert_int_equal(choice.b, 127); /* the only b with 127 on either side */
    assert_int_equal(choice.n, 8);
}

static void equal_exponents_need_one_bit(void **state)
{
    (void)state;
    struct enec_histogram histogram = { .count = { [77] = 5 } };
    assert_choice(&histogram, 77, 1, 1);
    assert_true(enec_search(&histogram).exponent_bits == 1.0625);
}

static void two_neighbouring_exponents_need_one_bit(void **state)
{
    (void)state;
    struct enec_histogram histogram = { .count = { [77] = 5, [78] = 9 } };
    assert_choice(&histogram, 77, 1, 1);
}

static void no_element_at_all_is_a_choice_too(void **state)
{
    (void)state;
    struct enec_histogram histogram = { { 0 } };
    assert_choice(&histogram, 0, 1, 1);
    assert_true(enec_search(&histogram).exponent_bits == 0);
}

/* Whatever occurs, the choice can represent. */
static void every_choice_holds_every_exponent(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (unsigned round = 0; round < 2000; round++) {
        struct enec_histogram histogram = { { 0 } };
        uint64_t low = random_below(&seed, 256), span = random_below(&seed, 256 - low) + 1;
        for (uint64_t i = random_below(&seed, 12) + 1; i > 0; i--)
            histogram.count[low + random_below(&seed, span)] += random_below(&seed, 1000) + 1;

        struct enec_choice choice = enec_search(&histogram);
        struct enec_params params = { DT_bf16, choice.b, choice.n, choice.m, ENEC_AIVS };
        assert_true(enec_check(&params, &(struct diag){ 0 }));
        for (int e = 0; e < 256; e++) {
            if (histogram.count[e] != 0)
                assert_in_range(e - enec_least(&params), 0, (1 << choice.n) - 1);
        }
    }
}

static void exponents_are_counted_wherever_an_element_begins(void **state)
{
    (void)state;
    uint64_t seed = 4;
    static uint8_t bytes[4 * 30011 + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)random_next(&seed);

    static const enum dtype types[] = { DT_bf16, DT_f16, DT_f32 };
    for (size_t t = 0; t < 3; t++) {
        struct enec_histogram histogram = { { 0 } }, plain = { { 0 } };
        size_t size = dtype_info[types[t]].bits / 8;
        enec_count(types[t], bytes + 1, 30011, &histogram);
        for (size_t i = 0; i < 30011; i++) {
            const uint8_t *top = bytes + 1 + i * size + size - 2;
            unsigned half = top[0] | (unsigned)top[1] << 8;
            plain.count[types[t] == DT_f16 ? half >> 10 & 31 : half >> 7 & 255]++;
        }
        assert_memory_equal(&histogram, &plain, sizeof plain);
    }
}

static void every_model_has_its_published_parameters_and_ratio(void **state)
{
    (void)state;
    assert_int_equal(enec_model_count, 10);
    for (size_t i = 0; i < enec_model_count; i++) {
        const struct enec_model *model = &enec_models[i];
        uint64_t bytes = dtype_bytes(model->type, 2 * MI);
        uint8_t *data = mem_new(bytes);
        enec_synth(model, 1, 0, 2 * MI, data);

        struct enec_params params = searched(model->type, data, 2 * MI);
        if (params.b != model->b || params.n != model->n || params.m != model->m)
            fail_msg("%s: (%u,%u,%u)", model->name, params.b, params.n, params.m);
        double ratio = (double)bytes / (double)assert_round_trip(&params, data, 2 * MI);
        if (fabs(ratio / model->ratio - 1) > 0.01)
            fail_msg("%s: %.4f", model->name, ratio);
        mem_free(data);
    }
}

static void a_longer_tensor_begins_with_the_shorter_one(void **state)
{
    (void)state;
    static uint16_t all[3 * ENEC_ROW], part[ENEC_ROW + 7];
    enec_synth(&enec_models[0], 9, 0, 3 * ENEC_ROW, all);
    enec_synth(&enec_models[0], 9, 0, ENEC_ROW + 7, part);
    assert_memory_equal(all, part, sizeof part);
    enec_synth(&enec_models[0], 9, 1, ENEC_ROW + 7, part);
    assert_memory_equal(all + ENEC_ROW, part, sizeof part);
}

/* FNV-1a; the sums are those of the first run, by gcc on x86-64. */
static void weights_are_the_same_on_every_host(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t sum;
    } cases[] = { { "llama-3.1-8b", UINT64_C(0x8b9a552c75c1bb9c) },
                  { "mistral-7b", UINT64_C(0x54acf21d7cfc9447) },
                  { "wav2vec", UINT64_C(0xef7428244115000a) } };
    static uint8_t data[4 * 100000];
    for (size_t i = 0; i < 3; i++) {
        const struct enec_model *model = enec_models;
        while (strcmp(model->name, cases[i].name) != 0)
            model++;
        enec_synth(model, 1, 0, 100000, data);
        uint64_t sum = UINT64_C(0xcbf29ce484222325);
        for (size_t at = 0; at < dtype_bytes(model->type, 100000); at++)
            sum = (sum ^ data[at]) * UINT64_C(0x100000001b3);
        if (sum != cases[i].sum)
            fail_msg("%s: 0x%016llx", model->name, (unsigned long long)sum);
    }
}

static void another_seed_gives_other_weights(void **state)
{
    (void)state;
    uint16_t one[64], other[64];
    enec_synth(&enec_models[0], 1, 0, 64, one);
    enec_synth(&enec_models[0], 2, 0, 64, other);
    assert_memory_not_equal(one, other, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_candidate_is_taken),
        cmocka_unit_test(the_least_distance_decides),
        cmocka_unit_test(the_lowest_of_equal_b_is_taken),
        cmocka_unit_test(the_lowest_of_equal_m_is_taken),
        cmocka_unit_test(a_candidate_of_more_than_eight_bits_is_skipped),
        cmocka_unit_test(equal_exponents_need_one_bit),
        cmocka_unit_test(two_neighbouring_exponents_need_one_bit),
        cmocka_unit_test(no_element_at_all_is_a_choice_too),
        cmocka_unit_test(every_choice_holds_every_exponent),
        cmocka_unit_test(exponents_are_counted_wherever_an_element_begins),
        cmocka_unit_test(every_model_has_its_published_parameters_and_ratio),
        cmocka_unit_test(a_longer_tensor_begins_with_the_shorter_one),
        cmocka_unit_test(weights_are_the_same_on_every_host),
        cmocka_unit_test(another_seed_gives_other_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
