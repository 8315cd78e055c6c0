/* What a deadlock is: where each core stands, and who waits for whom. */
#include "kernels/ir/checker.h"
#include "kernels/ir/stuck.h"
#include "models/npu.h"
#include "sim/mem.h"

static void describe_op(struct text *out, const struct kmark *op)
{
    text_addf(out, "%s", kop_info[op->code].name);
    if (op->code == KOP_set_flag || op->code == KOP_wait_flag)
        text_addf(out, " from=%s to=%s", pipe_names[op->from], pipe_names[op->to]);
    if ((kop_info[op->code].needs & UINT64_C(1) << ATTR_id) != 0)
        text_addf(out, " id=%d", (int)op->id);
    text_addf(out, " (instruction %u)", (unsigned)op->instr);
}

/* What each pipe of a core that has not ended waits on, a line per core. */
static void describe_stuck(struct text *out, const struct core *core)
{
    const char *gap = " ";

    text_addf(out, "  %s %u, block %u:", core_kind_names[core->kind], core->index, core->block);
    if (core->has_op && !core->reads) {
        text_addf(out, "%ss at ", gap);
        struct kmark mark = kop_mark(walk_op(&core->walk));
        describe_op(out, &mark);
        gap = "; ";
    }
    for (unsigned i = 0; i < PIPE_COUNT; i++) {
        const struct pipe *pipe = &core->pipes[i];
        const struct kmark *op = pipe->ring == NULL ? NULL : pipe_blocked(pipe);
        if (op == NULL)
            continue;
        text_addf(out, "%s%s at ", gap, pipe_names[i]);
        describe_op(out, op);
        gap = "; ";
    }
    text_addf(out, "\n");
}

static struct stuck_core stuck_core(const struct core *core)
{
    struct stuck_core stuck = {
        .member = { .kind = core->kind, .block = core->block, .launched = core->launched },
        .index = core->index,
        .running = core->running,
        .at_sync_all = core->at_sync_all,
        .full = core->queue_wait
    };

    for (unsigned i = 0; i < PIPE_COUNT; i++) {
        const struct pipe *pipe = &core->pipes[i];
        const struct kmark *at = pipe->ring == NULL ? NULL : pipe_blocked(pipe);
        stuck.holds[i] = at != NULL;
        if (at != NULL)
            stuck.at[i] = *at;
    }
    stuck.holds[PIPE_S] = core->has_op && !core->reads;
    if (stuck.holds[PIPE_S])
        stuck.at[PIPE_S] = kop_mark(walk_op(&core->walk));
    return stuck;
}

/* To whoever listens: the checker, or else the report. */
static void explain_deadlock(struct npu *npu, struct text *report)
{
    struct stuck_core *cores = mem_array(npu->core_count, sizeof *cores);
    struct actor_place place;
    struct text chain;

    text_init(&chain);
    for (unsigned i = 0; i < npu->core_count; i++)
        cores[i] = stuck_core(&npu->cores[i]);
    stuck_explain(npu->kernel, cores, npu->core_count, &chain, &place);
    if (npu_checker(npu) != NULL)
        checker_deadlock(npu_checker(npu), &place, chain.at);
    else if (report != NULL)
        text_addf(report, "  %s\n", chain.at);
    text_free(&chain);
    mem_free(cores);
}

void npu_fail_deadlock(struct npu *npu, struct text *report)
{
    struct text first;
    text_init(&first);
    unsigned stuck = 0;

    for (unsigned i = 0; i < npu->core_count; i++) {
        const struct core *core = &npu->cores[i];
        if (!core->running)
            continue;
        if (stuck++ == 0)
            describe_stuck(&first, core);
        if (report != NULL)
            describe_stuck(report, core);
    }
    explain_deadlock(npu, report);
    if (first.length > 0)
        first.at[first.length - 1] = '\0'; /* the line's end */
    diag_fail(&npu->diag, (struct loc){ .file = npu->kernel->file },
              "deadlock: %u cores wait for ever, the first:%s", stuck,
              first.length > 1 ? first.at + 1 : "");
    text_free(&first);
}
