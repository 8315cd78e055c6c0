#include "tools/storage.h"

#include "kernels/data.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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

static uint64_t tensor_elements(const struct workload *work, size_t tensor)
{
    uint64_t elements = 1;
    for (unsigned d = 0; d < work->kernel->tensors[tensor].dims; d++)
        elements *= (uint64_t)ktensor_dim(work->kernel, tensor, d);
    return elements;
}

/* The reference of a built-in holds its operands and its result as doubles; bytes
 * that are only copied and packed weights it reads in place. */
static uint64_t reference_bytes(const struct workload *work, size_t tensor)
{
    const struct ktensor *info = &work->kernel->tensors[tensor];
    bool held = work->spec != NULL && work->spec->check != NULL && info->role != TENSOR_WORK &&
                info->dtype != DT_u8 && info->dtype != DT_i4;
    return held ? tensor_elements(work, tensor) * sizeof(double) : 0;
}

static bool check_limit(uint64_t bytes, uint64_t limit, const char *what, bool timing,
                        struct diag *diag)
{
    return bytes <= limit ||
           diag_fail(diag, loc_nowhere(),
                     "the tensors%s take %llu bytes; expected at most %llu, %s%s",
                     timing ? "" : " and their reference", (unsigned long long)bytes,
                     (unsigned long long)limit, what,
                     timing ? "" : "; --timing simulates without data");
}

/* Half of the host's memory is left to others. */
static bool check_size(const struct workload *work, const struct user_data *user, bool timing,
                       struct diag *diag)
{
    uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;
    struct rlimit limit;
    uint64_t total = 0;

    for (size_t i = 0; i < work->kernel->tensor_count; i++) {
        total += is_stored(work, i, timing) ? tensor_bytes(work, i) : 0;
        total += timing ? 0 : reference_bytes(work, i);
        total += user->expect[i] != NULL ? tensor_bytes(work, i) : 0;
    }
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        !check_limit(total, limit.rlim_cur, "the address space of a process (ulimit -v)",
                     timing, diag))
        return false;
    return check_limit(total, half, "half of this machine's memory", timing, diag);
}

static bool fill(const struct storage *storage, const struct workload *work,
                 const struct user_data *user, size_t tensor, uint64_t seed, struct diag *diag)
{
    uint8_t *data = storage->tensors[tensor];
    const struct ktensor *info = &work->kernel->tensors[tensor];
    bool filled;

    if (!user_data_fill(user, work->kernel, tensor, data, seed, &filled, diag))
        return false;
    if (filled)
        return true;
    if (info->role != TENSOR_IN && info->role != TENSOR_INOUT) {
        if (!storage->timing)
            memset(data, UNWRITTEN, tensor_bytes(work, tensor));
    } else if (work->spec != NULL) {
        work->spec->fill(work, tensor, data, seed);
    } else {
        data_random(info->dtype, data, tensor_elements(work, tensor), 1, seed + tensor);
    }
    return true;
}

bool storage_fill(const struct storage *storage, const struct workload *work,
                  const struct user_data *user, uint64_t seed, struct diag *diag)
{
    for (size_t i = 0; i < storage->count; i++) {
        if (storage->tensors[i] != NULL && !fill(storage, work, user, i, seed, diag))
            return false;
    }
    return true;
}

bool storage_init(struct storage *storage, const struct workload *work,
                  const struct user_data *user, bool timing, uint64_t seed, struct diag *diag)
{
    size_t count = work->kernel->tensor_count;

    *storage = (struct storage){ .tensors = mem_array(count, sizeof *storage->tensors),
                                 .count = count,
                                 .timing = timing };
    if (!check_size(work, user, timing, diag))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_stored(work, i, timing))
            continue;
        storage->any = true;
        storage->tensors[i] = mem_new(tensor_bytes(work, i));
    }
    return storage_fill(storage, work, user, seed, diag);
}

void storage_free(struct storage *storage)
{
    for (size_t i = 0; i < storage->count; i++)
        mem_free(storage->tensors[i]);
    mem_free(storage->tensors);
    *storage = (struct storage){ 0 };
}
