#include "tools/simulate.h"

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
        status = launch(job, npu, exec, result, diag) ? STATUS_RIGHT : STATUS_FAILED;
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
        struct npu *npu = npu_new(&job->chip->params);
        status = place_and_run(job, npu, result, diag);
        npu_free(npu);
    }
    return status;
}

void result_free(struct result *result)
{
    workload_free(&result->work);
    text_free(&result->report);
}
