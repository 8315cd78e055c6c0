/*
 * The first design of ENEC in plain C: its stream by hand, round trips, and what it makes of a
 * stream that is none of its own. That the kernels agree with it is in test_enec_kernels.c.
 */
#include "kernels/enec/enec_basic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sim/mem.h"
#include "tests/random.h"

/* Ranks backwards: exponent 255 is the most frequent. */
static void backwards(uint16_t table[ENEC_BASIC_SYMBOLS])
{
    for (unsigned i = 0; i < ENEC_BASIC_SYMBOLS; i++)
        table[i] = (uint16_t)(ENEC_BASIC_SYMBOLS - 1 - i);
}

struct rig {
    struct enec_params params;
    struct enec_layout layout;
    uint16_t table[ENEC_BASIC_SYMBOLS]; /* its own inverse */
    uint8_t *data, *back;               /* whole blocks */
    struct enec_stream stream;
    uint8_t *bytes;
};

static void rig_init(struct rig *rig, enum dtype type, uint64_t elements, unsigned aivs)
{
    struct diag diag = { 0 };
    *rig = (struct rig){ .params = { .type = type, .b = 1, .n = 2, .m = 1, .aivs = aivs } };
    assert_true(enec_basic_layout(&rig->params, elements, &rig->layout, &diag));
    backwards(rig->table);
    rig->data = mem_new(rig->layout.blocks * rig->layout.block_bytes);
    rig->back = mem_new(rig->layout.blocks * rig->layout.block_bytes);
    rig->bytes = mem_new(rig->layout.most);
}

static void rig_pack(struct rig *rig)
{
    rig->stream.bytes = rig->bytes;
    rig->stream.length =
        enec_basic_compress(&rig->params, &rig->layout, rig->table, rig->data, rig->bytes);
    assert_true(rig->stream.length <= rig->layout.most);
}

static void rig_free(struct rig *rig)
{
    mem_free(rig->data);
    mem_free(rig->back);
    mem_free(rig->bytes);
}

static void put16(uint8_t *at, size_t index, unsigned value)
{
    at[2 * index] = (uint8_t)value;
    at[2 * index + 1] = (uint8_t)(value >> 8);
}

static unsigned get16(const uint8_t *at, size_t index)
{
    return at[2 * index] | (unsigned)at[2 * index + 1] << 8;
}

static unsigned get32(const uint8_t *at)
{
    return get16(at, 0) | get16(at, 1) << 16;
}

static void sections_of_a_stream_by_hand(void **state)
{
    (void)state;
    struct rig rig;

    rig_init(&rig, DT_bf16, 3 * 8192 - 1, 2);
    assert_int_equal(rig.layout.blocks, 3);
    assert_int_equal(rig.layout.ms, 32);
    assert_int_equal(rig.layout.mask, 32 + 3 * 8192);
    assert_int_equal(rig.layout.prefix, 32 + 3 * 8192 + 3 * 256);
    assert_int_equal(rig.layout.e1, 32 + 3 * 8192 + 3 * 256 + 32);
    /* Two blocks of a core at most, 512 rows of 32 bytes each; 8192 states, 512 counts. */
    assert_int_equal(rig.layout.region, 2 * 16384 + 16384 + 1024);
    rig_free(&rig);
    rig_init(&rig, DT_f32, 1, 2);
    assert_int_equal(rig.layout.ms, 32 + 16384);
    rig_free(&rig);
    rig_init(&rig, DT_f16, 1, 2);
    assert_int_equal(rig.layout.mask, 32 + 11264);
    rig_free(&rig);
}

/* Rank 0 everywhere but for element 16 + 3 of each block, of rank 5: three bits, in group 1. */
static void a_group_shifts_by_its_own_width_and_gives_up_a_row(void **state)
{
    (void)state;
    struct rig rig;

    rig_init(&rig, DT_bf16, 6 * 8192, 1);
    for (size_t i = 0; i < 6 * 8192; i++)
        put16(rig.data, i, i % 8192 == 19 ? 250u << 7 : 0x8000u | 255u << 7 | 0x2a);
    rig_pack(&rig);

    const uint8_t *widths = rig.bytes + rig.layout.mask, *rows = rig.bytes + rig.layout.e1;
    const uint8_t *tail = rows + 32;
    /* 512 widths of 4 bits: byte j = w(j) | w(j + 256) << 4, then bytes j and j + 128. */
    for (size_t i = 0; i < 6 * 256; i++)
        assert_int_equal(widths[i], i % 256 == 2 ? 3 : 0);
    /* 1 + 5 * 3 = 16 bits fit, the sixth block makes 19. The low 16 of the 18 bits that are in
     * go out, which are 101 six times; the upper two stay. */
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(get16(rows, i), i == 3 ? 0xdb6d : 0);
    for (size_t i = 0; i < 8192; i++)
        assert_int_equal(get16(tail, i), i == 19 ? 2 : 0);
    for (size_t g = 0; g < 512; g++)
        assert_int_equal(get16(tail + 16384, g), g == 1 ? 3 : 1);
    assert_int_equal(rig.stream.length, rig.layout.e1 + 32 + 16384 + 1024);
    /* ms: mantissa 0x2a and sign 1, but for element 19. */
    assert_int_equal(rig.bytes[rig.layout.ms], 0x2a << 1 | 1);
    assert_int_equal(rig.bytes[rig.layout.ms + 2 * 19], 0);
    rig_free(&rig);
}

static void a_core_without_blocks_has_no_part(void **state)
{
    (void)state;
    struct rig rig;

    rig_init(&rig, DT_bf16, 8193, 3);
    rig_pack(&rig);
    assert_int_equal(get32(rig.bytes + rig.layout.prefix + 4),
                     get32(rig.bytes + rig.layout.prefix + 8) - 17408);
    assert_int_equal(get32(rig.bytes + rig.layout.prefix + 8),
                     rig.stream.length - rig.layout.e1);
    rig_free(&rig);
}

static void what_was_compressed_comes_back(void **state)
{
    (void)state;
    static const enum dtype types[] = { DT_bf16, DT_f16, DT_f32 };
    uint64_t seed = 17;

    for (unsigned i = 0; i < 12; i++) {
        struct rig rig;
        struct diag diag = { 0 };
        rig_init(&rig, types[i % 3], 1 + random_below(&seed, 120000),
                 1 + (unsigned)random_below(&seed, 5));
        uint64_t bytes = rig.layout.blocks * rig.layout.block_bytes;
        for (uint64_t at = 0; at < bytes; at++) /* any bits, or few exponents */
            rig.data[at] = (uint8_t)random_below(&seed, i < 6 ? 256 : 4);
        rig_pack(&rig);
        if (!enec_basic_decompress(&rig.params, &rig.layout, rig.table, &rig.stream, rig.back,
                                   &diag))
            fail_msg("%s", diag.text);
        assert_memory_equal(rig.back, rig.data, bytes);
        rig_free(&rig);
    }
}

/* Nothing outside is read, as the sanitizers would say. */
static void any_bytes_are_an_error_or_elements(void **state)
{
    (void)state;
    uint64_t seed = 23;
    unsigned refused = 0;

    for (unsigned i = 0; i < 60; i++) {
        struct rig rig;
        struct diag diag = { 0 };
        rig_init(&rig, DT_bf16, 30000, 2);
        for (size_t at = 0; at < 2 * 30000; at++)
            rig.data[at] = (uint8_t)random_below(&seed, 256);
        rig_pack(&rig);
        uint64_t from = rig.layout.mask, length = rig.stream.length;
        uint8_t *cut = mem_new(length); /* of the right size, for the sanitizers */
        memcpy(cut, rig.bytes, length);
        for (unsigned bad = 0; bad < 20; bad++)
            cut[from + random_below(&seed, length - from)] = (uint8_t)random_below(&seed, 256);
        rig.stream.bytes = cut;
        refused += !enec_basic_decompress(&rig.params, &rig.layout, rig.table, &rig.stream,
                                          rig.back, &diag);
        mem_free(cut);
        rig_free(&rig);
    }
    assert_true(refused > 0);
}

static void a_stream_that_ends_early_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    struct diag diag = { 0 };

    rig_init(&rig, DT_bf16, 8192, 1);
    rig_pack(&rig);
    rig.stream.length = rig.layout.e1 + 17407; /* a byte less than states and counts */
    rig.bytes[20] = (uint8_t)rig.stream.length;
    rig.bytes[21] = (uint8_t)(rig.stream.length >> 8);
    assert_false(enec_basic_decompress(&rig.params, &rig.layout, rig.table, &rig.stream,
                                       rig.back, &diag));
    assert_non_null(strstr(diag.text, "core 0 has bytes 0 to 17407 of e1"));
    rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_of_a_stream_by_hand),
        cmocka_unit_test(a_group_shifts_by_its_own_width_and_gives_up_a_row),
        cmocka_unit_test(a_core_without_blocks_has_no_part),
        cmocka_unit_test(what_was_compressed_comes_back),
        cmocka_unit_test(any_bytes_are_an_error_or_elements),
        cmocka_unit_test(a_stream_that_ends_early_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
