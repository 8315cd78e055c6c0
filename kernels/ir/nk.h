#ifndef NPUSIM_KERNELS_IR_NK_H
#define NPUSIM_KERNELS_IR_NK_H
/*
 * The text form of kernels, `.nk` files. parse(print(k)) = k for every kernel
 * that was parsed, and for every one that was built (build.h) and verified.
 * docs/language.md is the reference; in short:
 *
 *   const TILE = 8192                        # a number, or made of constants
 *   kernel add {
 *     param n = 8192
 *     tensor x: f16[n] in                    # in, out, inout, work; `control` may follow
 *     tensor w: i8[n][64] in                 # up to four dimensions: numbers or parameters
 *     aiv {
 *       tile a: ub f16[2][TILE]              # @ADDRESS in bytes; assigned in order if left out
 *       tile b: ub f16[TILE]
 *       for %i = %block_id * TILE to n step %block_num * TILE turn %k of 2 {
 *         wait v -> mte2 %k                  # wait_flag from=v to=mte2 id=%k
 *         load_ub a[%k], x[%i : TILE]        # elements, and so bytes=
 *         load_ub b, w[%i]  bytes=4096       # an offset in bytes: the form that is printed
 *         set mte2 -> v %k
 *       }
 *       if %block_id > 3 { %next = 1 } else { %next = 2 }
 *       while %next {
 *         %next = read a[64]                # an element of UB, GM or spr; `else x[8]` may
 *                                           # follow: of a control tensor, without data
 *       }
 *     }
 *   }
 *   launch add blocks=4                      # files of several kernels, or launches
 *
 * An operation is its name, its operands in the order of op.def, and its
 * attributes as name=value. One statement a line; # begins a comment. A register
 * is declared by its first assignment. %block_id, %sub_block_id, %block_num and
 * the parameters are registers that a program only reads. Expressions, shapes of
 * tiles, slices, constants and arrows are gone after parsing: the printer shows
 * the scalar instructions and offsets that they became.
 */
#include "kernels/ir/module.h"
#include "sim/diag.h"
#include "sim/text.h"

/* Append the text. References and registers must be those of the kernel, as they are in
 * one that was parsed, or built and verified. */
void kernel_print(const struct kernel *kernel, struct text *out);
void module_print(const struct kmodule *module, struct text *out);

/* NULL and a located diag when text is not a kernel, or a file of kernels. `file` names it in
 * messages. */
struct kmodule *module_parse(const char *file, const char *text, size_t length,
                             struct diag *diag);
struct kernel *kernel_parse(const char *file, const char *text, size_t length,
                            struct diag *diag);

#endif
