#include "kernels/ir/checker.h"

#include "kernels/ir/checker_impl.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

/* For each instruction the innermost `for` around it. */
static uint32_t *outer_loops(const struct kprogram *program)
{
    uint32_t *outer = mem_array(program->length, sizeof *outer);
    uint32_t around = NO_INSTR;

    for (uint32_t i = 0; i < program->length; i++) {
        const struct kinstr *instr = &program->code[i];
        if (instr->kind == KI_END && program->code[instr->match].kind == KI_FOR)
            around = outer[instr->match];
        outer[i] = around;
        if (instr->kind == KI_FOR)
            around = i;
    }
    return outer;
}

struct checker *checker_new(unsigned aic, struct findings *findings)
{
    struct checker *checker = mem_new(sizeof *checker);
    *checker = (struct checker){ .findings = findings, .aic = aic };
    return checker;
}

/* At the first launch: all that is the same for all of them. */
static void set_up(struct checker *checker, const struct exec *exec)
{
    const struct kernel *kernel = exec->kernel;

    checker->core_count = exec->core_count;
    checker->tensor_count = kernel->tensor_count;
    checker->order = order_new(exec->core_count);
    checker->cores = mem_array(exec->core_count, sizeof *checker->cores);
    checker->tensors = mem_array(kernel->tensor_count, sizeof *checker->tensors);
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        enum tensor_role role = kernel->tensors[i].role;
        shadow_init(&checker->tensors[i], exec->tensor_bytes[i],
                    role == TENSOR_IN || role == TENSOR_INOUT);
    }
}

static void forget_programs(struct checker *checker)
{
    for (int kind = 0; kind < CORE_KINDS; kind++) {
        mem_free(checker->outer[kind]);
        mem_free(checker->moved[kind]);
    }
}

void checker_follow(struct checker *checker, struct exec *exec)
{
    if (checker == NULL)
        return;
    if (checker->order == NULL)
        set_up(checker, exec);
    SIM_ASSERT(exec->core_count == checker->core_count &&
               exec->kernel->tensor_count == checker->tensor_count);

    forget_programs(checker);
    for (int kind = 0; kind < CORE_KINDS; kind++) {
        const struct kprogram *program = &exec->kernel->programs[kind];
        checker->outer[kind] = outer_loops(program);
        checker->moved[kind] = mem_array(program->length, sizeof **checker->moved);
    }
    checker->kernel = exec->kernel;
    checker->exec = exec;
    exec->checker = checker;
}

void checker_refill(struct checker *checker)
{
    for (size_t i = 0; checker != NULL && i < checker->tensor_count; i++)
        shadow_clear(&checker->tensors[i]);
}

void checker_free(struct checker *checker)
{
    if (checker == NULL)
        return;
    for (size_t i = 0; i < checker->core_count; i++) {
        for (int space = 0; space < SPACE_COUNT; space++)
            shadow_free(&checker->cores[i].spaces[space]);
    }
    for (size_t i = 0; i < checker->tensor_count; i++)
        shadow_free(&checker->tensors[i]);
    forget_programs(checker);
    if (checker->order != NULL)
        order_free(checker->order);
    mem_free(checker->cores);
    mem_free(checker->tensors);
    mem_free(checker);
}

struct shadow *checker_shadow(struct checker *checker, size_t core, const struct kaddr *operand)
{
    if (operand->space == SPACE_GM)
        return &checker->tensors[operand->object];
    struct shadow *shadow = &checker->cores[core].spaces[operand->space];
    if (shadow->pages == NULL)
        shadow_init(shadow, checker->exec->capacity[operand->space], false);
    return shadow;
}

enum core_kind checker_kind(const struct checker *checker, size_t core)
{
    return core < checker->aic ? CORE_AIC : CORE_AIV;
}

/* --- launches and blocks --- */

void checker_launch(struct checker *checker)
{
    if (checker != NULL)
        order_launch(checker->order);
}

void checker_take_part(struct checker *checker, size_t core, unsigned block)
{
    if (checker != NULL)
        order_take_part(checker->order, core, checker_kind(checker, core), block);
}

/* A block finds the core's own memories as anyone may have left them. */
void checker_block(struct checker *checker, size_t core, unsigned block)
{
    if (checker == NULL)
        return;
    order_take_part(checker->order, core, checker_kind(checker, core), block);
    for (int space = 0; space < SPACE_COUNT; space++)
        shadow_clear(&checker->cores[core].spaces[space]);
}

static void tell_left(struct checker *checker, enum finding_id id, size_t core, uint32_t instr)
{
    enum core_kind kind = checker_kind(checker, core);
    struct actor_place place = checker_place(checker, core, PIPE_S, instr, NULL);
    const struct kinstr *at = &checker->kernel->programs[kind].code[instr];
    enum pipe_id pipe = at->code == KOP_set_flag ? (enum pipe_id)at->attr[ATTR_from].imm
                                                 : (enum pipe_id)at->attr[ATTR_pipe].imm;

    place.pipe = pipe;
    struct finding *finding = findings_add(checker->findings, id, &place, NO_INSTR, kind);
    if (finding == NULL)
        return;
    finding->found = finding_text("%s", finding_info[id].meaning);
    if (id == FINDING_FLAG_LEFT)
        finding->expected =
            finding_text("wait_flag from=%s to=%s with the same id before the end",
                         pipe_names[pipe], pipe_names[at->attr[ATTR_to].imm]);
    else
        finding->expected = finding_text("cross_wait with the same id before the end");
}

static void flag_left(void *context, size_t core, size_t setter, uint32_t instr)
{
    (void)core;
    tell_left(context, FINDING_FLAG_LEFT, setter, instr);
}

static void signal_left(void *context, size_t core, size_t setter, uint32_t instr)
{
    (void)core;
    tell_left(context, FINDING_CROSS_LEFT, setter, instr);
}

void checker_block_done(struct checker *checker, unsigned block)
{
    if (checker != NULL)
        order_block_done(checker->order, block);
}

void checker_done(struct checker *checker)
{
    if (checker == NULL)
        return;
    for (size_t i = 0; i < checker->core_count; i++) {
        order_flags_left(checker->order, i, flag_left, checker);
        order_signals_left(checker->order, i, signal_left, checker);
    }
    checker_advise(checker);
}

void checker_deadlock(struct checker *checker, const struct actor_place *place,
                      const char *chain)
{
    if (checker == NULL)
        return;
    struct finding *finding =
        findings_add(checker->findings, FINDING_DEADLOCK, place, NO_INSTR, place->kind);
    if (finding != NULL) {
        finding->found = finding_text("%s", chain);
        finding->expected = finding_text("that somebody ends the wait");
    }
}

void checker_meet(struct checker *checker)
{
    if (checker != NULL)
        order_meet(checker->order);
}

/* --- operations --- */

static struct stamp stamp_of(const struct checker *checker, const struct walk *walk,
                             const struct kop *op)
{
    const uint32_t *outer = checker->outer[walk->kind];
    struct stamp stamp = { .instr = op->instr };

    for (uint32_t i = outer[op->instr]; i != NO_INSTR; i = outer[i])
        stamp.turn_count++;
    unsigned turn = stamp.turn_count;
    for (uint32_t i = outer[op->instr]; i != NO_INSTR; i = outer[i])
        stamp.turns[--turn] = walk->regs[walk->program->code[i].reg];
    return stamp;
}

void checker_issue(struct checker *checker, size_t core, const struct walk *walk,
                   const struct kop *op)
{
    if (checker == NULL)
        return;
    struct stamp stamp = stamp_of(checker, walk, op);
    order_issue(checker->order, core, kop_pipe(op), &stamp);
}

struct actor_place checker_place(const struct checker *checker, size_t core, enum pipe_id pipe,
                                 uint32_t instr, const struct stamp *stamp)
{
    enum core_kind kind = checker_kind(checker, core);
    struct actor_place place = {
        .kernel = checker->kernel,
        .kind = kind,
        .core = (unsigned)(kind == CORE_AIC ? core : core - checker->aic),
        .block = order_member(checker->order, core)->block,
        .pipe = pipe,
        .instr = instr,
    };
    if (stamp != NULL) {
        place.turn_count = stamp->turn_count;
        memcpy(place.turns, stamp->turns, sizeof place.turns);
    }
    return place;
}

/* Flags and the like; false for an operation on data. */
static bool synchronise(struct checker *checker, size_t core, const struct kop *op,
                        uint32_t number)
{
    switch (op->code) {
    case KOP_set_flag:
        checker_flag_set(checker, core, op, number, order_set_flag(checker->order, core, op));
        return true;
    case KOP_wait_flag:
        (void)order_wait_flag(checker->order, core, op);
        return true;
    case KOP_cross_set:
        order_cross_set(checker->order, core, op);
        return true;
    case KOP_cross_wait:
        (void)order_cross_wait(checker->order, core, op);
        return true;
    case KOP_barrier:
        if (op->pipe == PIPE_ALL)
            order_barrier_all(checker->order, core);
        else
            order_barrier(checker->order, core, op->pipe, number);
        return true;
    case KOP_sync_all:
        return true;
    default:
        return false;
    }
}

void checker_effect(struct checker *checker, size_t core, const struct kop *op)
{
    if (checker == NULL)
        return;
    uint32_t number = order_begin(checker->order, core, kop_pipe(op));
    if (!synchronise(checker, core, op, number))
        checker_data(checker, core, op, number);
}

void checker_scalar(struct checker *checker, size_t core, const struct walk *walk,
                    const struct kop *op)
{
    if (checker == NULL)
        return;
    struct stamp stamp = stamp_of(checker, walk, op);
    uint32_t number = order_scalar(checker->order, core, &stamp);
    if (op->code == KOP_COUNT)
        checker_read(checker, core, op, number);
    else if (!synchronise(checker, core, op, number))
        checker_data(checker, core, op, number);
}

void checker_refused(struct checker *checker, size_t core, const struct walk *walk,
                     const struct kop *op, const struct diag *diag)
{
    if (checker == NULL)
        return;
    static const struct {
        enum finding_id id;
        const char *expected;
    } faults[] = { [FAULT_NUMBER] = { FINDING_NUMBER, "numbers that make sense together" },
                   [FAULT_PLACE] = { FINDING_TILE_END, "an access inside of it" },
                   [FAULT_ALIGN] = { FINDING_ALIGN, "an aligned address" } };
    enum exec_fault fault = exec_fault(checker->kernel, walk->kind, op);
    struct stamp stamp = stamp_of(checker, walk, op);
    enum pipe_id pipe = op->code == KOP_COUNT ? PIPE_S : kop_pipe(op);
    struct actor_place place = checker_place(checker, core, pipe, op->instr, &stamp);
    struct finding *finding =
        findings_add(checker->findings, faults[fault].id, &place, NO_INSTR, place.kind);
    if (finding != NULL) {
        finding->found = finding_text("%s", diag->text);
        finding->expected = finding_text("%s", faults[fault].expected);
    }
}
