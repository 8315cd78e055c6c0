/* Lines on their way between an L2 slice and HBM. */
#include "models/match.h"
#include "models/memory_impl.h"
#include "sim/mem.h"

#include <string.h>

static void free_fetch(struct slice *slice, struct fetch *fetch)
{
    fetch->next = NULL;
    *(slice->free_fetch == NULL ? &slice->free_fetch : &slice->last_free_fetch->next) = fetch;
    slice->last_free_fetch = fetch;
}

static void free_victim(struct slice *slice, struct victim *victim)
{
    victim->next = slice->free_victim;
    slice->free_victim = victim;
}

/* What the DRAM moves for some sectors of a line: all from the first to the last. */
static void set_span(struct dram_request *dram, uint64_t line, uint8_t sectors)
{
    uint32_t low = (uint32_t)__builtin_ctz(sectors);
    uint32_t high = 31u - (uint32_t)__builtin_clz(sectors);
    dram->address = line * L2_LINE + low * L2_SECTOR;
    dram->bytes = (high - low + 1) * L2_SECTOR;
}

static void count_hbm(struct memory *memory, const struct dram_request *dram)
{
    struct traffic_sink *sink = memory->traffic->sink;
    if (sink != NULL)
        sink->count(sink, dram->finished, true, dram->bytes);
}

static void on_fetched(struct sim *sim, struct dram_request *dram)
{
    struct fetch *fetch = dram->owner;
    struct slice *slice = fetch->slice;
    struct memory *memory = slice->memory;
    struct request_list waiting = fetch->waiting;
    (void)sim;

    count_hbm(memory, dram);
    fetch->there = dram->finished + memory->dram_latency;
    fetch->waiting.first = NULL;
    for (struct request *request = waiting.first; request != NULL; request = request->next)
        memory_answer_from(memory, request, fetch);
    free_fetch(slice, fetch);
    slice_serve_held(slice);
    while (waiting.first != NULL) {
        struct request *request = request_take_first(&waiting);
        request->answered(request);
    }
}

static void on_written_back(struct sim *sim, struct dram_request *dram)
{
    struct victim *victim = dram->owner;
    (void)sim;

    count_hbm(victim->slice->memory, dram);
    free_victim(victim->slice, victim);
    slice_serve_held(victim->slice);
}

/* Those fetches of a slice that are of a line, one after another. */
struct fetch_search {
    uint64_t line;
    uint32_t next;        /* not looked at */
    uint32_t first, left; /* where the stretch looked at begins; a bit for each found in it */
};

static struct fetch *next_fetch(const struct slice *slice, struct fetch_search *search)
{
    uint32_t count = slice->memory->fetch_count;

    while (search->left == 0) {
        if (search->next >= count)
            return NULL;
        uint32_t rest = count - search->next;
        search->first = search->next;
        search->next += MATCH_MOST;
        search->left =
            match(&slice->lines[search->first], rest < MATCH_MOST ? rest : MATCH_MOST,
                  UINT32_MAX, (uint32_t)search->line);
    }
    uint32_t at = search->first + (uint32_t)__builtin_ctz(search->left);
    search->left &= search->left - 1;
    return &slice->fetches[at];
}

/* None of the fetches of a line so far is to remove its mark. */
static void unmark_fetches(struct slice *slice, uint64_t line)
{
    struct fetch_search search = { .line = line };
    struct fetch *fetch;

    while ((fetch = next_fetch(slice, &search)) != NULL)
        fetch->marks = false;
}

void slice_fetch(struct slice *slice, struct request *request, uint64_t line, uint8_t sectors)
{
    struct memory *memory = slice->memory;
    struct fetch *fetch = slice->free_fetch;

    slice->free_fetch = fetch->next;
    if (fetch->marks)
        l2_set_pending(&memory->l2, slice->lines[fetch - slice->fetches], false);
    unmark_fetches(slice, line); /* there seldom is one, and the last is to do it */
    l2_set_pending(&memory->l2, line, true);
    fetch->marks = true;
    slice->lines[fetch - slice->fetches] = (uint32_t)line; /* l2.c has it fit */
    fetch->sectors = sectors;
    fetch->there = SIM_NEVER;
    set_span(&fetch->dram, line, sectors);
    request->missed = fetch->dram.bytes;
    memory->traffic->tensors[request->tensor].hbm_read += fetch->dram.bytes;
    if (!request->write)
        request_append(&fetch->waiting, request);
    dram_submit(memory->dram, memory->sim, &fetch->dram, request->taken + memory->miss_latency);

    /* The next fetch will unmark a line asked for long ago, and has itself not been touched
     * since: the host is told of the one after it, so that it has this one by now. */
    struct fetch *next = slice->free_fetch;
    if (next == NULL)
        return;
    if (next->next != NULL)
        __builtin_prefetch(&next->next->marks);
    if (next->marks)
        (void)l2_expect(&memory->l2, slice->lines[next - slice->fetches]);
}

void slice_write_back(struct slice *slice, sim_time when, const struct l2_answer *answer)
{
    struct memory *memory = slice->memory;
    struct victim *victim = slice->free_victim;
    unsigned owner = traffic_owner(memory->traffic, answer->victim_line * L2_LINE);

    slice->free_victim = victim->next;
    set_span(&victim->dram, answer->victim_line, answer->victim);
    memory->traffic->tensors[owner].hbm_write += victim->dram.bytes;
    dram_submit(memory->dram, memory->sim, &victim->dram, when);
}

struct fetch *slice_find_fetch(const struct slice *slice, uint64_t line, uint8_t sectors)
{
    struct fetch_search search = { .line = line };
    struct fetch *found = NULL, *fetch;

    while ((fetch = next_fetch(slice, &search)) != NULL) {
        if ((fetch->sectors & sectors) != 0 &&
            (found == NULL || fetch->dram.order > found->dram.order))
            found = fetch;
    }
    return found;
}

void slice_forget_mark(struct slice *slice, uint64_t line, sim_time now)
{
    struct fetch_search search = { .line = line };
    const struct fetch *fetch;

    while ((fetch = next_fetch(slice, &search)) != NULL) {
        if (fetch->there > now)
            return;
    }
    unmark_fetches(slice, line);
    l2_set_pending(&slice->memory->l2, line, false);
}

void slice_lines_init(struct slice *slice, uint32_t fetches, uint32_t victims)
{
    slice->fetches = mem_array(fetches, sizeof *slice->fetches);
    slice->lines = mem_array(match_padded(fetches), sizeof *slice->lines);
    memset(slice->lines, 0xff, match_padded(fetches) * sizeof *slice->lines); /* no line's */
    slice->victims = mem_array(victims, sizeof *slice->victims);
    for (uint32_t i = 0; i < fetches; i++) {
        struct fetch *fetch = &slice->fetches[i];
        fetch->slice = slice;
        fetch->dram = (struct dram_request){ .done = on_fetched, .owner = fetch };
        free_fetch(slice, fetch);
    }
    for (uint32_t i = 0; i < victims; i++) {
        struct victim *victim = &slice->victims[i];
        victim->slice = slice;
        victim->dram =
            (struct dram_request){ .write = true, .done = on_written_back, .owner = victim };
        free_victim(slice, victim);
    }
}

void slice_lines_free(struct slice *slice)
{
    mem_free(slice->fetches);
    mem_free(slice->lines);
    mem_free(slice->victims);
}
