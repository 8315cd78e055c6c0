#include "tools/user_data.h"

#include "kernels/data.h"
#include "sim/mem.h"
#include "tools/hint.h"
#include "tools/npy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void user_words_free(struct user_words *words)
{
    words_free(&words->in);
    words_free(&words->out);
    words_free(&words->expect);
    words_free(&words->range);
}

const char *user_file(const char *word)
{
    const char *equals = strchr(word, '=');
    return equals != NULL ? equals + 1 : NULL;
}

/* The tensor of "T=..."; *value becomes what follows. */
static bool find_tensor(const char *option, const char *word, const struct kernel *kernel,
                        size_t *tensor, const char **value, struct diag *diag)
{
    const char *names[KTENSORS_MAX];
    char name[KNAME_MAX];
    *value = user_file(word);
    size_t length = *value != NULL ? (size_t)(*value - word) - 1 : 0;

    if (length == 0 || length >= sizeof name || **value == '\0')
        return diag_fail(diag, loc_nowhere(), "%s is '%s'; expected TENSOR=%s", option, word,
                         strcmp(option, "--range") == 0 ? "LOW:HIGH" : "FILE.npy");
    memcpy(name, word, length);
    name[length] = '\0';
    int index = kernel_tensor(kernel, name);
    if (index >= 0) {
        *tensor = (size_t)index;
        return true;
    }
    for (size_t i = 0; i < kernel->tensor_count; i++)
        names[i] = kernel->tensors[i].name;
    return diag_fail(diag, loc_nowhere(), "%s: kernel %s has no tensor '%s'%s", option,
                     kernel->name, name, hint_among(name, names, kernel->tensor_count).text);
}

static bool fail_twice(const char *option, const char *tensor, struct diag *diag)
{
    return diag_fail(diag, loc_nowhere(), "%s is given twice for tensor '%s'", option, tensor);
}

static bool is_input(const struct ktensor *tensor)
{
    return tensor->role == TENSOR_IN || tensor->role == TENSOR_INOUT;
}

static bool check_input(const char *option, const struct ktensor *tensor, struct diag *diag)
{
    return is_input(tensor) ||
           diag_fail(diag, loc_nowhere(),
                     "%s: tensor '%s' is %s; expected one that is in or inout", option,
                     tensor->name, tensor_role_names[tensor->role]);
}

static bool bind_in(struct user_data *user, const char *word, const struct kernel *kernel,
                    struct diag *diag)
{
    const char *path;
    size_t i;

    if (!find_tensor("--in", word, kernel, &i, &path, diag) ||
        !check_input("--in", &kernel->tensors[i], diag))
        return false;
    if (user->in[i] != NULL)
        return fail_twice("--in", kernel->tensors[i].name, diag);
    user->in[i] = path;
    return npy_read(path, kernel, i, NULL, diag);
}

static bool parse_range(const char *value, struct user_range *range)
{
    char *end;
    range->given = true;
    range->low = strtod(value, &end);
    if (end == value || *end != ':')
        return false;
    value = end + 1;
    range->high = strtod(value, &end);
    return end != value && *end == '\0' && isfinite(range->low) && isfinite(range->high) &&
           range->low <= range->high;
}

/* Whole numbers are drawn as doubles, exact to 2^53. */
static bool range_fits(enum dtype type, const struct user_range *range)
{
    const struct dtype_info *info = &dtype_info[type];
    double most = info->class == DTC_FLOAT ? 3e38 : 0x1p53, least = -most;

    if (info->class == DTC_FLOAT)
        return range->low >= least && range->high <= most;
    if (info->bits < 53) {
        most = ldexp(1, (int)info->bits - (info->class == DTC_SIGNED)) - 1;
        least = info->class == DTC_SIGNED ? -most - 1 : 0;
    } else if (info->class == DTC_UNSIGNED) {
        least = 0;
    }
    return range->low >= least && range->high <= most && floor(range->low) == range->low &&
           floor(range->high) == range->high;
}

static bool bind_range(struct user_data *user, const char *word, const struct kernel *kernel,
                       struct diag *diag)
{
    const char *value;
    size_t i;

    if (!find_tensor("--range", word, kernel, &i, &value, diag) ||
        !check_input("--range", &kernel->tensors[i], diag))
        return false;
    const struct ktensor *tensor = &kernel->tensors[i];
    if (user->range[i].given)
        return fail_twice("--range", tensor->name, diag);
    if (user->in[i] != NULL)
        return diag_fail(diag, loc_nowhere(), "tensor '%s' has both --in and --range",
                         tensor->name);
    if (!parse_range(value, &user->range[i]) || !range_fits(tensor->dtype, &user->range[i]))
        return diag_fail(diag, loc_nowhere(),
                         "--range of tensor '%s' is '%s'; expected LOW:HIGH, numbers of %s",
                         tensor->name, value, dtype_info[tensor->dtype].name);
    return true;
}

static bool check_data(const char *option, bool timing, struct diag *diag)
{
    return !timing ||
           diag_fail(diag, loc_nowhere(), "%s needs data, and --timing computes none", option);
}

static bool bind_out(struct user_data *user, const char *word, const struct kernel *kernel,
                     bool timing, struct diag *diag)
{
    const char *path;
    size_t i;

    if (!check_data("--out", timing, diag) ||
        !find_tensor("--out", word, kernel, &i, &path, diag))
        return false;
    if (user->out[i] != NULL)
        return fail_twice("--out", kernel->tensors[i].name, diag);
    user->out[i] = path;
    return true;
}

static bool bind_expect(struct user_data *user, const char *word, const struct kernel *kernel,
                        bool timing, struct diag *diag)
{
    const char *path;
    size_t i;

    if (!check_data("--expect", timing, diag) ||
        !find_tensor("--expect", word, kernel, &i, &path, diag))
        return false;
    if (user->expect[i] != NULL)
        return fail_twice("--expect", kernel->tensors[i].name, diag);
    user->expect[i] = path;
    return npy_read(path, kernel, i, NULL, diag);
}

bool user_data_init(struct user_data *user, const struct user_words *words,
                    const struct kernel *kernel, bool timing, struct diag *diag)
{
    bool ok = true;

    *user = (struct user_data){ .in = { NULL } };
    for (size_t i = 0; ok && i < words->in.count; i++)
        ok = bind_in(user, words->in.at[i], kernel, diag);
    for (size_t i = 0; ok && i < words->range.count; i++)
        ok = bind_range(user, words->range.at[i], kernel, diag);
    for (size_t i = 0; ok && i < words->out.count; i++)
        ok = bind_out(user, words->out.at[i], kernel, timing, diag);
    for (size_t i = 0; ok && i < words->expect.count; i++)
        ok = bind_expect(user, words->expect.at[i], kernel, timing, diag);
    return ok;
}

void user_data_free(struct user_data *user)
{
    for (size_t i = 0; i < KTENSORS_MAX; i++)
        mem_free(user->expected[i]);
    *user = (struct user_data){ .in = { NULL } };
}

bool user_data_load(struct user_data *user, const struct kernel *kernel, struct diag *diag)
{
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        uint64_t bytes;
        if (user->expect[i] == NULL)
            continue;
        if (!ktensor_bytes(kernel, i, &bytes))
            return false;
        user->expected[i] = mem_new(bytes); /* the tensor's, not what the file claims */
        if (!npy_read(user->expect[i], kernel, i, user->expected[i], diag))
            return false;
    }
    return true;
}

bool user_data_fill(const struct user_data *user, const struct kernel *kernel, size_t tensor,
                    uint8_t *data, uint64_t seed, bool *filled, struct diag *diag)
{
    const struct user_range *range = &user->range[tensor];
    uint64_t elements = 1;

    *filled = user->in[tensor] != NULL || range->given;
    if (user->in[tensor] != NULL)
        return npy_read(user->in[tensor], kernel, tensor, data, diag);
    for (unsigned d = 0; d < kernel->tensors[tensor].dims; d++)
        elements *= (uint64_t)ktensor_dim(kernel, tensor, d);
    if (range->given)
        data_range(kernel->tensors[tensor].dtype, data, elements, range->low, range->high,
                   seed + tensor);
    return true;
}

bool user_data_write(const struct user_data *user, const struct kernel *kernel,
                     uint8_t *const *tensors, struct diag *diag)
{
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        if (user->out[i] != NULL && !npy_write(user->out[i], kernel, i, tensors[i], diag))
            return false;
    }
    return true;
}
