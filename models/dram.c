#include "models/dram_channel.h"
#include "sim/assert.h"
#include "sim/mem.h"

/* The first cycle that begins at or after t. */
static int64_t cycle_at(const struct dram *dram, sim_time t)
{
    struct rate clock = dram->config.clock;
    uint64_t cycle = rate_count(clock, t);
    return (int64_t)(rate_time(clock, cycle) < t ? cycle + 1 : cycle);
}

static void check(const struct dram_config *config)
{
    const struct dram_clocks *clocks = &config->clocks;
    const struct dram_shape *shape = &config->shape;

    dram_shape_check(&config->shape);
    SIM_ASSERT(config->clock.per_us >= 1 && config->clock.per_us <= PS_PER_US);
    SIM_ASSERT(clocks->burst >= 1 && clocks->tcl >= 1 && clocks->tcwl >= 1);
    SIM_ASSERT(clocks->tccds >= clocks->burst && clocks->tccdl >= clocks->tccds);
    SIM_ASSERT(clocks->trtw + clocks->tcwl >= clocks->tcl + clocks->burst);
    SIM_ASSERT(clocks->trefi == 0 || clocks->trefi > clocks->trfc);
    SIM_ASSERT(clocks->trefi == 0 || clocks->trfcsb == 0 ||
               clocks->trefi >= clocks->trfcsb + clocks->tras + clocks->trp);
    SIM_ASSERT(clocks->trefi == 0 || clocks->trefi / (shape->groups * shape->banks) > 0);
    SIM_ASSERT(config->reads >= 1 && config->writes >= config->write_high);
    SIM_ASSERT(config->write_high > config->write_low);
}

/* Between column accesses that go round the banks of a gang, each of another group. */
static uint32_t round_stride(const struct dram_clocks *clocks, uint32_t gang)
{
    uint32_t share = (clocks->tccdl + gang - 1) / gang;
    return share > clocks->tccds ? share : clocks->tccds;
}

struct dram *dram_new(const struct dram_config *config)
{
    check(config);
    const struct dram_shape *shape = &config->shape;
    const struct dram_clocks *clocks = &config->clocks;
    uint32_t sense = clocks->trcdrd > clocks->trcdwr ? clocks->trcdrd : clocks->trcdwr;

    struct dram *dram = mem_new(sizeof *dram + shape->channels * sizeof(struct dram_channel));
    dram->config = *config;
    dram->lead = (int64_t)clocks->trp + sense + clocks->tfaw;
    dram->stride = round_stride(clocks, shape->gang);

    for (uint32_t i = 0; i < shape->channels; i++) {
        struct dram_channel *channel = &dram->channels[i];
        channel->dram = dram;
        channel->index = i;
        channel->queue[false].depth = config->reads;
        channel->queue[true].depth = config->writes;
        channel->queue[false].patience = channel->queue[true].patience = config->patience;
        event_init(&channel->decide, "dram", PHASE_ISSUE, dram_channel_on_decide, channel);
        dram_device_init(&channel->device, &dram->config.clocks, shape->groups,
                         shape->groups * shape->banks);
        channel->banks = (struct dram_banks){ &channel->device, shape->gang };

        channel->refresh_due =
            clocks->trefi == 0
                ? INT64_MAX
                : clocks->trefi + (int64_t)config->refresh_shift * i % clocks->trefi;
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
    uint32_t grain = dram_map_grain(shape); /* a power of two, as is an atom */
    SIM_ASSERT(((request->address | request->bytes) & (shape->atom_bytes - 1)) == 0);
    SIM_ASSERT(request->bytes != 0);
    SIM_ASSERT((request->address & (grain - 1)) + request->bytes <= grain);

    struct dram_place place = dram_locate(shape, request->address);
    struct dram_channel *channel = &dram->channels[place.channel];
    struct dram_queue *queue = &channel->queue[request->write];

    request->arrived = when;
    request->finished = SIM_NEVER;
    request->ready = cycle_at(dram, when);
    request->order = dram->submitted++;
    request->row = place.row;
    request->gang = (uint8_t)place.gang;
    request->found = DRAM_HIT;
    request->offset = (uint8_t)place.offset;
    request->atoms = (uint8_t)(request->bytes >> __builtin_ctz(shape->atom_bytes));

    if (request->write && queue->count == 0)
        channel->reads_then = channel->queue[false].served;
    channel->statistics.queued += queue->count;
    if (!dram_queue_add(queue, &channel->banks, request))
        channel->statistics.postponed++;
    else
        dram_look_again(channel, sim, request);
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

void dram_clear_statistics(struct dram *dram)
{
    for (uint32_t i = 0; i < dram->config.shape.channels; i++)
        dram->channels[i].statistics = (struct dram_statistics){ 0 };
}

void dram_watch(struct dram *dram, dram_watch_fn *watch, void *owner)
{
    dram->watch = watch;
    dram->watcher = owner;
}
