/* The sum of launches. */
#include "models/npu.h"

/* The pipes of `cores` more cores, which did nothing for a time. */
static void add_idle(struct run *total, enum core_kind kind, unsigned cores, sim_time time)
{
    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
        if (core_has_pipe(kind, total->coupled, (enum pipe_id)pipe))
            total->pipes[kind][pipe][PIPE_idle] += time * cores;
    }
}

static void add_pipes(struct run *total, const struct run *run, enum core_kind kind)
{
    unsigned before = total->cores[kind], now = run->cores[kind];

    if (now > before) {
        add_idle(total, kind, now - before, total->core_time);
        total->cores[kind] = now;
    } else {
        add_idle(total, kind, before - now, run->core_time);
    }
    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
        for (unsigned state = 0; state < PIPE_STATE_COUNT; state++)
            total->pipes[kind][pipe][state] += run->pipes[kind][pipe][state];
        total->pipe_ops[kind][pipe] += run->pipe_ops[kind][pipe];
    }
}

static void add_traffic(struct traffic *total, const struct traffic *traffic)
{
    for (unsigned i = 0; i < traffic->count; i++) {
        struct tensor_traffic *sum = &total->tensors[i];
        const struct tensor_traffic *one = &traffic->tensors[i];
        for (unsigned path = 0; path < PATH_COUNT; path++)
            sum->path[path] += one->path[path];
        sum->l2_hit += one->l2_hit;
        sum->l2_miss += one->l2_miss;
        sum->hbm_read += one->hbm_read;
        sum->hbm_write += one->hbm_write;
        total->base[i] = traffic->base[i];
    }
    total->count = traffic->count;
}

static void add_memory(struct memory_profile *total, const struct memory_profile *one)
{
    histogram_merge(&total->latency, &one->latency);
#define X(name, unit, meaning) total->dram.name += one->dram.name;
    DRAM_STATISTICS(X)
#undef X
    total->slices = one->slices;
    total->channels = one->channels;
    for (uint32_t i = 0; i < one->slices; i++)
        total->slice_bytes[i] += one->slice_bytes[i];
    for (uint32_t i = 0; i < one->channels; i++)
        total->channel_bytes[i] += one->channel_bytes[i];
}

void run_add(struct run *total, const struct run *run)
{
    total->coupled = run->coupled;
    for (enum core_kind kind = 0; kind < CORE_KINDS; kind++)
        add_pipes(total, run, kind);
    add_traffic(&total->traffic, &run->traffic);
    add_memory(&total->memory, &run->memory);
    for (unsigned id = 0; id < BOUND_COUNT; id++)
        total->bound.spent[id] += run->bound.spent[id];
    total->time += run->time;
    total->core_time += run->core_time;
    total->events += run->events;
    total->ops += run->ops;
    total->requests += run->requests;
}
