#include "models/dram_timing.h"

#include "sim/assert.h"

void dram_timing_init(struct dram_timing *timing, const struct dram_clocks *clocks)
{
    const struct dram_clocks *t = clocks;

    timing->clocks = *clocks;
    for (int level = 0; level < DRAM_LEVELS; level++)
        for (int first = 0; first < DRAM_COMMANDS; first++)
            for (int second = 0; second < DRAM_COMMANDS; second++)
                timing->gap[level][first][second] = DRAM_NEVER;

#define X(level, preceding, following, clocks_between, meaning)                                \
    timing->gap[DRAM_##level][DRAM_##preceding][DRAM_##following] = (int64_t)(clocks_between);
    DRAM_CONSTRAINTS(X)
#undef X
}

void dram_device_init(struct dram_device *device, const struct dram_timing *timing,
                      uint32_t groups, uint32_t banks)
{
    SIM_ASSERT(groups >= 1 && groups <= DRAM_GROUPS_MAX && (groups & (groups - 1)) == 0);
    SIM_ASSERT(banks >= groups && banks <= DRAM_BANKS_MAX && banks % groups == 0);

    *device = (struct dram_device){ .timing = timing, .groups = groups, .banks = banks };
    for (int i = 0; i < DRAM_WINDOW; i++)
        device->window[i] = DRAM_NEVER;
}

static void hold_back(struct dram_next *next, const int64_t gap[DRAM_COMMANDS], int64_t cycle)
{
    for (int command = 0; command < DRAM_COMMANDS; command++)
        next->at[command] = dram_later(next->at[command], cycle + gap[command]);
}

void dram_issue(struct dram_device *device, uint32_t bank, enum dram_command_kind command,
                uint32_t row, int64_t cycle)
{
    const struct dram_timing *timing = device->timing;
    SIM_ASSERT(cycle >= dram_probe(device, bank, command));

    hold_back(&device->channel, timing->gap[DRAM_CHANNEL][command], cycle);
    if (command == DRAM_REF) {
        SIM_ASSERT(device->open == 0);
        return;
    }
    hold_back(&device->group[bank & (device->groups - 1)], timing->gap[DRAM_GROUP][command],
              cycle);
    hold_back(&device->bank[bank], timing->gap[DRAM_BANK][command], cycle);

    if (command == DRAM_ACT) {
        SIM_ASSERT(!dram_is_open(device, bank));
        device->open |= UINT64_C(1) << bank;
        device->row[bank] = row;
        device->window[device->oldest] = cycle;
        device->oldest = (device->oldest + 1) % DRAM_WINDOW;
    } else if (command == DRAM_PRE) {
        SIM_ASSERT(dram_is_open(device, bank));
        device->open &= ~(UINT64_C(1) << bank);
    } else {
        SIM_ASSERT(dram_has_row(device, bank, row));
    }
}
