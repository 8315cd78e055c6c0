#ifndef NPUSIM_MODELS_BANK_H
#define NPUSIM_MODELS_BANK_H
/*
 * UB bank conflicts of a vector operation.
 *
 * UB is cut into 32-byte blocks that go round the bank groups (address bits
 * 8..5 on the 910B); a group serves one row a cycle. A repeat reads up to
 * eight blocks of each source, so two sources whose blocks meet in a group
 * take turns, and so do written blocks that meet. A write to the bank that a
 * source is being read from in the same repeat delays it by a measured part
 * of a cycle.
 */
#include "kernels/ir/op.h"
#include "models/params.h"

/* Thousandths of a cycle that all repeats take, at least `rate` (thousandths) each. */
uint64_t bank_time(const struct params *params, const struct kop *op,
                   const struct vec_shape *shape, uint64_t rate);

#endif
