#include "kernels/ir/types.h"

#include "sim/assert.h"

/* Sets of element types. */
#define T(type) (1u << DT_##type)
#define ANY ((1u << DT_COUNT) - 1)
#define BYTES (ANY & ~T(i4))
#define QUANTISED                                                                              \
    (T(f16) | T(bf16) | T(i4) | T(i8) | T(u8)) /* what an accumulator may become */
#define CUBE (T(f16) | T(bf16) | T(f32) | T(i8) | T(i4))
#define REAL (T(f16) | T(f32))
#define ARITH (REAL | T(i16) | T(i32))
#define BITS (T(f16) | T(bf16) | T(i16) | T(u16) | T(f32) | T(i32) | T(u32))
#define SHIFT (T(i16) | T(u16) | T(i32) | T(u32))

/* Sets of operands. */
#define D (1u << OPERAND_DST)
#define A (1u << OPERAND_A)
#define B (1u << OPERAND_B)

/*
 * Types that go together: operand i has one of types[i], and the operands of
 * `alike` all have the same. An absent operand agrees with everything.
 */
struct combination {
    enum type_rule rule;
    uint32_t types[KOP_OPERANDS]; /* dst, a, b, c */
    uint32_t alike;
};

#define ROW(rule, alike, ...)                                                                  \
    {                                                                                          \
        TYPES_##rule, { __VA_ARGS__ }, alike                                                   \
    }

static const struct combination combinations[] = {
    ROW(none, 0, 0),
    ROW(copy, D | A, ANY, ANY),
    ROW(store, D | A, ANY, ANY),

    ROW(nz, D | A, CUBE, CUBE),
    ROW(l0, D | A, CUBE, CUBE),
    ROW(mmad, A | B, T(f32), T(f16) | T(bf16) | T(f32), T(f16) | T(bf16) | T(f32)),
    ROW(mmad, A | B, T(i32), T(i8) | T(i4), T(i8) | T(i4)),
    ROW(fixpipe, 0, T(f32) | QUANTISED, T(f32)),
    ROW(fixpipe, 0, T(i32) | QUANTISED, T(i32)),
    ROW(fixpipev, 0, T(f32) | QUANTISED, T(f32), T(f32) | T(u64)),
    ROW(fixpipev, 0, QUANTISED, T(i32), T(f32) | T(u64)),
    ROW(mmad_bias, A | B, T(f32), T(f16) | T(bf16) | T(f32), T(f16) | T(bf16) | T(f32), T(f32)),
    ROW(mmad_bias, A | B, T(i32), T(i8) | T(i4), T(i8) | T(i4), T(i32)),

    ROW(arith, D | A | B, ARITH, ARITH, ARITH),
    ROW(arith_signed, D | A, REAL, REAL),
    ROW(real, D | A | B, REAL, REAL, REAL),
    ROW(relu, D | A, REAL | T(i32), REAL | T(i32)),
    ROW(addrelu, D | A | B, REAL | T(i16), REAL | T(i16), REAL | T(i16)),
    ROW(bits, D | A, BITS, BITS),
    ROW(bits16, D | A | B, T(i16) | T(u16), T(i16) | T(u16), T(i16) | T(u16)),
    ROW(shift, D | A, SHIFT, SHIFT),

    ROW(conv, 0, T(f32) | T(i4) | T(i8) | T(u8) | T(i16) | T(i32), T(f16)),
    ROW(conv, 0, T(f16) | T(bf16) | T(f32) | T(i16) | T(i32) | T(i64), T(f32)),
    ROW(conv, 0, T(f32) | T(i32), T(bf16)),
    ROW(conv, 0, T(f16), T(i4) | T(i8) | T(u8)),
    ROW(conv, 0, T(f16) | T(f32), T(i16)),
    ROW(conv, 0, T(f32) | T(i16) | T(i64), T(i32)),
    ROW(conv, 0, T(f32) | T(i32), T(i64)),

    ROW(axpy, D | A, REAL, REAL),
    ROW(axpy, 0, T(f32), T(f16)),
    ROW(mla, D | A | B, REAL, REAL, REAL),
    ROW(mla, 0, T(f32), T(f16), T(f16)),
    ROW(reluconv, 0, T(f16), T(f32), T(f32)),
    ROW(reluconv, 0, T(i8), T(i16), T(i16)),
    ROW(reluconv, 0, T(i8), T(f16), T(f16)),
    ROW(mulconv, 0, T(i8) | T(u8), T(f16), T(f16)),
    ROW(deq, 0, T(f16), T(i32)),
    ROW(deq, 0, T(i8) | T(u8), T(i16)),
    ROW(adddeq, 0, T(f16), T(i32), T(i32)),
    ROW(vdeq, 0, T(i8) | T(u8), T(i16), T(f32)),

    ROW(cmp, A | B, T(u8), REAL | T(i32), REAL | T(i32)),
    ROW(sel, D | A | B, REAL, REAL, REAL, T(u8)),
    ROW(sels, D | A, REAL, REAL, T(u8)),
    ROW(reduce, D | A, REAL, REAL),
    ROW(gather, D | A, BITS, BITS, T(u32)),
    ROW(squeeze, D | A, BITS, BITS, T(u8) | T(u16) | T(u32), T(u64)),
    ROW(squeezep, D | A, BITS, BITS, T(u64)),
    ROW(transpose, D | A, BITS | T(i8) | T(u8), BITS | T(i8) | T(u8)),
    ROW(pairs, D | A | B, BITS, BITS, BITS),
    ROW(index, 0, ARITH),
    ROW(sort, D | A, REAL, REAL, T(u32)),
    ROW(mrgsort, D | A, REAL, REAL),
    ROW(mrgsort4, D | A, REAL, REAL, T(u64)),
    ROW(element, 0, BYTES),
};

static const char *const expected[TYPES_COUNT] = {
    [TYPES_none] = "no operands",
    [TYPES_copy] = "dst and a of the same type",
    [TYPES_store] = "dst and a of the same type",
    [TYPES_nz] = "dst and a both f16, bf16, f32, i8 or i4",
    [TYPES_l0] = "dst and a both f16, bf16, f32, i8 or i4",
    [TYPES_mmad] = "f32 from two f16, bf16 or f32, or i32 from two i8 or i4",
    [TYPES_fixpipe] =
        "f32 to f32, f16, bf16, i4, i8 or u8, or i32 to i32, f16, bf16, i4, i8 or u8",
    [TYPES_fixpipev] = "f32 to f32, f16, bf16, i4, i8 or u8, or i32 to f16, bf16, i4, i8 or "
                       "u8, and b f32 or u64",
    [TYPES_mmad_bias] =
        "f32 from two f16, bf16 or f32 and c f32, or i32 from two i8 or i4 and c i32",
    [TYPES_arith] = "all operands f16, f32, i16 or i32",
    [TYPES_arith_signed] = "dst and a both f16 or f32",
    [TYPES_real] = "all operands f16 or f32",
    [TYPES_relu] = "dst and a both f16, f32 or i32",
    [TYPES_bits] = "operands of the same type, of 16 or 32 bits",
    [TYPES_bits16] = "all operands i16 or u16",
    [TYPES_shift] = "dst and a both i16, u16, i32 or u32",
    [TYPES_conv] = "f16 to f32, i4, i8, u8, i16, i32; f32 to f16, bf16, f32, i16, i32, i64; "
                   "bf16 to f32, i32; i4, i8, u8 to f16; i16 to f16, f32; "
                   "i32 to f32, i16, i64; i64 to f32, i32",
    [TYPES_axpy] = "dst and a both f16 or f32, or dst f32 with a f16",
    [TYPES_addrelu] = "all operands f16, f32 or i16",
    [TYPES_reluconv] = "f16 from two f32, or i8 from two i16 or f16",
    [TYPES_mulconv] = "i8 or u8 from two f16",
    [TYPES_mla] = "all operands f16 or f32, or f32 from two f16",
    [TYPES_deq] = "i32 to f16, or i16 to i8 or u8",
    [TYPES_adddeq] = "f16 from two i32",
    [TYPES_vdeq] = "i8 or u8 from i16 and f32",
    [TYPES_cmp] = "u8 from sources of the same type: f16, f32 or i32",
    [TYPES_sel] = "dst, a and b all f16 or f32, and c u8",
    [TYPES_reduce] = "dst and a both f16 or f32",
    [TYPES_gather] = "dst and a of the same type of 16 or 32 bits, and b u32",
    [TYPES_sels] = "dst and a both f16 or f32, and b u8",
    [TYPES_squeeze] =
        "dst and a of the same type of 16 or 32 bits, b u8, u16 or u32, and c u64",
    [TYPES_squeezep] = "dst and a of the same type of 16 or 32 bits, and b u64",
    [TYPES_transpose] = "dst and a of the same type of 8, 16 or 32 bits",
    [TYPES_pairs] = "all operands of the same type of 16 or 32 bits",
    [TYPES_index] = "f16, f32, i16 or i32",
    [TYPES_sort] = "dst and a both f16 or f32, and b u32",
    [TYPES_mrgsort] = "dst and a both f16 or f32",
    [TYPES_mrgsort4] = "dst and a both f16 or f32, and b u64",
    [TYPES_element] = "any type but i4",
};

static bool agrees(const struct combination *row, const int types[KOP_OPERANDS])
{
    int common = -1; /* the type of the operands that are alike */

    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        if (types[i] < 0)
            continue;
        if ((row->types[i] >> types[i] & 1) == 0)
            return false;
        if ((row->alike >> i & 1) == 0)
            continue;
        if (common >= 0 && common != types[i])
            return false;
        common = types[i];
    }
    return true;
}

const char *type_rule_check(enum type_rule rule, const int types[KOP_OPERANDS])
{
    SIM_ASSERT(rule < TYPES_COUNT);
    for (size_t i = 0; i < sizeof combinations / sizeof *combinations; i++) {
        if (combinations[i].rule == rule && agrees(&combinations[i], types))
            return NULL;
    }
    return expected[rule];
}

const char *type_rule_text(enum type_rule rule)
{
    SIM_ASSERT(rule < TYPES_COUNT);
    return expected[rule];
}
