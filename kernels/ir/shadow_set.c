/* Which bytes of a memory are set. */
#include "kernels/ir/shadow_impl.h"
#include "sim/mem.h"

#include <string.h>

/* Runs of a range one by one: from *at on, up to which byte all are set or none is. */
static bool same_state(const struct shadow *shadow, uint64_t *at, uint64_t end)
{
    uint64_t base = *at / PAGE_BYTES * PAGE_BYTES;
    const struct shadow_page *page = shadow->pages[*at / PAGE_BYTES];
    uint64_t stop = base + PAGE_BYTES;
    bool set = shadow->set;

    if (page != NULL) {
        unsigned i = shadow_run_of(page, (unsigned)(*at - base));
        set = page->runs[i].set;
        if (i + 1 < page->count)
            stop = base + page->runs[i + 1].start;
    }
    *at = stop < end ? stop : end;
    return set;
}

void shadow_get(const struct shadow *shadow, uint64_t start, uint64_t bytes, bool *set)
{
    for (uint64_t at = start; at < start + bytes;) {
        uint64_t from = at;
        bool state = same_state(shadow, &at, start + bytes);
        memset(set + (from - start), state, (size_t)(at - from));
    }
}

void shadow_put_all(struct shadow *shadow, uint64_t start, uint64_t bytes)
{
    for (uint64_t at = start, end = start + bytes; at < end;) {
        uint64_t base = at / PAGE_BYTES * PAGE_BYTES;
        uint64_t stop = end < base + PAGE_BYTES ? end : base + PAGE_BYTES;
        struct shadow_page *page = shadow_page_at(shadow, (size_t)(at / PAGE_BYTES));
        unsigned first = shadow_split(page, (unsigned)(at - base));
        unsigned last = shadow_split(page, (unsigned)(stop - base));
        for (unsigned i = first; i < last; i++)
            page->runs[i].set = true;
        at = stop;
    }
}

/* The bytes from `at` on that have the state of the first. */
static unsigned same_length(const bool *set, unsigned at, unsigned end)
{
    unsigned next = at + 1;
    while (next < end && set[next] == set[at])
        next++;
    return next;
}

/* Cut the runs from byte `start` to `end` where set[] changes; all at once, since a page may
 * hold as many runs as bytes. */
static void put_page(struct shadow_page *page, unsigned start, unsigned end, const bool *set)
{
    unsigned first = shadow_split(page, start), last = shadow_split(page, end), changes = 0,
             count = first;

    for (unsigned at = 0; at < end - start; at = same_length(set, at, end - start))
        changes++;
    unsigned room = page->count + changes;
    struct run *runs = mem_array(room, sizeof *runs);
    memcpy(runs, page->runs, first * sizeof *runs);
    for (unsigned i = first; i < last; i++) {
        const struct run *run = &page->runs[i];
        unsigned stop = i + 1 < page->count ? run[1].start : PAGE_BYTES;
        for (unsigned at = run->start; at < stop;) {
            struct run *piece = &runs[count++];
            *piece = *run;
            if (at != run->start)
                shadow_copy_others(piece, run);
            piece->start = (uint16_t)at;
            piece->set = set[at - start];
            at = start + same_length(set, at - start, stop - start);
        }
    }
    memcpy(runs + count, page->runs + last, (page->count - last) * sizeof *runs);
    page->count += count - last;
    mem_free(page->runs);
    page->runs = runs;
    page->room = room;
}

void shadow_put(struct shadow *shadow, uint64_t start, uint64_t bytes, const bool *set)
{
    for (uint64_t at = start, end = start + bytes; at < end;) {
        uint64_t base = at / PAGE_BYTES * PAGE_BYTES;
        uint64_t stop = end < base + PAGE_BYTES ? end : base + PAGE_BYTES;
        put_page(shadow_page_at(shadow, (size_t)(at / PAGE_BYTES)), (unsigned)(at - base),
                 (unsigned)(stop - base), set + (at - start));
        at = stop;
    }
}
