#include "models/cost_memo.h"

#include <string.h>

void cost_memo_clear(struct cost_memo *memo)
{
    memset(memo, 0, sizeof *memo);
}

static struct cost_key key_of(const struct kop *op)
{
    struct cost_key key;
    memset(&key, 0, sizeof key); /* compared as bytes */
    key.instr = op->instr;
    key.used = 1;
    for (unsigned i = 0; i < KOP_OPERANDS; i++)
        key.address[i] = op->at[i].base + (uint64_t)op->at[i].offset;
    key.count = op->count;
    key.mask = op->mask;
    key.rows = op->rows;
    key.bytes = op->bytes;
    key.src_stride = op->src_stride;
    key.dst_stride = op->dst_stride;
    key.shift = op->shift;
    key.pattern = op->pattern;
    key.counter = op->counter;
    key.lists = op->lists;
    key.value = op->value;
    key.planes = op->planes;
    key.src_plane = op->src_plane;
    key.dst_plane = op->dst_plane;
    key.blk[OPERAND_DST] = op->dst_blk;
    key.blk[OPERAND_A] = op->a_blk;
    key.blk[OPERAND_B] = op->b_blk;
    key.rep[OPERAND_DST] = op->dst_rep;
    key.rep[OPERAND_A] = op->a_rep;
    key.rep[OPERAND_B] = op->b_rep;
    return key;
}

static unsigned slot_of(const struct cost_key *key)
{
    uint64_t mixed = key->instr ^ key->address[OPERAND_DST] << 12 ^
                     key->address[OPERAND_A] << 24 ^ (uint64_t)key->count << 36;
    return (unsigned)(mixed * UINT64_C(0x9E3779B97F4A7C15) >> 52) % COST_MEMO_SLOTS;
}

bool cost_memo_find(struct cost_memo *memo, const struct kop *op, struct cost *cost)
{
    struct cost_key key = key_of(op);
    unsigned slot = slot_of(&key);

    *cost = memo->slots[slot].cost;
    return memcmp(&memo->slots[slot].key, &key, sizeof key) == 0;
}

void cost_memo_keep(struct cost_memo *memo, const struct kop *op, struct cost cost)
{
    struct cost_key key = key_of(op);
    unsigned slot = slot_of(&key);

    memo->slots[slot].key = key;
    memo->slots[slot].cost = cost;
}
