/* The checker on operations that are more than a move or lanes that follow lanes. */
#include "tests/check_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define FILL "vdup a count=64 scalar=1\n" SYNC("v", "mte3", "0")
#define LOADED "load_ub a, x bytes=256\n" SYNC("mte2", "v", "0")

/* What the scalar unit has put comes before what it issues then, and after what it waited for.
 */
static void a_put_is_a_write_of_the_scalar_unit(void **state)
{
    (void)state;
    assert_errors(AIV("put a value=3\nstore y, a bytes=4"), 1, "");
    assert_errors(AIV("put a value=3\nstore y, a bytes=8"), 1, "E-UNSET-GM");
    assert_errors(AIV("put y[12] value=1\n%n = read y[12]"), 1, "");
    assert_errors(AIV("load_ub a, x bytes=256\nput a value=3"), 1, "E-SYNC-WAW");
    assert_errors(AIV("load_ub a, x bytes=256\nput b value=3"), 1, "");
    assert_errors(AIV("load_ub a, x bytes=256\n" SYNC("mte2", "s", "0") "put a value=3"), 1,
                  "");
    assert_errors(AIV("put w value=1"), 2, "E-RACE-WRITE");
}

/* How many are kept is written, though it stands where sources do. */
static void a_special_register_is_written(void **state)
{
    (void)state;
#define COUNTED(before, between)                                                               \
    "kernel k {\n" TENSORS " aiv { tile a: ub i32[64] @0\n tile b: ub i32[64] @256\n"          \
    "tile n: spr u64[1]\n" before "vreducev2p b, a, n count=64 pattern=1\n" between            \
    "%n = read n\nput y value=%n\n }\n}\n"
    assert_errors(COUNTED(LOADED, SYNC("v", "s", "0")), 1, "");
    assert_errors(
        COUNTED(LOADED "vreducev2p b, a, n count=64 pattern=2\n" SYNC("v", "s", "1"), ""), 1,
        "E-SYNC-RAW");
    /* A pattern keeps as many of values that nothing has set. */
    assert_errors(COUNTED("", SYNC("v", "s", "0")), 1, "");
}

/* Lanes that a mask keeps out are neither read nor written. */
static void masks_keep_lanes_out(void **state)
{
    (void)state;
#define HALF "vadds b, a count=64 scalar=1 mask0=%half\n" SYNC("v", "mte3", "0")
#define LOW "%half = 0xffffffff\n"
    assert_errors(AIV(LOW LOADED HALF "store y, b bytes=128"), 1, "");
    assert_errors(AIV(LOW LOADED HALF "store y, b bytes=132"), 1, "E-UNSET-GM");
    assert_errors(
        AIV(LOW "load_ub a, x bytes=128\n" SYNC("mte2", "v", "0") HALF "store y, b bytes=128"),
        1, "");
    assert_errors(AIV(LOW LOADED "load_ub b[128], x bytes=128\n" HALF), 1, "");
    assert_errors(AIV(LOW LOADED "load_ub b[96], x bytes=128\n" HALF), 1, "E-SYNC-WAW");
}

/* A maximum commutes with maxima, not with sums. */
static void atomic_stores_commute_with_their_own_kind_only(void **state)
{
    (void)state;
#define ZEROED FILL "if %block_id {\n } else {\nstore w, a bytes=256\n }\nsync_all\n"
    assert_errors(AIV(ZEROED "store w, a bytes=256 atomic=max"), 4, "");
    assert_errors(AIV(ZEROED "store w, a bytes=256 atomic=min"), 4, "");
    assert_errors(AIV(ZEROED "if %block_id {\nstore w, a bytes=256 atomic=add\n } else {\n"
                             "store w, a bytes=256 atomic=max\n }"),
                  2, "E-RACE-ATOMIC");
}

/* Two planes of a row each; what lies between them stays as it was. */
static void planes_leave_gaps(void **state)
{
    (void)state;
#define PLANES "load_ub a, x bytes=64 planes=2 dst_plane=128\n" SYNC("mte2", "mte3", "0")
    assert_errors(AIV(PLANES "store y, a bytes=64\nstore y[64], a[128] bytes=64"), 1, "");
    assert_errors(AIV(PLANES "store y, a[64] bytes=64"), 1, "E-UNSET-GM");
    assert_errors(AIV(PLANES "store y, a bytes=64 planes=2 src_plane=128"), 1, "");
}

/* What a load pads with is set, in rows of 4 + 8 + 4 bytes. */
static void padding_is_set(void **state)
{
    (void)state;
#define PADDED                                                                                 \
    "load_ub a, x bytes=8 rows=2 pad_left=1 pad_right=1 scalar=7\n" SYNC("mte2", "mte3", "0")
    assert_errors(AIV(PADDED "store y, a bytes=32"), 1, "");
    assert_errors(AIV(PADDED "store y, a bytes=36"), 1, "E-UNSET-GM");
    assert_errors(AIV("load_ub a, x bytes=8 pad_right=1\nput a[12] value=1"), 1, "");
    assert_errors(AIV("load_ub a, x bytes=8 pad_right=1\nput a[8] value=1"), 1, "E-SYNC-WAW");
}

/* Bytes that no index names are not written, and one outside of the tile is found. */
static void a_scatter_sets_what_its_indices_name(void **state)
{
    (void)state;
#define SCATTER(first, size)                                                                   \
    "kernel k {\n" TENSORS " aiv { tile a: ub i32[64] @0\n tile b: ub i32[64] @256\n"          \
    "tile i: ub u32[64] @512\n" LOADED "put i value=" first                                    \
    "\nvscatter b, a, i count=1\n" SYNC("v", "mte3", "0") "store y, b[32] bytes=" size         \
                                                          "\n }\n}\n"
    assert_errors(SCATTER("32", "4"), 1, "");
    assert_errors(SCATTER("32", "8"), 1, "E-UNSET-GM");
    assert_errors(SCATTER("36", "4"), 1, "E-UNSET-GM");
    assert_errors(SCATTER("256", "4"), 1, "E-TILE-END E-UNSET-GM");
}

/* A merge that one list ends leaves the rest of its room as it was, and says so in b. */
static void a_suspended_merge_sets_what_it_took(void **state)
{
    (void)state;
#define MERGE(lengths, size)                                                                   \
    "kernel k {\n" TENSORS                                                                     \
    " aiv { tile a: ub f32[64] @0\n tile b: ub f32[64] @256\n tile d: ub i32[64] @256\n"       \
    "tile n: spr u64[1]\nvdup a count=64 scalar=1\n"                                           \
    "vmrgsort4 b, a, n count=8 lists=2 suspend=1 value=" lengths "\n" SYNC("v", "mte3", "0")   \
        SYNC("v", "s", "0") "%n = read n\nif %n {\nstore y, d bytes=" size "\n }\n }\n}\n"
    /* Equal values: all six of the first list come before the second's, or both of two. */
    assert_errors(MERGE("0x20006", "48"), 1, "");
    assert_errors(MERGE("0x20006", "52"), 1, "E-UNSET-GM");
    assert_errors(MERGE("0x60002", "16"), 1, "");
    assert_errors(MERGE("0x60002", "20"), 1, "E-UNSET-GM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_put_is_a_write_of_the_scalar_unit),
        cmocka_unit_test(a_special_register_is_written),
        cmocka_unit_test(masks_keep_lanes_out),
        cmocka_unit_test(atomic_stores_commute_with_their_own_kind_only),
        cmocka_unit_test(planes_leave_gaps),
        cmocka_unit_test(padding_is_set),
        cmocka_unit_test(a_scatter_sets_what_its_indices_name),
        cmocka_unit_test(a_suspended_merge_sets_what_it_took),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
