#include "tools/nk_workload.h"

#include "kernels/ir/nk.h"
#include "kernels/ir/verify.h"
#include "sim/file.h"
#include "sim/mem.h"
#include "tools/hint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_MAX 65535 /* block_dim is 16 bits */

bool nk_is_file(const char *name)
{
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".nk") == 0;
}

struct kernel *nk_load(const char *path, const struct target *target, struct diag *diag)
{
    struct text text;
    text_init(&text);
    struct kernel *kernel = NULL;
    if (file_read(path, &text, diag))
        kernel = kernel_parse(path, text.at, text.length, diag);
    text_free(&text);

    if (kernel != NULL && !kernel_verify(kernel, target, diag)) {
        kernel_free(kernel);
        kernel = NULL;
    }
    return kernel;
}

static bool fail_unknown(const struct kernel *kernel, const char *key, struct diag *diag)
{
    const char **names = mem_array(kernel->param_count + 2, sizeof *names);
    for (size_t i = 0; i < kernel->param_count; i++)
        names[i] = kernel->params[i].name;
    names[kernel->param_count] = "blocks";
    names[kernel->param_count + 1] = "warm";
    diag_fail(diag, loc_nowhere(), "kernel %s has no parameter '%s'%s", kernel->name, key,
              hint_among(key, names, kernel->param_count + 2).text);
    mem_free(names);
    return false;
}

static bool parse_value(const char *key, const char *value, int64_t min, int64_t max,
                        int64_t *out, struct diag *diag)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end != '\0')
        return diag_fail(diag, loc_nowhere(), "%s is '%s'; expected a whole number", key,
                         value);
    if (errno != 0 || number < min || number > max)
        return diag_fail(diag, loc_nowhere(), "%s is %s; expected %lld..%lld", key, value,
                         (long long)min, (long long)max);
    *out = number;
    return true;
}

static bool set(struct workload *work, const char *word, struct diag *diag)
{
    const char *value = strchr(word, '=');
    char key[KNAME_MAX];
    int64_t number;

    if (value == NULL || value == word || (size_t)(value - word) >= sizeof key)
        return diag_fail(diag, loc_nowhere(), "found '%s'; expected a parameter as key=value",
                         word);
    snprintf(key, sizeof key, "%.*s", (int)(value - word), word);
    value++;

    int param = kernel_param(work->kernel, key);
    if (param >= 0)
        return parse_value(key, value, INT64_MIN, INT64_MAX, &work->kernel->params[param].value,
                           diag);
    if (strcmp(key, "blocks") == 0) {
        if (!parse_value(key, value, 1, BLOCKS_MAX, &number, diag))
            return false;
        work->blocks = (unsigned)number;
        return true;
    }
    if (strcmp(key, "warm") == 0) {
        if (!parse_value(key, value, 0, 1, &number, diag))
            return false;
        work->warm_runs = (unsigned)number;
        return true;
    }
    return fail_unknown(work->kernel, key, diag);
}

/* Whether an earlier word has the same key. */
static bool is_repeated(const struct words *params, size_t index)
{
    const char *word = params->at[index];
    size_t length = strcspn(word, "=");

    for (size_t i = 0; i < index; i++) {
        if (strcspn(params->at[i], "=") == length && strncmp(params->at[i], word, length) == 0)
            return true;
    }
    return false;
}

bool nk_workload(struct workload *work, const char *path, const struct words *params,
                 const struct target *target, struct diag *diag)
{
    *work = (struct workload){ .kernel = nk_load(path, target, diag) };
    if (work->kernel == NULL)
        return false;
    work->blocks = work->kernel->programs[CORE_AIC].present ? target->aic : target->aiv;
    for (size_t i = 0; i < params->count; i++) {
        const char *word = params->at[i];
        if (is_repeated(params, i))
            return diag_fail(diag, loc_nowhere(), "%.*s is given twice",
                             (int)strcspn(word, "="), word);
        if (!set(work, word, diag))
            return false;
    }
    bool ok = kernel_verify(work->kernel, target, diag); /* again, with the numbers given */
    return ok;
}
