/*
 * Tiles and tensors as operands. An index of one number is an offset in bytes, the form that
 * the printer writes; a comma, a colon, or a tile of several dimensions makes it an index of
 * elements, which becomes such an offset.
 */
#include "kernels/ir/nk_parser.h"

/* What is indexed. */
struct object {
    const char *name;
    enum dtype type;
    unsigned dims;
    struct kval length[KDIMS_MAX];
    const struct tile_shape *shape; /* of a tile; NULL: a tensor */
};

struct index {
    unsigned dims;                               /* that are given */
    struct kval at[KDIMS_MAX], count[KDIMS_MAX]; /* count not given: a single one */
    bool sliced;
    struct token token[KDIMS_MAX];
};

static bool unknown_object(struct parser *parser)
{
    const struct kprogram *program = parser->program;
    const struct kernel *kernel = parser->kernel;
    const char *names[KTILES_MAX + KTENSORS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < program->tile_count; i++)
        names[count++] = program->tiles[i].name;
    for (size_t i = 0; i < kernel->tensor_count; i++)
        names[count++] = kernel->tensors[i].name;
    return parser_unknown(parser, "a tile or tensor", names, count);
}

static bool take_name(struct parser *parser, struct kref *out)
{
    char name[KNAME_MAX];
    int tile = -1, tensor = -1;

    if (parser->token.kind == TOKEN_WORD && parser_name_of(&parser->token, name)) {
        tile = names_find(&parser->tiles, name);
        tensor = kernel_tensor(parser->kernel, name);
    }
    if (tile < 0 && tensor < 0)
        return unknown_object(parser);
    parser_advance(parser);
    *out = (struct kref){ .kind = tile >= 0 ? REF_TILE : REF_TENSOR,
                          .index = (uint16_t)(tile >= 0 ? tile : tensor) };
    return true;
}

static struct object object_of(const struct parser *parser, const struct kref *ref)
{
    if (ref->kind == REF_TENSOR) {
        const struct ktensor *tensor = &parser->kernel->tensors[ref->index];
        struct object object = { tensor->name, tensor->dtype, tensor->dims, { { 0 } }, NULL };
        for (unsigned d = 0; d < tensor->dims; d++)
            object.length[d] = tensor->shape[d];
        return object;
    }
    const struct ktile *tile = &parser->program->tiles[ref->index];
    const struct tile_shape *shape = &parser->shapes[ref->index];
    struct object object = { tile->name, tile->dtype, shape->dims, { { 0 } }, shape };
    for (unsigned d = 0; d < shape->dims; d++)
        object.length[d] = (struct kval){ .imm = shape->length[d], .given = true };
    return object;
}

/* What is known of an index, and of how far its slice goes, lies within its dimension. */
static bool check_index(struct parser *parser, const struct object *object,
                        const struct index *index, unsigned d)
{
    const struct kval *at = &index->at[d], *count = &index->count[d];
    const struct kval *length = &object->length[d];
    int64_t more = count->given && count->reg == 0 ? count->imm : 1, end;

    if (at->reg != 0 || length->reg != 0)
        return true;
    if (at->imm >= 0 && !__builtin_add_overflow(at->imm, more, &end) && end <= length->imm)
        return true;
    if (count->given)
        return parser_fail(parser, &index->token[d],
                           "%lld elements from %lld on; dimension %u of '%s' has %lld",
                           (long long)more, (long long)at->imm, d + 1, object->name,
                           (long long)length->imm);
    return parser_fail(parser, &index->token[d],
                       "index %lld; dimension %u of '%s' has %lld elements", (long long)at->imm,
                       d + 1, object->name, (long long)length->imm);
}

static bool take_index(struct parser *parser, const struct object *object, struct index *out)
{
    *out = (struct index){ .dims = 0 };
    do {
        unsigned d = out->dims;
        if (d == object->dims)
            return parser_fail(parser, &parser->token,
                               "'%s' has %u dimension%s; found an index of more", object->name,
                               object->dims, object->dims == 1 ? "" : "s");
        out->token[d] = parser->token;
        out->dims++;
        if (!parser_take_val(parser, &out->at[d]))
            return false;
        if (!parser_accept(parser, ":"))
            continue;
        out->sliced = true;
        if (!parser_take_val(parser, &out->count[d]))
            return false;
    } while (parser_accept(parser, ","));
    return parser_take(parser, "]");
}

static struct kval number(int64_t value)
{
    return (struct kval){ .imm = value, .given = true };
}

bool parser_to_bytes(struct parser *parser, const struct token *at, enum dtype type,
                     struct kval elements, struct kval *out)
{
    unsigned bits = dtype_info[type].bits;
    if (bits < 8 && elements.reg == 0 && elements.imm % 2 != 0)
        return parser_fail(parser, at, "an odd number of %s; half a byte has no address",
                           dtype_info[type].name);
    if (bits < 8)
        return parser_combine(parser, at, SOP_shr, elements, number(1), out);
    return parser_combine(parser, at, SOP_mul, elements, number(bits / 8), out);
}

/* Elements from one index of dimension d to the next, in rows without gaps. */
static bool elements_within(struct parser *parser, const struct object *object,
                            const struct token *at, unsigned d, struct kval *out)
{
    *out = number(1);
    for (unsigned i = object->dims; i-- > d + 1;) {
        if (!parser_combine(parser, at, SOP_mul, object->length[i], *out, out))
            return false;
    }
    return true;
}

/* Bytes from one index of dimension d to the next in an nz tile: columns of fractals, each
 * `nz_rows` rows of `nz_across` elements. A column counts as if it began a fractal. */
static struct kval nz_stride(const struct object *object, unsigned d)
{
    const struct tile_shape *shape = object->shape;
    int64_t bits = dtype_info[object->type].bits, part = shape->nz_bytes;

    if (d + 1 == shape->dims)
        return number(shape->nz_rows * bits / 8);
    if (d + 2 == shape->dims)
        return number(shape->nz_across * bits / 8);
    for (unsigned i = d + 1; i + 2 < shape->dims; i++)
        part *= shape->length[i];
    return number(part);
}

/* A column of an nz tile that is known begins a fractal. */
static bool check_fractal(struct parser *parser, const struct object *object,
                          const struct index *index, unsigned d)
{
    const struct kval *column = &index->at[d];
    int64_t across = object->shape->nz_across;

    return d + 1 != object->dims || column->reg != 0 || column->imm % across == 0 ||
           parser_fail(parser, &index->token[d],
                       "column %lld of '%s'; expected one that begins a fractal, a multiple "
                       "of %lld",
                       (long long)column->imm, object->name, (long long)across);
}

/* Bytes to the element with this index of dimension d and 0 in the others. */
static bool part_offset(struct parser *parser, const struct object *object,
                        const struct index *index, unsigned d, struct kval *out)
{
    const struct token *at = &index->token[d];
    int64_t bits = dtype_info[object->type].bits;
    struct kval within, elements;

    if (object->shape != NULL && object->shape->nz)
        return check_fractal(parser, object, index, d) &&
               parser_combine(parser, at, SOP_mul, index->at[d], nz_stride(object, d), out);
    if (!elements_within(parser, object, at, d, &within))
        return false;
    if (within.reg == 0 && within.imm > 0 && within.imm < INT64_C(1) << 48 &&
        within.imm * bits % 8 == 0) /* one multiplication, not two */
        return parser_combine(parser, at, SOP_mul, index->at[d], number(within.imm * bits / 8),
                              out);
    return parser_combine(parser, at, SOP_mul, index->at[d], within, &elements) &&
           parser_to_bytes(parser, at, object->type, elements, out);
}

static bool offset_of(struct parser *parser, const struct object *object,
                      const struct index *index, struct kval *out)
{
    *out = number(0);
    for (unsigned d = 0; d < index->dims; d++) {
        struct kval part;
        if (index->at[d].reg == 0 && index->at[d].imm == 0)
            continue;
        if (!part_offset(parser, object, index, d, &part) ||
            !parser_combine(parser, &index->token[d], SOP_add, *out, part, out))
            return false;
    }
    return true;
}

/* The last index given is a row without gaps; the one before it, if a slice, are the rows. */
static bool slice_of(struct parser *parser, const struct object *object,
                     const struct index *index, struct slice *out)
{
    unsigned last = index->dims - 1;
    struct kval count = index->count[last].given ? index->count[last] : number(1);
    struct kval within, stride;

    *out = (struct slice){ .given = true, .type = object->type, .at = index->token[last] };
    if (object->shape != NULL && object->shape->nz)
        return parser_fail(parser, &out->at, "'%s' lies in fractals; it has no slices",
                           object->name);
    for (unsigned d = 0; d + 1 < last; d++) {
        if (index->count[d].given)
            return parser_fail(parser, &index->token[d],
                               "a slice of more than the last two indices");
    }
    if (!elements_within(parser, object, &out->at, last, &within) ||
        !parser_combine(parser, &out->at, SOP_mul, count, within, &out->columns))
        return false;
    if (last == 0 || !index->count[last - 1].given)
        return true;
    out->blocks = true;
    out->rows = index->count[last - 1];
    return elements_within(parser, object, &out->at, last - 1, &stride) &&
           parser_to_bytes(parser, &out->at, object->type, stride, &out->stride);
}

bool parser_take_ref(struct parser *parser, struct kref *out, struct slice *slice)
{
    struct index index;

    if (slice != NULL)
        *slice = (struct slice){ .given = false };
    if (!take_name(parser, out))
        return false;
    struct object object = object_of(parser, out);
    struct token open = parser->token;
    if (!parser_accept(parser, "["))
        return true;
    if (!take_index(parser, &object, &index))
        return false;
    if (index.dims == 1 && !index.sliced && (object.shape == NULL || object.dims == 1)) {
        out->offset = index.at[0]; /* bytes */
        return true;
    }
    for (unsigned d = 0; d < index.dims; d++) {
        if (!check_index(parser, &object, &index, d))
            return false;
    }
    if (!offset_of(parser, &object, &index, &out->offset))
        return false;
    if (!index.sliced)
        return true;
    if (slice == NULL)
        return parser_fail(parser, &open, "a slice, where one element is read");
    return slice_of(parser, &object, &index, slice);
}
