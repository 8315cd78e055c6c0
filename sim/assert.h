/*
 * SIM_ASSERT states what our own code guarantees. It is on in every build: a
 * simulator that has lost its invariants has no right to print a number. What
 * a user got wrong is a struct diag, never an assertion.
 */
#ifndef NPUSIM_SIM_ASSERT_H
#define NPUSIM_SIM_ASSERT_H

#define SIM_ASSERT(cond) ((cond) ? (void)0 : sim_assert_failed(#cond, __FILE__, __LINE__))

/* Name the broken invariant on stderr and abort. */
_Noreturn void sim_assert_failed(const char *cond, const char *file, int line)
    __attribute__((cold));

#endif
