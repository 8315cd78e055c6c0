/* The layout of source: what it looks like, that it stays, and that it means the same. */
#include "kernels/ir/nk_format.h"
#include "tests/nk_text.h"

#include <glob.h>

static struct text formatted(const char *source, size_t length)
{
    struct text text;
    text_init(&text);
    nk_format(source, length, &text);
    return text;
}

static void assert_formatted(const char *source, const char *expected)
{
    struct text once = formatted(source, strlen(source));
    struct text twice = formatted(once.at, once.length);

    assert_string_equal(once.at, expected);
    assert_string_equal(twice.at, expected);
    text_free(&once);
    text_free(&twice);
}

static void blocks_are_indented_and_tokens_set_apart(void **state)
{
    (void)state;
    assert_formatted("kernel   a-b_c  {\n"
                     "param n=4\n"
                     "   tensor x:f16[n]in\n"
                     "aiv{\n"
                     "tile a:ub f16[ 2 ][8]@0\n"
                     "for %i=- 1 to n-1   step -(-1) turn %k of 2 {\n"
                     "wait v->mte2 %k\n"
                     "if %i>-3{%q=min(%i,-2)*(3+-1)}else{ %q=- %i }\n"
                     "load_ub a[ %k ],x[%i:4]\n"
                     "vadds a[0],a[1 , 0:4]   scalar=-0.5 mask=(3+%i)\n"
                     "%z=read a[%i*2]%3\n"
                     "} } }\n"
                     "launch a-b_c blocks = 3",
                     "kernel a-b_c {\n"
                     "  param n = 4\n"
                     "  tensor x: f16[n] in\n"
                     "  aiv {\n"
                     "    tile a: ub f16[2][8] @0\n"
                     "    for %i = -1 to n - 1 step -(-1) turn %k of 2 {\n"
                     "      wait v -> mte2 %k\n"
                     "      if %i > -3 { %q = min(%i, -2) * (3 + -1) } else { %q = -%i }\n"
                     "      load_ub a[%k], x[%i : 4]\n"
                     "      vadds a[0], a[1, 0 : 4] scalar=-0.5 mask=(3 + %i)\n"
                     "      %z = read a[%i * 2] % 3\n"
                     "} } }\n"
                     "launch a-b_c blocks=3\n");
}

static void comments_stay_and_empty_lines_are_single(void **state)
{
    (void)state;
    assert_formatted("\n\n# head\n\n\n"
                     "kernel k {\n\n"
                     "   # inside\t \n"
                     "param n = 1     # behind\n"
                     "     param much_longer=2# too close\n\n"
                     "}\n\n\n",
                     "# head\n\n"
                     "kernel k {\n"
                     "  # inside\n"
                     "  param n = 1   # behind\n"
                     "  param much_longer = 2  # too close\n"
                     "}\n");
}

static void assert_means_the_same(const char *source, size_t length)
{
    struct text text = formatted(source, length), again = formatted(text.at, text.length);
    struct diag diag = { 0 };
    struct kmodule *before = module_parse("k.nk", source, length, &diag);
    struct kmodule *after = module_parse("k.nk", text.at, text.length, &diag);

    assert_non_null(before);
    if (after == NULL)
        fail_msg("%u:%u: %s", diag.line, diag.column, diag.text);
    assert_true(kmodule_equal(before, after));
    assert_string_equal(text.at, again.at);
    kmodule_free(before);
    kmodule_free(after);
    text_free(&text);
    text_free(&again);
}

/* As they are, and printed. */
static void every_file_of_the_tree_means_the_same(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob(NPUSIM_SOURCE_DIR "/traces/*.nk", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct diag diag = { 0 };
        struct text source, print;
        text_init(&source);
        text_init(&print);
        assert_true(file_read(files.gl_pathv[i], &source, &diag));
        assert_means_the_same(source.at, source.length);
        struct kmodule *module = module_parse("k.nk", source.at, source.length, &diag);
        module_print(module, &print);
        assert_means_the_same(print.at, print.length);
        kmodule_free(module);
        text_free(&source);
        text_free(&print);
    }
    globfree(&files);
}

static void every_file_of_the_tree_is_formatted(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob(NPUSIM_SOURCE_DIR "/traces/*.nk", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct diag diag = { 0 };
        struct text source;
        text_init(&source);
        assert_true(file_read(files.gl_pathv[i], &source, &diag));
        struct text text = formatted(source.at, source.length);
        if (strcmp(source.at, text.at) != 0)
            fail_msg("npusim print --format --write %s", files.gl_pathv[i]);
        text_free(&text);
        text_free(&source);
    }
    globfree(&files);
}

static void no_bytes_break_the_formatter(void **state)
{
    (void)state;
    const char bytes[] = "}}}]](\0\xff\n% {{{ [[#\r\n#\t# x";
    for (size_t from = 0; from < sizeof bytes; from++) {
        struct text text = formatted(bytes + from, sizeof bytes - from);
        text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_indented_and_tokens_set_apart),
        cmocka_unit_test(comments_stay_and_empty_lines_are_single),
        cmocka_unit_test(every_file_of_the_tree_means_the_same),
        cmocka_unit_test(every_file_of_the_tree_is_formatted),
        cmocka_unit_test(no_bytes_break_the_formatter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
