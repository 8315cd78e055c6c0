/* Files through npusim enec and back, and what becomes of damaged ones. */
#include "sim/mem.h"
#include "tests/enec_file_rig.h"
#include "tests/random.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
#define FLIP_STEP 29 /* ten times as slow there; each section is still met */
#else
#define FLIP_STEP 1
#endif

static void assert_same_text(const struct text *a, const struct text *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->at, b->at, a->length);
}

static void assert_printed(const char *part)
{
    struct text text = stored_file("printed");
    if (strstr(text.at, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text.at);
    text_free(&text);
}

/* Exit 2, just this line, and no file "out". */
static void assert_refused(const char *arguments, const char *line)
{
    struct text error;
    unlink("out");
    assert_int_equal(npusim_enec(arguments, &error), 2);
    assert_string_equal(error.at, line);
    assert_int_equal(access("out", F_OK), -1);
    text_free(&error);
}

/* --- what comes back --- */

static void a_safetensors_file_comes_back_byte_for_byte(void **state)
{
    (void)state;
    struct text sample = sample_safetensors();
    store_file("a.safetensors", &sample);
    assert_int_equal(npusim_enec("compress a.safetensors -o a.enec", NULL), 0);
    assert_printed("1 of 4 tensors compressed, ");
    assert_int_equal(npusim_enec("decompress a.enec -o b.safetensors", NULL), 0);
    struct text back = stored_file("b.safetensors");
    assert_same_text(&back, &sample);
    text_free(&back);
    text_free(&sample);
}

static void info_tells_how_each_tensor_is_stored(void **state)
{
    (void)state;
    assert_int_equal(npusim_enec("info a.enec --json -", NULL), 0);
    assert_printed("\"name\":\t\"layer.0.w\",\n\t\t\t\"dtype\":\t\"BF16\",\n"
                   "\t\t\t\"shape\":\t\"4x4096\",\n\t\t\t\"coding\":\t\"enec\"");
    assert_printed("\"bytes\":\t32768");

    struct text noisy = noisy_safetensors();
    store_file("n.safetensors", &noisy);
    assert_int_equal(npusim_enec("compress n.safetensors -o n.enec --json -", NULL), 0);
    assert_printed("\"name\":\t\"noise\",\n\t\t\t\"dtype\":\t\"BF16\",\n"
                   "\t\t\t\"shape\":\t\"20000\",\n\t\t\t\"coding\":\t\"stored\"");
    text_free(&noisy);
}

static void the_same_file_is_compressed_into_the_same_bytes(void **state)
{
    (void)state;
    struct text first = stored_file("a.enec");
    assert_int_equal(npusim_enec("compress a.safetensors", NULL), 0);
    struct text again = stored_file("a.safetensors.enec");
    assert_same_text(&first, &again);
    text_free(&first);
    text_free(&again);
}

static void a_raw_tensor_comes_back_by_its_default_name(void **state)
{
    (void)state;
    assert_int_equal(npusim_enec("synth mistral-7b --elements 100000 -o raw", NULL), 0);
    struct text raw = stored_file("raw");
    assert_int_equal(raw.length, 200000);
    assert_int_equal(npusim_enec("compress raw --dtype f16 --shape 100x1000", NULL), 0);
    assert_printed("100x1000");
    unlink("raw");
    assert_int_equal(npusim_enec("decompress raw.enec", NULL), 0);
    struct text back = stored_file("raw");
    assert_same_text(&back, &raw);
    text_free(&back);
    text_free(&raw);
}

static void files_of_any_small_length_come_back(void **state)
{
    (void)state;
    for (size_t length = 0; length < 9; length += 2) {
        struct text bytes = { .at = (char[]){ 1, 2, 3, 4, 5, 6, 7, 8, 0 }, .length = length };
        store_file("tiny", &bytes);
        assert_int_equal(npusim_enec("compress tiny --dtype bf16", NULL), 0);
        assert_int_equal(npusim_enec("decompress tiny.enec -o out", NULL), 0);
        struct text back = stored_file("out");
        assert_same_text(&back, &bytes);
        text_free(&back);
    }
}

static void an_empty_safetensors_file_comes_back(void **state)
{
    (void)state;
    struct text text = safetensors_of("{}", "", 0);
    store_file("e.safetensors", &text);
    assert_int_equal(npusim_enec("compress e.safetensors -o e.enec", NULL), 0);
    assert_int_equal(npusim_enec("decompress e.enec -o out", NULL), 0);
    struct text back = stored_file("out");
    assert_same_text(&back, &text);
    text_free(&back);
    text_free(&text);
}

static void synthetic_weights_in_safetensors_have_rows(void **state)
{
    (void)state;
    assert_int_equal(npusim_enec("synth olmo-1b --elements 8192 -o s.safetensors", NULL), 0);
    assert_int_equal(npusim_enec("search s.safetensors --json -", NULL), 0);
    assert_printed("\"dtype\":\t\"F32\"");
    assert_printed("\"shape\":\t\"2x4096\"");
}

/* --- what is refused --- */

static void mistakes_are_one_line_and_leave_no_file(void **state)
{
    (void)state;
    assert_refused("compress raw -o out", "raw: error: the type of a raw tensor is not given: "
                                          "--dtype bf16, f16 or f32\n");
    assert_refused("compress raw --dtype i8 -o out",
                   "npusim: error: --dtype is 'i8'; expected bf16, f16 or f32\n");
    assert_refused("compress raw --dtype f16 --shape 7x5 -o out",
                   "raw: error: 100000 elements; the shape has another number of them\n");
    assert_refused("compress raw --dtype f16 --shape 7x -o out",
                   "npusim: error: --shape is '7x'; expected sizes such as 4096x128, at most "
                   "8\n");
    assert_refused("compress raw --dtype f16 --params 7,4 -o out",
                   "npusim: error: --params is '7,4'; expected b,n,m such as 121,6,3\n");
    assert_refused("compress raw --dtype f16 --params 7,4,4 -o out",
                   "raw: error: tensor 'tensor': m is 4; expected 1 to 3\n");
    assert_refused("compress nothing --dtype f16 -o out",
                   "nothing: error: cannot open: No such file or directory\n");
    assert_refused("compress . --dtype f16 -o out", ".: error: not a regular file\n");
    assert_refused("compress raw -o", "npusim: error: -o needs a value, FILE\n");
    assert_refused("compress", "npusim: error: no file is given\n");
    assert_refused("decompress raw -o out", "raw: error: byte 0: this is no .enec file\n");
    assert_refused("decompress a.enec -o a.enec", "a.enec: error: this is the file to read; "
                                                  "expected another one to write\n");
    assert_refused("synth bort -o out", "npusim: error: unknown model 'bort'; did you mean "
                                        "'bert'?\n");
    assert_refused("squeeze x", "npusim: error: unknown subcommand 'enec squeeze'; expected "
                                "compress, decompress, search, info, synth or bench\n");
}

static void an_exponent_that_does_not_fit_names_tensor_and_element(void **state)
{
    (void)state;
    static uint16_t data[20000];
    for (size_t i = 0; i < 20000; i++)
        data[i] = 121 << 7;
    data[19999] = 3 << 7;
    struct text text = { .at = (char *)data, .length = sizeof data };
    store_file("misfit", &text);
    assert_refused("compress misfit --dtype bf16 --params 121,6,3 -o out",
                   "misfit: error: tensor 'tensor': element 19999 has exponent 3; with b=121 "
                   "n=6 expected 90 to 153\n");
}

/* A header, and what is said of it; the data is 4 bytes. */
static const struct {
    const char *json, *error;
} bad_headers[] = {
    { "{", "byte 9: the JSON ends too early" },
    { "[]", "byte 8: the header is no JSON object" },
    { "{\"a\":1}", "byte 9: tensor 'a' is no object" },
    { "{\"a\":{}}", "byte 9: tensor 'a' has no dtype" },
    { "{\"a\":{\"dtype\":\"I8\"}}", "byte 9: tensor 'a' has no shape" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[4]}}",
      "byte 9: tensor 'a' has no data_offsets of two numbers" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0]}}",
      "byte 9: tensor 'a' has no data_offsets of two numbers" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[4,0]}}",
      "byte 9: tensor 'a' has data_offsets that are no range of bytes" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,1e300]}}",
      "byte 9: tensor 'a' has data_offsets that are no range of bytes" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[2.5],\"data_offsets\":[0,4]}}",
      "byte 9: tensor 'a' has a shape that is no list of sizes" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}",
      "byte 9: tensor 'a' has a shape that is no list of sizes" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
      "byte 9: tensor 'a' has data_offsets that do not fit its shape" },
    { "{\"a\":{\"dtype\":\"I8\",\"Shape\":[4],\"data_offsets\":[0,4]}}",
      "byte 9: tensor 'a' has a member that is unknown or there twice" },
    { "{\"a\":{\"dtype\":\"I8\",\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
      "byte 9: tensor 'a' has a member that is unknown or there twice" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]},"
      "\"a\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
      "tensor 'a' is there twice" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]},"
      "\"b\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[1,4]}}",
      "byte 8: tensor 'b' begins at 1 of the data; expected 2" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
      "byte 8: tensor 'a' begins at 2 of the data; expected 0" },
    { "{\"a\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[0,3]}}",
      "the data has 4 bytes; expected 3" },
    { "{\"a\\u0000b\":{}}", "byte 11: zero character" },
    { "{\"__metadata__\":{\"a\":1}}", "byte 9: __metadata__ is no object of strings" },
};

static void a_bad_safetensors_header_is_refused_where_it_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_headers / sizeof *bad_headers; i++) {
        struct text text = safetensors_of(bad_headers[i].json, "abcd", 4), error;
        store_file("bad.safetensors", &text);
        assert_int_equal(npusim_enec("compress bad.safetensors -o out", &error), 2);
        if (strstr(error.at, bad_headers[i].error) == NULL)
            fail_msg("%s\n%s", bad_headers[i].json, error.at);
        text_free(&error);
        text_free(&text);
    }
}

static void a_safetensors_file_that_ends_too_early_is_refused(void **state)
{
    (void)state;
    struct text none = { .at = (char[]){ 3, 0, 0, 0, 0, 0, 0, 0, '{', 0 }, .length = 7 };
    store_file("cut.safetensors", &none);
    assert_refused("compress cut.safetensors -o out",
                   "cut.safetensors: error: byte 7: the file ends; expected 1 bytes more\n");
    none.length = 9;
    store_file("cut.safetensors", &none);
    assert_refused("compress cut.safetensors -o out",
                   "cut.safetensors: error: byte 0: the header has 3 bytes; expected at most "
                   "100000000 in a file of 9\n");
}

/* --- damage --- */

static void a_file_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    struct text whole = stored_file("a.enec");
    store_file("cut", &whole);
    for (size_t length = whole.length; length-- > 0;) {
        struct diag diag = { 0 };
        struct text back;
        assert_int_equal(truncate("cut", (off_t)length), 0);
        assert_false(restored_file("cut", &back, &diag));
        assert_string_equal(diag.file, "cut");
        assert_non_null(strstr(diag.text, "byte "));
        text_free(&back);
    }
    text_free(&whole);
}

/* An error, or what it was made from: padding within a stream may change. */
static void a_changed_byte_is_found_or_does_not_matter(void **state)
{
    (void)state;
    struct text whole = stored_file("a.enec"), sample = sample_safetensors();
    uint64_t seed = 1;
    size_t harmless = 0;
    store_file("flip", &whole);
    int fd = open("flip", O_WRONLY);
    for (size_t at = 0; at < whole.length; at += FLIP_STEP) {
        char changed = (char)(whole.at[at] ^ (char)(1 + random_below(&seed, 255)));
        struct diag diag = { 0 };
        struct text back;
        assert_int_equal(pwrite(fd, &changed, 1, (off_t)at), 1);
        if (restored_file("flip", &back, &diag)) {
            assert_same_text(&back, &sample);
            harmless++;
        } else {
            assert_non_null(strstr(diag.text, "byte "));
        }
        assert_int_equal(pwrite(fd, whole.at + at, 1, (off_t)at), 1);
        text_free(&back);
    }
    close(fd);
    assert_true(harmless < whole.length / FLIP_STEP / 100); /* nearly all are found */
    text_free(&sample);
    text_free(&whole);
}

static void a_wrong_tensor_leaves_the_old_output_and_no_temporary(void **state)
{
    (void)state;
    struct text whole = stored_file("n.enec"), old = { .at = (char[]){ "old" }, .length = 3 };
    whole.at[whole.length - 1] ^= 1; /* in the last tensor */
    store_file("wrong.enec", &whole);
    store_file("kept", &old);
    struct text error;
    assert_int_equal(npusim_enec("decompress wrong.enec -o kept", &error), 2);
    assert_non_null(strstr(error.at, "the checksum of tensor 'noise' is "));
    struct text kept = stored_file("kept");
    assert_same_text(&kept, &old);

    DIR *dir = opendir(".");
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        assert_null(strstr(entry->d_name, ".tmp"));
    closedir(dir);
    text_free(&kept);
    text_free(&error);
    text_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_safetensors_file_comes_back_byte_for_byte),
        cmocka_unit_test(info_tells_how_each_tensor_is_stored),
        cmocka_unit_test(the_same_file_is_compressed_into_the_same_bytes),
        cmocka_unit_test(a_raw_tensor_comes_back_by_its_default_name),
        cmocka_unit_test(files_of_any_small_length_come_back),
        cmocka_unit_test(an_empty_safetensors_file_comes_back),
        cmocka_unit_test(synthetic_weights_in_safetensors_have_rows),
        cmocka_unit_test(mistakes_are_one_line_and_leave_no_file),
        cmocka_unit_test(an_exponent_that_does_not_fit_names_tensor_and_element),
        cmocka_unit_test(a_bad_safetensors_header_is_refused_where_it_is_wrong),
        cmocka_unit_test(a_safetensors_file_that_ends_too_early_is_refused),
        cmocka_unit_test(a_file_cut_at_any_byte_is_refused),
        cmocka_unit_test(a_changed_byte_is_found_or_does_not_matter),
        cmocka_unit_test(a_wrong_tensor_leaves_the_old_output_and_no_temporary),
    };
    return cmocka_run_group_tests(tests, enter_fresh_folder, leave_fresh_folder);
}
