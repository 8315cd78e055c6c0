#include "tools/enec_source.h"

#include "sim/mem.h"

#include <inttypes.h>
#include <string.h>

static bool has_suffix(const char *path, const char *suffix)
{
    size_t length = strlen(path), tail = strlen(suffix);
    return length >= tail && strcmp(path + length - tail, suffix) == 0;
}

/* --- .safetensors --- */

static bool fail_length(const struct enec_source *source, uint64_t length, struct diag *diag)
{
    return diag_fail(diag, (struct loc){ .file = source->in.path },
                     "byte 0: the header has %" PRIu64 " bytes; expected at most %" PRIu64
                     " in a file of %" PRIu64,
                     length, SAFETENSORS_TEXT_MAX, source->in.bytes);
}

static bool open_safetensors(struct enec_source *source, struct diag *diag)
{
    const struct file_in *in = &source->in;
    struct enec_index *index = &source->index;
    uint8_t raw[SAFETENSORS_LENGTH];
    uint64_t length = 0;

    index->kind = ENEC_SAFETENSORS;
    if (!file_in_read(in, 0, raw, sizeof raw, diag))
        return false;
    for (unsigned i = 0; i < sizeof raw; i++)
        length |= (uint64_t)raw[i] << (8 * i);
    if (length > in->bytes - sizeof raw || length > SAFETENSORS_TEXT_MAX)
        return fail_length(source, length, diag);

    char *text = mem_new((size_t)length + 1);
    bool ok = file_in_read(in, sizeof raw, text, (size_t)length, diag);
    text_add(&index->text, text, (size_t)length);
    mem_free(text);
    if (!ok || !tensors_read(&index->text, in->path, sizeof raw, &index->tensors, diag))
        return false;

    source->data = sizeof raw + length;
    return source->data + index->tensors.bytes == in->bytes ||
           diag_fail(diag, (struct loc){ .file = in->path },
                     "byte %" PRIu64 ": the data has %" PRIu64 " bytes; expected %" PRIu64,
                     source->data, in->bytes - source->data, index->tensors.bytes);
}

/* --- raw --- */

static bool open_raw(struct enec_source *source, const struct enec_args *args,
                     struct diag *diag)
{
    struct enec_index *index = &source->index;
    uint64_t bytes = source->in.bytes, size, elements = 1;

    index->kind = ENEC_RAW;
    if (!args->has_type)
        return diag_fail(diag, (struct loc){ .file = args->input },
                         "the type of a raw tensor is not given: --dtype bf16, f16 or f32");
    size = dtype_info[args->type].bits / 8;
    if (bytes % size != 0)
        return diag_fail(diag, (struct loc){ .file = args->input },
                         "%" PRIu64 " bytes; expected a multiple of %" PRIu64 " for %s", bytes,
                         size, dtype_info[args->type].name);
    bool fits = true;
    for (size_t i = 0; i < args->rank; i++)
        fits = fits && !__builtin_mul_overflow(elements, args->shape[i], &elements);
    if (args->rank != 0 && (!fits || elements != bytes / size))
        return diag_fail(diag, (struct loc){ .file = args->input },
                         "%" PRIu64 " elements; the shape has another number of them",
                         bytes / size);

    elements = bytes / size;
    tensors_describe("tensor", args->type, args->rank != 0 ? args->shape : &elements,
                     args->rank != 0 ? args->rank : 1, &index->text);
    return tensors_read(&index->text, args->input, 0, &index->tensors, diag);
}

static bool is_safetensors(const struct enec_args *args)
{
    return has_suffix(args->input, ".safetensors");
}

static bool check(const struct enec_args *args, struct diag *diag)
{
    if (args->input == NULL)
        return diag_fail(diag, loc_nowhere(), "no file is given");
    return !is_safetensors(args) || (!args->has_type && args->rank == 0) ||
           diag_fail(diag, (struct loc){ .file = args->input },
                     "a .safetensors file has types and shapes of its own; expected no --dtype "
                     "and no --shape");
}

bool enec_source_open(struct enec_source *source, const struct enec_args *args,
                      struct diag *diag)
{
    *source = (struct enec_source){ 0 };
    if (!check(args, diag) || !file_in_open(&source->in, args->input, diag))
        return false;
    text_init(&source->index.text);
    if (is_safetensors(args) ? open_safetensors(source, diag) : open_raw(source, args, diag))
        return true;
    enec_source_close(source);
    return false;
}

void enec_source_close(struct enec_source *source)
{
    file_in_close(&source->in);
    enec_index_free(&source->index);
}

uint8_t *enec_source_read(const struct enec_source *source, size_t i, struct diag *diag)
{
    const struct tensor *tensor = &source->index.tensors.at[i];
    uint8_t *data = mem_new((size_t)tensor->bytes);
    if (file_in_read(&source->in, source->data + tensor->begin, data, (size_t)tensor->bytes,
                     diag))
        return data;
    mem_free(data);
    return NULL;
}
