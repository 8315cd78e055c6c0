#include "tests/check_rig.h"

#include "kernels/ir/untimed.h"

bool check_rig_run(struct npu_rig *rig, enum executor executor, unsigned blocks,
                   struct findings *findings)
{
    struct target target;
    chip_target(rig->chip, &target);
    struct exec *exec =
        exec_new(rig->kernel, rig->capacity, rig->tensors, rig->npu->core_count);

    findings_init(findings, rig->kernel);
    rig->diag = (struct diag){ 0 };
    struct checker *checker = checker_new(exec, target.aic, findings);
    bool ok = executor == UNTIMED ? untimed_run(exec, &target, blocks, &rig->diag)
                                  : npu_run(rig->npu, rig->kernel, blocks, exec, true,
                                            &rig->run, &rig->diag, &rig->report);
    checker_free(checker);
    exec_free(exec);
    return ok;
}

struct text check_rig_codes(const struct findings *findings, enum severity severity)
{
    struct text codes;
    text_init(&codes);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding_info *info = &finding_info[findings->at[i].id];
        if (info->severity == severity)
            text_addf(&codes, "%s%s", codes.length == 0 ? "" : " ", info->code);
    }
    return codes;
}
