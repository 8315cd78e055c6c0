/* What operations touch: races, and bytes that nothing has set. */
#include "kernels/ir/checker_impl.h"
#include "kernels/ir/footprint.h"
#include "kernels/ir/unset.h"
#include "sim/mem.h"

#include <string.h>

/* An operation being followed. */
struct work {
    struct checker *checker;
    size_t core;
    const struct kop *op;
    uint32_t number;
    enum pipe_id pipe;
    uint64_t extents[KOP_OPERANDS];
    uint8_t *at[KOP_OPERANDS];

    struct shadow *shadow; /* of the operand being touched, and where that begins in it */
    uint64_t base;
    struct touch touch;

    bool *set[KOP_OPERANDS]; /* which bytes of what is written are set, once it was asked */
};

/* Of the core that an operand lies in, which may be a partner of the one that works on it. */
static struct shadow *shadow_of(const struct work *work, unsigned operand)
{
    size_t holder = exec_holder(work->checker->exec, work->core, work->op, operand);
    return checker_shadow(work->checker, holder, &work->op->at[operand]);
}

static void begin_operand(struct work *work, unsigned operand, enum access_kind kind)
{
    const struct kaddr *at = &work->op->at[operand];

    work->shadow = shadow_of(work, operand);
    work->base = at->base + (uint64_t)at->offset;
    work->touch = (struct touch){
        .self = { .number = work->number,
                  .instr = work->op->instr,
                  .thread = order_thread(work->core, work->pipe),
                  .kind = (uint8_t)kind },
        .clock = order_clock(work->checker->order, work->core, work->pipe),
        .behind_after = order_ended(work->checker->order, work->core, work->pipe),
    };
}

static void end_operand(struct work *work, unsigned operand)
{
    if (work->touch.conflict)
        checker_race(work->checker, work->core, work->op, operand, &work->touch);
    if (work->touch.behind)
        checker_behind(work->checker, work->core, work->op, &work->touch);
}

static void touch_range(void *context, unsigned operand, uint64_t start, uint64_t bytes)
{
    struct work *work = context;
    (void)operand;
    shadow_touch(work->shadow, work->base + start, bytes, &work->touch);
}

/* Whether all that the sources hold is set. */
static bool read_sources(struct work *work)
{
    bool all_set = true;

    for (unsigned i = OPERAND_A; i < KOP_OPERANDS; i++) {
        if (!work->op->at[i].present || kop_writes(work->op, i))
            continue;
        begin_operand(work, i, ACCESS_READ);
        footprint_exact(work->op, i, work->extents, work->at, touch_range, work);
        end_operand(work, i);
        all_set = all_set && !work->touch.unset;
    }
    return all_set;
}

/* Which bytes of the results are set, when some of what they come from is not. */
static void find_results_set(struct work *work)
{
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        const struct kaddr *at = &work->op->at[i];
        if (!at->present)
            continue;
        work->set[i] = mem_array(work->extents[i], sizeof **work->set);
        shadow_get(shadow_of(work, i), at->base + (uint64_t)at->offset, work->extents[i],
                   work->set[i]);
    }
    unset_follow(work->op, work->at, work->extents, work->set);
}

static bool is_observed(const struct work *work, unsigned operand)
{
    const struct kaddr *at = &work->op->at[operand];
    return at->space == SPACE_GM &&
           work->checker->kernel->tensors[at->object].role != TENSOR_WORK;
}

static void put_range(void *context, unsigned operand, uint64_t start, uint64_t bytes)
{
    struct work *work = context;
    const bool *set = work->set[operand] + start;

    shadow_put(work->shadow, work->base + start, bytes, set);
    const bool *first = memchr(set, false, bytes);
    if (first == NULL || !is_observed(work, operand))
        return;
    uint64_t from = (uint64_t)(first - set), length = 1;
    while (from + length < bytes && !first[length])
        length++;
    checker_unset(work->checker, FINDING_UNSET_GM, work->core, work->op, work->number, operand,
                  start + from, length);
}

static void put_set(void *context, unsigned operand, uint64_t start, uint64_t bytes)
{
    struct work *work = context;
    (void)operand;
    shadow_put_all(work->shadow, work->base + start, bytes);
}

static enum access_kind written_as(const struct kop *op)
{
    return op->atomic == ATOMIC_NONE
               ? ACCESS_WRITE
               : (enum access_kind)(ACCESS_ADD + (op->atomic - ATOMIC_ADD));
}

/* A special register is small, and written as a whole. */
static void write_operand(struct work *work, unsigned operand, bool sources_set)
{
    bool overwrites = operand != OPERAND_DST || footprint_overwrites(work->op);

    begin_operand(work, operand, written_as(work->op));
    footprint_exact(work->op, operand, work->extents, work->at, touch_range, work);
    end_operand(work, operand);
    if (sources_set && !work->touch.unset)
        return;
    bool known = sources_set && overwrites;
    if (!known && work->set[operand] == NULL)
        find_results_set(work);
    footprint_exact(work->op, operand, work->extents, work->at, known ? put_set : put_range,
                    work);
}

static void follow(struct checker *checker, size_t core, const struct kop *op, uint32_t number)
{
    struct work work = {
        .checker = checker, .core = core, .op = op, .number = number, .pipe = kop_pipe(op)
    };

    for (unsigned i = 0; i < KOP_OPERANDS; i++)
        work.at[i] =
            op->at[i].present
                ? exec_at(checker->exec, exec_holder(checker->exec, core, op, i), &op->at[i])
                : NULL;
    kop_extents(op, work.extents);
    checker_count_moved(checker, core, op);

    if (footprint_leaves(op, work.extents, work.at))
        checker_leaves(checker, core, op, number);
    bool sources_set = read_sources(&work);
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        if (kop_writes(op, i))
            write_operand(&work, i, sources_set);
    }
    for (unsigned i = 0; i < KOP_OPERANDS; i++)
        mem_free(work.set[i]);
}

void checker_data(struct checker *checker, size_t core, const struct kop *op, uint32_t number)
{
    if (op->code != KOP_fixpipe_ub || op->dual == 0) {
        follow(checker, core, op, number);
        return;
    }
    for (unsigned sub = 0; sub < 2; sub++) {
        struct kop half = kop_half(op, sub);
        follow(checker, core, &half, number);
    }
}

void checker_read(struct checker *checker, size_t core, const struct kop *op, uint32_t number)
{
    struct work work = {
        .checker = checker, .core = core, .op = op, .number = number, .pipe = PIPE_S
    };
    uint64_t bytes = dtype_bytes((enum dtype)op->at[OPERAND_A].dtype, 1);

    begin_operand(&work, OPERAND_A, ACCESS_READ);
    touch_range(&work, OPERAND_A, 0, bytes);
    end_operand(&work, OPERAND_A);
    if (work.touch.unset)
        checker_unset(checker, FINDING_UNSET_SCALAR, core, op, number, OPERAND_A, 0, bytes);
}
