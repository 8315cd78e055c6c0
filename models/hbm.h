#ifndef NPUSIM_MODELS_HBM_H
#define NPUSIM_MODELS_HBM_H
/*
 * HBM channels behind the L2. Lines are spread over the channels by a hash;
 * each channel serves its reads in order at its share of the rate, after a
 * fixed latency. Writes gather in a buffer and go out in batches, so that the
 * bus turns round once for many. Banks, rows and refresh are not modelled yet
 * (FIDELITY.md, F2).
 */
#include "sim/port.h"

#define HBM_CHANNELS_MAX 256

struct hbm_config {
    uint32_t channels;
    struct rate rate;    /* of all channels */
    sim_time latency;    /* of a read */
    sim_time turnaround; /* of the bus, to writing and back */
    uint32_t batch;      /* bytes of writes that go out together, per channel */
};

struct hbm {
    struct port channels[HBM_CHANNELS_MAX];
    uint32_t gathered[HBM_CHANNELS_MAX]; /* bytes of writes waiting to go out */
    struct hbm_config config;
};

void hbm_init(struct hbm *hbm, const struct hbm_config *config);

/* Book a read of `bytes` of a 512-byte line; the grant's done includes the latency. */
struct grant hbm_read(struct hbm *hbm, sim_time earliest, uint64_t line, uint32_t bytes);

/* Take in a write; returns when there is room for it. */
sim_time hbm_write(struct hbm *hbm, sim_time earliest, uint64_t line, uint32_t bytes);

#endif
