#include "models/memory_impl.h"
#include "models/memory_dram.h"
#include "models/spread.h"
#include "sim/assert.h"
#include "sim/mem.h"

#define PS_PER_NS 1000

static sim_time ns(int64_t value)
{
    return (sim_time)value * PS_PER_NS;
}

static sim_time later(sim_time a, sim_time b)
{
    return a > b ? a : b;
}

/* --- sectors --- */

static uint32_t popcount4(uint8_t sectors)
{
    static const uint8_t counts[] = { 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4 };
    return counts[sectors];
}

/* The sectors that the bytes touch, and those they do not cover whole. */
static uint8_t sectors_of(const struct request *request, uint8_t *partial)
{
    uint32_t first = (uint32_t)(request->address % L2_LINE);
    uint32_t end = first + request->bytes;
    uint32_t low = first / L2_SECTOR, high = (end - 1) / L2_SECTOR;
    uint8_t touched = (uint8_t)((15u << low) & (15u >> (3 - high)));

    *partial = 0;
    if (first % L2_SECTOR != 0)
        *partial = (uint8_t)(1u << low);
    if (end % L2_SECTOR != 0)
        *partial |= (uint8_t)(1u << high);
    return touched;
}

/* --- answering --- */

/* When the slice could answer, were the line there. */
static sim_time hit_at(const struct memory *memory, const struct request *request)
{
    return request->taken + memory->hit_latency;
}

static void answer_at(struct memory *memory, struct request *request, sim_time in_slice)
{
    if (request->write) { /* posted: done once the slice has taken it in */
        request->arrival = request->taken;
        return;
    }
    request->arrival = in_slice + memory->response_latency;
    histogram_add(&memory->latency, request->arrival - request->issued);
}

void memory_answer_from(struct memory *memory, struct request *request,
                        const struct fetch *fetch)
{
    sim_time there = later(fetch->there, hit_at(memory, request));
    sim_time access = memory->miss_latency + memory->dram_access + memory->dram_latency;
    sim_time wait = there - request->taken;
    request->wait_hbm += wait > access ? wait - access : 0;
    answer_at(memory, request, there);
}

/* --- the slice --- */

static bool has_room(const struct slice *slice, const struct request *request, bool first)
{
    if (first && slice->free_fetch != NULL && slice->free_victim != NULL)
        return true;

    uint8_t partial, sectors = sectors_of(request, &partial);
    struct l2_answer answer = l2_probe(&slice->memory->l2, request->address / L2_LINE, sectors,
                                       partial, request->write);
    bool needs_none = answer.fetch == 0 && answer.victim == 0;
    return needs_none || (first && (answer.fetch == 0 || slice->free_fetch != NULL) &&
                          (answer.victim == 0 || slice->free_victim != NULL));
}

/* An access needed HBM, or its line is on the way. True when the request is answered. */
static bool serve_miss(struct slice *slice, struct request *request, uint64_t line,
                       uint8_t sectors, const struct l2_answer *answer)
{
    struct memory *memory = slice->memory;

    if (answer->victim != 0)
        slice_write_back(slice, request->taken, answer);
    if (answer->fetch != 0) {
        slice_fetch(slice, request, line, answer->fetch);
        if (!request->write)
            return false;
    } else if (answer->pending && !request->write) {
        struct fetch *fetch = slice_find_fetch(slice, line, sectors);
        if (fetch != NULL && fetch->there == SIM_NEVER) {
            request_append(&fetch->waiting, request);
            return false;
        }
        if (fetch != NULL) {
            memory_answer_from(memory, request, fetch);
            /* What is held may have been taken earlier, and must still wait. */
            if (fetch->there <= request->taken && slice->held.first == NULL)
                slice_forget_mark(slice, line, request->taken);
            return true;
        }
    }
    answer_at(memory, request, hit_at(memory, request));
    return true;
}

/* The slice looks the request up. True when it is answered; else a fetch will do so. */
static inline bool serve(struct slice *slice, struct request *request)
{
    struct memory *memory = slice->memory;
    struct tensor_traffic *mine = &memory->traffic->tensors[request->tensor];
    uint64_t line = request->address / L2_LINE;
    uint8_t partial, sectors = sectors_of(request, &partial);
    struct l2_answer answer = l2_access(&memory->l2, line, sectors, partial, request->write);
    uint32_t hits = popcount4(answer.hit);

    mine->l2_hit += hits;
    mine->l2_miss += popcount4(sectors) - hits;
    if ((answer.victim | answer.fetch) != 0 || answer.pending)
        return serve_miss(slice, request, line, sectors, &answer);
    answer_at(memory, request, hit_at(memory, request));
    return true;
}

void slice_serve_held(struct slice *slice)
{
    sim_time now = sim_now(slice->memory->sim);

    while (slice->held.first != NULL && has_room(slice, slice->held.first, true)) {
        struct request *request = request_take_first(&slice->held);
        sim_time held = now > request->taken ? now - request->taken : 0;
        request->taken += held;
        request->wait_hbm = held;
        if (serve(slice, request))
            request->answered(request);
    }
}

bool memory_submit(struct memory *memory, sim_time when, struct request *request)
{
    uint64_t line = request->address / L2_LINE;
    SIM_ASSERT((request->address + request->bytes - 1) / L2_LINE == line);

    struct slice *slice = &memory->slices[spread_line(line, memory->slice_count)];
    sim_time reached = when + memory->request_latency;
    struct grant grant = port_reserve(&slice->port, reached, request->bytes);

    memory->requests++;
    memory->traffic->tensors[request->tensor].path[request->path] += request->bytes;
    if (memory->traffic->sink != NULL)
        memory->traffic->sink->count(memory->traffic->sink, grant.start, false, request->bytes);
    request->issued = when;
    request->arrival = SIM_NEVER;
    request->wait_l2 = grant.start - reached;
    request->wait_hbm = 0;
    request->missed = 0;
    request->taken = grant.done;

    if (has_room(slice, request, slice->held.first == NULL))
        return serve(slice, request);
    request_append(&slice->held, request);
    return false;
}

/* --- figures --- */

void memory_profile(const struct memory *memory, struct memory_profile *out)
{
    out->latency = memory->latency;
    out->dram = dram_statistics(memory->dram);
    out->slices = memory->slice_count;
    out->channels = memory->channel_count;
    for (uint32_t i = 0; i < out->slices; i++)
        out->slice_bytes[i] = memory->slices[i].port.served_bytes;
    for (uint32_t i = 0; i < out->channels; i++) {
        struct dram_statistics of = dram_channel_statistics(memory->dram, i);
        out->channel_bytes[i] = of.read_bytes + of.write_bytes;
    }
}

void memory_clear_profile(struct memory *memory)
{
    memory->latency = (struct histogram){ 0 };
    dram_clear_statistics(memory->dram);
    for (uint32_t i = 0; i < memory->slice_count; i++)
        memory->slices[i].port.served_bytes = 0;
}

/* --- making one --- */

static void slice_init(struct slice *slice, struct memory *memory, const struct params *params)
{
    struct rate rate = { (uint64_t)params->l2_rate / memory->slice_count };

    SIM_ASSERT(rate.per_us != 0);
    slice->memory = memory;
    slice->port = (struct port){ .bytes = rate };
    slice_lines_init(slice, (uint32_t)params->l2_misses, (uint32_t)params->l2_victims);
}

void memory_init(struct memory *memory, struct sim *sim, const struct params *params,
                 struct traffic *traffic)
{
    *memory = (struct memory){
        .sim = sim,
        .slice_count = (uint32_t)params->l2_slices,
        .channel_count = dram_channels(params),
        .fetch_count = (uint32_t)params->l2_misses,
        .request_latency = ns(params->fabric_request),
        .hit_latency = ns(params->l2_latency),
        .miss_latency = ns(params->l2_miss),
        .response_latency = ns(params->fabric_response),
        .dram_latency = ns(params->hbm_latency),
        .traffic = traffic,
    };
    struct dram_config config = dram_config_of(params);
    l2_init(&memory->l2, (uint64_t)params->l2_bytes, (uint32_t)params->l2_ways);
    memory->dram = dram_new(&config);
    memory->dram_access =
        rate_time(config.clock, (uint64_t)config.clocks.trcdrd + config.clocks.tcl);
    memory->slices = mem_array(memory->slice_count, sizeof *memory->slices);
    for (uint32_t i = 0; i < memory->slice_count; i++)
        slice_init(&memory->slices[i], memory, params);
}

void memory_free(struct memory *memory)
{
    for (uint32_t i = 0; i < memory->slice_count; i++)
        slice_lines_free(&memory->slices[i]);
    mem_free(memory->slices);
    dram_free(memory->dram);
    l2_free(&memory->l2);
}
