/* A file: what its kernels share, the kernels, and how they are launched; see nk.h. */
#include "kernels/ir/nk.h"
#include "kernels/ir/nk_parser.h"
#include "sim/mem.h"

#include <stdio.h>
#include <string.h>

static char *copied(const char *string)
{
    size_t size = strlen(string) + 1;
    return memcpy(mem_new(size), string, size);
}

/* A kernel that begins with what the file shares. */
static struct kernel *begin_kernel(struct parser *parser, const struct kernel *shared)
{
    struct kernel *kernel = kernel_new("");

    kernel->file = parser->file != NULL ? copied(parser->file) : NULL;
    for (size_t i = 0; i < shared->param_count; i++) {
        kernel->params = mem_room(kernel->params, i, sizeof *kernel->params);
        kernel->params[kernel->param_count++] = shared->params[i];
    }
    for (size_t i = 0; i < shared->tensor_count; i++) {
        kernel->tensors = mem_room(kernel->tensors, i, sizeof *kernel->tensors);
        kernel->tensors[kernel->tensor_count++] = shared->tensors[i];
    }
    kmodule_add(parser->module, kernel);
    return kernel;
}

/* A parameter means one thing in a file: kernels that have it share it. */
static bool check_params(struct parser *parser, const struct token *at,
                         const struct kernel *kernel, const struct kernel *shared)
{
    const struct kmodule *module = parser->module;

    for (size_t i = 0; i + 1 < module->kernel_count; i++) {
        for (size_t p = shared->param_count; p < kernel->param_count; p++) {
            if (kernel_param(module->kernels[i], kernel->params[p].name) >= 0)
                return parser_fail(parser, at,
                                   "kernels %s and %s both have a parameter '%s'; expected it "
                                   "before the first kernel",
                                   module->kernels[i]->name, kernel->name,
                                   kernel->params[p].name);
        }
    }
    return true;
}

/* The names of kernels may have dashes, so they are compared as text. */
static bool take_kernel(struct parser *parser, struct kernel *shared)
{
    struct kmodule *module = parser->module;
    struct token at = parser->token;

    if (module->kernel_count == KKERNELS_MAX)
        return parser_fail(parser, &at, "a file has at most %d kernels", KKERNELS_MAX);
    if (module->launch_count != 0)
        return parser_fail(parser, &at, "kernels come before the first launch");
    parser->kernel = begin_kernel(parser, shared);
    bool taken = parser_take_kernel(parser);
    const struct kernel *kernel = parser->kernel;
    parser->kernel = shared;
    if (!taken)
        return false;
    for (size_t i = 0; i + 1 < module->kernel_count; i++) {
        if (strcmp(module->kernels[i]->name, kernel->name) == 0)
            return parser_in_use(parser, &at, kernel->name, "kernel");
    }
    if (!check_params(parser, &at, kernel, shared))
        return false;
    bool own = kernel->tensor_count != shared->tensor_count ||
               module->kernels[0]->tensor_count != shared->tensor_count;
    return !own || module->kernel_count == 1 ||
           parser_fail(parser, &at,
                       "the kernels of a file share their tensors; expected them before the "
                       "first kernel");
}

static bool take_launched(struct parser *parser, size_t *out)
{
    const struct kmodule *module = parser->module;
    const char *names[KKERNELS_MAX];
    struct token at = parser->token;
    char name[KNAME_MAX];

    for (size_t i = 0; i < module->kernel_count; i++)
        names[i] = module->kernels[i]->name;
    if (!parser_take_kernel_name(parser, name))
        return false;
    int kernel = kmodule_kernel(module, name);
    if (kernel >= 0) {
        *out = (size_t)kernel;
        return true;
    }
    /* Of a name with dashes only the first token is at hand to be corrected. */
    parser->token = at;
    return parser_unknown(parser, "a kernel of this file", names, module->kernel_count);
}

/* launch NAME [blocks=NUMBER] */
static bool take_launch(struct parser *parser)
{
    struct token at = parser->token;
    int64_t blocks = 0;
    size_t kernel = 0;

    if (parser->module->launch_count == KLAUNCHES_MAX)
        return parser_fail(parser, &at, "a file has at most %d launches", KLAUNCHES_MAX);
    if (!take_launched(parser, &kernel))
        return false;
    if (parser_accept(parser, "blocks")) {
        if (!parser_take(parser, "="))
            return false;
        at = parser->token;
        if (!parser_take_int(parser, &blocks))
            return false;
        if (blocks < 1 || blocks > KBLOCKS_MAX)
            return parser_fail(parser, &at, "%lld blocks; expected 1..%d", (long long)blocks,
                               KBLOCKS_MAX);
    }
    kmodule_launch(parser->module, kernel, (unsigned)blocks);
    return true;
}

static bool take_item(struct parser *parser, struct kernel *shared)
{
    enum { ITEM_KERNEL, ITEM_CONST, ITEM_PARAM, ITEM_TENSOR, ITEM_LAUNCH, ITEM_COUNT };
    static const char *const names[ITEM_COUNT] = { "kernel", "const", "param", "tensor",
                                                   "launch" };
    struct token at = parser->token;
    size_t item;

    if (!parser_take_word(
            parser, parser->module->kernel_count == 0 ? "a kernel" : "a kernel or a launch",
            names, ITEM_COUNT, &item))
        return false;
    if ((item == ITEM_PARAM || item == ITEM_TENSOR) && parser->module->kernel_count != 0)
        return parser_fail(parser, &at, "what kernels share comes before the first of them");
    switch (item) {
    case ITEM_KERNEL:
        return take_kernel(parser, shared);
    case ITEM_CONST:
        return parser_take_const(parser);
    case ITEM_PARAM:
        return parser_take_param(parser);
    case ITEM_TENSOR:
        return parser_take_tensor(parser);
    default:
        return take_launch(parser);
    }
}

static bool is_launched(const struct kmodule *module, size_t kernel)
{
    for (size_t i = 0; i < module->launch_count; i++) {
        if (module->launches[i].kernel == kernel)
            return true;
    }
    return false;
}

/* Without any launch each kernel is launched once, in the order of the file. */
static bool finish(struct parser *parser, const struct kernel *shared)
{
    struct kmodule *module = parser->module;
    bool none = module->launch_count == 0;

    if (module->kernel_count == 0)
        return parser_expected(parser, "'kernel'");
    for (size_t i = 0; i < module->kernel_count; i++) {
        if (none)
            kmodule_launch(module, i, 0);
        else if (!is_launched(module, i))
            return parser_fail(parser, &parser->token, "kernel %s is never launched",
                               module->kernels[i]->name);
    }
    module->params_shared = module->kernel_count > 1 ? shared->param_count : 0;
    return true;
}

static bool take_file(struct parser *parser, struct kernel *shared)
{
    parser->kernel = shared;
    parser_advance(parser);
    parser_skip_lines(parser);
    while (parser->token.kind != TOKEN_END) {
        if (!take_item(parser, shared))
            return false;
        if (parser->token.kind != TOKEN_LINE && parser->token.kind != TOKEN_END)
            return parser_expected(parser, "end of line");
        parser_skip_lines(parser);
    }
    return finish(parser, shared);
}

struct kmodule *module_parse(const char *file, const char *text, size_t length,
                             struct diag *diag)
{
    struct parser parser = { .file = file, .diag = diag, .module = kmodule_new() };
    struct kernel *shared = kernel_new("");

    lexer_init(&parser.lexer, text, length);
    bool taken = take_file(&parser, shared);
    kernel_free(shared);
    mem_free(parser.constants);
    if (taken)
        return parser.module;
    kmodule_free(parser.module);
    return NULL;
}

struct kernel *kernel_parse(const char *file, const char *text, size_t length,
                            struct diag *diag)
{
    struct kmodule *module = module_parse(file, text, length, diag);
    struct kernel *kernel = NULL;

    if (module != NULL && kmodule_is_plain(module)) {
        kernel = module->kernels[0];
        module->kernel_count = 0;
    } else if (module != NULL) {
        diag_fail(diag, (struct loc){ .file = file },
                  "found %zu kernels and %zu launches; expected one kernel",
                  module->kernel_count, module->launch_count);
    }
    kmodule_free(module);
    return kernel;
}
