#include "tools/report.h"

#include <inttypes.h>
#include <stdio.h>

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

/* The kernel's own, then those that any .nk file has. */
static bool nk_param(const struct workload *work, size_t index, struct report_param *out)
{
    const struct kernel *kernel = work->kernel;
    size_t own = kernel->param_count;
    int64_t value;

    *out = (struct report_param){ 0 };
    if (index < own) {
        out->name = kernel->params[index].name;
        value = kernel->params[index].value;
    } else if (index == own) {
        out->name = "blocks";
        value = work->blocks;
    } else if (index == own + 1) {
        out->name = "warm";
        value = work->warm_runs;
    } else {
        return false;
    }
    snprintf(out->value, sizeof out->value, "%" PRId64, value);
    return true;
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
