/* The scalar unit of a core: it walks the program, issues, and executes what is its own. */
#include "kernels/ir/checker.h"
#include "models/core.h"
#include "models/npu.h"
#include "sim/assert.h"

#define MILLI 1000
#define WALK_SLICE 4096 /* instructions between two looks at the limit */

/* --- its time --- */

/* It has no operations to show in a trace, only what it does. */
static void show_state(const struct core *core, const struct pipe *unit)
{
    if (unit->state != PIPE_idle && core->time > unit->since)
        trace_state(core->npu->trace, core->kind, core->index, pipe_state_names[unit->state],
                    unit->since, core->time);
}

static inline void scalar_state(struct core *core, enum pipe_state state)
{
    struct pipe *unit = &core->pipes[PIPE_S];

    if (state == unit->state)
        return;
    if (core->npu->trace != NULL)
        show_state(core, unit);
    pipe_charge(unit, state, core->time);
}

static sim_time cycles_time(const struct params *params, int64_t millicycles)
{
    uint64_t clock = (uint64_t)params->core_clock;
    return ((uint64_t)millicycles * 1000 + clock - 1) / clock;
}

/* Work of `millicycles`, thousandths of a cycle. */
static inline void scalar_work(struct core *core, int64_t millicycles)
{
    sim_time spent = cycles_time(core->npu->params, millicycles);

    scalar_state(core, PIPE_busy);
    core->worked += spent;
    core->time += spent;
}

/* --- operations of the scalar unit itself; each returns false when it must wait --- */

static bool all_idle(const struct core *core)
{
    for (unsigned i = 0; i < PIPE_COUNT; i++) {
        if (core->pipes[i].ring != NULL && !pipe_idle(&core->pipes[i]))
            return false;
    }
    return true;
}

/* The last completion of any pipe releases the scalar unit. */
static void released_by_pipes(struct core *core)
{
    for (unsigned i = 0; i < PIPE_COUNT; i++) {
        const struct pipe *pipe = &core->pipes[i];
        if (pipe->ring != NULL)
            core_released(core, pipe->retired_at, pipe->retired);
    }
}

/* Whether all pipes are idle; if not, the core is woken when they are. */
static bool settle_all(struct core *core)
{
    core->all_wait = true;
    for (unsigned i = 0; i < PIPE_COUNT; i++) {
        if (core->pipes[i].ring != NULL)
            pipe_settle(&core->pipes[i]);
    }
    return all_idle(core);
}

static bool wait_all(struct core *core)
{
    if (!settle_all(core)) {
        scalar_state(core, PIPE_wait_barrier);
        return false;
    }
    core->all_wait = false;
    released_by_pipes(core);
    return true;
}

/* The scalar unit learns that the pipes are idle, and goes on. */
static bool pass_barrier(struct core *core)
{
    if (!wait_all(core))
        return false;
    scalar_state(core, PIPE_wait_barrier);
    const struct params *params = core->npu->params;
    sim_time spent = cycles_time(params, params->sync_barrier_all * MILLI);
    trail_spend(&core->npu->trails, &core->trail, BOUND_barrier, spent);
    core->time += spent;
    return true;
}

static bool wait_flag(struct core *core, const struct kmark *mark, sim_time now)
{
    struct flag *flag = core_flag(core, mark);
    if (!flag->raised || flag->when > now) {
        scalar_state(core, PIPE_wait_flag);
        if (flag->raised)
            core_wake(core, flag->when);
        return false;
    }
    core_released(core, flag->when, flag->trail);
    core_lower_flag(core, flag);
    return true;
}

static bool wait_cross(struct core *core, const struct kmark *mark, sim_time now)
{
    sim_time when;
    struct trail trail;
    if (!cross_take(core, mark->id, now, &when, &trail)) {
        scalar_state(core, PIPE_wait_cross);
        if (when != SIM_NEVER)
            core_wake(core, when);
        return false;
    }
    core_released(core, when, trail);
    trail_drop(&core->npu->trails, trail);
    return true;
}

static bool scalar_op(struct core *core, const struct kop *op, sim_time now)
{
    struct kmark mark = kop_mark(op);

    switch (op->code) {
    case KOP_set_flag:
        core_raise_flag(core, &mark, core->time, core_trail(core));
        return true;
    case KOP_wait_flag:
        return wait_flag(core, &mark, now);
    case KOP_cross_set:
        cross_signal(core, &mark, core->time, core_trail(core));
        return true;
    case KOP_cross_wait:
        return wait_cross(core, &mark, now);
    case KOP_barrier:
        return op->pipe != PIPE_ALL || pass_barrier(core);
    case KOP_sync_all:
        if (core->at_sync_all || !wait_all(core))
            return false;
        scalar_state(core, PIPE_wait_cross);
        cross_sync_all(core, core->time, core_trail(core));
        return false; /* the last arrival takes the operation away from all */
    case KOP_put:     /* when the checker has seen it */
        return true;
    default:
        SIM_ASSERT(false); /* the verifier lets no other operation run on S */
        return true;
    }
}

/* --- the walk --- */

static bool issue_op(struct core *core, const struct kop *op, sim_time now)
{
    enum pipe_id id = kop_pipe(op);

    if (id == PIPE_S || id == PIPE_ALL) {
        if (core->time > now) { /* what it sees and does must be of this moment */
            core_wake(core, core->time);
            return false;
        }
        if (!scalar_op(core, op, now))
            return false;
        checker_scalar(npu_checker(core->npu), core->data, &core->walk, op);
        if (op->code == KOP_put && core->npu->exec != NULL)
            exec_op(core->npu->exec, core->data, op);
        if (core->has_op)
            scalar_work(core, core->npu->params->scalar_issue +
                                  (int64_t)core->cost.occupancy * MILLI);
        core->has_op = false;
        return true;
    }

    struct pipe *pipe = &core->pipes[id];
    if (pipe_full(pipe)) {
        core->queue_wait = id;
        pipe_settle(pipe); /* the place may be held by what is complete */
    }
    if (pipe_full(pipe)) {
        scalar_state(core, PIPE_wait_queue);
        return false;
    }
    if (core->queue_wait !=
        PIPE_S) { /* a begun operation freed the place, or a completed one */
        core->queue_wait = PIPE_S;
        if (core->time < now)
            core_released(core, pipe->retired_at, pipe->retired);
    }
    scalar_work(core, core->npu->params->scalar_issue);
    core->npu->ops++;
    checker_issue(npu_checker(core->npu), core->data, &core->walk, op);
    pipe_issue(pipe, op, &core->cost);
    core->has_op = false;
    return true;
}

static void refused(const struct core *core, const struct kop *op)
{
    const struct npu *npu = core->npu;
    checker_refused(npu_checker(npu), core->data, &core->walk, op, &npu->diag);
}

static int64_t read_millicycles(const struct params *params, enum space space)
{
    if (space == SPACE_GM)
        return params->scalar_read_gm * params->core_clock;
    return space == SPACE_SPR ? params->scalar_op : params->scalar_read_ub * MILLI;
}

static bool read_scalar(struct core *core, const struct kop *read, sim_time now)
{
    struct npu *npu = core->npu;
    struct kop op = *read;
    int64_t cost = read_millicycles(npu->params, (enum space)op.at[OPERAND_A].space), value = 0;

    if (core->time > now) {
        core_wake(core, core->time);
        return false;
    }
    if (!npu->data && op.at[OPERAND_B].present)
        op.at[OPERAND_A] = op.at[OPERAND_B];
    if (!exec_check(npu->kernel, core->kind, &op, &npu->diag)) {
        refused(core, &op);
        npu_stop(npu);
        return false;
    }
    checker_scalar(npu_checker(npu), core->data, &core->walk, &op);
    if (npu->exec != NULL)
        (void)exec_read(npu->exec, core->data, &op, &value);
    walk_supply(&core->walk, value);
    scalar_work(core, cost);
    core->has_op = false;
    return true;
}

static void finish(struct core *core, sim_time now)
{
    if (core->time > now) { /* it has run ahead; cores end in the order of their times */
        core_wake(core, core->time);
        return;
    }
    scalar_state(core, PIPE_idle);
    if (!settle_all(core))
        return;
    core->all_wait = false;
    released_by_pipes(core);
    scalar_state(core, PIPE_idle);
    core->running = false;
    core->ended = core->time;
    npu_core_done(core->npu, core);
}

/* Check the operation about to be issued and find what it costs. Both are remembered. */
static bool look_at_op(struct core *core, const struct kop *op)
{
    struct npu *npu = core->npu;
    struct op_key key;
    bool keyed = walk_key(&core->walk, &key);

    if (keyed && cost_memo_find(&npu->memo, &key, &core->cost))
        return true;
    if (!exec_check(npu->kernel, core->kind, op, &npu->diag)) {
        refused(core, op);
        return false;
    }
    core->cost = cost_of(npu->params, op);
    if (keyed)
        cost_memo_keep(&npu->memo, &key, core->cost);
    return true;
}

void core_on_issue(struct sim *sim, void *owner)
{
    struct core *core = owner;
    struct npu *npu = core->npu;
    const struct params *params = npu->params;
    sim_time now = sim_now(sim);
    const struct kop *op = core->has_op ? walk_op(&core->walk) : NULL;

    while (core->running && !npu->failed) {
        if (core->done_walking) {
            finish(core, now);
            return;
        }
        if (core->has_op) {
            if (!(core->reads ? read_scalar(core, op, now) : issue_op(core, op, now)))
                return;
            continue;
        }

        uint64_t before = core->walk.steps;
        enum walk_event event = walk_next(&core->walk, WALK_SLICE, &npu->diag);
        npu->steps += core->walk.steps - before;
        if (core->walk.scalar_ops + core->walk.loop_turns > 0)
            scalar_work(core, core->walk.scalar_ops * params->scalar_op +
                                  core->walk.loop_turns * params->scalar_loop);
        if (event == WALK_ERROR || npu->steps > npu->step_limit) {
            if (event != WALK_ERROR)
                npu_fail(npu, core, NULL, "the limit of %llu instructions is reached",
                         (unsigned long long)npu->step_limit);
            npu_stop(npu);
            return;
        }
        core->done_walking = event == WALK_DONE;
        core->reads = event == WALK_READ;
        core->has_op = event == WALK_OP || core->reads;
        if (core->has_op)
            op = walk_op(&core->walk);
        if (event == WALK_OP && !look_at_op(core, op)) {
            npu_stop(npu);
            return;
        }
    }
}

void core_pipe_moved(struct core *core, struct pipe *pipe, bool at_once)
{
    bool place = core->queue_wait == pipe->id && !pipe_full(pipe);
    bool idle = core->all_wait && pipe_idle(pipe) && all_idle(core);

    if (!place && !idle)
        return;
    if (at_once && !event_pending(&core->issue))
        core_on_issue(core->npu->sim, core);
    else
        core_wake(core, sim_now(core->npu->sim));
}
