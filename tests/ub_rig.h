/* Vector operations on UB: where their operands lie, and what is in them before. */
#ifndef NPUSIM_TESTS_UB_RIG_H
#define NPUSIM_TESTS_UB_RIG_H

#include "tests/exec_rig.h"
#include "tests/random.h"
#include "tests/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { AT_DST = 0, AT_A = 24576, AT_B = 40960 };

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define UB_TEST(name) cmocka_unit_test_setup_teardown(name, ub_setup, ub_teardown)

static inline int ub_setup(void **state)
{
    struct rig *rig = test_malloc(sizeof *rig);
    rig_init(rig);
    *state = rig;
    return 0;
}

static inline int ub_teardown(void **state)
{
    rig_free(*state);
    test_free(*state);
    return 0;
}

static inline struct kop op_on(enum kop_code code, enum dtype dst, enum dtype a)
{
    struct kop op = rig_op(code);
    op.at[OPERAND_DST] = rig_operand(SPACE_UB, dst, AT_DST);
    op.at[OPERAND_A] = rig_operand(SPACE_UB, a, AT_A);
    return op;
}

/* UB with something in every byte, and values of a type at a and b; a copy to expect on. */
static inline uint8_t *prepare(struct rig *rig, enum dtype type, uint8_t expected[RIG_CAPACITY],
                               uint64_t seed)
{
    uint8_t *ub = rig_memory(rig, SPACE_UB);
    memset(ub, 0xa5, RIG_CAPACITY);
    reference_fill(type, ub + AT_A, 2048, &seed);
    reference_fill(type, ub + AT_B, 2048, &seed);
    memcpy(expected, ub, RIG_CAPACITY);
    return ub;
}

#endif
