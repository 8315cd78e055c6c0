/*
 * The micro kernel measures what an operation costs: on configs/tiny.json, where 1024 of them
 * take a little more than 1024 times as long as one (a turn of the loop and the last latency).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kernels/ir/types.h"
#include "tests/npu_rig.h"

static double cycles_of(const char *params)
{
    struct npu_rig rig;
    npu_rig_init_builtin(&rig, "tiny", "", "micro", params);
    npu_rig_run_builtin(&rig, false);
    double cycles = (double)npu_rig_ns(rig.run.core_time) / 1024; /* 1 GHz */
    npu_rig_free(&rig);
    return cycles;
}

static void assert_near(const char *params, double expected)
{
    double found = cycles_of(params);
    if (found < expected || found > expected + 0.1)
        fail_msg("%s: %g cycles; expected %g", params, found, expected);
}

/* The first types that an operation accepts, as micro is given them: sources, then dst. */
static bool types_of(enum kop_code code, char out[48])
{
    const struct kop_info *info = &kop_info[code];
    for (int number = 0; number < DT_COUNT * DT_COUNT * DT_COUNT * DT_COUNT; number++) {
        int left = number, types[KOP_OPERANDS];
        for (unsigned i = 0; i < KOP_OPERANDS; i++, left /= DT_COUNT)
            types[i] = info->spaces[i] != 0 ? left % DT_COUNT : -1;
        if (type_rule_check(info->types, types) != NULL)
            continue;
        int a = types[OPERAND_A] >= 0 ? types[OPERAND_A] : types[OPERAND_DST];
        int b = types[OPERAND_B] >= 0 ? types[OPERAND_B] : a;
        snprintf(out, 48, "%s:%s:%s", dtype_info[a].name, dtype_info[b].name,
                 dtype_info[types[OPERAND_DST]].name);
        return true;
    }
    return false;
}

static void every_vector_operation_can_be_measured(void **state)
{
    (void)state;
    for (int code = 0; code < KOP_COUNT; code++) {
        char types[48], params[160];
        if (kop_info[code].pipe != PIPE_V || code == KOP_copy_ub || code == KOP_l0c_to_ub)
            continue; /* moves, of op=move */
        assert_true(types_of((enum kop_code)code, types));
        snprintf(params, sizeof params, "op=%s dtype=%s repeat=10", kop_info[code].name, types);
        assert_true(cycles_of(params) >= 2); /* vector.minimum */
    }
}

/* Costs of tiny, worked out from its parameters. */
static void new_operations_cost_what_their_parameters_say(void **state)
{
    (void)state;
    assert_near("op=vsels dtype=f16:f16 repeat=20", 15 + 20);
    assert_near("op=vreducev2p dtype=u16:u16 repeat=5", 5 * 16);
    assert_near("op=vreducev2p dtype=u16:u16 repeat=5 counter=1", 5 * 18);
    assert_near("op=vnchwconv dtype=u16:u16 repeat=5", 5 * 19);
    assert_near("op=vbitsort dtype=f32:f32 repeat=5", 5 * 21);
    assert_near("op=vmrgsort4 dtype=f32:f32 repeat=5", 50 + 5 * 17);
    assert_near("op=vscatter dtype=u16:u16 repeat=2", 30 + 256 * 0.5);
    assert_near("op=vintlv dtype=u16:u16 repeat=5", 5 * 3);
    assert_near("op=vci dtype=i32:i32 repeat=5", 25 + 5);
    assert_near("op=put dtype=u32:u32", 1 + 3 + 1); /* issue, store, turn */
}

/* Ten deep is 3 of 4 or 2 of 8; a head of 1. */
static void the_cube_has_a_bias_and_hf32(void **state)
{
    (void)state;
    assert_near("op=mmad dtype=f32:f32 m=64 n=64 k=10", 1 + 16 * 3);
    assert_near("op=mmad dtype=f32:f32 m=64 n=64 k=10 hf32=1", 1 + 16 * 2);
    assert_near("op=mmad_bias dtype=f16:f32 m=64 n=64 k=32", 1 + 16 * 2);
}

/* 2048 bytes of L0C at 128 a cycle, and the instruction's 100; scales cost nothing. */
static void the_way_from_l0c_to_l1_is_measured_too(void **state)
{
    (void)state;
    assert_near("op=move path=l0c_to_l1 bytes=2048", 100 + 16);
    assert_near("op=move path=l0c_to_l1 bytes=2048 scales=1", 100 + 16);
    assert_true(cycles_of("op=move path=l0c_to_gm bytes=2048 scales=1") ==
                cycles_of("op=move path=l0c_to_gm bytes=2048"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_operation_can_be_measured),
        cmocka_unit_test(new_operations_cost_what_their_parameters_say),
        cmocka_unit_test(the_cube_has_a_bias_and_hf32),
        cmocka_unit_test(the_way_from_l0c_to_l1_is_measured_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
