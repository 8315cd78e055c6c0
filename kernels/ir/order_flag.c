/* Order by flags between the pipes of a core, and by signals between cores. */
#include "kernels/ir/order_impl.h"
#include "sim/mem.h"

static void put(struct notes *notes, struct note *note)
{
    if (notes->first == notes->end)
        notes->first = notes->end = 0;
    if (notes->end == notes->room) {
        notes->room = notes->room == 0 ? 4 : notes->room * 2;
        notes->at = mem_grow(notes->at, notes->room * sizeof(struct note *));
    }
    notes->at[notes->end++] = note;
}

static struct note *take(struct notes *notes)
{
    return notes->first == notes->end ? NULL : notes->at[notes->first++];
}

static void empty(struct notes *notes)
{
    struct note *note;
    while ((note = take(notes)) != NULL)
        note_let_go(note);
}

void order_forget_flags(struct core_order *core)
{
    for (unsigned from = 0; from < PIPE_COUNT; from++) {
        for (unsigned to = 0; to < PIPE_COUNT; to++) {
            for (unsigned id = 0; id < KFLAG_IDS; id++) {
                note_let_go(core->flags[from][to][id].raised);
                core->flags[from][to][id] = (struct flag_order){ NULL, 0 };
            }
        }
    }
    for (unsigned id = 0; id < KCROSS_IDS; id++) {
        empty(&core->counters[id]);
        for (unsigned scope = 0; scope < SCOPE_COUNT; scope++)
            empty(&core->sent[scope][id]);
    }
}

void order_free_flags(struct core_order *core)
{
    order_forget_flags(core);
    for (unsigned id = 0; id < KCROSS_IDS; id++) {
        mem_free(core->counters[id].at);
        for (unsigned scope = 0; scope < SCOPE_COUNT; scope++)
            mem_free(core->sent[scope][id].at);
    }
}

/* --- flags --- */

enum flag_state order_set_flag(struct order *order, size_t core, const struct kop *op)
{
    struct flag_order *flag = &order->cores[core].flags[op->from][op->to][op->id];
    uint32_t taken = clock_of(order, core, op->from)[order_thread(core, op->to)];
    enum flag_state state = flag->raised != NULL  ? FLAG_RAISED
                            : taken < flag->taken ? FLAG_UNSURE
                                                  : FLAG_DOWN;

    note_let_go(flag->raised);
    flag->raised = note_of(order, core, op->from, op->instr);
    return state;
}

/* The pipe goes on after what the note says. */
static void follow(struct order *order, size_t core, enum pipe_id pipe, struct note *note)
{
    order_learn(order, core, pipe, note->clock);
    note_let_go(note);
    if (pipe == PIPE_S)
        order_scalar_waited(&order->cores[core]);
}

bool order_wait_flag(struct order *order, size_t core, const struct kop *op)
{
    struct flag_order *flag = &order->cores[core].flags[op->from][op->to][op->id];
    if (flag->raised == NULL)
        return false;
    follow(order, core, op->to, flag->raised);
    flag->raised = NULL;
    flag->taken = clock_of(order, core, op->to)[order_thread(core, op->to)];
    return true;
}

void order_cross_set(struct order *order, size_t core, const struct kop *op)
{
    const struct member *sender = &order->cores[core].member;

    put(&order->cores[core].sent[op->scope][op->id], note_of(order, core, op->pipe, op->instr));
    for (size_t i = 0; i < order->count; i++) {
        struct core_order *other = &order->cores[i];
        const struct notes *sent = &other->sent[op->scope][op->id];
        if (group_sends(&other->member, sender, op->scope) && sent->first == sent->end)
            return;
    }

    struct note *round = note_of(order, core, op->pipe, op->instr);
    for (size_t i = 0; i < order->count; i++) {
        struct core_order *other = &order->cores[i];
        if (!group_sends(&other->member, sender, op->scope))
            continue;
        struct note *part = take(&other->sent[op->scope][op->id]);
        order_join(order, round->clock, part->clock);
        note_let_go(part);
    }
    for (size_t i = 0; i < order->count; i++) {
        if (group_receives(&order->cores[i].member, sender, op->scope)) {
            round->holders++;
            put(&order->cores[i].counters[op->id], round);
        }
    }
    note_let_go(round);
}

bool order_cross_wait(struct order *order, size_t core, const struct kop *op)
{
    struct note *note = take(&order->cores[core].counters[op->id]);
    if (note == NULL)
        return false;
    follow(order, core, op->pipe, note);
    return true;
}

/* --- what is left --- */

void order_flags_left(const struct order *order, size_t core, left_fn *tell, void *context)
{
    const struct core_order *at = &order->cores[core];
    for (unsigned from = 0; from < PIPE_COUNT; from++) {
        for (unsigned to = 0; to < PIPE_COUNT; to++) {
            for (unsigned id = 0; id < KFLAG_IDS; id++) {
                const struct note *flag = at->flags[from][to][id].raised;
                if (flag != NULL)
                    tell(context, core, flag->core, flag->instr);
            }
        }
    }
}

void order_signals_left(const struct order *order, size_t core, left_fn *tell, void *context)
{
    for (unsigned id = 0; id < KCROSS_IDS; id++) {
        const struct notes *counter = &order->cores[core].counters[id];
        for (size_t i = counter->first; i < counter->end; i++)
            tell(context, core, counter->at[i]->core, counter->at[i]->instr);
    }
}
