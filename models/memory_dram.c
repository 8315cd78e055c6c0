#include "models/memory_dram.h"

/* Thousandths of a nanosecond to clocks. */
static uint32_t clocks_of(const struct params *params, int64_t ps)
{
    struct rate clock = { (uint64_t)params->hbm_clock };
    uint64_t whole = rate_count(clock, (sim_time)ps);
    return (uint32_t)(rate_time(clock, whole) < (sim_time)ps ? whole + 1 : whole);
}

uint32_t dram_channels(const struct params *params)
{
    return (uint32_t)(params->hbm_stacks * params->hbm_channels * params->hbm_pseudo);
}

uint64_t dram_peak(const struct params *params)
{
    return dram_channels(params) * (uint64_t)(params->hbm_atom * params->hbm_clock) /
           (uint64_t)params->hbm_burst;
}

/* JEDEC's least distance from a read to a write: its data must have left the bus, and
 * the bus turns for `trtw`. */
static uint32_t read_to_write(const struct dram_clocks *clocks, uint32_t turn)
{
    return clocks->tcl + clocks->burst + turn - clocks->tcwl;
}

/*
 * Refreshes are spread over the channels, so that they do not all pause at once, and by
 * the golden ratio, so that no stream runs from channel to channel along with them.
 */
static uint32_t refresh_shift(const struct dram_clocks *clocks)
{
    return (uint32_t)((uint64_t)clocks->trefi * 618 / 1000);
}

struct dram_config dram_config_of(const struct params *params)
{
    struct dram_clocks clocks = {
        .burst = (uint32_t)params->hbm_burst,
        .tcl = clocks_of(params, params->hbm_tcl),
        .tcwl = clocks_of(params, params->hbm_tcwl),
        .trcdrd = clocks_of(params, params->hbm_trcdrd),
        .trcdwr = clocks_of(params, params->hbm_trcdwr),
        .trp = clocks_of(params, params->hbm_trp),
        .tras = clocks_of(params, params->hbm_tras),
        .trtp = clocks_of(params, params->hbm_trtp),
        .twr = clocks_of(params, params->hbm_twr),
        .tccds = (uint32_t)params->hbm_tccds,
        .tccdl = (uint32_t)params->hbm_tccdl,
        .trrds = clocks_of(params, params->hbm_trrds),
        .trrdl = clocks_of(params, params->hbm_trrdl),
        .tfaw = clocks_of(params, params->hbm_tfaw),
        .twtrs = clocks_of(params, params->hbm_twtrs),
        .twtrl = clocks_of(params, params->hbm_twtrl),
        .trfc = clocks_of(params, params->hbm_trfc),
        .trfcsb = clocks_of(params, params->hbm_trfcsb),
        .trefi = clocks_of(params, params->hbm_trefi),
    };
    clocks.trtw = read_to_write(&clocks, clocks_of(params, params->hbm_trtw));

    return (struct dram_config){
        .clock = { (uint64_t)params->hbm_clock },
        .shape = { .channels = dram_channels(params),
                   .groups = (uint32_t)params->hbm_groups,
                   .banks = (uint32_t)params->hbm_banks,
                   .gang = (uint32_t)params->hbm_gang,
                   .row_bytes = (uint32_t)params->hbm_row,
                   .atom_bytes = (uint32_t)params->hbm_atom,
                   .map = DRAM_MAP_LINES },
        .clocks = clocks,
        .refresh_shift = refresh_shift(&clocks),
        .reads = (uint32_t)params->hbm_reads,
        .writes = (uint32_t)params->hbm_writes,
        .write_high = (uint32_t)params->hbm_write_high,
        .write_low = (uint32_t)params->hbm_write_low,
        .patience = (uint32_t)params->hbm_patience,
    };
}
