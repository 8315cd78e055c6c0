#include "models/dram_timing.h"

#include "sim/assert.h"

void dram_device_init(struct dram_device *device, const struct dram_clocks *clocks,
                      uint32_t groups, uint32_t banks)
{
    SIM_ASSERT(groups >= 1 && groups <= DRAM_GROUPS_MAX && (groups & (groups - 1)) == 0);
    SIM_ASSERT(banks >= groups && banks <= DRAM_BANKS_MAX && banks % groups == 0);

    *device = (struct dram_device){ .clocks = clocks, .groups = groups, .banks = banks };
    for (int i = 0; i < DRAM_WINDOW; i++)
        device->window[i] = DRAM_NEVER;
}

static inline void forbid(int64_t *at, int64_t until)
{
    *at = dram_later(*at, until);
}

/* The rows of the table for a command, which is a constant where this is called: the others
 * are left out by the compiler. */
static inline void apply(struct dram_device *device, uint32_t bank,
                         enum dram_command_kind command, int64_t cycle)
{
    const struct dram_clocks *t = device->clocks;
    struct dram_next *const levels[DRAM_LEVELS] = {
        [DRAM_BANK] = &device->bank[bank],
        [DRAM_GROUP] = &device->group[bank & (device->groups - 1)],
        [DRAM_CHANNEL] = &device->channel,
    };

#define X(level, preceding, following, between, meaning)                                       \
    if (command == DRAM_##preceding)                                                           \
        forbid(&levels[DRAM_##level]->at[DRAM_##following], cycle + (between));
    DRAM_CONSTRAINTS(X)
#undef X
}

static void apply_rules(struct dram_device *device, uint32_t bank,
                        enum dram_command_kind command, int64_t cycle)
{
#define CASE(name)                                                                             \
    case DRAM_##name:                                                                          \
        apply(device, bank, DRAM_##name, cycle);                                               \
        break;
    switch (command) {
        CASE(ACT)
        CASE(PRE)
        CASE(RD)
        CASE(WR)
        CASE(REF)
        CASE(REFSB)
    case DRAM_COMMANDS:
        SIM_ASSERT(false);
    }
#undef CASE
}

static inline void change_rows(struct dram_device *device, uint32_t bank,
                               enum dram_command_kind command, uint32_t row, int64_t cycle)
{
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

void dram_issue(struct dram_device *device, uint32_t bank, enum dram_command_kind command,
                uint32_t row, int64_t cycle)
{
    SIM_ASSERT(cycle >= dram_probe(device, bank, command));
    apply_rules(device, bank, command, cycle);
    change_rows(device, bank, command, row, cycle);
}

int64_t dram_issue_first(struct dram_device *device, uint32_t bank,
                         enum dram_command_kind command, uint32_t row, int64_t from,
                         int64_t latest)
{
    int64_t cycle = dram_later(from, dram_probe(device, bank, command));

    if (cycle > latest)
        return DRAM_NEVER;
    apply_rules(device, bank, command, cycle);
    change_rows(device, bank, command, row, cycle);
    return cycle;
}
