/*
 * HANS: the plain-C codec by hand and round trip, the kernels against it to the byte, and what
 * a run without data knows of control.
 */
#include "kernels/hans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/mem.h"
#include "tests/npu_rig.h"
#include "tests/random.h"

/* --- the codec itself --- */

struct stream {
    struct hans_shape shape;
    int32_t histogram[HANS_SYMBOLS];
    uint8_t *mantissa, *fixed;
};

static struct stream encoded(struct hans_shape shape, const uint8_t *in)
{
    struct stream stream = {
        .shape = shape,
        .mantissa = mem_new((size_t)(shape.elements * (shape.bytes - 1))),
        .fixed = mem_new((size_t)hans_segment(&shape, shape.cores)),
    };
    hans_histogram(&shape, in, stream.histogram);
    hans_encode(&shape, stream.histogram, in, stream.mantissa, stream.fixed);
    return stream;
}

static void stream_free(struct stream *stream)
{
    mem_free(stream->mantissa);
    mem_free(stream->fixed);
}

static unsigned u16_at(const uint8_t *bytes, size_t index)
{
    return bytes[2 * index] | (unsigned)bytes[2 * index + 1] << 8;
}

static void tiles_are_dealt_in_runs_with_room_for_the_worst_case(void **state)
{
    (void)state;
    struct hans_shape shape = { .elements = 5 * 4096 + 64, .bytes = 2, .cores = 4 };

    assert_int_equal(hans_tiles(&shape), 6);
    assert_int_equal(hans_first_tile(&shape, 1), 2); /* 2, 2, 1 and 1 tiles */
    assert_int_equal(hans_first_tile(&shape, 2), 4);
    assert_int_equal(hans_first_tile(&shape, 3), 5);
    assert_int_equal(hans_first_tile(&shape, 4), 6);
    assert_int_equal(hans_segment(&shape, 0), 512);
    /* Two tiles of 128 bytes of widths and 64 rows of 128, and a tail of 8448. */
    assert_int_equal(hans_segment(&shape, 1), 512 + 2 * (128 + 64 * 128) + 8448);
}

static void one_tile_of_two_symbols_by_hand(void **state)
{
    (void)state;
    struct hans_shape shape = { .elements = 128, .bytes = 2, .cores = 1 };
    uint8_t in[256];

    /* Top bytes: group 0 all 7; group 1 7 but for element 64 + 3, a 9. Low bytes: their index.
     */
    for (unsigned i = 0; i < 128; i++) {
        in[2 * i] = (uint8_t)i;
        in[2 * i + 1] = i == 67 ? 9 : 7;
    }
    struct stream stream = encoded(shape, in);
    const uint8_t *segment = stream.fixed + 512, *states = segment + 128;

    assert_int_equal(stream.histogram[7], 127);
    assert_int_equal(stream.histogram[9], 1);
    assert_int_equal(stream.mantissa[67], 67);
    for (size_t group = 0; group < 64; group++) {
        assert_int_equal(u16_at(segment, group), 1);
        assert_int_equal(states[8192 + 4 * group], 1 + 1); /* the first count, and a bit */
    }
    for (size_t i = 0; i < 4096; i++)
        assert_int_equal(u16_at(states, i), i == 67);
    assert_int_equal(hans_header_word(stream.fixed, 0), 12138);
    assert_int_equal(hans_header_word(stream.fixed, 1), 1);
    assert_int_equal(hans_header_word(stream.fixed, 2), 1);
    assert_int_equal(hans_header_word(stream.fixed, 8), 128 + 8448);
    assert_int_equal(hans_packed_bytes(&shape, stream.fixed), 128 + 512 + 1024 + 128 + 8448);
    stream_free(&stream);
}

static void a_group_gives_up_sixteen_bits_when_it_has_more(void **state)
{
    (void)state;
    struct hans_shape shape = { .elements = 16 * 4096, .bytes = 2, .cores = 1 };
    uint8_t *in = mem_new(2 * 16 * 4096);

    /* All of one symbol, one bit a tile: 1 + 15 bits fit, the sixteenth tile makes 17. Lane 5
     * of group 2 has the other symbol in the last tile alone. */
    memset(in, 3, 2 * 16 * 4096);
    in[2 * (15 * 4096 + 2 * 64 + 5) + 1] = 4;
    struct stream stream = encoded(shape, in);
    const uint8_t *rows = stream.fixed + 512 + 16 * 128, *tail = rows + 64 * 128;

    assert_int_equal(hans_header_word(stream.fixed, 8), 16 * 128 + 64 * 128 + 8448);
    for (size_t i = 0; i < 4096; i++) {
        assert_int_equal(u16_at(rows, i), i == 2 * 64 + 5);
        assert_int_equal(u16_at(tail, i), 0);
    }
    for (size_t group = 0; group < 64; group++)
        assert_int_equal(tail[8192 + 4 * group], 1);
    stream_free(&stream);
    mem_free(in);
}

/* --- data of all kinds --- */

enum filling { RANDOM, ALL_EQUAL, ALL_ZERO, FEW, FILLINGS };

static void fill(uint8_t *data, size_t bytes, enum filling filling, uint64_t *seed)
{
    for (size_t i = 0; i < bytes; i++) {
        uint64_t draw = random_below(seed, 65536);
        data[i] = (uint8_t)(filling == RANDOM      ? draw
                            : filling == ALL_EQUAL ? 0x3f
                            : filling == FEW       ? (draw < 256 ? draw : draw % 5)
                                                   : 0);
    }
}

static void what_is_decoded_is_what_was_encoded(void **state)
{
    (void)state;
    uint64_t seed = 1;

    for (unsigned i = 0; i < 24; i++) {
        struct hans_shape shape = { .elements = 64 * (int64_t)(1 + random_below(&seed, 900)),
                                    .bytes = i % 2 == 0 ? 2 : 4,
                                    .cores = 1 + (int64_t)random_below(&seed, 20) };
        size_t bytes = (size_t)(shape.elements * shape.bytes);
        uint8_t *in = mem_new(bytes), *out = mem_new(bytes);
        fill(in, bytes, (enum filling)(i % FILLINGS), &seed);
        struct stream stream = encoded(shape, in);
        hans_decode(&shape, stream.histogram, stream.mantissa, stream.fixed, out);
        assert_memory_equal(in, out, bytes);
        stream_free(&stream);
        mem_free(in);
        mem_free(out);
    }
}

/* --- the kernels --- */

static void assert_correct(struct npu_rig *rig)
{
    struct verdict verdict = { 0 };
    rig->work.spec->check(&rig->work, rig->tensors, &verdict);
    if (!verdict.checked || !verdict.correct)
        fail_msg("%s: %s", rig->work.spec->name, verdict.first);
}

static void copy_tensor(struct npu_rig *to, struct npu_rig *from, const char *name)
{
    assert_int_equal(npu_rig_bytes(to, name), npu_rig_bytes(from, name));
    memcpy(npu_rig_tensor(to, name), npu_rig_tensor(from, name), npu_rig_bytes(to, name));
}

/* Weights through both kernels, the stream of one being the input of the other. */
static void go_round(const char *params, enum filling filling, uint64_t *seed)
{
    struct npu_rig encoder, decoder;
    npu_rig_init_builtin(&encoder, "ascend910b2", "", "hans-encode", params);
    npu_rig_init_builtin(&decoder, "ascend910b2", "", "hans-decode", params);

    uint8_t *in = npu_rig_tensor(&encoder, "weights");
    if (filling < FILLINGS) {
        int64_t bytes = strstr(params, "f32") != NULL ? 4 : 2;
        struct hans_shape shape = { .elements =
                                        (int64_t)npu_rig_bytes(&encoder, "weights") / bytes,
                                    .bytes = bytes };
        int32_t histogram[HANS_SYMBOLS];
        fill(in, npu_rig_bytes(&encoder, "weights"), filling, seed);
        hans_histogram(&shape, in, histogram);
        memcpy(npu_rig_tensor(&encoder, "histogram"), histogram, sizeof histogram);
    }
    npu_rig_run_builtin(&encoder, true);
    assert_correct(&encoder);
    copy_tensor(&decoder, &encoder, "histogram");
    copy_tensor(&decoder, &encoder, "mantissa");
    copy_tensor(&decoder, &encoder, "fixed");
    npu_rig_run_builtin(&decoder, true);
    assert_correct(&decoder);
    assert_memory_equal(npu_rig_tensor(&decoder, "weights"), in,
                        npu_rig_bytes(&encoder, "weights"));
    npu_rig_free(&encoder);
    npu_rig_free(&decoder);
}

static void weights_survive_both_kernels(void **state)
{
    (void)state;
    uint64_t seed = 0;
    go_round("elements=32768", FILLINGS, &seed);
    go_round("elements=400000 dtype=bf16 model=deepseek-7b", FILLINGS, &seed);
    go_round("elements=1048640 dtype=f16 model=mistral-7b", FILLINGS, &seed);
    go_round("elements=200064 dtype=f32 model=olmo-1b", FILLINGS, &seed);
}

static void any_bits_survive_both_kernels(void **state)
{
    (void)state;
    uint64_t seed = 7;
    go_round("elements=300096", RANDOM, &seed); /* 8 bits a tile: rows in every second one */
    go_round("elements=196672", FEW, &seed);
    go_round("elements=40000", ALL_EQUAL, &seed);
    go_round("elements=1600000", ALL_ZERO, &seed);
    go_round("elements=200000 dtype=f32", RANDOM, &seed);
    go_round("elements=32768 dtype=f32", FEW, &seed);
    go_round("elements=40000 dtype=f32", ALL_EQUAL, &seed);
    go_round("elements=100032 dtype=f32", ALL_ZERO, &seed);
}

/* Nothing of a run may hang on whether data was computed: lengths and places do depend on it.
 */
static void without_data_the_runs_are_the_same(void **state)
{
    (void)state;
    static const char *const kernels[] = { "hans-encode", "hans-decode" };
    static const char *const params[] = { "elements=2500032", "elements=300032 dtype=f32" };

    for (size_t i = 0; i < 4; i++) {
        struct npu_rig with, without;
        npu_rig_init_builtin(&with, "ascend910b2", "", kernels[i % 2], params[i / 2]);
        npu_rig_init_builtin(&without, "ascend910b2", "", kernels[i % 2], params[i / 2]);
        npu_rig_run_builtin(&with, true);
        npu_rig_run_builtin(&without, false);
        assert_true(npu_rig_same_run(&with.run, &without.run));
        /* Some groups did give up bits: more moved than widths and tails. */
        enum gm_path path = i % 2 == 0 ? PATH_ub_to_gm : PATH_gm_to_ub;
        if (i < 2)
            assert_true(npu_rig_traffic(&with, "fixed").path[path] >
                        48 * (13 * 128 + 8448 + 512) + 500000);
        npu_rig_free(&with);
        npu_rig_free(&without);
    }
}

static void elements_come_in_whole_groups(void **state)
{
    (void)state;
    const char *words[] = { "elements=32769" };
    struct workload work;
    struct target target = { .aic = 1, .aiv = 2 };
    struct diag diag = { 0 };

    assert_false(
        workload_build(&work, kernel_spec_find("hans-encode"), words, 1, &target, &diag));
    assert_non_null(strstr(diag.text, "elements is 32769; expected a multiple of 64"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_are_dealt_in_runs_with_room_for_the_worst_case),
        cmocka_unit_test(one_tile_of_two_symbols_by_hand),
        cmocka_unit_test(a_group_gives_up_sixteen_bits_when_it_has_more),
        cmocka_unit_test(what_is_decoded_is_what_was_encoded),
        cmocka_unit_test(weights_survive_both_kernels),
        cmocka_unit_test(any_bits_survive_both_kernels),
        cmocka_unit_test(without_data_the_runs_are_the_same),
        cmocka_unit_test(elements_come_in_whole_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
