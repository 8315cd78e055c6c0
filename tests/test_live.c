/* Which operations a run without data computes: those that control hangs on. */
#include "kernels/ir/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernels/ir/nk.h"
#include "sim/mem.h"

static const char squeeze[] =
    "kernel squeeze {\n"
    "  tensor x: f16[128] in\n"
    "  tensor y: f16[128] out\n"
    "  aiv {\n"
    "    tile a: ub f16[128] @0\n"
    "    tile bits: ub u8[32] @512\n"
    "    tile kept_lanes: ub f16[128] @1024\n"
    "    tile other: ub f16[128] @2048\n"
    "    tile same: ub u16[128] @0\n"
    "    tile n: spr u64[1] @0\n"
    "    load_ub a, x bytes=256\n"                               /* 0 */
    "    vcmpvs bits, a count=128 cmp=gt scalar=0\n"             /* 1 */
    "    vadds other, a count=128 scalar=1\n"                    /* 2 */
    "    vreducev2 kept_lanes, a, bits, n count=128 counter=1\n" /* 3 */
    "    %kept = read n\n"                                       /* 4 */
    "    vshl same, same count=128 shift=1\n"                    /* 5 */
    "    store y, other bytes=256\n"                             /* 6 */
    "  }\n"
    "}\n";

static bool is_live(const char *text, uint8_t *x, uint8_t *y, size_t instr)
{
    struct diag diag = { 0 };
    struct kernel *kernel = kernel_parse("live.nk", text, strlen(text), &diag);
    assert_string_equal(diag.text, "");
    uint8_t *tensors[] = { x, y };
    bool *live[CORE_KINDS];
    kernel_live(kernel, tensors, live);
    bool answer = live[CORE_AIV][instr];
    for (int kind = 0; kind < CORE_KINDS; kind++)
        mem_free(live[kind]);
    kernel_free(kernel);
    return answer;
}

static void what_a_read_scalar_comes_from_is_live(void **state)
{
    (void)state;
    uint8_t x[256];
    assert_true(is_live(squeeze, x, NULL, 0));
    assert_true(is_live(squeeze, x, NULL, 1));
    assert_true(is_live(squeeze, x, NULL, 3));
}

static void what_only_data_comes_from_is_not(void **state)
{
    (void)state;
    uint8_t x[256];
    assert_false(is_live(squeeze, x, NULL, 2));
    assert_false(is_live(squeeze, x, NULL, 6));
}

static void a_tile_is_reached_through_any_other_at_its_address(void **state)
{
    (void)state;
    uint8_t x[256];
    assert_true(is_live(squeeze, x, NULL, 5)); /* `same` is `a` */
}

static void without_the_tensor_that_control_comes_from_nothing_is_live(void **state)
{
    (void)state;
    for (size_t i = 0; i < 7; i++)
        assert_false(is_live(squeeze, NULL, NULL, i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_read_scalar_comes_from_is_live),
        cmocka_unit_test(what_only_data_comes_from_is_not),
        cmocka_unit_test(a_tile_is_reached_through_any_other_at_its_address),
        cmocka_unit_test(without_the_tensor_that_control_comes_from_nothing_is_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
