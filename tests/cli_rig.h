/*
 * The command as a user meets it, for tests: scripts of a shell in a folder of the test's own,
 * and what they printed. A group of tests is run with make_folder and remove_folder.
 */
#ifndef NPUSIM_TESTS_CLI_RIG_H
#define NPUSIM_TESTS_CLI_RIG_H

#include "sim/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* What many of them name. */
#define CONFIGS NPUSIM_SOURCE_DIR "/configs"
#define VECTOR_ADD NPUSIM_SOURCE_DIR "/traces/vector_add.nk"
#define SMALL_GEMM "run gemm --chip tiny m=20 n=30 k=40"
#define COLUMNS "id,suite,chip,kernel,params,metric,value,unit,kind,source,note\n"

static char folder[] = "/tmp/npusim_test.XXXXXX";

/* What a command printed and how it ended. */
struct outcome {
    int status;
    struct text out, err;
};

static inline struct text stored(const char *name)
{
    struct text path, text;
    struct diag diag = { 0 };
    text_init(&path);
    text_init(&text);
    text_addf(&path, "%s/%s", folder, name);
    assert_true(file_read(path.at, &text, &diag));
    text_free(&path);
    return text;
}

static inline void store(const char *name, const char *bytes)
{
    struct text path;
    struct diag diag = { 0 };
    text_init(&path);
    text_addf(&path, "%s/%s", folder, name);
    assert_true(file_write(path.at, bytes, strlen(bytes), &diag));
    text_free(&path);
}

/* Run a shell's script in the test's own folder; $npusim is the command. */
static inline struct outcome script(const char *text)
{
    struct text line;
    text_init(&line);
    text_addf(&line, "npusim='%s'; cd '%s' && (%s) >out 2>err", NPUSIM_BINARY, folder, text);
    int status = system(line.at);
    text_free(&line);
    assert_true(WIFEXITED(status));
    return (struct outcome){ WEXITSTATUS(status), stored("out"), stored("err") };
}

static inline struct outcome npusim(const char *arguments)
{
    struct text text;
    text_init(&text);
    text_addf(&text, "\"$npusim\" %s", arguments);
    struct outcome outcome = script(text.at);
    text_free(&text);
    return outcome;
}

static inline void outcome_free(struct outcome *outcome)
{
    text_free(&outcome->out);
    text_free(&outcome->err);
}

/* Bad input: exit 2, exactly this line, and nothing else. */
static inline void assert_refused(const char *arguments, const char *line)
{
    struct outcome outcome = npusim(arguments);
    assert_string_equal(outcome.err.at, line);
    assert_string_equal(outcome.out.at, "");
    assert_int_equal(outcome.status, 2);
    outcome_free(&outcome);
}

static inline void assert_contains(const struct text *text, const char *part)
{
    if (strstr(text->at, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text->at);
}

static inline int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char line[64];
    snprintf(line, sizeof line, "rm -r '%s'", folder);
    return system(line);
}

#endif
