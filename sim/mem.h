/*
 * Memory. None of these returns NULL: out of memory ends the process with one
 * line on stderr and status 70, since no caller could do better.
 */
#ifndef NPUSIM_SIM_MEM_H
#define NPUSIM_SIM_MEM_H

#include <stddef.h>

/* A zeroed block. */
void *mem_new(size_t bytes);

/* A zeroed array; a size that does not fit size_t is out of memory. */
void *mem_array(size_t count, size_t size);

#define MEM_LINE 64 /* bytes of a cache line of the host */

/* The same, beginning on a cache line: for what is read far apart. Not to be grown. */
void *mem_lines(size_t count, size_t size);

/* Resize a block, or make one from NULL. A new tail is not zeroed. */
void *mem_grow(void *block, size_t bytes);

/*
 * Room for one more element in an array of `count`: the array, moved if it had to
 * grow. Its capacity is the least power of two that holds the elements, so it must
 * have been grown by this function alone.
 */
void *mem_room(void *array, size_t count, size_t size);

/* NULL is allowed. */
void mem_free(void *block);

#endif
