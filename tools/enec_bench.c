/*
 * npusim enec bench: ratio and speed of the codec on one core, beside the general-purpose
 * compressors one would otherwise take.
 */
#include "kernels/enec/enec_search.h"
#include "kernels/enec/enec_synth.h"
#include "sim/mem.h"
#include "tools/enec_commands.h"
#include "tools/enec_model.h"
#include "tools/enec_source.h"
#include "tools/json_out.h"

#ifdef NPUSIM_WITH_ZSTD
#include <zstd.h>
#endif
#ifdef NPUSIM_WITH_LZ4
#include <lz4.h>
#endif

#include <string.h>
#include <time.h>

#define ROUNDS 5 /* of which the fastest counts */

static const struct argp_option options[] = {
    ENEC_OPTION_DTYPE,
    { "elements", ENEC_KEY_ELEMENTS, "COUNT", 0, "Of the synthetic weights (16777216)", 0 },
    ENEC_OPTION_JSON,
    { 0 },
};

static const char doc[] =
    "Compresses and decompresses the largest BF16, F16 or F32 tensor of FILE, or synthetic "
    "weights of llama-3.1-8b without one, in memory and on one core: the least processor "
    "time of five rounds. zstd -1 and lz4 are there when they were built in.\v"
    "Examples:\n"
    "  npusim enec bench\n"
    "  npusim enec bench model.safetensors --json -";

struct subject {
    struct enec_params params;
    const uint8_t *data;
    uint64_t elements;
    size_t bytes;
};

/* A compressor: `most` bytes at most; 0 from the others is a failure. */
struct method {
    const char *name;
    size_t (*most)(const struct subject *subject);
    size_t (*compress)(const struct subject *subject, uint8_t *out, size_t most);
    bool (*decompress)(const struct subject *subject, const uint8_t *in, size_t length,
                       uint8_t *out);
};

struct measured {
    const char *name;
    size_t bytes;
    double compress, decompress; /* seconds */
};

/* --- methods --- */

static size_t enec_most(const struct subject *subject)
{
    struct enec_layout layout;
    struct diag diag = { 0 };
    return enec_layout(&subject->params, subject->elements, &layout, &diag)
               ? (size_t)layout.most
               : 0;
}

static size_t enec_do(const struct subject *subject, uint8_t *out, size_t most)
{
    uint64_t bytes;
    struct diag diag = { 0 };
    (void)most;
    return enec_compress(&subject->params, subject->data, subject->elements, out, &bytes, &diag)
               ? (size_t)bytes
               : 0;
}

static bool enec_undo(const struct subject *subject, const uint8_t *in, size_t length,
                      uint8_t *out)
{
    struct enec_stream stream = { .bytes = in, .length = length };
    struct diag diag = { 0 };
    return enec_decompress(&subject->params, &stream, out, subject->elements, &diag);
}

#ifdef NPUSIM_WITH_ZSTD
static size_t zstd_most(const struct subject *subject)
{
    return ZSTD_compressBound(subject->bytes);
}

static size_t zstd_do(const struct subject *subject, uint8_t *out, size_t most)
{
    size_t bytes = ZSTD_compress(out, most, subject->data, subject->bytes, 1);
    return ZSTD_isError(bytes) ? 0 : bytes;
}

static bool zstd_undo(const struct subject *subject, const uint8_t *in, size_t length,
                      uint8_t *out)
{
    return ZSTD_decompress(out, subject->bytes, in, length) == subject->bytes;
}
#endif

#ifdef NPUSIM_WITH_LZ4
/* 0 for what is too much for lz4's int. */
static size_t lz4_most(const struct subject *subject)
{
    return subject->bytes > LZ4_MAX_INPUT_SIZE ? 0
                                               : (size_t)LZ4_compressBound((int)subject->bytes);
}

static size_t lz4_do(const struct subject *subject, uint8_t *out, size_t most)
{
    return (size_t)LZ4_compress_default((const char *)subject->data, (char *)out,
                                        (int)subject->bytes, (int)most);
}

static bool lz4_undo(const struct subject *subject, const uint8_t *in, size_t length,
                     uint8_t *out)
{
    return LZ4_decompress_safe((const char *)in, (char *)out, (int)length,
                               (int)subject->bytes) == (int)subject->bytes;
}
#endif

static const struct method methods[] = {
    { "enec", enec_most, enec_do, enec_undo },
#ifdef NPUSIM_WITH_ZSTD
    { "zstd -1", zstd_most, zstd_do, zstd_undo },
#endif
#ifdef NPUSIM_WITH_LZ4
    { "lz4", lz4_most, lz4_do, lz4_undo },
#endif
};

#define METHODS (sizeof methods / sizeof *methods)

/* --- measuring --- */

/* Of this thread's processor time: others may use the machine. */
static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

/* False when what comes back is not what went in. */
static bool measure(const struct method *method, const struct subject *subject,
                    struct measured *out)
{
    size_t most = method->most(subject);
    uint8_t *packed = mem_new(most), *back = mem_new(subject->bytes);
    bool ok = most != 0;

    *out = (struct measured){ .name = method->name, .compress = 1e9, .decompress = 1e9 };
    for (unsigned round = 0; ok && round < ROUNDS; round++) {
        double began = now_seconds();
        out->bytes = method->compress(subject, packed, most);
        double middle = now_seconds();
        ok = out->bytes != 0 && method->decompress(subject, packed, out->bytes, back);
        out->decompress = lesser(out->decompress, now_seconds() - middle);
        out->compress = lesser(out->compress, middle - began);
    }
    ok = ok && memcmp(back, subject->data, subject->bytes) == 0;
    mem_free(packed);
    mem_free(back);
    return ok;
}

/* --- what is measured --- */

static uint8_t *synthetic(const struct enec_args *args, struct subject *out, struct diag *diag)
{
    const struct enec_model *model = enec_model_named("llama-3.1-8b", diag);
    uint8_t *data = mem_new(dtype_bytes(model->type, args->elements));
    enec_synth(model, 1, 0, args->elements, data);
    out->params.type = model->type;
    out->elements = args->elements;
    return data;
}

static uint8_t *largest(const struct enec_args *args, struct subject *out, struct diag *diag)
{
    struct enec_source source;
    if (!enec_source_open(&source, args, diag))
        return NULL;

    const struct tensors *tensors = &source.index.tensors;
    size_t best = tensors->count;
    for (size_t i = 0; i < tensors->count; i++) {
        if (tensors->at[i].is_weight &&
            (best == tensors->count || tensors->at[i].bytes > tensors->at[best].bytes))
            best = i;
    }
    uint8_t *data = NULL;
    if (best == tensors->count) {
        diag_fail(diag, (struct loc){ .file = args->input }, "no BF16, F16 or F32 tensor");
    } else {
        out->params.type = tensors->at[best].type;
        out->elements = tensors->at[best].bytes / (dtype_info[out->params.type].bits / 8);
        data = enec_source_read(&source, best, diag);
    }
    enec_source_close(&source);
    return data;
}

static uint8_t *choose(const struct enec_args *args, struct subject *out, struct diag *diag)
{
    struct enec_histogram histogram = { { 0 } };
    uint8_t *data = args->input == NULL ? synthetic(args, out, diag) : largest(args, out, diag);
    if (data == NULL)
        return NULL;
    enec_count(out->params.type, data, out->elements, &histogram);
    struct enec_choice choice = enec_search(&histogram);
    out->params =
        (struct enec_params){ out->params.type, choice.b, choice.n, choice.m, ENEC_AIVS };
    out->data = data;
    out->bytes = (size_t)dtype_bytes(out->params.type, out->elements);
    return data;
}

/* --- output --- */

static void print(const struct subject *subject, const struct measured *measured)
{
    printf("%.1f MB of %s, b=%u n=%u m=%u; GB/s of uncompressed data on one core\n",
           (double)subject->bytes / 1e6, dtype_info[subject->params.type].name,
           subject->params.b, subject->params.n, subject->params.m);
    printf("%-10s %8s %10s %12s\n", "", "ratio", "compress", "decompress");
    for (size_t i = 0; i < METHODS; i++)
        printf("%-10s %8.3f %10.3f %12.3f\n", measured[i].name,
               (double)subject->bytes / (double)measured[i].bytes,
               (double)subject->bytes / measured[i].compress / 1e9,
               (double)subject->bytes / measured[i].decompress / 1e9);
}

static bool write_json(const struct subject *subject, const struct measured *measured,
                       const char *json, struct diag *diag)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "version", NPUSIM_VERSION);
    json_add_count(root, "bytes", subject->bytes);
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t i = 0; i < METHODS; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddItemToArray(rows, row);
        cJSON_AddStringToObject(row, "name", measured[i].name);
        json_add_count(row, "compressed_bytes", measured[i].bytes);
        json_add_real(row, "ratio", (double)subject->bytes / (double)measured[i].bytes);
        json_add_real(row, "compress_gbps",
                      (double)subject->bytes / measured[i].compress / 1e9);
        json_add_real(row, "decompress_gbps",
                      (double)subject->bytes / measured[i].decompress / 1e9);
    }
    bool ok = json_write(root, json, diag);
    cJSON_Delete(root);
    return ok;
}

enum status enec_command_bench(int argc, char **argv, struct diag *diag)
{
    struct enec_args args;
    struct subject subject = { 0 };
    struct measured measured[METHODS];

    if (!enec_args_parse(argc, argv, options, "[FILE]", doc, &args, diag))
        return STATUS_BAD_INPUT;
    uint8_t *data = choose(&args, &subject, diag);
    if (data == NULL)
        return STATUS_BAD_INPUT;

    enum status status = STATUS_RIGHT;
    for (size_t i = 0; i < METHODS && status == STATUS_RIGHT; i++) {
        if (!measure(&methods[i], &subject, &measured[i])) {
            diag_fail(diag, loc_nowhere(), "%s does not give the data back", methods[i].name);
            status = STATUS_FAILED;
        }
    }
    if (status == STATUS_RIGHT && (args.json == NULL || strcmp(args.json, "-") != 0))
        print(&subject, measured);
    if (status == STATUS_RIGHT && args.json != NULL &&
        !write_json(&subject, measured, args.json, diag))
        status = STATUS_BAD_INPUT;
    mem_free(data);
    return status;
}
