#include "tools/simulate.h"

#include "kernels/ir/checker.h"
#include "tools/hint.h"
#include "tools/nk_workload.h"
#include "tools/storage.h"
#include "tools/what_if.h"

static bool fail_kernel(const char *name, struct diag *diag)
{
    const char *names[64];
    size_t count = 0;
    while (kernel_specs[count] != NULL) {
        names[count] = kernel_specs[count]->name;
        count++;
    }
    struct hint hint = hint_for(name, names, count);
    if (hint.text[0] != '\0')
        return diag_fail(diag, loc_nowhere(), "unknown kernel '%s'%s", name, hint.text);
    return diag_fail(diag, loc_nowhere(),
                     "unknown kernel '%s'; expected one of `npusim list kernels` "
                     "or a .nk file",
                     name);
}

bool simulate_build(const struct job *job, struct workload *work, struct diag *diag)
{
    const struct kernel_spec *spec = kernel_spec_find(job->kernel);
    struct target target;

    *work = (struct workload){ 0 };
    chip_target(job->chip, &target);
    if (nk_is_file(job->kernel))
        return nk_workload(work, job->kernel, &job->params, &target, diag);
    if (spec == NULL)
        return fail_kernel(job->kernel, diag);
    return workload_build(work, spec, job->params.at, job->params.count, &target, diag);
}

/* All launches on one chip, so that the L2 is warm after the first. */
static bool launch(const struct job *job, struct npu *npu, struct exec *exec,
                   struct result *result, struct diag *diag)
{
    const struct workload *work = &result->work;

    for (unsigned i = 0; i <= work->warm_runs; i++) {
        npu->trace = i == work->warm_runs ? job->trace : NULL;
        if (!npu_run(npu, work->kernel, work->blocks, exec, !job->timing, &result->run, diag,
                     &result->report))
            return false;
    }
    return true;
}

#define SCALAR_SHARE 3 /* a third of the cores' time */

/* The scalar unit of a kind of core holds the run up when that is where the critical path is.
 */
static void advise_scalar(struct result *result, enum core_kind kind, enum bound_id heading)
{
    sim_time spent = result->run.bound.spent[heading], all = result->run.core_time;
    struct actor_place place = { .kind = kind, .pipe = PIPE_S, .instr = NO_INSTR };

    if (spent * SCALAR_SHARE < all)
        return;
    struct finding *finding =
        findings_add(&result->findings, FINDING_SCALAR, &place, NO_INSTR, kind);
    if (finding == NULL)
        return;
    finding->found = finding_text("the %s cores spend %.0f %% of the critical path in their "
                                  "scalar units",
                                  core_kind_names[kind], 100 * (double)spent / (double)all);
    finding->expected = finding_text("less than a third");
}

static void conclude(const struct job *job, struct result *result, uint8_t *const *tensors)
{
    const struct kernel_spec *spec = result->work.spec;
    const struct run *run = &result->run;
    double us = (double)PS_PER_US;

    result->timing = (struct timing){
        .time_us = (double)run->time / us,
        .core_time_us = (double)run->core_time / us,
        .cycles = (double)run->core_time * (double)job->chip->params.core_clock / us,
    };
    if (!job->timing && !job->unchecked) {
        advise_scalar(result, CORE_AIC, BOUND_aic_scalar);
        advise_scalar(result, CORE_AIV, BOUND_aiv_scalar);
    }
    if (spec == NULL)
        return;
    if (!job->timing && spec->check != NULL)
        spec->check(&result->work, tensors, &result->verdict);
    if (spec->metrics != NULL)
        result->metric_count = spec->metrics(&result->work, &result->timing, result->metrics);
}

static enum status place_and_run(const struct job *job, struct npu *npu, struct result *result,
                                 struct diag *diag)
{
    struct storage storage = { 0 };
    struct target target;
    enum status status = STATUS_BAD_INPUT;

    chip_target(job->chip, &target);
    if (npu_place(npu, result->work.kernel, diag) &&
        what_if_apply(npu, result->work.kernel, &job->frees, diag) &&
        storage_init(&storage, &result->work, job->timing, job->seed, diag)) {
        struct exec *exec = NULL;
        if (storage.any || !job->timing)
            exec = exec_new(result->work.kernel, target.capacity, storage.tensors,
                            npu->core_count);
        struct checker *checker = NULL;
        if (!job->timing && !job->unchecked)
            checker = checker_new(exec, target.aic, &result->findings);
        status = launch(job, npu, exec, result, diag) ? STATUS_RIGHT : STATUS_FAILED;
        checker_free(checker);
        findings_sort(&result->findings);
        if (status == STATUS_RIGHT)
            conclude(job, result, storage.tensors);
        exec_free(exec);
    }
    storage_free(&storage);
    return status;
}

enum status simulate(const struct job *job, struct result *result, struct diag *diag)
{
    enum status status = STATUS_BAD_INPUT;

    *result = (struct result){ 0 };
    text_init(&result->report);
    if (simulate_build(job, &result->work, diag)) {
        findings_init(&result->findings, result->work.kernel);
        struct npu *npu = npu_new(&job->chip->params);
        status = place_and_run(job, npu, result, diag);
        npu_free(npu);
    }
    return status;
}

void result_free(struct result *result)
{
    findings_free(&result->findings);
    workload_free(&result->work);
    text_free(&result->report);
}
