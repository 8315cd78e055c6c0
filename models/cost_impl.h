#ifndef NPUSIM_MODELS_COST_IMPL_H
#define NPUSIM_MODELS_COST_IMPL_H
/* What the cost*.c files share: one function for each cost class of op.def. */
#include "models/cost.h"

#define MILLI 1000

typedef struct cost cost_fn(const struct params *p, const struct kop *op);

/* Several operations have a class in common: it is declared as often. */
#define KOP(name, pipe, dst, a, b, c, needs, takes, types, cost, meaning) cost_fn cost_##cost;
#include "kernels/ir/op.def"
#undef KOP

static inline uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

static inline unsigned source_bits(const struct kop *op)
{
    return dtype_info[op->at[OPERAND_A].dtype].bits;
}

/* The time of a pipe that moves bytes at a rate, in thousandths of a byte per cycle. */
static inline struct cost moved(uint64_t head, uint64_t bytes, int64_t rate)
{
    return (struct cost){ .occupancy = head + ceil_div(bytes * MILLI, (uint64_t)rate) };
}

#endif
