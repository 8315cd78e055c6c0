#include "tools/enec_report.h"

#include "tools/json_out.h"

#include <inttypes.h>
#include <string.h>

#define NAME_MAX_WIDTH 56

int enec_name_width(const struct tensors *tensors)
{
    size_t width = 6;
    for (size_t i = 0; i < tensors->count; i++) {
        size_t length = strlen(tensors->at[i].name);
        width = length > width ? length : width;
    }
    return (int)(width < NAME_MAX_WIDTH ? width : NAME_MAX_WIDTH);
}

static double ratio_of(uint64_t original, uint64_t compressed)
{
    return compressed == 0 ? 1 : (double)original / (double)compressed;
}

static void print(const char *file, const struct enec_index *index)
{
    const struct tensors *tensors = &index->tensors;
    int width = enec_name_width(tensors);
    size_t streams = 0;

    printf("%-*s  %-5s %-14s %15s %15s  %5s  %s\n", width, "tensor", "dtype", "shape", "bytes",
           "compressed", "ratio", "(b, n, m)");
    for (size_t i = 0; i < tensors->count; i++) {
        const struct tensor *tensor = &tensors->at[i];
        const struct enec_entry *entry = &index->entries[i];
        printf("%-*.*s  %-5s %-14s %15" PRIu64 " %15" PRIu64 "  %5.3f  ", width, width,
               tensor->name, tensor->dtype, tensor->shape, tensor->bytes, entry->bytes,
               ratio_of(tensor->bytes, entry->bytes));
        if (entry->coding == ENEC_STREAM)
            printf("(%u, %u, %u)\n", entry->params.b, entry->params.n, entry->params.m);
        else
            printf("stored\n");
        streams += entry->coding == ENEC_STREAM;
    }
    printf("%s: %zu of %zu tensors compressed, %" PRIu64 " -> %" PRIu64 " bytes, ratio %.4f\n",
           file, streams, tensors->count, enec_original_bytes(index), index->bytes,
           ratio_of(enec_original_bytes(index), index->bytes));
}

static void add_tensor(cJSON *list, const struct tensor *tensor, const struct enec_entry *entry)
{
    cJSON *row = cJSON_CreateObject();
    cJSON_AddItemToArray(list, row);
    cJSON_AddStringToObject(row, "name", tensor->name);
    cJSON_AddStringToObject(row, "dtype", tensor->dtype);
    cJSON_AddStringToObject(row, "shape", tensor->shape);
    cJSON_AddStringToObject(row, "coding", entry->coding == ENEC_STREAM ? "enec" : "stored");
    if (entry->coding == ENEC_STREAM) {
        json_add_count(row, "b", entry->params.b);
        json_add_count(row, "n", entry->params.n);
        json_add_count(row, "m", entry->params.m);
        json_add_count(row, "aivs", entry->params.aivs);
    }
    json_add_count(row, "bytes", tensor->bytes);
    json_add_count(row, "compressed_bytes", entry->bytes);
    json_add_real(row, "ratio", ratio_of(tensor->bytes, entry->bytes));
}

static bool write_json(const char *file, const struct enec_index *index, const char *json,
                       struct diag *diag)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "version", NPUSIM_VERSION);
    cJSON_AddStringToObject(root, "file", file);
    cJSON_AddStringToObject(root, "kind",
                            index->kind == ENEC_SAFETENSORS ? "safetensors" : "raw");
    json_add_count(root, "bytes", enec_original_bytes(index));
    json_add_count(root, "compressed_bytes", index->bytes);
    json_add_real(root, "ratio", ratio_of(enec_original_bytes(index), index->bytes));
    cJSON *list = cJSON_AddArrayToObject(root, "tensors");
    for (size_t i = 0; i < index->tensors.count; i++)
        add_tensor(list, &index->tensors.at[i], &index->entries[i]);
    bool ok = json_write(root, json, diag);
    cJSON_Delete(root);
    return ok;
}

bool enec_report(const char *file, const struct enec_index *index, const char *json,
                 struct diag *diag)
{
    if (json == NULL || strcmp(json, "-") != 0)
        print(file, index);
    return json == NULL || write_json(file, index, json, diag);
}
