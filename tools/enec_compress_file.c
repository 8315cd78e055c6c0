/* npusim enec compress: a file of tensors becomes an .enec file. */
#include "kernels/enec/enec_search.h"
#include "sim/file_out.h"
#include "sim/mem.h"
#include "tools/enec_commands.h"
#include "tools/enec_report.h"
#include "tools/enec_source.h"
#include "tools/outputs.h"
#include "tools/progress.h"

#include <string.h>

#define WORTH_IT 32768 /* bytes; the published code leaves smaller tensors alone */

static const struct argp_option options[] = {
    ENEC_OPTION_OUTPUT("Where to (FILE.enec)"),
    ENEC_OPTION_DTYPE,
    { "shape", ENEC_KEY_SHAPE, "SIZES", 0, "Of a raw tensor, kept for `info`: 4096x128", 0 },
    { "params", ENEC_KEY_PARAMS, "B,N,M", 0, "For all tensors, in place of the search: 121,6,3",
      0 },
    { "aivs", ENEC_KEY_AIVS, "COUNT", 0, "Vector cores that the streams are for (48)", 0 },
    ENEC_OPTION_JSON,
    { 0 },
};

static const char doc[] =
    "Compresses a .safetensors file, known by its name, or any other file as one raw tensor of "
    "a given --dtype. (b, n, m) is searched for each tensor. What is not BF16, F16 or F32, "
    "shorter than 32 KiB, or not made shorter is stored as it is. `decompress` restores the "
    "very same file.\v"
    "Examples:\n"
    "  npusim enec compress model.safetensors -o model.enec\n"
    "  npusim enec compress weights.bin --dtype bf16 --shape 4096x4096";

/* A tensor on its way into the file. */
struct job {
    const struct enec_args *args;
    const struct enec_source *source;
    struct file_out *out;
    struct diag *diag;
};

static struct enec_params params_for(const struct job *job, const struct tensor *tensor,
                                     const uint8_t *data, uint64_t elements)
{
    struct enec_params params = job->args->params;
    params.type = tensor->type;
    if (!job->args->forced) {
        struct enec_histogram histogram = { { 0 } };
        enec_count(tensor->type, data, elements, &histogram);
        struct enec_choice choice = enec_search(&histogram);
        params.b = choice.b;
        params.n = choice.n;
        params.m = choice.m;
    }
    return params;
}

/* A mistake about one of many tensors names it. */
static bool fail_tensor(const struct job *job, const struct tensor *tensor,
                        const struct diag *why)
{
    return diag_fail(job->diag, (struct loc){ .file = job->args->input },
                     "tensor '%.60s': %.160s", tensor->name, why->text);
}

/* The stream of a tensor, or NULL, in which case *ok tells whether it is to be stored. */
static uint8_t *stream_of(const struct job *job, const struct tensor *tensor,
                          const uint8_t *data, struct enec_entry *entry, bool *ok)
{
    uint64_t elements = tensor->bytes / (dtype_info[tensor->type].bits / 8);
    struct enec_layout layout;
    struct diag why = { 0 };

    entry->params = params_for(job, tensor, data, elements);
    *ok = enec_check(&entry->params, &why) || fail_tensor(job, tensor, &why);
    if (!*ok || !enec_layout(&entry->params, elements, &layout, &why))
        return NULL; /* too long for a stream: stored */
    uint8_t *stream = mem_new((size_t)layout.most);
    *ok = enec_compress(&entry->params, data, elements, stream, &entry->bytes, &why) ||
          fail_tensor(job, tensor, &why);
    if (*ok && entry->bytes < tensor->bytes)
        return stream;
    mem_free(stream);
    return NULL;
}

static bool add_tensor(const struct job *job, size_t i, struct enec_entry *entry)
{
    const struct tensor *tensor = &job->source->index.tensors.at[i];
    uint8_t *data = enec_source_read(job->source, i, job->diag), *stream = NULL;
    if (data == NULL)
        return false;

    bool ok = true;
    if (tensor->is_weight && tensor->bytes >= WORTH_IT)
        stream = stream_of(job, tensor, data, entry, &ok);
    entry->coding = stream != NULL ? ENEC_STREAM : ENEC_STORED;
    entry->bytes = stream != NULL ? entry->bytes : tensor->bytes;
    entry->checksum = enec_checksum(data, (size_t)tensor->bytes);
    ok = ok && file_out_add(job->out, stream != NULL ? stream : data, (size_t)entry->bytes,
                            job->diag);
    mem_free(stream);
    mem_free(data);
    return ok;
}

/* Room for the index first, the tensors, and then the index. */
static bool add_all(const struct job *job, struct enec_index *index)
{
    struct text text;
    struct progress progress;
    text_init(&text);
    index->entries = mem_array(index->tensors.count, sizeof *index->entries);
    index->bytes = enec_index_bytes(index);
    enec_index_write(index, &text);
    bool ok = file_out_add(job->out, text.at, text.length, job->diag);

    progress_begin(&progress, "compressing", index->tensors.bytes);
    for (size_t i = 0; ok && i < index->tensors.count; i++) {
        ok = add_tensor(job, i, &index->entries[i]);
        index->bytes += index->entries[i].bytes;
        progress_add(&progress, index->tensors.at[i].bytes);
    }
    progress_end(&progress);

    text_clear(&text);
    enec_index_write(index, &text);
    ok = ok && file_out_patch(job->out, 0, text.at, text.length, job->diag);
    text_free(&text);
    return ok;
}

static bool compress_to(const char *output, const struct enec_args *args,
                        struct enec_source *source, struct diag *diag)
{
    struct file_out out;
    struct job job = { .args = args, .source = source, .out = &out, .diag = diag };

    if (!outputs_check(&(struct output){ "-o", output }, 1, diag) ||
        !enec_is_other(args->input, output, diag) || !file_out_open(&out, output, diag))
        return false;
    if (!add_all(&job, &source->index)) {
        file_out_drop(&out);
        return false;
    }
    return file_out_keep(&out, diag) && enec_report(output, &source->index, args->json, diag);
}

enum status enec_command_compress(int argc, char **argv, struct diag *diag)
{
    struct enec_args args;
    struct enec_source source;

    if (!enec_args_parse(argc, argv, options, "FILE", doc, &args, diag) ||
        !enec_source_open(&source, &args, diag))
        return STATUS_BAD_INPUT;

    struct text output;
    text_init(&output);
    text_addf(&output, "%s.enec", args.input);
    bool ok = compress_to(args.output != NULL ? args.output : output.at, &args, &source, diag);
    text_free(&output);
    enec_source_close(&source);
    return ok ? STATUS_RIGHT : STATUS_BAD_INPUT;
}
