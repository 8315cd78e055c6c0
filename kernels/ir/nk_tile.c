/* Tiles: where they lie, and their shapes, which only the text form knows. */
#include "kernels/ir/nk_parser.h"
#include "sim/mem.h"

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

static int64_t round_up(int64_t value, int64_t to)
{
    return (value + to - 1) / to * to;
}

static bool take_lengths(struct parser *parser, struct tile_shape *shape)
{
    do {
        struct token at = parser->token;
        if (shape->dims == KDIMS_MAX)
            return parser_fail(parser, &at, "a tile has at most %d dimensions", KDIMS_MAX);
        int64_t *length = &shape->length[shape->dims++];
        if (!parser_take(parser, "[") || !parser_take_int(parser, length) ||
            !parser_take(parser, "]"))
            return false;
        if (*length < 1 || *length > (int64_t)KTILE_END_MAX)
            return parser_fail(parser, &at, "a tile of %lld elements; expected 1..2^32",
                               (long long)*length);
    } while (token_is(&parser->token, "["));
    return true;
}

/* `nz`: L1 holds fractals of 16 rows of 32 bytes, L0C of 16 rows of 16 elements. */
static bool take_layout(struct parser *parser, const struct ktile *tile,
                        struct tile_shape *shape)
{
    struct token at = parser->token;

    shape->nz = parser_accept(parser, "nz");
    if (!shape->nz)
        return true;
    if (tile->space != SPACE_L1 && tile->space != SPACE_L0C)
        return parser_fail(parser, &at, "nz is the layout of tiles in l1 and l0c");
    if (shape->dims < 2)
        return parser_fail(parser, &at, "an nz tile has rows and columns; found one dimension");
    int64_t bits = dtype_info[tile->dtype].bits;
    shape->nz_across = tile->space == SPACE_L0C ? CUBE_SIDE : FRACTAL_ROW * 8 / bits;
    shape->nz_rows = round_up(shape->length[shape->dims - 2], CUBE_SIDE);
    int64_t columns = round_up(shape->length[shape->dims - 1], shape->nz_across);
    if (columns > (int64_t)KTILE_END_MAX / shape->nz_rows)
        return parser_fail(parser, &at, "a tile of more than 2^32 elements");
    shape->nz_bytes = shape->nz_rows * columns * bits / 8;
    return true;
}

static bool count_elements(struct parser *parser, const struct token *at,
                           const struct tile_shape *shape, struct ktile *tile)
{
    unsigned plain = shape->nz ? shape->dims - 2 : shape->dims;

    tile->elements =
        shape->nz ? (uint64_t)shape->nz_bytes * 8 / dtype_info[tile->dtype].bits : 1;
    for (unsigned d = 0; d < plain && tile->elements <= KTILE_END_MAX; d++) {
        if (__builtin_mul_overflow(tile->elements, (uint64_t)shape->length[d], &tile->elements))
            tile->elements = UINT64_MAX;
    }
    return tile->elements <= KTILE_END_MAX ||
           parser_fail(parser, at, "a tile of more than 2^32 elements");
}

static bool take_address(struct parser *parser, const struct token *at, struct ktile *tile)
{
    int64_t address = 0;
    bool given = parser_accept(parser, "@");

    if (given && !parser_take_int(parser, &address))
        return false;
    if (address < 0 || (uint64_t)address > KTILE_END_MAX)
        return parser_fail(parser, at, "a tile at address %lld; expected 0..2^32",
                           (long long)address);
    tile->address = given ? (uint64_t)address : next_address(parser->program, tile->space);
    return ktile_end(tile) <= KTILE_END_MAX ||
           parser_fail(parser, at, "the tile ends beyond address 2^32");
}

static bool take_space(struct parser *parser, enum space *out)
{
    size_t space;

    if (token_is(&parser->token, space_names[SPACE_GM]))
        return parser_fail(parser, &parser->token,
                           "a tile in gm; expected an on-chip space, or a tensor");
    if (!parser_take_word(parser, "a space", space_names, SPACE_COUNT, &space))
        return false;
    *out = (enum space)space;
    return true;
}

static bool add(struct parser *parser, const struct token *at, const struct ktile *tile,
                const struct tile_shape *shape)
{
    struct kprogram *program = parser->program;

    if (names_find(&parser->tiles, tile->name) >= 0)
        return parser_in_use(parser, at, tile->name, "tile");
    if (kernel_tensor(parser->kernel, tile->name) >= 0)
        return parser_in_use(parser, at, tile->name, "tensor");
    if (program->tile_count == KTILES_MAX)
        return parser_fail(parser, at, "a program has at most %d tiles", KTILES_MAX);
    parser->shapes = mem_room(parser->shapes, program->tile_count, sizeof *parser->shapes);
    parser->shapes[program->tile_count] = *shape;
    program->tiles = mem_room(program->tiles, program->tile_count, sizeof *program->tiles);
    program->tiles[program->tile_count++] = *tile;
    names_add(&parser->tiles, tile->name);
    return true;
}

bool parser_take_tile(struct parser *parser)
{
    struct token at = parser->token, extent;
    struct tile_shape shape = { .dims = 0 };
    struct ktile tile = { .address = 0 };

    if (!parser_take_name(parser, tile.name) || !parser_take(parser, ":") ||
        !take_space(parser, &tile.space) || !parser_take_dtype(parser, &tile.dtype))
        return false;
    extent = parser->token;
    return take_lengths(parser, &shape) && take_layout(parser, &tile, &shape) &&
           count_elements(parser, &extent, &shape, &tile) &&
           take_address(parser, &extent, &tile) && add(parser, &at, &tile, &shape);
}
