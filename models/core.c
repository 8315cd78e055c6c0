#include "models/core.h"

#include "kernels/ir/checker.h"
#include "models/mte.h"
#include "models/npu.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

bool core_has(const struct core *core, enum pipe_id pipe)
{
    return core_has_pipe(core->kind, core->npu->params->chip_coupled != 0, pipe);
}

static enum bound_id scalar_heading(const struct core *core)
{
    return core->kind == CORE_AIC ? BOUND_aic_scalar : BOUND_aiv_scalar;
}

static struct rate clock_of(const struct core *core)
{
    return (struct rate){ (uint64_t)core->npu->params->core_clock };
}

uint64_t core_edge(const struct core *core, sim_time t)
{
    uint64_t edge = rate_count(clock_of(core), t);
    return rate_time(clock_of(core), edge) < t ? edge + 1 : edge;
}

sim_time core_edge_time(const struct core *core, uint64_t edge)
{
    return rate_time(clock_of(core), edge);
}

/* --- the scalar unit's time --- */

/* Hardly anyone asks: what waits for a queue waits for the pipe. So its work becomes part
 * of the trail only here. */
struct trail core_trail(struct core *core)
{
    trail_spend(&core->npu->trails, &core->trail, scalar_heading(core), core->worked);
    core->worked = 0;
    return core->trail;
}

void core_follow(struct core *core, struct trail trail)
{
    trail_give(&core->npu->trails, &core->trail, trail_hold(trail));
    core->worked = 0;
}

void core_released(struct core *core, sim_time when, struct trail trail)
{
    if (when > core->time) {
        core->time = when;
        core_follow(core, trail);
    }
}

void core_wake(struct core *core, sim_time when)
{
    if (core->running) {
        sim_time now = sim_now(core->npu->sim);
        sim_wake(core->npu->sim, &core->issue, when > now ? when : now);
    }
}

/* --- flags --- */

struct flag *core_flag(struct core *core, const struct kmark *mark)
{
    return &core->signals->flags[mark->from][mark->to][mark->id];
}

void core_raise_flag(struct core *core, const struct kmark *mark, sim_time when,
                     struct trail trail)
{
    struct flag *flag = core_flag(core, mark);
    if (flag->raised) {
        npu_fail(core->npu, core, mark,
                 "flag %s -> %s %d is set again before it was waited for",
                 pipe_names[mark->from], pipe_names[mark->to], (int)mark->id);
        return;
    }
    flag->raised = true;
    flag->when = when;
    trail_give(&core->npu->trails, &flag->trail, trail_hold(trail));
    if (mark->to == PIPE_S)
        core_wake(core, when);
    else if (core->pipes[mark->to].state == PIPE_wait_flag)
        pipe_wake(&core->pipes[mark->to], when);
}

void core_lower_flag(struct core *core, struct flag *flag)
{
    flag->raised = false;
    trail_give(&core->npu->trails, &flag->trail, (struct trail){ 0 });
}

void core_init(struct core *core, struct npu *npu, enum core_kind kind, unsigned index,
               unsigned data)
{
    core->npu = npu;
    core->kind = kind;
    core->index = index;
    core->data = data;
    event_init(&core->issue, "core", PHASE_ISSUE, core_on_issue, core);
}

static void equip(struct core *core)
{
    core->signals = mem_new(sizeof *core->signals);
    for (unsigned i = 0; i < PIPE_COUNT; i++) {
        enum pipe_id id = (enum pipe_id)i;
        if (!core_has(core, id))
            continue;
        struct pipe *pipe = &core->pipes[id];
        pipe_init(pipe, core, id);
        if (pipe_moves_gm(id)) {
            pipe->mte = mem_new(sizeof *pipe->mte);
            mte_init(pipe->mte, pipe, &core->npu->memory);
        }
    }
}

/* No flag is raised and no signal has come; the trails that led to them are dropped. */
static void clear_signals(struct core *core)
{
    struct trails *trails = &core->npu->trails;
    struct core_signals *signals = core->signals;

    for (unsigned from = 0; from < PIPE_COUNT; from++)
        for (unsigned to = 0; to < PIPE_COUNT; to++)
            for (unsigned id = 0; id < KFLAG_IDS; id++)
                trail_drop(trails, signals->flags[from][to][id].trail);
    for (unsigned id = 0; id < CROSS_IDS; id++)
        cross_clear(&signals->cross[id], trails);
    memset(signals, 0, sizeof *signals);
}

void core_free(struct core *core)
{
    if (core->signals == NULL)
        return; /* it was never equipped */
    trail_drop(&core->npu->trails, core->trail);
    clear_signals(core);
    mem_free(core->signals);
    for (unsigned i = 0; i < PIPE_COUNT; i++) {
        if (!core_has(core, (enum pipe_id)i))
            continue;
        mem_free(core->pipes[i].mte);
        pipe_free(&core->pipes[i]);
    }
}

void core_reset(struct core *core, sim_time now)
{
    if (core->signals == NULL)
        equip(core);
    for (unsigned i = 0; i < PIPE_COUNT; i++) {
        if (core_has(core, (enum pipe_id)i))
            pipe_reset(&core->pipes[i], now);
    }
    clear_signals(core);
    core->has_op = core->done_walking = core->running = core->at_sync_all = core->all_wait =
        false;
    core->queue_wait = PIPE_S;
    core->launched = false;
    core->time = core->ended = now;
    core->began = SIM_NEVER;
}

void core_start(struct core *core, unsigned block, unsigned sub_block, sim_time when,
                struct trail trail)
{
    struct npu *npu = core->npu;
    if (core->began == SIM_NEVER)
        core->began = when;
    core->block = block;
    core->sub_block = sub_block;
    core->time = when;
    core_follow(core, trail);
    core->running = true;
    core->done_walking = core->has_op = false;
    walk_init(&core->walk, &npu->outlines, core->kind, block, sub_block, npu->blocks);
    checker_block(npu_checker(npu), core->data, block);
    core_wake(core, when);
}
