#include "tools/storage.h"

#include "kernels/data.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>
#include <unistd.h>

static const struct loc nowhere = { .file = NULL };

/* As an f16 -0.022, as an f32 -2.9e-16: small, but seldom right. */
#define UNWRITTEN 0xA5

static uint64_t tensor_bytes(const struct workload *work, size_t tensor)
{
    uint64_t bytes;
    bool sized = ktensor_bytes(work->kernel, tensor, &bytes);
    SIM_ASSERT(sized);
    return bytes;
}

static bool is_stored(const struct workload *work, size_t tensor, bool timing)
{
    return !timing || work->kernel->tensors[tensor].control;
}

/* The rest of the host's memory is left to the reference and to others. */
static bool check_size(const struct workload *work, bool timing, struct diag *diag)
{
    uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;
    uint64_t total = 0;

    for (size_t i = 0; i < work->kernel->tensor_count; i++)
        total += is_stored(work, i, timing) ? tensor_bytes(work, i) : 0;
    return total <= half ||
           diag_fail(diag, nowhere,
                     "the tensors take %llu bytes, more than half of this machine's memory; "
                     "--timing simulates without data",
                     (unsigned long long)total);
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    const struct ktensor *info = &work->kernel->tensors[tensor];
    uint64_t elements = 1;

    if (info->role != TENSOR_IN && info->role != TENSOR_INOUT) {
        memset(data, UNWRITTEN, tensor_bytes(work, tensor));
    } else if (work->spec != NULL) {
        work->spec->fill(work, tensor, data, seed);
    } else {
        for (unsigned d = 0; d < info->dims; d++)
            elements *= (uint64_t)ktensor_dim(work->kernel, tensor, d);
        data_random(info->dtype, data, elements, 1, seed + tensor);
    }
}

bool storage_init(struct storage *storage, const struct workload *work, bool timing,
                  uint64_t seed, struct diag *diag)
{
    size_t count = work->kernel->tensor_count;

    *storage = (struct storage){ .tensors = mem_array(count, sizeof *storage->tensors),
                                 .count = count };
    if (!check_size(work, timing, diag))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_stored(work, i, timing))
            continue;
        storage->any = true;
        storage->tensors[i] = mem_new(tensor_bytes(work, i));
        fill(work, i, storage->tensors[i], seed);
    }
    return true;
}

void storage_free(struct storage *storage)
{
    for (size_t i = 0; i < storage->count; i++)
        mem_free(storage->tensors[i]);
    mem_free(storage->tensors);
    *storage = (struct storage){ 0 };
}
