#include "models/dram_queue.h"

/* Whether a arrives after b, or at the same time but was submitted later. */
static bool is_younger(const struct dram_request *a, const struct dram_request *b)
{
    return a->ready > b->ready || (a->ready == b->ready && a->order > b->order);
}

/* Requests mostly come in the order of arrival, so the place is near the end. */
static void insert(struct dram_list *list, enum dram_order in, struct dram_request *request)
{
    struct dram_request *before = list->last;
    while (before != NULL && is_younger(before, request))
        before = before->links[in].previous;

    struct dram_request *after = before != NULL ? before->links[in].next : list->first;
    request->links[in] = (struct dram_link){ .next = after, .previous = before };
    *(before != NULL ? &before->links[in].next : &list->first) = request;
    *(after != NULL ? &after->links[in].previous : &list->last) = request;
}

static void take_out(struct dram_list *list, enum dram_order in, struct dram_request *request)
{
    struct dram_request *before = request->links[in].previous;
    struct dram_request *after = request->links[in].next;
    *(before != NULL ? &before->links[in].next : &list->first) = after;
    *(after != NULL ? &after->links[in].previous : &list->last) = before;
}

/* The banks of a request, as bits. */
static uint64_t banks_of(const struct dram_banks *banks, const struct dram_request *request)
{
    uint64_t mask = 0;
    uint32_t count = dram_bank_count(banks, request);
    for (uint32_t i = 0; i < count; i++)
        mask |= UINT64_C(1) << dram_bank(banks, request, i);
    return mask;
}

/* Those of them in which another row is open. */
static uint64_t conflicts_of(const struct dram_banks *banks, const struct dram_request *request)
{
    const struct dram_device *device = banks->device;
    uint64_t mask = 0;
    uint32_t count = dram_bank_count(banks, request);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bank = dram_bank(banks, request, i);
        mask |= (uint64_t)(device->row[bank] != request->row) << bank;
    }
    return mask & device->open;
}

/* Whether all its rows are open. */
static bool is_hit(const struct dram_banks *banks, const struct dram_request *request)
{
    uint32_t count = dram_bank_count(banks, request);
    for (uint32_t i = 0; i < count; i++)
        if (!dram_has_row(banks->device, dram_bank(banks, request, i), request->row))
            return false;
    return true;
}

/* The first of a gang's requests, from one on, that wants the open row of any of the banks. */
static struct dram_request *first_hit(const struct dram_banks *banks,
                                      struct dram_request *request, uint64_t wanted)
{
    while (request != NULL &&
           !(is_hit(banks, request) && (banks_of(banks, request) & wanted) != 0))
        request = request->links[DRAM_OF_GANG].next;
    return request;
}

static void admit(struct dram_queue *queue, const struct dram_banks *banks,
                  struct dram_request *request)
{
    uint32_t gang = request->gang;
    struct dram_request *choice = queue->choice[gang];

    request->turn = queue->served + queue->count + queue->patience;
    queue->count++;
    queue->waiting |= UINT64_C(1) << gang;
    insert(&queue->all, DRAM_ALL, request);
    insert(&queue->gang[gang], DRAM_OF_GANG, request);
    if (choice != NULL && (is_younger(choice, request) || is_hit(banks, request)))
        dram_queue_forget(queue, gang);
}

bool dram_queue_add(struct dram_queue *queue, const struct dram_banks *banks,
                    struct dram_request *request)
{
    if (dram_is_full(queue)) {
        insert(&queue->overflow, DRAM_ALL, request);
        return false;
    }
    admit(queue, banks, request);
    return true;
}

void dram_queue_remove(struct dram_queue *queue, const struct dram_banks *banks,
                       struct dram_request *request)
{
    uint32_t gang = request->gang;

    queue->count--;
    queue->served++;
    take_out(&queue->all, DRAM_ALL, request);
    take_out(&queue->gang[gang], DRAM_OF_GANG, request);
    dram_queue_forget(queue, gang);
    if (queue->gang[gang].first == NULL)
        queue->waiting &= ~(UINT64_C(1) << gang);

    struct dram_request *next = queue->overflow.first;
    if (next != NULL) {
        take_out(&queue->overflow, DRAM_ALL, next);
        admit(queue, banks, next);
    }
}

struct dram_request *dram_queue_choice(struct dram_queue *queue, const struct dram_banks *banks,
                                       uint32_t gang)
{
    struct dram_request *choice = queue->choice[gang];
    if (choice != NULL)
        return choice;

    struct dram_request *oldest = queue->gang[gang].first;
    uint64_t conflicts = conflicts_of(banks, oldest);
    choice = conflicts != 0 ? first_hit(banks, oldest, conflicts) : oldest;
    return queue->choice[gang] = choice != NULL ? choice : oldest;
}
