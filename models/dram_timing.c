#include "models/dram_timing.h"

#include "sim/assert.h"

static void add_rule(struct dram_timing *timing, enum dram_command_kind preceding,
                     struct dram_rule rule)
{
    timing->rules[preceding][timing->count[preceding]++] = rule;
}

void dram_timing_init(struct dram_timing *timing, const struct dram_clocks *clocks)
{
    const struct dram_clocks *t = clocks;

    *timing = (struct dram_timing){ .clocks = *clocks };
#define X(level, preceding, following, between, meaning)                                       \
    add_rule(timing, DRAM_##preceding,                                                         \
             (struct dram_rule){ DRAM_##level, DRAM_##following, between });
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

void dram_issue(struct dram_device *device, uint32_t bank, enum dram_command_kind command,
                uint32_t row, int64_t cycle)
{
    const struct dram_timing *timing = device->timing;
    SIM_ASSERT(cycle >= dram_probe(device, bank, command));

    struct dram_next *levels[DRAM_LEVELS] = {
        [DRAM_BANK] = &device->bank[bank],
        [DRAM_GROUP] = &device->group[bank & (device->groups - 1)],
        [DRAM_CHANNEL] = &device->channel,
    };
    for (uint32_t i = 0; i < timing->count[command]; i++) {
        const struct dram_rule *rule = &timing->rules[command][i];
        int64_t *at = &levels[rule->level]->at[rule->following];
        *at = dram_later(*at, cycle + rule->clocks);
    }

    if (command == DRAM_ACT) {
        SIM_ASSERT(!dram_is_open(device, bank));
        device->open |= UINT64_C(1) << bank;
        device->row[bank] = row;
        device->window[device->oldest] = cycle;
        device->oldest = (device->oldest + 1) % DRAM_WINDOW;
    } else if (command == DRAM_PRE) {
        SIM_ASSERT(dram_is_open(device, bank));
        device->open &= ~(UINT64_C(1) << bank);
    } else if (command == DRAM_REF) {
        SIM_ASSERT(device->open == 0);
    } else if (command == DRAM_REFSB) {
        SIM_ASSERT(!dram_is_open(device, bank));
    } else {
        SIM_ASSERT(dram_has_row(device, bank, row));
    }
}
