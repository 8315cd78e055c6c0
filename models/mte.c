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

static void charge(struct mte *mte, struct transfer *transfer, enum gm_reason reason,
                   sim_time until)
{
    if (until <= transfer->cursor)
        return;
    trail_spend(&mte->pipe->core->npu->trails, &transfer->flight->trail,
                bound_of((enum gm_path)transfer->cost.path, reason), until - transfer->cursor);
    transfer->cursor = until;
}

/* Every request is issued and answered: the transfer's end is known. */
static void conclude(struct mte *mte, struct transfer *transfer)
{
    sim_time done = core_after(mte->pipe->core, transfer->last, transfer->cost.latency);

    done = later(done, transfer->engaged);
    if (done > transfer->cursor) {
        sim_time left = done - transfer->cursor;
        sim_time hbm = transfer->last_hbm < left ? transfer->last_hbm : left;
        sim_time l2 = transfer->last_l2 < left - hbm ? transfer->last_l2 : left - hbm;
        charge(mte, transfer, REASON_hbm, transfer->cursor + hbm);
        charge(mte, transfer, REASON_l2, transfer->cursor + l2);
        charge(mte, transfer, REASON_latency, done);
    }
    transfer->flight->done = done;
    pipe_known(mte->pipe, transfer->flight);
}

/* --- answers --- */

/* The arrival of the slot's request is known. */
static inline void note_answer(struct mte *mte, struct mte_slot *slot)
{
    struct request *request = &slot->request;
    struct transfer *transfer = slot->transfer;

    request->arrival = later(request->arrival, slot->moved);
    mte_window_arrives(&mte->window,
                       (struct mte_arrival){ .when = request->arrival,
                                             .missed = slot->missed,
                                             .reason = (uint8_t)main_reason(request) });
    if (request->arrival >= transfer->last) {
        transfer->last = request->arrival;
        transfer->last_l2 = request->wait_l2;
        transfer->last_hbm = request->wait_hbm;
    }
}

/* PHASE_ISSUE: the arrival of a request that was not answered at once is known. */
static void mte_on_answer(struct request *request)
{
    struct mte_slot *slot = request->owner;
    struct mte *mte = slot->mte;
    struct transfer *transfer = slot->transfer;

    note_answer(mte, slot);
    mte->unused[MTE_REQUESTS - mte->unanswered--] = (uint16_t)(slot - mte->slots);
    transfer->unanswered--;
    if (mte->waiting)
        sim_wake(mte->pipe->core->npu->sim, &mte->issue, request->arrival);
    if (transfer->all_issued && transfer->unanswered == 0)
        conclude(mte, transfer);
}

/*
 * Bytes of the next request. An engine cuts its rows into requests of 512, 256 and
 * 128 bytes, each on a boundary of its own size: a row that begins or ends off the
 * 512-byte grid takes several where an aligned one takes one.
 */
static uint32_t next_bytes(const struct mte *mte, uint64_t address)
{
    uint64_t left = (uint64_t)(mte->transfer->access.bytes - mte->column);
    uint64_t size = L2_LINE;

    while (size > L2_SECTOR && (address % size != 0 || left < size))
        size /= 2;
    uint64_t to_boundary = size - address % size;
    return (uint32_t)(left < to_boundary ? left : to_boundary);
}

/* Where in device memory the next request begins. */
static uint64_t next_address(const struct mte *mte)
{
    return mte->address + (uint64_t)(gm_row(&mte->transfer->access, mte->row) + mte->column);
}

/*
 * The tags of a request take the host longer to find than a request takes it, so it is told
 * of them one request earlier, and again when an event is about to fire. Here it is told of
 * the request after the next, if there is one: mostly a line further on, or a row.
 */
static void expect_second(struct mte *mte)
{
    const struct gm_access *access = &mte->transfer->access;
    int64_t row = mte->row, column = mte->column + L2_LINE;

    if (column >= access->bytes) {
        column = 0;
        row++;
    }
    mte->issue.touches = mte->second;
    if (row < access->rows)
        mte->second =
            memory_expect(mte->memory, mte->address + (uint64_t)(gm_row(access, row) + column));
}

/* And here of the first two of a transfer. */
static void expect_first(struct mte *mte)
{
    if (mte->row < mte->transfer->access.rows)
        mte->second = memory_expect(mte->memory, next_address(mte));
    expect_second(mte);
}

static void issue_one(struct mte *mte)
{
    struct transfer *transfer = mte->transfer;
    uint64_t address = next_address(mte);
    uint32_t bytes = next_bytes(mte, address);
    uint64_t work = mte->row_engine;
    if (bytes < transfer->access.bytes)
        work = work * bytes / (uint64_t)transfer->access.bytes;
    work = work > mte->request_engine ? work : mte->request_engine;

    sim_time port_free = later(mte->port.free_at, transfer->start);
    sim_time earliest = later(transfer->start, mte->window_free);
    struct grant grant = port_reserve(&mte->port, earliest, work);
    /* What let it go last: a place in the window, or the engine. */
    charge(mte, transfer, mte->window_free >= port_free ? mte->window_reason : REASON_engine,
           grant.start);

    /* It takes the slot only if it is not answered at once. */
    struct mte_slot *slot = &mte->slots[mte->unused[MTE_REQUESTS - 1 - mte->unanswered]];
    struct request *request = &slot->request;
    slot->transfer = transfer;
    slot->moved = grant.done;
    request->address = address;
    request->bytes = bytes;
    request->write = transfer->access.write;
    request->path = transfer->cost.path;
    request->tensor = transfer->access.tensor;
    bool answered = memory_submit(mte->memory, grant.start, request);
    slot->missed = request->missed;
    mte_window_take(&mte->window, slot->missed);
    if (answered) {
        note_answer(mte, slot);
    } else {
        mte->unanswered++;
        transfer->unanswered++;
    }

    mte->column += bytes;
    if (mte->column == transfer->access.bytes) {
        mte->column = 0;
        mte->row++;
    }
    expect_second(mte);
}

/* The last request is on its way: the pipe may go on once the engine is free. */
static void issued(struct mte *mte)
{
    struct core *core = mte->pipe->core;
    struct transfer *transfer = mte->transfer;
    struct trail trail = trail_hold(transfer->flight->trail);
    sim_time least = core_after(core, transfer->start, transfer->cost.issue);
    sim_time free_at = later(later(mte->port.free_at, least), transfer->cursor);

    trail_spend(&core->npu->trails, &trail,
                bound_of((enum gm_path)transfer->cost.path, REASON_engine),
                free_at - transfer->cursor);
    transfer->engaged = free_at;
    transfer->all_issued = true;
    pipe_issued(mte->pipe, free_at, trail);
    if (transfer->unanswered == 0)
        conclude(mte, transfer);
}

/* PHASE_ISSUE: send what can be sent about now. */
static void mte_on_issue(struct sim *sim, void *owner)
{
    struct mte *mte = owner;
    struct mte_window *window = &mte->window;
    sim_time horizon = sim_now(sim) + LOOKAHEAD_PS;

    mte->waiting = false;
    while (mte->row < mte->transfer->access.rows) {
        if (mte->port.free_at > horizon) {
            sim_at(sim, &mte->issue, mte->port.free_at);
            return;
        }
        bool full = window->taken >= mte->transfer->cost.requests ||
                    window->missed >= mte->transfer->cost.misses;
        if (full && window->taken > 0) {
            const struct mte_arrival *first = mte_window_first(window);
            if (first == NULL || first->when > horizon) {
                mte->waiting = true;
                if (first != NULL)
                    sim_at(sim, &mte->issue, first->when);
                return;
            }
            mte->window_free = first->when;
            mte->window_reason = (enum gm_reason)first->reason;
            mte_window_leave(window);
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
    mte_window_init(&mte->window);
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

void mte_start(struct mte *mte, struct flight *flight, uint64_t tensor_address)
{
    struct core *core = mte->pipe->core;
    struct transfer *transfer = pipe_transfer(mte->pipe, flight);
    struct gm_access *access = &transfer->access;
    struct mte_cost *cost = &transfer->cost;
    uint64_t clock = (uint64_t)core->npu->params->core_clock;

    mte->transfer = transfer;
    mte->address = tensor_address;
    mte->row = mte->column = 0;
    mte->row_engine = row_engine_bytes(cost, clock);
    mte->request_engine = engine_bytes(cost, cost->request_least, clock);
    mte->window_free = 0;
    mte->window_reason = REASON_engine;
    mte->port.bytes = cost->rate;
    mte->port.spare = 0;
    if (cost->requests > MTE_REQUESTS)
        cost->requests = MTE_REQUESTS;
    mte_window_fit(&mte->window, cost->requests);
    transfer->all_issued = false;
    transfer->unanswered = 0;
    transfer->flight = flight;
    transfer->start = transfer->cursor = transfer->last = flight->since;
    transfer->last_l2 = transfer->last_hbm = 0;

    /* One long row that wraps nowhere is the common case; merge packed rows into it. */
    if (access->stride == access->bytes && access->rows == access->plane_rows &&
        cost->row_extra == 0 && cost->row_least == 0 && cost->request_least == 0) {
        mte->row_engine *= (uint64_t)access->rows;
        access->bytes *= access->rows;
        access->rows = access->rows > 0 ? 1 : 0;
    }
    if (access->bytes == 0)
        access->rows = 0;
    expect_first(mte);
    sim_wake(core->npu->sim, &mte->issue, flight->since);
}
