#ifndef NPUSIM_MODELS_HBM_H
#define NPUSIM_MODELS_HBM_H
/*
 * HBM channels behind the L2. Lines are spread over the channels by a hash;
 * each channel serves its requests in order at its share of the peak rate,
 * after a fixed latency. Banks, rows and refresh are not modelled yet
 * (FIDELITY.md, F2).
 */
#include "sim/port.h"

#define HBM_CHANNELS_MAX 256

struct hbm {
    struct port channels[HBM_CHANNELS_MAX];
    uint32_t count;
};

void hbm_init(struct hbm *hbm, uint32_t channels, struct rate rate, sim_time latency);

/* Book `bytes` of a 512-byte line; the grant's done includes the latency. */
struct grant hbm_access(struct hbm *hbm, sim_time earliest, uint64_t line, uint32_t bytes);

#endif
