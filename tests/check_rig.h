/* A kernel under the checker, untimed and on the machine: what does it find? */
#ifndef NPUSIM_TESTS_CHECK_RIG_H
#define NPUSIM_TESTS_CHECK_RIG_H

#include "kernels/ir/checker.h"
#include "tests/npu_rig.h"

/* --- kernels of a few lines --- */

#define TENSORS                                                                                \
    "tensor x: i32[256] in\n tensor y: i32[256] out\n tensor w: i32[256] work\n"               \
    "tensor h: f16[1024] in\n tensor c: f32[4096] out\n"

/* Lines 7 and on. */
#define AIV(code)                                                                              \
    "kernel k {\n" TENSORS " aiv { tile a: ub i32[64] @0\n tile b: ub i32[64] @256\n" code     \
    "\n }\n}\n"

/* Lines 8 and on. */
#define AIC(code)                                                                              \
    "kernel k {\n" TENSORS " aic { tile l: l1 f16[256] @0\n tile la: l0a f16[256] @0\n"        \
    "tile lb: l0b f16[256] @0\n tile lc: l0c f32[256] @0\n" code "\n }\n}\n"

#define SYNC(from, to, id)                                                                     \
    "set_flag from=" from " to=" to " id=" id "\nwait_flag from=" from " to=" to " id=" id "\n"

enum executor { UNTIMED, TIMED, EXECUTORS };

/* Run the rig's kernel; true if it came to its end. `findings` is the caller's to free. */
bool check_rig_run(struct npu_rig *rig, enum executor executor, unsigned blocks,
                   struct findings *findings);

/* The codes of all findings of a severity in the order in which they were made, with blanks
 * between them. */
struct text check_rig_codes(const struct findings *findings, enum severity severity);

/* Make a rig for the text of a kernel and run it; both are the caller's to free. */
void check_rig_start(const char *nk, enum executor executor, unsigned blocks,
                     struct findings *findings, struct npu_rig *rig);

/* That both executors find just these codes. */
void assert_codes(const char *nk, unsigned blocks, enum severity severity,
                  const char *expected);
void assert_errors(const char *nk, unsigned blocks, const char *expected);

#endif
