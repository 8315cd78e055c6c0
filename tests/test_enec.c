/*
 * The stream, byte by byte for a block worked by hand, and every kind of data through it and
 * back.
 */
#include "kernels/enec/enec_header.h"
#include "sim/mem.h"
#include "tests/enec_rig.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const enum dtype types[] = { DT_bf16, DT_f16, DT_f32 };

#define TYPES (sizeof types / sizeof *types)

static void random_bytes(uint8_t *out, size_t count, uint64_t *seed)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (uint8_t)random_next(seed);
}

/* An element whose bits are sign, exponent and, below, mantissa. */
static void put(enum dtype type, uint8_t *data, size_t i, unsigned exponent, uint32_t rest)
{
    size_t size = dtype_info[type].bits / 8;
    unsigned shift = type == DT_f32 ? 23 : type == DT_bf16 ? 7 : 10;
    uint32_t mantissa = rest & ((UINT32_C(1) << shift) - 1);
    uint32_t bits = exponent << shift | mantissa | (rest >> 31) << (8 * size - 1);
    memcpy(data + i * size, &bits, size);
}

/* --- by hand --- */

#define B 120
#define ONES (B << 7) /* +2^(b - bias), which fills a block up */

/* Exponents 119, 118 and 122; the first is negative and has mantissa 5, the second 127. */
static struct packed pack_three(unsigned n, unsigned m)
{
    static const uint16_t data[3] = { 0x8000 | 119 << 7 | 5, 118 << 7 | 127, 122 << 7 };
    struct enec_params params = { DT_bf16, B, n, m, ENEC_AIVS };
    return pack(&params, data, 3);
}

static void the_header_is_as_published(void **state)
{
    (void)state;
    struct packed packed = pack_three(6, 3);
    static const uint8_t expected[32] = {
        0x00, 0x80, 0, 0, /* dataBlockSize 32768 */
        1,    0,    0, 0, /* dataBlockNum */
        48,   0,    0, 0, /* threadBlockNum, compLevel */
        6,    0,    0, 0, /* bytes given */
        0x00, 0x80, 0, 0, /* and filled up */
        0xc0, 0x59, 0, 0, /* bytes of the stream: 22976 */
        16,   0,    0, 0, /* tileLength, dataType */
        4,    0,    3, 0, /* mblLength, options */
    };
    /* 32 + ms 16384 + e0 6144 + mask 128 + prefix 192, and e1: one group of 16, filled up to
     * 256, times 3 bits are 96 bytes. */
    assert_int_equal(packed.length, 22976);
    assert_memory_equal(packed.bytes, expected, sizeof expected);
    mem_free(packed.bytes);
}

/* y is 1, 2, (120 - 122) mod 64 = 62 and then zeros. 62 = 7 << 3 | 6, so group 2 is an
 * outlier; it is the first lane of e1, and its 15 other lanes are 0. */
static void sections_hold_what_is_worked_by_hand(void **state)
{
    (void)state;
    struct packed packed = pack_three(6, 3);
    const uint8_t *ms = packed.bytes + 32, *e0 = ms + 16384, *mask = e0 + 6144;
    const uint8_t *prefix = mask + 128, *e1 = prefix + 192;

    static const uint8_t ms_expected[8] = { 5 << 1 | 1, 0, 127 << 1, 0, 0, 0, 0, 0 };
    assert_memory_equal(ms, ms_expected, 8);

    /* Lanes 0, 1 and 2 keep the lowest place of 12 bits: 16-bit words 0, 1, 2. */
    static const uint8_t e0_expected[8] = { 1, 0, 2, 0, 6, 0, 0, 0 };
    assert_memory_equal(e0, e0_expected, 8);
    for (size_t i = 8; i < 6144; i++)
        assert_int_equal(e0[i], 0);

    for (size_t i = 0; i < 128; i++)
        assert_int_equal(mask[i], i == 0 ? 1 << 2 : 0);

    /* Core 0 has all 96 bytes, so the others begin behind it. */
    for (unsigned aiv = 0; aiv < 48; aiv++)
        assert_int_equal(enec_get32(prefix + 4 * aiv), aiv == 0 ? 0 : 96);
    for (size_t i = 0; i < 96; i++)
        assert_int_equal(e1[i], i == 0 ? 7 : 0);
    mem_free(packed.bytes);
}

static void f32_keeps_its_low_half_and_f16_eleven_bits(void **state)
{
    (void)state;
    static uint32_t wide[8193];
    for (size_t i = 0; i < 8193; i++)
        wide[i] = UINT32_C(120) << 23;
    wide[1] |= 0x12345;
    wide[8192] |= UINT32_C(0x8000abcd);
    struct enec_params params = { DT_f32, 120, 6, 3, ENEC_AIVS };
    struct packed packed = pack(&params, wide, 8193);
    assert_int_equal(enec_get32(packed.bytes + 32), 0xabcdu << 16); /* lanes 0 and 8192 */
    assert_int_equal(enec_get32(packed.bytes + 36), 0x2345);        /* lanes 1 and 8193 */
    const uint8_t *ms = packed.bytes + 32 + 32768;
    assert_int_equal(ms[0], 0);
    assert_int_equal(ms[1], 1);      /* the sign of 8192 */
    assert_int_equal(ms[2], 1 << 1); /* 0x1.... of element 1 */
    mem_free(packed.bytes);

    static const uint16_t half[1] = { 0x8000 | 7 << 10 | 0x3ff };
    params = (struct enec_params){ DT_f16, 7, 4, 3, ENEC_AIVS };
    packed = pack(&params, half, 1);
    /* 0x7ff: byte 0 is 0xff; its 3 high bits are those of lane 0 of the rest, whose bytes
     * begin at 16384 = 11264 + 5120: the upper half of word 5120. */
    assert_int_equal(packed.bytes[32], 0xff);
    assert_int_equal(packed.bytes[32 + 2 * 5120 + 1], 7);
    assert_int_equal(packed.layout.e0 - packed.layout.ms, 22528);
    mem_free(packed.bytes);
}

static void with_n_of_one_there_is_no_e1(void **state)
{
    (void)state;
    static const uint16_t data[2] = { 120 << 7, 121 << 7 }; /* y: 0 and -1 mod 2 */
    struct enec_params params = { DT_bf16, 120, 1, 1, ENEC_AIVS };
    struct packed packed = pack(&params, data, 2);
    assert_int_equal(packed.length, 32 + 16384 + 2048 + 128 + 192);
    assert_int_equal(packed.bytes[32 + 16384 + 2], 1); /* word 1 */
    mem_free(packed.bytes);
}

/* --- the buffer of outliers --- */

/*
 * 16384 lanes fill the buffer and are packed in place; 16 more come behind. The other 240 of
 * the last 256 hold the low 3 bits of what packing left: words 16..255 of what was put out.
 */
static void padding_is_what_packing_left_in_the_buffer(void **state)
{
    (void)state;
    static uint8_t out[6144 + 96];
    static uint16_t y[16384], expected[256];
    struct enec_params params = { DT_bf16, 120, 6, 3, ENEC_AIVS };
    struct enec_merge *merge = mem_new(sizeof *merge);
    uint64_t seed = 5;
    for (size_t i = 0; i < 16384; i++)
        y[i] = (uint16_t)random_below(&seed, 64);

    enec_merge_init(merge, &params, out);
    enec_merge_append(merge, y, 16384);
    assert_ptr_equal(merge->out, out + 6144);
    enec_merge_append(merge, y, 16);
    enec_merge_finish(merge);
    assert_ptr_equal(merge->out, out + 6144 + 96);

    for (size_t i = 0; i < 256; i++)
        expected[i] = i < 16 ? y[i] >> 3 : (out[2 * i] & 7);
    enec_pack(expected, 256, 3);
    assert_memory_equal(out + 6144, expected, 96);
    mem_free(merge);
}

static void lanes_beyond_a_full_buffer_begin_the_next(void **state)
{
    (void)state;
    static uint8_t out[6144 + 96];
    static uint16_t y[16384], whole[16384 + 256];
    struct enec_params params = { DT_bf16, 120, 6, 3, ENEC_AIVS };
    struct enec_merge *merge = mem_new(sizeof *merge);
    for (size_t i = 0; i < 16384; i++)
        whole[i] = y[i] = (uint16_t)(i % 8 << 3);

    enec_merge_init(merge, &params, out);
    enec_merge_append(merge, y, 48);
    enec_merge_append(merge, y, 16384);
    enec_merge_finish(merge);
    for (size_t i = 0; i < 16384; i++)
        whole[i] = (i < 48 ? i : i - 48) % 8;
    enec_pack(whole, 16384, 3);
    assert_memory_equal(out, whole, 6144);
    enec_unpack(memcpy(whole, out + 6144, 96), 256, 3);
    for (size_t i = 0; i < 48; i++)
        assert_int_equal(whole[i], (16384 - 48 + i) % 8);
    mem_free(merge);
}

/* The kernels' way: every core leaves its part in a region, the merge moves them together. */
static void parts_in_regions_merge_into_the_same_stream(void **state)
{
    (void)state;
    uint64_t elements = 7 * ENEC_BLOCK + 100, bytes[ENEC_AIVS_MAX], at = 0;
    uint16_t *data = mem_new(elements * 2);
    enec_synth(&enec_models[0], 1, 0, elements, data);
    struct enec_params params = searched(DT_bf16, data, elements);
    params.aivs = 3;
    struct packed whole = pack(&params, data, elements);

    uint8_t *stream = mem_new(whole.layout.most), *regions = mem_new(3 * whole.layout.region);
    struct enec_work *work = mem_new(sizeof *work);
    assert_int_equal(whole.layout.region, 3 * 32768); /* 8 blocks on 3 cores */
    for (unsigned aiv = 0; aiv < 3; aiv++)
        assert_true(enec_compress_aiv(&params, &whole.layout, aiv, (uint8_t *)data, work,
                                      stream, regions + aiv * whole.layout.region, &bytes[aiv],
                                      &(struct diag){ 0 }));
    for (unsigned aiv = 0; aiv < 3; aiv++) {
        memcpy(stream + whole.layout.e1 + at, regions + aiv * whole.layout.region, bytes[aiv]);
        at += bytes[aiv];
    }
    assert_int_equal(enec_finish(&params, &whole.layout, bytes, stream), whole.length);
    assert_memory_equal(stream, whole.bytes, whole.length);
    mem_free(work);
    mem_free(regions);
    mem_free(stream);
    mem_free(whole.bytes);
    mem_free(data);
}

/* --- round trips --- */

static void assert_searched_round_trip(enum dtype type, const void *data, uint64_t elements)
{
    struct enec_params params = searched(type, data, elements);
    assert_round_trip(&params, data, elements);
}

static void every_size_about_a_block_survives(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 0,     1,     2,     15,    16,    17,    255,
                                      1023,  1024,  8191,  8192,  8193,  16383, 16384,
                                      16385, 32768, 40000, 65537, 800000 };
    uint64_t seed = 6;
    for (size_t t = 0; t < TYPES; t++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            size_t bytes = dtype_bytes(types[t], sizes[i]);
            uint8_t *data = mem_new(bytes);
            random_bytes(data, bytes, &seed);
            assert_searched_round_trip(types[t], data, sizes[i]);
            mem_free(data);
        }
    }
}

static void one_value_everywhere_survives(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static uint8_t data[4 * COUNT];
    for (size_t t = 0; t < TYPES; t++) {
        unsigned top = types[t] == DT_f16 ? 31 : 255;
        static const unsigned quarters[] = { 0, 1, 2, 4 }; /* zero or subnormal .. NaN */
        for (size_t q = 0; q < 4; q++) {
            for (size_t i = 0; i < COUNT; i++)
                put(types[t], data, i, top * quarters[q] / 4, UINT32_C(0x80000001));
            assert_searched_round_trip(types[t], data, COUNT);
        }
        memset(data, 0, sizeof data);
        assert_searched_round_trip(types[t], data, COUNT);
    }
}

static void nans_infinities_and_subnormals_among_weights_survive(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    static uint8_t data[4 * COUNT];
    uint64_t seed = 7;
    for (size_t t = 0; t < TYPES; t++) {
        unsigned top = types[t] == DT_f16 ? 31 : 255;
        for (size_t i = 0; i < COUNT; i++) {
            uint64_t kind = random_below(&seed, 8);
            unsigned e = kind == 0   ? 0
                         : kind == 1 ? top
                                     : top / 2 - (unsigned)random_below(&seed, 7);
            put(types[t], data, i, e, (uint32_t)random_next(&seed));
        }
        assert_searched_round_trip(types[t], data, COUNT);
    }
}

/* Exponents that (b, n) can represent, of which a few need more than m bits. */
static void fill_for(const struct enec_params *params, uint8_t *data, size_t count,
                     uint64_t *seed)
{
    int least = enec_least(params), most = least + (1 << params->n) - 1;
    int top = params->type == DT_f16 ? 31 : 255, b = (int)params->b;
    uint64_t rare = random_below(seed, 200) + 1;
    for (size_t i = 0; i < count; i++) {
        int e = b - (int)random_below(seed, UINT64_C(1) << (params->m - (params->n == 1)));
        if (random_below(seed, rare) == 0)
            e = least + (int)random_below(seed, (uint64_t)(most - least) + 1);
        e = e < 0 ? 0 : e > top ? top : e;
        put(params->type, data, i, (unsigned)(e < least ? least : e),
            (uint32_t)random_next(seed));
    }
}

static void every_n_and_m_survives_with_any_b(void **state)
{
    (void)state;
    enum { COUNT = 3 * ENEC_BLOCK + 77 };
    static uint8_t data[4 * COUNT];
    uint64_t seed = 8;
    for (size_t t = 0; t < TYPES; t++) {
        for (unsigned n = 1; n <= ENEC_WIDTH_MAX; n++) {
            for (unsigned m = 1; m < n || m == 1; m++) {
                unsigned top = types[t] == DT_f16 ? 31 : 255;
                unsigned b = (unsigned)random_below(&seed, top + 1);
                struct enec_params params = { types[t], b, n, m,
                                              (unsigned)random_below(&seed, 4) + 1 };
                fill_for(&params, data, COUNT, &seed);
                assert_round_trip(&params, data, COUNT);
            }
        }
    }
}

static void elements_need_no_alignment(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static uint8_t data[4 * COUNT + 1];
    uint64_t seed = 9;
    random_bytes(data, sizeof data, &seed);
    for (size_t t = 0; t < TYPES; t++)
        assert_searched_round_trip(types[t], data + 1, COUNT);
}

/* --- what is refused --- */

static void an_exponent_that_does_not_fit_is_named(void **state)
{
    (void)state;
    static uint16_t data[20000];
    static uint8_t stream[200000];
    uint64_t bytes;
    for (size_t i = 0; i < 20000; i++)
        data[i] = ONES;
    data[17000] = 90 << 7;
    struct enec_params params = { DT_bf16, B, 6, 3, ENEC_AIVS };
    struct diag diag = { 0 };
    assert_true(enec_compress(&params, data, 17000, stream, &bytes, &diag));
    data[17000] = 88 << 7; /* 120 - 31 = 89 is the least */
    assert_false(enec_compress(&params, data, 20000, stream, &bytes, &diag));
    assert_string_equal(diag.text,
                        "element 17000 has exponent 88; with b=120 n=6 expected 89 to 152");
    data[17000] = 152 << 7;
    assert_round_trip(&params, data, 20000);
}

static void parameters_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct enec_params params;
        const char *text;
    } cases[] = {
        { { DT_i8, 1, 2, 1, 48 }, "the type is i8; expected bf16, f16 or f32" },
        { { DT_f16, 32, 2, 1, 48 }, "b is 32; expected 0 to 31" },
        { { DT_bf16, 1, 9, 1, 48 }, "n is 9; expected 1 to 8" },
        { { DT_bf16, 1, 0, 1, 48 }, "n is 0; expected 1 to 8" },
        { { DT_bf16, 1, 6, 6, 48 }, "m is 6; expected 1 to 5" },
        { { DT_bf16, 1, 1, 2, 48 }, "m is 2; expected 1 to 1" },
        { { DT_bf16, 1, 6, 3, 0 }, "the number of vector cores is 0; expected 1 to 1024" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diag diag = { 0 };
        assert_false(enec_check(&cases[i].params, &diag));
        assert_string_equal(diag.text, cases[i].text);
    }
}

static void sizes_beyond_32_bits_are_refused(void **state)
{
    (void)state;
    struct enec_params params = { DT_bf16, 120, 6, 3, ENEC_AIVS };
    struct enec_layout layout;
    struct diag diag = { 0 };
    assert_true(enec_layout(&params, 0x7fffbfff, &layout, &diag));
    assert_false(enec_layout(&params, 0x80000000, &layout, &diag));
    assert_false(enec_layout(&params, UINT64_MAX, &layout, &diag));
}

/* A stream with one byte changed: as good as whole, or refused; never out of bounds, which
 * the sanitizers watch. */
static void a_changed_byte_never_leads_out_of_bounds(void **state)
{
    (void)state;
    enum { COUNT = 2 * ENEC_BLOCK };
    static uint16_t data[COUNT], back[COUNT];
    enec_synth(&enec_models[0], 1, 0, COUNT, data);
    struct enec_params params = searched(DT_bf16, data, COUNT);
    struct packed packed = pack(&params, data, COUNT);
    struct enec_stream stream = { .bytes = packed.bytes, .length = packed.length };
    uint64_t seed = 10;

    for (size_t i = 0; i < 400; i++) {
        uint64_t at = i < 32                  ? i
                      : i < 32 + 2 * 128      ? packed.layout.mask + i - 32
                      : i < 32 + 2 * 128 + 96 ? packed.layout.prefix + i - 32 - 256
                                              : random_below(&seed, packed.length);
        uint8_t was = packed.bytes[at];
        packed.bytes[at] ^= (uint8_t)(1 + random_below(&seed, 255));
        struct diag diag = { 0 };
        bool ok = enec_decompress(&params, &stream, back, COUNT, &diag);
        if (at < 32 || (at >= packed.layout.prefix && at < packed.layout.e1))
            assert_false(ok);
        assert_true(ok || diag.text[0] != '\0');
        packed.bytes[at] = was;
    }
    mem_free(packed.bytes);
}

static void a_shortened_stream_is_refused_where_it_ends(void **state)
{
    (void)state;
    struct packed packed = pack_three(6, 3);
    uint16_t back[3];
    for (uint64_t length = 0; length < packed.length; length += 7) {
        uint8_t *bytes = mem_new(length); /* so that the sanitizers see its end */
        memcpy(bytes, packed.bytes, length);
        struct enec_stream stream = { .bytes = bytes, .length = length, .file = "x", .at = 64 };
        struct diag diag = { 0 };
        assert_false(enec_decompress(&packed.params, &stream, back, 3, &diag));
        assert_string_equal(diag.file, "x");
        mem_free(bytes);
    }
    struct enec_stream stream = { .bytes = packed.bytes, .length = 100, .file = "x", .at = 64 };
    struct diag diag = { 0 };
    assert_false(enec_decompress(&packed.params, &stream, back, 3, &diag));
    assert_string_equal(diag.text, "byte 164: the ENEC stream ends after 100 bytes; expected "
                                   "22880 at least");
    mem_free(packed.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_as_published),
        cmocka_unit_test(sections_hold_what_is_worked_by_hand),
        cmocka_unit_test(f32_keeps_its_low_half_and_f16_eleven_bits),
        cmocka_unit_test(with_n_of_one_there_is_no_e1),
        cmocka_unit_test(padding_is_what_packing_left_in_the_buffer),
        cmocka_unit_test(lanes_beyond_a_full_buffer_begin_the_next),
        cmocka_unit_test(parts_in_regions_merge_into_the_same_stream),
        cmocka_unit_test(every_size_about_a_block_survives),
        cmocka_unit_test(one_value_everywhere_survives),
        cmocka_unit_test(nans_infinities_and_subnormals_among_weights_survive),
        cmocka_unit_test(every_n_and_m_survives_with_any_b),
        cmocka_unit_test(elements_need_no_alignment),
        cmocka_unit_test(an_exponent_that_does_not_fit_is_named),
        cmocka_unit_test(parameters_out_of_range_are_refused),
        cmocka_unit_test(sizes_beyond_32_bits_are_refused),
        cmocka_unit_test(a_changed_byte_never_leads_out_of_bounds),
        cmocka_unit_test(a_shortened_stream_is_refused_where_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
