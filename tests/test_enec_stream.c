/*
 * Whole streams against the definition of each section, said element by element with nothing
 * of the codec but its sizes: for every type, n and m, several core counts, and data with all
 * kinds of outliers.
 */
#include "kernels/enec/enec_header.h"
#include "sim/mem.h"
#include "tests/enec_rig.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define BLOCKS_MAX 6

/* Elements taken apart: index i of the padded tensor. */
struct parts {
    struct enec_params params;
    uint64_t elements;
    uint32_t bits[BLOCKS_MAX * ENEC_BLOCK];
};

static uint32_t exponent(const struct parts *parts, size_t i)
{
    unsigned shift = parts->params.type == DT_f32 ? 23 : parts->params.type == DT_bf16 ? 7 : 10;
    return parts->bits[i] >> shift & (parts->params.type == DT_f16 ? 31 : 255);
}

static uint32_t y_of(const struct parts *parts, size_t i)
{
    return (parts->params.b - exponent(parts, i)) & ((1u << parts->params.n) - 1);
}

/* mantissa << 1 | sign, of the upper half of an f32. */
static uint32_t ms_of(const struct parts *parts, size_t i)
{
    uint32_t x = parts->bits[i];
    if (parts->params.type == DT_f16)
        return (x & 0x3ff) << 1 | x >> 15;
    x = parts->params.type == DT_f32 ? x >> 16 : x;
    return (x & 0x7f) << 1 | x >> 15;
}

static bool is_outlier(const struct parts *parts, size_t block, size_t group)
{
    for (size_t k = 0; k < 16; k++) {
        if (y_of(parts, block * ENEC_BLOCK + group + 1024 * k) >> parts->params.m != 0)
            return true;
    }
    return false;
}

/* Numbers packed by the rule, as a list of bytes that are paired in the end. */
static size_t bytes_of(const uint32_t *numbers, size_t count, unsigned width, uint8_t *out)
{
    static uint32_t levels[8][ENEC_BLOCK];
    static unsigned depth;
    uint32_t *half = levels[depth];
    size_t made = 0;

    if (width == 0)
        return 0;
    depth++;
    if (width >= 8) {
        for (size_t i = 0; i < count; i++) {
            out[made++] = (uint8_t)numbers[i];
            half[i] = numbers[i] >> 8;
        }
        made += bytes_of(half, count, width - 8, out + made);
    } else {
        for (size_t i = 0; i < count / 2; i++)
            half[i] = numbers[i] | numbers[i + count / 2] << width;
        made = bytes_of(half, count / 2, 2 * width, out);
    }
    depth--;
    return made;
}

static void assert_packed(const uint8_t *found, const uint32_t *numbers, size_t count,
                          unsigned width)
{
    static uint8_t bytes[2 * ENEC_BLOCK];
    size_t made = bytes_of(numbers, count, width, bytes);
    assert_int_equal(made, count * width / 8);
    for (size_t i = 0; i < made / 2; i++) {
        assert_int_equal(found[2 * i], bytes[i]);
        assert_int_equal(found[2 * i + 1], bytes[i + made / 2]);
    }
}

static void assert_block(const struct packed *packed, const struct parts *parts, size_t block)
{
    const struct enec_layout *at = &packed->layout;
    static uint32_t ms[ENEC_BLOCK], low[ENEC_BLOCK];
    uint8_t mask[ENEC_MASK_BYTES] = { 0 };

    for (size_t i = 0; i < ENEC_BLOCK; i++) {
        ms[i] = ms_of(parts, block * ENEC_BLOCK + i);
        low[i] = y_of(parts, block * ENEC_BLOCK + i) & ((1u << parts->params.m) - 1);
    }
    assert_packed(packed->bytes + at->ms + block * at->ms_block, ms, ENEC_BLOCK,
                  parts->params.type == DT_f16 ? 11 : 8);
    assert_packed(packed->bytes + at->e0 + block * at->e0_block, low, ENEC_BLOCK,
                  parts->params.m);

    for (size_t g = 0; g < ENEC_GROUPS; g++)
        mask[g / 8] |= (uint8_t)(is_outlier(parts, block, g) << g % 8);
    assert_memory_equal(packed->bytes + at->mask + block * ENEC_MASK_BYTES, mask, sizeof mask);

    for (size_t j = 0; at->ms0_block != 0 && j < ENEC_BLOCK / 2; j++) {
        const uint32_t *x = parts->bits + block * ENEC_BLOCK + j;
        assert_int_equal(enec_get32(packed->bytes + at->ms0 + block * at->ms0_block + 4 * j),
                         (x[0] & 0xffff) | x[ENEC_BLOCK / 2] << 16);
    }
}

/* The high bits of a core's outliers, in order. */
static size_t list_outliers(const struct parts *parts, size_t blocks, unsigned aiv,
                            uint32_t *out)
{
    size_t count = 0;
    for (size_t block = aiv; block < blocks; block += parts->params.aivs) {
        for (size_t k = 0; k < 16; k++) {
            for (size_t g = 0; g < ENEC_GROUPS; g++) {
                if (is_outlier(parts, block, g))
                    out[count++] =
                        y_of(parts, block * ENEC_BLOCK + g + 1024 * k) >> parts->params.m;
            }
        }
    }
    return count;
}

/* Padding is taken from the stream itself: test_enec.c says what it is. */
static void assert_part(const struct packed *packed, const struct parts *parts, unsigned aiv,
                        uint64_t *at)
{
    static uint32_t list[BLOCKS_MAX * ENEC_BLOCK + ENEC_TAIL];
    static uint16_t lanes[ENEC_BLOCK];
    unsigned kept = parts->params.n - parts->params.m;
    size_t count = list_outliers(parts, packed->layout.blocks, aiv, list), from = 0;

    assert_int_equal(enec_get32(packed->bytes + packed->layout.prefix + 4 * aiv), *at);
    while (from < count) {
        size_t left = count - from, run = left < ENEC_BLOCK ? left : ENEC_BLOCK;
        size_t lanes_run = (run + ENEC_TAIL - 1) / ENEC_TAIL * ENEC_TAIL;
        const uint8_t *found = packed->bytes + packed->layout.e1 + *at;
        memcpy(lanes, found, lanes_run * kept / 8);
        enec_unpack(lanes, lanes_run, kept);
        for (size_t i = run; i < lanes_run; i++)
            list[from + i] = lanes[i];
        assert_packed(found, list + from, lanes_run, kept);
        *at += lanes_run * kept / 8;
        from += run;
    }
}

/* Exponents near b, and now and then any that (b, n) can represent. */
static void draw_elements(struct parts *parts, uint8_t *data, uint64_t *seed)
{
    const struct enec_params *params = &parts->params;
    int least = enec_least(params), top = params->type == DT_f16 ? 31 : 255;
    unsigned shift = params->type == DT_f32 ? 23 : params->type == DT_bf16 ? 7 : 10;
    size_t size = dtype_info[params->type].bits / 8;
    uint64_t rare = random_below(seed, 100) + 1;

    for (size_t i = 0; i < parts->elements; i++) {
        int e = (int)params->b;
        if (random_below(seed, rare) == 0)
            e = least + (int)random_below(seed, UINT64_C(1) << params->n);
        e = e < 0 ? 0 : e > top ? top : e;
        uint32_t kept = (uint32_t)((UINT64_C(1) << 8 * size) - 1);
        uint32_t hole = (uint32_t)top << shift;
        parts->bits[i] = ((uint32_t)random_next(seed) & kept & ~hole) | (uint32_t)e << shift;
        memcpy(data + i * size, &parts->bits[i], size);
    }
    for (size_t i = parts->elements; i < BLOCKS_MAX * ENEC_BLOCK; i++)
        parts->bits[i] = params->b << shift;
}

static void streams_are_what_their_definition_says(void **state)
{
    (void)state;
    static const enum dtype types[] = { DT_bf16, DT_f16, DT_f32 };
    static struct parts parts;
    static uint8_t data[4 * BLOCKS_MAX * ENEC_BLOCK];
    uint64_t seed = 12;

    for (unsigned n = 1; n <= ENEC_WIDTH_MAX; n++) {
        for (unsigned m = 1; m < n || m == 1; m++) {
            enum dtype type = types[random_below(&seed, 3)];
            unsigned b = (unsigned)random_below(&seed, type == DT_f16 ? 32 : 256);
            unsigned aivs = (unsigned)random_below(&seed, 4) + 1;
            parts.params = (struct enec_params){ type, b, n, m, aivs };
            parts.elements = random_below(&seed, BLOCKS_MAX * ENEC_BLOCK) + 1;
            draw_elements(&parts, data, &seed);

            struct packed packed = pack(&parts.params, data, parts.elements);
            uint64_t at = 0;
            for (size_t block = 0; block < packed.layout.blocks; block++)
                assert_block(&packed, &parts, block);
            for (unsigned aiv = 0; aiv < aivs; aiv++)
                assert_part(&packed, &parts, aiv, &at);
            assert_int_equal(packed.layout.e1 + at, packed.length);
            mem_free(packed.bytes);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_what_their_definition_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
