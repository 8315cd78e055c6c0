#include "kernels/ir/stuck.h"

#include "kernels/ir/walk.h"
#include "sim/assert.h"
#include "sim/mem.h"

/* A pipe of a core. */
struct node {
    size_t core;
    enum pipe_id pipe;
};

struct chain {
    const struct kernel *kernel;
    const struct stuck_core *cores;
    size_t count;
};

static const struct kmark *held(const struct chain *chain, struct node node)
{
    const struct stuck_core *core = &chain->cores[node.core];
    return core->holds[node.pipe] ? &core->at[node.pipe] : NULL;
}

/* A pipe that holds something up; if it has nothing, who should have given it that. */
static struct node working(const struct chain *chain, size_t core, enum pipe_id pipe)
{
    struct node node = { core, pipe };
    return held(chain, node) != NULL ? node : (struct node){ core, PIPE_S };
}

/* The cross_set of a program that may raise counter `id` of `receiver`; NULL: none. */
static const struct kinstr *signal_of(const struct chain *chain, size_t core, size_t receiver,
                                      int64_t id)
{
    const struct stuck_core *sender = &chain->cores[core];
    const struct kprogram *program = &chain->kernel->programs[sender->member.kind];

    for (size_t i = 0; sender->member.launched && i < program->length; i++) {
        const struct kinstr *instr = &program->code[i];
        struct kval given = instr->attr[ATTR_id];
        if (instr->kind == KI_OP && instr->code == KOP_cross_set &&
            (given.reg != 0 || given.imm == id) &&
            group_receives(&chain->cores[receiver].member, &sender->member,
                           (enum scope)instr->attr[ATTR_scope].imm))
            return instr;
    }
    return NULL;
}

/* A core that should signal; one that is stuck itself rather than one that has ended. */
static bool find_sender(const struct chain *chain, struct node node, struct node *out)
{
    int64_t id = held(chain, node)->id;
    bool found = false;

    for (size_t i = 0; i < chain->count; i++) {
        const struct kinstr *instr = signal_of(chain, i, node.core, id);
        if (instr == NULL || i == node.core || (found && !chain->cores[i].running))
            continue;
        *out = working(chain, i, (enum pipe_id)instr->attr[ATTR_pipe].imm);
        found = true;
        if (chain->cores[i].running)
            return true;
    }
    return found;
}

static bool find_absent(const struct chain *chain, struct node *out)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->cores[i].member.launched && !chain->cores[i].at_sync_all) {
            *out = (struct node){ i, PIPE_S };
            return true;
        }
    }
    return false;
}

static bool find_busy(const struct chain *chain, size_t core, struct node *out)
{
    for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
        if (pipe != PIPE_S && chain->cores[core].holds[pipe]) {
            *out = (struct node){ core, (enum pipe_id)pipe };
            return true;
        }
    }
    return false;
}

/* Whom a pipe that holds something up waits for; false: nobody in particular. */
static bool waits_for(const struct chain *chain, struct node node, struct node *out)
{
    const struct stuck_core *core = &chain->cores[node.core];
    const struct kmark *op = held(chain, node);

    if (node.pipe == PIPE_S && core->full != PIPE_S) {
        *out = (struct node){ node.core, core->full };
        return true;
    }
    switch (op->code) {
    case KOP_wait_flag:
        *out = working(chain, node.core, (enum pipe_id)op->from);
        return true;
    case KOP_cross_wait:
        return find_sender(chain, node, out);
    case KOP_sync_all:
        return core->at_sync_all ? find_absent(chain, out) : find_busy(chain, node.core, out);
    default: /* barrier pipe=all, or the end of the program */
        return find_busy(chain, node.core, out);
    }
}

static void add_node(struct text *out, const struct chain *chain, struct node node)
{
    const struct stuck_core *core = &chain->cores[node.core];
    text_addf(out, "%s %u, %s", core_kind_names[core->member.kind], core->index,
              pipe_names[node.pipe]);
}

static void add_held(struct text *out, const struct chain *chain, struct node node)
{
    const struct stuck_core *core = &chain->cores[node.core];
    const struct kmark *op = held(chain, node);
    uint64_t needs = kop_info[op->code].needs;

    add_node(out, chain, node);
    text_addf(out, " stands at ");
    finding_add_place(out, chain->kernel, core->member.kind, op->instr);
    if (op->code == KOP_wait_flag)
        text_addf(out, " (from=%s to=%s id=%d)", pipe_names[op->from], pipe_names[op->to],
                  (int)op->id);
    else if ((needs >> ATTR_id & 1) != 0)
        text_addf(out, " (id=%d)", (int)op->id);
}

static struct node first_stuck(const struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        for (unsigned pipe = PIPE_COUNT; chain->cores[i].running && pipe-- > 0;) {
            if (chain->cores[i].holds[pipe])
                return (struct node){ i, (enum pipe_id)pipe };
        }
    }
    SIM_ASSERT(false); /* a core that runs and stands at nothing goes on */
    return (struct node){ 0, PIPE_S };
}

/* The nodes of the chain from `at` on, up to one that has been there or the last. */
static void add_chain(struct text *out, const struct chain *chain, struct node at)
{
    bool *seen = mem_array(chain->count * PIPE_COUNT, sizeof *seen);
    struct node next;

    while (!seen[at.core * PIPE_COUNT + at.pipe]) {
        seen[at.core * PIPE_COUNT + at.pipe] = true;
        add_held(out, chain, at);
        if (!waits_for(chain, at, &next)) {
            text_addf(out, ", which nobody is there to end");
            break;
        }
        text_addf(out, " and waits for ");
        add_node(out, chain, next);
        if (held(chain, next) == NULL) {
            text_addf(out, ", whose program has ended");
            break;
        }
        text_addf(out, "; ");
        at = next;
    }
    if (out->length >= 2 && out->at[out->length - 1] == ' ') {
        out->length -= 2;
        out->at[out->length] = '\0';
        text_addf(out, ": a cycle");
    }
    mem_free(seen);
}

/* From the first that is stuck, as far on as it takes to be on the cycle itself. */
static struct node on_cycle(const struct chain *chain, struct node at)
{
    struct node start = at, next;
    size_t most = chain->count * PIPE_COUNT;

    for (size_t i = 0; i < most; i++) {
        if (!waits_for(chain, at, &next) || held(chain, next) == NULL)
            return start;
        at = next;
    }
    return at;
}

void stuck_explain(const struct kernel *kernel, const struct stuck_core *cores, size_t count,
                   struct text *out, struct actor_place *place)
{
    struct chain chain = { kernel, cores, count };
    struct node start = on_cycle(&chain, first_stuck(&chain));
    const struct stuck_core *core = &cores[start.core];

    *place = (struct actor_place){ .kernel = kernel,
                                   .kind = core->member.kind,
                                   .core = core->index,
                                   .block = core->member.block,
                                   .pipe = start.pipe,
                                   .instr = held(&chain, start)->instr };
    add_chain(out, &chain, start);
}
