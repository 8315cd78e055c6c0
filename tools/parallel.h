#ifndef NPUSIM_TOOLS_PARALLEL_H
#define NPUSIM_TOOLS_PARALLEL_H
/*
 * Independent pieces of work on all processors of the host. Simulations share
 * nothing, so the order in which they run cannot be seen in their results.
 */
#include <stddef.h>

/* Do work(context, i) for each i below count. When it takes long and stderr is a
 * terminal, say how far it has come. */
void parallel_for(size_t count, void (*work)(void *context, size_t i), void *context);

#endif
