/* Which element types go together, written out as a list of their own. */
#include "kernels/ir/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* "dst a b c" of every combination, in the order of a count over dst, a, b, c; for a rule
 * that takes them all alike, the types. */
static const struct {
    enum type_rule rule;
    const char *operands; /* those that the test gives a type */
    const char *accepted;
} rules[] = {
    { TYPES_copy, "==", "f16 bf16 f32 i4 i8 u8 i16 u16 i32 u32 i64 u64" },
    { TYPES_store, "==", "f16 bf16 f32 i4 i8 u8 i16 u16 i32 u32 i64 u64" },
    { TYPES_nz, "==", "f16 bf16 f32 i4 i8" },
    { TYPES_l0, "==", "f16 bf16 f32 i4 i8" },
    { TYPES_arith, "==", "f16 f32 i16 i32" },
    { TYPES_arith, "===", "f16 f32 i16 i32" },
    { TYPES_arith_signed, "==", "f16 f32" },
    { TYPES_real, "==", "f16 f32" },
    { TYPES_real, "===", "f16 f32" },
    { TYPES_relu, "==", "f16 f32 i32" },
    { TYPES_addrelu, "===", "f16 f32 i16" },
    { TYPES_bits, "=", "f16 bf16 f32 i16 u16 i32 u32" },
    { TYPES_bits, "==", "f16 bf16 f32 i16 u16 i32 u32" },
    { TYPES_bits16, "==", "i16 u16" },
    { TYPES_bits16, "===", "i16 u16" },
    { TYPES_shift, "==", "i16 u16 i32 u32" },
    { TYPES_reduce, "==", "f16 f32" },
    { TYPES_mrgsort, "==", "f16 f32" },
    { TYPES_mmad, "dab", "f32,f16,f16 f32,bf16,bf16 f32,f32,f32 i32,i4,i4 i32,i8,i8" },
    { TYPES_fixpipe, "da",
      "f16,f32 f16,i32 bf16,f32 bf16,i32 f32,f32 i4,f32 i4,i32 i8,f32 i8,i32 u8,f32 u8,i32 "
      "i32,i32" },
    { TYPES_conv, "da",
      "f16,f32 f16,i4 f16,i8 f16,u8 f16,i16 bf16,f32 f32,f16 f32,bf16 f32,f32 f32,i16 "
      "f32,i32 f32,i64 i4,f16 i8,f16 u8,f16 i16,f16 i16,f32 i16,i32 i32,f16 i32,bf16 "
      "i32,f32 i32,i64 i64,f32 i64,i32" },
    { TYPES_axpy, "da", "f16,f16 f32,f16 f32,f32" },
    { TYPES_mla, "dab", "f16,f16,f16 f32,f16,f16 f32,f32,f32" },
    { TYPES_reluconv, "dab", "f16,f32,f32 i8,f16,f16 i8,i16,i16" },
    { TYPES_mulconv, "dab", "i8,f16,f16 u8,f16,f16" },
    { TYPES_deq, "da", "f16,i32 i8,i16 u8,i16" },
    { TYPES_adddeq, "dab", "f16,i32,i32" },
    { TYPES_vdeq, "dab", "i8,i16,f32 u8,i16,f32" },
    { TYPES_cmp, "da", "u8,f16 u8,f32 u8,i32" },
    { TYPES_cmp, "dab", "u8,f16,f16 u8,f32,f32 u8,i32,i32" },
    { TYPES_sel, "dabc", "f16,f16,f16,u8 f32,f32,f32,u8" },
    { TYPES_sels, "dab", "f16,f16,u8 f32,f32,u8" },
    { TYPES_mmad_bias, "dabc",
      "f32,f16,f16,f32 f32,bf16,bf16,f32 f32,f32,f32,f32 i32,i4,i4,i32 i32,i8,i8,i32" },
    { TYPES_fixpipev, "dab",
      "f16,f32,f32 f16,f32,u64 f16,i32,f32 f16,i32,u64 bf16,f32,f32 bf16,f32,u64 bf16,i32,f32 "
      "bf16,i32,u64 f32,f32,f32 f32,f32,u64 i4,f32,f32 i4,f32,u64 i4,i32,f32 i4,i32,u64 "
      "i8,f32,f32 i8,f32,u64 i8,i32,f32 i8,i32,u64 u8,f32,f32 u8,f32,u64 u8,i32,f32 "
      "u8,i32,u64" },
    { TYPES_pairs, "===", "f16 bf16 f32 i16 u16 i32 u32" },
    { TYPES_index, "=", "f16 f32 i16 i32" },
    { TYPES_transpose, "==", "f16 bf16 f32 i8 u8 i16 u16 i32 u32" },
    { TYPES_sort, "dab", "f16,f16,u32 f32,f32,u32" },
    { TYPES_mrgsort4, "dab", "f16,f16,u64 f32,f32,u64" },
    { TYPES_element, "=", "f16 bf16 f32 i8 u8 i16 u16 i32 u32 i64 u64" },
    { TYPES_squeezep, "dab",
      "f16,f16,u64 bf16,bf16,u64 f32,f32,u64 i16,i16,u64 u16,u16,u64 "
      "i32,i32,u64 u32,u32,u64" },
    { TYPES_gather, "dab",
      "f16,f16,u32 bf16,bf16,u32 f32,f32,u32 i16,i16,u32 u16,u16,u32 i32,i32,u32 u32,u32,u32" },
    { TYPES_squeeze, "dabc",
      "f16,f16,u8,u64 f16,f16,u16,u64 f16,f16,u32,u64 bf16,bf16,u8,u64 bf16,bf16,u16,u64 "
      "bf16,bf16,u32,u64 "
      "f32,f32,u8,u64 f32,f32,u16,u64 f32,f32,u32,u64 i16,i16,u8,u64 i16,i16,u16,u64 "
      "i16,i16,u32,u64 "
      "u16,u16,u8,u64 u16,u16,u16,u64 u16,u16,u32,u64 i32,i32,u8,u64 i32,i32,u16,u64 "
      "i32,i32,u32,u64 "
      "u32,u32,u8,u64 u32,u32,u16,u64 u32,u32,u32,u64" },
};

#define COMBINATIONS (DT_COUNT * DT_COUNT * DT_COUNT * DT_COUNT)

/* The number-th combination of types of the first `operands` operands; false when it
 * is one of fewer. */
static bool combination(int number, size_t operands, int types[KOP_OPERANDS])
{
    for (size_t i = KOP_OPERANDS; i-- > 0;) {
        types[i] = number % DT_COUNT;
        number /= DT_COUNT;
        if (i >= operands && types[i] != 0)
            return false;
        if (i >= operands)
            types[i] = -1;
    }
    return true;
}

static bool all_alike(const int types[KOP_OPERANDS], size_t operands)
{
    for (size_t i = 1; i < operands; i++) {
        if (types[i] != types[0])
            return false;
    }
    return true;
}

static void every_rule_accepts_its_list_and_nothing_else(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        size_t operands = strlen(rules[r].operands), length = 0;
        bool alike = rules[r].operands[0] == '=';
        char found[1024] = "";

        for (int number = 0; number < COMBINATIONS; number++) {
            int types[KOP_OPERANDS];
            if (!combination(number, operands, types))
                continue;
            if (type_rule_check(rules[r].rule, types) != NULL)
                continue;
            assert_true(!alike || all_alike(types, operands));
            for (size_t i = 0; i < (alike ? 1 : operands); i++)
                length += (size_t)snprintf(found + length, sizeof found - length, "%s%s",
                                           i > 0        ? ","
                                           : length > 0 ? " "
                                                        : "",
                                           dtype_info[types[i]].name);
        }
        assert_string_equal(found, rules[r].accepted);
    }
}

static void every_operation_accepts_some_types_and_refuses_others(void **state)
{
    (void)state;
    for (int code = 0; code < KOP_COUNT; code++) {
        const struct kop_info *info = &kop_info[code];
        size_t operands = 0, accepted = 0, refused = 0;
        bool has_c = info->spaces[OPERAND_C] != 0;

        /* The operands of every operation are the first ones. */
        while (operands < KOP_OPERANDS && info->spaces[operands] != 0)
            operands++;
        assert_true(operands == KOP_OPERANDS || !has_c);

        for (int number = 0; number < COMBINATIONS; number++) {
            int types[KOP_OPERANDS];
            if (!combination(number, operands, types))
                continue;
            const char *expected = type_rule_check(info->types, types);
            accepted += expected == NULL;
            refused += expected != NULL && expected[0] != '\0';
        }
        assert_int_not_equal(accepted, 0);
        assert_true(operands == 0 || refused > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_accepts_its_list_and_nothing_else),
        cmocka_unit_test(every_operation_accepts_some_types_and_refuses_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
