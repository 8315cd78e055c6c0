#ifndef NPUSIM_KERNELS_IR_CORE_PARTS_H
#define NPUSIM_KERNELS_IR_CORE_PARTS_H
/*
 * What a core has. On a decoupled chip an AIC multiplies matrices and an AIV
 * computes with vectors, each under a scalar unit of its own. On a coupled chip
 * one core does both under one scalar unit: an AIC program has all of it, and
 * results leave L0C through UB, by the vector unit; there is no fixpipe. An AIV
 * program runs on the same cores and sees what it would of a vector core.
 */
#include "kernels/ir/op.h"

/* Sets of enum space and enum pipe_id; and the spaces of the other kind of core that it may
 * have a path to. */
struct core_parts {
    uint32_t spaces, pipes, far;
};

const struct core_parts *core_parts(enum core_kind kind, bool coupled);

static inline bool core_has_pipe(enum core_kind kind, bool coupled, enum pipe_id pipe)
{
    return (core_parts(kind, coupled)->pipes >> pipe & 1) != 0;
}

#endif
