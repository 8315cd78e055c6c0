#include "models/memory.h"

#include "models/spread.h"
#include "sim/assert.h"
#include "sim/mem.h"

#define PS_PER_NS 1000

static sim_time ns(int64_t value)
{
    return (sim_time)value * PS_PER_NS;
}

void memory_init(struct memory *memory, const struct params *params, struct traffic *traffic)
{
    *memory = (struct memory){
        .slice_count = (uint32_t)params->l2_slices,
        .request_latency = ns(params->fabric_request),
        .hit_latency = ns(params->l2_latency),
        .response_latency = ns(params->fabric_response),
        .traffic = traffic,
    };
    l2_init(&memory->l2, (uint64_t)params->l2_bytes, (uint32_t)params->l2_ways);
    hbm_init(&memory->hbm, &(struct hbm_config){
                               .channels = (uint32_t)params->hbm_channels,
                               .rate = { (uint64_t)params->hbm_rate },
                               .latency = ns(params->hbm_latency),
                               .turnaround = ns(params->hbm_turnaround),
                               .batch = (uint32_t)params->hbm_batch,
                           });

    struct rate slice = { (uint64_t)params->l2_rate / memory->slice_count };
    memory->slices = mem_array(memory->slice_count, sizeof *memory->slices);
    for (uint32_t i = 0; i < memory->slice_count; i++)
        port_init(&memory->slices[i], "l2", slice, 0);
}

void memory_free(struct memory *memory)
{
    l2_free(&memory->l2);
    mem_free(memory->slices);
}

static uint32_t popcount4(uint8_t sectors)
{
    return (uint32_t)((0x4332322132212110u >> (4 * (sectors & 15u))) & 15u);
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

static void count_hbm(struct memory *memory, sim_time when, uint32_t bytes)
{
    struct traffic_sink *sink = memory->traffic->sink;
    if (sink != NULL)
        sink->count(sink, when, true, bytes);
}

/* Write a line back; returns when its place is free. */
static sim_time evict(struct memory *memory, sim_time now, const struct l2_answer *answer)
{
    uint32_t bytes = popcount4(answer->victim) * L2_SECTOR;
    unsigned owner = traffic_owner(memory->traffic, answer->victim_line * L2_LINE);
    sim_time room = hbm_write(&memory->hbm, now, answer->victim_line, bytes);

    memory->traffic->tensors[owner].hbm_write += bytes;
    count_hbm(memory, room, bytes);
    return room;
}

bool memory_submit(struct memory *memory, sim_time now, struct request *request)
{
    uint64_t line = request->address / L2_LINE;
    SIM_ASSERT((request->address + request->bytes - 1) / L2_LINE == line);

    struct tensor_traffic *mine = &memory->traffic->tensors[request->tensor];
    memory->requests++;

    uint8_t partial;
    uint8_t sectors = sectors_of(request, &partial);
    struct l2_answer answer = l2_access(&memory->l2, line, sectors, partial, request->write);

    mine->path[request->path] += request->bytes;
    uint32_t hits = popcount4(answer.hit);
    mine->l2_hit += hits;
    mine->l2_miss += popcount4(sectors) - hits;

    sim_time reached = now + memory->request_latency;
    struct port *slice = &memory->slices[spread_line(line, memory->slice_count)];
    struct grant grant = port_reserve(slice, reached, request->bytes);
    sim_time ready = grant.done + memory->hit_latency;
    request->issued = now;
    request->wait_l2 = grant.start - reached;
    request->wait_hbm = 0;
    request->missed = popcount4(answer.fetch) * L2_SECTOR;
    if (memory->traffic->sink != NULL)
        memory->traffic->sink->count(memory->traffic->sink, grant.start, false, request->bytes);

    /* A line that makes place for this one must first be taken in by the write buffer. */
    sim_time room = answer.victim == 0 ? grant.done : evict(memory, grant.done, &answer);
    if (answer.fetch != 0) {
        struct grant read = hbm_read(&memory->hbm, ready, line, request->missed);
        mine->hbm_read += request->missed;
        request->wait_hbm = read.start - ready;
        count_hbm(memory, read.start, request->missed);
        ready = read.done;
    }
    if (request->write) { /* posted: done once the slice has taken it in */
        request->wait_hbm = room - grant.done;
        ready = room;
    } else if (ready < room) {
        request->wait_hbm += room - ready;
        ready = room;
    }
    if (!request->write)
        ready += memory->response_latency;

    request->arrival = ready;
    return true;
}
