#ifndef NPUSIM_MODELS_MEMORY_IMPL_H
#define NPUSIM_MODELS_MEMORY_IMPL_H
/* What the memory*.c files share: memory.c answers requests, memory_fetch.c moves lines
 * between a slice and HBM. */
#include "models/memory.h"

static inline void request_append(struct request_list *list, struct request *request)
{
    request->next = NULL;
    *(list->first == NULL ? &list->first : &list->last->next) = request;
    list->last = request;
}

static inline struct request *request_take_first(struct request_list *list)
{
    struct request *first = list->first;
    list->first = first->next;
    return first;
}

/* Fetches and victims of a slice, all free. */
void slice_lines_init(struct slice *slice, uint32_t fetches, uint32_t victims);
void slice_lines_free(struct slice *slice);

/* Begin to fetch sectors of a line for a request, which waits for them if it reads; one
 * fetch is free. */
void slice_fetch(struct slice *slice, struct request *request, uint64_t line, uint8_t sectors);

/* Begin to write back the victim of an access; one is free. */
void slice_write_back(struct slice *slice, sim_time when, const struct l2_answer *answer);

/* The fetch that brings any of the sectors of a line and was begun last, or NULL. */
struct fetch *slice_find_fetch(const struct slice *slice, uint64_t line, uint8_t sectors);

/* A line whose fetches all are there by now is like any other: whoever asks for it next need
 * not look for them. */
void slice_forget_mark(struct slice *slice, uint64_t line, sim_time now);

/* From memory.c: a read gets its line when the fetch has it there. */
void memory_answer_from(struct memory *memory, struct request *request,
                        const struct fetch *fetch);

/* From memory.c: a fetch or a victim is free. */
void slice_serve_held(struct slice *slice);

#endif
