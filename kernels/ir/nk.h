#ifndef NPUSIM_KERNELS_IR_NK_H
#define NPUSIM_KERNELS_IR_NK_H
/*
 * The text form of kernels, `.nk` files. parse(print(k)) = k for every kernel
 * that was parsed, and for every one that was built (build.h) and verified.
 *
 *   kernel add {
 *     param n = 8192
 *     tensor x: f16[n] in                    # in, out, inout, work; `control` may follow
 *     tensor w: i8[n][64] in                 # up to four dimensions: numbers or parameters
 *     aiv {
 *       tile a: ub f16[8192] @0              # address in bytes; assigned in order if left out
 *       %next = 0
 *       %step = %block_num * 2048            # + - * / % & | ^ << >> == != < <=, min(), max()
 *       for %i = 0 to %n step %step {        # step 1 if left out
 *         wait_flag from=v to=mte2 id=0
 *         load_ub a, x[%i] bytes=4096        # offsets in bytes: [%i], [128], [%i+128],
 * [%i-128] set_flag from=mte2 to=v id=0
 *       }
 *       if %block_id { %next = 1 } else { %next = 2 }
 *       while %next {
 *         %next = read a[64]                # an element of UB, GM or spr
 *       }
 *     }
 *   }
 *
 * An operation is its name, its operands in the order of op.def, and its
 * attributes as name=value. One statement a line; # begins a comment. A register
 * is declared by its first assignment. %block_id, %sub_block_id, %block_num and
 * the parameters are registers that a program only reads.
 */
#include "kernels/ir/program.h"
#include "sim/diag.h"
#include "sim/text.h"

/* Append the text. References and registers must be those of the kernel, as they are in
 * one that was parsed, or built and verified. */
void kernel_print(const struct kernel *kernel, struct text *out);

/* NULL and a located diag when text is not a kernel. `file` names it in messages. */
struct kernel *kernel_parse(const char *file, const char *text, size_t length,
                            struct diag *diag);

#endif
