#ifndef NPUSIM_KERNELS_IR_UNTIMED_H
#define NPUSIM_KERNELS_IR_UNTIMED_H
/*
 * Running a kernel without time: the cores take turns, and each goes on to its
 * next blocking point. An operation is done as soon as it is the next of its
 * pipe and waits for nothing, so work never overlaps.
 *
 * What a kernel leaves in memory may depend on time only if a pipe or a core
 * does not wait for what it needs. Of any other kernel the memory afterwards is
 * that of a timed run (atomic additions of floats apart).
 */
#include "kernels/ir/exec.h"
#include "kernels/ir/target.h"

/*
 * Run exec->kernel on `blocks` blocks. exec has the cores of the target, all
 * cube cores and then all vector cores. False on a deadlock, an access out of
 * bounds, a flag set twice, or when the limit of instructions is reached.
 */
bool untimed_run(struct exec *exec, const struct target *target, unsigned blocks,
                 struct diag *diag);

#define UNTIMED_STEP_LIMIT UINT64_C(1000000000)

#endif
