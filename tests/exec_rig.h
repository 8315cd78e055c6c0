/*
 * Single operations on one core with small memories: a tile fills each space,
 * and there is one tensor. Tests write memory as bytes, run an operation, and
 * look at memory again.
 */
#ifndef NPUSIM_TESTS_EXEC_RIG_H
#define NPUSIM_TESTS_EXEC_RIG_H

#include "kernels/ir/exec.h"

#define RIG_CAPACITY ((uint64_t)64 << 10) /* bytes of the tensor and of each space */

struct rig {
    struct kernel *kernel;
    uint64_t capacity[SPACE_COUNT];
    uint8_t *tensors[1];
    struct exec *exec;
};

void rig_init(struct rig *rig);
void rig_free(struct rig *rig);

/* The same for each test of a group: *state is a rig. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* The memory of a space; GM is the tensor. */
uint8_t *rig_memory(struct rig *rig, enum space space);

/* An operand, `offset` bytes into its space. */
struct kaddr rig_operand(enum space space, enum dtype type, int64_t offset);

/* An operation with every attribute at its default, and no operands. */
struct kop rig_op(enum kop_code code);

/* Check op, which must pass, and do it. */
void rig_run(struct rig *rig, const struct kop *op);

/* The message with which op is refused; it stands at line 7 of "rig.nk". */
const char *rig_refusal(struct rig *rig, const struct kop *op);

#endif
