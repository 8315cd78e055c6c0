#ifndef NPUSIM_TOOLS_STATISTICS_H
#define NPUSIM_TOOLS_STATISTICS_H
/* How well two lists of numbers agree. */
#include <stddef.h>

/* Spearman's rank correlation: 1 when both put the same things in the same order.
 * Equal values share their mean rank. NAN when either list has no order at all. */
double rank_correlation(const double *a, const double *b, size_t count);

#endif
