#ifndef NPUSIM_KERNELS_IR_NK_FORMAT_H
#define NPUSIM_KERNELS_IR_NK_FORMAT_H
/*
 * The layout of `.nk` source: blocks indented by two, blanks between tokens, at most one empty
 * line in a row. Lines stay lines, and comments stay where they are; one behind a statement
 * keeps its column if there is room. What is formatted stays as it is, and means the same.
 */
#include "sim/text.h"

/* Append the text anew. It must be one that parses. */
void nk_format(const char *text, size_t length, struct text *out);

#endif
