#include "models/mte.h"

#include "models/core.h"
#include "models/npu.h"
#include "sim/assert.h"

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

static void charge(struct mte *mte, enum gm_reason reason, sim_time until)
{
    if (until <= mte->cursor)
        return;
    mte->flight->bound.spent[bound_of((enum gm_path)mte->cost.path, reason)] +=
        until - mte->cursor;
    mte->cursor = until;
}

/* Every request is issued and answered: the transfer's end is known. */
static void conclude(struct mte *mte)
{
    struct core *core = mte->pipe->core;
    sim_time done = core_after(core, mte->last, mte->cost.latency);

    done = later(done, mte->pipe->free_at);
    if (done > mte->cursor) {
        sim_time left = done - mte->cursor;
        sim_time hbm = mte->last_hbm < left ? mte->last_hbm : left;
        sim_time l2 = mte->last_l2 < left - hbm ? mte->last_l2 : left - hbm;
        charge(mte, REASON_hbm, mte->cursor + hbm);
        charge(mte, REASON_l2, mte->cursor + l2);
        charge(mte, REASON_latency, done);
    }
    mte->flight->done = done;
    pipe_known(mte->pipe, mte->flight);
}

static void note_arrival(struct mte *mte, const struct request *request)
{
    if (request->arrival >= mte->last) {
        mte->last = request->arrival;
        mte->last_l2 = request->wait_l2;
        mte->last_hbm = request->wait_hbm;
    }
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
    charge(mte, mte->window_free >= port_free ? mte->window_reason : REASON_engine,
           grant.start);

    unsigned slot = (mte->oldest + mte->outstanding++) % MTE_REQUESTS;
    struct request *request = &mte->slots[slot];
    request->address = address;
    request->bytes = bytes;
    request->write = mte->access.write;
    request->path = mte->cost.path;
    request->tensor = mte->access.tensor;
    bool answered = memory_submit(mte->memory, grant.start, request);
    SIM_ASSERT(answered); /* every stage of today's memory reserves; see FIDELITY.md, F2 */
    request->arrival = later(request->arrival, grant.done);
    note_arrival(mte, request);
    mte->missed += request->missed;

    mte->column += bytes;
    if (mte->column == mte->access.bytes) {
        mte->column = 0;
        mte->row++;
    }
}

static void forget_oldest(struct mte *mte)
{
    mte->missed -= mte->slots[mte->oldest].missed;
    mte->oldest = (mte->oldest + 1) % MTE_REQUESTS;
    mte->outstanding--;
}

/* PHASE_ISSUE: send what can be sent about now. */
static void mte_on_issue(struct sim *sim, void *owner)
{
    struct mte *mte = owner;
    sim_time horizon = sim_now(sim) + LOOKAHEAD_PS;

    while (mte->row < mte->access.rows) {
        if (mte->port.free_at > horizon) {
            sim_at(sim, &mte->issue, mte->port.free_at);
            return;
        }
        bool full = mte->outstanding == mte->cost.requests || mte->missed >= mte->missed_most;
        if (full && mte->outstanding > 0) {
            struct request *oldest = &mte->slots[mte->oldest];
            if (oldest->arrival > horizon) {
                sim_at(sim, &mte->issue, oldest->arrival);
                return;
            }
            mte->window_free = oldest->arrival;
            mte->window_reason = main_reason(oldest);
            forget_oldest(mte);
            continue;
        }
        issue_one(mte);
    }

    struct core *core = mte->pipe->core;
    struct bound bound = mte->flight->bound;
    sim_time least = core_after(core, mte->flight->start, mte->cost.issue);
    sim_time free_at = later(later(mte->port.free_at, least), mte->cursor);
    bound.spent[bound_of((enum gm_path)mte->cost.path, REASON_engine)] += free_at - mte->cursor;
    pipe_issued(mte->pipe, free_at, &bound);
    conclude(mte);
}

void mte_init(struct mte *mte, struct pipe *pipe, struct memory *memory)
{
    mte->pipe = pipe;
    mte->memory = memory;
    port_init(&mte->port, pipe_names[pipe->id], (struct rate){ 1 }, 0);
    event_init(&mte->issue, "mte", PHASE_ISSUE, mte_on_issue, mte);
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
    mte->cursor = flight->start;
    mte->window_free = 0;
    mte->window_reason = REASON_engine;
    mte->last = flight->start;
    mte->last_l2 = mte->last_hbm = 0;
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
    while (mte->outstanding > mte->cost.requests) /* another path has a smaller window */
        forget_oldest(mte);
    sim_wake(core->npu->sim, &mte->issue, flight->start);
}
