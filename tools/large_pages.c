#define _DEFAULT_SOURCE /* sbrk, madvise */
#include "tools/large_pages.h"

#include <stdint.h>
#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE ((uintptr_t)2 << 20) /* of x86-64 */
#define HEAP (64 << 20)           /* of address space; only what is used takes memory */
#define BLOCK (4 << 20)           /* larger ones do not come from the heap */

void large_pages(void)
{
    uintptr_t from = ((uintptr_t)sbrk(0) + PAGE - 1) / PAGE * PAGE;

    mallopt(M_MMAP_THRESHOLD, BLOCK);
    mallopt(M_TOP_PAD, HEAP);
    mallopt(M_TRIM_THRESHOLD, 2 * HEAP);
    void *volatile first = malloc(PAGE); /* makes the heap grow */
    free(first);
    uintptr_t to = (uintptr_t)sbrk(0) / PAGE * PAGE;
    if (from < to)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}
#else
void large_pages(void)
{
}
#endif
