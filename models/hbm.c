#include "models/hbm.h"

#include "models/spread.h"
#include "sim/assert.h"

void hbm_init(struct hbm *hbm, const struct hbm_config *config)
{
    SIM_ASSERT(config->channels >= 1 && config->channels <= HBM_CHANNELS_MAX);
    hbm->config = *config;
    struct rate share = { config->rate.per_us / config->channels };
    for (uint32_t i = 0; i < config->channels; i++) {
        port_init(&hbm->channels[i], "hbm", share, config->latency);
        hbm->gathered[i] = 0;
    }
}

struct grant hbm_read(struct hbm *hbm, sim_time earliest, uint64_t line, uint32_t bytes)
{
    return port_reserve(&hbm->channels[spread_line(line, hbm->config.channels)], earliest,
                        bytes);
}

sim_time hbm_write(struct hbm *hbm, sim_time earliest, uint64_t line, uint32_t bytes)
{
    uint32_t channel = spread_line(line, hbm->config.channels);
    struct port *port = &hbm->channels[channel];

    hbm->gathered[channel] += bytes;
    if (hbm->gathered[channel] < hbm->config.batch)
        return earliest;

    /* The batch leaves when the bus is free; until then the buffer takes nothing in. */
    uint64_t turning = rate_count(port->bytes, hbm->config.turnaround);
    struct grant grant = port_reserve(port, earliest, hbm->gathered[channel] + turning);
    hbm->gathered[channel] = 0;
    return grant.start;
}
