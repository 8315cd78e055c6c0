#ifndef NPUSIM_MODELS_COST_MEMO_H
#define NPUSIM_MODELS_COST_MEMO_H
/*
 * Costs of vector operations already worked out. Kernels issue the same few
 * instructions on the same few buffers over and over, and bank conflicts are
 * the one cost that is dear to compute.
 */
#include "models/cost.h"

#define COST_MEMO_SLOTS 4096 /* a power of two; a collision only costs time */

/* All that the cost of a vector operation depends on, and whether it is in bounds, for
 * one kernel. */
struct cost_key {
    uint32_t instr; /* gives the operation, the element types and which operands there are */
    uint32_t used;  /* 0: an empty slot */
    uint64_t address[KOP_OPERANDS];
    int64_t count, mask, rows, bytes, src_stride, dst_stride, shift;
    int64_t pattern, counter, lists, value, planes, src_plane, dst_plane;
    int64_t blk[VEC_OPERANDS], rep[VEC_OPERANDS];
};

struct cost_memo {
    struct {
        struct cost_key key;
        struct cost cost;
    } slots[COST_MEMO_SLOTS];
};

/* Forget everything: another kernel follows. */
void cost_memo_clear(struct cost_memo *memo);

/* False when the cost of this vector operation is not known. */
bool cost_memo_find(struct cost_memo *memo, const struct kop *op, struct cost *cost);

/* Remember what cost_memo_find has just not found. */
void cost_memo_keep(struct cost_memo *memo, const struct kop *op, struct cost cost);

#endif
