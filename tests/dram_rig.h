/*
 * A DRAM under load, for tests: configs with sources, a generator that injects
 * requests in order as long as there is room, and a checker that knows the rules
 * of DRAM on its own account.
 */
#ifndef NPUSIM_TESTS_DRAM_RIG_H
#define NPUSIM_TESTS_DRAM_RIG_H

#include "models/dram.h"

#include <stddef.h>

/* 8 channels of 128 bits at 2 Gbps, 1 ns a clock: the memory that DRAMsim3 simulated. */
struct dram_config dram_rig_legacy(void);

/* The same as 16 pseudo-channels of 64 bits: the memory that Ramulator simulated. */
struct dram_config dram_rig_pseudo(void);

/* 64 GiB at 1.8 TB/s: 4 stacks of HBM2e, 64 pseudo-channels of 28 GB/s. */
struct dram_config dram_rig_hbm2e(void);

/* Fill in the n-th request: address, bytes, write. The rig does the rest. */
typedef void dram_pattern_fn(void *owner, uint64_t n, struct dram_request *request);

struct dram_load {
    dram_pattern_fn *pattern;
    void *owner;
    uint64_t requests;
    uint32_t outstanding; /* so many, each followed by another; 0: in order, as room allows */
    dram_watch_fn *watch; /* NULL: nobody */
    void *watcher;
};

struct dram_result {
    struct dram_statistics statistics;
    sim_time end;         /* of the last data */
    sim_time latency;     /* the sum over all reads */
    sim_time latency_max; /* of a read or a write */
    uint64_t served, events;
};

struct dram_result dram_rig_run(const struct dram_config *config, const struct dram_load *load);

/* Of the peak of all channels, in thousandths. */
uint64_t dram_rig_share(const struct dram_config *config, const struct dram_result *result);
uint64_t dram_rig_mbps(const struct dram_result *result);

/* Commands as they were issued. */
struct dram_log {
    struct dram_command *commands;
    size_t count;
};

void dram_log_watch(void *log, const struct dram_command *command); /* owner: a dram_log */
void dram_log_free(struct dram_log *log);

/*
 * Put a log in order and hold it against the rules of DRAM. Returns NULL, or what
 * is wrong. Pairs of commands are compared one by one, not by the table of models/.
 */
const char *dram_log_check(struct dram_log *log, const struct dram_config *config);

#endif
