#ifndef NPUSIM_MODELS_COST_MEMO_H
#define NPUSIM_MODELS_COST_MEMO_H
/*
 * Costs of operations already checked and worked out, of one launch. Kernels issue the same
 * few instructions on the same few buffers over and over, and bank conflicts are the one
 * cost that is dear to compute.
 */
#include "kernels/ir/outline.h"
#include "models/cost.h"

#define COST_MEMO_SETS 2048 /* a power of two */
#define COST_MEMO_WAYS 2    /* that two often collide is likely, that three do is not */

struct cost_memo {
    struct cost_slot {     /* as long as a line of the host's caches */
        struct op_key key; /* all zeros: empty */
        struct cost cost;
    } slots[COST_MEMO_SETS][COST_MEMO_WAYS]; /* the newest first */
};

/* Forget everything: another launch follows. */
void cost_memo_clear(struct cost_memo *memo);

/* False when the cost of the operation with this key is not known. */
bool cost_memo_find(const struct cost_memo *memo, const struct op_key *key, struct cost *cost);

/* Remember what cost_memo_find has just not found. */
void cost_memo_keep(struct cost_memo *memo, const struct op_key *key, struct cost cost);

#endif
