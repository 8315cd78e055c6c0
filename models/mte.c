#include "models/mte.h"

#include "models/core.h"
#include "models/npu.h"

/* How far ahead of the present requests may be booked. Some requests of a
 * burst of several, and well below the latency of the memory. */
#define LOOKAHEAD_PS 16000

static sim_time later(sim_time a, sim_time b)
{
    return a > b ? a : b;
}

/* What a request that held back its successors spent most of its time on. */
static enum gm_reason main_reason(const struct request *request)
{
    sim_time total = request->arrival - request->issued;
    sim_time latency = total - request->wait_l2 - request->wait_hbm;

    if (request->wait_hbm >= request->wait_l2 && request->wait_hbm >= latency)
        return REASON_hbm;
    return request->wait_l2 >= latency ? REASON_l2 : REASON_latency;
}

static void charge(struct flight *flight, enum gm_reason reason, sim_time until)
{
    struct progress *progress = &flight->progress;
    if (until <= progress->cursor)
        return;
    flight->bound.spent[bound_of((enum gm_path)progress->path, reason)] +=
        until - progress->cursor;
    progress->cursor = until;
}

/* Every request is issued and answered: the transfer's end is known. */
static void conclude(struct pipe *pipe, struct flight *flight)
{
    struct progress *progress = &flight->progress;
    sim_time done = core_after(pipe->core, progress->last, progress->latency);

    done = later(done, progress->engaged);
    if (done > progress->cursor) {
        sim_time left = done - progress->cursor;
        sim_time hbm = progress->last_hbm < left ? progress->last_hbm : left;
        sim_time l2 = progress->last_l2 < left - hbm ? progress->last_l2 : left - hbm;
        charge(flight, REASON_hbm, progress->cursor + hbm);
        charge(flight, REASON_l2, progress->cursor + l2);
        charge(flight, REASON_latency, done);
    }
    flight->done = done;
    pipe_known(pipe, flight);
}

/* --- places in the window --- */

/* Of two arrivals, the earlier; of two at once, the one in the lower slot. */
static bool is_sooner(const struct mte_arrival *a, const struct mte_arrival *b)
{
    return a->when < b->when || (a->when == b->when && a->slot < b->slot);
}

static struct mte_arrival *arrival_at(struct mte *mte, unsigned nth)
{
    return &mte->arrivals[(mte->first + nth) % MTE_REQUESTS];
}

/* Answers mostly come in the order of arrival, so the place is near the end. */
static void push_arrival(struct mte *mte, struct mte_arrival arrival)
{
    unsigned at = mte->known++;
    for (; at > 0 && is_sooner(&arrival, arrival_at(mte, at - 1)); at--)
        *arrival_at(mte, at) = *arrival_at(mte, at - 1);
    *arrival_at(mte, at) = arrival;
}

/* The request that arrives first leaves its place. Its slot is long out of the host's
 * caches, so all there is to know of it stands in the list. */
static void free_first_place(struct mte *mte)
{
    const struct mte_arrival *arrival = arrival_at(mte, 0);

    mte->window_free = arrival->when;
    mte->window_reason = (enum gm_reason)arrival->reason;
    mte->missed -= arrival->missed;
    mte->unused[MTE_REQUESTS - mte->outstanding--] = arrival->slot;
    mte->first = (mte->first + 1) % MTE_REQUESTS;
    mte->known--;
}

/* --- answers --- */

static void note_answer(struct mte_slot *slot)
{
    struct request *request = &slot->request;
    struct progress *progress = &slot->flight->progress;
    struct mte *mte = slot->mte;

    request->arrival = later(request->arrival, slot->moved);
    push_arrival(mte, (struct mte_arrival){ .when = request->arrival,
                                            .missed = slot->missed,
                                            .slot = (uint16_t)(slot - mte->slots),
                                            .reason = (uint8_t)main_reason(request) });
    progress->unanswered--;
    if (request->arrival >= progress->last) {
        progress->last = request->arrival;
        progress->last_l2 = request->wait_l2;
        progress->last_hbm = request->wait_hbm;
    }
}

/* PHASE_ISSUE: the arrival of a request that was not answered at once is known. */
static void mte_on_answer(struct request *request)
{
    struct mte_slot *slot = request->owner;
    struct mte *mte = slot->mte;
    const struct progress *progress = &slot->flight->progress;

    note_answer(slot);
    if (mte->waiting)
        sim_wake(mte->pipe->core->npu->sim, &mte->issue, request->arrival);
    if (progress->all_issued && progress->unanswered == 0)
        conclude(mte->pipe, slot->flight);
}

/*
 * Bytes of the next request. An engine cuts its rows into requests of 512, 256 and
 * 128 bytes, each on a boundary of its own size: a row that begins or ends off the
 * 512-byte grid takes several where an aligned one takes one.
 */
static uint32_t next_bytes(const struct mte *mte, uint64_t address)
{
    uint64_t left = (uint64_t)(mte->access.bytes - mte->column);
    uint64_t size = L2_LINE;

    while (size > L2_SECTOR && (address % size != 0 || left < size))
        size /= 2;
    uint64_t to_boundary = size - address % size;
    return (uint32_t)(left < to_boundary ? left : to_boundary);
}

static void issue_one(struct mte *mte)
{
    uint64_t address = mte->address + (uint64_t)(gm_row(&mte->access, mte->row) + mte->column);
    uint32_t bytes = next_bytes(mte, address);
    uint64_t work = mte->row_engine;
    if (bytes < mte->access.bytes)
        work = work * bytes / (uint64_t)mte->access.bytes;
    work = work > mte->request_engine ? work : mte->request_engine;

    sim_time port_free = later(mte->port.free_at, mte->flight->start);
    sim_time earliest = later(mte->flight->start, mte->window_free);
    struct grant grant = port_reserve(&mte->port, earliest, work);
    /* What let it go last: a place in the window, or the engine. */
    charge(mte->flight, mte->window_free >= port_free ? mte->window_reason : REASON_engine,
           grant.start);

    struct mte_slot *slot = &mte->slots[mte->unused[MTE_REQUESTS - 1 - mte->outstanding++]];
    struct request *request = &slot->request;
    slot->flight = mte->flight;
    slot->moved = grant.done;
    request->address = address;
    request->bytes = bytes;
    request->write = mte->access.write;
    request->path = mte->cost.path;
    request->tensor = mte->access.tensor;
    mte->flight->progress.unanswered++;
    bool answered = memory_submit(mte->memory, grant.start, request);
    slot->missed = request->missed;
    mte->missed += slot->missed;
    if (answered)
        note_answer(slot);

    mte->column += bytes;
    if (mte->column == mte->access.bytes) {
        mte->column = 0;
        mte->row++;
    }
}

/* The last request is on its way: the pipe may go on once the engine is free. */
static void issued(struct mte *mte)
{
    struct core *core = mte->pipe->core;
    struct flight *flight = mte->flight;
    struct progress *progress = &flight->progress;
    struct bound bound = flight->bound;
    sim_time least = core_after(core, flight->start, mte->cost.issue);
    sim_time free_at = later(later(mte->port.free_at, least), progress->cursor);

    bound.spent[bound_of((enum gm_path)progress->path, REASON_engine)] +=
        free_at - progress->cursor;
    progress->engaged = free_at;
    progress->all_issued = true;
    pipe_issued(mte->pipe, free_at, &bound);
    if (progress->unanswered == 0)
        conclude(mte->pipe, flight);
}

/* PHASE_ISSUE: send what can be sent about now. */
static void mte_on_issue(struct sim *sim, void *owner)
{
    struct mte *mte = owner;
    sim_time horizon = sim_now(sim) + LOOKAHEAD_PS;

    mte->waiting = false;
    while (mte->row < mte->access.rows) {
        if (mte->port.free_at > horizon) {
            sim_at(sim, &mte->issue, mte->port.free_at);
            return;
        }
        bool full = mte->outstanding >= mte->cost.requests || mte->missed >= mte->missed_most;
        if (full && mte->outstanding > 0) {
            bool soon = mte->known > 0 && arrival_at(mte, 0)->when <= horizon;
            if (!soon) {
                mte->waiting = true;
                if (mte->known > 0)
                    sim_at(sim, &mte->issue, arrival_at(mte, 0)->when);
                return;
            }
            free_first_place(mte);
            continue;
        }
        issue_one(mte);
    }

    issued(mte);
}

void mte_init(struct mte *mte, struct pipe *pipe, struct memory *memory)
{
    mte->pipe = pipe;
    mte->memory = memory;
    port_init(&mte->port, pipe_names[pipe->id], (struct rate){ 1 }, 0);
    event_init(&mte->issue, "mte", PHASE_ISSUE, mte_on_issue, mte);
    for (unsigned i = 0; i < MTE_REQUESTS; i++) {
        mte->unused[i] = (uint16_t)i;
        mte->slots[i].mte = mte;
        mte->slots[i].request.answered = mte_on_answer;
        mte->slots[i].request.owner = &mte->slots[i];
    }
}

/* Thousandths of a cycle of the engine as bytes at its rate: cycles / MHz us * MB/s. */
static uint64_t engine_bytes(const struct mte_cost *cost, uint64_t millicycles, uint64_t clock)
{
    return millicycles * cost->rate.per_us / clock / 1000;
}

/* The engine's time for a row, in bytes at its rate. */
static uint64_t row_engine_bytes(const struct mte_cost *cost, uint64_t clock)
{
    uint64_t least = engine_bytes(cost, cost->row_least, clock);
    uint64_t bytes = cost->engine_bytes > least ? cost->engine_bytes : least;
    return bytes + engine_bytes(cost, cost->row_extra, clock);
}

void mte_start(struct mte *mte, struct flight *flight, const struct gm_access *access,
               uint64_t tensor_address)
{
    struct core *core = mte->pipe->core;
    const struct params *params = core->npu->params;

    mte->flight = flight;
    mte->access = *access;
    mte->address = tensor_address;
    mte->cost = cost_of_transfer(params, &flight->op, access);
    if (mte->cost.requests > MTE_REQUESTS)
        mte->cost.requests = MTE_REQUESTS;
    mte->row = mte->column = 0;
    mte->row_engine = row_engine_bytes(&mte->cost, (uint64_t)params->core_clock);
    mte->request_engine =
        engine_bytes(&mte->cost, mte->cost.request_least, (uint64_t)params->core_clock);
    mte->missed_most = mte->cost.misses;
    mte->window_free = 0;
    mte->window_reason = REASON_engine;
    flight->progress = (struct progress){ .path = mte->cost.path,
                                          .latency = mte->cost.latency,
                                          .cursor = flight->start,
                                          .last = flight->start };
    mte->port.bytes = mte->cost.rate;
    mte->port.spare = 0;

    /* One long row that wraps nowhere is the common case; merge packed rows into it. */
    if (access->stride == access->bytes && access->rows == access->plane_rows &&
        mte->cost.row_extra == 0 && mte->cost.row_least == 0 && mte->cost.request_least == 0) {
        mte->row_engine *= (uint64_t)access->rows;
        mte->access.bytes *= access->rows;
        mte->access.rows = access->rows > 0 ? 1 : 0;
    }
    if (mte->access.bytes == 0)
        mte->access.rows = 0;
    sim_wake(core->npu->sim, &mte->issue, flight->start);
}
