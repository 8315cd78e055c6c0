#include "tools/safetensors.h"

#include "models/params_locate.h"
#include "sim/mem.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE_MAX 9007199254740992.0 /* 2^53: up to there a double holds every whole number */
#define SHOWN 60                     /* bytes of a name in a message */

/* X(name, bits): a type not listed is taken for what its offsets say. */
#define SAFETENSORS_DTYPES(X)                                                                  \
    X("BOOL", 8)                                                                               \
    X("U8", 8)                                                                                 \
    X("I8", 8)                                                                                 \
    X("F8_E4M3", 8)                                                                            \
    X("F8_E5M2", 8)                                                                            \
    X("F8_E8M0", 8)                                                                            \
    X("U16", 16)                                                                               \
    X("I16", 16)                                                                               \
    X("F16", 16)                                                                               \
    X("BF16", 16)                                                                              \
    X("U32", 32)                                                                               \
    X("I32", 32)                                                                               \
    X("F32", 32)                                                                               \
    X("U64", 64)                                                                               \
    X("I64", 64)                                                                               \
    X("F64", 64)                                                                               \
    X("C64", 64)

static const struct {
    const char *name;
    unsigned bits;
} dtypes[] = {
#define X(name, bits) { name, bits },
    SAFETENSORS_DTYPES(X)
#undef X
};

static const struct {
    const char *name;
    enum dtype type;
} weights[] = { { "BF16", DT_bf16 }, { "F16", DT_f16 }, { "F32", DT_f32 } };

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *safetensors_dtype(enum dtype type)
{
    size_t i = 0;
    while (weights[i].type != type)
        i++;
    return weights[i].name;
}

/* A text being read. */
struct reading {
    const struct text *text;
    const cJSON *root;
    const char *file;
    uint64_t base;
    struct diag *diag;
};

static bool fail_byte(const struct reading *in, size_t offset, const char *what)
{
    return diag_fail(in->diag, (struct loc){ .file = in->file }, "byte %" PRIu64 ": %s",
                     in->base + offset, what);
}

/* Blame a tensor; `what` follows its name. */
static bool fail_tensor(const struct reading *in, const cJSON *node, const char *what)
{
    size_t offset = node_offset(in->text->at, in->root, node);
    return diag_fail(in->diag, (struct loc){ .file = in->file },
                     "byte %" PRIu64 ": tensor '%.*s' %s", in->base + offset, SHOWN,
                     node->string, what);
}

static char *copy_shown(const char *string)
{
    size_t length = strlen(string);
    char *copy = mem_new(length + 1);
    for (size_t i = 0; i < length; i++)
        copy[i] = (unsigned char)string[i] < ' ' || string[i] == 0x7f ? '?' : string[i];
    return copy;
}

/* A whole number that a double holds without doubt. */
static bool is_whole(const cJSON *node, uint64_t *out)
{
    if (!cJSON_IsNumber(node) || !(node->valuedouble >= 0) || node->valuedouble > WHOLE_MAX)
        return false;
    *out = (uint64_t)node->valuedouble;
    return (double)*out == node->valuedouble;
}

/* The three members a tensor has, each once; any other is an error. */
struct members {
    const cJSON *dtype, *shape, *offsets;
};

static bool find_members(const struct reading *in, const cJSON *node, struct members *out)
{
    *out = (struct members){ 0 };
    for (const cJSON *member = node->child; member != NULL; member = member->next) {
        const cJSON **place = strcmp(member->string, "dtype") == 0          ? &out->dtype
                              : strcmp(member->string, "shape") == 0        ? &out->shape
                              : strcmp(member->string, "data_offsets") == 0 ? &out->offsets
                                                                            : NULL;
        if (place == NULL || *place != NULL)
            return fail_tensor(in, node, "has a member that is unknown or there twice");
        *place = member;
    }
    if (!cJSON_IsString(out->dtype) || strlen(out->dtype->valuestring) >= SAFETENSORS_DTYPE)
        return fail_tensor(in, node, "has no dtype");
    if (!cJSON_IsArray(out->shape))
        return fail_tensor(in, node, "has no shape");
    if (cJSON_GetArraySize(out->offsets) != 2)
        return fail_tensor(in, node, "has no data_offsets of two numbers");
    return true;
}

/* Elements of a shape, and how it is shown. */
static bool read_shape(const struct reading *in, const cJSON *node, const cJSON *shape,
                       struct tensor *tensor, uint64_t *elements)
{
    struct text shown;
    text_init(&shown);
    bool ok = true;
    *elements = 1;
    for (const cJSON *size = shape->child; ok && size != NULL; size = size->next) {
        uint64_t value = 0;
        ok = is_whole(size, &value) && !__builtin_mul_overflow(*elements, value, elements);
        text_addf(&shown, "%s%" PRIu64, size == shape->child ? "" : "x", value);
    }
    tensor->shape = copy_shown(shown.length != 0 ? shown.at : "scalar");
    text_free(&shown);
    return ok || fail_tensor(in, node, "has a shape that is no list of sizes");
}

static bool read_tensor(const struct reading *in, const cJSON *node, struct tensor *tensor)
{
    struct members members;
    uint64_t elements, end;

    if (!cJSON_IsObject(node))
        return fail_tensor(in, node, "is no object");
    if (!find_members(in, node, &members) ||
        !read_shape(in, node, members.shape, tensor, &elements))
        return false;
    if (!is_whole(members.offsets->child, &tensor->begin) ||
        !is_whole(members.offsets->child->next, &end) || end < tensor->begin)
        return fail_tensor(in, node, "has data_offsets that are no range of bytes");

    tensor->bytes = end - tensor->begin;
    strcpy(tensor->dtype, members.dtype->valuestring);
    for (size_t i = 0; i < COUNT(weights); i++) {
        if (strcmp(tensor->dtype, weights[i].name) == 0) {
            tensor->is_weight = true;
            tensor->type = weights[i].type;
        }
    }
    for (size_t i = 0; i < COUNT(dtypes); i++) {
        if (strcmp(tensor->dtype, dtypes[i].name) == 0 &&
            (elements > UINT64_MAX / 64 || elements * dtypes[i].bits != tensor->bytes * 8))
            return fail_tensor(in, node, "has data_offsets that do not fit its shape");
    }
    return true;
}

/* Strings only. It is copied as it stands, so nothing else matters. */
static bool check_metadata(const struct reading *in, const cJSON *node)
{
    bool ok = cJSON_IsObject(node);
    for (const cJSON *member = ok ? node->child : NULL; member != NULL; member = member->next)
        ok = ok && cJSON_IsString(member);
    return ok || fail_byte(in, node_offset(in->text->at, in->root, node),
                           "__metadata__ is no object of strings");
}

static int by_name(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;
    return strcmp((*x)->string, (*y)->string);
}

/* cJSON lets a name stand twice. */
static bool check_names(const struct reading *in, size_t count)
{
    const cJSON **nodes = mem_array(count, sizeof *nodes);
    size_t filled = 0;
    for (const cJSON *node = in->root->child; node != NULL; node = node->next)
        nodes[filled++] = node;
    qsort(nodes, count, sizeof *nodes, by_name);

    bool ok = true;
    for (size_t i = 1; ok && i < count; i++)
        ok = by_name(&nodes[i - 1], &nodes[i]) != 0 ||
             fail_tensor(in, nodes[i], "is there twice");
    mem_free(nodes);
    return ok;
}

static int by_place(const void *a, const void *b)
{
    const struct tensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->bytes != y->bytes ? (x->bytes < y->bytes ? -1 : 1) : strcmp(x->name, y->name);
}

/* Put tensors in the order of their data and look for gaps. */
static bool check_places(const struct reading *in, struct tensors *tensors)
{
    qsort(tensors->at, tensors->count, sizeof *tensors->at, by_place);
    for (size_t i = 0; i < tensors->count; i++) {
        const struct tensor *tensor = &tensors->at[i];
        if (tensor->begin != tensors->bytes)
            return diag_fail(in->diag, (struct loc){ .file = in->file },
                             "byte %" PRIu64 ": tensor '%.*s' begins at %" PRIu64
                             " of the data; expected %" PRIu64,
                             in->base, SHOWN, tensor->name, tensor->begin, tensors->bytes);
        tensors->bytes += tensor->bytes;
    }
    return true;
}

static bool read_all(const struct reading *in, struct tensors *out)
{
    size_t count = 0;
    if (!cJSON_IsObject(in->root))
        return fail_byte(in, 0, "the header is no JSON object");
    for (const cJSON *node = in->root->child; node != NULL; node = node->next)
        count++;
    if (!check_names(in, count))
        return false;

    out->at = mem_array(count, sizeof *out->at);
    for (const cJSON *node = in->root->child; node != NULL; node = node->next) {
        if (strcmp(node->string, "__metadata__") == 0) {
            if (!check_metadata(in, node))
                return false;
            continue;
        }
        struct tensor *tensor = &out->at[out->count++];
        tensor->name = copy_shown(node->string);
        if (!read_tensor(in, node, tensor))
            return false;
    }
    return check_places(in, out);
}

/* To cJSON a string would end at a zero. */
static bool check_zeros(const struct reading *in)
{
    const struct text *text = in->text;
    const char *zero = memchr(text->at, '\0', text->length);
    const char *escaped = zero == NULL ? strstr(text->at, "\\u0000") : NULL;
    const char *at = zero != NULL ? zero : escaped;
    return at == NULL || fail_byte(in, (size_t)(at - text->at), "zero character");
}

bool tensors_read(const struct text *text, const char *file, uint64_t base, struct tensors *out,
                  struct diag *diag)
{
    struct reading in = { .text = text, .file = file, .base = base, .diag = diag };
    *out = (struct tensors){ 0 };
    if (!check_zeros(&in))
        return false;

    const char *end = text->at;
    cJSON *root = cJSON_ParseWithLengthOpts(text->at, text->length + 1, &end, true);
    in.root = root;
    bool ok = root != NULL ||
              fail_byte(&in, (size_t)(end - text->at),
                        *end == '\0' ? "the JSON ends too early" : "not JSON from here on");
    ok = ok && read_all(&in, out);
    cJSON_Delete(root);
    if (!ok)
        tensors_free(out);
    return ok;
}

void tensors_free(struct tensors *tensors)
{
    for (size_t i = 0; i < tensors->count; i++) {
        mem_free(tensors->at[i].name);
        mem_free(tensors->at[i].shape);
    }
    mem_free(tensors->at);
    *tensors = (struct tensors){ 0 };
}

void tensors_describe(const char *name, enum dtype type, const uint64_t *shape, size_t rank,
                      struct text *out)
{
    uint64_t elements = 1;
    text_addf(out, "{\"%s\":{\"dtype\":\"%s\",\"shape\":[", name, safetensors_dtype(type));
    for (size_t i = 0; i < rank; i++) {
        text_addf(out, "%s%" PRIu64, i == 0 ? "" : ",", shape[i]);
        elements *= shape[i];
    }
    text_addf(out, "],\"data_offsets\":[0,%" PRIu64 "]}}", dtype_bytes(type, elements));
    while (out->length % 8 != 0)
        text_addf(out, " ");
}
