#ifndef NPUSIM_TOOLS_ROOFLINE_H
#define NPUSIM_TOOLS_ROOFLINE_H
/*
 * The least time in us that a chip could need for what a kernel does: its
 * arithmetic at the cubes' peak rate, or each of its input and output bytes once
 * at the peak rate of HBM, whichever takes longer. A warm L2 may hold as many of
 * the bytes as it has. No schedule can beat it.
 */
#include "tools/simulate.h"

double roofline_us(const struct chip *chip, const struct result *result);

#endif
