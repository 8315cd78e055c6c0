#include "tests/exec_rig.h"

#include "sim/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define LINE 7

void rig_init(struct rig *rig)
{
    static const char file[] = "rig.nk";

    *rig = (struct rig){ .kernel = kernel_new("rig") };
    rig->kernel->file = memcpy(mem_new(sizeof file), file, sizeof file);
    rig->kernel->tensors = mem_new(sizeof *rig->kernel->tensors);
    rig->kernel->tensors[0] = (struct ktensor){
        .name = "t",
        .dtype = DT_u8,
        .role = TENSOR_INOUT,
        .dims = 1,
        .shape = { { .imm = RIG_CAPACITY, .given = true } },
    };
    rig->kernel->tensor_count = 1;
    rig->tensors[0] = mem_new(RIG_CAPACITY);

    struct kprogram *program = &rig->kernel->programs[CORE_AIV];
    program->present = true;
    program->tiles = mem_array(SPACE_COUNT, sizeof *program->tiles);
    program->tile_count = SPACE_COUNT;
    for (int space = 0; space < SPACE_COUNT; space++) {
        struct ktile *tile = &program->tiles[space];
        *tile = (struct ktile){ .space = (enum space)space, .dtype = DT_u8 };
        tile->elements = RIG_CAPACITY;
        snprintf(tile->name, sizeof tile->name, "in_%s", space_names[space]);
        rig->capacity[space] = RIG_CAPACITY;
    }
    program->code = mem_new(sizeof *program->code);
    program->code[0].line = LINE;
    program->length = 1;

    rig->exec = exec_new(rig->kernel, rig->capacity, rig->tensors, 1);
}

void rig_free(struct rig *rig)
{
    exec_free(rig->exec);
    mem_free(rig->tensors[0]);
    kernel_free(rig->kernel);
}

uint8_t *rig_memory(struct rig *rig, enum space space)
{
    if (space == SPACE_GM)
        return rig->tensors[0];
    uint8_t **memory = &rig->exec->cores[0].space[space];
    if (*memory == NULL)
        *memory = mem_new(RIG_CAPACITY);
    return *memory;
}

struct kaddr rig_operand(enum space space, enum dtype type, int64_t offset)
{
    return (struct kaddr){
        .present = true,
        .space = (uint8_t)space,
        .dtype = (uint8_t)type,
        .object = (uint16_t)(space == SPACE_GM ? 0 : space),
        .offset = offset,
        .size = RIG_CAPACITY,
    };
}

struct kop rig_op(enum kop_code code)
{
    struct kop op = { .code = code };
#define X(attr, kind, standard) op.attr = standard;
    KOP_ATTRS(X)
#undef X
    return op;
}

void rig_run(struct rig *rig, const struct kop *op)
{
    struct diag diag = { .text = "" };
    if (!exec_check(rig->kernel, CORE_AIV, op, &diag))
        fail_msg("%s", diag.text);
    exec_op(rig->exec, 0, op);
}

const char *rig_refusal(struct rig *rig, const struct kop *op)
{
    static _Thread_local struct diag diag;

    diag = (struct diag){ .text = "" };
    assert_false(exec_check(rig->kernel, CORE_AIV, op, &diag));
    assert_string_equal(diag.file, "rig.nk");
    assert_int_equal(diag.line, LINE);
    return diag.text;
}

int rig_setup(void **state)
{
    static struct rig rig;
    rig_init(&rig);
    *state = &rig;
    return 0;
}

int rig_teardown(void **state)
{
    rig_free(*state);
    return 0;
}
