#include "tests/check_rig.h"

#include "kernels/ir/untimed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

bool check_rig_run(struct npu_rig *rig, enum executor executor, unsigned blocks,
                   struct findings *findings)
{
    struct target target;
    chip_target(rig->chip, &target);
    struct exec *exec =
        exec_new(rig->kernel, rig->capacity, rig->tensors, rig->npu->core_count);

    findings_init(findings);
    rig->diag = (struct diag){ 0 };
    struct checker *checker = checker_new(target.aic, findings);
    checker_follow(checker, exec);
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

void check_rig_start(const char *nk, enum executor executor, unsigned blocks,
                     struct findings *findings, struct npu_rig *rig)
{
    npu_rig_init(rig, "tiny", "", nk);
    (void)check_rig_run(rig, executor, blocks, findings);
}

void assert_codes(const char *nk, unsigned blocks, enum severity severity, const char *expected)
{
    for (enum executor executor = 0; executor < EXECUTORS; executor++) {
        struct findings findings;
        struct npu_rig rig;
        check_rig_start(nk, executor, blocks, &findings, &rig);
        struct text codes = check_rig_codes(&findings, severity);
        if (strcmp(codes.at, expected) != 0) {
            findings_print(&findings, severity, stderr);
            fail_msg("found '%s', expected '%s' (%s) in\n%s", codes.at, expected,
                     executor == UNTIMED ? "untimed" : "timed", nk);
        }
        text_free(&codes);
        findings_free(&findings);
        npu_rig_free(&rig);
    }
}

void assert_errors(const char *nk, unsigned blocks, const char *expected)
{
    assert_codes(nk, blocks, SEVERITY_ERROR, expected);
}
