#include "kernels/kernel.h"

#include "kernels/ir/verify.h"
#include "sim/assert.h"
#include "sim/suggest.h"
#include "sim/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t arg_count(const struct kernel_spec *spec)
{
    size_t count = 0;
    while (spec->args[count].name != NULL)
        count++;
    SIM_ASSERT(count <= KERNEL_ARGS_MAX);
    return count;
}

static bool fail_unknown(const struct kernel_spec *spec, const char *key, struct diag *diag)
{
    const char *names[KERNEL_ARGS_MAX];
    size_t count = arg_count(spec);
    for (size_t i = 0; i < count; i++)
        names[i] = spec->args[i].name;
    const char *near = closest_name(key, names, count);
    if (near != NULL)
        return diag_fail(diag, loc_nowhere(),
                         "kernel %s has no parameter '%s'; did you mean '%s'?", spec->name, key,
                         near);
    return diag_fail(diag, loc_nowhere(),
                     "kernel %s has no parameter '%s'; see `npusim list kernels`", spec->name,
                     key);
}

static bool parse_word(const struct arg_spec *arg, const char *value, int64_t *out,
                       struct diag *diag)
{
    struct text choices;
    text_init(&choices);
    bool found = false;
    for (int64_t i = 0; arg->words[i] != NULL && !found; i++) {
        if (strcmp(arg->words[i], value) == 0) {
            *out = i;
            found = true;
        }
        text_addf(&choices, "%s%s", i == 0 ? "" : ", ", arg->words[i]);
    }
    if (!found)
        diag_fail(diag, loc_nowhere(), "%s is '%s'; expected one of %s", arg->name, value,
                  choices.at);
    text_free(&choices);
    return found;
}

static bool parse_int(const struct arg_spec *arg, const char *value, int64_t *out,
                      struct diag *diag)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end != '\0')
        return diag_fail(diag, loc_nowhere(), "%s is '%s'; expected a whole number", arg->name,
                         value);
    if (errno != 0 || number < arg->min || number > arg->max)
        return diag_fail(diag, loc_nowhere(), "%s is %s; expected %lld..%lld", arg->name, value,
                         (long long)arg->min, (long long)arg->max);
    *out = number;
    return true;
}

static bool parse_text(const struct arg_spec *arg, const char *value, char out[KERNEL_TEXT_MAX],
                       struct diag *diag)
{
    if (strlen(value) >= KERNEL_TEXT_MAX)
        return diag_fail(diag, loc_nowhere(), "%s has %zu characters; expected fewer than %d",
                         arg->name, strlen(value), KERNEL_TEXT_MAX);
    snprintf(out, KERNEL_TEXT_MAX, "%s", value);
    return true;
}

static bool parse_value(struct workload *work, size_t index, const char *value,
                        struct diag *diag)
{
    const struct arg_spec *arg = &work->spec->args[index];
    switch (arg->kind) {
    case ARG_WORD:
        return parse_word(arg, value, &work->args[index], diag);
    case ARG_TEXT:
        return parse_text(arg, value, work->texts[index], diag);
    default:
        return parse_int(arg, value, &work->args[index], diag);
    }
}

static bool parse_assignment(struct workload *work, const char *word, bool *given,
                             struct diag *diag)
{
    const struct kernel_spec *spec = work->spec;
    const char *equals = strchr(word, '=');
    char key[64];

    if (equals == NULL || equals == word || (size_t)(equals - word) >= sizeof key)
        return diag_fail(diag, loc_nowhere(), "found '%s'; expected a parameter as key=value",
                         word);
    memcpy(key, word, (size_t)(equals - word));
    key[equals - word] = '\0';

    for (size_t i = 0; spec->args[i].name != NULL; i++) {
        const struct arg_spec *arg = &spec->args[i];
        if (strcmp(arg->name, key) != 0)
            continue;
        if (given[i])
            return diag_fail(diag, loc_nowhere(), "%s is given twice", key);
        given[i] = true;
        return parse_value(work, i, equals + 1, diag);
    }
    return fail_unknown(spec, key, diag);
}

bool workload_parse(struct workload *work, const struct kernel_spec *spec,
                    const char *const *words, size_t count, struct diag *diag)
{
    bool given[KERNEL_ARGS_MAX] = { false };
    size_t args = arg_count(spec);

    *work = (struct workload){ .spec = spec };
    for (size_t i = 0; i < args; i++)
        work->args[i] = spec->args[i].standard;
    for (size_t i = 0; i < count; i++) {
        if (!parse_assignment(work, words[i], given, diag))
            return false;
    }
    for (size_t i = 0; i < args; i++) {
        if (spec->args[i].required && !given[i])
            return diag_fail(diag, loc_nowhere(), "kernel %s needs %s=... (%s)", spec->name,
                             spec->args[i].name, spec->args[i].meaning);
    }
    return true;
}

bool workload_build(struct workload *work, const struct kernel_spec *spec,
                    const char *const *words, size_t count, const struct target *target,
                    struct diag *diag)
{
    if (!workload_parse(work, spec, words, count, diag))
        return false;
    if (spec->build(work, target, diag) && kernel_verify(work->kernel, target, diag))
        return true;
    workload_free(work);
    return false;
}

void workload_free(struct workload *work)
{
    if (work->module != NULL)
        kmodule_free(work->module);
    else
        kernel_free(work->kernel);
    work->module = NULL;
    work->kernel = NULL;
}

size_t workload_launches(const struct workload *work)
{
    return work->module != NULL ? work->module->launch_count : 1;
}

struct launch workload_launch(const struct workload *work, size_t index)
{
    if (work->module == NULL)
        return (struct launch){ work->kernel, work->blocks };
    const struct klaunch *launch = &work->module->launches[index];
    const struct kernel *kernel = work->module->kernels[launch->kernel];
    enum core_kind kind = kernel->programs[CORE_AIC].present ? CORE_AIC : CORE_AIV;
    return (struct launch){ kernel,
                            launch->blocks != 0 ? launch->blocks : work->all_blocks[kind] };
}

int64_t workload_arg(const struct workload *work, const char *name)
{
    for (size_t i = 0; work->spec->args[i].name != NULL; i++) {
        if (strcmp(work->spec->args[i].name, name) == 0)
            return work->args[i];
    }
    SIM_ASSERT(false);
    return 0;
}
