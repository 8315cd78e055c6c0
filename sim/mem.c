#include "sim/mem.h"

#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(size_t bytes)
{
    fprintf(stderr, "npusim: out of memory asking for %zu bytes\n", bytes);
    exit(70); /* EX_SOFTWARE of sysexits.h */
}

void *mem_new(size_t bytes)
{
    return mem_array(bytes, 1);
}

void *mem_array(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        out_of_memory(SIZE_MAX);

    /* One byte at least: calloc may answer NULL to a request for nothing. */
    size_t bytes = count * size;
    void *block = calloc(bytes != 0 ? bytes : 1, 1);
    if (block == NULL)
        out_of_memory(bytes);
    return block;
}

void *mem_lines(size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX - MEM_LINE) / size)
        out_of_memory(SIZE_MAX);

    size_t bytes = (count * size + MEM_LINE - 1) / MEM_LINE * MEM_LINE;
    bytes = bytes != 0 ? bytes : MEM_LINE;
    void *block = aligned_alloc(MEM_LINE, bytes);
    if (block == NULL)
        out_of_memory(bytes);
    return memset(block, 0, bytes);
}

void *mem_grow(void *block, size_t bytes)
{
    void *grown = realloc(block, bytes != 0 ? bytes : 1);
    if (grown == NULL)
        out_of_memory(bytes);
    return grown;
}

void mem_free(void *block)
{
    free(block);
}

void *mem_room(void *array, size_t count, size_t size)
{
    bool full = (count & (count - 1)) == 0;
    return full ? mem_grow(array, (count == 0 ? 1 : 2 * count) * size) : array;
}
