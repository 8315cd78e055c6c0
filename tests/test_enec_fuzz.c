/*
 * Files that nobody would write: mutations of good ones from a fixed seed, for a second each,
 * or NPUSIM_FUZZ_SECONDS from the environment. Nothing may crash, hang or ask for more memory
 * than the file accounts for, which the sanitizers and a limit on memory watch; what is
 * accepted must make sense.
 */
#include "sim/mem.h"
#include "tests/enec_file_rig.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <cmocka.h>

#define MEMORY_MAX (UINT64_C(1) << 30) /* the samples have 32 KiB */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double deadline(void)
{
    const char *seconds = getenv("NPUSIM_FUZZ_SECONDS");
    return seconds_now() + (seconds != NULL ? atof(seconds) : 1);
}

/* --- mutations --- */

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

static void replace(struct text *text, size_t at, size_t length, const char *by, size_t count)
{
    struct text made;
    text_init(&made);
    text_add(&made, text->at, at);
    text_add(&made, by, count);
    text_add(&made, text->at + at + length, text->length - at - length);
    text_free(text);
    *text = made;
}

/* One change within the first `within` bytes. */
static void mutate(struct text *text, size_t within, uint64_t *seed)
{
    static const unsigned char bytes[] = { 0, 1, 2, 0x7f, 0x80, 0xff };
    size_t end = within < text->length ? within : text->length;
    if (end == 0)
        return;
    size_t at = random_below(seed, end), left = end - at;
    size_t length = 1 + random_below(seed, left < 12 ? left : 12);
    const char *snippet = snippets[random_below(seed, sizeof snippets / sizeof *snippets)];

    switch (random_below(seed, 6)) {
    case 0:
        text->at[at] = (char)random_next(seed);
        break;
    case 1:
        text->at[at] = (char)bytes[random_below(seed, sizeof bytes)];
        break;
    case 2:
        replace(text, at, length, "", 0);
        break;
    case 3:
        replace(text, at, length, snippet, strlen(snippet));
        break;
    case 4:
        replace(text, at, 0, snippet, strlen(snippet));
        break;
    default: { /* a piece of it once more */
        char piece[12];
        memcpy(piece, text->at + at, length);
        replace(text, random_below(seed, end), 0, piece, length);
        break;
    }
    }
}

static struct text copy_of(const struct text *text)
{
    struct text copy;
    text_init(&copy);
    text_add(&copy, text->at, text->length);
    return copy;
}

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

    for (double end = deadline(); seconds_now() < end;) {
        struct text text = copy_of(&header);
        struct tensors tensors;
        struct diag diag = { 0 };
        for (uint64_t i = random_below(&seed, 4); i < 4; i++)
            mutate(&text, text.length, &seed);
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

    for (double end = deadline(); seconds_now() < end;) {
        struct text text = copy_of(&good), back;
        struct diag diag = { 0 };
        size_t within = random_below(&seed, 2) != 0 ? index + 32 : text.length;
        for (uint64_t i = random_below(&seed, 3); i < 3; i++)
            mutate(&text, within, &seed);
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

static int limit_memory(void **state)
{
#ifndef __SANITIZE_ADDRESS__ /* whose shadow is larger */
    struct rlimit limit = { MEMORY_MAX, MEMORY_MAX };
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return -1;
#endif
    return enter_fresh_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_safetensors_header_leads_astray),
        cmocka_unit_test(no_container_leads_astray),
    };
    return cmocka_run_group_tests(tests, limit_memory, leave_fresh_folder);
}
