#ifndef NPUSIM_KERNELS_IR_SHADOW_IMPL_H
#define NPUSIM_KERNELS_IR_SHADOW_IMPL_H
/* The runs of a page, for shadow.c, which makes accesses, and shadow_set.c. */
#include "kernels/ir/shadow.h"

#define PAGE_BYTES 4096

/* Bytes with one history, up to where the next run starts. */
struct run {
    uint16_t start;
    uint16_t others; /* readers and adders since the last write */
    bool set;
    struct access writer; /* thread NO_THREAD: none */
    struct access one;    /* the other, if there is one */
    struct access *many;  /* the others, if there are more */
};

struct shadow_page {
    unsigned count, room;
    struct run *runs; /* the first starts at 0 */
};

/* Page `index`, made if nothing was known of it. */
struct shadow_page *shadow_page_at(struct shadow *shadow, size_t index);

/* The run that holds a byte. */
unsigned shadow_run_of(const struct shadow_page *page, unsigned byte);

/* The index of the run that starts at `byte`, made if there was none; the end of the page
 * is the number of runs. */
unsigned shadow_split(struct shadow_page *page, unsigned byte);

/* `to` is a copy of `from`: give it readers and adders of its own. */
void shadow_copy_others(struct run *to, const struct run *from);

#endif
