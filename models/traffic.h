#ifndef NPUSIM_MODELS_TRAFFIC_H
#define NPUSIM_MODELS_TRAFFIC_H
/*
 * Who moved what: bytes by path and by tensor at the core's side, L2 requests
 * of 128 bytes, and bytes at the HBM side.
 */
#include "kernels/ir/program.h"
#include "models/bound.h"

#include <stdbool.h>

struct tensor_traffic {
    uint64_t path[PATH_COUNT]; /* bytes */
    uint64_t l2_hit, l2_miss;  /* requests of 128 bytes */
    uint64_t hbm_read, hbm_write;
};

/* The rate of HBM and L2 over time, for the trace's counters. */
struct traffic_sink {
    void (*count)(struct traffic_sink *sink, sim_time when, bool hbm, uint32_t bytes);
};

struct traffic {
    struct tensor_traffic tensors[KTENSORS_MAX];
    uint64_t base[KTENSORS_MAX]; /* device address of each tensor, ascending */
    unsigned count;
    struct traffic_sink *sink; /* NULL: none */
};

/* Forget the counts; keeps the addresses. */
void traffic_clear(struct traffic *traffic);

/* The tensor that holds an address. */
unsigned traffic_owner(const struct traffic *traffic, uint64_t address);

struct tensor_traffic traffic_total(const struct traffic *traffic);

#endif
