#include "tools/simulate.h"

#include "kernels/ir/checker.h"
#include "sim/mem.h"
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

/* One launch. What a core had on chip before is gone: nothing is said about it on hardware. */
static bool launch_one(const struct job *job, struct npu *npu, const struct storage *storage,
                       struct checker *checker, struct result *result, size_t index,
                       struct diag *diag)
{
    struct launch launch = workload_launch(&result->work, index);
    struct exec *exec = NULL;
    struct target target;

    chip_target(job->chip, &target);
    if (storage->any || !job->timing)
        exec = exec_new(launch.kernel, target.capacity, storage->tensors, npu->core_count);
    checker_follow(checker, exec);
    bool ok = npu_run(npu, launch.kernel, launch.blocks, exec, !job->timing,
                      &result->launches[index], diag, &result->report);
    exec_free(exec);
    return ok;
}

/* All launches on one chip, so that the L2 is warm after the first. */
static bool launch_all(const struct job *job, struct npu *npu, const struct storage *storage,
                       const struct user_data *user, struct checker *checker,
                       struct result *result, struct diag *diag)
{
    const struct workload *work = &result->work;
    size_t count = workload_launches(work);

    result->launches = mem_array(count, sizeof *result->launches);
    for (unsigned i = 0; i <= work->warm_runs; i++) {
        npu->trace = i == work->warm_runs ? job->trace : NULL;
        if (i != 0 && !storage_fill(storage, work, user, job->seed, diag))
            return false; /* a file of --in is no longer what it was */
        checker_refill(checker);
        for (size_t index = 0; index < count; index++) {
            if (!launch_one(job, npu, storage, checker, result, index, diag))
                return false;
        }
    }
    result->run = result->launches[0];
    for (size_t index = 1; index < count; index++)
        run_add(&result->run, &result->launches[index]);
    return true;
}

#define SCALAR_SHARE 3 /* a third of the cores' time */

/* The scalar unit of a kind of core holds the run up when that is where the critical path is.
 */
static void advise_scalar(struct result *result, enum core_kind kind, enum bound_id heading)
{
    sim_time spent = result->run.bound.spent[heading], all = result->run.core_time;
    struct actor_place place = {
        .kernel = result->work.kernel, .kind = kind, .pipe = PIPE_S, .instr = NO_INSTR
    };

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

static void compare(const struct job *job, struct result *result, uint8_t *const *tensors,
                    const struct user_data *user)
{
    const struct kernel *kernel = result->work.kernel;

    result->comparisons = mem_array(kernel->tensor_count, sizeof *result->comparisons);
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        if (user->expected[i] == NULL)
            continue;
        double tolerance = job->tolerance != NULL ? *job->tolerance
                                                  : compare_tolerance(kernel->tensors[i].dtype);
        compare_tensor(&result->comparisons[result->comparison_count++], kernel, i, tolerance,
                       tensors[i], user->expected[i]);
    }
    compare_conclude(result->comparisons, result->comparison_count, kernel, &result->verdict);
}

static void conclude(const struct job *job, struct result *result, uint8_t *const *tensors,
                     const struct user_data *user)
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
    if (spec != NULL && spec->conclude != NULL)
        spec->conclude(&result->work, tensors);
    if (job->user.expect.count != 0)
        compare(job, result, tensors, user);
    else if (!job->timing && spec != NULL && spec->check != NULL)
        spec->check(&result->work, tensors, &result->verdict);
    if (spec != NULL && spec->metrics != NULL)
        result->metric_count = spec->metrics(&result->work, &result->timing, result->metrics);
}

/* With everything in its place: run, judge, and hand out. */
static enum status run_placed(const struct job *job, struct npu *npu, struct result *result,
                              const struct storage *storage, const struct user_data *user,
                              struct diag *diag)
{
    struct checker *checker = NULL;
    struct target target;

    chip_target(job->chip, &target);
    if (!job->timing && !job->unchecked)
        checker = checker_new(target.aic, &result->findings);
    bool ran = launch_all(job, npu, storage, user, checker, result, diag);
    checker_free(checker);
    findings_sort(&result->findings);
    if (!ran)
        return STATUS_FAILED;
    result->work.tensors = storage->tensors;
    conclude(job, result, storage->tensors, user);
    return user_data_write(user, result->work.kernel, storage->tensors, diag)
               ? STATUS_RIGHT
               : STATUS_BAD_INPUT;
}

static enum status place_and_run(const struct job *job, struct npu *npu, struct result *result,
                                 struct diag *diag)
{
    const struct kernel *kernel = result->work.kernel;
    struct storage storage = { 0 };
    struct user_data user;
    enum status status = STATUS_BAD_INPUT;

    if (user_data_init(&user, &job->user, kernel, job->timing, diag) &&
        npu_place(npu, kernel, diag) && what_if_apply(npu, kernel, &job->frees, diag) &&
        storage_init(&storage, &result->work, &user, job->timing, job->seed, diag) &&
        user_data_load(&user, kernel, diag))
        status = run_placed(job, npu, result, &storage, &user, diag);
    result->work.tensors = NULL;
    storage_free(&storage);
    user_data_free(&user);
    return status;
}

enum status simulate(const struct job *job, struct result *result, struct diag *diag)
{
    enum status status = STATUS_BAD_INPUT;

    *result = (struct result){ 0 };
    text_init(&result->report);
    findings_init(&result->findings);
    if (simulate_build(job, &result->work, diag)) {
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
    mem_free(result->comparisons);
    mem_free(result->launches);
    text_free(&result->report);
}
