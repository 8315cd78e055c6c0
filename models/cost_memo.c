#include "models/cost_memo.h"

#include <string.h>

void cost_memo_clear(struct cost_memo *memo)
{
    memset(memo, 0, sizeof *memo);
}

/* Of products that need not wait for each other. */
static unsigned set_of(const struct op_key *key)
{
    static const uint64_t odd[OUTLINE_KEYS] = { UINT64_C(0x9E3779B97F4A7C15),
                                                UINT64_C(0xBF58476D1CE4E5B9),
                                                UINT64_C(0x94D049BB133111EB),
                                                UINT64_C(0xD6E8FEB86659FD93) };
    uint64_t mixed = (key->instr * 2 + key->program) * UINT64_C(0xC2B2AE3D27D4EB4F);

    for (unsigned i = 0; i < OUTLINE_KEYS; i++)
        mixed += (uint64_t)key->regs[i] * odd[i];
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
