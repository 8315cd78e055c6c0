/*
 * The codec at full size: half a minute and a gigabyte. Not run by default:
 *
 *   ctest --preset release -C long -R long_
 */
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

static const enum dtype types[] = { DT_bf16, DT_f16, DT_f32 };

#define TYPES (sizeof types / sizeof *types)

static uint8_t *weights_of(const struct enec_model *model, uint64_t elements)
{
    uint8_t *data = mem_new(dtype_bytes(model->type, elements));
    enec_synth(model, 7, 0, elements, data);
    return data;
}

static double ratio_of(const struct enec_model *model, uint64_t elements)
{
    uint8_t *data = weights_of(model, elements);
    struct enec_params params = searched(model->type, data, elements);
    if (params.b != model->b || params.n != model->n || params.m != model->m)
        fail_msg("%s: (%u,%u,%u)", model->name, params.b, params.n, params.m);
    uint64_t length = assert_round_trip(&params, data, elements);
    mem_free(data);
    return (double)dtype_bytes(model->type, elements) / (double)length;
}

static void every_model_survives_at_16_mi_elements_at_its_ratio(void **state)
{
    (void)state;
    for (size_t i = 0; i < enec_model_count; i++) {
        double ratio = ratio_of(&enec_models[i], 16 * MI);
        print_message("%-14s %.4f, published %.2f\n", enec_models[i].name, ratio,
                      enec_models[i].ratio);
        assert_true(fabs(ratio / enec_models[i].ratio - 1) <= 0.01);
    }
}

static void weights_survive_at_64_mi_elements(void **state)
{
    (void)state;
    for (size_t i = 0; i < enec_model_count; i += 5) /* bf16, f16 */
        ratio_of(&enec_models[i], 64 * MI);
}

static void random_bits_survive_at_16_mi_elements_less_one(void **state)
{
    (void)state;
    uint64_t elements = 16 * MI - 1, seed = 1;
    for (size_t t = 0; t < TYPES; t++) {
        size_t words = dtype_bytes(types[t], elements) / 8 + 1;
        uint64_t *data = mem_array(words, sizeof *data);
        for (size_t i = 0; i < words; i++)
            data[i] = random_next(&seed);
        struct enec_params params = searched(types[t], data, elements);
        assert_round_trip(&params, data, elements);
        mem_free(data);
    }
}

static void one_value_survives_at_16_mi_elements_and_one(void **state)
{
    (void)state;
    uint64_t elements = 16 * MI + 1;
    for (size_t t = 0; t < TYPES; t++) {
        uint8_t *data = mem_new(dtype_bytes(types[t], elements));
        for (unsigned byte = 0; byte < 256; byte += 85) { /* zeros .. NaNs */
            memset(data, (int)byte, dtype_bytes(types[t], elements));
            struct enec_params params = searched(types[t], data, elements);
            assert_int_equal(params.n, 1);
            assert_round_trip(&params, data, elements);
        }
        mem_free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_model_survives_at_16_mi_elements_at_its_ratio),
        cmocka_unit_test(weights_survive_at_64_mi_elements),
        cmocka_unit_test(random_bits_survive_at_16_mi_elements_less_one),
        cmocka_unit_test(one_value_survives_at_16_mi_elements_and_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
