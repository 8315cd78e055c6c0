/* npusim enec search: the parameters that the published search gives each tensor. */
#include "kernels/enec/enec_search.h"
#include "sim/mem.h"
#include "tools/enec_commands.h"
#include "tools/enec_report.h"
#include "tools/enec_source.h"
#include "tools/json_out.h"
#include "tools/progress.h"

#include <inttypes.h>
#include <string.h>

static const struct argp_option options[] = {
    ENEC_OPTION_DTYPE,
    ENEC_OPTION_JSON,
    { 0 },
};

static const char doc[] =
    "Prints the (b, n, m) that the published search chooses from the exponents of each BF16, "
    "F16 or F32 tensor of a .safetensors file, or of a raw tensor, and the bits an element is "
    "expected to take.\v"
    "Examples:\n"
    "  npusim enec search model.safetensors\n"
    "  npusim enec search weights.bin --dtype bf16 --json -";

struct found {
    struct enec_choice choice;
    double bits, ratio; /* of an element; of the tensor, headers aside */
};

static bool search_one(const struct enec_source *source, size_t i, struct found *out,
                       struct diag *diag)
{
    const struct tensor *tensor = &source->index.tensors.at[i];
    unsigned size = dtype_info[tensor->type].bits;
    struct enec_histogram histogram = { { 0 } };
    uint8_t *data = enec_source_read(source, i, diag);
    if (data == NULL)
        return false;
    enec_count(tensor->type, data, tensor->bytes * 8 / size, &histogram);
    mem_free(data);
    out->choice = enec_search(&histogram);
    out->bits = enec_raw_bits(tensor->type) + out->choice.exponent_bits;
    out->ratio = size / out->bits;
    return true;
}

static bool search_all(const struct enec_source *source, struct found *found, struct diag *diag)
{
    const struct tensors *tensors = &source->index.tensors;
    struct progress progress;
    bool ok = true;
    progress_begin(&progress, "searching", tensors->bytes);
    for (size_t i = 0; ok && i < tensors->count; i++) {
        if (tensors->at[i].is_weight)
            ok = search_one(source, i, &found[i], diag);
        progress_add(&progress, tensors->at[i].bytes);
    }
    progress_end(&progress);
    return ok;
}

static void print(const struct tensors *tensors, const struct found *found)
{
    int width = enec_name_width(tensors);
    printf("%-*s  %-5s %-14s  %-13s %9s %12s %6s\n", width, "tensor", "dtype", "shape",
           "(b, n, m)", "exponent", "bits/element", "ratio");
    for (size_t i = 0; i < tensors->count; i++) {
        const struct tensor *tensor = &tensors->at[i];
        const struct enec_choice *choice = &found[i].choice;
        if (!tensor->is_weight)
            continue;
        char params[24];
        snprintf(params, sizeof params, "(%u, %u, %u)", choice->b, choice->n, choice->m);
        printf("%-*.*s  %-5s %-14s  %-13s %9.4f %12.4f %6.3f\n", width, width, tensor->name,
               tensor->dtype, tensor->shape, params, choice->exponent_bits, found[i].bits,
               found[i].ratio);
    }
}

static bool write_json(const struct tensors *tensors, const struct found *found,
                       const struct enec_args *args, struct diag *diag)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "version", NPUSIM_VERSION);
    cJSON_AddStringToObject(root, "file", args->input);
    cJSON *list = cJSON_AddArrayToObject(root, "tensors");
    for (size_t i = 0; i < tensors->count; i++) {
        const struct tensor *tensor = &tensors->at[i];
        if (!tensor->is_weight)
            continue;
        cJSON *row = cJSON_CreateObject();
        cJSON_AddItemToArray(list, row);
        cJSON_AddStringToObject(row, "name", tensor->name);
        cJSON_AddStringToObject(row, "dtype", tensor->dtype);
        cJSON_AddStringToObject(row, "shape", tensor->shape);
        json_add_count(row, "b", found[i].choice.b);
        json_add_count(row, "n", found[i].choice.n);
        json_add_count(row, "m", found[i].choice.m);
        json_add_real(row, "exponent_bits", found[i].choice.exponent_bits);
        json_add_real(row, "element_bits", found[i].bits);
        json_add_real(row, "ratio", found[i].ratio);
    }
    bool ok = json_write(root, args->json, diag);
    cJSON_Delete(root);
    return ok;
}

enum status enec_command_search(int argc, char **argv, struct diag *diag)
{
    struct enec_args args;
    struct enec_source source;

    if (!enec_args_parse(argc, argv, options, "FILE", doc, &args, diag) ||
        !enec_source_open(&source, &args, diag))
        return STATUS_BAD_INPUT;

    const struct tensors *tensors = &source.index.tensors;
    struct found *found = mem_array(tensors->count, sizeof *found);
    bool ok = search_all(&source, found, diag);
    if (ok && (args.json == NULL || strcmp(args.json, "-") != 0))
        print(tensors, found);
    ok = ok && (args.json == NULL || write_json(tensors, found, &args, diag));
    mem_free(found);
    enec_source_close(&source);
    return ok ? STATUS_RIGHT : STATUS_BAD_INPUT;
}
