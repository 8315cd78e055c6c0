#include "tests/dram_rig.h"

#include "sim/mem.h"

#include <stdlib.h>

/*
 * Clocks of 1 ns, as printed with the figures in tests/dram_reference.csv.
 * Not printed there: tCCD is the two clocks that the data of 128 bits takes; the bus
 * stays empty for a clock when it turns to writing; tRTP is 5; a row is 1 KiB
 * (HBM2_8Gb_x128.ini of DRAMsim3).
 */
struct dram_config dram_rig_legacy(void)
{
    return (struct dram_config){
        .clock = { 1000 },
        .shape = { .channels = 8,
                   .groups = 4,
                   .banks = 4,
                   .gang = 1,
                   .row_bytes = 1024,
                   .atom_bytes = 64,
                   .map = DRAM_MAP_ROWS },
        .clocks = { .burst = 2,
                    .tcl = 14,
                    .tcwl = 4,
                    .trcdrd = 14,
                    .trcdwr = 14,
                    .trp = 14,
                    .tras = 34,
                    .trtp = 5,
                    .twr = 16,
                    .tccds = 2,
                    .tccdl = 2,
                    .trrds = 4,
                    .trrdl = 6,
                    .tfaw = 30,
                    .twtrs = 6,
                    .twtrl = 8,
                    .trtw = 13,
                    .trfc = 260,
                    .trefi = 3900 },
        .reads = 32,
        .writes = 32,
        .write_high = 24,
        .write_low = 8,
        .patience = 128,
    };
}

/*
 * What Ramulator's row does not print is as above, but for the activation window: it
 * reads 140.3 GB/s at random, and 16 x 4 x 64 B x (1 - 260 / 3900) / 27 ns is the
 * least window's bound above that. Its queue of 64 is that of a channel; a
 * pseudo-channel has half.
 */
struct dram_config dram_rig_pseudo(void)
{
    struct dram_config config = dram_rig_legacy();
    config.shape.channels = 16;
    config.shape.atom_bytes = 32;
    config.shape.map = DRAM_MAP_PAIRS;
    config.clocks.trcdwr = 12;
    config.clocks.tccdl = 4;
    config.clocks.tfaw = 27;
    return config;
}

/*
 * The clock follows from the peak: 1800 GB/s / 64 / 16 B = 1758 MHz. Times are those
 * of the reference memories in ns, rounded up to clocks, and tCCD in clocks: JESD235
 * keeps both from one speed to the next. A line is spread over two banks: one would
 * reach half the peak, and four activates for 512 bytes exceed the window.
 */
struct dram_config dram_rig_hbm2e(void)
{
    return (struct dram_config){
        .clock = { 1758 },
        .shape = { .channels = 64,
                   .groups = 4,
                   .banks = 4,
                   .gang = 2,
                   .row_bytes = 1024,
                   .atom_bytes = 32,
                   .map = DRAM_MAP_LINES },
        .clocks = { .burst = 2,
                    .tcl = 25,
                    .tcwl = 8,
                    .trcdrd = 25,
                    .trcdwr = 22,
                    .trp = 25,
                    .tras = 60,
                    .trtp = 9,
                    .twr = 29,
                    .tccds = 2,
                    .tccdl = 4,
                    .trrds = 8,
                    .trrdl = 11,
                    .tfaw = 53,
                    .twtrs = 11,
                    .twtrl = 15,
                    .trtw = 20,
                    .trfc = 458,
                    .trefi = 6856 },
        .reads = 64,
        .writes = 64,
        .write_high = 48,
        .write_low = 16,
        .patience = 256,
    };
}

struct rig {
    struct dram *dram;
    const struct dram_load *load;
    struct dram_request *idle; /* linked by `next` of links[0] */
    struct dram_request next;  /* made, but not yet submitted */
    uint64_t made;
    struct event inject;
    struct dram_result result;
};

static void make_next(struct rig *rig)
{
    rig->next = (struct dram_request){ .owner = rig };
    rig->load->pattern(rig->load->owner, rig->made++, &rig->next);
}

static bool is_over(const struct rig *rig)
{
    return rig->made > rig->load->requests;
}

static void submit(struct rig *rig, struct sim *sim, struct dram_request *request,
                   sim_time when)
{
    dram_done_fn *done = request->done;
    *request = rig->next;
    request->done = done;
    make_next(rig);
    dram_submit(rig->dram, sim, request, when);
}

/* PHASE_ISSUE: inject in order, as long as there is room. */
static void rig_on_inject(struct sim *sim, void *owner)
{
    struct rig *rig = owner;
    bool in_order = rig->load->outstanding == 0;

    while (!is_over(rig) && rig->idle != NULL) {
        if (in_order && !dram_has_room(rig->dram, rig->next.address, rig->next.write))
            return;
        struct dram_request *request = rig->idle;
        rig->idle = request->links[0].next;
        submit(rig, sim, request, sim_now(sim));
    }
}

static void on_done(struct sim *sim, struct dram_request *request)
{
    struct rig *rig = request->owner;
    sim_time latency = request->finished - request->arrived;

    rig->result.served++;
    if (rig->result.end < request->finished)
        rig->result.end = request->finished;
    if (rig->result.latency_max < latency)
        rig->result.latency_max = latency;
    if (!request->write)
        rig->result.latency += latency;

    if (rig->load->outstanding == 0) {
        request->links[0].next = rig->idle;
        rig->idle = request;
        sim_wake(sim, &rig->inject, sim_now(sim));
    } else if (!is_over(rig)) {
        submit(rig, sim, request, request->finished);
    }
}

struct dram_result dram_rig_run(const struct dram_config *config, const struct dram_load *load)
{
    uint32_t room = config->shape.channels * (config->reads + config->writes);
    uint32_t count = load->outstanding != 0 ? load->outstanding : room + 1;
    struct rig rig = { .dram = dram_new(config), .load = load };
    struct dram_request *requests = mem_array(count, sizeof *requests);
    struct sim *sim = sim_new();

    for (uint32_t i = 0; i < count; i++) {
        requests[i].done = on_done;
        requests[i].links[0].next = rig.idle;
        rig.idle = &requests[i];
    }
    dram_watch(rig.dram, load->watch, load->watcher);
    event_init(&rig.inject, "inject", PHASE_ISSUE, rig_on_inject, &rig);
    make_next(&rig);
    sim_at(sim, &rig.inject, 0);
    sim_run(sim, SIM_NEVER - 1);

    rig.result.statistics = dram_statistics(rig.dram);
    rig.result.events = sim_fired(sim);
    sim_free(sim);
    dram_free(rig.dram);
    mem_free(requests);
    return rig.result;
}

uint64_t dram_rig_mbps(const struct dram_result *result)
{
    uint64_t bytes = result->statistics.read_bytes + result->statistics.write_bytes;
    return bytes * PS_PER_US / result->end;
}

uint64_t dram_rig_share(const struct dram_config *config, const struct dram_result *result)
{
    uint64_t bytes_per_us = (uint64_t)config->shape.channels * config->shape.atom_bytes *
                            config->clock.per_us / config->clocks.burst;
    return dram_rig_mbps(result) * 1000 / bytes_per_us;
}

void dram_log_watch(void *owner, const struct dram_command *command)
{
    struct dram_log *log = owner;
    log->commands = mem_room(log->commands, log->count, sizeof *log->commands);
    log->commands[log->count++] = *command;
}

void dram_log_free(struct dram_log *log)
{
    mem_free(log->commands);
    *log = (struct dram_log){ 0 };
}

static int compare(const void *left, const void *right)
{
    const struct dram_command *a = left, *b = right;
    if (a->channel != b->channel)
        return a->channel < b->channel ? -1 : 1;
    return a->cycle == b->cycle ? 0 : a->cycle < b->cycle ? -1 : 1;
}

static bool is_column(const struct dram_command *command)
{
    return command->kind == DRAM_RD || command->kind == DRAM_WR;
}

/* Clocks that must lie between two commands to one pseudo-channel. */
static int64_t clocks_between(const struct dram_config *config, const struct dram_command *a,
                              const struct dram_command *b)
{
    const struct dram_clocks *t = &config->clocks;
    bool same_bank = a->bank == b->bank;
    bool same_group = a->bank % config->shape.groups == b->bank % config->shape.groups;
    int64_t written = (int64_t)t->tcwl + t->burst;

    if (a->kind == DRAM_REF)
        return t->trfc;
    if (b->kind == DRAM_REF)
        return a->kind == DRAM_PRE ? t->trp : 0;
    if (a->kind == DRAM_ACT && b->kind == DRAM_ACT)
        return same_bank ? t->tras + t->trp : same_group ? t->trrdl : t->trrds;
    if (is_column(a) && a->kind == b->kind)
        return same_group ? t->tccdl : t->tccds;
    if (a->kind == DRAM_WR && b->kind == DRAM_RD)
        return written + (same_group ? t->twtrl : t->twtrs);
    if (a->kind == DRAM_RD && b->kind == DRAM_WR)
        return t->trtw;
    if (!same_bank)
        return 0;
    if (a->kind == DRAM_REFSB)
        return t->trfcsb;
    if (b->kind == DRAM_REFSB)
        return a->kind == DRAM_PRE ? t->trp : 0;
    if (a->kind == DRAM_ACT)
        return b->kind == DRAM_RD ? t->trcdrd : b->kind == DRAM_WR ? t->trcdwr : t->tras;
    if (a->kind == DRAM_PRE)
        return b->kind == DRAM_ACT ? t->trp : 0;
    if (b->kind == DRAM_PRE)
        return a->kind == DRAM_RD ? t->trtp : written + t->twr;
    return 0;
}

static const char *check_pairs(const struct dram_log *log, const struct dram_config *config)
{
    const struct dram_command *all = log->commands;
    int64_t most = (int64_t)config->clocks.trfc + config->clocks.trfcsb + config->clocks.tras +
                   config->clocks.trp + config->clocks.tcwl + config->clocks.twr;

    for (size_t i = 0; i < log->count; i++)
        for (size_t j = i; j-- > 0 && all[j].channel == all[i].channel &&
                           all[i].cycle - all[j].cycle <= most;)
            if (all[i].cycle - all[j].cycle < clocks_between(config, &all[j], &all[i]))
                return "two commands are too close";
    return NULL;
}

/* What the rows and buses of one pseudo-channel are like as the log is walked through. */
struct walk {
    uint64_t open;
    uint32_t row[DRAM_BANKS_MAX];
    int64_t bus_free;
    int64_t activates[5];
};

static const char *step(struct walk *walk, const struct dram_command *command,
                        const struct dram_config *config)
{
    const struct dram_clocks *t = &config->clocks;
    uint64_t bank = UINT64_C(1) << command->bank;

    switch (command->kind) {
    case DRAM_ACT:
        for (int i = 0; i < 4; i++)
            walk->activates[i] = walk->activates[i + 1];
        walk->activates[4] = command->cycle;
        if (command->cycle - walk->activates[0] < t->tfaw)
            return "five activates within tFAW";
        if (walk->open & bank)
            return "activate of an open bank";
        walk->open |= bank;
        walk->row[command->bank] = command->row;
        return NULL;
    case DRAM_PRE:
        walk->open &= ~bank;
        return NULL;
    case DRAM_REF:
        return walk->open != 0 ? "refresh with an open row" : NULL;
    case DRAM_REFSB:
        return walk->open & bank ? "refresh of an open bank" : NULL;
    default:
        break;
    }
    if (!(walk->open & bank) || walk->row[command->bank] != command->row)
        return "column access to a row that is not open";
    int64_t data = command->cycle + (command->kind == DRAM_RD ? t->tcl : t->tcwl);
    if (data < walk->bus_free)
        return "data meets data on the bus";
    walk->bus_free = data + t->burst;
    return NULL;
}

const char *dram_log_check(struct dram_log *log, const struct dram_config *config)
{
    struct walk walk = { 0 };
    qsort(log->commands, log->count, sizeof *log->commands, compare);

    for (size_t i = 0; i < log->count; i++) {
        const struct dram_command *command = &log->commands[i];
        if (i == 0 || command->channel != command[-1].channel)
            walk = (struct walk){ .activates = { -1000000, -1000000, -1000000, -1000000,
                                                 -1000000 } };
        const char *wrong = step(&walk, command, config);
        if (wrong != NULL)
            return wrong;
    }
    return check_pairs(log, config);
}
