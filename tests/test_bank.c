/*
 * UB of configs/tiny.json: blocks of 32 bytes go round 16 groups, so that a
 * repeat of 8 blocks covers half of them and addresses 512 bytes apart meet;
 * a bank is 64 KiB; a read and a write that meet cost a cycle. Times are in
 * thousandths of a cycle.
 */
#include "models/bank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/exec_rig.h"
#include "tests/random.h"

#define CYCLE UINT64_C(1000)
#define OTHER_BANK 65536
#define LANES 128 /* of 16 bits, in a repeat */

static struct params params;

static int load_tiny(void **state)
{
    (void)state;
    struct diag diag = { 0 };
    struct chip *chip = chip_load(NPUSIM_SOURCE_DIR "/configs", "tiny", &diag);
    if (chip == NULL)
        return -1;
    params = chip->params;
    chip_free(chip);
    return 0;
}

static struct kaddr in_ub(int64_t address)
{
    return rig_operand(SPACE_UB, DT_f16, address);
}

static struct kop two_sources(int64_t dst, int64_t a, int64_t b, int64_t count)
{
    struct kop op = rig_op(KOP_vadd);
    op.at[OPERAND_DST] = in_ub(dst);
    op.at[OPERAND_A] = in_ub(a);
    op.at[OPERAND_B] = in_ub(b);
    op.count = count;
    return op;
}

static struct kop one_source(int64_t dst, int64_t a, int64_t count)
{
    struct kop op = rig_op(KOP_vabs);
    op.at[OPERAND_DST] = in_ub(dst);
    op.at[OPERAND_A] = in_ub(a);
    op.count = count;
    return op;
}

static uint64_t time_at_rate(const struct kop *op, uint64_t rate)
{
    struct vec_shape shape = kop_vec_shape(op);
    return bank_time(&params, op, &shape, rate);
}

static uint64_t time_of(struct kop op)
{
    return time_at_rate(&op, CYCLE);
}

static void a_repeat_without_conflicts_takes_a_cycle(void **state)
{
    (void)state;
    assert_int_equal(time_of(two_sources(OTHER_BANK, 0, 256, LANES)), CYCLE);
    assert_int_equal(time_of(two_sources(OTHER_BANK, 0, 256, 6 * LANES)), 6 * CYCLE);
}

static void sources_that_meet_in_a_group_take_turns(void **state)
{
    (void)state;
    assert_int_equal(time_of(two_sources(OTHER_BANK, 0, 512, LANES)), 2 * CYCLE);
    assert_int_equal(time_of(two_sources(OTHER_BANK, 0, 512, 6 * LANES)), 12 * CYCLE);
    /* One block of each is enough: blocks 0..7 and 7..14. */
    assert_int_equal(time_of(two_sources(OTHER_BANK, 0, 224, LANES)), 2 * CYCLE);
    /* Banks do not help: a group has one port for reading. */
    assert_int_equal(time_of(two_sources(3 * OTHER_BANK, 0, OTHER_BANK, LANES)), 2 * CYCLE);
}

/* 8 blocks 16 apart are all of one group, 8 apart of two, 4 of four, 2 of eight. */
static void written_blocks_that_meet_take_turns(void **state)
{
    (void)state;
    static const int64_t turns[][2] = { { 16, 8 }, { 8, 4 }, { 4, 2 }, { 2, 1 }, { 17, 1 } };
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        struct kop op = one_source(OTHER_BANK, 0, LANES);
        op.dst_blk = turns[i][0];
        assert_int_equal(time_of(op), (uint64_t)turns[i][1] * CYCLE);
    }
}

static void blocks_of_one_source_that_meet_take_turns(void **state)
{
    (void)state;
    struct kop op = one_source(OTHER_BANK, 0, LANES);
    op.a_blk = 16;
    assert_int_equal(time_of(op), 8 * CYCLE);
    op.a_blk = 4;
    assert_int_equal(time_of(op), 2 * CYCLE);
}

static void a_block_read_again_and_again_is_read_once(void **state)
{
    (void)state;
    struct kop op = one_source(OTHER_BANK, 0, LANES);
    op.a_blk = 0;
    assert_int_equal(time_of(op), CYCLE);
}

/* The 8 turns of the writes and the 2 of the reads pass side by side. */
static void reads_and_writes_pass_side_by_side(void **state)
{
    (void)state;
    struct kop op = two_sources(OTHER_BANK, 0, 512, LANES);
    op.dst_blk = 16;
    assert_int_equal(time_of(op), 8 * CYCLE);
}

/* The destination 512 bytes after a source: the same group, another row of the bank. */
static void a_write_to_the_bank_of_a_source_delays_a_repeat(void **state)
{
    (void)state;
    assert_int_equal(time_of(two_sources(512, 0, 256, LANES)), 2 * CYCLE);
    assert_int_equal(time_of(two_sources(512 + 256, 0, 256, LANES)), 2 * CYCLE);
    assert_int_equal(time_of(two_sources(512, 0, 256, 6 * LANES)), 12 * CYCLE);
    /* On top of the sources' own turns. */
    assert_int_equal(time_of(two_sources(1024, 0, 512, LANES)), 3 * CYCLE);
}

static void a_result_in_place_of_its_source_does_not_delay(void **state)
{
    (void)state;
    assert_int_equal(time_of(two_sources(0, 0, 256, LANES)), CYCLE);
    assert_int_equal(time_of(two_sources(256, 0, 256, LANES)), CYCLE);
}

static void a_single_source_leaves_room_for_the_write(void **state)
{
    (void)state;
    assert_int_equal(time_of(one_source(512, 0, LANES)), CYCLE);
}

/* Operations of more than a cycle a repeat hide turns within it, but not the delay of a
 * write, which comes on top. */
static void a_slow_operation_hides_the_turns_that_fit_in_its_repeat(void **state)
{
    (void)state;
    struct kop meeting = two_sources(OTHER_BANK, 0, 512, LANES);
    assert_int_equal(time_at_rate(&meeting, 1500), 2000);
    assert_int_equal(time_at_rate(&meeting, 5000), 5000);
    struct kop delayed = two_sources(512, 0, 256, LANES);
    assert_int_equal(time_at_rate(&delayed, 5000), 6000);
}

/* One row of scales for all rows, 8 blocks of groups 8..15: the rows of the other source are
 * of groups 0..7 and 8..15 in turn. On a pitch of 512 bytes they never meet. */
static void a_row_used_again_by_each_repeat_meets_every_second_one(void **state)
{
    (void)state;
    struct kop op = two_sources(OTHER_BANK, 0, 256, 10 * LANES);
    op.b_rep = 0;
    assert_int_equal(time_of(op), (5 * 1 + 5 * 2) * CYCLE);
    op.a_rep = 16;
    assert_int_equal(time_of(op), 10 * CYCLE);
}

/* 64 lanes of 16 bits are 4 blocks: 0..3 and 4..7. A full repeat would need 4..11. */
static void a_partial_repeat_uses_only_the_blocks_it_has(void **state)
{
    (void)state;
    assert_int_equal(time_of(two_sources(OTHER_BANK, 0, 128, 64)), CYCLE);
    assert_int_equal(time_of(two_sources(OTHER_BANK, 0, 128, LANES)), 2 * CYCLE);
}

static void no_elements_take_no_time(void **state)
{
    (void)state;
    assert_int_equal(time_of(two_sources(OTHER_BANK, 0, 512, 0)), 0);
}

static void groups_and_banks_are_those_of_the_chip(void **state)
{
    (void)state;
    struct params tiny = params;

    params.vector_bank_groups = 8; /* 256 bytes apart meet */
    assert_int_equal(time_of(two_sources(OTHER_BANK, 0, 256, LANES)), 2 * CYCLE);
    params = tiny;
    params.vector_bank_bytes = 4096;
    assert_int_equal(time_of(two_sources(3584, 0, 256, LANES)), 2 * CYCLE);
    assert_int_equal(time_of(two_sources(4096, 0, 256, LANES)), CYCLE);
    params = tiny;
    params.vector_read_write_conflict = 370;
    assert_int_equal(time_of(two_sources(512, 0, 256, LANES)), 1370);
    params = tiny;
}

/* --- against a count of all blocks, one by one --- */

#define BLOCKS 4096 /* of 128 KiB */

/* How often each block is used by an operand in a repeat: 0 or 1. */
static void mark(const struct kop *op, unsigned operand, int64_t repeat, bool used[BLOCKS])
{
    struct vec_shape shape = kop_vec_shape(op);
    memset(used, 0, BLOCKS * sizeof *used);
    for (int64_t lane = 0; lane < shape.lanes; lane++) {
        if (repeat * shape.lanes + lane >= shape.count)
            break;
        int64_t byte = lane * 2;
        used[op->at[operand].offset / 32 + repeat * shape.rep[operand] +
             byte / 32 * shape.blk[operand]] = true;
    }
}

static uint64_t counted(const struct kop *op)
{
    static bool used[3][BLOCKS];
    uint64_t total = 0;

    for (int64_t repeat = 0; repeat < kop_vec_shape(op).repeats; repeat++) {
        uint64_t turns = 1;
        bool meet = false;
        for (unsigned i = OPERAND_DST; i <= OPERAND_B; i++)
            mark(op, i, repeat, used[i]);
        for (unsigned group = 0; group < 16; group++) {
            uint64_t reads = 0, writes = 0;
            for (unsigned block = group; block < BLOCKS; block += 16) {
                reads += used[OPERAND_A][block];
                reads += used[OPERAND_B][block];
                writes += used[OPERAND_DST][block];
            }
            turns = reads > turns ? reads : turns;
            turns = writes > turns ? writes : turns;
        }
        for (unsigned w = 0; w < BLOCKS; w++) {
            for (unsigned r = w % 16; used[OPERAND_DST][w] && r < BLOCKS; r += 16) {
                bool read = used[OPERAND_A][r] || used[OPERAND_B][r];
                meet = meet || (read && r != w && r / 2048 == w / 2048);
            }
        }
        total += (turns + meet) * CYCLE;
    }
    return total;
}

/* As many repeats as the pattern of groups needs to come round. */
static void every_pattern_takes_the_turns_counted_block_by_block(void **state)
{
    (void)state;
    static const int64_t blocks[] = { 1, 1, 1, 2, 4, 8, 16, 3 };
    uint64_t seed = 5;

    for (unsigned i = 0; i < 3000; i++) {
        struct kop op = two_sources((int64_t)random_below(&seed, 2400) * 32,
                                    (int64_t)random_below(&seed, 2400) * 32,
                                    (int64_t)random_below(&seed, 2400) * 32,
                                    1 + (int64_t)random_below(&seed, 16 * LANES));
        op.dst_blk = blocks[random_below(&seed, 8)];
        op.a_blk = blocks[random_below(&seed, 8)];
        op.b_blk = blocks[random_below(&seed, 8)];
        op.dst_rep = 1 + (int64_t)random_below(&seed, 40);
        op.a_rep = (int64_t)random_below(&seed, 40);
        op.b_rep = (int64_t)random_below(&seed, 40);
        assert_int_equal(time_of(op), counted(&op));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeat_without_conflicts_takes_a_cycle),
        cmocka_unit_test(sources_that_meet_in_a_group_take_turns),
        cmocka_unit_test(written_blocks_that_meet_take_turns),
        cmocka_unit_test(blocks_of_one_source_that_meet_take_turns),
        cmocka_unit_test(a_block_read_again_and_again_is_read_once),
        cmocka_unit_test(reads_and_writes_pass_side_by_side),
        cmocka_unit_test(a_write_to_the_bank_of_a_source_delays_a_repeat),
        cmocka_unit_test(a_result_in_place_of_its_source_does_not_delay),
        cmocka_unit_test(a_single_source_leaves_room_for_the_write),
        cmocka_unit_test(a_slow_operation_hides_the_turns_that_fit_in_its_repeat),
        cmocka_unit_test(a_row_used_again_by_each_repeat_meets_every_second_one),
        cmocka_unit_test(a_partial_repeat_uses_only_the_blocks_it_has),
        cmocka_unit_test(no_elements_take_no_time),
        cmocka_unit_test(groups_and_banks_are_those_of_the_chip),
        cmocka_unit_test(every_pattern_takes_the_turns_counted_block_by_block),
    };
    return cmocka_run_group_tests(tests, load_tiny, NULL);
}
