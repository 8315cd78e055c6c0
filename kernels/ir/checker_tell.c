/* Findings in words. */
#include "kernels/ir/checker_impl.h"

#include "sim/mem.h"

#include <inttypes.h>

/* One side of a race. */
struct side {
    size_t core;
    enum pipe_id pipe;
    struct access access;
    const struct stamp *stamp;
};

static struct side side_of(const struct checker *checker, const struct access *access)
{
    struct side side = { .core = access->thread / PIPE_COUNT,
                         .pipe = (enum pipe_id)(access->thread % PIPE_COUNT),
                         .access = *access };
    side.stamp = order_stamp(checker->order, side.core, access->number);
    return side;
}

static bool reads(const struct side *side)
{
    return side->access.kind == ACCESS_READ || side->access.reads;
}

static enum finding_id race_id(const struct side *first, const struct side *second)
{
    unsigned a = first->access.kind, b = second->access.kind;

    if (first->core != second->core) {
        if (a >= ACCESS_ADD || b >= ACCESS_ADD)
            return FINDING_RACE_ATOMIC;
        return a == ACCESS_WRITE && b == ACCESS_WRITE ? FINDING_RACE_WRITE : FINDING_RACE_READ;
    }
    if (a == ACCESS_READ)
        return FINDING_SYNC_WAR;
    return reads(second) ? FINDING_SYNC_RAW : FINDING_SYNC_WAW;
}

static const char *verb(const struct side *side)
{
    static const char *const verbs[] = { "reads", "writes", "adds to", "takes the max of",
                                         "takes the min of" };
    return side->access.reads ? "reads and writes" : verbs[side->access.kind];
}

static const char *object_of(const struct checker *checker, size_t core,
                             const struct kaddr *operand)
{
    enum core_kind kind = checker_kind(checker, core);
    return operand->space == SPACE_GM
               ? checker->kernel->tensors[operand->object].name
               : checker->kernel->programs[kind].tiles[operand->object].name;
}

static void add_side(struct text *out, const struct checker *checker, const struct side *side)
{
    enum core_kind kind = checker_kind(checker, side->core);
    unsigned core = (unsigned)(kind == CORE_AIC ? side->core : side->core - checker->aic);

    finding_add_place(out, checker->kernel, kind, side->access.instr);
    text_addf(out, ", %s %u, %s", core_kind_names[kind], core, pipe_names[side->pipe]);
    for (unsigned i = 0; side->stamp != NULL && i < side->stamp->turn_count; i++)
        text_addf(out, "%s%%%s=%" PRId64, i == 0 ? ", " : " ",
                  finding_turn_name(checker->kernel, kind, side->access.instr, i),
                  side->stamp->turns[i]);
}

static char *text_owned(struct text *text)
{
    char *out = finding_text("%s", text->at);
    text_free(text);
    return out;
}

/* `operand` is that of op, which is one of the two sides. */
static char *race_found(const struct checker *checker, size_t core, const struct kop *op,
                        unsigned operand, const struct touch *touch, const struct side *first,
                        const struct side *second)
{
    const struct kaddr *at = &op->at[operand];
    uint64_t from = touch->at - at->base;
    struct text out;

    text_init(&out);
    text_addf(&out, "%s bytes %" PRIu64 "..%" PRIu64 " of %s (%s), which ", verb(second), from,
              from + touch->length - 1, object_of(checker, core, at), space_names[at->space]);
    add_side(&out, checker, first);
    text_addf(&out, " %s, and nothing puts one before the other", verb(first));
    return text_owned(&out);
}

static char *race_expected(const struct checker *checker, const struct side *first,
                           const struct side *second)
{
    struct text out;
    text_init(&out);
    if (first->core != second->core) {
        text_addf(&out, "a cross_set after one and a cross_wait before the other, or sync_all "
                        "between them");
        return text_owned(&out);
    }
    if (second->pipe == PIPE_S || first->pipe != PIPE_S)
        text_addf(&out, "set_flag from=%s to=%s after ", pipe_names[first->pipe],
                  pipe_names[second->pipe]);
    finding_add_place(&out, checker->kernel, checker_kind(checker, first->core),
                      first->access.instr);
    text_addf(&out, ", and its wait_flag before this");
    return text_owned(&out);
}

/* Of two pipes of a core the one that comes first in the program; of two cores, where either
 * may, always the same: the one that does not read, that combines, that stands first. */
static bool is_told_first(const struct checker *checker, const struct side *a,
                          const struct side *b)
{
    if (a->core == b->core)
        return a->access.number < b->access.number;
    if ((a->access.kind == ACCESS_READ) != (b->access.kind == ACCESS_READ))
        return b->access.kind == ACCESS_READ;
    if (a->access.kind != b->access.kind)
        return a->access.kind > b->access.kind;
    enum core_kind kind_a = checker_kind(checker, a->core);
    enum core_kind kind_b = checker_kind(checker, b->core);
    return kind_a != kind_b ? kind_a < kind_b : a->access.instr < b->access.instr;
}

void checker_race(struct checker *checker, size_t core, const struct kop *op, unsigned operand,
                  const struct touch *touch)
{
    struct side self = side_of(checker, &touch->self), other = side_of(checker, &touch->other);
    bool swapped = is_told_first(checker, &self, &other);
    const struct side *first = swapped ? &self : &other, *second = swapped ? &other : &self;
    enum finding_id id = race_id(first, second);
    struct actor_place place =
        checker_place(checker, second->core, second->pipe, second->access.instr, second->stamp);

    struct finding *finding = findings_add(checker->findings, id, &place, first->access.instr,
                                           checker_kind(checker, first->core));
    if (finding == NULL)
        return;
    finding->found = race_found(checker, core, op, operand, touch, first, second);
    finding->expected = race_expected(checker, first, second);
}

/* The cube adds up in place without a barrier, and MTE1 and FIX do not meet themselves. */
static bool barrier_matters(enum pipe_id pipe)
{
    return pipe == PIPE_V || pipe == PIPE_MTE2 || pipe == PIPE_MTE3;
}

void checker_behind(struct checker *checker, size_t core, const struct kop *op,
                    const struct touch *touch)
{
    if (op->code == KOP_COUNT) /* the scalar unit waits for what it has done itself */
        return;
    enum pipe_id pipe = kop_pipe(op);
    if (!barrier_matters(pipe))
        return;
    const struct stamp *stamp = order_stamp(checker->order, core, touch->self.number);
    struct actor_place place = checker_place(checker, core, pipe, op->instr, stamp);
    struct finding *finding = findings_add(checker->findings, FINDING_BARRIER, &place,
                                           touch->behind_instr, place.kind);
    if (finding == NULL)
        return;

    struct text out;
    text_init(&out);
    text_addf(&out, "follows from ");
    finding_add_place(&out, checker->kernel, place.kind, touch->behind_instr);
    text_addf(&out, " on the same pipe, with no barrier between them");
    finding->found = text_owned(&out);
    finding->expected =
        finding_text("barrier pipe=%s, which hardware may need", pipe_names[pipe]);
}

void checker_unset(struct checker *checker, enum finding_id id, size_t core,
                   const struct kop *op, uint32_t number, unsigned operand, uint64_t start,
                   uint64_t bytes)
{
    const struct kaddr *at = &op->at[operand];
    const struct stamp *stamp = order_stamp(checker->order, core, number);
    enum pipe_id pipe = op->code == KOP_COUNT ? PIPE_S : kop_pipe(op);
    struct actor_place place = checker_place(checker, core, pipe, op->instr, stamp);
    struct finding *finding = findings_add(checker->findings, id, &place, NO_INSTR, place.kind);
    if (finding == NULL)
        return;
    uint64_t from = (uint64_t)at->offset + start;
    finding->found = finding_text(
        "bytes %" PRIu64 "..%" PRIu64 " of %s (%s) %s", from, from + bytes - 1,
        object_of(checker, core, at), space_names[at->space],
        id == FINDING_UNSET_GM ? "get values that follow from bytes nothing has set"
                               : "are read, which nothing has set");
    finding->expected = finding_text("bytes that were set before");
}

void checker_leaves(struct checker *checker, size_t core, const struct kop *op, uint32_t number)
{
    const struct stamp *stamp = order_stamp(checker->order, core, number);
    struct actor_place place = checker_place(checker, core, kop_pipe(op), op->instr, stamp);
    struct finding *finding =
        findings_add(checker->findings, FINDING_TILE_END, &place, NO_INSTR, place.kind);
    if (finding == NULL)
        return;
    finding->found = finding_text("what b chooses lies outside of the tile");
    finding->expected = finding_text("indices and masks that stay inside of it");
}

void checker_flag_set(struct checker *checker, size_t core, const struct kop *op,
                      uint32_t number, enum flag_state state)
{
    if (state == FLAG_DOWN)
        return;
    const struct stamp *stamp = order_stamp(checker->order, core, number);
    struct actor_place place = checker_place(checker, core, op->from, op->instr, stamp);
    struct finding *finding =
        findings_add(checker->findings, FINDING_FLAG_TWICE, &place, NO_INSTR, place.kind);
    if (finding == NULL)
        return;
    finding->found = finding_text(
        "flag %s -> %s %d %s", pipe_names[op->from], pipe_names[op->to], (int)op->id,
        state == FLAG_RAISED ? "is raised already"
                             : "may still be raised, as nothing puts the wait for it "
                               "before this");
    finding->expected = finding_text("a wait_flag on %s, and %s to hear of it, between two "
                                     "set_flag",
                                     pipe_names[op->to], pipe_names[op->from]);
}
