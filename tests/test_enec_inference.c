/* Inference on compressed weights, as the artifact of the paper computes it. */
#include "tools/enec_inference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static double latency(unsigned phase, double gibps)
{
    return enec_latency(&enec_phases[phase], gibps);
}

/* 61.02 GiB in 64 layers at 217.05 GiB/s: 4.3928 ms a layer, of which 3.2 and 2.5 are hidden.
 */
static void the_published_latencies_come_out(void **state)
{
    (void)state;
    assert_true(fabs(latency(PHASE_TTFT, 217.05) - 0.5563) < 0.00005);
    assert_true(fabs(latency(PHASE_TPOT, 217.05) - 0.3611) < 0.00005);
}

static void the_published_gains_over_offloading_come_out(void **state)
{
    (void)state;
    double ttft = enec_phases[PHASE_TTFT].baseline_s / latency(PHASE_TTFT, 217.05);
    double tpot = enec_phases[PHASE_TPOT].baseline_s / latency(PHASE_TPOT, 217.05);
    assert_true(fabs(ttft - 4.24) < 0.005);
    assert_true(fabs(tpot - 3.31) < 0.005);
}

/* At 61.02 / 64 / 0.0032 = 297.9 GiB/s a layer's decompression is as long as what hides it. */
static void what_is_hidden_altogether_costs_nothing(void **state)
{
    (void)state;
    assert_true(latency(PHASE_TTFT, 297) > 0.48);
    assert_true(latency(PHASE_TTFT, 298) == 0.48);
    assert_true(latency(PHASE_TTFT, 1e6) == 0.48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_latencies_come_out),
        cmocka_unit_test(the_published_gains_over_offloading_come_out),
        cmocka_unit_test(what_is_hidden_altogether_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
