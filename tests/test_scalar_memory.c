/*
 * What the scalar unit reads and writes, on configs/tiny.json: a cycle is 1 ns, an issue takes
 * 1, a store 3 more into UB and 5 into GM, a special register is read like a register.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kernels/ir/build.h"
#include "tests/npu_rig.h"

static const char *on_aiv(const char *code)
{
    static _Thread_local char text[2048];
    snprintf(text, sizeof text,
             "kernel scalar {\n tensor x: u16[256] inout\n aiv {\n"
             "tile a: ub u16[256] @0\n tile b: ub u16[256] @512\n tile f: ub f32[8] @1024\n"
             "tile kept: spr u64[1]\n%s\n }\n}\n",
             code);
    return text;
}

static uint64_t ns_of(const char *code)
{
    return npu_rig_ns(npu_rig_once("tiny", "", on_aiv(code), 1).core_time);
}

/* Element `index` of x after the code has run, x being 0, 1, 2 .. before. */
static uint16_t after(const char *code, size_t index)
{
    struct npu_rig rig;
    uint16_t values[256];

    npu_rig_init(&rig, "tiny", "", on_aiv(code));
    for (size_t i = 0; i < 256; i++)
        values[i] = (uint16_t)i;
    memcpy(npu_rig_tensor(&rig, "x"), values, sizeof values);
    assert_true(npu_rig_run(&rig, 1, true));
    memcpy(values, npu_rig_tensor(&rig, "x"), sizeof values);
    npu_rig_free(&rig);
    return values[index];
}

static void a_store_is_issued_and_written(void **state)
{
    (void)state;
    assert_int_equal(ns_of("put a[6] value=1"), 1 + 3);
    assert_int_equal(ns_of("put x[6] value=1"), 1 + 5);
    assert_int_equal(ns_of("put a[6] value=1\nput x[6] value=1"), 4 + 6);
}

static void a_special_register_is_read_at_once(void **state)
{
    (void)state;
    assert_int_equal(ns_of("%n = read kept"), 1);
}

static void what_was_put_is_read_back(void **state)
{
    (void)state;
    assert_int_equal(after("%v = 0x12345\nput a[30] value=%v\n%r = read a[30]\n"
                           "put x[8] value=%r+1",
                           4),
                     0x2346);
    assert_int_equal(after("put x[8] value=7", 3), 3); /* its neighbour stays */
    assert_int_equal(after("put f[4] value=0x3f800000\n%r = read f[4]\n%r = %r >> 16\n"
                           "put x value=%r",
                           0),
                     0x3f80);
}

static void the_vector_unit_sees_what_was_put_before_the_flag(void **state)
{
    (void)state;
    assert_int_equal(after("put a[2] value=40\n"
                           "set_flag from=s to=v id=0\n wait_flag from=s to=v id=0\n"
                           "vshl b, a count=16 shift=1\n"
                           "set_flag from=v to=mte3 id=0\n wait_flag from=v to=mte3 id=0\n"
                           "store x, b bytes=32\n",
                           1),
                     80);
}

#define SQUEEZE                                                                                \
    "load_ub a, x bytes=512\n"                                                                 \
    "set_flag from=mte2 to=v id=0\n wait_flag from=mte2 to=v id=0\n"                           \
    "vreducev2p b, a, kept count=250 pattern=4\n"

/* 1, 5 .. 249 are kept. */
static void the_number_of_elements_kept_is_read_after_a_flag(void **state)
{
    (void)state;
    assert_int_equal(after(SQUEEZE "set_flag from=v to=s id=0\n wait_flag from=v to=s id=0\n"
                                   "%n = read kept\n%sum = 0\n"
                                   "for %i = 0 to %n {\n%at = %i * 2\n%e = read b[%at]\n"
                                   "%sum = %sum + %e\n }\n"
                                   "put x value=%n\n put x[2] value=%sum",
                           0),
                     63);
    assert_int_equal(after(SQUEEZE "set_flag from=v to=s id=0\n wait_flag from=v to=s id=0\n"
                                   "%n = read kept\n%sum = 0\n"
                                   "for %i = 0 to %n {\n%at = %i * 2\n%e = read b[%at]\n"
                                   "%sum = %sum + %e\n }\n"
                                   "put x value=%n\n put x[2] value=%sum",
                           1),
                     63 * (1 + 249) / 2);
}

/* As on hardware: the scalar unit is ahead, and sees what the register held before. */
static void without_the_flag_the_number_is_not_there_yet(void **state)
{
    (void)state;
    assert_int_equal(after(SQUEEZE "%n = read kept\nput x value=%n", 0), 0);
}

/* The builder's form of a read and of a loop that lasts as long as what it reads. */
static void a_kernel_built_in_c_reads_in_a_loop(void **state)
{
    (void)state;
    struct kernel *kernel = kernel_new("built");
    struct kref x = build_tensor(kernel, "x", DT_u16, TENSOR_INOUT, 256, 0);
    struct build b = build_begin(kernel, CORE_AIV);
    struct kval turns = build_var(&b, "turns", imm(0));
    struct kval left = build_read(&b, "left", build_at(&b, x, imm(2 * 3))); /* 3 */
    build_while(&b, left);
    build_assign(&b, turns, build_add(&b, turns, imm(1)));
    emit(&b, put, .dst = build_at(&b, x, imm(2 * 3)), .value = build_sub(&b, left, imm(1)));
    build_read_to(&b, left, build_at(&b, x, imm(2 * 3)));
    build_end(&b);
    emit(&b, put, .dst = x, .value = turns);

    struct npu_rig rig;
    npu_rig_init_kernel(&rig, "tiny", "", kernel);
    npu_rig_tensor(&rig, "x")[6] = 3;
    assert_true(npu_rig_run(&rig, 1, true));
    assert_int_equal(npu_rig_tensor(&rig, "x")[0], 3);
    assert_int_equal(npu_rig_tensor(&rig, "x")[6], 0);
    npu_rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_is_issued_and_written),
        cmocka_unit_test(a_special_register_is_read_at_once),
        cmocka_unit_test(what_was_put_is_read_back),
        cmocka_unit_test(the_vector_unit_sees_what_was_put_before_the_flag),
        cmocka_unit_test(the_number_of_elements_kept_is_read_after_a_flag),
        cmocka_unit_test(without_the_flag_the_number_is_not_there_yet),
        cmocka_unit_test(a_kernel_built_in_c_reads_in_a_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
