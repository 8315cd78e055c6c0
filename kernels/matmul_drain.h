#ifndef NPUSIM_KERNELS_MATMUL_DRAIN_H
#define NPUSIM_KERNELS_MATMUL_DRAIN_H
/*
 * How a tile leaves L0C of a coupled core, which has no fixpipe: some rows at a
 * time the vector unit casts it into UB, still NZ, and turns it into rows, which
 * MTE3 stores while the next are made.
 *
 * On-chip addresses, all in UB: the rows as NZ, then twice as ND; a row of ND has a
 * block more than it holds, so that the rows' blocks lie in different bank groups.
 * Flags, by id = parity of the step: mte3 -> v (rows stored), v -> mte3 (rows there)
 */
#include "kernels/matmul.h"

/* All buffers are free; and at the end, wait for them to be so again. */
void matmul_drain_begin(struct build *b);
void matmul_drain_end(struct build *b);

/* What a fixpipe to GM with these operands, m, n, nz_rows, dst_stride and scale would do. */
void matmul_drain(struct matmul *mm, const struct emit_args *store);

#endif
