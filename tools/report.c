#include "tools/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const report_pipe_names[PIPE_COUNT] = {
    [PIPE_S] = "scalar",  [PIPE_V] = "vector",  [PIPE_M] = "cube",      [PIPE_MTE1] = "mte1",
    [PIPE_MTE2] = "mte2", [PIPE_MTE3] = "mte3", [PIPE_FIX] = "fixpipe",
};

size_t report_bound_sorted(const struct bound *bound, enum bound_id out[BOUND_COUNT])
{
    size_t count = 0;

    for (enum bound_id id = 0; id < BOUND_COUNT; id++) {
        if (bound->spent[id] == 0)
            continue;
        size_t at = count++;
        for (; at > 0 && bound->spent[out[at - 1]] < bound->spent[id]; at--)
            out[at] = out[at - 1];
        out[at] = id;
    }
    return count;
}

const char *report_name(const struct job *job, const struct result *result)
{
    const char *slash = strrchr(job->kernel, '/');
    if (workload_launches(&result->work) == 1)
        return result->work.kernel->name;
    return slash != NULL ? slash + 1 : job->kernel;
}

static bool built_in_param(const struct workload *work, size_t index, struct report_param *out)
{
    const struct arg_spec *arg = &work->spec->args[index];
    int64_t value = work->args[index];

    if (arg->name == NULL)
        return false;
    *out = (struct report_param){ .name = arg->name,
                                  .standard = !arg->required && value == arg->standard };
    switch (arg->kind) {
    case ARG_INT:
        snprintf(out->value, sizeof out->value, "%" PRId64, value);
        break;
    case ARG_WORD:
        snprintf(out->value, sizeof out->value, "%s", arg->words[value]);
        break;
    case ARG_TEXT:
        snprintf(out->value, sizeof out->value, "%s", work->texts[index]);
        out->standard = out->value[0] == '\0';
        break;
    }
    return true;
}

/* Parameter `index` of all kernels, those that they share once. */
static const struct kparam *kernel_param_at(const struct kmodule *module, size_t index)
{
    for (size_t i = 0; i < module->kernel_count; i++) {
        const struct kernel *kernel = module->kernels[i];
        size_t skip = i == 0 ? 0 : module->params_shared;
        if (index < kernel->param_count - skip)
            return &kernel->params[skip + index];
        index -= kernel->param_count - skip;
    }
    return NULL;
}

static size_t param_total(const struct kmodule *module)
{
    size_t total = module->params_shared;
    for (size_t i = 0; i < module->kernel_count; i++)
        total += module->kernels[i]->param_count - module->params_shared;
    return total;
}

/* Those of the kernels, then those that any .nk file has. Several launches have blocks each. */
static bool nk_param(const struct workload *work, size_t index, struct report_param *out)
{
    size_t own = param_total(work->module);
    size_t more = index - own + (workload_launches(work) > 1);

    *out = (struct report_param){ 0 };
    if (index < own) {
        const struct kparam *param = kernel_param_at(work->module, index);
        out->name = param->name;
        snprintf(out->value, sizeof out->value, "%" PRId64, param->value);
    } else if (more == 0) {
        out->name = "blocks";
        snprintf(out->value, sizeof out->value, "%u", work->blocks);
    } else if (more == 1) {
        out->name = "warm";
        snprintf(out->value, sizeof out->value, "%u", work->warm_runs);
    }
    return out->name != NULL;
}

bool report_param(const struct workload *work, size_t index, struct report_param *out)
{
    return work->spec != NULL ? built_in_param(work, index, out) : nk_param(work, index, out);
}

/* To the nearest: each end is an edge of the clock rounded up to a picosecond. */
uint64_t report_cycles(const struct chip *chip, sim_time time)
{
    struct rate clock = { (uint64_t)chip->params.core_clock };
    return rate_count(clock, time + PS_PER_US / clock.per_us / 2);
}

double report_hit_rate(const struct tensor_traffic *traffic)
{
    uint64_t requests = traffic->l2_hit + traffic->l2_miss;
    return requests == 0 ? 0 : (double)traffic->l2_hit / (double)requests;
}

double report_gbps(uint64_t bytes, sim_time time)
{
    return time == 0 ? 0 : (double)bytes / (double)time * 1e3;
}

double report_row_hit_rate(const struct dram_statistics *dram)
{
    uint64_t requests = dram->reads + dram->writes;
    return requests == 0 ? 0 : (double)dram->hits / (double)requests;
}

double report_imbalance(const uint64_t *counts, uint32_t count)
{
    uint64_t total = 0, most = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += counts[i];
        most = counts[i] > most ? counts[i] : most;
    }
    return total == 0 ? 0 : (double)most * count / (double)total;
}
