#ifndef NPUSIM_TOOLS_LARGE_PAGES_H
#define NPUSIM_TOOLS_LARGE_PAGES_H

/*
 * Ask the system to keep what will be allocated in large pages. The simulator goes all over
 * some 20 MB, and translating that many addresses takes a processor, above all one that a
 * hypervisor shares out, a noticeable part of the time. Of no effect where it cannot be had.
 */
void large_pages(void);

#endif
