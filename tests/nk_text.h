/* What the tests of the text form share. */
#ifndef NPUSIM_TESTS_NK_TEXT_H
#define NPUSIM_TESTS_NK_TEXT_H

#include "kernels/ir/nk.h"
#include "sim/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static inline struct kernel *parsed(const char *text)
{
    struct diag diag = { 0 };
    struct kernel *kernel = kernel_parse("k.nk", text, strlen(text), &diag);
    if (kernel == NULL)
        diag_print(&diag, stderr);
    assert_non_null(kernel);
    assert_string_equal(diag.text, "");
    return kernel;
}

static inline struct text printed(const struct kernel *kernel)
{
    struct text text;
    text_init(&text);
    kernel_print(kernel, &text);
    return text;
}

static inline void assert_reads_back(const struct kernel *kernel)
{
    struct text text = printed(kernel);
    struct kernel *again = parsed(text.at);
    assert_true(kernel_equal(kernel, again));
    kernel_free(again);
    text_free(&text);
}

static inline struct text sample(void)
{
    struct diag diag = { 0 };
    struct text text;
    text_init(&text);
    assert_true(file_read(NPUSIM_SOURCE_DIR "/traces/vector_add.nk", &text, &diag));
    return text;
}

#endif
