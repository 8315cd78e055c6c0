#include "models/l2.h"

#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

/*
 * A line in 32 bits: tag, four dirty bits, four valid bits, and a bit that
 * tells a present line from an empty way. Tags are 23 bits: a device memory of
 * 2^23 times the size of one way, far beyond any chip.
 */
#define PRESENT 1u
#define VALID_SHIFT 1
#define DIRTY_SHIFT 5
#define TAG_SHIFT 9
#define KEY_MASK (~((1u << TAG_SHIFT) - 1u) | PRESENT)

void l2_init(struct l2 *l2, uint64_t bytes, uint32_t ways)
{
    l2->ways = ways;
    l2->sets = (uint32_t)(bytes / L2_LINE / ways);
    SIM_ASSERT(l2->sets > 0);
    l2->lines = mem_array((size_t)l2->sets * ways, sizeof *l2->lines);
}

void l2_free(struct l2 *l2)
{
    mem_free(l2->lines);
    l2->lines = NULL;
}

/* The way that holds the key, or ways. */
static uint32_t find(const uint32_t *set, uint32_t ways, uint32_t key)
{
    uint32_t way = 0;
    while (way < ways && (set[way] & KEY_MASK) != key)
        way++;
    return way;
}

struct l2_answer l2_access(struct l2 *l2, uint64_t line, uint8_t sectors, uint8_t partial,
                           bool write)
{
    uint64_t tag = line / l2->sets;
    uint32_t index = (uint32_t)(line % l2->sets);
    SIM_ASSERT(tag < UINT64_C(1) << (32 - TAG_SHIFT));

    uint32_t *set = &l2->lines[(size_t)index * l2->ways];
    uint32_t key = (uint32_t)tag << TAG_SHIFT | PRESENT;
    struct l2_answer answer = { 0 };

    uint32_t entry = key;
    uint32_t way = find(set, l2->ways, key);
    if (way < l2->ways) {
        entry = set[way];
    } else {
        way = l2->ways - 1;
        answer.victim = (uint8_t)(set[way] >> DIRTY_SHIFT & 15u);
        answer.victim_line = (uint64_t)(set[way] >> TAG_SHIFT) * l2->sets + index;
    }
    memmove(set + 1, set, way * sizeof *set);

    uint8_t valid = (uint8_t)(entry >> VALID_SHIFT & 15u);
    answer.hit = valid & sectors;
    answer.fetch = (uint8_t)(~valid & (write ? partial : sectors));

    entry |= (uint32_t)sectors << VALID_SHIFT;
    if (write)
        entry |= (uint32_t)sectors << DIRTY_SHIFT;
    set[0] = entry;
    return answer;
}
