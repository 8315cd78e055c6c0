#include "kernels/ir/untimed.h"

#include "kernels/ir/checker.h"
#include "kernels/ir/group.h"
#include "kernels/ir/stuck.h"
#include "kernels/ir/walk.h"
#include "sim/assert.h"
#include "sim/mem.h"

#define QUEUE_MOST 64   /* no fewer than the queues of any chip */
#define WALK_SLICE 4096 /* instructions between two looks at the limit */

/* Operations of a pipe that wait behind one that cannot go on. */
struct queue {
    struct kop ops[QUEUE_MOST];
    unsigned first, count;
};

struct actor { /* a core */
    struct member member;
    unsigned index, data; /* among its kind; among all */
    bool running;

    struct walk walk;
    struct kop op; /* not yet issued */
    bool has_op, walked;
    struct queue queues[PIPE_COUNT];
    bool flags[PIPE_COUNT][PIPE_COUNT][KFLAG_IDS]; /* [from][to][id] */
    uint64_t cross[KCROSS_IDS];                    /* signals to be taken */
    uint64_t sent[SCOPE_COUNT][KCROSS_IDS];
    bool at_sync_all;
};

struct untimed {
    const struct kernel *kernel;
    struct outlines outlines; /* of it */
    struct exec *exec;
    struct actor *actors; /* all cube cores, then all vector cores */
    unsigned aic, count, per_aic;
    unsigned blocks, next_block;
    bool mixed;
    uint64_t steps;
    struct diag *diag;
    bool failed;
};

static bool fail(struct untimed *run, const struct actor *actor, const struct kop *op,
                 const char *what)
{
    run->failed = true;
    enum core_kind kind = actor->member.kind;
    return diag_fail(run->diag, walk_loc(run->kernel, kind, op->instr), "%s, %s %u: %s",
                     run->kernel->name, core_kind_names[kind], actor->index, what);
}

/* --- signals between cores --- */

static void signal_cores(struct untimed *run, struct actor *sender, const struct kop *op)
{
    uint64_t round = ++sender->sent[op->scope][op->id];

    for (unsigned i = 0; i < run->count; i++) {
        const struct actor *other = &run->actors[i];
        if (group_sends(&other->member, &sender->member, op->scope) &&
            other->sent[op->scope][op->id] < round)
            return;
    }
    for (unsigned i = 0; i < run->count; i++) {
        if (group_receives(&run->actors[i].member, &sender->member, op->scope))
            run->actors[i].cross[op->id]++;
    }
}

static void meet(struct untimed *run, struct actor *actor)
{
    actor->at_sync_all = true;
    for (unsigned i = 0; i < run->count; i++) {
        if (run->actors[i].member.launched && !run->actors[i].at_sync_all)
            return;
    }
    checker_meet(run->exec->checker);
    for (unsigned i = 0; i < run->count; i++) {
        run->actors[i].at_sync_all = false;
        run->actors[i].has_op = false; /* the sync_all that it stands at */
    }
}

/* --- operations; each of these is false when it cannot go on --- */

static bool take_flag(bool *flag)
{
    bool raised = *flag;
    *flag = false;
    return raised;
}

static bool take_signal(uint64_t *counter)
{
    if (*counter == 0)
        return false;
    --*counter;
    return true;
}

static bool raise_flag(struct untimed *run, struct actor *actor, const struct kop *op)
{
    bool *flag = &actor->flags[op->from][op->to][op->id];
    if (*flag)
        return fail(run, actor, op, "a flag is set again before it was waited for");
    *flag = true;
    return true;
}

static bool perform(struct untimed *run, struct actor *actor, const struct kop *op)
{
    switch (op->code) {
    case KOP_set_flag:
        return raise_flag(run, actor, op);
    case KOP_wait_flag:
        return take_flag(&actor->flags[op->from][op->to][op->id]);
    case KOP_cross_set:
        signal_cores(run, actor, op);
        return true;
    case KOP_cross_wait:
        return take_signal(&actor->cross[op->id]);
    case KOP_barrier: /* whatever came before it on its pipe is done */
        return true;
    default:
        exec_op(run->exec, actor->data, op);
        return true;
    }
}

/* Whether anything can hold op up once it is at the head of its queue. */
static bool may_wait(const struct kop *op)
{
    return op->code == KOP_wait_flag || op->code == KOP_cross_wait ||
           (op->code == KOP_barrier && op->pipe == PIPE_ALL);
}

/* The head of a queue, if it can go on. */
static bool perform_queued(struct untimed *run, struct actor *actor, const struct kop *op)
{
    bool waits = may_wait(op);
    if (!waits) /* it is seen before it changes memory */
        checker_effect(run->exec->checker, actor->data, op);
    if (!perform(run, actor, op))
        return false;
    if (waits)
        checker_effect(run->exec->checker, actor->data, op);
    return true;
}

/* Do what can be done of what was issued. */
static bool empty_queues(struct untimed *run, struct actor *actor)
{
    bool moved = true, any = false;

    while (moved && !run->failed) {
        moved = false;
        for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
            struct queue *queue = &actor->queues[pipe];
            while (queue->count > 0 && perform_queued(run, actor, &queue->ops[queue->first])) {
                queue->first = (queue->first + 1) % QUEUE_MOST;
                queue->count--;
                moved = any = true;
            }
        }
    }
    return any;
}

static bool is_idle(const struct actor *actor)
{
    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
        if (actor->queues[pipe].count > 0)
            return false;
    }
    return true;
}

/* --- the scalar unit --- */

static bool read_scalar(struct untimed *run, struct actor *actor)
{
    int64_t value = 0;
    if (!exec_check(run->kernel, actor->member.kind, &actor->op, run->diag)) {
        checker_refused(run->exec->checker, actor->data, &actor->walk, &actor->op, run->diag);
        run->failed = true;
        return false;
    }
    checker_scalar(run->exec->checker, actor->data, &actor->walk, &actor->op);
    (void)exec_read(run->exec, actor->data, &actor->op, &value);
    walk_supply(&actor->walk, value);
    return true;
}

/* What the scalar unit does itself. */
static bool perform_scalar(struct untimed *run, struct actor *actor)
{
    const struct kop *op = &actor->op;
    bool waits = may_wait(op);
    if (!waits)
        checker_scalar(run->exec->checker, actor->data, &actor->walk, op);
    bool done = kop_pipe(op) == PIPE_ALL ? is_idle(actor) : perform(run, actor, op);
    if (done && waits)
        checker_scalar(run->exec->checker, actor->data, &actor->walk, op);
    return done;
}

static bool issue(struct untimed *run, struct actor *actor)
{
    const struct kop *op = &actor->op;
    if (op->code == KOP_COUNT)
        return read_scalar(run, actor);

    enum pipe_id pipe = kop_pipe(op);
    if (op->code == KOP_sync_all) {
        if (!actor->at_sync_all && is_idle(actor))
            meet(run, actor);
        return !actor->has_op; /* the last one to come has taken it away */
    }
    if (pipe == PIPE_ALL || pipe == PIPE_S)
        return perform_scalar(run, actor);

    struct queue *queue = &actor->queues[pipe];
    if (queue->count == QUEUE_MOST)
        return false;
    checker_issue(run->exec->checker, actor->data, &actor->walk, op);
    queue->ops[(queue->first + queue->count++) % QUEUE_MOST] = *op;
    return true;
}

/* The next operation, or the end of the program. */
static bool fetch(struct untimed *run, struct actor *actor)
{
    while (true) {
        uint64_t before = actor->walk.steps;
        enum walk_event event = walk_next(&actor->walk, WALK_SLICE, run->diag);
        if (event == WALK_OP || event == WALK_READ)
            actor->op = *walk_op(&actor->walk);
        run->steps += actor->walk.steps - before;

        if (run->steps > UNTIMED_STEP_LIMIT) {
            struct loc loc = { .file = run->kernel->file };
            diag_fail(run->diag, loc, "the limit of %llu instructions is reached",
                      (unsigned long long)UNTIMED_STEP_LIMIT);
            event = WALK_ERROR;
        }
        if (event == WALK_OP &&
            !exec_check(run->kernel, actor->member.kind, &actor->op, run->diag)) {
            checker_refused(run->exec->checker, actor->data, &actor->walk, &actor->op,
                            run->diag);
            event = WALK_ERROR;
        }
        if (event == WALK_PAUSE)
            continue;

        run->failed = event == WALK_ERROR;
        actor->walked = event == WALK_DONE;
        actor->has_op = event == WALK_OP || event == WALK_READ;
        return !run->failed;
    }
}

/* --- blocks --- */

static void start(struct untimed *run, struct actor *actor, unsigned block, unsigned sub_block)
{
    if (!run->kernel->programs[actor->member.kind].present)
        return;
    actor->member.launched = actor->running = true;
    actor->walked = actor->has_op = false;
    actor->member.block = block;
    walk_init(&actor->walk, &run->outlines, actor->member.kind, block, sub_block, run->blocks);
    checker_block(run->exec->checker, actor->data, block);
}

/* slot is a cube core, with its vector cores, or a vector core of a kernel for those alone. */
static void start_block(struct untimed *run, unsigned slot)
{
    unsigned block = run->next_block++;
    struct actor *vector = &run->actors[run->aic];

    if (run->kernel->programs[CORE_AIC].present)
        start(run, &run->actors[slot], block, 0);
    if (!run->mixed) {
        start(run, &vector[slot], block, 0);
        return;
    }
    for (unsigned i = 0; i < run->per_aic; i++)
        start(run, &vector[slot * run->per_aic + i], block, i);
}

static void end_block(struct untimed *run, struct actor *actor)
{
    actor->running = false;
    for (unsigned i = 0; i < run->count; i++) {
        if (run->actors[i].running && run->actors[i].member.block == actor->member.block)
            return; /* its last core goes on to the next block */
    }
    checker_block_done(run->exec->checker, actor->member.block);
    bool pair = run->mixed && actor->member.kind == CORE_AIV;
    if (run->next_block < run->blocks)
        start_block(run, pair ? actor->index / run->per_aic : actor->index);
}

/* Go on to the next blocking point; false when the core stands at one already. */
static bool advance(struct untimed *run, struct actor *actor)
{
    bool moved = empty_queues(run, actor);

    while (actor->running && !run->failed) {
        if (!actor->has_op && !actor->walked && !fetch(run, actor))
            break;
        if (actor->walked) {
            if (!is_idle(actor))
                break;
            end_block(run, actor);
        } else {
            if (!issue(run, actor))
                break;
            actor->has_op = false;
            empty_queues(run, actor);
        }
        moved = true;
    }
    return moved;
}

static struct stuck_core stuck_core(const struct actor *actor)
{
    struct stuck_core stuck = { .member = actor->member,
                                .index = actor->index,
                                .running = actor->running,
                                .at_sync_all = actor->at_sync_all,
                                .full = PIPE_S };

    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
        const struct queue *queue = &actor->queues[pipe];
        stuck.holds[pipe] = queue->count > 0;
        if (stuck.holds[pipe])
            stuck.at[pipe] = kop_mark(&queue->ops[queue->first]);
    }
    if (actor->has_op) {
        enum pipe_id pipe = kop_pipe(&actor->op);
        stuck.holds[PIPE_S] = true;
        stuck.at[PIPE_S] = kop_mark(&actor->op);
        stuck.full = pipe == PIPE_ALL ? PIPE_S : pipe;
    }
    return stuck;
}

static void explain_deadlock(const struct untimed *run)
{
    struct stuck_core *cores = mem_array(run->count, sizeof *cores);
    struct actor_place place;
    struct text chain;

    text_init(&chain);
    for (unsigned i = 0; i < run->count; i++)
        cores[i] = stuck_core(&run->actors[i]);
    stuck_explain(run->kernel, cores, run->count, &chain, &place);
    checker_deadlock(run->exec->checker, &place, chain.at);
    text_free(&chain);
    mem_free(cores);
}

static bool fail_deadlock(struct untimed *run)
{
    for (unsigned i = 0; i < run->count; i++) {
        const struct actor *actor = &run->actors[i];
        if (!actor->running)
            continue;
        const struct kop *op = &actor->op;
        for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
            const struct queue *queue = &actor->queues[pipe];
            if (queue->count > 0)
                op = &queue->ops[queue->first];
        }
        explain_deadlock(run);
        char what[80];
        snprintf(what, sizeof what, "deadlock: waits for ever at %s", kop_info[op->code].name);
        return fail(run, actor, op, what);
    }
    return true;
}

static bool play(struct untimed *run)
{
    unsigned slots = run->aic;
    if (!run->kernel->programs[CORE_AIC].present)
        slots *= run->per_aic;
    checker_launch(run->exec->checker);
    for (unsigned slot = 0; slot < slots && slot < run->blocks; slot++)
        start_block(run, slot);

    bool moved = true;
    while (moved && !run->failed) {
        moved = false;
        for (unsigned i = 0; i < run->count && !run->failed; i++)
            moved = advance(run, &run->actors[i]) || moved;
    }
    if (run->failed || !fail_deadlock(run))
        return false;
    checker_done(run->exec->checker);
    return true;
}

bool untimed_run(struct exec *exec, const struct target *target, unsigned blocks,
                 struct diag *diag)
{
    const struct kernel *kernel = exec->kernel;
    struct untimed run = {
        .kernel = kernel,
        .exec = exec,
        .aic = target->aic,
        .count = target->aic + target->aiv,
        .per_aic = target->aiv / target->aic,
        .blocks = blocks,
        .mixed = kernel->programs[CORE_AIC].present && kernel->programs[CORE_AIV].present,
        .diag = diag,
    };
    SIM_ASSERT(exec->core_count == run.count);
    if (!target->coupled)
        exec_pair(exec, run.aic, run.per_aic);

    run.actors = mem_array(run.count, sizeof *run.actors);
    for (unsigned i = 0; i < run.count; i++) {
        bool cube = i < run.aic;
        run.actors[i].member.kind = cube ? CORE_AIC : CORE_AIV;
        run.actors[i].index = cube ? i : i - run.aic;
        run.actors[i].data = i;
    }
    outlines_init(&run.outlines, kernel);
    bool ok = play(&run);
    outlines_free(&run.outlines);
    mem_free(run.actors);
    return ok;
}
