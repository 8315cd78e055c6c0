#include "tests/npu_rig.h"

#include "kernels/ir/nk.h"
#include "kernels/ir/verify.h"
#include "sim/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define FOLDER NPUSIM_SOURCE_DIR "/configs"

/* A mistake of the test itself. */
static void demand(bool ok, const struct diag *diag)
{
    if (ok)
        return;
    diag_print(diag, stderr);
    fail_msg("%s", diag->text);
}

#define WORDS_MOST 24

/* Cut a copy of the text at its blanks. */
static size_t words_of(char *text, char *words[WORDS_MOST])
{
    size_t count = 0;
    char *rest;
    for (char *word = strtok_r(text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < WORDS_MOST);
        words[count++] = word;
    }
    return count;
}

struct chip *npu_rig_chip(const char *name, const char *settings)
{
    struct diag diag = { 0 };
    struct chip *chip = chip_load(FOLDER, name, &diag);
    demand(chip != NULL, &diag);

    char copy[512], *words[WORDS_MOST];
    assert_true(strlen(settings) < sizeof copy);
    size_t count = words_of(strcpy(copy, settings), words);
    for (size_t i = 0; i < count; i++)
        demand(chip_set(chip, words[i], &diag), &diag);
    return chip;
}

static void make_tensors(struct npu_rig *rig)
{
    rig->tensors = mem_array(rig->kernel->tensor_count, sizeof *rig->tensors);
    for (size_t i = 0; i < rig->kernel->tensor_count; i++) {
        uint64_t bytes;
        assert_true(ktensor_bytes(rig->kernel, i, &bytes));
        rig->tensors[i] = mem_new(bytes);
    }
}

void npu_rig_init_kernel(struct npu_rig *rig, const char *chip, const char *settings,
                         struct kernel *kernel)
{
    struct diag diag = { 0 };
    struct target target;

    *rig = (struct npu_rig){ .chip = npu_rig_chip(chip, settings), .kernel = kernel };
    chip_target(rig->chip, &target);
    memcpy(rig->capacity, target.capacity, sizeof rig->capacity);
    demand(kernel_verify(kernel, &target, &diag), &diag);

    rig->npu = npu_new(&rig->chip->params);
    demand(npu_place(rig->npu, kernel, &diag), &diag);
    make_tensors(rig);
    text_init(&rig->report);
}

void npu_rig_init(struct npu_rig *rig, const char *chip, const char *settings, const char *nk)
{
    struct diag diag = { 0 };
    struct kernel *kernel = kernel_parse("rig.nk", nk, strlen(nk), &diag);
    demand(kernel != NULL, &diag);
    npu_rig_init_kernel(rig, chip, settings, kernel);
}

void npu_rig_init_built_for(struct npu_rig *rig, const char *chip, const char *target_settings,
                            const char *settings, const char *name, const char *params)
{
    struct diag diag = { 0 };
    struct workload work;
    struct target target;
    char copy[512], *words[WORDS_MOST];
    assert_true(strlen(params) < sizeof copy);
    size_t count = words_of(strcpy(copy, params), words);

    struct chip *built_for = npu_rig_chip(chip, target_settings);
    chip_target(built_for, &target);
    chip_free(built_for);
    demand(workload_build(&work, kernel_spec_find(name), (const char *const *)words, count,
                          &target, &diag),
           &diag);
    npu_rig_init_kernel(rig, chip, settings, work.kernel);
    rig->work = work;
}

void npu_rig_init_builtin(struct npu_rig *rig, const char *chip, const char *settings,
                          const char *name, const char *params)
{
    npu_rig_init_built_for(rig, chip, settings, settings, name, params);
    const struct workload *work = &rig->work;
    for (size_t i = 0; i < work->kernel->tensor_count; i++) {
        if (work->kernel->tensors[i].role == TENSOR_IN ||
            work->kernel->tensors[i].role == TENSOR_INOUT)
            work->spec->fill(work, i, rig->tensors[i], 1);
        else
            memset(rig->tensors[i], 0xA5, npu_rig_bytes(rig, work->kernel->tensors[i].name));
    }
}

void npu_rig_free(struct npu_rig *rig)
{
    for (size_t i = 0; i < rig->kernel->tensor_count; i++)
        mem_free(rig->tensors[i]);
    mem_free(rig->tensors);
    npu_free(rig->npu);
    kernel_free(rig->kernel);
    chip_free(rig->chip);
    text_free(&rig->report);
}

static bool any_control(const struct kernel *kernel)
{
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        if (kernel->tensors[i].control)
            return true;
    }
    return false;
}

bool npu_rig_run(struct npu_rig *rig, unsigned blocks, bool data)
{
    uint8_t *live[KTENSORS_MAX] = { NULL }; /* tensors that decide nothing need no storage */
    struct exec *exec = NULL;

    for (size_t i = 0; i < rig->kernel->tensor_count; i++)
        live[i] = data || rig->kernel->tensors[i].control ? rig->tensors[i] : NULL;
    if (data || any_control(rig->kernel))
        exec = exec_new(rig->kernel, rig->capacity, live, rig->npu->core_count);

    rig->diag = (struct diag){ 0 };
    text_clear(&rig->report);
    bool ran =
        npu_run(rig->npu, rig->kernel, blocks, exec, data, &rig->run, &rig->diag, &rig->report);
    exec_free(exec);
    return ran;
}

void npu_rig_run_builtin(struct npu_rig *rig, bool data)
{
    demand(npu_rig_run(rig, rig->work.blocks, data), &rig->diag);
}

static size_t index_of(const struct npu_rig *rig, const char *name)
{
    int index = kernel_tensor(rig->kernel, name);
    assert_true(index >= 0);
    return (size_t)index;
}

uint8_t *npu_rig_tensor(struct npu_rig *rig, const char *name)
{
    return rig->tensors[index_of(rig, name)];
}

uint64_t npu_rig_bytes(const struct npu_rig *rig, const char *name)
{
    uint64_t bytes;
    assert_true(ktensor_bytes(rig->kernel, index_of(rig, name), &bytes));
    return bytes;
}

struct tensor_traffic npu_rig_traffic(const struct npu_rig *rig, const char *name)
{
    return rig->run.traffic.tensors[index_of(rig, name)];
}

struct run npu_rig_once(const char *chip, const char *settings, const char *nk, unsigned blocks)
{
    struct npu_rig rig;
    npu_rig_init(&rig, chip, settings, nk);
    demand(npu_rig_run(&rig, blocks, false), &rig.diag);
    struct run run = rig.run;
    npu_rig_free(&rig);
    return run;
}

uint64_t npu_rig_ns(sim_time time)
{
    assert_int_equal(time % 1000, 0);
    return time / 1000;
}

#define SAME(field) (memcmp(&a->field, &b->field, sizeof a->field) == 0)

bool npu_rig_same_run(const struct run *a, const struct run *b)
{
    return SAME(time) && SAME(core_time) && SAME(cores) && SAME(pipes) && SAME(pipe_ops) &&
           SAME(bound) && SAME(traffic.tensors) && SAME(ops) && SAME(requests);
}
