#ifndef NPUSIM_KERNELS_IR_WINDOW_H
#define NPUSIM_KERNELS_IR_WINDOW_H
/*
 * The matrix that load3d makes of a feature map (img2col). The map is NC1HWC0: `planes` planes
 * of `rows` by `cols` positions, each a fractal row of C0 channels. A row of the matrix is a
 * place of the kernel's window, from left to right and from top to bottom of the map; its
 * columns are what the window covers there: groups of C0 channels by plane, row and column of
 * the kernel. Where a window leaves the map it covers padding.
 */
#include "kernels/ir/op.h"

#define WINDOW_MAP_MOST 32767 /* rows or columns of a map */

/* Places of the window down and across the map; none when it does not fit. */
int64_t window_down(const struct kop *op);
int64_t window_across(const struct kop *op);

/* Groups of columns of the matrix. */
int64_t window_groups(const struct kop *op);

/* Which fractal row of the map a group of a row of the matrix is; -1: padding. */
int64_t window_at(const struct kop *op, int64_t row, int64_t group);

/* Whether the part of the matrix that op loads has that fractal row of the map. */
bool window_reads(const struct kop *op, int64_t at);

#endif
