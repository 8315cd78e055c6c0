#include "models/dram.h"

#include "models/dram_queue.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <stddef.h>

struct dram;

/* A pseudo-channel and its controller. */
struct channel {
    struct dram *dram;
    uint32_t index;
    struct event decide;
    int64_t wake;  /* the cycle of `decide`, while it is pending */
    bool deciding; /* it is firing, and will look for more work by itself */
    bool awaiting; /* it is for a request whose banks are not ready, ... */
    bool awaiting_write;
    int64_t awaited; /* and which could access its first column in this cycle */

    struct dram_device device;
    struct dram_banks banks;
    struct dram_queue queue[2]; /* of reads, of writes */
    bool writing;               /* the last data on the bus was written */
    uint32_t batch;             /* writes that still go before reads */
    uint64_t reads_then;        /* reads served when there last was no such batch to wait for */
    int64_t refresh_due;
    struct dram_statistics statistics;
};

struct dram {
    struct dram_config config;
    struct dram_timing timing;
    int64_t lead; /* clocks by which the decision on a request precedes its data */
    uint64_t submitted;
    dram_watch_fn *watch;
    void *watcher;
    struct channel channels[];
};

/* The first cycle that begins at or after t. */
static int64_t cycle_at(const struct dram *dram, sim_time t)
{
    struct rate clock = dram->config.clock;
    uint64_t cycle = rate_count(clock, t);
    return (int64_t)(rate_time(clock, cycle) < t ? cycle + 1 : cycle);
}

static sim_time time_of(const struct dram *dram, int64_t cycle)
{
    return rate_time(dram->config.clock, (uint64_t)cycle);
}

static void wake_at(struct channel *channel, struct sim *sim, int64_t cycle)
{
    if (event_pending(&channel->decide) && channel->wake <= cycle)
        return;
    channel->wake = cycle;
    sim_wake(sim, &channel->decide, time_of(channel->dram, cycle));
}

static void tell(const struct channel *channel, enum dram_command_kind kind, uint32_t bank,
                 uint32_t row, int64_t cycle)
{
    const struct dram *dram = channel->dram;
    if (dram->watch != NULL)
        dram->watch(dram->watcher,
                    &(struct dram_command){ kind, channel->index, bank, row, cycle });
}

static void issue(struct channel *channel, enum dram_command_kind kind, uint32_t bank,
                  uint32_t row, int64_t cycle)
{
    dram_issue(&channel->device, bank, kind, row, cycle);
    tell(channel, kind, bank, row, cycle);
}

/*
 * Catch up with the refreshes due by now. Without requests the channel sleeps
 * through them: after the first all banks are closed, and the others only count.
 */
static void refresh(struct channel *channel, int64_t now)
{
    struct dram_device *device = &channel->device;
    int64_t interval = channel->dram->timing.clocks.trefi;
    int64_t due = channel->refresh_due;
    if (due > now)
        return;

    for (uint32_t bank = 0; bank < device->banks; bank++)
        if (dram_is_open(device, bank))
            issue(channel, DRAM_PRE, bank, device->row[bank],
                  dram_later(due, dram_probe(device, bank, DRAM_PRE)));
    for (uint32_t gang = 0; gang < DRAM_BANKS_MAX; gang++) {
        dram_queue_forget(&channel->queue[false], gang);
        dram_queue_forget(&channel->queue[true], gang);
    }

    int64_t slept = (now - due) / interval;
    due += slept * interval;
    issue(channel, DRAM_REF, 0, 0, dram_later(due, dram_probe(device, 0, DRAM_REF)));
    channel->refresh_due = due + interval;
    channel->statistics.refreshes += 1 + (uint64_t)slept;
}

/* Writes that are served in a row, if there are reads. */
static uint32_t batch_of(const struct channel *channel)
{
    const struct dram_config *config = &channel->dram->config;
    return config->write_high - config->write_low;
}

/*
 * Whether it is the turn of the writes: when there are no reads; and in batches,
 * when many are waiting, or some have waited while many reads were served. As many
 * reads as a batch has writes go between two batches.
 */
static bool is_turn_of_writes(struct channel *channel)
{
    const struct dram_config *config = &channel->dram->config;
    const struct dram_queue *reads = &channel->queue[false], *writes = &channel->queue[true];

    if (reads->count == 0 || writes->count == 0 || channel->batch != 0)
        return writes->count != 0;

    uint64_t passed = reads->served - channel->reads_then;
    bool many = writes->count >= config->write_high && passed >= batch_of(channel);
    if (many || passed > config->patience)
        channel->batch = batch_of(channel);
    return channel->batch != 0;
}

/*
 * When to decide on the next request. Writes that nothing presses go only once the
 * bus is idle: a read may still come.
 */
static int64_t decision_at(const struct channel *channel, bool write)
{
    enum dram_command_kind column = write ? DRAM_WR : DRAM_RD;
    bool pressed = !write || channel->batch != 0 ||
                   channel->queue[true].count >= channel->dram->config.write_high;
    return channel->device.channel.at[column] - (pressed ? channel->dram->lead : 0);
}

/* Between two column accesses of a request. */
static int64_t stride_of(const struct channel *channel, const struct dram_request *request)
{
    const struct dram_clocks *clocks = &channel->dram->timing.clocks;
    uint32_t gang = channel->banks.gang;
    if (request->atoms <= gang) /* no bank has its turn twice */
        return clocks->tccds;
    uint32_t share = (clocks->tccdl + gang - 1) / gang;
    return share > clocks->tccds ? share : clocks->tccds;
}

/* The cycle from which a bank can be activated for a row: closed first, if need be. */
static int64_t closed_at(const struct channel *channel, uint32_t bank, int64_t from)
{
    const struct dram_device *device = &channel->device;
    if (!dram_is_open(device, bank))
        return from;
    return dram_later(from, dram_probe(device, bank, DRAM_PRE)) +
           channel->dram->timing.clocks.trp;
}

/*
 * The cycle in which the first column access of a request could be, if it were
 * committed now. May be early for a request that needs two activates or more: the
 * activation window is looked at for the first only.
 */
static int64_t column_at(const struct channel *channel, const struct dram_request *request,
                         int64_t now)
{
    const struct dram_device *device = &channel->device;
    const struct dram_clocks *clocks = &channel->dram->timing.clocks;
    enum dram_command_kind column = request->write ? DRAM_WR : DRAM_RD;
    int64_t sensed = request->write ? clocks->trcdwr : clocks->trcdrd;
    int64_t stride = stride_of(channel, request);
    uint32_t count = dram_bank_count(&channel->banks, request);

    int64_t from = dram_later(now, request->ready), at = from, activate = DRAM_NEVER;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bank = dram_bank(&channel->banks, request, i);
        int64_t ready = dram_probe(device, bank, column);
        if (!dram_has_row(device, bank, request->row)) {
            activate = dram_later(activate + clocks->trrds, closed_at(channel, bank, from));
            activate = dram_later(activate, dram_probe(device, bank, DRAM_ACT));
            ready = dram_later(ready, activate + sensed);
        }
        at = dram_later(at, ready - (int64_t)i * stride);
    }
    return at;
}

/*
 * The request that the bus can take first, the oldest of several; but the oldest of
 * all, if it was overtaken too often. The queue is not empty.
 */
static struct dram_request *choose(struct channel *channel, struct dram_queue *queue,
                                   int64_t now, int64_t *column)
{
    struct dram_request *request = queue->all.first, *best = request;
    *column = column_at(channel, best, now);
    if (dram_is_overdue(queue, best))
        return best;

    enum dram_command_kind kind = best->write ? DRAM_WR : DRAM_RD;
    int64_t idle = dram_later(now, channel->device.channel.at[kind]);
    uint64_t left = queue->waiting; /* gangs not looked at */
    *column = INT64_MAX;
    for (; left != 0 && *column > idle; request = request->links[DRAM_ALL].next) {
        if (request != dram_queue_choice(queue, &channel->banks, request->gang))
            continue;
        left &= ~(UINT64_C(1) << request->gang);
        int64_t at = column_at(channel, request, now);
        if (at < *column) {
            best = request;
            *column = at;
        }
    }
    return best;
}

/* Open the rows of a request, and count how it found them. */
static void open_rows(struct channel *channel, const struct dram_request *request, int64_t from)
{
    struct dram_device *device = &channel->device;
    struct dram_statistics *statistics = &channel->statistics;
    uint32_t count = dram_bank_count(&channel->banks, request);
    uint32_t opened = 0, closed = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t bank = dram_bank(&channel->banks, request, i);
        if (dram_has_row(device, bank, request->row))
            continue;
        if (dram_is_open(device, bank)) {
            int64_t at = dram_later(from, dram_probe(device, bank, DRAM_PRE));
            issue(channel, DRAM_PRE, bank, device->row[bank], at);
            closed++;
        }
        issue(channel, DRAM_ACT, bank, request->row,
              dram_later(from, dram_probe(device, bank, DRAM_ACT)));
        opened++;
    }
    if (opened != 0) {
        dram_queue_forget(&channel->queue[false], request->gang);
        dram_queue_forget(&channel->queue[true], request->gang);
    }
    statistics->activates += opened;
    *(closed != 0   ? &statistics->conflicts
      : opened != 0 ? &statistics->misses
                    : &statistics->hits) += 1;
}

/*
 * The column accesses of a request, each `stride` after the other, round its banks.
 * The last one of each bank is all that those to come depend on. Returns the cycle
 * after the last data.
 */
static int64_t access_columns(struct channel *channel, const struct dram_request *request,
                              int64_t from)
{
    const struct dram_clocks *clocks = &channel->dram->timing.clocks;
    struct dram_device *device = &channel->device;
    enum dram_command_kind column = request->write ? DRAM_WR : DRAM_RD;
    int64_t stride = stride_of(channel, request);
    uint32_t count = dram_bank_count(&channel->banks, request);

    int64_t first = from;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bank = dram_bank(&channel->banks, request, i);
        first = dram_later(first, dram_probe(device, bank, column) - (int64_t)i * stride);
    }
    for (uint32_t i = 0; i < request->atoms - count; i++)
        tell(channel, column, dram_bank(&channel->banks, request, i), request->row,
             first + (int64_t)i * stride);
    for (uint32_t i = request->atoms - count; i < request->atoms; i++)
        issue(channel, column, dram_bank(&channel->banks, request, i), request->row,
              first + (int64_t)i * stride);

    int64_t last = first + (int64_t)(request->atoms - 1) * stride;
    return last + (request->write ? clocks->tcwl : clocks->tcl) + clocks->burst;
}

static void count_served(struct channel *channel, const struct dram_request *request)
{
    struct dram_statistics *statistics = &channel->statistics;

    statistics->turnarounds += request->write != channel->writing;
    channel->writing = request->write;
    statistics->busy += (uint64_t)request->atoms * channel->dram->timing.clocks.burst;
    *(request->write ? &statistics->writes : &statistics->reads) += 1;
    *(request->write ? &statistics->write_bytes : &statistics->read_bytes) += request->bytes;
}

/* A write was served: it begins a batch, goes on with it, or ends it. */
static void count_write(struct channel *channel)
{
    if (channel->batch == 0)
        channel->batch = batch_of(channel);
    channel->batch--;
    if (channel->queue[true].count == 0)
        channel->batch = 0;
    if (channel->batch == 0)
        channel->reads_then = channel->queue[false].served;
}

static void serve(struct channel *channel, struct dram_request *request, int64_t now)
{
    int64_t from = dram_later(now, request->ready);

    open_rows(channel, request, from);
    int64_t end = access_columns(channel, request, from);
    request->finished = time_of(channel->dram, end);
    dram_queue_remove(&channel->queue[request->write], &channel->banks, request);
    count_served(channel, request);
    if (request->write)
        count_write(channel);
}

/* PHASE_ISSUE: decide on all requests whose turn has come. */
static void channel_on_decide(struct sim *sim, void *owner)
{
    struct channel *channel = owner;
    int64_t now = channel->wake, next;

    refresh(channel, now);
    channel->deciding = true;
    channel->awaiting = false;
    for (;;) {
        bool write = is_turn_of_writes(channel);
        struct dram_queue *queue = &channel->queue[write];
        if (queue->count == 0)
            break;
        next = decision_at(channel, write);
        if (next <= now) {
            int64_t column = 0;
            struct dram_request *request = choose(channel, queue, now, &column);
            next = dram_later(column - channel->dram->lead, request->ready);
            if (next <= now) {
                serve(channel, request, now);
                request->done(sim, request);
                continue;
            }
            channel->awaiting = true;
            channel->awaiting_write = write;
            channel->awaited = column;
        }
        wake_at(channel, sim, next);
        break;
    }
    channel->deciding = false;
}

/* A request was taken in: decide no later than it could be served. */
static void look_again(struct channel *channel, struct sim *sim,
                       const struct dram_request *request)
{
    int64_t at = dram_later(request->ready, decision_at(channel, request->write));
    bool cannot_overtake = channel->awaiting && request->write == channel->awaiting_write &&
                           column_at(channel, request, at) >= channel->awaited;
    if (!channel->deciding && !cannot_overtake)
        wake_at(channel, sim, at);
}

static void check(const struct dram_config *config)
{
    const struct dram_clocks *clocks = &config->clocks;

    dram_shape_check(&config->shape);
    SIM_ASSERT(config->shape.channels <= UINT16_MAX);
    SIM_ASSERT(config->clock.per_us >= 1 && config->clock.per_us <= PS_PER_US);
    SIM_ASSERT(clocks->burst >= 1 && clocks->tcl >= 1 && clocks->tcwl >= 1);
    SIM_ASSERT(clocks->tccds >= clocks->burst && clocks->tccdl >= clocks->tccds);
    SIM_ASSERT(clocks->trtw + clocks->tcwl >= clocks->tcl + clocks->burst);
    SIM_ASSERT(clocks->trefi == 0 || clocks->trefi > clocks->trfc);
    SIM_ASSERT(config->reads >= 1 && config->writes >= config->write_high);
    SIM_ASSERT(config->write_high > config->write_low);
}

struct dram *dram_new(const struct dram_config *config)
{
    check(config);
    const struct dram_shape *shape = &config->shape;
    const struct dram_clocks *clocks = &config->clocks;
    uint32_t sense = clocks->trcdrd > clocks->trcdwr ? clocks->trcdrd : clocks->trcdwr;

    struct dram *dram = mem_new(sizeof *dram + shape->channels * sizeof(struct channel));
    dram->config = *config;
    dram->lead = (int64_t)clocks->trp + sense + clocks->tfaw;
    dram_timing_init(&dram->timing, clocks);

    for (uint32_t i = 0; i < shape->channels; i++) {
        struct channel *channel = &dram->channels[i];
        channel->dram = dram;
        channel->index = i;
        channel->queue[false].depth = config->reads;
        channel->queue[true].depth = config->writes;
        channel->queue[false].patience = channel->queue[true].patience = config->patience;
        event_init(&channel->decide, "dram", PHASE_ISSUE, channel_on_decide, channel);
        dram_device_init(&channel->device, &dram->timing, shape->groups,
                         shape->groups * shape->banks);
        channel->banks = (struct dram_banks){ &channel->device, shape->gang };

        /* Controllers do not refresh in step; ours are spread over the interval. */
        channel->refresh_due =
            clocks->trefi == 0 ? INT64_MAX
                               : clocks->trefi + (int64_t)clocks->trefi * i / shape->channels;
    }
    return dram;
}

void dram_free(struct dram *dram)
{
    mem_free(dram);
}

void dram_submit(struct dram *dram, struct sim *sim, struct dram_request *request,
                 sim_time when)
{
    const struct dram_shape *shape = &dram->config.shape;
    uint32_t grain = dram_map_grain(shape);
    SIM_ASSERT(request->address % shape->atom_bytes == 0);
    SIM_ASSERT(request->bytes != 0 && request->bytes % shape->atom_bytes == 0);
    SIM_ASSERT(request->address % grain + request->bytes <= grain);

    struct dram_place place = dram_locate(shape, request->address);
    struct channel *channel = &dram->channels[place.channel];
    struct dram_queue *queue = &channel->queue[request->write];

    request->arrived = when;
    request->finished = SIM_NEVER;
    request->ready = cycle_at(dram, when);
    request->order = dram->submitted++;
    request->row = place.row;
    request->channel = (uint16_t)place.channel;
    request->gang = (uint8_t)place.gang;
    request->offset = (uint8_t)place.offset;
    request->atoms = (uint8_t)(request->bytes / shape->atom_bytes);

    if (request->write && queue->count == 0)
        channel->reads_then = channel->queue[false].served;
    channel->statistics.queued += queue->count;
    if (!dram_queue_add(queue, &channel->banks, request))
        channel->statistics.postponed++;
    else
        look_again(channel, sim, request);
}

bool dram_has_room(const struct dram *dram, uint64_t address, bool write)
{
    struct dram_place place = dram_locate(&dram->config.shape, address);
    return !dram_is_full(&dram->channels[place.channel].queue[write]);
}

struct dram_statistics dram_channel_statistics(const struct dram *dram, uint32_t channel)
{
    SIM_ASSERT(channel < dram->config.shape.channels);
    return dram->channels[channel].statistics;
}

struct dram_statistics dram_statistics(const struct dram *dram)
{
    struct dram_statistics sum = { 0 };
    for (uint32_t i = 0; i < dram->config.shape.channels; i++) {
        const struct dram_statistics *of = &dram->channels[i].statistics;
#define X(name, unit, meaning) sum.name += of->name;
        DRAM_STATISTICS(X)
#undef X
    }
    return sum;
}

void dram_watch(struct dram *dram, dram_watch_fn *watch, void *owner)
{
    dram->watch = watch;
    dram->watcher = owner;
}
