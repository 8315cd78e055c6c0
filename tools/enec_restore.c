#include "sim/mem.h"
#include "tools/enec_wrapper.h"

#include <inttypes.h>

static uint8_t *read_stored(const struct file_in *in, const struct enec_entry *entry,
                            struct diag *diag)
{
    uint8_t *bytes = mem_new((size_t)entry->bytes);
    if (file_in_read(in, entry->at, bytes, (size_t)entry->bytes, diag))
        return bytes;
    mem_free(bytes);
    return NULL;
}

static uint8_t *read_stream(const struct file_in *in, const struct enec_entry *entry,
                            uint64_t bytes, struct diag *diag)
{
    uint8_t *stored = read_stored(in, entry, diag);
    if (stored == NULL)
        return NULL;

    const struct enec_stream stream = {
        .bytes = stored, .length = entry->bytes, .file = in->path, .at = entry->at
    };
    uint64_t elements = bytes / (dtype_info[entry->params.type].bits / 8);
    uint8_t *data = mem_new((size_t)bytes);
    bool ok = enec_decompress(&entry->params, &stream, data, elements, diag);
    mem_free(stored);
    if (ok)
        return data;
    mem_free(data);
    return NULL;
}

uint8_t *enec_restore(const struct file_in *in, const struct enec_index *index, size_t i,
                      struct diag *diag)
{
    const struct enec_entry *entry = &index->entries[i];
    const struct tensor *tensor = &index->tensors.at[i];
    uint8_t *data = entry->coding == ENEC_STREAM ? read_stream(in, entry, tensor->bytes, diag)
                                                 : read_stored(in, entry, diag);
    if (data == NULL)
        return NULL;

    uint64_t sum = enec_checksum(data, (size_t)tensor->bytes);
    if (sum == entry->checksum)
        return data;
    diag_fail(diag, (struct loc){ .file = in->path },
              "byte %" PRIu64 ": the checksum of tensor '%.60s' is %016" PRIx64
              "; expected %016" PRIx64,
              entry->at, tensor->name, sum, entry->checksum);
    mem_free(data);
    return NULL;
}
