#ifndef NPUSIM_KERNELS_IR_MERGE_H
#define NPUSIM_KERNELS_IR_MERGE_H
/*
 * Merging sorted lists of records: a value in the low bytes of a word, and a u32 index.
 * Descending; of equal values the one that was ahead stays ahead, and a NaN is beyond any
 * number.
 */
#include "kernels/ir/op.h"

/* The lists of a vmrgsort or vmrgsort4, and how far each has been merged. */
struct merge {
    enum dtype type;
    size_t lists;
    uint64_t begin[KLISTS_MAX];  /* bytes from operand a */
    uint64_t length[KLISTS_MAX]; /* records */
    uint64_t taken[KLISTS_MAX];
    bool suspend; /* when a list is used up */
};

struct merge merge_of(const struct kop *op);

/* The record that comes next, taken from its list; NULL at the end. `a` is the operand's
 * memory. */
const uint8_t *merge_next(struct merge *merge, const uint8_t *a);

/* Whether x must come before y, which is ahead of it. */
bool merge_overtakes(enum dtype type, const uint8_t *x, const uint8_t *y);

#endif
