#include "kernels/ir/program.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <stdio.h>
#include <string.h>

#define TENSOR_BYTES_MAX (UINT64_C(1) << 40)

const char *const tensor_role_names[TENSOR_ROLES] = {
    [TENSOR_IN] = "in",
    [TENSOR_OUT] = "out",
    [TENSOR_INOUT] = "inout",
    [TENSOR_WORK] = "work",
};

const char *const special_reg_names[REG_SPECIAL_COUNT] = {
    [REG_BLOCK_ID] = "block_id",
    [REG_SUB_BLOCK_ID] = "sub_block_id",
    [REG_BLOCK_NUM] = "block_num",
};

const struct scalar_info scalar_info[SOP_COUNT] = {
#define X(name_, text_, infix_, operands_)                                                     \
    [SOP_##name_] = { .name = #name_, .text = text_, .infix = infix_, .operands = operands_ },
    SCALAR_OPS(X)
#undef X
};

static int64_t leading_zeros(uint64_t value)
{
    return value == 0 ? 64 : __builtin_clzll(value);
}

static int64_t lowest_one(uint64_t value)
{
    return value == 0 ? -1 : __builtin_ctzll(value);
}

bool scalar_eval(enum scalar_op op, int64_t a, int64_t b, int64_t *out)
{
    uint64_t ua = (uint64_t)a, ub = (uint64_t)b; /* these wrap */

    switch (op) {
    case SOP_set:
        *out = a;
        return true;
    case SOP_add:
        *out = (int64_t)(ua + ub);
        return true;
    case SOP_sub:
        *out = (int64_t)(ua - ub);
        return true;
    case SOP_mul:
        *out = (int64_t)(ua * ub);
        return true;
    case SOP_div:
    case SOP_mod:
        if (b == 0 || (a == INT64_MIN && b == -1))
            return false;
        *out = op == SOP_div ? a / b : a % b;
        return true;
    case SOP_and:
        *out = a & b;
        return true;
    case SOP_or:
        *out = a | b;
        return true;
    case SOP_xor:
        *out = a ^ b;
        return true;
    case SOP_shl:
        *out = (int64_t)(ua << (ub & 63));
        return true;
    case SOP_shr:
        *out = a >> (ub & 63); /* arithmetic in gcc and clang */
        return true;
    case SOP_eq:
        *out = a == b;
        return true;
    case SOP_ne:
        *out = a != b;
        return true;
    case SOP_lt:
        *out = a < b;
        return true;
    case SOP_le:
        *out = a <= b;
        return true;
    case SOP_min:
        *out = a < b ? a : b;
        return true;
    case SOP_max:
        *out = a > b ? a : b;
        return true;
    case SOP_clz:
        *out = leading_zeros(ua);
        return true;
    case SOP_signbits:
        ua = a < 0 ? ~ua : ua;
        *out = ua == 0 ? -1 : leading_zeros(ua) - 1;
        return true;
    case SOP_bitcount:
        *out = __builtin_popcountll(b != 0 ? ua : ~ua);
        return true;
    case SOP_bitfirst:
        *out = lowest_one(b != 0 ? ua : ~ua);
        return true;
    case SOP_COUNT:
        break;
    }
    SIM_ASSERT(op < SOP_COUNT);
    return false;
}

static bool is_spelt_with(const char *name, const char *allowed)
{
    size_t length = strlen(name);
    return length > 0 && length < KNAME_MAX && strspn(name, allowed) == length &&
           strchr("-0123456789", name[0]) == NULL;
}

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz_0123456789"

bool kname_valid(const char *name)
{
    return is_spelt_with(name, NAME_LETTERS);
}

bool kernel_name_valid(const char *name)
{
    return is_spelt_with(name, NAME_LETTERS "-");
}

struct kernel *kernel_new(const char *name)
{
    struct kernel *kernel = mem_new(sizeof *kernel);
    snprintf(kernel->name, sizeof kernel->name, "%s", name);
    return kernel;
}

void kernel_free(struct kernel *kernel)
{
    if (kernel == NULL)
        return;
    for (int kind = 0; kind < CORE_KINDS; kind++) {
        mem_free(kernel->programs[kind].tiles);
        mem_free(kernel->programs[kind].code);
        mem_free(kernel->programs[kind].regs);
    }
    mem_free(kernel->file);
    mem_free(kernel->tensors);
    mem_free(kernel->params);
    mem_free(kernel);
}

static bool val_equal(const struct kval *a, const struct kval *b)
{
    return a->imm == b->imm && a->reg == b->reg && a->given == b->given;
}

static bool ref_equal(const struct kref *a, const struct kref *b)
{
    return a->kind == b->kind && a->index == b->index && val_equal(&a->offset, &b->offset);
}

static bool tensor_equal(const struct ktensor *a, const struct ktensor *b)
{
    if (strcmp(a->name, b->name) != 0 || a->dtype != b->dtype || a->role != b->role ||
        a->control != b->control || a->dims != b->dims)
        return false;
    for (unsigned d = 0; d < a->dims; d++) {
        if (!val_equal(&a->shape[d], &b->shape[d]))
            return false;
    }
    return true;
}

static bool tile_equal(const struct ktile *a, const struct ktile *b)
{
    return strcmp(a->name, b->name) == 0 && a->space == b->space && a->dtype == b->dtype &&
           a->elements == b->elements && a->address == b->address;
}

static bool instr_equal(const struct kinstr *a, const struct kinstr *b)
{
    if (a->kind != b->kind || a->code != b->code || a->reg != b->reg || a->match != b->match ||
        !val_equal(&a->a, &b->a) || !val_equal(&a->b, &b->b) || !val_equal(&a->c, &b->c))
        return false;
    for (int i = 0; i < KOP_OPERANDS; i++) {
        if (!ref_equal(&a->at[i], &b->at[i]))
            return false;
    }
    for (int i = 0; i < ATTR_COUNT; i++) {
        if (!val_equal(&a->attr[i], &b->attr[i]))
            return false;
    }
    return true;
}

static bool program_equal(const struct kprogram *a, const struct kprogram *b)
{
    if (a->present != b->present || a->tile_count != b->tile_count || a->length != b->length ||
        a->reg_count != b->reg_count)
        return false;
    for (size_t i = 0; i < a->tile_count; i++) {
        if (!tile_equal(&a->tiles[i], &b->tiles[i]))
            return false;
    }
    for (size_t i = 0; i < a->length; i++) {
        if (!instr_equal(&a->code[i], &b->code[i]))
            return false;
    }
    for (size_t i = 0; i < a->reg_count; i++) {
        if (strcmp(a->regs[i], b->regs[i]) != 0)
            return false;
    }
    return true;
}

bool kernel_equal(const struct kernel *a, const struct kernel *b)
{
    if (strcmp(a->name, b->name) != 0 || a->tensor_count != b->tensor_count ||
        a->param_count != b->param_count)
        return false;
    for (size_t i = 0; i < a->tensor_count; i++) {
        if (!tensor_equal(&a->tensors[i], &b->tensors[i]))
            return false;
    }
    for (size_t i = 0; i < a->param_count; i++) {
        if (strcmp(a->params[i].name, b->params[i].name) != 0 ||
            a->params[i].value != b->params[i].value)
            return false;
    }
    for (int kind = 0; kind < CORE_KINDS; kind++) {
        if (!program_equal(&a->programs[kind], &b->programs[kind]))
            return false;
    }
    return true;
}

int64_t ktensor_dim(const struct kernel *kernel, size_t tensor, unsigned d)
{
    const struct kval *dim = &kernel->tensors[tensor].shape[d];
    if (dim->reg == 0)
        return dim->imm;

    /* Registers count from 1 in a kval, and the parameters follow the special ones. */
    size_t param = (size_t)dim->reg - 1 - REG_SPECIAL_COUNT;
    SIM_ASSERT(param < kernel->param_count);
    return kernel->params[param].value;
}

bool ktensor_bytes(const struct kernel *kernel, size_t tensor, uint64_t *out)
{
    const struct ktensor *info = &kernel->tensors[tensor];
    uint64_t elements = 1;

    for (unsigned d = 0; d < info->dims; d++) {
        int64_t dim = ktensor_dim(kernel, tensor, d);
        if (dim <= 0 || __builtin_mul_overflow(elements, (uint64_t)dim, &elements))
            return false;
    }
    if (elements > 2 * TENSOR_BYTES_MAX) /* no element is smaller than half a byte */
        return false;
    *out = dtype_bytes(info->dtype, elements);
    return *out <= TENSOR_BYTES_MAX;
}

int kernel_param(const struct kernel *kernel, const char *name)
{
    for (size_t i = 0; i < kernel->param_count; i++) {
        if (strcmp(kernel->params[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

int kernel_tensor(const struct kernel *kernel, const char *name)
{
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        if (strcmp(kernel->tensors[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}
