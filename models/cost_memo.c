#include "models/cost_memo.h"

#include <string.h>

void cost_memo_clear(struct cost_memo *memo)
{
    memset(memo, 0, sizeof *memo);
}

static unsigned set_of(const struct op_key *key)
{
    uint64_t mixed = key->instr * 2 + key->program;

    for (unsigned i = 0; i < OUTLINE_KEYS; i++)
        mixed = (mixed ^ (uint64_t)key->regs[i]) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned)(mixed >> 32) % COST_MEMO_SETS;
}

/* Without a branch for each number: they nearly always are the same. */
static bool same(const struct op_key *a, const struct op_key *b)
{
    uint64_t differ = (a->instr ^ b->instr) | (a->program ^ b->program);

    for (unsigned i = 0; i < OUTLINE_KEYS; i++)
        differ |= (uint64_t)(a->regs[i] ^ b->regs[i]);
    return differ == 0;
}

bool cost_memo_find(const struct cost_memo *memo, const struct op_key *key, struct cost *cost)
{
    const struct cost_slot *set = memo->slots[set_of(key)];

    for (unsigned way = 0; way < COST_MEMO_WAYS; way++) {
        if (same(&set[way].key, key)) {
            *cost = set[way].cost;
            return true;
        }
    }
    return false;
}

void cost_memo_keep(struct cost_memo *memo, const struct op_key *key, struct cost cost)
{
    struct cost_slot *set = memo->slots[set_of(key)];

    memmove(set + 1, set, (COST_MEMO_WAYS - 1) * sizeof *set);
    set[0] = (struct cost_slot){ *key, cost };
}
