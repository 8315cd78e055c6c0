#include "sim/diag.h"
#include "sim/suggest.h"
#include "sim/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* What diag_print writes. */
static const char *printed(const struct diag *diag)
{
    static char line[512];
    FILE *out = fmemopen(line, sizeof line, "w");
    diag_print(diag, out);
    fclose(out);
    return line;
}

static void an_error_is_printed_with_its_place(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    struct loc loc = { "configs/tiny.json", 7, 14 };
    assert_false(diag_fail(&diag, loc, "core.clock is %d; expected 100..4000 MHz", 0));
    assert_string_equal(
        printed(&diag),
        "configs/tiny.json:7:14: error: core.clock is 0; expected 100..4000 MHz\n");
}

static void what_is_not_known_of_the_place_is_left_out(void **state)
{
    (void)state;
    struct diag diag = { .text = "no" };
    assert_string_equal(printed(&diag), "error: no\n");
    snprintf(diag.file, sizeof diag.file, "a.nk");
    assert_string_equal(printed(&diag), "a.nk: error: no\n");
    diag.line = 3;
    assert_string_equal(printed(&diag), "a.nk:3: error: no\n");
    diag.column = 9;
    assert_string_equal(printed(&diag), "a.nk:3:9: error: no\n");
}

static void the_first_error_wins(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    assert_false(diag_fail(&diag, (struct loc){ .file = "a", .line = 1 }, "cause"));
    assert_false(diag_fail(&diag, (struct loc){ .file = "b", .line = 2 }, "consequence"));
    assert_string_equal(printed(&diag), "a:1: error: cause\n");
}

static void a_text_too_long_is_cut_and_says_so(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    diag_fail(&diag, (struct loc){ 0 }, "%0300d", 7);
    assert_int_equal(strlen(diag.text), sizeof diag.text - 1);
    assert_string_equal(diag.text + sizeof diag.text - sizeof "0...", "0...");

    struct diag fits = { 0 };
    diag_fail(&fits, (struct loc){ 0 }, "%0*d", (int)sizeof fits.text - 1, 7);
    assert_string_equal(fits.text + sizeof fits.text - sizeof "007", "007");
}

static const char *const commands[] = { "run",    "list",   "copy",        "gemm",
                                        "tile_m", "tile_n", "ascend-910b4" };

static const char *suggested(const char *word)
{
    return closest_name(word, commands, sizeof commands / sizeof commands[0]);
}

static void a_mistyped_word_suggests_the_name_it_was_meant_to_be(void **state)
{
    (void)state;
    assert_string_equal(suggested("gem"), "gemm");   /* left out */
    assert_string_equal(suggested("lisst"), "list"); /* put in */
    assert_string_equal(suggested("cope"), "copy");  /* replaced */
    assert_string_equal(suggested("rnu"), "run");    /* swapped */
    assert_string_equal(suggested("GEMM"), "gemm");
}

static void of_names_equally_near_the_first_is_suggested(void **state)
{
    (void)state;
    assert_string_equal(suggested("tile_k"), "tile_m");
}

static void a_word_like_no_name_suggests_nothing(void **state)
{
    (void)state;
    assert_null(suggested(""));
    assert_null(suggested("x"));
    assert_null(suggested("coin")); /* half of "copy" is wrong */
    assert_null(closest_name("run", NULL, 0));
}

static void words_too_long_to_be_names_are_not_compared(void **state)
{
    (void)state;
    char word[] = "a-word-of-sixty-three-letters-is-the-longest-that-names-are-for";
    const char *const names[] = { word };
    assert_int_equal(strlen(word), 63);
    assert_ptr_equal(closest_name(word, names, 1), word);

    char longer[sizeof word + 1];
    snprintf(longer, sizeof longer, "%s!", word);
    assert_null(closest_name(longer, names, 1));
}

static void a_text_grows_as_it_is_written_to(void **state)
{
    (void)state;
    struct text text;
    text_init(&text);
    assert_string_equal(text.at, "");

    for (int i = 0; i < 1000; i++)
        text_addf(&text, "%03d,", i);
    assert_int_equal(text.length, 4000);
    assert_memory_equal(text.at, "000,001,", 8);
    assert_string_equal(text.at + 3992, "998,999,");

    text_clear(&text);
    assert_string_equal(text.at, "");
    text_add(&text, "a\0b", 3);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.at, "a\0b", 4);
    text_free(&text);
}

static void a_text_of_any_length_is_appended_whole(void **state)
{
    (void)state;
    for (int length = 0; length < 300; length++) { /* across the first doublings */
        struct text text;
        text_init(&text);
        text_addf(&text, "%*s", length, "");
        text_addf(&text, "|");
        assert_int_equal(text.length, length + 1);
        assert_int_equal(strlen(text.at), length + 1);
        text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_printed_with_its_place),
        cmocka_unit_test(what_is_not_known_of_the_place_is_left_out),
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(a_text_too_long_is_cut_and_says_so),
        cmocka_unit_test(a_mistyped_word_suggests_the_name_it_was_meant_to_be),
        cmocka_unit_test(of_names_equally_near_the_first_is_suggested),
        cmocka_unit_test(a_word_like_no_name_suggests_nothing),
        cmocka_unit_test(words_too_long_to_be_names_are_not_compared),
        cmocka_unit_test(a_text_grows_as_it_is_written_to),
        cmocka_unit_test(a_text_of_any_length_is_appended_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
