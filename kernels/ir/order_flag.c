/* Order by flags between the pipes of a core, and by signals between cores. */
#include "kernels/ir/order_impl.h"
#include "sim/mem.h"

static void put(struct notes *notes, struct note *note)
{
    if (notes->at == NULL)
        notes->at = mem_array(NOTES_MOST, sizeof(struct note *));
    if (notes->count == NOTES_MOST || notes->beyond != 0) {
        notes->beyond++;
        note_let_go(note);
        return;
    }
    notes->at[(notes->first + notes->count++) % NOTES_MOST] = note;
}

/* The oldest, which the caller then holds; NULL when there is none. */
static struct note *take(struct notes *notes)
{
    if (notes->count == 0)
        return NULL;
    struct note *note = notes->at[notes->first];
    if (notes->count == 1 && notes->beyond != 0) {
        notes->beyond--;
        note->holders++;
        return note;
    }
    notes->first = (notes->first + 1) % NOTES_MOST;
    notes->count--;
    return note;
}

static void empty(struct notes *notes)
{
    notes->beyond = 0;
    while (notes->count != 0)
        note_let_go(take(notes));
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

enum flag_state order_set_flag(struct ordering *order, size_t core, const struct kop *op)
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
static void follow(struct ordering *order, size_t core, enum pipe_id pipe, struct note *note)
{
    order_learn(order, core, pipe, note->clock);
    note_let_go(note);
    if (pipe == PIPE_S)
        order_scalar_waited(&order->cores[core]);
}

bool order_wait_flag(struct ordering *order, size_t core, const struct kop *op)
{
    struct flag_order *flag = &order->cores[core].flags[op->from][op->to][op->id];
    if (flag->raised == NULL)
        return false;
    follow(order, core, op->to, flag->raised);
    flag->raised = NULL;
    flag->taken = clock_of(order, core, op->to)[order_thread(core, op->to)];
    return true;
}

void order_cross_set(struct ordering *order, size_t core, const struct kop *op)
{
    const struct member *sender = &order->cores[core].member;

    put(&order->cores[core].sent[op->scope][op->id], note_of(order, core, op->pipe, op->instr));
    for (size_t i = 0; i < order->count; i++) {
        struct core_order *other = &order->cores[i];
        const struct notes *sent = &other->sent[op->scope][op->id];
        if (group_sends(&other->member, sender, op->scope) && sent->count == 0)
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

bool order_cross_wait(struct ordering *order, size_t core, const struct kop *op)
{
    struct note *note = take(&order->cores[core].counters[op->id]);
    if (note == NULL)
        return false;
    follow(order, core, op->pipe, note);
    return true;
}

/* --- what is left --- */

void order_flags_left(const struct ordering *order, size_t core, left_fn *tell, void *context)
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

static void notes_left(const struct notes *notes, size_t core, left_fn *tell, void *context)
{
    for (size_t i = 0; i < notes->count; i++) {
        const struct note *note = notes->at[(notes->first + i) % NOTES_MOST];
        tell(context, core, note->core, note->instr);
    }
}

void order_signals_left(const struct ordering *order, size_t core, left_fn *tell, void *context)
{
    const struct core_order *at = &order->cores[core];
    for (unsigned id = 0; id < KCROSS_IDS; id++) {
        notes_left(&at->counters[id], core, tell, context);
        for (unsigned scope = 0; scope < SCOPE_COUNT; scope++)
            notes_left(&at->sent[scope][id], core, tell, context);
    }
}
