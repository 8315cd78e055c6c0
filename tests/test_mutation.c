/*
 * Kernels that are right, with one flag, signal or barrier dropped or moved. Whether
 * that can change the result says a graph of all operations (order_oracle.h), which
 * shares nothing with the checker but what an operation touches; the checker must
 * agree, mutation by mutation, and find nothing in the kernels as they are.
 */
#include "kernels/ir/checker.h"
#include "kernels/ir/untimed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kernels/ir/nk.h"
#include "sim/file.h"
#include "sim/mem.h"
#include "tests/check_rig.h"
#include "tests/order_oracle.h"
#include "tests/random.h"

enum change { DROPPED, EARLIER, LATER, CHANGES };

static const char *const change_names[CHANGES] = { "dropped", "moved up", "moved down" };

/* A kernel and its tensors as they are before a run. */
struct subject {
    struct npu_rig rig;
    struct target target;
    unsigned blocks;
    uint8_t *right[KTENSORS_MAX]; /* tensors after the run of the kernel as it is */
};

struct tally {
    unsigned all, harmful, differ, reported;
};

static uint64_t bytes_of(const struct subject *subject, size_t tensor)
{
    return npu_rig_bytes(&subject->rig, subject->rig.kernel->tensors[tensor].name);
}

static uint8_t **copy_tensors(const struct subject *subject)
{
    size_t count = subject->rig.kernel->tensor_count;
    uint8_t **copies = mem_array(count, sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i] = mem_new(bytes_of(subject, i));
        memcpy(copies[i], subject->rig.tensors[i], bytes_of(subject, i));
    }
    return copies;
}

static void free_tensors(const struct subject *subject, uint8_t **tensors)
{
    for (size_t i = 0; i < subject->rig.kernel->tensor_count; i++)
        mem_free(tensors[i]);
    mem_free(tensors);
}

/* Whether what a kernel leaves for others to see is not what it should be. */
static bool differs(const struct subject *subject, uint8_t *const *tensors)
{
    const struct kernel *kernel = subject->rig.kernel;
    for (size_t i = 0; i < kernel->tensor_count; i++) {
        if (kernel->tensors[i].role != TENSOR_WORK &&
            memcmp(tensors[i], subject->right[i], bytes_of(subject, i)) != 0)
            return true;
    }
    return false;
}

static size_t core_count(const struct subject *subject)
{
    return subject->target.aic + subject->target.aiv;
}

/* Whether the checker reports anything, or the run fails by itself. */
static bool is_reported(const struct subject *subject, const struct kernel *kernel, bool print)
{
    uint8_t **tensors = copy_tensors(subject);
    struct exec *exec =
        exec_new(kernel, subject->target.capacity, tensors, core_count(subject));
    struct findings findings;
    struct diag diag = { 0 };

    findings_init(&findings);
    struct checker *checker = checker_new(subject->target.aic, &findings);
    checker_follow(checker, exec);
    bool ok = untimed_run(exec, &subject->target, subject->blocks, &diag);
    bool reported = findings.errors != 0;
    assert_true(ok || reported); /* what fails has a finding too */
    if (print)
        findings_print(&findings, SEVERITY_ERROR, stderr);
    checker_free(checker);
    findings_free(&findings);
    exec_free(exec);
    free_tensors(subject, tensors);
    return reported;
}

#define SCHEDULES 6

/* Whether some order that the kernel allows leaves something else. */
static bool can_differ(const struct subject *subject, const struct kernel *kernel,
                       const struct oracle *oracle)
{
    bool found = false;
    for (uint64_t seed = 1; seed <= SCHEDULES && !found; seed++) {
        uint8_t **tensors = copy_tensors(subject);
        struct exec *exec =
            exec_new(kernel, subject->target.capacity, tensors, core_count(subject));
        oracle_play(oracle, exec, seed);
        found = differs(subject, tensors);
        exec_free(exec);
        free_tensors(subject, tensors);
    }
    return found;
}

static struct kernel *copy_kernel(const struct kernel *kernel)
{
    struct text text;
    struct diag diag = { 0 };
    text_init(&text);
    kernel_print(kernel, &text);
    struct kernel *copy = kernel_parse("mutant.nk", text.at, text.length, &diag);
    if (copy == NULL)
        fail_msg("%s", diag.text);
    text_free(&text);
    return copy;
}

static bool is_sync(const struct kinstr *instr)
{
    if (instr->kind != KI_OP)
        return false;
    switch (instr->code) {
    case KOP_set_flag:
    case KOP_wait_flag:
    case KOP_cross_set:
    case KOP_cross_wait:
    case KOP_sync_all:
        return true;
    case KOP_barrier: /* that of one pipe orders nothing between pipes */
        return instr->attr[ATTR_pipe].imm == PIPE_ALL;
    default:
        return false;
    }
}

/* The pipe on which an operation that is not there would have been. */
static enum pipe_id pipe_of(const struct kinstr *instr)
{
    switch (instr->code) {
    case KOP_set_flag:
        return (enum pipe_id)instr->attr[ATTR_from].imm;
    case KOP_wait_flag:
        return (enum pipe_id)instr->attr[ATTR_to].imm;
    case KOP_cross_set:
    case KOP_cross_wait:
        return (enum pipe_id)instr->attr[ATTR_pipe].imm;
    default:
        return PIPE_S;
    }
}

/* A barrier of one pipe holds nobody up: instructions keep their places. */
static void drop(struct kinstr *instr)
{
    struct kval pipe = { .imm = pipe_of(instr), .given = true };
    struct kinstr barrier = {
        .kind = KI_OP, .code = KOP_barrier, .line = instr->line, .column = instr->column
    };
    barrier.attr[ATTR_pipe] = pipe;
    *instr = barrier;
}

/* False when it cannot be moved that way: what is beside it is no operation, or of another
 * pipe's, so that nothing would change, or of the same kind. */
static bool change(struct kprogram *program, size_t index, enum change how)
{
    struct kinstr *instr = &program->code[index];
    if (how == DROPPED) {
        drop(instr);
        return true;
    }
    struct kinstr *beside = how == EARLIER ? instr - 1 : instr + 1;
    if ((how == EARLIER && index == 0) || (how == LATER && index + 1 == program->length) ||
        beside->kind != KI_OP)
        return false;
    struct kinstr moved = *instr;
    *instr = *beside;
    *beside = moved;
    return true;
}

static void try_change(const struct subject *subject, enum core_kind kind, size_t index,
                       enum change how, struct tally *tally)
{
    struct kernel *mutant = copy_kernel(subject->rig.kernel);
    if (!change(&mutant->programs[kind], index, how)) {
        kernel_free(mutant);
        return;
    }
    struct oracle *oracle = oracle_new(mutant, &subject->target, subject->blocks);
    bool stuck = oracle_deadlock(oracle);
    bool harmful = stuck || oracle_left(oracle) || oracle_twice(oracle) || oracle_race(oracle);
    bool differ = !stuck && can_differ(subject, mutant, oracle);
    bool reported = is_reported(subject, mutant, false);

    tally->all++;
    tally->harmful += harmful;
    tally->differ += differ;
    tally->reported += reported;
    const struct kinstr *instr = &subject->rig.kernel->programs[kind].code[index];
    if ((differ && !harmful) || harmful != reported) {
        is_reported(subject, mutant, true);
        fail_msg("%s, %s, instruction %zu, %s %s: the oracle says %s (%s), the checker %s",
                 subject->rig.kernel->name, core_kind_names[kind], index,
                 kop_info[instr->code].name, change_names[how], harmful ? "wrong" : "right",
                 differ ? "memory differs" : "memory is the same",
                 reported ? "wrong" : "right");
    }
    oracle_free(oracle);
    kernel_free(mutant);
}

/* The kernel as it is: nothing to report, one result whatever the order. */
static void begin(struct subject *subject)
{
    struct oracle *oracle = oracle_new(subject->rig.kernel, &subject->target, subject->blocks);
    uint8_t **tensors = copy_tensors(subject);
    struct exec *exec =
        exec_new(subject->rig.kernel, subject->target.capacity, tensors, core_count(subject));

    assert_false(is_reported(subject, subject->rig.kernel, true));
    assert_false(oracle_deadlock(oracle));
    assert_false(oracle_left(oracle));
    assert_false(oracle_twice(oracle));
    assert_false(oracle_race(oracle));
    oracle_play(oracle, exec, 99);
    memcpy(subject->right, tensors, subject->rig.kernel->tensor_count * sizeof *tensors);
    assert_false(can_differ(subject, subject->rig.kernel, oracle));
    exec_free(exec);
    mem_free(tensors);
    oracle_free(oracle);
}

static struct tally mutate(struct subject *subject)
{
    struct tally tally = { 0 };

    chip_target(subject->rig.chip, &subject->target);
    begin(subject);
    for (int kind = 0; kind < CORE_KINDS; kind++) {
        const struct kprogram *program = &subject->rig.kernel->programs[kind];
        for (size_t i = 0; i < program->length; i++) {
            for (enum change how = 0; how < CHANGES && is_sync(&program->code[i]); how++)
                try_change(subject, (enum core_kind)kind, i, how, &tally);
        }
    }
    for (size_t i = 0; i < subject->rig.kernel->tensor_count; i++)
        mem_free(subject->right[i]);
    printf("%s: %u mutations, %u can change the result, %u did; %u reported\n",
           subject->rig.kernel->name, tally.all, tally.harmful, tally.differ, tally.reported);
    npu_rig_free(&subject->rig);
    return tally;
}

static struct tally mutate_builtin_on(const char *settings, const char *name,
                                      const char *params)
{
    struct subject subject;
    npu_rig_init_builtin(&subject.rig, "tiny", settings, name, params);
    subject.blocks = subject.rig.work.blocks;
    return mutate(&subject);
}

static struct tally mutate_builtin(const char *name, const char *params)
{
    return mutate_builtin_on("", name, params);
}

static void random_inputs(struct npu_rig *rig)
{
    uint64_t seed = 5;
    for (size_t i = 0; i < rig->kernel->tensor_count; i++) {
        uint64_t bytes = npu_rig_bytes(rig, rig->kernel->tensors[i].name);
        for (uint64_t byte = 0; byte < bytes; byte++)
            rig->tensors[i][byte] = (uint8_t)(random_next(&seed) & 0x3b); /* no NaN */
    }
}

static struct tally mutate_text(const char *nk, unsigned blocks)
{
    struct subject subject = { .blocks = blocks };
    npu_rig_init(&subject.rig, "tiny", "", nk);
    random_inputs(&subject.rig);
    return mutate(&subject);
}

static void check_tally(struct tally tally, unsigned least)
{
    assert_true(tally.all >= least);
    assert_true(tally.harmful * 3 > tally.all);
    assert_true(tally.differ > 0);
}

static void a_double_buffered_addition(void **state)
{
    (void)state;
    struct text text;
    struct diag diag = { 0 };
    text_init(&text);
    assert_true(file_read(NPUSIM_SOURCE_DIR "/traces/vector_add.nk", &text, &diag));
    check_tally(mutate_text(text.at, 2), 40);
    text_free(&text);
}

/* Vector cores pass pieces round through GM, by sync_all and by signals of a pair. */
static const char ring[] =
    "kernel ring {\n tensor x: i32[256] in\n tensor y: i32[256] work\n tensor z: i32[256] out\n"
    " aiv {\n tile a: ub i32[64] @0\n tile b: ub i32[64] @256\n"
    "%at = %block_id * 256\n%next = %block_id + 1\n%next = %next % 4\n%from = %next * 256\n"
    "load_ub a, x[%at] bytes=256\n"
    "set_flag from=mte2 to=v id=0\nwait_flag from=mte2 to=v id=0\n"
    "vadds b, a count=64 scalar=3\n"
    "set_flag from=v to=mte3 id=0\nwait_flag from=v to=mte3 id=0\n"
    "store y[%at], b bytes=256\n"
    "sync_all\n"
    "load_ub a, y[%from] bytes=256\n"
    "set_flag from=mte2 to=v id=1\nwait_flag from=mte2 to=v id=1\n"
    "vadds b, a count=64 scalar=5\n"
    "barrier pipe=all\n"
    "store z[%at], b bytes=256\n"
    "cross_set pipe=mte3 id=3 scope=all\ncross_wait pipe=mte2 id=3\n"
    "load_ub a, z[%from] bytes=256\n"
    "cross_set pipe=mte2 id=4 scope=all\ncross_wait pipe=v id=4\n"
    "set_flag from=mte2 to=v id=1\nwait_flag from=mte2 to=v id=1\n"
    "vadds b, a count=64 scalar=7\n"
    "set_flag from=v to=mte3 id=0\nwait_flag from=v to=mte3 id=0\n"
    "store z[%at], b bytes=256\n"
    " }\n}\n";

static void a_ring_of_cores(void **state)
{
    (void)state;
    check_tally(mutate_text(ring, 4), 40);
}

static void the_built_in_matmul(void **state)
{
    (void)state;
    check_tally(mutate_builtin("gemm", "m=40 n=70 k=130 dtype=i8 schedule=data-parallel"), 40);
    check_tally(mutate_builtin("gemm", "m=20 n=40 k=300 dtype=i8 schedule=split-k split=2"),
                40);
}

static void the_built_in_matmul_in_coupled_cores(void **state)
{
    (void)state;
    check_tally(mutate_builtin_on("chip.aiv_per_aic=1 chip.coupled=1 l0c_gm.rate=0", "gemm",
                                  "m=70 n=70 k=130 dtype=i8 tile_m=32 tile_n=48"),
                40);
}

static void the_built_in_matmul_with_dequantisation(void **state)
{
    (void)state;
    check_tally(mutate_builtin("w4a16", "m=3 n=40 k=140 schedule=split-k group=64"), 40);
    check_tally(mutate_builtin("w4a16", "m=3 n=100 k=128 schedule=stripe group=64"), 40);
}

static void the_built_in_copy(void **state)
{
    (void)state;
    check_tally(mutate_builtin("copy", "bytes=65536 row_bytes=512 rows=4 store=1"), 10);
}

/* --- random programs, with enough waits or not --- */

#define PROGRAMS 500
#define PROGRAM_OPS 5 /* at most; many more are never right */

static void add_sync(struct text *nk, uint64_t *seed)
{
    static const char *const pipes[] = { "v", "mte2", "mte3", "s" };
    const char *from = pipes[random_below(seed, 4)], *to = pipes[random_below(seed, 4)];
    int id = (int)random_below(seed, KFLAG_IDS);

    switch (random_below(seed, 12)) {
    case 0:
        text_addf(nk, "barrier pipe=all\n");
        return;
    case 1:
        text_addf(nk, "sync_all\n");
        return;
    case 2:
        text_addf(nk, "cross_set pipe=mte3 id=1 scope=all\ncross_wait pipe=mte2 id=1\n");
        return;
    default:
        if (from != to)
            text_addf(nk, "set_flag from=%s to=%s id=%d\nwait_flag from=%s to=%s id=%d\n", from,
                      to, id, from, to, id);
        return;
    }
}

static void add_random_op(struct text *nk, uint64_t *seed)
{
    int a = (int)random_below(seed, 4), b = (int)random_below(seed, 4);
    int part = 32 * (int)random_below(seed, 4), place = 64 * (int)random_below(seed, 4);

    switch (random_below(seed, 5)) {
    case 0:
        text_addf(nk, "load_ub t%d[%d], x[%d] bytes=64\n", a, part, place);
        return;
    case 1: /* often each core a place of its own */
        text_addf(nk, "store y[%s], t%d[%d] bytes=64\n", place < 128 ? "%own" : "0", a, part);
        return;
    case 2:
        text_addf(nk, "store z, t%d[%d] bytes=64 atomic=add\n", a, part);
        return;
    case 3:
        text_addf(nk, "load_ub t%d, y[%%own] bytes=64\n", a);
        return;
    default:
        text_addf(nk, "vadds t%d[%d], t%d count=16 scalar=3\n", a, part, b);
        return;
    }
}

static void random_program(struct text *nk, uint64_t *seed)
{
    text_addf(nk, "kernel random {\n tensor x: i32[128] in\n tensor y: i32[128] inout\n"
                  " tensor z: i32[16] inout\n aiv {\n");
    for (int i = 0; i < 4; i++)
        text_addf(nk, "tile t%d: ub i32[64] @%d\n", i, i * 256);
    text_addf(nk, "%%own = %%block_id * 64\n");
    for (int i = 0; i < 4; i++)
        text_addf(nk, "vdup t%d count=64 scalar=%d\n", i, i);
    text_addf(nk, "barrier pipe=all\n");
    for (uint64_t left = 2 + random_below(seed, PROGRAM_OPS - 1); left > 0; left--) {
        uint64_t syncs = random_below(seed, 5);
        add_random_op(nk, seed);
        while (syncs-- > 0)
            add_sync(nk, seed);
    }
    text_addf(nk, " }\n}\n");
}

static void the_checker_and_the_graph_agree_on_random_programs(void **state)
{
    (void)state;
    uint64_t seed = 21;
    unsigned wrong = 0;

    for (unsigned i = 0; i < PROGRAMS; i++) {
        struct subject subject = { .blocks = 1 + i % 2 };
        struct text nk;
        text_init(&nk);
        random_program(&nk, &seed);
        npu_rig_init(&subject.rig, "tiny", "", nk.at);
        chip_target(subject.rig.chip, &subject.target);
        struct oracle *oracle = oracle_new(subject.rig.kernel, &subject.target, subject.blocks);
        bool harmful = oracle_twice(oracle) || oracle_race(oracle);
        assert_false(oracle_deadlock(oracle) || oracle_left(oracle));
        struct findings timed;
        (void)check_rig_run(&subject.rig, TIMED, subject.blocks, &timed);
        if (is_reported(&subject, subject.rig.kernel, false) != harmful ||
            (timed.errors != 0) != harmful) {
            is_reported(&subject, subject.rig.kernel, true);
            findings_print(&timed, SEVERITY_ERROR, stderr);
            fail_msg("the graph says %s of\n%s", harmful ? "wrong" : "right", nk.at);
        }
        findings_free(&timed);
        wrong += harmful;
        oracle_free(oracle);
        npu_rig_free(&subject.rig);
        text_free(&nk);
    }
    printf("%u random programs, %u wrong\n", PROGRAMS, wrong);
    assert_true(wrong > PROGRAMS / 10 && wrong < PROGRAMS - PROGRAMS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checker_and_the_graph_agree_on_random_programs),
        cmocka_unit_test(a_double_buffered_addition),
        cmocka_unit_test(a_ring_of_cores),
        cmocka_unit_test(the_built_in_copy),
        cmocka_unit_test(the_built_in_matmul),
        cmocka_unit_test(the_built_in_matmul_in_coupled_cores),
        cmocka_unit_test(the_built_in_matmul_with_dequantisation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
