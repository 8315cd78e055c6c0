/*
 * Running without time, and the property that ties it to the timed machine:
 * what a kernel leaves in memory does not depend on when things happen, as
 * long as its pipes and cores wait for what they need.
 */
#include "kernels/ir/untimed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/file.h"
#include "tests/npu_rig.h"
#include "tests/random.h"

/* The kernel of a rig on its tensors, without the rig's machine. */
static bool play(struct npu_rig *rig, unsigned blocks, struct diag *diag)
{
    struct target target;
    chip_target(rig->chip, &target);
    struct exec *exec =
        exec_new(rig->kernel, target.capacity, rig->tensors, target.aic + target.aiv);
    *diag = (struct diag){ 0 };
    bool ok = untimed_run(exec, &target, blocks, diag);
    exec_free(exec);
    return ok;
}

static void assert_same_memory(const struct npu_rig *a, const struct npu_rig *b,
                               const char *what)
{
    for (size_t i = 0; i < a->kernel->tensor_count; i++) {
        const char *name = a->kernel->tensors[i].name;
        if (memcmp(a->tensors[i], b->tensors[i], npu_rig_bytes(a, name)) != 0)
            fail_msg("%s: %s differs", what, name);
    }
}

/* --- the property --- */

static const char *const builtins[][2] = {
    { "copy", "bytes=131072 row_bytes=1024 rows=4 store=1" },
    { "copy", "bytes=57600 row_bytes=96 rows=5 stride=288 store=1 passes=2" },
    { "gemm", "m=100 n=60 k=70" },
    { "gemm", "m=33 n=200 k=300 dtype=i8 schedule=split-k split=3 trans_b=1" },
    { "gemm", "m=300 n=100 k=40 dtype=f32 schedule=single-core" },
    { "gemm", "m=130 n=257 k=129 dtype=bf16 schedule=data-parallel" },
    { "w4a16", "m=5 n=300 k=1520 schedule=split-k group=128" },
    { "w4a16", "m=5 n=300 k=1520 schedule=data-parallel act=bf16 group=32 zero=1" },
    { "w4a16", "m=20 n=600 k=1260 schedule=tile-pipelined group=0" },
    { "w4a16", "m=3 n=1700 k=250 schedule=stripe group=64 zero=1" },
};

static void the_built_in_kernels_leave_the_same_memory(void **state)
{
    (void)state;
    static const char *const chips[] = { "tiny", "ascend910b3" };
    struct diag diag;

    for (size_t i = 0; i < 2 * sizeof builtins / sizeof *builtins; i++) {
        const char *chip = chips[i % 2], *const *builtin = builtins[i / 2];
        struct npu_rig timed, untimed;
        npu_rig_init_builtin(&timed, chip, "", builtin[0], builtin[1]);
        npu_rig_init_builtin(&untimed, chip, "", builtin[0], builtin[1]);
        npu_rig_run_builtin(&timed, true);
        assert_true(play(&untimed, untimed.work.blocks, &diag));
        assert_same_memory(&timed, &untimed, builtin[1]);
        npu_rig_free(&timed);
        npu_rig_free(&untimed);
    }
}

/*
 * Random programs of loads, additions, copies and stores on tiles t0 to t5 and
 * eight places of a tensor. Each operation waits for exactly those earlier ones
 * of other pipes that it conflicts with, so as much as can overlaps.
 */
#define TILES 6
#define PLACES 8
#define OBJECTS (TILES + PLACES)
#define OPS 60
#define IDS 8

struct writer {
    struct text text;
    int last_write[OBJECTS][PIPE_COUNT], last_read[OBJECTS][PIPE_COUNT]; /* op, from 1 */
    int synced[PIPE_COUNT][PIPE_COUNT]; /* [from][to]: up to this op */
    int used[PIPE_COUNT][PIPE_COUNT];   /* ids since all pipes were idle */
    int now;
};

static void wait_for(struct writer *w, enum pipe_id from, enum pipe_id to, int op)
{
    if (from == to || op <= w->synced[from][to])
        return;
    if (w->used[from][to] == IDS) {
        text_addf(&w->text, "barrier pipe=all\n");
        memset(w->used, 0, sizeof w->used);
        for (int i = 0; i < PIPE_COUNT; i++) {
            for (int j = 0; j < PIPE_COUNT; j++)
                w->synced[i][j] = w->now;
        }
        return;
    }
    int id = w->used[from][to]++;
    text_addf(&w->text, "set_flag from=%s to=%s id=%d\nwait_flag from=%s to=%s id=%d\n",
              pipe_names[from], pipe_names[to], id, pipe_names[from], pipe_names[to], id);
    w->synced[from][to] = w->now;
}

static void touch(struct writer *w, enum pipe_id pipe, int object, bool write)
{
    for (int other = 0; other < PIPE_COUNT; other++) {
        wait_for(w, (enum pipe_id)other, pipe, w->last_write[object][other]);
        if (write)
            wait_for(w, (enum pipe_id)other, pipe, w->last_read[object][other]);
    }
}

static void add_op(struct writer *w, uint64_t *seed)
{
    int a = (int)random_below(seed, TILES), b = (int)random_below(seed, TILES);
    int dst = (int)random_below(seed, TILES), place = (int)random_below(seed, PLACES);
    int reads[2] = { a, a }, writes = dst;
    enum pipe_id pipe = PIPE_V;
    char op[96];

    switch (random_below(seed, 5)) {
    case 0:
        pipe = PIPE_MTE2;
        reads[0] = reads[1] = TILES + place;
        snprintf(op, sizeof op, "load_ub t%d, x[%d] bytes=4096\n", dst, place * 4096);
        break;
    case 1:
        pipe = PIPE_MTE3;
        writes = TILES + place;
        snprintf(op, sizeof op, "store x[%d], t%d bytes=4096\n", place * 4096, a);
        break;
    case 2:
        snprintf(op, sizeof op, "vadds t%d, t%d count=2048 scalar=%d\n", dst, a,
                 (int)random_below(seed, 9));
        break;
    case 3:
        snprintf(op, sizeof op, "copy_ub t%d, t%d bytes=4096\n", dst, a);
        break;
    default:
        reads[1] = b;
        snprintf(op, sizeof op, "vadd t%d, t%d, t%d count=2048\n", dst, a, b);
        break;
    }
    touch(w, pipe, reads[0], false);
    touch(w, pipe, reads[1], false);
    touch(w, pipe, writes, true);
    w->now++;
    w->last_read[reads[0]][pipe] = w->last_read[reads[1]][pipe] = w->now;
    w->last_write[writes][pipe] = w->now;
    text_addf(&w->text, "%s", op);
}

static void random_program(struct writer *w, uint64_t *seed)
{
    memset(w, 0, sizeof *w);
    text_init(&w->text);
    text_addf(&w->text, "kernel random {\n tensor x: i16[%d] inout\n aiv {\n", PLACES * 2048);
    for (int i = 0; i < TILES; i++)
        text_addf(&w->text, "tile t%d: ub i16[2048] @%d\n", i, i * 4096);
    for (int i = 0; i < OPS; i++)
        add_op(w, seed);
    text_addf(&w->text, "}\n}\n");
}

static void fill_x(struct npu_rig *rig, uint64_t seed)
{
    for (uint64_t i = 0; i < npu_rig_bytes(rig, "x"); i++)
        npu_rig_tensor(rig, "x")[i] = (uint8_t)random_next(&seed);
}

static void random_programs_that_wait_where_they_must_leave_the_same_memory(void **state)
{
    (void)state;
    uint64_t seed = 6;
    struct diag diag;

    for (unsigned i = 0; i < 150; i++) {
        struct writer w;
        struct npu_rig timed, untimed;
        random_program(&w, &seed);
        npu_rig_init(&timed, "tiny", "", w.text.at);
        npu_rig_init(&untimed, "tiny", "", w.text.at);
        fill_x(&timed, i);
        fill_x(&untimed, i);
        assert_true(npu_rig_run(&timed, 1, true));
        assert_true(play(&untimed, 1, &diag));
        assert_same_memory(&timed, &untimed, w.text.at);
        npu_rig_free(&timed);
        npu_rig_free(&untimed);
        text_free(&w.text);
    }
}

/* The timed machine shows what is missing: without their waits some of them differ. */
static void without_the_waits_the_memory_differs(void **state)
{
    (void)state;
    uint64_t seed = 6;
    unsigned differ = 0;
    struct diag diag;

    for (unsigned i = 0; i < 50; i++) {
        struct writer w;
        struct npu_rig timed, untimed;
        random_program(&w, &seed);
        char *rest = w.text.at; /* comment out every set and wait */
        while ((rest = strstr(rest, "_flag")) != NULL) {
            char *line = rest;
            while (line[-1] != '\n')
                line--;
            *line = '#';
            rest++;
        }
        npu_rig_init(&timed, "tiny", "", w.text.at);
        npu_rig_init(&untimed, "tiny", "", w.text.at);
        fill_x(&timed, i);
        fill_x(&untimed, i);
        assert_true(npu_rig_run(&timed, 1, true));
        assert_true(play(&untimed, 1, &diag));
        differ += memcmp(npu_rig_tensor(&timed, "x"), npu_rig_tensor(&untimed, "x"),
                         npu_rig_bytes(&timed, "x")) != 0;
        npu_rig_free(&timed);
        npu_rig_free(&untimed);
        text_free(&w.text);
    }
    assert_true(differ > 25);
}

/* --- on its own --- */

/* x[0] after a program over i32 tiles a and b; x[i] is i before it. */
static int32_t result_of(const char *code)
{
    char nk[2048];
    struct diag diag;
    struct npu_rig rig;
    int32_t values[64];
    snprintf(nk, sizeof nk,
             "kernel small {\n tensor x: i32[64] inout\n aiv {\n tile a: ub i32[64] @0\n"
             "tile b: ub i32[64] @256\n%s\n }\n}\n",
             code);
    npu_rig_init(&rig, "tiny", "", nk);
    for (int32_t i = 0; i < 64; i++)
        values[i] = i;
    memcpy(npu_rig_tensor(&rig, "x"), values, sizeof values);
    if (!play(&rig, 1, &diag))
        fail_msg("%s", diag.text);
    memcpy(values, npu_rig_tensor(&rig, "x"), sizeof values);
    npu_rig_free(&rig);
    return values[0];
}

static void operations_of_a_pipe_wait_for_flags_that_are_set_later(void **state)
{
    (void)state;
    /* The store is issued first and done last. */
    assert_int_equal(result_of("wait_flag from=v to=mte3 id=1\nstore x, b bytes=256\n"
                               "load_ub a, x bytes=256\n"
                               "set_flag from=mte2 to=v id=0\nwait_flag from=mte2 to=v id=0\n"
                               "vadds b, a count=64 scalar=7\nset_flag from=v to=mte3 id=1"),
                     7);
}

static void control_follows_what_was_computed(void **state)
{
    (void)state;
    assert_int_equal(result_of("vdup a count=64 scalar=3\nset_flag from=v to=s id=0\n"
                               "wait_flag from=v to=s id=0\n%n = read a[12]\n"
                               "vdup b count=64 scalar=0\n"
                               "for %i = 0 to %n {\n vadds b, b count=64 scalar=5\n }\n"
                               "set_flag from=v to=mte3 id=0\nwait_flag from=v to=mte3 id=0\n"
                               "store x, b bytes=256"),
                     15);
}

/* A scalar read from a tensor reaches an operation as what it is: the bits of an f32 where the
 * operation works in a float type, a whole number where it does not. */
static void a_scalar_in_a_register_is_read_as_the_operation_works(void **state)
{
    (void)state;
    struct npu_rig rig;
    struct diag diag;
    npu_rig_init(&rig, "tiny", "",
                 "kernel scalars {\n tensor x: f32[8] inout\n tensor n: i32[8] inout\n aiv {\n"
                 "tile a: ub f32[8] @0\ntile b: ub i32[8] @32\n"
                 "load_ub a, x bytes=32\nload_ub b, n bytes=32\n"
                 "set_flag from=mte2 to=s id=0\nwait_flag from=mte2 to=s id=0\n"
                 "%real = read a[8]\n%whole = read b[4]\n"
                 "vdup a count=8 scalar=%real\nvdup b count=8 scalar=%whole\n"
                 "set_flag from=v to=mte3 id=0\nwait_flag from=v to=mte3 id=0\n"
                 "store x, a bytes=32\nstore n, b bytes=32\n }\n}\n");
    float x[8] = { 1, 2, 3.5f, 4 };
    int32_t n[8] = { 7, -40 };
    memcpy(npu_rig_tensor(&rig, "x"), x, sizeof x);
    memcpy(npu_rig_tensor(&rig, "n"), n, sizeof n);
    assert_true(play(&rig, 1, &diag));
    memcpy(x, npu_rig_tensor(&rig, "x"), sizeof x);
    memcpy(n, npu_rig_tensor(&rig, "n"), sizeof n);
    for (unsigned i = 0; i < 8; i++) {
        assert_true(x[i] == 3.5f);
        assert_int_equal(n[i], -40);
    }
    npu_rig_free(&rig);
}

/* Eleven blocks on four cores: each writes its number + 1. */
static void every_block_runs_once_and_in_as_many_rounds_as_it_takes(void **state)
{
    (void)state;
    struct npu_rig rig;
    struct diag diag;
    npu_rig_init(&rig, "tiny", "",
                 "kernel blocks {\n tensor x: i32[16] inout\n aiv {\n"
                 "tile a: ub i32[8] @0\n%at = %block_id * 4\n%v = %block_id + 1\n"
                 "vdup a count=1 scalar=%v\n"
                 "set_flag from=v to=mte3 id=0\nwait_flag from=v to=mte3 id=0\n"
                 "store x[%at], a bytes=4\n }\n}\n");
    assert_true(play(&rig, 11, &diag));
    int32_t found[16];
    memcpy(found, npu_rig_tensor(&rig, "x"), sizeof found);
    for (int32_t i = 0; i < 16; i++)
        assert_int_equal(found[i], i < 11 ? i + 1 : 0);
    npu_rig_free(&rig);
}

/* Vector cores write, all meet, and each reads what its neighbour has written. */
static void cores_meet_at_sync_all(void **state)
{
    (void)state;
    struct npu_rig rig;
    struct diag diag;
    npu_rig_init(&rig, "tiny", "",
                 "kernel meet {\n tensor x: i32[4] inout\n tensor y: i32[4] out\n aiv {\n"
                 "tile a: ub i32[8] @0\n%at = %block_id * 4\n%v = %block_id + 10\n"
                 "vdup a count=1 scalar=%v\n"
                 "set_flag from=v to=mte3 id=0\nwait_flag from=v to=mte3 id=0\n"
                 "store x[%at], a bytes=4\nsync_all\n"
                 "%next = %block_id + 1\n%next = %next % 4\n%from = %next * 4\n"
                 "load_ub a, x[%from] bytes=4\n"
                 "set_flag from=mte2 to=mte3 id=0\nwait_flag from=mte2 to=mte3 id=0\n"
                 "store y[%at], a bytes=4\n }\n}\n");
    assert_true(play(&rig, 4, &diag));
    int32_t found[4];
    memcpy(found, npu_rig_tensor(&rig, "y"), sizeof found);
    for (int32_t i = 0; i < 4; i++)
        assert_int_equal(found[i], 10 + (i + 1) % 4);
    npu_rig_free(&rig);
}

static void assert_fails(const char *code, unsigned line, const char *text)
{
    char nk[1024];
    struct npu_rig rig;
    struct diag diag;
    snprintf(
        nk, sizeof nk,
        "kernel wrong {\n tensor x: i32[64] inout\n aiv {\n tile a: ub i32[64] @0\n%s\n }\n"
        "}\n",
        code);
    npu_rig_init(&rig, "tiny", "", nk);
    assert_false(play(&rig, 1, &diag));
    assert_string_equal(diag.text, text);
    assert_int_equal(diag.line, line);
    npu_rig_free(&rig);
}

static void what_cannot_go_on_is_named(void **state)
{
    (void)state;
    assert_fails("%x = 1\nwait_flag from=mte2 to=v id=0\nvdup a count=8 scalar=1", 6,
                 "wrong, aiv 0: deadlock: waits for ever at wait_flag");
    assert_fails("cross_wait pipe=s id=0", 5,
                 "wrong, aiv 0: deadlock: waits for ever at cross_wait");
}

static void mistakes_are_those_of_a_timed_run(void **state)
{
    (void)state;
    assert_fails("set_flag from=v to=mte2 id=0\nset_flag from=v to=mte2 id=0", 6,
                 "wrong, aiv 0: a flag is set again before it was waited for");
    assert_fails("%at = 252\nload_ub a, x[%at] bytes=8", 6,
                 "load_ub: a ends at byte 260 of tensor x, which has 256");
    assert_fails("%at = 256\n%x = read x[%at]", 6,
                 "read: a ends at byte 260 of tensor x, which has 256");
    assert_fails("%z = 0\n%x = 1 / %z", 6,
                 "wrong, aiv program, instruction 1: division by zero or overflow");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_kernels_leave_the_same_memory),
        cmocka_unit_test(random_programs_that_wait_where_they_must_leave_the_same_memory),
        cmocka_unit_test(without_the_waits_the_memory_differs),
        cmocka_unit_test(operations_of_a_pipe_wait_for_flags_that_are_set_later),
        cmocka_unit_test(control_follows_what_was_computed),
        cmocka_unit_test(a_scalar_in_a_register_is_read_as_the_operation_works),
        cmocka_unit_test(every_block_runs_once_and_in_as_many_rounds_as_it_takes),
        cmocka_unit_test(cores_meet_at_sync_all),
        cmocka_unit_test(what_cannot_go_on_is_named),
        cmocka_unit_test(mistakes_are_those_of_a_timed_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
