#include "kernels/ir/nk.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void indent(struct text *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        text_add(out, "  ", 2);
}

/* The fewest digits that read back as the same double. */
static void print_real(struct text *out, int64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);

    char digits[32];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    text_addf(out, "%s", isnan(value) ? "nan" : digits);
}

static void print_val(struct text *out, const struct kprogram *program, struct kval value)
{
    if (value.reg == 0) {
        text_addf(out, "%" PRId64, value.imm);
        return;
    }
    text_addf(out, "%%%s", program->regs[value.reg - 1]);
    if (value.imm != 0)
        text_addf(out, "%+" PRId64, value.imm);
}

static void print_ref(struct text *out, const struct kernel *kernel,
                      const struct kprogram *program, const struct kref *ref)
{
    bool tile = ref->kind == REF_TILE;
    text_addf(out, "%s",
              tile ? program->tiles[ref->index].name : kernel->tensors[ref->index].name);
    if (ref->offset.given) {
        text_add(out, "[", 1);
        print_val(out, program, ref->offset);
        text_add(out, "]", 1);
    }
}

static void print_attr(struct text *out, const struct kprogram *program, enum kop_attr attr,
                       struct kval value)
{
    const struct attr_info *info = &attr_info[attr];
    struct word_list words = attr_words(info->kind);

    text_addf(out, " %s=", info->name);
    if (words.count != 0)
        text_addf(out, "%s", (uint64_t)value.imm < words.count ? words.names[value.imm] : "?");
    else if (info->kind == ATTR_REAL && value.reg == 0)
        print_real(out, value.imm);
    else
        print_val(out, program, value);
}

static void print_op(struct text *out, const struct kernel *kernel,
                     const struct kprogram *program, const struct kinstr *instr)
{
    const char *before = " ";

    text_addf(out, "%s", kop_info[instr->code].name);
    for (int i = 0; i < KOP_OPERANDS; i++) {
        if (instr->at[i].kind == REF_NONE)
            continue;
        text_addf(out, "%s", before);
        print_ref(out, kernel, program, &instr->at[i]);
        before = ", ";
    }
    for (int attr = 0; attr < ATTR_COUNT; attr++) {
        if (instr->attr[attr].given)
            print_attr(out, program, (enum kop_attr)attr, instr->attr[attr]);
    }
}

static void print_scalar(struct text *out, const struct kprogram *program,
                         const struct kinstr *instr)
{
    const struct scalar_info *info = &scalar_info[instr->code];

    if (instr->code == SOP_set) {
        print_val(out, program, instr->a);
        return;
    }
    if (!info->infix)
        text_addf(out, "%s(", info->text);
    print_val(out, program, instr->a);
    if (info->infix)
        text_addf(out, " %s ", info->text);
    else if (info->operands > 1)
        text_add(out, ", ", 2);
    if (info->operands > 1)
        print_val(out, program, instr->b);
    if (!info->infix)
        text_add(out, ")", 1);
}

static void print_instr(struct text *out, const struct kernel *kernel,
                        const struct kprogram *program, const struct kinstr *instr)
{
    const char *written = program->regs[instr->reg];

    switch (instr->kind) {
    case KI_OP:
        print_op(out, kernel, program, instr);
        break;
    case KI_SCALAR:
        text_addf(out, "%%%s = ", written);
        print_scalar(out, program, instr);
        break;
    case KI_READ:
        text_addf(out, "%%%s = read ", written);
        print_ref(out, kernel, program, &instr->at[OPERAND_A]);
        if (instr->at[OPERAND_B].kind != REF_NONE) {
            text_addf(out, " else ");
            print_ref(out, kernel, program, &instr->at[OPERAND_B]);
        }
        break;
    case KI_FOR:
        text_addf(out, "for %%%s = ", written);
        print_val(out, program, instr->a);
        text_addf(out, " to ");
        print_val(out, program, instr->b);
        text_addf(out, " step ");
        print_val(out, program, instr->c);
        text_addf(out, " {");
        break;
    case KI_WHILE:
    case KI_IF:
        text_addf(out, instr->kind == KI_WHILE ? "while " : "if ");
        print_val(out, program, instr->a);
        text_addf(out, " {");
        break;
    case KI_ELSE:
        text_addf(out, "} else {");
        break;
    case KI_END:
        text_addf(out, "}");
        break;
    }
    text_add(out, "\n", 1);
}

static bool opens_block(enum kinstr_kind kind)
{
    return kind == KI_FOR || kind == KI_WHILE || kind == KI_IF || kind == KI_ELSE;
}

static bool closes_block(enum kinstr_kind kind)
{
    return kind == KI_ELSE || kind == KI_END;
}

static void print_program(struct text *out, const struct kernel *kernel, enum core_kind kind)
{
    const struct kprogram *program = &kernel->programs[kind];
    unsigned depth = 2;

    text_addf(out, "  %s {\n", core_kind_names[kind]);
    for (size_t i = 0; i < program->tile_count; i++) {
        const struct ktile *tile = &program->tiles[i];
        text_addf(out, "    tile %s: %s %s[%" PRIu64 "] @%" PRIu64 "\n", tile->name,
                  space_names[tile->space], dtype_info[tile->dtype].name, tile->elements,
                  tile->address);
    }
    for (size_t i = 0; i < program->length; i++) {
        const struct kinstr *instr = &program->code[i];
        depth -= closes_block(instr->kind);
        indent(out, depth);
        print_instr(out, kernel, program, instr);
        depth += opens_block(instr->kind);
    }
    text_addf(out, "  }\n");
}

static void print_tensor(struct text *out, const char *indented, const struct kernel *kernel,
                         const struct ktensor *tensor)
{
    text_addf(out, "%stensor %s: %s", indented, tensor->name, dtype_info[tensor->dtype].name);
    for (unsigned d = 0; d < tensor->dims; d++) {
        struct kval dim = tensor->shape[d];
        if (dim.reg != 0)
            text_addf(out, "[%s]", kernel->params[dim.reg - 1 - REG_SPECIAL_COUNT].name);
        else
            text_addf(out, "[%" PRId64 "]", dim.imm);
    }
    text_addf(out, " %s%s\n", tensor_role_names[tensor->role],
              tensor->control ? " control" : "");
}

static void print_param(struct text *out, const char *indented, const struct kparam *param)
{
    text_addf(out, "%sparam %s = %" PRId64 "\n", indented, param->name, param->value);
}

/* The kernel without what it shares with others. */
static void print_kernel(struct text *out, const struct kernel *kernel, size_t params_shared,
                         size_t tensors_shared)
{
    text_addf(out, "kernel %s {\n", kernel->name);
    for (size_t i = params_shared; i < kernel->param_count; i++)
        print_param(out, "  ", &kernel->params[i]);
    for (size_t i = tensors_shared; i < kernel->tensor_count; i++)
        print_tensor(out, "  ", kernel, &kernel->tensors[i]);
    for (int kind = 0; kind < CORE_KINDS; kind++) {
        if (kernel->programs[kind].present)
            print_program(out, kernel, (enum core_kind)kind);
    }
    text_addf(out, "}\n");
}

void kernel_print(const struct kernel *kernel, struct text *out)
{
    print_kernel(out, kernel, 0, 0);
}

static void print_launch(struct text *out, const struct kmodule *module,
                         const struct klaunch *launch)
{
    text_addf(out, "launch %s", module->kernels[launch->kernel]->name);
    if (launch->blocks != 0)
        text_addf(out, " blocks=%u", launch->blocks);
    text_add(out, "\n", 1);
}

void module_print(const struct kmodule *module, struct text *out)
{
    const struct kernel *first = module->kernels[0];
    bool shared = module->kernel_count > 1;

    for (size_t i = 0; i < module->params_shared; i++)
        print_param(out, "", &first->params[i]);
    for (size_t i = 0; shared && i < first->tensor_count; i++)
        print_tensor(out, "", first, &first->tensors[i]);
    for (size_t i = 0; i < module->kernel_count; i++)
        print_kernel(out, module->kernels[i], module->params_shared,
                     shared ? first->tensor_count : 0);
    for (size_t i = 0; !kmodule_is_plain(module) && i < module->launch_count; i++)
        print_launch(out, module, &module->launches[i]);
}
