/* The declarations of a kernel; see nk.h for the grammar. */
#include "kernels/ir/nk.h"
#include "kernels/ir/nk_parser.h"
#include "sim/mem.h"

#include <stdio.h>
#include <string.h>

bool parser_in_use(struct parser *parser, const struct token *at, const char *name,
                   const char *as)
{
    return parser_fail(parser, at, "'%s' is already the name of a %s", name, as);
}

/* Words that begin something else where a constant may stand. */
static bool is_reserved(const char *name)
{
    static const char *const words[] = { "min", "max", "read", "to", "step", "turn", "of" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(name, words[i]) == 0)
            return true;
    }
    return false;
}

static bool is_constant(const struct parser *parser, const char *name)
{
    for (size_t i = 0; i < parser->constant_count; i++) {
        if (strcmp(parser->constants[i].name, name) == 0)
            return true;
    }
    return false;
}

static int special_reg(const char *name)
{
    for (int i = 0; i < REG_SPECIAL_COUNT; i++) {
        if (strcmp(name, special_reg_names[i]) == 0)
            return i;
    }
    return -1;
}

bool parser_take_const(struct parser *parser)
{
    struct token at = parser->token;
    struct constant constant = { .real = false };

    if (at.kind != TOKEN_WORD || !parser_name_of(&at, constant.name))
        return parser_expected(parser, "a name: at most 31 letters, digits and _");
    parser_advance(parser);
    if (!parser_take(parser, "=") || !parser_take_constant(parser, &constant))
        return false;
    if (is_constant(parser, constant.name))
        return parser_in_use(parser, &at, constant.name, "constant");
    if (parser->kernel != NULL && kernel_param(parser->kernel, constant.name) >= 0)
        return parser_in_use(parser, &at, constant.name, "parameter");
    if (is_reserved(constant.name))
        return parser_in_use(parser, &at, constant.name, "word of the language");
    if (parser->constant_count == KCONSTS_MAX)
        return parser_fail(parser, &at, "a file has at most %d constants", KCONSTS_MAX);
    parser->constants = mem_room(parser->constants, parser->constant_count, sizeof constant);
    parser->constants[parser->constant_count++] = constant;
    return true;
}

bool parser_take_param(struct parser *parser)
{
    struct kernel *kernel = parser->kernel;
    struct token at = parser->token;
    struct kparam param;

    if (!parser_take_name(parser, param.name) || !parser_take(parser, "=") ||
        !parser_take_int(parser, &param.value))
        return false;
    if (special_reg(param.name) >= 0)
        return parser_in_use(parser, &at, param.name, "special register");
    if (kernel_param(kernel, param.name) >= 0)
        return parser_in_use(parser, &at, param.name, "parameter");
    if (is_constant(parser, param.name))
        return parser_in_use(parser, &at, param.name, "constant");
    if (is_reserved(param.name))
        return parser_in_use(parser, &at, param.name, "word of the language");
    if (kernel->param_count == KREGS_MAX - REG_SPECIAL_COUNT)
        return parser_fail(parser, &at, "a kernel has at most %d parameters",
                           KREGS_MAX - REG_SPECIAL_COUNT);
    kernel->params = mem_room(kernel->params, kernel->param_count, sizeof param);
    kernel->params[kernel->param_count++] = param;
    return true;
}

bool parser_take_dtype(struct parser *parser, enum dtype *out)
{
    const char *names[DT_COUNT];
    size_t which;

    for (int type = 0; type < DT_COUNT; type++)
        names[type] = dtype_info[type].name;
    if (!parser_take_word(parser, "an element type", names, DT_COUNT, &which))
        return false;
    *out = (enum dtype)which;
    return true;
}

/* A parameter, or a number. */
static bool take_dim(struct parser *parser, struct kval *out)
{
    char name[KNAME_MAX];
    int param = -1;

    *out = (struct kval){ .given = true };
    if (parser->token.kind == TOKEN_WORD && parser_name_of(&parser->token, name))
        param = kernel_param(parser->kernel, name);
    if (param < 0)
        return parser_take_int(parser, &out->imm);
    parser_advance(parser);
    out->reg = (uint16_t)(1 + REG_SPECIAL_COUNT + param);
    return true;
}

static bool take_shape(struct parser *parser, struct ktensor *tensor)
{
    do {
        if (tensor->dims == KDIMS_MAX)
            return parser_fail(parser, &parser->token, "a tensor has at most %d dimensions",
                               KDIMS_MAX);
        if (!parser_take(parser, "[") || !take_dim(parser, &tensor->shape[tensor->dims++]) ||
            !parser_take(parser, "]"))
            return false;
    } while (token_is(&parser->token, "["));
    return true;
}

bool parser_take_tensor(struct parser *parser)
{
    struct kernel *kernel = parser->kernel;
    struct token at = parser->token;
    struct ktensor tensor = { .dims = 0 };
    size_t role;

    if (!parser_take_name(parser, tensor.name) || !parser_take(parser, ":") ||
        !parser_take_dtype(parser, &tensor.dtype) || !take_shape(parser, &tensor) ||
        !parser_take_word(parser, "a role", tensor_role_names, TENSOR_ROLES, &role))
        return false;
    tensor.role = (enum tensor_role)role;
    tensor.control = parser_accept(parser, "control");
    if (kernel_tensor(kernel, tensor.name) >= 0)
        return parser_in_use(parser, &at, tensor.name, "tensor");
    if (kernel->tensor_count == KTENSORS_MAX)
        return parser_fail(parser, &at, "a kernel has at most %d tensors", KTENSORS_MAX);
    kernel->tensors = mem_room(kernel->tensors, kernel->tensor_count, sizeof tensor);
    kernel->tensors[kernel->tensor_count++] = tensor;
    return true;
}

static bool take_tiles(struct parser *parser)
{
    parser_skip_lines(parser);
    for (;;) {
        bool tile = parser_accept(parser, "tile");
        if (!tile && !parser_accept(parser, "const"))
            return true;
        if (!(tile ? parser_take_tile(parser) : parser_take_const(parser)) ||
            !parser_take_line(parser))
            return false;
    }
}

/* The registers that every program has, in the order program.h gives. */
static void add_standing_registers(struct parser *parser)
{
    for (int i = 0; i < REG_SPECIAL_COUNT; i++)
        parser_add_register(parser, special_reg_names[i]);
    for (size_t i = 0; i < parser->kernel->param_count; i++)
        parser_add_register(parser, parser->kernel->params[i].name);
}

static bool take_program(struct parser *parser, const struct token *at, enum core_kind kind)
{
    if (parser->kernel->programs[kind].present)
        return parser_fail(parser, at, "a second %s program; a kernel has at most one",
                           core_kind_names[kind]);
    parser->program = &parser->kernel->programs[kind];
    parser->program->present = true;
    memset(parser->temporary, 0, sizeof parser->temporary);
    add_standing_registers(parser);

    size_t constants = parser->constant_count;
    bool taken = parser_take(parser, "{") && take_tiles(parser) && parser_take_code(parser);
    names_free(&parser->regs);
    names_free(&parser->tiles);
    mem_free(parser->shapes);
    parser->shapes = NULL;
    parser->program = NULL;
    parser->constant_count = constants; /* those of the program end with it */
    return taken;
}

static bool has_program(const struct kernel *kernel)
{
    bool any = false;
    for (int kind = 0; kind < CORE_KINDS; kind++)
        any = any || kernel->programs[kind].present;
    return any;
}

static bool take_item(struct parser *parser)
{
    enum { ITEM_CONST = CORE_KINDS, ITEM_PARAM, ITEM_TENSOR, ITEM_COUNT };
    const char *names[ITEM_COUNT] = {
        [ITEM_CONST] = "const", [ITEM_PARAM] = "param", [ITEM_TENSOR] = "tensor"
    };
    struct token at = parser->token;
    size_t item;

    for (int kind = 0; kind < CORE_KINDS; kind++)
        names[kind] = core_kind_names[kind];
    if (!parser_take_word(parser, "a declaration or '}'", names, ITEM_COUNT, &item))
        return false;
    if (item < CORE_KINDS)
        return take_program(parser, &at, (enum core_kind)item);
    if (item == ITEM_CONST)
        return parser_take_const(parser);
    if (has_program(parser->kernel))
        return parser_fail(parser, &at, "parameters and tensors come before the programs");
    return item == ITEM_PARAM ? parser_take_param(parser) : parser_take_tensor(parser);
}

/* Unlike other names this one is also used on the command line and may have
 * dashes, so it can be several tokens that touch. */
bool parser_take_kernel_name(struct parser *parser, char out[KNAME_MAX])
{
    struct token name = parser->token, first = name;

    if (name.kind != TOKEN_WORD)
        return parser_expected(parser, "the name of the kernel");
    name.length = 0;
    while (parser->token.at == name.at + name.length &&
           (parser->token.kind == TOKEN_WORD || parser->token.kind == TOKEN_NUMBER ||
            token_is(&parser->token, "-"))) {
        name.length += parser->token.length;
        parser_advance(parser);
    }
    if (!parser_name_of(&name, out) || !kernel_name_valid(out))
        return parser_fail(parser, &first,
                           "the name of a kernel is at most 31 of a-z, 0-9, _ and -");
    return true;
}

bool parser_take_kernel(struct parser *parser)
{
    size_t constants = parser->constant_count;

    if (!parser_take_kernel_name(parser, parser->kernel->name) || !parser_take(parser, "{"))
        return false;
    parser_skip_lines(parser);
    while (!parser_accept(parser, "}")) {
        if (!take_item(parser) || !parser_take_line(parser))
            return false;
    }
    parser->constant_count = constants;
    return true;
}
