#include "kernels/ir/shadow_impl.h"

#include "sim/mem.h"

#include <string.h>

static size_t page_count(const struct shadow *shadow)
{
    return (size_t)((shadow->bytes + PAGE_BYTES - 1) / PAGE_BYTES);
}

void shadow_init(struct shadow *shadow, uint64_t bytes, bool set)
{
    *shadow = (struct shadow){ .bytes = bytes, .set = set };
    shadow->pages = mem_array(page_count(shadow), sizeof(struct shadow_page *));
}

static void forget_others(struct run *run)
{
    if (run->others > 1)
        mem_free(run->many);
    run->others = 0;
}

void shadow_clear(struct shadow *shadow)
{
    for (size_t i = 0; shadow->pages != NULL && i < page_count(shadow); i++) {
        struct shadow_page *page = shadow->pages[i];
        if (page == NULL)
            continue;
        for (unsigned r = 0; r < page->count; r++)
            forget_others(&page->runs[r]);
        page->count = 1;
        page->runs[0] = (struct run){ .set = shadow->set, .writer = { .thread = NO_THREAD } };
    }
}

void shadow_free(struct shadow *shadow)
{
    shadow_clear(shadow);
    for (size_t i = 0; shadow->pages != NULL && i < page_count(shadow); i++) {
        if (shadow->pages[i] != NULL)
            mem_free(shadow->pages[i]->runs);
        mem_free(shadow->pages[i]);
    }
    mem_free(shadow->pages);
    shadow->pages = NULL;
}

/* --- the runs of a page --- */

struct shadow_page *shadow_page_at(struct shadow *shadow, size_t index)
{
    struct shadow_page **slot = &shadow->pages[index];
    if (*slot == NULL) {
        struct shadow_page *page = *slot = mem_new(sizeof *page);
        page->count = page->room = 1;
        page->runs = mem_new(sizeof *page->runs);
        page->runs[0] = (struct run){ .set = shadow->set, .writer = { .thread = NO_THREAD } };
    }
    return *slot;
}

/* The run that holds a byte. */
unsigned shadow_run_of(const struct shadow_page *page, unsigned byte)
{
    unsigned low = 0, high = page->count; /* it is in [low, high) */
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;
        if (page->runs[middle].start <= byte)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static const struct access *others_of(const struct run *run)
{
    return run->others > 1 ? run->many : &run->one;
}

void shadow_copy_others(struct run *to, const struct run *from)
{
    if (from->others <= 1)
        return;
    to->many = mem_array(from->others, sizeof *to->many);
    memcpy(to->many, from->many, from->others * sizeof *to->many);
}

/* The index of the run that starts at `byte`, made if there was none; the end of the page
 * is the number of runs. */
unsigned shadow_split(struct shadow_page *page, unsigned byte)
{
    if (byte == PAGE_BYTES)
        return page->count;
    unsigned i = shadow_run_of(page, byte);
    if (page->runs[i].start == byte)
        return i;

    if (page->count == page->room) {
        page->room *= 2;
        page->runs = mem_grow(page->runs, page->room * sizeof *page->runs);
    }
    struct run *runs = page->runs;
    memmove(runs + i + 1, runs + i, (page->count - i) * sizeof *runs);
    page->count++;
    shadow_copy_others(&runs[i + 1], &runs[i]);
    runs[i + 1].start = (uint16_t)byte;
    return i + 1;
}

/* The runs from `first` to before `end`, all written at once, become one. */
static void unite(struct shadow_page *page, unsigned first, unsigned end)
{
    if (end - first == 1)
        return;
    memmove(page->runs + first + 1, page->runs + end, (page->count - end) * sizeof *page->runs);
    page->count -= end - first - 1;
}

/* --- accesses --- */

static bool came_before(const struct touch *touch, const struct access *earlier)
{
    return touch->clock[earlier->thread] >= earlier->number;
}

/* Whether the order of two accesses matters. */
static bool conflicts(unsigned a, unsigned b)
{
    return a != b || a == ACCESS_WRITE;
}

/* Meet an earlier access on `length` bytes at `at`. */
static void meet(struct touch *touch, const struct access *earlier, uint64_t at,
                 uint64_t length)
{
    if (earlier->thread == NO_THREAD || !conflicts(earlier->kind, touch->self.kind))
        return;
    if (earlier->thread == touch->self.thread) {
        if (earlier->kind != ACCESS_READ && earlier->number > touch->behind_after &&
            earlier->number != touch->self.number) {
            touch->behind = true;
            touch->behind_instr = earlier->instr;
        }
        return;
    }
    if (came_before(touch, earlier))
        return;
    if (touch->conflict) { /* the first range of the same conflict may go on */
        if (touch->at + touch->length == at && touch->other.instr == earlier->instr)
            touch->length += length;
        return;
    }
    touch->conflict = true;
    touch->other = *earlier;
    touch->at = at;
    touch->length = length;
}

static void meet_run(struct touch *touch, const struct run *run, uint64_t at, uint64_t length)
{
    const struct access *others = others_of(run);

    touch->unset |= !run->set;
    meet(touch, &run->writer, at, length);
    if (touch->self.kind == ACCESS_READ && run->others == 1 && run->one.kind == ACCESS_READ)
        return;
    for (unsigned i = 0; i < run->others; i++)
        meet(touch, &others[i], at, length);
}

/* Remember a reader or adder, in place of those of its kind that came before it. */
static void join_others(struct run *run, const struct touch *touch)
{
    struct access *others = run->others > 1 ? run->many : &run->one;
    unsigned kept = 0;

    for (unsigned i = 0; i < run->others; i++) {
        bool mine = others[i].thread == touch->self.thread;
        if (others[i].kind != touch->self.kind || !(mine || came_before(touch, &others[i])))
            others[kept++] = others[i];
    }
    if (kept <= 1 && run->others > 1) { /* they fit in the run again */
        run->one = others[0];
        mem_free(others);
    }
    run->others = (uint16_t)kept;
    if (kept == 0) {
        run->one = touch->self;
    } else {
        if (kept == 1) {
            struct access one = run->one;
            run->many = mem_array(2, sizeof *run->many);
            run->many[0] = one;
        } else {
            run->many = mem_grow(run->many, (kept + 1) * sizeof *run->many);
        }
        run->many[kept] = touch->self;
    }
    run->others++;
}

/* What is known of a run before it is written no longer matters, but for what is set. */
static void write_run(struct run *run, const struct touch *touch)
{
    const struct access *others = others_of(run);
    bool reads = false;

    for (unsigned i = 0; i < run->others; i++)
        reads = reads || (others[i].thread == touch->self.thread &&
                          others[i].number == touch->self.number);
    forget_others(run);
    run->writer = touch->self;
    run->writer.reads = reads;
}

static void touch_page(struct shadow_page *page, uint64_t base, unsigned start, unsigned end,
                       struct touch *touch)
{
    unsigned first = shadow_split(page, start), last = shadow_split(page, end);
    bool all_set = true;

    for (unsigned i = first; i < last; i++) {
        struct run *run = &page->runs[i];
        unsigned stop = i + 1 < page->count ? run[1].start : PAGE_BYTES;
        meet_run(touch, run, base + run->start, stop - run->start);
        all_set = all_set && run->set;
        if (touch->self.kind != ACCESS_WRITE)
            join_others(run, touch);
        else
            write_run(run, touch);
    }
    if (touch->self.kind == ACCESS_WRITE && all_set)
        unite(page, first, last);
}

void shadow_touch(struct shadow *shadow, uint64_t start, uint64_t bytes, struct touch *touch)
{
    for (uint64_t at = start, end = start + bytes; at < end;) {
        uint64_t base = at / PAGE_BYTES * PAGE_BYTES;
        uint64_t stop = end < base + PAGE_BYTES ? end : base + PAGE_BYTES;
        touch_page(shadow_page_at(shadow, (size_t)(at / PAGE_BYTES)), base,
                   (unsigned)(at - base), (unsigned)(stop - base), touch);
        at = stop;
    }
}
