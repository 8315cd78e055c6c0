#ifndef NPUSIM_MODELS_DRAM_QUEUE_H
#define NPUSIM_MODELS_DRAM_QUEUE_H
/*
 * The requests of one direction that wait for one pseudo-channel, in two kinds of
 * lists: all, and those of each gang of banks. Those that find the queue full are in
 * a list of their own. All are in the order of arrival, and linked through the
 * requests themselves.
 *
 * Of each gang only one request can go next: the oldest, unless it would close a row
 * that another one wants; then the oldest hit. It is kept until the rows or the list
 * change.
 */
#include "models/dram.h"

#include <stddef.h>

struct dram_list {
    struct dram_request *first, *last;
};

enum dram_order { DRAM_ALL, DRAM_OF_GANG }; /* index of dram_request.links */

struct dram_queue {
    uint32_t depth, count;
    uint32_t patience;
    uint64_t served;  /* since the beginning */
    uint64_t waiting; /* bit g: gang g has requests */
    struct dram_list all, gang[DRAM_BANKS_MAX];
    struct dram_request *choice[DRAM_BANKS_MAX]; /* NULL: to be worked out */
    struct dram_list overflow;                   /* linked as `all` is */
};

/* How the rows and the requests of a device relate. */
struct dram_banks {
    const struct dram_device *device;
    uint32_t gang; /* banks of a gang, a power of two */
};

/* The bank of the i-th atom of a request. */
static inline uint32_t dram_bank(const struct dram_banks *banks,
                                 const struct dram_request *request, uint32_t i)
{
    return request->gang * banks->gang + ((request->offset + i) & (banks->gang - 1));
}

/* How many banks a request needs. */
static inline uint32_t dram_bank_count(const struct dram_banks *banks,
                                       const struct dram_request *request)
{
    return request->atoms < banks->gang ? request->atoms : banks->gang;
}

static inline bool dram_is_full(const struct dram_queue *queue)
{
    return queue->count == queue->depth;
}

/* Whether too many others were served that came later, or should have. */
static inline bool dram_is_overdue(const struct dram_queue *queue,
                                   const struct dram_request *request)
{
    return queue->served > request->turn;
}

/* Take a request in; false if it has to wait in the overflow. */
bool dram_queue_add(struct dram_queue *queue, const struct dram_banks *banks,
                    struct dram_request *request);

/* Take a request out, and the first of the overflow in. */
void dram_queue_remove(struct dram_queue *queue, const struct dram_banks *banks,
                       struct dram_request *request);

/* The rows of a gang were opened or closed. */
static inline void dram_queue_forget(struct dram_queue *queue, uint32_t gang)
{
    queue->choice[gang] = NULL;
}

/* The request of a gang that can go next; the gang has one. */
struct dram_request *dram_queue_choice(struct dram_queue *queue, const struct dram_banks *banks,
                                       uint32_t gang);

#endif
