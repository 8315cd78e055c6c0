#include "kernels/ir/types.h"
#include "kernels/ir/verifier.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool has(uint64_t set, int member)
{
    return (set >> member & 1) != 0;
}

/* "ub or gm" */
static void list_spaces(char *out, size_t size, uint32_t spaces)
{
    const char *between = "";
    size_t length = 0;

    out[0] = '\0';
    for (int space = 0; space < SPACE_COUNT && length < size; space++) {
        if (has(spaces, space)) {
            length += (size_t)snprintf(out + length, size - length, "%s%s", between,
                                       space_names[space]);
            between = " or ";
        }
    }
}

static bool verify_space(struct verifier *verifier, enum space found, uint32_t spaces,
                         const char *what)
{
    char expected[64];
    if (has(spaces, (int)found))
        return true;
    list_spaces(expected, sizeof expected, spaces);
    return verifier_fail(verifier, "%s is in %s; expected %s", what, space_names[found],
                         expected);
}

static bool verify_tensor_ref(struct verifier *verifier, const struct kref *ref,
                              uint32_t spaces, const char *what)
{
    if (ref->index >= verifier->kernel->tensor_count)
        return verifier_fail(verifier, "%s is no tensor of the kernel", what);
    if (!verify_space(verifier, SPACE_GM, spaces, what))
        return false;

    /* How large the tensor is may depend on parameters; that is checked in a run. */
    return ref->offset.reg != 0 || ref->offset.imm >= 0 ||
           verifier_fail(verifier, "%s is at offset %" PRId64 ", before '%s'", what,
                         ref->offset.imm, verifier->kernel->tensors[ref->index].name);
}

/* Who has what the core does not. */
static const char *elsewhere(const struct verifier *verifier, uint32_t coupled_has, int member)
{
    bool coupled = verifier->target != NULL && verifier->target->coupled;
    return !coupled && has(coupled_has, member) ? "; a coupled one has" : "";
}

/* A tile in another core is only for the operations that move between the two. */
static bool verify_core(struct verifier *verifier, enum space space, const char *what)
{
    const struct kinstr *instr = verifier->instr;
    bool far = instr->kind == KI_OP && kop_is_far((enum kop_code)instr->code, space);

    return far || has(verifier->parts.spaces, (int)space) ||
           verifier_fail(
               verifier, "%s is in %s, which %s does not have%s", what, space_names[space],
               verifier_core(verifier),
               elsewhere(verifier, core_parts(verifier->kind, true)->spaces, (int)space));
}

static bool verify_tile_ref(struct verifier *verifier, const struct kref *ref, uint32_t spaces,
                            const char *what)
{
    if (ref->index >= verifier->program->tile_count)
        return verifier_fail(verifier, "%s is no tile of the program", what);
    const struct ktile *tile = &verifier->program->tiles[ref->index];
    if (!verify_space(verifier, tile->space, spaces, what) ||
        !verify_core(verifier, tile->space, what))
        return false;

    uint64_t bytes = dtype_bytes(tile->dtype, tile->elements);
    if (ref->offset.reg == 0 && (uint64_t)ref->offset.imm >= bytes)
        return verifier_fail(verifier,
                             "%s is at offset %" PRId64 ", outside '%s' of %" PRIu64 " bytes",
                             what, ref->offset.imm, tile->name, bytes);

    /* Only the scalar unit reaches single elements of UB. */
    bool scalar =
        verifier->instr->kind != KI_OP || kop_info[verifier->instr->code].pipe == PIPE_S;
    bool whole_blocks = tile->space == SPACE_UB && !scalar;
    return !whole_blocks || ref->offset.reg != 0 || ref->offset.imm % UB_BLOCK == 0 ||
           verifier_fail(verifier, "%s is at offset %" PRId64 "; expected a multiple of %d",
                         what, ref->offset.imm, UB_BLOCK);
}

bool verify_ref(struct verifier *verifier, const struct kref *ref, uint32_t spaces,
                const char *what)
{
    if (ref->offset.given && !verify_val(verifier, ref->offset, "an offset"))
        return false;
    switch (ref->kind) {
    case REF_TILE:
        return verify_tile_ref(verifier, ref, spaces, what);
    case REF_TENSOR:
        return verify_tensor_ref(verifier, ref, spaces, what);
    case REF_NONE:
        break;
    }
    return verifier_fail(verifier, "%s is missing", what);
}

static bool verify_operands(struct verifier *verifier, const struct kop_info *info)
{
    for (int i = 0; i < KOP_OPERANDS; i++) {
        const struct kref *ref = &verifier->instr->at[i];
        char what[16];
        snprintf(what, sizeof what, "operand %s", kop_operand_names[i]);
        if (info->spaces[i] == 0 && ref->kind != REF_NONE)
            return verifier_fail(verifier, "there is no %s", what);
        if (info->spaces[i] != 0 && !verify_ref(verifier, ref, info->spaces[i], what))
            return false;
    }
    return true;
}

static enum dtype ref_dtype(const struct verifier *verifier, const struct kref *ref)
{
    return ref->kind == REF_TENSOR ? verifier->kernel->tensors[ref->index].dtype
                                   : verifier->program->tiles[ref->index].dtype;
}

static bool verify_types(struct verifier *verifier, const struct kop_info *info)
{
    int types[KOP_OPERANDS];
    char found[64] = "";
    size_t length = 0;

    for (int i = 0; i < KOP_OPERANDS; i++) {
        const struct kref *ref = &verifier->instr->at[i];
        types[i] = ref->kind == REF_NONE ? -1 : (int)ref_dtype(verifier, ref);
        if (types[i] >= 0)
            length += (size_t)snprintf(found + length, sizeof found - length, "%s%s",
                                       length == 0 ? "" : ", ", dtype_info[types[i]].name);
    }
    const char *expected = type_rule_check(info->types, types);
    return expected == NULL ||
           verifier_fail(verifier, "found types %s; expected %s", found, expected);
}

static bool verify_word(struct verifier *verifier, const struct attr_info *info,
                        struct kval value)
{
    struct word_list words = attr_words(info->kind);
    return (value.reg == 0 && value.imm >= 0 && (uint64_t)value.imm < words.count) ||
           verifier_fail(verifier, "'%s' is no word known for it", info->name);
}

/* A NaN has one spelling, so it has one value: the quiet one, positive, without payload. */
static bool verify_real(struct verifier *verifier, const struct attr_info *info,
                        struct kval value)
{
    double number, spelt = (double)NAN;
    if (value.reg != 0)
        return verify_simple(verifier, value, info->name);
    memcpy(&number, &value.imm, sizeof number);
    return !isnan(number) || memcmp(&number, &spelt, sizeof number) == 0 ||
           verifier_fail(verifier, "'%s' is a NaN with a payload", info->name);
}

static bool verify_attr(struct verifier *verifier, const struct kop_info *info,
                        enum kop_attr attr)
{
    const struct attr_info *about = &attr_info[attr];
    struct kval value = verifier->instr->attr[attr];

    if (!value.given)
        return !has(info->needs, (int)attr) ||
               verifier_fail(verifier, "'%s' is missing", about->name);
    if (!has(info->needs | info->takes, (int)attr))
        return verifier_fail(verifier, "'%s' is given, which it does not take", about->name);
    if (about->kind == ATTR_INT)
        return verify_val(verifier, value, about->name);
    if (about->kind == ATTR_REAL)
        return verify_real(verifier, about, value);
    return verify_word(verifier, about, value);
}

static bool verify_pipe(struct verifier *verifier, enum pipe_id pipe)
{
    return has(verifier->parts.pipes, (int)pipe) ||
           verifier_fail(
               verifier, "%s has no pipe %s%s", verifier_core(verifier), pipe_names[pipe],
               elsewhere(verifier, core_parts(verifier->kind, true)->pipes, (int)pipe));
}

/* Every pipe the operation names, and the one it runs on, is there. */
static bool verify_pipes(struct verifier *verifier, const struct kop_info *info)
{
    if (info->pipe < PIPE_COUNT && !verify_pipe(verifier, info->pipe))
        return false;
    for (int attr = 0; attr < ATTR_COUNT; attr++) {
        struct kval value = verifier->instr->attr[attr];
        if (attr_info[attr].kind != ATTR_PIPE || !value.given)
            continue;
        enum pipe_id pipe = (enum pipe_id)value.imm;
        bool any = pipe == PIPE_ALL && verifier->instr->code == KOP_barrier;
        if (!any && !verify_pipe(verifier, pipe))
            return false;
    }
    return true;
}

/* Flags have a direction; they and the cross-core counters have a number. */
static bool verify_sync(struct verifier *verifier, const struct kop_info *info)
{
    const struct kval *attr = verifier->instr->attr;
    bool flag = has(info->needs, ATTR_from);

    if (flag && attr[ATTR_from].imm == attr[ATTR_to].imm)
        return verifier_fail(verifier, "from and to are both %s",
                             pipe_names[attr[ATTR_from].imm]);
    int ids = flag ? KFLAG_IDS : KCROSS_IDS;
    struct kval id = attr[ATTR_id];
    return !id.given || id.reg != 0 || (id.imm >= 0 && id.imm < ids) ||
           verifier_fail(verifier, "id is %" PRId64 "; expected 0..%d", id.imm, ids - 1);
}

static enum space ref_space(const struct verifier *verifier, const struct kref *ref)
{
    return ref->kind == REF_TENSOR ? SPACE_GM : verifier->program->tiles[ref->index].space;
}

/* The chip has the path that the operation moves along, and a cube for its types. */
static bool verify_chip(struct verifier *verifier, const struct kop_info *info)
{
    const struct target *target = verifier->target;
    const struct kref *dst = &verifier->instr->at[OPERAND_DST];
    const struct kref *a = &verifier->instr->at[OPERAND_A];

    if (target == NULL || dst->kind == REF_NONE || a->kind == REF_NONE)
        return true;
    enum space from = ref_space(verifier, a), to = ref_space(verifier, dst);
    if (has(target->lacks[from], (int)to))
        return verifier_fail(verifier, "the chip has no path from %s to %s", space_names[from],
                             space_names[to]);
    struct kval sub = verifier->instr->attr[ATTR_sub], dual = verifier->instr->attr[ATTR_dual];
    if (target->aiv == target->aic && (sub.imm != 0 || dual.imm != 0))
        return verifier_fail(verifier, "the chip has one vector core beside a cube core");
    enum dtype type = ref_dtype(verifier, a);
    return info->pipe != PIPE_M || !has(target->no_cube_types, (int)type) ||
           verifier_fail(verifier, "the cube of the chip does not multiply %s",
                         dtype_info[type].name);
}

bool verify_op(struct verifier *verifier)
{
    const struct kop_info *info = &kop_info[verifier->instr->code];

    if (!verify_operands(verifier, info) || !verify_chip(verifier, info))
        return false;
    for (int attr = 0; attr < ATTR_COUNT; attr++) {
        if (!verify_attr(verifier, info, (enum kop_attr)attr))
            return false;
    }
    return verify_pipes(verifier, info) && verify_types(verifier, info) &&
           verify_sync(verifier, info);
}
