#include "models/hbm.h"

#include "models/spread.h"
#include "sim/assert.h"

void hbm_init(struct hbm *hbm, uint32_t channels, struct rate rate, sim_time latency)
{
    SIM_ASSERT(channels >= 1 && channels <= HBM_CHANNELS_MAX);
    hbm->count = channels;
    for (uint32_t i = 0; i < channels; i++)
        port_init(&hbm->channels[i], "hbm", (struct rate){ rate.per_us / channels }, latency);
}

struct grant hbm_access(struct hbm *hbm, sim_time earliest, uint64_t line, uint32_t bytes)
{
    return port_reserve(&hbm->channels[spread_line(line, hbm->count)], earliest, bytes);
}
