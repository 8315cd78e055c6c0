/* The documents say what is: tables follow from op.def, examples parse, commands run. */
#include "kernels/ir/nk.h"
#include "kernels/ir/verify.h"
#include "tests/cli_rig.h"
#include "tools/ops_docs.h"

#define SOURCE(path) NPUSIM_SOURCE_DIR "/" path

static struct text read_file(const char *path)
{
    struct diag diag = { 0 };
    struct text text;
    text_init(&text);
    assert_true(file_read(path, &text, &diag));
    return text;
}

static void the_table_of_operations_is_current(void **state)
{
    (void)state;
    struct text page = read_file(SOURCE("docs/language.md")), table;
    text_init(&table);
    ops_markdown(&table);
    if (strstr(page.at, table.at) == NULL)
        fail_msg("docs/language.md is not current; run tools/docs");
    text_free(&table);
    text_free(&page);
}

static void the_editor_knows_every_word(void **state)
{
    (void)state;
    struct text page = read_file(SOURCE("editors/vim/syntax/nk.vim")), words;
    text_init(&words);
    ops_vim(&words);
    if (strstr(page.at, words.at) == NULL)
        fail_msg("editors/vim/syntax/nk.vim is not current; run tools/docs");
    text_free(&words);
    text_free(&page);
}

/* The next fenced block of a language from *at; false when there is none. */
static bool next_block(const char **at, const char *language, struct text *out)
{
    char fence[16];
    snprintf(fence, sizeof fence, "```%s\n", language);
    const char *from = strstr(*at, fence);
    if (from == NULL)
        return false;
    from += strlen(fence);
    const char *to = strstr(from, "```");
    assert_non_null(to);
    text_clear(out);
    text_add(out, from, (size_t)(to - from));
    *at = to + 3;
    return true;
}

static void the_examples_of_the_reference_are_kernels(void **state)
{
    (void)state;
    struct text page = read_file(SOURCE("docs/language.md")), block;
    const char *at = page.at;
    unsigned count = 0;

    text_init(&block);
    while (next_block(&at, "nk", &block)) {
        struct diag diag = { 0 };
        if (strstr(block.at, "...") != NULL)
            continue;
        struct kmodule *module = module_parse("language.md", block.at, block.length, &diag);
        if (module == NULL || !kernel_verify(module->kernels[0], NULL, &diag))
            fail_msg("%u:%u: %s", diag.line, diag.column, diag.text);
        kmodule_free(module);
        count++;
    }
    assert_true(count > 0);
    text_free(&block);
    text_free(&page);
}

static void what_the_tutorial_quotes_stands_in_its_kernels(void **state)
{
    (void)state;
    struct text page = read_file(SOURCE("docs/tutorial.md")), block;
    struct text norm = read_file(SOURCE("traces/rms_norm.nk"));
    struct text matmul = read_file(SOURCE("traces/tiled_matmul.nk"));
    const char *at = page.at;

    text_init(&block);
    while (next_block(&at, "nk", &block)) {
        if (strstr(norm.at, block.at) == NULL && strstr(matmul.at, block.at) == NULL)
            fail_msg("in no kernel:\n%s", block.at);
    }
    text_free(&block);
    text_free(&norm);
    text_free(&matmul);
    text_free(&page);
}

/* A command of the tutorial exits with 0, and prints the lines below it. */
static void run_command(const char *command, size_t length, const char *expected)
{
    struct text line;
    text_init(&line);
    text_addf(&line,
              "npusim() { '%s' \"$@\"; }; ln -sfn '" NPUSIM_SOURCE_DIR
              "/traces' traces; ln -sfn '" NPUSIM_SOURCE_DIR "/tests' tests; %.*s",
              NPUSIM_BINARY, (int)length, command);
    struct outcome outcome = script(line.at);
    if (outcome.status != 0)
        fail_msg("%.*s: %s", (int)length, command, outcome.err.at);
    while (*expected != '\0' && *expected != '$') {
        size_t part = strcspn(expected, "\n");
        text_clear(&line);
        text_add(&line, expected, part);
        assert_contains(&outcome.out, line.at);
        expected += part + (expected[part] == '\n');
    }
    outcome_free(&outcome);
    text_free(&line);
}

static void the_commands_of_the_tutorial_run(void **state)
{
    (void)state;
    struct text page = read_file(SOURCE("docs/tutorial.md")), block;
    const char *at = page.at;
    unsigned count = 0;

    text_init(&block);
    while (next_block(&at, "console", &block)) {
        for (const char *line = block.at; line != NULL && *line != '\0';) {
            const char *end = strchr(line, '\n');
            assert_non_null(end);
            if (strncmp(line, "$ ", 2) == 0) {
                run_command(line + 2, (size_t)(end - line) - 2, end + 1);
                count++;
            }
            line = end + 1;
        }
    }
    assert_true(count > 5);
    text_free(&block);
    text_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_operations_is_current),
        cmocka_unit_test(the_editor_knows_every_word),
        cmocka_unit_test(the_examples_of_the_reference_are_kernels),
        cmocka_unit_test(what_the_tutorial_quotes_stands_in_its_kernels),
        cmocka_unit_test(the_commands_of_the_tutorial_run),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
