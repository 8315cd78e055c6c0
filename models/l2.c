#include "models/l2.h"

#include "models/match.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

/*
 * A line in 32 bits: tag, a bit for sectors on their way, four dirty bits, four valid
 * bits, and a bit that tells a present line from an empty way. Tags are 22 bits: a
 * device memory of 2^22 times the size of one way, far beyond any chip.
 */
#define PRESENT 1u
#define VALID_SHIFT 1
#define DIRTY_SHIFT 5
#define PENDING (1u << 9)
#define TAG_SHIFT 10
#define KEY_MASK (~((1u << TAG_SHIFT) - 1u) | PRESENT)

void l2_init(struct l2 *l2, uint64_t bytes, uint32_t ways)
{
    l2->ways = ways;
    l2->sets = (uint32_t)(bytes / L2_LINE / ways);
    SIM_ASSERT(l2->sets > 0 && ways <= MATCH_MOST);
    l2->stride = match_padded(ways);
    l2->lines = mem_lines((size_t)l2->sets * l2->stride, sizeof *l2->lines);
}

void l2_free(struct l2 *l2)
{
    mem_free(l2->lines);
    l2->lines = NULL;
}

/* The way that holds the key, or ways. */
static uint32_t find(const uint32_t *set, uint32_t ways, uint32_t key)
{
    uint32_t found = match(set, ways, KEY_MASK, key);
    return found != 0 ? (uint32_t)__builtin_ctz(found) : ways;
}

/* A set, and the key of a line in it. */
struct place {
    uint32_t *set;
    uint32_t index, key;
};

static struct place place_of(const struct l2 *l2, uint64_t line)
{
    SIM_ASSERT(line <= UINT32_MAX); /* a division of 32 bits takes half the time */
    uint32_t tag = (uint32_t)line / l2->sets;
    uint32_t index = (uint32_t)line % l2->sets;
    SIM_ASSERT(tag < 1u << (32 - TAG_SHIFT));
    return (struct place){ &l2->lines[(size_t)index * l2->stride], index,
                           tag << TAG_SHIFT | PRESENT };
}

/* What to answer, given the way of the line, or the one it would take. */
static struct l2_answer answer_of(const struct l2 *l2, struct place at, uint32_t way,
                                  uint8_t sectors, uint8_t wanted)
{
    struct l2_answer answer = { 0 };
    uint32_t entry = at.key;

    if (way < l2->ways) {
        entry = at.set[way];
        answer.pending = (entry & PENDING) != 0;
    } else {
        uint32_t last = at.set[l2->ways - 1];
        answer.victim = (uint8_t)(last >> DIRTY_SHIFT & 15u);
        answer.victim_line = (uint64_t)(last >> TAG_SHIFT) * l2->sets + at.index;
    }
    uint8_t valid = (uint8_t)(entry >> VALID_SHIFT & 15u);
    answer.hit = valid & sectors;
    answer.fetch = (uint8_t)(~valid & wanted);
    return answer;
}

struct l2_answer l2_probe(const struct l2 *l2, uint64_t line, uint8_t sectors, uint8_t partial,
                          bool write)
{
    struct place at = place_of(l2, line);
    return answer_of(l2, at, find(at.set, l2->ways, at.key), sectors,
                     write ? partial : sectors);
}

void l2_set_pending(struct l2 *l2, uint64_t line, bool pending)
{
    struct place at = place_of(l2, line);
    uint32_t way = find(at.set, l2->ways, at.key);
    if (way < l2->ways)
        at.set[way] = pending ? at.set[way] | PENDING : at.set[way] & ~PENDING;
}

struct l2_answer l2_access(struct l2 *l2, uint64_t line, uint8_t sectors, uint8_t partial,
                           bool write)
{
    struct place at = place_of(l2, line);
    uint32_t way = find(at.set, l2->ways, at.key);
    struct l2_answer answer = answer_of(l2, at, way, sectors, write ? partial : sectors);

    uint32_t entry = way < l2->ways ? at.set[way] : at.key;
    way = way < l2->ways ? way : l2->ways - 1;
    memmove(at.set + 1, at.set, way * sizeof *at.set);

    entry |= (uint32_t)sectors << VALID_SHIFT;
    if (write)
        entry |= (uint32_t)sectors << DIRTY_SHIFT;
    at.set[0] = entry;
    return answer;
}
