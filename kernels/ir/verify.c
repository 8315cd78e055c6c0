#include "kernels/ir/verify.h"
#include "kernels/ir/names.h"
#include "kernels/ir/verifier.h"
#include "kernels/ir/walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Something is wrong with a declaration, `what`, of the kernel. */
static bool fail_declared(struct verifier *verifier, const char *what, const char *name,
                          const char *wrong)
{
    struct loc loc = { .file = verifier->kernel->file };
    return diag_fail(verifier->diag, loc, "kernel %s: %s '%s' %s", verifier->kernel->name, what,
                     name, wrong);
}

static bool verify_name(struct verifier *verifier, struct names *names, const char *what,
                        const char *name)
{
    if (!kname_valid(name))
        return fail_declared(verifier, what, name, "has a name that no text can spell");
    if (names_find(names, name) >= 0)
        return fail_declared(verifier, what, name, "has the name of another");
    names_add(names, name);
    return true;
}

static bool verify_limit(struct verifier *verifier, const char *what, size_t found,
                         size_t least, size_t most)
{
    struct loc loc = { .file = verifier->kernel->file };
    return (found >= least && found <= most) ||
           diag_fail(verifier->diag, loc, "kernel %s: %zu %s; expected %zu..%zu",
                     verifier->kernel->name, found, what, least, most);
}

static bool verify_tensor(struct verifier *verifier, size_t index)
{
    const struct kernel *kernel = verifier->kernel;
    const struct ktensor *tensor = &kernel->tensors[index];
    uint64_t bytes;

    if (tensor->dtype >= DT_COUNT || tensor->role >= TENSOR_ROLES)
        return fail_declared(verifier, "tensor", tensor->name, "has no element type or role");
    if (tensor->dims < 1 || tensor->dims > KDIMS_MAX)
        return fail_declared(verifier, "tensor", tensor->name, "has no dimension or too many");
    for (unsigned d = 0; d < tensor->dims; d++) {
        struct kval dim = tensor->shape[d];
        size_t first = REG_SPECIAL_COUNT + 1, last = REG_SPECIAL_COUNT + kernel->param_count;
        bool param = dim.reg >= first && dim.reg <= last && dim.imm == 0;
        if (!dim.given || (dim.reg != 0 && !param))
            return fail_declared(verifier, "tensor", tensor->name,
                                 "has a dimension that is no number and no parameter");
    }
    return ktensor_bytes(kernel, index, &bytes) ||
           fail_declared(verifier, "tensor", tensor->name,
                         "has a dimension that is not positive, or more than 2^40 bytes");
}

static bool verify_declarations(struct verifier *verifier, struct names *params,
                                struct names *tensors)
{
    const struct kernel *kernel = verifier->kernel;

    if (!kernel_name_valid(kernel->name))
        return fail_declared(verifier, "kernel", kernel->name,
                             "has a name that no text can spell");
    if (!verify_limit(verifier, "parameters", kernel->param_count, 0,
                      KREGS_MAX - REG_SPECIAL_COUNT) ||
        !verify_limit(verifier, "tensors", kernel->tensor_count, 0, KTENSORS_MAX))
        return false;
    for (size_t i = 0; i < kernel->param_count; i++) {
        if (!verify_name(verifier, params, "parameter", kernel->params[i].name))
            return false;
    }
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        if (!verify_name(verifier, tensors, "tensor", kernel->tensors[i].name) ||
            !verify_tensor(verifier, i))
            return false;
    }
    return true;
}

static bool verify_tile(struct verifier *verifier, const struct ktile *tile)
{
    if (tile->dtype >= DT_COUNT || tile->space >= SPACE_COUNT || tile->space == SPACE_GM)
        return fail_declared(verifier, "tile", tile->name,
                             "has no element type or on-chip space");

    const char *space = space_names[tile->space];
    unsigned align = space_align[tile->space];
    char wrong[128] = "";

    const struct core_parts *parts = &verifier->parts;
    if (((parts->spaces | parts->far) >> tile->space & 1) == 0)
        snprintf(wrong, sizeof wrong, "is in %s, which %s does not have", space,
                 verifier_core(verifier));
    else if (verifier->target != NULL && (verifier->target->no_types >> tile->dtype & 1) != 0)
        snprintf(wrong, sizeof wrong, "is of %s, which the chip does not compute with",
                 dtype_info[tile->dtype].name);
    else if (tile->elements == 0 || tile->elements > KTILE_END_MAX ||
             tile->address > KTILE_END_MAX || ktile_end(tile) > KTILE_END_MAX)
        snprintf(wrong, sizeof wrong, "is empty, or ends beyond address 2^32");
    else if (tile->address % align != 0)
        snprintf(wrong, sizeof wrong, "is at address %" PRIu64 "; expected a multiple of %u",
                 tile->address, align);
    else if (verifier->target != NULL &&
             ktile_end(tile) > verifier->target->capacity[tile->space])
        snprintf(wrong, sizeof wrong, "ends at %" PRIu64 ", beyond the %" PRIu64 " bytes of %s",
                 ktile_end(tile), verifier->target->capacity[tile->space], space);
    return wrong[0] == '\0' || fail_declared(verifier, "tile", tile->name, wrong);
}

static bool verify_tiles(struct verifier *verifier)
{
    const struct kprogram *program = verifier->program;
    struct names names = { .count = 0 };
    bool right = verify_limit(verifier, "tiles", program->tile_count, 0, KTILES_MAX);

    for (size_t i = 0; right && i < program->tile_count; i++) {
        const struct ktile *tile = &program->tiles[i];
        right = verify_name(verifier, &names, "tile", tile->name) &&
                (kernel_tensor(verifier->kernel, tile->name) < 0 ||
                 fail_declared(verifier, "tile", tile->name, "has the name of a tensor")) &&
                verify_tile(verifier, tile);
    }
    names_free(&names);
    return right;
}

static const char *standing_name(const struct verifier *verifier, size_t reg)
{
    return reg < REG_SPECIAL_COUNT ? special_reg_names[reg]
                                   : verifier->kernel->params[reg - REG_SPECIAL_COUNT].name;
}

static bool verify_registers(struct verifier *verifier)
{
    const struct kprogram *program = verifier->program;
    struct names names = { .count = 0 };
    bool right = verify_limit(verifier, "registers", program->reg_count,
                              standing_registers(verifier), KREGS_MAX);

    for (size_t i = 0; right && i < program->reg_count; i++) {
        bool standing = i < standing_registers(verifier);
        right = verify_name(verifier, &names, "register", program->regs[i]) &&
                (!standing || strcmp(program->regs[i], standing_name(verifier, i)) == 0 ||
                 fail_declared(verifier, "register", program->regs[i],
                               "stands where a special register or a parameter belongs"));
        verifier->assigned[i] = standing;
    }
    names_free(&names);
    return right;
}

/* Without a chip, what a core of one sort or the other has. */
static struct core_parts parts_of(enum core_kind kind, const struct target *target)
{
    if (target != NULL)
        return *core_parts(kind, target->coupled);
    const struct core_parts *one = core_parts(kind, false), *other = core_parts(kind, true);
    return (struct core_parts){ one->spaces | other->spaces, one->pipes | other->pipes,
                                one->far | other->far };
}

const char *verifier_core(const struct verifier *verifier)
{
    if (verifier->kind == CORE_AIV)
        return "an aiv core";
    bool coupled = verifier->target != NULL && verifier->target->coupled;
    return coupled ? "a coupled aic core" : "an aic core";
}

static bool verify_program(struct verifier *verifier, enum core_kind kind)
{
    verifier->kind = kind;
    verifier->parts = parts_of(kind, verifier->target);
    verifier->program = &verifier->kernel->programs[kind];
    return !verifier->program->present ||
           (verify_registers(verifier) && verify_tiles(verifier) &&
            verify_limit(verifier, "instructions", verifier->program->length, 0, KCODE_MAX) &&
            verify_code(verifier));
}

/* A coupled core has one scalar unit, which runs one program. */
static bool verify_coupled(const struct verifier *verifier, size_t programs)
{
    const struct target *target = verifier->target;
    if (target == NULL || !target->coupled || programs < CORE_KINDS)
        return true;
    struct loc loc = { .file = verifier->kernel->file };
    const struct kprogram *second = &verifier->kernel->programs[CORE_AIV];
    if (second->length > 0)
        loc = walk_loc(verifier->kernel, CORE_AIV, 0);
    return diag_fail(verifier->diag, loc,
                     "kernel %s has a program for aic and one for aiv; the cores of the chip "
                     "are coupled and run one",
                     verifier->kernel->name);
}

bool kernel_verify(const struct kernel *kernel, const struct target *target, struct diag *diag)
{
    struct verifier verifier = { .kernel = kernel, .target = target, .diag = diag };
    struct names params = { .count = 0 }, tensors = { .count = 0 };
    size_t programs = 0;

    for (int kind = 0; kind < CORE_KINDS; kind++)
        programs += kernel->programs[kind].present;
    bool right = verify_limit(&verifier, "programs", programs, 1, CORE_KINDS) &&
                 verify_coupled(&verifier, programs) &&
                 verify_declarations(&verifier, &params, &tensors);
    for (int kind = 0; right && kind < CORE_KINDS; kind++)
        right = verify_program(&verifier, (enum core_kind)kind);
    names_free(&params);
    names_free(&tensors);
    return right;
}
