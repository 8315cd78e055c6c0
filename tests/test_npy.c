/* .npy files: what NumPy writes is read, what is written NumPy reads, and nothing that a file
 * claims is believed. */
#include "kernels/ir/build.h"
#include "sim/file.h"
#include "sim/mem.h"
#include "tests/random.h"
#include "tools/npy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char path[] = "/tmp/npusim_npy.XXXXXX"; /* a file of the test's own */

/* A file of version `version`.0 with this dictionary and `data`. */
static struct text file_of(int version, const char *dictionary, const char *data, size_t bytes)
{
    struct text text;
    size_t length = strlen(dictionary);
    char prefix[12] = "\x93NUMPY";

    text_init(&text);
    prefix[6] = (char)version;
    prefix[8] = (char)(length & 0xff);
    prefix[9] = (char)(length >> 8);
    text_add(&text, prefix, version == 1 ? 10 : 12);
    text_add(&text, dictionary, length);
    text_add(&text, data, bytes);
    return text;
}

static bool parse_text(const struct text *text, struct npy *out, struct diag *diag)
{
    /* A copy of just its size, so that reading beyond it is found. */
    uint8_t *copy = mem_new(text->length + (text->length == 0));
    size_t size;
    memcpy(copy, text->at, text->length);
    bool ok = npy_parse("f.npy", copy, text->length, out, &size, diag);
    mem_free(copy);
    return ok;
}

static void headers_of_every_version_are_read(void **state)
{
    (void)state;
    for (int version = 1; version <= 3; version++) {
        struct diag diag = { 0 };
        struct npy npy;
        struct text text = file_of(
            version, "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 40), } \n", "", 0);
        assert_true(parse_text(&text, &npy, &diag));
        assert_string_equal(npy.type, "<f2");
        assert_false(npy.fortran);
        assert_int_equal(npy.dims, 2);
        assert_int_equal(npy.shape[0], 3);
        assert_int_equal(npy.shape[1], 40);
        text_free(&text);
    }
}

static void keys_come_in_any_order_and_quotes(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    struct npy npy;
    struct text text =
        file_of(1, "{\"shape\":(7L,),\"fortran_order\":True,\"descr\":\"|i1\"}", "", 0);
    assert_true(parse_text(&text, &npy, &diag));
    assert_string_equal(npy.type, "|i1");
    assert_true(npy.fortran);
    assert_int_equal(npy.dims, 1);
    assert_int_equal(npy.shape[0], 7);
    text_free(&text);
}

static void broken_headers_are_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        int version;
        const char *dictionary, *expected;
    } cases[] = {
        { 4, "{}", "its version is 4.0; expected 1.0 to 3.0" },
        { 1, "{}", "its header lacks descr, fortran_order or shape" },
        { 1, "hello", "found 'h' in the header; expected '{'" },
        { 1, "{'descr': [('a', '<f2')], }",
          "its elements have fields; expected plain numbers" },
        { 1, "{'descr': '<f2', 'descr': '<f2'}", "its header has the key 'descr' twice" },
        { 1, "{'color': 1}",
          "its header has the key 'color'; expected descr, fortran_order and shape" },
        { 1, "{'shape': (1, 2", "found its end in the header; expected ')'" },
        { 1, "{'shape': (1)", "found ')' in the header; expected ','" },
        { 1, "{'shape': (-1,)}", "found '-' in the header; expected a whole number" },
        { 1, "{'shape': (1,1,1,1,1,1,1,1,1)}", "it has more than 8 dimensions" },
        { 1, "{'shape': (99999999999999999999,)}", "a dimension of the header is too large" },
        { 1, "{'fortran_order': 0}", "found '0' in the header; expected True or False" },
        { 1, "{'descr': '<f2}", "a string of the header is not closed, or too long" },
        { 1, "{'descr': '<f2', 'fortran_order': False, 'shape': ()} x",
          "found 'x' in the header; expected its end" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diag diag = { 0 };
        struct npy npy;
        struct text text = file_of(cases[i].version, cases[i].dictionary, "", 0);
        assert_false(parse_text(&text, &npy, &diag));
        assert_string_equal(diag.file, "f.npy");
        assert_string_equal(diag.text, cases[i].expected);
        text_free(&text);
    }
}

static void a_file_cut_short_anywhere_is_refused(void **state)
{
    (void)state;
    struct text text =
        file_of(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }\n", "abcd", 4);
    for (size_t length = 0; length + 4 < text.length; length++) {
        struct diag diag = { 0 };
        struct text cut = { .at = text.at, .length = length };
        struct npy npy;
        assert_false(parse_text(&cut, &npy, &diag));
        assert_string_not_equal(diag.text, "");
    }
    text_free(&text);
}

static void no_bytes_break_the_reader(void **state)
{
    (void)state;
    struct text text =
        file_of(2, "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }\n", "", 0);
    uint64_t seed = 7;

    for (int i = 0; i < 20000; i++) {
        struct diag diag = { 0 };
        struct npy npy;
        struct text copy;
        text_init(&copy);
        text_add(&copy, text.at, text.length);
        for (uint64_t n = 1 + random_below(&seed, 3); n > 0; n--) {
            uint64_t at = random_below(&seed, copy.length);
            copy.at[at] = (char)random_next(&seed);
        }
        bool ok = parse_text(&copy, &npy, &diag);
        assert_int_equal(ok, diag.text[0] == 0);
        text_free(&copy);
    }
    text_free(&text);
}

/* --- tensors --- */

static struct kernel *kernel_with(enum dtype type, int64_t rows, int64_t columns)
{
    struct kernel *kernel = kernel_new("k");
    build_tensor(kernel, "x", type, TENSOR_IN, rows, columns);
    return kernel;
}

static void every_element_type_comes_back_bit_for_bit(void **state)
{
    (void)state;
    for (int type = 0; type < DT_COUNT; type++) {
        struct kernel *kernel = kernel_with((enum dtype)type, 3, 5);
        uint8_t written[15 * 8], read[15 * 8] = { 0 };
        struct diag diag = { 0 };
        uint64_t bytes;

        assert_true(ktensor_bytes(kernel, 0, &bytes));
        for (uint64_t i = 0; i < bytes; i++)
            written[i] = (uint8_t)(i * 37 + 11);
        assert_true(npy_write(path, kernel, 0, written, &diag));
        assert_true(npy_read(path, kernel, 0, read, &diag));
        assert_memory_equal(written, read, bytes);
        kernel_free(kernel);
    }
}

/* 10 bytes of prefix and the dictionary fill two times 64 bytes, as NumPy does it. */
static void what_is_written_is_what_numpy_would_write(void **state)
{
    (void)state;
    struct kernel *kernel = kernel_with(DT_f16, 2, 0);
    const uint8_t data[] = { 0x00, 0x3c, 0x00, 0xc0 };
    struct diag diag = { 0 };
    struct text text;

    text_init(&text);
    assert_true(npy_write(path, kernel, 0, data, &diag));
    assert_true(file_read(path, &text, &diag));
    assert_int_equal(text.length, 128 + 4);
    assert_memory_equal(text.at, "\x93NUMPY\x01\x00\x76\x00", 10);
    assert_memory_equal(text.at + 10,
                        "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", 57);
    assert_int_equal(text.at[127], '\n');
    assert_memory_equal(text.at + 128, data, 4);
    text_free(&text);
    kernel_free(kernel);
}

static void packed_i4_halves_the_last_dimension(void **state)
{
    (void)state;
    struct kernel *even = kernel_with(DT_i4, 3, 6), *odd = kernel_with(DT_i4, 3, 5);
    struct npy of_even = npy_of(even, 0), of_odd = npy_of(odd, 0);

    assert_string_equal(of_even.type, "|u1");
    assert_int_equal(of_even.dims, 2);
    assert_int_equal(of_even.shape[0], 3);
    assert_int_equal(of_even.shape[1], 3);
    assert_int_equal(of_odd.dims, 1);
    assert_int_equal(of_odd.shape[0], 8); /* 15 elements */
    kernel_free(even);
    kernel_free(odd);
}

static bool accepts(const struct kernel *kernel, const char *dictionary, size_t bytes,
                    struct diag *diag)
{
    char data[64] = { 0 };
    uint8_t read[64];
    struct text text = file_of(1, dictionary, data, bytes);
    *diag = (struct diag){ 0 };
    assert_true(file_write(path, text.at, text.length, diag));
    text_free(&text);
    return npy_read(path, kernel, 0, read, diag);
}

#define HEADER(type, order, shape)                                                             \
    "{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }\n"

static void bf16_is_read_from_its_bits(void **state)
{
    (void)state;
    struct kernel *kernel = kernel_with(DT_bf16, 2, 3);
    struct diag diag;

    assert_true(accepts(kernel, HEADER("<V2", "False", "(2, 3)"), 12, &diag));
    assert_true(accepts(kernel, HEADER("|V2", "False", "(2, 3)"), 12, &diag));
    assert_true(accepts(kernel, HEADER("<u2", "False", "(2, 3)"), 12, &diag));
    assert_false(accepts(kernel, HEADER("<f2", "False", "(2, 3)"), 12, &diag));
    kernel_free(kernel);
}

static void a_tensor_of_another_type_or_shape_is_refused(void **state)
{
    (void)state;
    struct kernel *kernel = kernel_with(DT_f32, 2, 3);
    struct diag diag;

    assert_true(accepts(kernel, HEADER("<f4", "False", "(2, 3)"), 24, &diag));
    assert_false(accepts(kernel, HEADER(">f4", "False", "(2, 3)"), 24, &diag));
    assert_string_equal(diag.text,
                        "found '>f4' (2, 3); expected '<f4' (2, 3) for tensor 'x', f32");
    assert_false(accepts(kernel, HEADER("<f8", "False", "(2, 3)"), 48, &diag));
    assert_false(accepts(kernel, HEADER("<f4", "False", "(3, 2)"), 24, &diag));
    assert_false(accepts(kernel, HEADER("<f4", "False", "(6,)"), 24, &diag));
    assert_false(accepts(kernel, HEADER("<f4", "False", "()"), 4, &diag));
    assert_false(accepts(kernel, HEADER("<f4", "True", "(2, 3)"), 24, &diag));
    assert_non_null(strstr(diag.text, "found Fortran order; expected C order"));
    kernel_free(kernel);
}

static void columns_first_is_rows_first_when_there_is_one_long_dimension(void **state)
{
    (void)state;
    struct kernel *kernel = kernel_with(DT_f32, 1, 3);
    struct diag diag;
    assert_true(accepts(kernel, HEADER("<f4", "True", "(1, 3)"), 12, &diag));
    kernel_free(kernel);
}

static void a_file_has_just_the_bytes_of_its_elements(void **state)
{
    (void)state;
    struct kernel *kernel = kernel_with(DT_f32, 2, 3);
    struct diag diag;

    assert_false(accepts(kernel, HEADER("<f4", "False", "(2, 3)"), 23, &diag));
    assert_string_equal(diag.text, "it ends after 23 bytes of data; expected 24");
    assert_false(accepts(kernel, HEADER("<f4", "False", "(2, 3)"), 25, &diag));
    assert_string_equal(diag.text, "there are bytes after its last element");
    kernel_free(kernel);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_every_version_are_read),
        cmocka_unit_test(keys_come_in_any_order_and_quotes),
        cmocka_unit_test(broken_headers_are_refused_with_the_reason),
        cmocka_unit_test(a_file_cut_short_anywhere_is_refused),
        cmocka_unit_test(no_bytes_break_the_reader),
        cmocka_unit_test(every_element_type_comes_back_bit_for_bit),
        cmocka_unit_test(what_is_written_is_what_numpy_would_write),
        cmocka_unit_test(packed_i4_halves_the_last_dimension),
        cmocka_unit_test(bf16_is_read_from_its_bits),
        cmocka_unit_test(a_tensor_of_another_type_or_shape_is_refused),
        cmocka_unit_test(columns_first_is_rows_first_when_there_is_one_long_dimension),
        cmocka_unit_test(a_file_has_just_the_bytes_of_its_elements),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
