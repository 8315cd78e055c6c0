#ifndef NPUSIM_MODELS_MEMORY_DRAM_H
#define NPUSIM_MODELS_MEMORY_DRAM_H
/* The DRAM that a chip's parameters describe. */
#include "models/dram.h"
#include "models/params.h"

/* Times become clocks, rounded up, as a controller programs them. */
struct dram_config dram_config_of(const struct params *params);

/* What all data buses together could move, MB/s. */
uint64_t dram_peak(const struct params *params);

/* Pseudo-channels in all. */
uint32_t dram_channels(const struct params *params);

#endif
