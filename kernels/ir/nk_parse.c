/* The declarations of a kernel; see nk.h for the grammar. */
#include "kernels/ir/nk.h"
#include "kernels/ir/nk_parser.h"
#include "sim/mem.h"

#include <stdio.h>
#include <string.h>

static bool in_use(struct parser *parser, const struct token *at, const char *name,
                   const char *as)
{
    return parser_fail(parser, at, "'%s' is already the name of a %s", name, as);
}

static int special_reg(const char *name)
{
    for (int i = 0; i < REG_SPECIAL_COUNT; i++) {
        if (strcmp(name, special_reg_names[i]) == 0)
            return i;
    }
    return -1;
}

static bool take_param(struct parser *parser)
{
    struct kernel *kernel = parser->kernel;
    struct token at = parser->token;
    struct kparam param;

    if (!parser_take_name(parser, param.name) || !parser_take(parser, "=") ||
        !parser_take_int(parser, &param.value))
        return false;
    if (special_reg(param.name) >= 0)
        return in_use(parser, &at, param.name, "special register");
    if (kernel_param(kernel, param.name) >= 0)
        return in_use(parser, &at, param.name, "parameter");
    if (kernel->param_count == KREGS_MAX - REG_SPECIAL_COUNT)
        return parser_fail(parser, &at, "a kernel has at most %d parameters",
                           KREGS_MAX - REG_SPECIAL_COUNT);
    kernel->params = mem_room(kernel->params, kernel->param_count, sizeof param);
    kernel->params[kernel->param_count++] = param;
    return true;
}

static bool take_dtype(struct parser *parser, enum dtype *out)
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
    const struct kernel *kernel = parser->kernel;
    const char *names[KREGS_MAX];
    size_t which;

    *out = (struct kval){ .given = true };
    if (parser->token.kind != TOKEN_WORD)
        return parser_take_int(parser, &out->imm);
    for (size_t i = 0; i < kernel->param_count; i++)
        names[i] = kernel->params[i].name;
    if (!parser_take_word(parser, "a number or a parameter", names, kernel->param_count,
                          &which))
        return false;
    out->reg = (uint16_t)(1 + REG_SPECIAL_COUNT + which);
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

static bool take_tensor(struct parser *parser)
{
    struct kernel *kernel = parser->kernel;
    struct token at = parser->token;
    struct ktensor tensor = { .dims = 0 };
    size_t role;

    if (!parser_take_name(parser, tensor.name) || !parser_take(parser, ":") ||
        !take_dtype(parser, &tensor.dtype) || !take_shape(parser, &tensor) ||
        !parser_take_word(parser, "a role", tensor_role_names, TENSOR_ROLES, &role))
        return false;
    tensor.role = (enum tensor_role)role;
    tensor.control = parser_accept(parser, "control");
    if (kernel_tensor(kernel, tensor.name) >= 0)
        return in_use(parser, &at, tensor.name, "tensor");
    if (kernel->tensor_count == KTENSORS_MAX)
        return parser_fail(parser, &at, "a kernel has at most %d tensors", KTENSORS_MAX);
    kernel->tensors = mem_room(kernel->tensors, kernel->tensor_count, sizeof tensor);
    kernel->tensors[kernel->tensor_count++] = tensor;
    return true;
}

/* After the previous tile of its space; on a fractal where there are fractals. */
static uint64_t next_address(const struct kprogram *program, enum space space)
{
    bool fractals =
        space == SPACE_L1 || space == SPACE_L0A || space == SPACE_L0B || space == SPACE_L0C;
    uint64_t align = fractals ? CUBE_SIDE * FRACTAL_ROW : space_align[space];
    uint64_t end = 0;

    for (size_t i = program->tile_count; i > 0 && end == 0; i--) {
        if (program->tiles[i - 1].space == space)
            end = ktile_end(&program->tiles[i - 1]);
    }
    return (end + align - 1) / align * align;
}

static bool take_extent(struct parser *parser, struct ktile *tile)
{
    struct token at = parser->token;
    int64_t elements, address = 0;

    if (!parser_take(parser, "[") || !parser_take_int(parser, &elements) ||
        !parser_take(parser, "]"))
        return false;
    bool given = parser_accept(parser, "@");
    if (given && !parser_take_int(parser, &address))
        return false;

    if (elements < 1 || (uint64_t)elements > KTILE_END_MAX)
        return parser_fail(parser, &at, "a tile of %lld elements; expected 1..2^32",
                           (long long)elements);
    if (address < 0 || (uint64_t)address > KTILE_END_MAX)
        return parser_fail(parser, &at, "a tile at address %lld; expected 0..2^32",
                           (long long)address);
    tile->elements = (uint64_t)elements;
    tile->address = given ? (uint64_t)address : next_address(parser->program, tile->space);
    return ktile_end(tile) <= KTILE_END_MAX ||
           parser_fail(parser, &at, "the tile ends beyond address 2^32");
}

static bool take_tile(struct parser *parser)
{
    struct kprogram *program = parser->program;
    struct token at = parser->token;
    struct ktile tile = { .address = 0 };
    size_t space;

    if (!parser_take_name(parser, tile.name) || !parser_take(parser, ":"))
        return false;
    if (token_is(&parser->token, space_names[SPACE_GM]))
        return parser_fail(parser, &parser->token,
                           "a tile in gm; expected an on-chip space, or a tensor");
    if (!parser_take_word(parser, "a space", space_names, SPACE_COUNT, &space))
        return false;
    tile.space = (enum space)space;
    if (!take_dtype(parser, &tile.dtype) || !take_extent(parser, &tile))
        return false;
    if (names_find(&parser->tiles, tile.name) >= 0)
        return in_use(parser, &at, tile.name, "tile");
    if (kernel_tensor(parser->kernel, tile.name) >= 0)
        return in_use(parser, &at, tile.name, "tensor");
    if (program->tile_count == KTILES_MAX)
        return parser_fail(parser, &at, "a program has at most %d tiles", KTILES_MAX);
    program->tiles = mem_room(program->tiles, program->tile_count, sizeof tile);
    program->tiles[program->tile_count++] = tile;
    names_add(&parser->tiles, tile.name);
    return true;
}

static bool take_line(struct parser *parser)
{
    if (parser->token.kind != TOKEN_LINE)
        return parser_expected(parser, "end of line");
    parser_skip_lines(parser);
    return true;
}

static bool take_tiles(struct parser *parser)
{
    parser_skip_lines(parser);
    while (parser_accept(parser, "tile")) {
        if (!take_tile(parser) || (!token_is(&parser->token, "}") && !take_line(parser)))
            return false;
    }
    return true;
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
    parser->program = &parser->kernel->programs[kind];
    if (parser->program->present)
        return parser_fail(parser, at, "a second %s program; a kernel has at most one",
                           core_kind_names[kind]);
    parser->program->present = true;
    add_standing_registers(parser);

    bool taken = parser_take(parser, "{") && take_tiles(parser) && parser_take_code(parser);
    names_free(&parser->regs);
    names_free(&parser->tiles);
    return taken;
}

static bool take_item(struct parser *parser)
{
    enum { ITEM_PARAM = CORE_KINDS, ITEM_TENSOR, ITEM_COUNT };
    const char *names[ITEM_COUNT] = { [ITEM_PARAM] = "param", [ITEM_TENSOR] = "tensor" };
    struct token at = parser->token;
    size_t item;

    for (int kind = 0; kind < CORE_KINDS; kind++)
        names[kind] = core_kind_names[kind];
    if (!parser_take_word(parser, "a declaration or '}'", names, ITEM_COUNT, &item))
        return false;
    if (item < CORE_KINDS)
        return take_program(parser, &at, (enum core_kind)item);
    if (parser->program != NULL)
        return parser_fail(parser, &at, "parameters and tensors come before the programs");
    return item == ITEM_PARAM ? take_param(parser) : take_tensor(parser);
}

/* Unlike other names this one is also used on the command line and may have
 * dashes, so it can be several tokens that touch. */
static bool take_kernel_name(struct parser *parser)
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
    if (!parser_name_of(&name, parser->kernel->name) ||
        !kernel_name_valid(parser->kernel->name))
        return parser_fail(parser, &first,
                           "the name of a kernel is at most 31 of a-z, 0-9, _ and -");
    return true;
}

static bool take_kernel(struct parser *parser)
{
    parser_skip_lines(parser);
    if (!parser_take(parser, "kernel") || !take_kernel_name(parser) ||
        !parser_take(parser, "{"))
        return false;
    parser_skip_lines(parser);
    while (!parser_accept(parser, "}")) {
        if (!take_item(parser) || (!token_is(&parser->token, "}") && !take_line(parser)))
            return false;
    }
    parser_skip_lines(parser);
    return parser->token.kind == TOKEN_END || parser_expected(parser, "end of file");
}

static char *copied(const char *string)
{
    size_t size = strlen(string) + 1;
    return memcpy(mem_new(size), string, size);
}

struct kernel *kernel_parse(const char *file, const char *text, size_t length,
                            struct diag *diag)
{
    struct parser parser = { .file = file, .diag = diag, .kernel = kernel_new("") };

    parser.kernel->file = file != NULL ? copied(file) : NULL;
    lexer_init(&parser.lexer, text, length);
    parser_advance(&parser);
    if (take_kernel(&parser))
        return parser.kernel;
    kernel_free(parser.kernel);
    return NULL;
}
