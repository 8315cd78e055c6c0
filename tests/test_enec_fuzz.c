/*
 * Files that nobody would write: mutations of good ones from a fixed seed, for a second each,
 * or NPUSIM_FUZZ_SECONDS from the environment. Nothing may crash, hang or ask for more memory
 * than the file accounts for, which the sanitizers and a limit on memory watch; what is
 * accepted must make sense.
 */
#include "sim/mem.h"
#include "tests/enec_file_rig.h"
#include "tests/fuzz.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char *const snippets[] = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "0",
    "-1",
    "1e308",
    "null",
    "true",
    "4294967296",
    "1.5",
    "\"BF16\"",
    "\"\"",
    "\\u0000",
    "\"shape\"",
    "\"F32\"",
    "9007199254740993",
    "[0,0]",
    "[[[[[[[[[[",
    "32768",
    "\"data_offsets\"",
    "\"dtype\"",
    "{\"a\":{}}",
};

#define SNIPPETS snippets, sizeof snippets / sizeof *snippets

/* --- headers --- */

static void assert_sensible(const struct tensors *tensors)
{
    uint64_t at = 0;
    for (size_t i = 0; i < tensors->count; i++) {
        assert_int_equal(tensors->at[i].begin, at);
        at += tensors->at[i].bytes;
        assert_non_null(tensors->at[i].shape);
    }
    assert_int_equal(at, tensors->bytes);
}

static void no_safetensors_header_leads_astray(void **state)
{
    (void)state;
    struct text sample = sample_safetensors(), header;
    text_init(&header);
    text_add(&header, sample.at + 8, sample.length - 8 - 32779);
    uint64_t seed = 1;
    unsigned accepted = 0, refused = 0;

    for (double end = fuzz_deadline(); !fuzz_is_over(end);) {
        struct text text = fuzz_copy(&header);
        struct tensors tensors;
        struct diag diag = { 0 };
        for (uint64_t i = random_below(&seed, 4); i < 4; i++)
            fuzz_mutate(&text, text.length, SNIPPETS, &seed);
        if (tensors_read(&text, "fuzz", 8, &tensors, &diag)) {
            assert_sensible(&tensors);
            tensors_free(&tensors);
            accepted++;
        } else {
            assert_string_not_equal(diag.text, "");
            refused++;
        }
        text_free(&text);
    }
    assert_true(refused > 10 && accepted > 0);
    text_free(&header);
    text_free(&sample);
}

/* --- containers --- */

static uint64_t number_at(const struct text *text, size_t at)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value |= (uint64_t)(unsigned char)text->at[at + i] << (8 * i);
    return value;
}

static void set_number(struct text *text, size_t at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        text->at[at + i] = (char)(value >> (8 * i) & 0xff);
}

/* Make size and checksum agree, so that what they guard is looked at. */
static void repair(struct text *text)
{
    if (text->length < ENEC_HEAD_BYTES)
        return;
    set_number(text, 32, text->length);
    uint64_t left = text->length - ENEC_HEAD_BYTES;
    uint64_t header = number_at(text, 16), tensors = number_at(text, 24);
    if (header > left || tensors > (left - header) / ENEC_ENTRY_BYTES)
        return;

    struct text checked;
    text_init(&checked);
    text_add(&checked, text->at, 40);
    text_add(&checked, text->at + ENEC_HEAD_BYTES, header + tensors * ENEC_ENTRY_BYTES);
    set_number(text, 40, enec_checksum(checked.at, checked.length));
    text_free(&checked);
}

static void no_container_leads_astray(void **state)
{
    (void)state;
    struct text sample = sample_safetensors();
    store_file("f.safetensors", &sample);
    assert_int_equal(npusim_enec("compress f.safetensors -o f.enec", NULL), 0);
    struct text good = stored_file("f.enec");
    size_t index = ENEC_HEAD_BYTES + (size_t)number_at(&good, 16) + 4 * ENEC_ENTRY_BYTES;
    uint64_t seed = 2;
    unsigned deep = 0;

    for (double end = fuzz_deadline(); !fuzz_is_over(end);) {
        struct text text = fuzz_copy(&good), back;
        struct diag diag = { 0 };
        size_t within = random_below(&seed, 2) != 0 ? index + 32 : text.length;
        for (uint64_t i = random_below(&seed, 3); i < 3; i++)
            fuzz_mutate(&text, within, SNIPPETS, &seed);
        if (random_below(&seed, 8) != 0)
            repair(&text);
        store_file("fuzz.enec", &text);
        if (!restored_file("fuzz.enec", &back, &diag)) {
            assert_string_equal(diag.file, "fuzz.enec");
            deep += strstr(diag.text, "tensor") != NULL;
        }
        text_free(&back);
        text_free(&text);
    }
    assert_true(deep > 0);
    text_free(&good);
    text_free(&sample);
}

static int set_up(void **state)
{
    return fuzz_limit_memory() != 0 ? -1 : enter_fresh_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_safetensors_header_leads_astray),
        cmocka_unit_test(no_container_leads_astray),
    };
    return cmocka_run_group_tests(tests, set_up, leave_fresh_folder);
}
