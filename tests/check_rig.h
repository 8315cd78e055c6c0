/* A kernel under the checker, untimed and on the machine: what does it find? */
#ifndef NPUSIM_TESTS_CHECK_RIG_H
#define NPUSIM_TESTS_CHECK_RIG_H

#include "kernels/ir/checker.h"
#include "tests/npu_rig.h"

enum executor { UNTIMED, TIMED, EXECUTORS };

/* Run the rig's kernel; true if it came to its end. `findings` is the caller's to free. */
bool check_rig_run(struct npu_rig *rig, enum executor executor, unsigned blocks,
                   struct findings *findings);

/* The codes of all findings of a severity in the order in which they were made, with blanks
 * between them. */
struct text check_rig_codes(const struct findings *findings, enum severity severity);

#endif
