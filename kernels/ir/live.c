#include "kernels/ir/live.h"

#include "sim/mem.h"

#include <string.h>

struct reach {
    const struct kernel *kernel;
    bool *tensors, *tiles[CORE_KINDS];
    bool **live;
    bool changed;
};

static bool overlap(const struct ktile *x, const struct ktile *y)
{
    return x->space == y->space && x->address < ktile_end(y) && y->address < ktile_end(x);
}

static void mark(bool *at, bool *changed)
{
    *changed |= !*at;
    *at = true;
}

/* What shares memory with a tile is reached with it. */
static void reach_ref(struct reach *reach, enum core_kind kind, const struct kref *ref)
{
    const struct kprogram *program = &reach->kernel->programs[kind];

    if (ref->kind == REF_TENSOR)
        mark(&reach->tensors[ref->index], &reach->changed);
    if (ref->kind != REF_TILE || reach->tiles[kind][ref->index])
        return;
    for (size_t i = 0; i < program->tile_count; i++) {
        if (overlap(&program->tiles[i], &program->tiles[ref->index]))
            mark(&reach->tiles[kind][i], &reach->changed);
    }
}

static bool is_reached(const struct reach *reach, enum core_kind kind, const struct kref *ref)
{
    if (ref->kind == REF_NONE)
        return false;
    return ref->kind == REF_TENSOR ? reach->tensors[ref->index]
                                   : reach->tiles[kind][ref->index];
}

static bool writes_reached(const struct reach *reach, enum core_kind kind,
                           const struct kinstr *instr)
{
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        bool special = (kop_info[instr->code].spaces[i] >> SPACE_SPR & 1) != 0;
        if ((i == OPERAND_DST || special) && is_reached(reach, kind, &instr->at[i]))
            return true;
    }
    return false;
}

static void reach_program(struct reach *reach, enum core_kind kind)
{
    const struct kprogram *program = &reach->kernel->programs[kind];

    for (size_t i = 0; i < program->length; i++) {
        const struct kinstr *instr = &program->code[i];
        bool *live = &reach->live[kind][i];
        if (instr->kind ==
            KI_READ) /* one with another place for runs without data takes that */
            reach_ref(
                reach, kind,
                &instr->at[instr->at[OPERAND_B].kind != REF_NONE ? OPERAND_B : OPERAND_A]);
        if (instr->kind != KI_OP || *live || !writes_reached(reach, kind, instr))
            continue;
        mark(live, &reach->changed);
        for (unsigned operand = OPERAND_A; operand < KOP_OPERANDS; operand++)
            reach_ref(reach, kind, &instr->at[operand]);
    }
}

static bool all_stored(const struct reach *reach, uint8_t *const *tensors)
{
    for (size_t i = 0; i < reach->kernel->tensor_count; i++) {
        if (reach->tensors[i] && tensors[i] == NULL)
            return false;
    }
    return true;
}

void kernel_live(const struct kernel *kernel, uint8_t *const *tensors, bool *live[CORE_KINDS])
{
    struct reach reach = { .kernel = kernel, .live = live, .changed = true };

    reach.tensors = mem_array(kernel->tensor_count, sizeof *reach.tensors);
    for (int kind = 0; kind < CORE_KINDS; kind++) {
        const struct kprogram *program = &kernel->programs[kind];
        reach.tiles[kind] = mem_array(program->tile_count, sizeof *reach.tiles[kind]);
        live[kind] = mem_array(program->length, sizeof *live[kind]);
    }
    while (reach.changed) {
        reach.changed = false;
        for (int kind = 0; kind < CORE_KINDS; kind++)
            reach_program(&reach, (enum core_kind)kind);
    }
    for (int kind = 0; kind < CORE_KINDS; kind++) {
        size_t length = kernel->programs[kind].length;
        if (length > 0 && !all_stored(&reach, tensors))
            memset(live[kind], 0, length * sizeof *live[kind]);
        mem_free(reach.tiles[kind]);
    }
    mem_free(reach.tensors);
}
