/*
 * The direction of includes, checked over the source tree itself:
 * sim <- kernels/ir <- {models, kernels} <- tools, tests. A file may include its
 * own part and what that builds on; never a part above it, nor one beside it.
 */
#include "sim/diag.h"
#include "sim/file.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

static const struct part {
    const char *folder; /* the longest that fits is the part of a file */
    int rank;
} parts[] = {
    { "sim/", 0 },     { "kernels/ir/", 1 }, { "models/", 2 },
    { "kernels/", 2 }, { "tools/", 3 },      { "tests/", 4 },
};

#define PARTS (sizeof parts / sizeof parts[0])

/* The part a path from the root of the tree belongs to, or NULL. */
static const struct part *part_of(const char *path)
{
    const struct part *found = NULL;
    for (size_t i = 0; i < PARTS; i++) {
        size_t length = strlen(parts[i].folder);
        bool fits = strncmp(path, parts[i].folder, length) == 0;
        if (fits && (found == NULL || length > strlen(found->folder)))
            found = &parts[i];
    }
    return found;
}

static bool may_include(const char *from, const char *to)
{
    const struct part *user = part_of(from), *used = part_of(to);
    if (user == NULL || used == NULL)
        return false;
    return used == user || used->rank < user->rank;
}

/* Whether a line is an `#include "..."`, and of what. */
static bool is_include(const char *line, char to[256])
{
    line += strspn(line, " \t");
    if (*line++ != '#')
        return false;
    line += strspn(line, " \t");
    return sscanf(line, "include \"%255[^\"\n]\"", to) == 1;
}

/* Check each include of our own in a file called `path`. */
static bool check_source(const char *path, const char *source, struct diag *diag)
{
    unsigned number = 0;
    for (const char *line = source; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        number++;

        char to[256];
        if (is_include(line, to) && !may_include(path, to))
            return diag_fail(diag, (struct loc){ path, number, 0 },
                             "\"%s\" is not for this file to include", to);
    }
    return true;
}

static void a_file_may_include_its_own_part_and_what_that_builds_on(void **state)
{
    (void)state;
    assert_true(may_include("sim/event.c", "sim/event.h"));
    assert_true(may_include("kernels/ir/op.c", "sim/diag.h"));
    assert_true(may_include("kernels/gemm.c", "kernels/ir/op.h"));
    assert_true(may_include("models/pipe.c", "kernels/ir/op.def"));
    assert_true(may_include("tools/main.c", "models/npu.h"));
    assert_true(may_include("tests/test_pipe.c", "kernels/gemm.h"));
}

static void a_file_may_not_include_a_part_above_it(void **state)
{
    (void)state;
    assert_false(may_include("sim/event.c", "models/pipe.h"));
    assert_false(may_include("sim/event.c", "kernels/ir/op.h"));
    assert_false(may_include("kernels/ir/op.c", "kernels/gemm.h"));
    assert_false(may_include("kernels/ir/op.c", "models/params.h"));
    assert_false(may_include("models/pipe.c", "tools/args.h"));
    assert_false(may_include("kernels/gemm.c", "tests/random.h"));
}

static void parts_side_by_side_do_not_include_each_other(void **state)
{
    (void)state;
    assert_false(may_include("kernels/gemm.c", "models/params.h"));
    assert_false(may_include("models/pipe.c", "kernels/gemm.h"));
    assert_false(may_include("tools/main.c", "tests/random.h"));
}

static void an_include_is_written_from_the_root(void **state)
{
    (void)state;
    assert_false(may_include("sim/event.c", "event.h"));
    assert_false(may_include("sim/event.c", "../sim/event.h"));
}

static void a_bad_include_is_found_wherever_it_stands(void **state)
{
    (void)state;
    const char *good = "#include \"sim/time.h\"\n#include <models/x.h>\n/* \"models/x.h\" */\n";
    const char *last = "#include \"sim/time.h\"\n\n#include \"models/x.h\"";
    const char *first = "#include \"models/x.h\"\n";
    const char *spaced = "\n  #  include   \"models/x.h\"\n";

    struct diag diag = { 0 };
    assert_true(check_source("sim/a.c", good, &diag));
    assert_false(check_source("sim/a.c", last, &diag));
    assert_int_equal(diag.line, 3);
    assert_false(check_source("sim/a.c", first, &(struct diag){ 0 }));
    assert_false(check_source("sim/a.c", spaced, &(struct diag){ 0 }));
}

/* The sources of the tree, as paths from its root. nftw passes no context. */
static char **sources;
static size_t source_count;

static bool is_source(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL &&
           (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0 || strcmp(dot, ".def") == 0);
}

static int collect(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)where;
    if (kind == FTW_F && is_source(path)) {
        sources = realloc(sources, (source_count + 1) * sizeof *sources);
        sources[source_count++] = strdup(path + sizeof NPUSIM_SOURCE_DIR);
    }
    return 0;
}

static int collect_sources(void **state)
{
    (void)state;
    for (size_t i = 0; i < PARTS; i++) {
        if (strcmp(parts[i].folder, "kernels/ir/") == 0)
            continue; /* met within kernels/ */
        char root[4096];
        snprintf(root, sizeof root, "%s/%s", NPUSIM_SOURCE_DIR, parts[i].folder);
        root[strlen(root) - 1] = '\0';
        if (nftw(root, collect, 16, FTW_PHYS) != 0)
            return -1;
    }
    return 0;
}

static int free_sources(void **state)
{
    (void)state;
    while (source_count > 0)
        free(sources[--source_count]);
    free(sources);
    return 0;
}

static void the_tree_keeps_the_direction(void **state)
{
    (void)state;
    unsigned bad = 0;
    for (size_t i = 0; i < source_count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", NPUSIM_SOURCE_DIR, sources[i]);
        struct diag diag = { 0 };
        struct text text;
        text_init(&text);
        bool ok = file_read(path, &text, &diag) && check_source(sources[i], text.at, &diag);
        text_free(&text);
        if (!ok) {
            diag_print(&diag, stderr);
            bad++;
        }
    }
    assert_true(source_count > 20); /* it did look at the tree */
    assert_int_equal(bad, 0);
}

static const char *file_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* A file name that two of the paths end in, or NULL. */
static const char *repeated_name(char *const paths[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(file_name(paths[i]), file_name(paths[j])) == 0)
                return file_name(paths[i]);
    return NULL;
}

static void file_names_are_unique_in_the_tree(void **state)
{
    (void)state;
    char *const made_up[] = { "sim/a.c", "sim/a.h", "kernels/ir/b.c", "models/a.c" };
    assert_null(repeated_name(made_up, 3));
    assert_string_equal(repeated_name(made_up, 4), "a.c");

    const char *repeated = repeated_name(sources, source_count);
    if (repeated != NULL)
        fail_msg("several files are called %s", repeated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_may_include_its_own_part_and_what_that_builds_on),
        cmocka_unit_test(a_file_may_not_include_a_part_above_it),
        cmocka_unit_test(parts_side_by_side_do_not_include_each_other),
        cmocka_unit_test(an_include_is_written_from_the_root),
        cmocka_unit_test(a_bad_include_is_found_wherever_it_stands),
        cmocka_unit_test(the_tree_keeps_the_direction),
        cmocka_unit_test(file_names_are_unique_in_the_tree),
    };
    return cmocka_run_group_tests(tests, collect_sources, free_sources);
}
