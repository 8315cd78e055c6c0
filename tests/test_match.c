/* Searches without a branch, against searches with one. */
#include "models/match.h"

#include "sim/mem.h"
#include "tests/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Arrays of every size, padded as they must be and no further, with keys that are there once,
 * several times and not at all. */
static void what_is_found_is_what_a_loop_finds(void **state)
{
    (void)state;
    uint64_t seed = 3;

    for (uint32_t count = 1; count <= MATCH_MOST; count++) {
        uint32_t *at = mem_array(match_padded(count), sizeof *at);
        for (unsigned round = 0; round < 500; round++) {
            uint32_t mask = round % 2 == 0 ? UINT32_MAX : ~UINT32_C(0x3fe);
            uint32_t key = (uint32_t)random_below(&seed, 8) << 10 | 1;
            uint32_t expected = 0;
            for (uint32_t i = 0; i < count; i++) {
                at[i] = (uint32_t)random_below(&seed, 8) << 10 | 1;
                if (random_below(&seed, 2) == 0)
                    at[i] |= (uint32_t)random_below(&seed, 1024); /* some of it in the mask */
                expected |= (uint32_t)((at[i] & mask) == key) << i;
            }
            assert_int_equal(match(at, count, mask, key), expected);
        }
        mem_free(at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_is_what_a_loop_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
