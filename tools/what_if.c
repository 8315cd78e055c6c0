#include "tools/what_if.h"

#include "tools/hint.h"

#include <string.h>

/* Words for sets of operations: those of a pipe. */
static const struct op_class {
    const char *name;
    enum pipe_id pipe;
} classes[] = {
    { "v", PIPE_V },       { "m", PIPE_M },     { "mte1", PIPE_MTE1 }, { "mte2", PIPE_MTE2 },
    { "mte3", PIPE_MTE3 }, { "fix", PIPE_FIX }, { "vector", PIPE_V },  { "cube", PIPE_M },
};

#define CLASS_COUNT (sizeof classes / sizeof *classes)

static bool free_op(struct npu *npu, const char *name, struct diag *diag)
{
    const char *names[CLASS_COUNT + KOP_COUNT];
    enum kop_code code;

    if (kop_parse(name, &code)) {
        npu->free_ops[code] = true;
        return true;
    }
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        names[i] = classes[i].name;
        if (strcmp(name, classes[i].name) != 0)
            continue;
        for (unsigned op = 0; op < KOP_COUNT; op++)
            npu->free_ops[op] |= kop_info[op].pipe == classes[i].pipe;
        return true;
    }
    for (unsigned op = 0; op < KOP_COUNT; op++)
        names[CLASS_COUNT + op] = kop_info[op].name;
    return diag_fail(diag, loc_nowhere(), "--free: no operation or pipe is called '%s'%s", name,
                     hint_for(name, names, CLASS_COUNT + KOP_COUNT).text);
}

static bool free_tensor(struct npu *npu, const struct kernel *kernel, const char *name,
                        struct diag *diag)
{
    const char *names[KTENSORS_MAX];
    int tensor = kernel_tensor(kernel, name);

    if (tensor >= 0) {
        npu->free_tensors[tensor] = true;
        return true;
    }
    for (size_t i = 0; i < kernel->tensor_count; i++)
        names[i] = kernel->tensors[i].name;
    return diag_fail(diag, loc_nowhere(), "--free: kernel %s has no tensor '%s'%s",
                     kernel->name, name, hint_for(name, names, kernel->tensor_count).text);
}

bool what_if_apply(struct npu *npu, const struct kernel *kernel, const struct words *frees,
                   struct diag *diag)
{
    for (size_t i = 0; i < frees->count; i++) {
        const char *word = frees->at[i];
        bool ok;
        if (strncmp(word, "op=", 3) == 0)
            ok = free_op(npu, word + 3, diag);
        else if (strncmp(word, "tensor=", 7) == 0)
            ok = free_tensor(npu, kernel, word + 7, diag);
        else
            ok = diag_fail(diag, loc_nowhere(),
                           "--free is '%s'; expected op=CLASS or tensor=NAME", word);
        if (!ok)
            return false;
    }
    return true;
}
