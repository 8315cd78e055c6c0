#include "models/cross.h"

#include "kernels/ir/checker.h"
#include "kernels/ir/group.h"
#include "models/core.h"
#include "models/npu.h"

static struct member member_of(const struct core *core)
{
    return (
        struct member){ .kind = core->kind, .block = core->block, .launched = core->launched };
}

static void deliver(struct core *core, int64_t id, sim_time when, struct trail trail)
{
    struct cross_counter *counter = &core->signals->cross[id];
    if (counter->count == CROSS_PENDING) {
        npu_fail(core->npu, core, NULL, "cross-core counter %d holds %d signals already",
                 (int)id, CROSS_PENDING);
        return;
    }
    unsigned slot = (counter->first + counter->count++) % (CROSS_PENDING + 1);
    counter->when[slot] = when;
    counter->trail[slot] = trail_hold(trail);

    core_wake(core, when);
    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
        struct pipe *at = &core->pipes[pipe];
        if (at->state == PIPE_wait_cross && at->ring != NULL)
            pipe_wake(at, when);
    }
}

void cross_signal(struct core *core, const struct kmark *mark, sim_time when,
                  struct trail trail)
{
    struct npu *npu = core->npu;
    struct member sender = member_of(core);
    uint64_t round = ++core->signals->sent[mark->scope][mark->id];

    for (unsigned i = 0; i < npu->core_count; i++) {
        const struct core *other = &npu->cores[i];
        struct member member = member_of(other);
        if (group_sends(&member, &sender, (enum scope)mark->scope) &&
            other->signals->sent[mark->scope][mark->id] < round)
            return; /* not all have signalled; the last one to do so delivers */
    }

    sim_time arrives = when + (sim_time)npu->params->sync_cross * 1000;
    struct trail path = trail_hold(trail);
    trail_spend(&npu->trails, &path, BOUND_cross, arrives - when);
    for (unsigned i = 0; i < npu->core_count; i++) {
        struct member member = member_of(&npu->cores[i]);
        if (group_receives(&member, &sender, (enum scope)mark->scope))
            deliver(&npu->cores[i], mark->id, arrives, path);
    }
    trail_drop(&npu->trails, path);
}

bool cross_take(struct core *core, int64_t id, sim_time now, sim_time *when,
                struct trail *trail)
{
    struct cross_counter *counter = &core->signals->cross[id];
    *when = SIM_NEVER;
    if (counter->count == 0)
        return false;

    *when = counter->when[counter->first];
    if (*when > now)
        return false;
    *trail = counter->trail[counter->first];
    counter->first = (counter->first + 1) % (CROSS_PENDING + 1);
    counter->count--;
    return true;
}

void cross_clear(struct cross_counter *counter, struct trails *trails)
{
    for (unsigned i = 0; i < counter->count; i++)
        trail_drop(trails, counter->trail[(counter->first + i) % (CROSS_PENDING + 1)]);
    counter->count = 0;
}

void cross_sync_all(struct core *core, sim_time when, struct trail trail)
{
    struct npu *npu = core->npu;

    core->at_sync_all = true;
    for (unsigned i = 0; i < npu->core_count; i++) {
        if (npu->cores[i].launched && !npu->cores[i].at_sync_all)
            return;
    }
    checker_meet(npu_checker(npu));

    sim_time released = when + (sim_time)npu->params->sync_all * 1000;
    struct trail path = trail_hold(trail);
    trail_spend(&npu->trails, &path, BOUND_cross, released - when);
    for (unsigned i = 0; i < npu->core_count; i++) {
        struct core *other = &npu->cores[i];
        if (!other->launched)
            continue;
        other->at_sync_all = false;
        other->has_op = false;
        other->time = released;
        core_follow(other, path);
        core_wake(other, released);
    }
    trail_drop(&npu->trails, path);
}
