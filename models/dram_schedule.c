/* Which request is next, and when to decide on it. */
#include "models/dram_channel.h"

static sim_time time_of(const struct dram *dram, int64_t cycle)
{
    return rate_time(dram->config.clock, (uint64_t)cycle);
}

static void wake_at(struct dram_channel *channel, struct sim *sim, int64_t cycle)
{
    if (event_pending(&channel->decide) && channel->wake <= cycle)
        return;
    channel->wake = cycle;
    sim_wake(sim, &channel->decide, time_of(channel->dram, cycle));
}

/* Writes that are served in a row, if there are reads. */
static uint32_t batch_of(const struct dram_channel *channel)
{
    const struct dram_config *config = &channel->dram->config;
    return config->write_high - config->write_low;
}

/*
 * Whether it is the turn of the writes: when there are no reads; and in batches,
 * when many are waiting, or some have waited while many reads were served. As many
 * reads as a batch has writes go between two batches.
 */
static bool is_turn_of_writes(struct dram_channel *channel)
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
static int64_t decision_at(const struct dram_channel *channel, bool write)
{
    enum dram_command_kind column = write ? DRAM_WR : DRAM_RD;
    bool pressed = !write || channel->batch != 0 ||
                   channel->queue[true].count >= channel->dram->config.write_high;
    return channel->device.channel.at[column] - (pressed ? channel->dram->lead : 0);
}

/* What to do next: a request, and those that are older but would take longer. */
struct choice {
    struct dram_request *request;
    int64_t column;
    struct dram_request *passed[DRAM_BANKS_MAX];
    uint32_t passed_count;
};

/*
 * Choose the request that the bus can take first, the oldest of several; but the
 * oldest of all, if it was overtaken too often. The queue is not empty.
 */
static void choose(struct choice *choice, struct dram_channel *channel,
                   struct dram_queue *queue, int64_t now)
{
    struct dram_request *request = queue->all.first;
    enum dram_command_kind kind = request->write ? DRAM_WR : DRAM_RD;
    int64_t idle = dram_later(now, channel->device.channel.at[kind]);
    uint32_t ahead = 0;

    choice->passed_count = 0;
    choice->request = request;
    if (dram_is_overdue(queue, request)) {
        choice->column = dram_column_at(channel, request, now);
        return;
    }
    choice->column = INT64_MAX;
    uint64_t left = queue->waiting; /* gangs not looked at */
    for (; left != 0 && choice->column > idle; request = request->links[DRAM_ALL].next) {
        if (request != dram_queue_choice(queue, &channel->banks, request->gang))
            continue;
        left &= ~(UINT64_C(1) << request->gang);
        int64_t at = dram_column_at(channel, request, now);
        if (at < choice->column) {
            choice->request = request;
            choice->column = at;
            choice->passed_count = ahead;
        }
        choice->passed[ahead++] = request;
    }
}

static void count_served(struct dram_channel *channel, const struct dram_request *request)
{
    struct dram_statistics *statistics = &channel->statistics;
    uint64_t *found[] = { &statistics->hits, &statistics->misses, &statistics->conflicts };

    statistics->turnarounds += request->write != channel->writing;
    channel->writing = request->write;
    statistics->busy += (uint64_t)request->atoms * channel->dram->config.clocks.burst;
    ++*found[request->found];
    ++*(request->write ? &statistics->writes : &statistics->reads);
    *(request->write ? &statistics->write_bytes : &statistics->read_bytes) += request->bytes;
}

/* A write was served: it begins a batch, goes on with it, or ends it. */
static void count_write(struct dram_channel *channel)
{
    if (channel->batch == 0)
        channel->batch = batch_of(channel);
    channel->batch--;
    if (channel->queue[true].count == 0)
        channel->batch = 0;
    if (channel->batch == 0)
        channel->reads_then = channel->queue[false].served;
}

/* Commit a request, and meanwhile let those it has overtaken open their rows. */
static void serve(struct dram_channel *channel, const struct choice *choice, int64_t now)
{
    struct dram_request *request = choice->request;
    int64_t from = dram_later(now, request->ready);

    dram_open_rows(channel, request, from, INT64_MAX);
    int64_t end = dram_access_columns(channel, request, from);
    request->finished = time_of(channel->dram, end);
    dram_queue_remove(&channel->queue[request->write], &channel->banks, request);
    count_served(channel, request);
    if (request->write)
        count_write(channel);

    for (uint32_t i = 0; i < choice->passed_count; i++)
        if (choice->passed[i]->ready <= now)
            dram_open_rows(channel, choice->passed[i], now, now);
}

void dram_channel_on_decide(struct sim *sim, void *owner)
{
    struct dram_channel *channel = owner;
    int64_t now = channel->wake, next;

    dram_refresh(channel, now);
    channel->deciding = true;
    channel->awaiting = false;
    for (;;) {
        bool write = is_turn_of_writes(channel);
        struct dram_queue *queue = &channel->queue[write];
        if (queue->count == 0)
            break;
        next = decision_at(channel, write);
        if (next <= now) {
            struct choice choice;
            choose(&choice, channel, queue, now);
            next = dram_later(choice.column - channel->dram->lead, choice.request->ready);
            if (next <= now) {
                serve(channel, &choice, now);
                choice.request->done(sim, choice.request);
                continue;
            }
            channel->awaiting = true;
            channel->awaiting_write = write;
            channel->awaited = choice.column;
        }
        wake_at(channel, sim, next);
        break;
    }
    channel->deciding = false;
}

void dram_look_again(struct dram_channel *channel, struct sim *sim,
                     const struct dram_request *request)
{
    int64_t at = dram_later(request->ready, decision_at(channel, request->write));
    bool cannot_overtake = channel->awaiting && request->write == channel->awaiting_write &&
                           dram_column_at(channel, request, at) >= channel->awaited;
    if (!channel->deciding && !cannot_overtake)
        wake_at(channel, sim, at);
}
