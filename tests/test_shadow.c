/* The shadow of a memory against one that keeps all accesses of every byte. */
#include "kernels/ir/shadow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sim/mem.h"
#include "tests/random.h"

#define BYTES 10000 /* three pages, the last in part */
#define THREADS 4

static struct touch access_of(uint16_t thread, enum access_kind kind, uint32_t number,
                              const uint32_t *clock)
{
    return (
        struct touch){ .self = { .number = number, .thread = thread, .kind = (uint8_t)kind },
                       .clock = clock,
                       .behind_after = UINT32_MAX };
}

/* What every thread last did to a byte, by kind; 0: nothing. */
struct byte {
    uint32_t last[THREADS][3];
    bool set;
};

static bool conflicts(enum access_kind a, enum access_kind b)
{
    return a != b || a == ACCESS_WRITE;
}

/* Whether the access conflicts with an earlier one of another thread that did not come before
 * it. A write that came before hides what came before the write. */
static bool naive_conflict(const struct byte *byte, const struct touch *touch)
{
    for (uint16_t thread = 0; thread < THREADS; thread++) {
        for (int kind = 0; kind < 3; kind++) {
            if (thread != touch->self.thread &&
                byte->last[thread][kind] > touch->clock[thread] &&
                conflicts((enum access_kind)kind, (enum access_kind)touch->self.kind))
                return true;
        }
    }
    return false;
}

static void naive_access(struct byte *byte, const struct touch *touch)
{
    if (touch->self.kind == ACCESS_WRITE)
        memset(byte->last, 0, sizeof byte->last);
    byte->last[touch->self.thread][touch->self.kind] = touch->self.number;
}

/*
 * Threads do random accesses, and now and then one waits for all that another has done. A
 * write takes the place of all before it in both memories, found or not.
 */
static void it_finds_what_a_memory_of_every_access_finds(void **state)
{
    (void)state;
    struct byte *bytes = mem_array(BYTES, sizeof *bytes);
    uint32_t clocks[THREADS][THREADS] = { 0 }, number = 0;
    uint64_t seed = 11;
    unsigned found = 0, clean = 0;
    struct shadow shadow;

    shadow_init(&shadow, BYTES, false);
    for (unsigned i = 0; i < 6000; i++) {
        uint16_t thread = (uint16_t)random_below(&seed, THREADS);
        uint64_t other = random_below(&seed, THREADS);
        bool waits = random_below(&seed, 2) == 0;
        for (int t = 0; t < THREADS && waits; t++) {
            if (clocks[other][t] > clocks[thread][t])
                clocks[thread][t] = clocks[other][t];
        }
        uint64_t start = random_below(&seed, BYTES);
        uint64_t most = random_below(&seed, 8) == 0 ? BYTES : 600;
        uint64_t length = 1 + random_below(&seed, most);
        length = length < BYTES - start ? length : BYTES - start;
        clocks[thread][thread] = ++number;

        struct touch touch =
            access_of(thread, (enum access_kind)random_below(&seed, 3), number, clocks[thread]);
        bool conflict = false, unset = false;
        for (uint64_t b = start; b < start + length; b++) {
            conflict |= naive_conflict(&bytes[b], &touch);
            unset |= !bytes[b].set;
            naive_access(&bytes[b], &touch);
        }
        shadow_touch(&shadow, start, length, &touch);
        assert_int_equal(touch.conflict, conflict);
        assert_int_equal(touch.unset, unset);
        found += conflict;
        clean += !conflict;

        if (random_below(&seed, 2) == 0) {
            shadow_put_all(&shadow, start, length);
            for (uint64_t b = start; b < start + length; b++)
                bytes[b].set = true;
        } else if (random_below(&seed, 4) == 0) {
            bool *set = mem_array(length, sizeof *set);
            for (uint64_t b = 0; b < length; b++)
                bytes[start + b].set = set[b] = random_below(&seed, 20) != 0;
            shadow_put(&shadow, start, length, set);
            mem_free(set);
        }
    }
    bool *set = mem_array(BYTES, sizeof *set);
    shadow_get(&shadow, 0, BYTES, set);
    for (uint64_t b = 0; b < BYTES; b++)
        assert_int_equal(set[b], bytes[b].set);
    mem_free(set);
    assert_true(found > 500 && clean > 500);
    shadow_free(&shadow);
    mem_free(bytes);
}

static void a_conflict_names_its_first_bytes(void **state)
{
    (void)state;
    uint32_t nothing[THREADS] = { 0 };
    struct shadow shadow;
    shadow_init(&shadow, BYTES, true);
    struct touch write = access_of(0, ACCESS_WRITE, 1, nothing);
    write.self.instr = 7;
    shadow_touch(&shadow, 4000, 200, &write); /* over the end of a page */
    struct touch read = access_of(1, ACCESS_READ, 2, nothing);
    shadow_touch(&shadow, 3900, 250, &read);
    assert_true(read.conflict);
    assert_int_equal(read.other.instr, 7);
    assert_int_equal(read.at, 4000);
    assert_int_equal(read.length, 150);
    shadow_free(&shadow);
}

static void clearing_makes_it_new(void **state)
{
    (void)state;
    uint32_t nothing[THREADS] = { 0 };
    struct shadow shadow;
    shadow_init(&shadow, BYTES, false);
    struct touch write = access_of(0, ACCESS_WRITE, 1, nothing);
    shadow_touch(&shadow, 10, 20, &write);
    shadow_put_all(&shadow, 10, 20);
    shadow_clear(&shadow);
    struct touch read = access_of(1, ACCESS_READ, 2, nothing);
    shadow_touch(&shadow, 0, 100, &read);
    assert_false(read.conflict);
    assert_true(read.unset);
    shadow_free(&shadow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_a_memory_of_every_access_finds),
        cmocka_unit_test(a_conflict_names_its_first_bytes),
        cmocka_unit_test(clearing_makes_it_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
