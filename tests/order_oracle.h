/*
 * What the checker should find, worked out too simply to be wrong: every operation
 * of every core as a node of a graph, the edges that pipes, issue, flags, signals,
 * barriers and sync_all make, reachability over all of it, and all pairs compared.
 * Only for kernels whose control does not depend on data, that read no scalars, use
 * a cross-core id in one scope and wait for it on one pipe, and have no more blocks than
 * the chip has cores.
 */
#ifndef NPUSIM_TESTS_ORDER_ORACLE_H
#define NPUSIM_TESTS_ORDER_ORACLE_H

#include "kernels/ir/exec.h"
#include "kernels/ir/target.h"

struct oracle;

struct oracle *oracle_new(const struct kernel *kernel, const struct target *target,
                          unsigned blocks);
void oracle_free(struct oracle *oracle);

size_t oracle_size(const struct oracle *oracle); /* nodes */

/* Somebody waits for ever. */
bool oracle_deadlock(const struct oracle *oracle);

/* A flag or a signal is not taken. */
bool oracle_left(const struct oracle *oracle);

/* A flag may be set again before it was waited for. Not to be asked of a deadlock. */
bool oracle_twice(const struct oracle *oracle);

/* Operations that conflict have no order. Not to be asked of a deadlock. */
bool oracle_race(const struct oracle *oracle);

/* Do all operations in an order that the graph allows, drawn from the seed: some threads
 * hurry and some lag. Not to be asked of a deadlock. */
void oracle_play(const struct oracle *oracle, struct exec *exec, uint64_t seed);

#endif
