#include "models/npu.h"

#include "kernels/ir/checker.h"
#include "models/mte.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PS_PER_NS 1000

/* Tensors begin on boundaries of this many bytes, as an allocator of device memory gives. */
#define TENSOR_ALIGN UINT64_C(4096)

static sim_time ns(int64_t value)
{
    return (sim_time)value * PS_PER_NS;
}

struct npu *npu_new(const struct params *params)
{
    struct npu *npu = mem_new(sizeof *npu);
    unsigned aic = (unsigned)params->chip_aic;
    unsigned aiv = aic * (unsigned)params->chip_aiv_per_aic;

    npu->params = params;
    npu->sim = sim_new();
    npu->step_limit = NPU_STEP_LIMIT;
    memory_init(&npu->memory, npu->sim, params, &npu->traffic);
    npu->core_count = aic + aiv;
    npu->cores = mem_array(npu->core_count, sizeof *npu->cores);
    for (unsigned i = 0; i < npu->core_count; i++) {
        enum core_kind kind = i < aic ? CORE_AIC : CORE_AIV;
        core_init(&npu->cores[i], npu, kind, i < aic ? i : i - aic, i);
    }
    return npu;
}

void npu_free(struct npu *npu)
{
    if (npu == NULL)
        return;
    for (unsigned i = 0; i < npu->core_count; i++)
        core_free(&npu->cores[i]);
    mem_free(npu->cores);
    trail_drop(&npu->trails, npu->last_trail);
    trails_free(&npu->trails);
    memory_free(&npu->memory);
    sim_free(npu->sim);
    mem_free(npu);
}

bool npu_place(struct npu *npu, const struct kernel *kernel, struct diag *diag)
{
    uint64_t at = 0;

    npu->traffic.count = (unsigned)kernel->tensor_count;
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        uint64_t bytes;
        struct loc loc = { .file = kernel->file };
        if (!ktensor_bytes(kernel, i, &bytes))
            return diag_fail(diag, loc,
                             "tensor %s has no valid shape; expected positive dimensions "
                             "and at most 2^40 bytes",
                             kernel->tensors[i].name);
        npu->traffic.base[i] = at;
        at += (bytes + TENSOR_ALIGN - 1) / TENSOR_ALIGN * TENSOR_ALIGN;
        if (at > (uint64_t)npu->params->hbm_bytes)
            return diag_fail(diag, loc,
                             "the tensors do not fit the device memory of %lld bytes; "
                             "%s ends at byte %llu",
                             (long long)npu->params->hbm_bytes, kernel->tensors[i].name,
                             (unsigned long long)at);
    }
    return true;
}

/* --- failures --- */

void npu_stop(struct npu *npu)
{
    npu->failed = true;
    sim_stop(npu->sim);
}

void npu_fail(struct npu *npu, const struct core *core, const struct kmark *mark,
              const char *fmt, ...)
{
    char text[160];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);

    struct loc loc = { .file = npu->kernel->file };
    if (mark != NULL)
        loc = walk_loc(npu->kernel, core->kind, mark->instr);
    diag_fail(&npu->diag, loc, "%s, %s %u: %s", npu->kernel->name, core_kind_names[core->kind],
              core->index, text);
    npu_stop(npu);
}

/* --- launching --- */

static struct core *core_of(struct npu *npu, enum core_kind kind, unsigned index)
{
    unsigned aic = (unsigned)npu->params->chip_aic;
    return &npu->cores[kind == CORE_AIC ? index : aic + index];
}

/* Start the cores of one block; slot is the cube core (with its vector cores), or the
 * vector core of a kernel that runs on vector cores alone. */
static void start_block(struct npu *npu, unsigned slot, sim_time when, struct trail trail)
{
    unsigned block = npu->next_block++;
    unsigned per_aic = (unsigned)npu->params->chip_aiv_per_aic;

    if (npu->kernel->programs[CORE_AIC].present)
        core_start(core_of(npu, CORE_AIC, slot), block, 0, when, trail);
    if (!npu->kernel->programs[CORE_AIV].present)
        return;
    if (!npu->mixed) {
        core_start(core_of(npu, CORE_AIV, slot), block, 0, when, trail);
        return;
    }
    for (unsigned i = 0; i < per_aic; i++)
        core_start(core_of(npu, CORE_AIV, slot * per_aic + i), block, i, when, trail);
}

/* Whether every core of the block that `core` ran has ended. */
static bool block_done(struct npu *npu, const struct core *core)
{
    for (unsigned i = 0; i < npu->core_count; i++) {
        if (npu->cores[i].running && npu->cores[i].block == core->block)
            return false;
    }
    return true;
}

void npu_core_done(struct npu *npu, struct core *core)
{
    if (core->ended >= npu->last_end) {
        npu->last_end = core->ended;
        trail_give(&npu->trails, &npu->last_trail, trail_hold(core_trail(core)));
    }
    if (!block_done(npu, core))
        return;
    checker_block_done(npu_checker(npu), core->block);
    npu->blocks_left--;
    if (npu->next_block < npu->blocks) {
        unsigned per_aic = (unsigned)npu->params->chip_aiv_per_aic;
        bool by_pair = npu->mixed && core->kind == CORE_AIV;
        sim_time when = core->ended + ns(npu->params->launch_start);
        struct trail trail = trail_hold(core_trail(core));
        trail_spend(&npu->trails, &trail, BOUND_launch, when - core->ended);
        start_block(npu, by_pair ? core->index / per_aic : core->index, when, trail);
        trail_drop(&npu->trails, trail);
    }
}

void npu_completed(struct npu *npu, struct core *core, struct pipe *pipe,
                   const struct flight *flight, const struct kop *op)
{
    if (npu->trace != NULL)
        trace_span(npu->trace, core->kind, core->index, op, pipe->id, flight->since,
                   flight->done);
    checker_effect(npu_checker(npu), core->data, op);
    if (pipe->id == PIPE_V)
        checker_conflict(npu_checker(npu), core->data, op, flight->occupancy, flight->conflict);
    if (npu->exec == NULL || flight->marker)
        return;

    struct gm_access access;
    bool control = npu->exec->live[core->kind][op->instr] ||
                   (kop_gm_access(op, &access) && npu->exec->tensors[access.tensor] != NULL);
    if (npu->data || control)
        exec_op(npu->exec, core->data, op);
}

static void trace_lanes(struct npu *npu)
{
    if (npu->trace->origin == SIM_NEVER) /* of several launches the first */
        npu->trace->origin = npu->began;
    npu->traffic.sink = &npu->trace->sink;
    for (unsigned i = 0; i < npu->core_count; i++) {
        const struct core *core = &npu->cores[i];
        for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
            if (npu->kernel->programs[core->kind].present && core_has(core, (enum pipe_id)pipe))
                trace_lane(npu->trace, core->kind, core->index, (enum pipe_id)pipe);
        }
    }
}

static void launch(struct npu *npu)
{
    const struct params *params = npu->params;
    unsigned slots = (unsigned)params->chip_aic;
    if (!npu->kernel->programs[CORE_AIC].present)
        slots *= (unsigned)params->chip_aiv_per_aic;
    unsigned first_wave = npu->blocks < slots ? npu->blocks : slots;

    checker_launch(npu_checker(npu));
    /* Marked first: a block may signal before the last has started. A core that neither
     * took part last time nor does now is left as it is: resetting one touches 200 KB. */
    for (unsigned i = 0; i < npu->core_count; i++) {
        struct core *core = &npu->cores[i];
        bool pair = core->kind == CORE_AIV && npu->mixed;
        unsigned slot = pair ? core->index / (unsigned)params->chip_aiv_per_aic : core->index;
        bool takes_part = slot < first_wave && npu->kernel->programs[core->kind].present;
        if (core->launched || takes_part)
            core_reset(core, npu->began);
        core->launched = takes_part;
        core->block = slot;
        if (takes_part)
            checker_take_part(npu_checker(npu), i, slot);
    }
    for (unsigned slot = 0; slot < first_wave; slot++) {
        sim_time delay = ns(params->launch_head + params->launch_start +
                            (npu->mixed ? params->launch_mix : 0)) +
                         ns(params->launch_per_core) * slot;
        struct trail trail = { 0 };
        trail_spend(&npu->trails, &trail, BOUND_launch, delay);
        start_block(npu, slot, npu->began + delay, trail);
        trail_drop(&npu->trails, trail);
    }
}

static void collect(struct npu *npu, struct run *run)
{
    sim_time tail = ns(npu->params->launch_tail);
    sim_time first = SIM_NEVER;

    *run = (struct run){ .coupled = npu->params->chip_coupled != 0,
                         .time = npu->last_end + tail - npu->began,
                         .bound = trail_bound(npu->last_trail),
                         .traffic = npu->traffic,
                         .ops = npu->ops };
    memory_profile(&npu->memory, &run->memory);
    run->bound.spent[BOUND_launch] += tail;
    SIM_ASSERT(bound_total(&run->bound) == run->time);

    for (unsigned i = 0; i < npu->core_count; i++) {
        if (npu->cores[i].launched && npu->cores[i].began < first)
            first = npu->cores[i].began;
    }
    run->core_time = npu->last_end - first;
    for (unsigned i = 0; i < npu->core_count; i++) {
        struct core *core = &npu->cores[i];
        if (!core->launched)
            continue;
        run->cores[core->kind]++;
        for (unsigned p = 0; p < PIPE_COUNT; p++) {
            struct pipe *pipe = &core->pipes[p];
            if (!core_has(core, (enum pipe_id)p))
                continue;
            pipe_finish(pipe, npu->last_end);
            pipe->spent[PIPE_idle] -= first - npu->began; /* before the first core's start */
            run->pipe_ops[core->kind][p] += pipe->count;
            for (unsigned s = 0; s < PIPE_STATE_COUNT; s++)
                run->pipes[core->kind][p][s] += pipe->spent[s];
        }
    }
}

bool npu_run(struct npu *npu, const struct kernel *kernel, unsigned blocks, struct exec *exec,
             bool data, struct run *run, struct diag *diag, struct text *report)
{
    uint64_t fired = sim_fired(npu->sim), requests = npu->memory.requests;

    SIM_ASSERT(blocks > 0);
    npu->kernel = kernel;
    npu->exec = exec;
    if (exec != NULL && npu->params->chip_coupled == 0)
        exec_pair(exec, (size_t)npu->params->chip_aic, (size_t)npu->params->chip_aiv_per_aic);
    npu->data = data;
    npu->blocks = npu->blocks_left = blocks;
    npu->next_block = 0;
    npu->mixed = kernel->programs[CORE_AIC].present && kernel->programs[CORE_AIV].present;
    npu->began = npu->last_end = sim_now(npu->sim);
    npu->ops = npu->steps = 0;
    npu->failed = false;
    npu->diag = (struct diag){ 0 };
    cost_memo_clear(&npu->memo);
    traffic_clear(&npu->traffic);
    memory_clear_profile(&npu->memory);
    npu->traffic.sink = NULL;
    if (npu->trace != NULL)
        trace_lanes(npu);

    outlines_init(&npu->outlines, kernel);
    launch(npu);
    sim_run(npu->sim, SIM_NEVER);
    if (!npu->failed && npu->blocks_left > 0) {
        npu_fail_deadlock(npu, report);
        npu->failed = true;
    }
    outlines_free(&npu->outlines);
    if (npu->failed) {
        *diag = npu->diag;
        return false;
    }
    checker_done(npu_checker(npu));
    collect(npu, run);
    run->events = sim_fired(npu->sim) - fired;
    run->requests = npu->memory.requests - requests;
    return true;
}
