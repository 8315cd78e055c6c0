#include "kernels/ir/exec.h"

#include "kernels/ir/element.h"
#include "kernels/ir/exec_impl.h"
#include "kernels/ir/live.h"
#include "sim/assert.h"
#include "sim/mem.h"

struct exec *exec_new(const struct kernel *kernel, const uint64_t *capacity, uint8_t **tensors,
                      size_t core_count)
{
    struct exec *exec = mem_new(sizeof *exec);
    *exec = (struct exec){
        .kernel = kernel,
        .capacity = capacity,
        .tensors = tensors,
        .tensor_bytes = mem_array(kernel->tensor_count, sizeof *exec->tensor_bytes),
        .cores = mem_array(core_count, sizeof *exec->cores),
        .core_count = core_count,
    };
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        bool sized = ktensor_bytes(kernel, i, &exec->tensor_bytes[i]);
        SIM_ASSERT(sized); /* checked when the parameters were bound */
    }
    kernel_live(kernel, tensors, exec->live);
    return exec;
}

void exec_free(struct exec *exec)
{
    if (exec == NULL)
        return;
    for (size_t core = 0; core < exec->core_count; core++) {
        for (int space = 0; space < SPACE_COUNT; space++)
            mem_free(exec->cores[core].space[space]);
    }
    for (int kind = 0; kind < CORE_KINDS; kind++)
        mem_free(exec->live[kind]);
    mem_free(exec->cores);
    mem_free(exec->tensor_bytes);
    mem_free(exec);
}

void exec_pair(struct exec *exec, size_t cubes, size_t per_cube)
{
    SIM_ASSERT(cubes + cubes * per_cube == exec->core_count);
    exec->cubes = cubes;
    exec->per_cube = per_cube;
}

/* The core at the other end of a path between a cube core and its vector cores. */
static size_t partner(const struct exec *exec, size_t core, const struct kop *op)
{
    if (exec->cubes == 0)
        return core;
    if (core >= exec->cubes)
        return (core - exec->cubes) / exec->per_cube;
    return exec->cubes + core * exec->per_cube + (size_t)op->sub % exec->per_cube;
}

size_t exec_holder(const struct exec *exec, size_t core, const struct kop *op, unsigned operand)
{
    /* A scalar read has no row in op.def, and is of the core's own. */
    bool far = op->code < KOP_COUNT && kop_is_far(op->code, (enum space)op->at[operand].space);
    return far ? partner(exec, core, op) : core;
}

uint8_t *exec_at(struct exec *exec, size_t core, const struct kaddr *operand)
{
    SIM_ASSERT(operand->offset >= 0 && (uint64_t)operand->offset <= operand->size);

    if (operand->space == SPACE_GM) {
        uint8_t *tensor = exec->tensors[operand->object];
        return tensor != NULL ? tensor + operand->offset : NULL;
    }

    uint64_t capacity = exec->capacity[operand->space];
    uint8_t **memory = &exec->cores[core].space[operand->space];
    SIM_ASSERT(operand->size <= capacity && operand->base <= capacity - operand->size);
    if (*memory == NULL)
        *memory = mem_new(capacity);
    return *memory + operand->base + operand->offset;
}

static uint64_t first_byte(const struct kaddr *operand)
{
    return operand->base + (uint64_t)operand->offset;
}

/* Whether dst takes the place of a source lane by lane, so that no lane is lost. */
static bool is_in_place(const struct kop *op, unsigned source)
{
    const struct kaddr *dst = &op->at[OPERAND_DST], *from = &op->at[source];
    const int64_t strides[] = { op->dst_blk, op->dst_rep,
                                source == OPERAND_A ? op->a_blk : op->b_blk,
                                source == OPERAND_A ? op->a_rep : op->b_rep };

    for (size_t i = 0; i < sizeof strides / sizeof *strides; i++) {
        if (strides[i] != -1)
            return false;
    }
    uint64_t takes =
        kop_info[op->code].takes; /* those that go lane by lane take all of these */
    return (takes >> ATTR_dst_rep & takes >> ATTR_mask & 1) != 0 && source <= OPERAND_B &&
           dtype_info[dst->dtype].bits == dtype_info[from->dtype].bits &&
           first_byte(dst) == first_byte(from);
}

static bool must_copy(const struct kop *op, unsigned source,
                      const uint64_t extents[KOP_OPERANDS])
{
    uint64_t from = first_byte(&op->at[source]), to = first_byte(&op->at[OPERAND_DST]);

    return op->at[source].present && !kop_writes(op, source) &&
           op->at[source].space == op->at[OPERAND_DST].space &&
           from < to + extents[OPERAND_DST] && to < from + extents[source] &&
           !is_in_place(op, source);
}

static exec_fn *const exec_of[KOP_COUNT] = {
#define KOP(name, ...) [KOP_##name] = exec_##name,
#include "kernels/ir/op.def"
#undef KOP
};

void exec_apart(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    exec_of[op->code](op, at);
}

static void exec_one(struct exec *exec, size_t core, const struct kop *op)
{
    uint8_t *at[KOP_OPERANDS] = { NULL }, *copies[KOP_OPERANDS] = { NULL };
    uint64_t extents[KOP_OPERANDS];

    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        if (!op->at[i].present)
            continue;
        at[i] = exec_at(exec, exec_holder(exec, core, op, i), &op->at[i]);
        if (at[i] == NULL)
            return;
    }

    /* An operation reads all of its sources before it writes. */
    kop_extents(op, extents);
    for (unsigned i = OPERAND_A; i < KOP_OPERANDS; i++) {
        if (must_copy(op, i, extents)) {
            copies[i] = mem_new(extents[i]);
            at[i] = memcpy(copies[i], at[i], extents[i]);
        }
    }

    exec_of[op->code](op, at);

    for (unsigned i = OPERAND_A; i < KOP_OPERANDS; i++)
        mem_free(copies[i]);
}

void exec_op(struct exec *exec, size_t core, const struct kop *op)
{
    if (op->code != KOP_fixpipe_ub || op->dual == 0) {
        exec_one(exec, core, op);
        return;
    }
    for (unsigned sub = 0; sub < 2; sub++) {
        struct kop half = kop_half(op, sub);
        exec_one(exec, core, &half);
    }
}

bool exec_read(struct exec *exec, size_t core, const struct kop *op, int64_t *value)
{
    const struct kaddr *operand = &op->at[OPERAND_A];
    enum dtype type = (enum dtype)operand->dtype;
    uint64_t bytes = dtype_bytes(type, 1);

    *value = 0;
    if (operand->offset < 0 || operand->size < bytes ||
        (uint64_t)operand->offset > operand->size - bytes)
        return false;

    const uint8_t *at = exec_at(exec, core, operand);
    if (at == NULL)
        return false;
    *value = dtype_info[type].class == DTC_FLOAT ? f32_bits(element_f32(type, at, 0))
                                                 : element_int(type, at, 0);
    return true;
}

/* Synchronisation moves no data. */
#define X(name)                                                                                \
    void exec_##name(const struct kop *op, uint8_t *const at[KOP_OPERANDS])                    \
    {                                                                                          \
        (void)op;                                                                              \
        (void)at;                                                                              \
    }
X(set_flag)
X(wait_flag)
X(barrier)
X(cross_set)
X(cross_wait)
X(sync_all)
#undef X
