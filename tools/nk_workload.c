#include "tools/nk_workload.h"

#include "kernels/ir/nk.h"
#include "kernels/ir/verify.h"
#include "sim/file.h"
#include "sim/mem.h"
#include "tools/hint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool nk_is_file(const char *name)
{
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".nk") == 0;
}

static bool verify(const struct kmodule *module, const struct target *target, struct diag *diag)
{
    for (size_t i = 0; i < module->kernel_count; i++) {
        if (!kernel_verify(module->kernels[i], target, diag))
            return false;
    }
    return true;
}

struct kmodule *nk_load(const char *path, const struct target *target, struct diag *diag)
{
    struct text text;
    text_init(&text);
    struct kmodule *module = NULL;
    if (file_read(path, &text, diag))
        module = module_parse(path, text.at, text.length, diag);
    text_free(&text);

    if (module != NULL && !verify(module, target, diag)) {
        kmodule_free(module);
        module = NULL;
    }
    return module;
}

static bool fail_unknown(const struct kmodule *module, const char *key, struct diag *diag)
{
    struct words names = { .count = 0 };
    for (size_t i = 0; i < module->kernel_count; i++) {
        const struct kernel *kernel = module->kernels[i];
        for (size_t p = i == 0 ? 0 : module->params_shared; p < kernel->param_count; p++)
            words_add(&names, kernel->params[p].name);
    }
    words_add(&names, "blocks");
    words_add(&names, "warm");
    diag_fail(diag, loc_nowhere(), "kernel %s has no parameter '%s'%s",
              module->kernels[0]->name, key, hint_among(key, names.at, names.count).text);
    words_free(&names);
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

static bool find_param(const struct kmodule *module, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < module->kernel_count; i++)
        found = found || kernel_param(module->kernels[i], name) >= 0;
    return found;
}

/* Of every kernel that has it. */
static bool set_param(struct kmodule *module, const char *name, int64_t value)
{
    for (size_t i = 0; i < module->kernel_count; i++) {
        int param = kernel_param(module->kernels[i], name);
        if (param >= 0)
            module->kernels[i]->params[param].value = value;
    }
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

    if (find_param(work->module, key))
        return parse_value(key, value, INT64_MIN, INT64_MAX, &number, diag) &&
               set_param(work->module, key, number);
    if (strcmp(key, "blocks") == 0) {
        if (!parse_value(key, value, 1, KBLOCKS_MAX, &number, diag))
            return false;
        for (int kind = 0; kind < CORE_KINDS; kind++)
            work->all_blocks[kind] = (unsigned)number;
        return true;
    }
    if (strcmp(key, "warm") == 0) {
        if (!parse_value(key, value, 0, 1, &number, diag))
            return false;
        work->warm_runs = (unsigned)number;
        return true;
    }
    return fail_unknown(work->module, key, diag);
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
    *work = (struct workload){ .module = nk_load(path, target, diag) };
    if (work->module == NULL)
        return false;
    work->kernel = work->module->kernels[work->module->launches[0].kernel];
    work->all_blocks[CORE_AIC] = target->aic;
    work->all_blocks[CORE_AIV] = target->aiv;
    for (size_t i = 0; i < params->count; i++) {
        const char *word = params->at[i];
        if (is_repeated(params, i))
            return diag_fail(diag, loc_nowhere(), "%.*s is given twice",
                             (int)strcspn(word, "="), word);
        if (!set(work, word, diag))
            return false;
    }
    work->blocks = workload_launch(work, 0).blocks;
    return verify(work->module, target, diag); /* again, with the numbers given */
}
