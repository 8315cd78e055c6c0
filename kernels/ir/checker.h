#ifndef NPUSIM_KERNELS_IR_CHECKER_H
#define NPUSIM_KERNELS_IR_CHECKER_H
/*
 * The dynamic checker: follows a run with data and finds what could have gone
 * otherwise. Races are found by the order that flags, signals and barriers make
 * (order.h) over the bytes that operations touch (shadow.h), so a run need not go
 * wrong to show them, and it does not matter which executor runs it.
 *
 * It lives as long as the tensors do: launches follow one another, each after all of
 * the one before, and what one of them has set is set for those after it.
 *
 * An executor tells it what happens, each thing after whatever comes before it:
 * launches, blocks, every operation when it is issued and again right before its
 * effect on data. Operations of the scalar unit (flags, barriers, reads) are told
 * once, when they are done. A core is its number among all of struct exec.
 */
#include "kernels/ir/exec.h"
#include "kernels/ir/finding.h"
#include "kernels/ir/walk.h"

struct checker;

/* Cores below `aic` are cube cores. The list of findings must outlive the checker. */
struct checker *checker_new(unsigned aic, struct findings *findings);
void checker_free(struct checker *checker);

/* Each of these accepts NULL for the checker and then does nothing. */

/*
 * Follow what is done on exec, in which it is found from now on, until the next call. exec
 * must hold data for every tensor, and have the tensors and cores of the one before; it may be
 * freed before the checker, and must not be run after it.
 */
void checker_follow(struct checker *checker, struct exec *exec);

/* The tensors have their first contents again. */
void checker_refill(struct checker *checker);

/* A launch of the kernel begins, and after that each core that takes part is named, with
 * its first block. */
void checker_launch(struct checker *checker);
void checker_take_part(struct checker *checker, size_t core, unsigned block);

/* A core begins a block; all cores of a block have ended. */
void checker_block(struct checker *checker, size_t core, unsigned block);
void checker_block_done(struct checker *checker, unsigned block);

/* An operation enters the queue of its pipe; the walk stands behind it. */
void checker_issue(struct checker *checker, size_t core, const struct walk *walk,
                   const struct kop *op);

/* The next operation of its pipe takes effect; memory is still as it was before. */
void checker_effect(struct checker *checker, size_t core, const struct kop *op);

/* For advice: how much work a vector operation was, and how much of that came of UB bank
 * conflicts, in whatever unit the executor has. */
void checker_conflict(struct checker *checker, size_t core, const struct kop *op,
                      uint64_t spent, uint64_t conflict);

/* The scalar unit has done an operation, or is about to access data: a put, or the read of a
 * scalar (code KOP_COUNT). */
void checker_scalar(struct checker *checker, size_t core, const struct walk *walk,
                    const struct kop *op);

/* All cores have met at sync_all. */
void checker_meet(struct checker *checker);

/* The scalar unit may not issue op, which exec_check refuses for what diag says. */
void checker_refused(struct checker *checker, size_t core, const struct walk *walk,
                     const struct kop *op, const struct diag *diag);

/* Nothing moves any more: who stands at the beginning of the chain that stuck_explain made,
 * and the chain. */
void checker_deadlock(struct checker *checker, const struct actor_place *place,
                      const char *chain);

/* The launch has ended well. */
void checker_done(struct checker *checker);

#endif
