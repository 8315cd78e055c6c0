#ifndef NPUSIM_KERNELS_IR_VERIFY_H
#define NPUSIM_KERNELS_IR_VERIFY_H
/*
 * What can be said of a kernel without running it: structure, operand spaces
 * and types, attributes, capacity, alignment, constant bounds.
 */
#include "kernels/ir/program.h"
#include "kernels/ir/target.h"
#include "sim/diag.h"

/* target may be NULL: then capacities are not checked. */
bool kernel_verify(const struct kernel *kernel, const struct target *target, struct diag *diag);

#endif
