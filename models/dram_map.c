#include "models/dram_map.h"

#include "models/spread.h"
#include "sim/assert.h"

#include <stdbool.h>

static bool is_power_of_two(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

void dram_shape_check(const struct dram_shape *shape)
{
    SIM_ASSERT(shape->map < DRAM_MAP_COUNT);
    SIM_ASSERT(is_power_of_two(shape->groups) && is_power_of_two(shape->banks));
    SIM_ASSERT(is_power_of_two(shape->gang) && shape->gang <= shape->groups);
    SIM_ASSERT(is_power_of_two(shape->row_bytes) && is_power_of_two(shape->atom_bytes));
    SIM_ASSERT(shape->atom_bytes >= 32 && shape->atom_bytes <= 64);
    SIM_ASSERT(shape->row_bytes >= DRAM_LINE);
    SIM_ASSERT(shape->channels >= 1);
    SIM_ASSERT(shape->map == DRAM_MAP_LINES ||
               (shape->gang == 1 && is_power_of_two(shape->channels)));
}

uint32_t dram_map_grain(const struct dram_shape *shape)
{
    switch (shape->map) {
    case DRAM_MAP_PAIRS:
        return 64;
    case DRAM_MAP_MOP4:
        return shape->atom_bytes;
    default:
        return DRAM_LINE;
    }
}

/* Cut the lowest field off an address; `count` is a power of two. */
static uint32_t take(uint64_t *rest, uint32_t count)
{
    uint32_t field = (uint32_t)(*rest & (count - 1));
    *rest >>= __builtin_ctz(count);
    return field;
}

/* Turns gangs from row to row, so that streams far apart do not meet in one bank in step. */
static uint32_t turned(uint64_t row)
{
    return (uint32_t)(row * UINT64_C(0x9E3779B97F4A7C15) >> 40);
}

static struct dram_place locate_lines(const struct dram_shape *shape, uint64_t address)
{
    uint64_t line = address / DRAM_LINE;
    uint32_t atom = (uint32_t)(address % DRAM_LINE) / shape->atom_bytes;
    uint32_t channel = spread_line(line, shape->channels);
    uint64_t rest = line / shape->channels;

    uint32_t nth = take(&rest, shape->row_bytes * shape->gang / DRAM_LINE);
    uint32_t gangs = shape->groups * shape->banks / shape->gang;
    uint32_t gang = take(&rest, gangs) ^ (turned(rest) & (gangs - 1));
    atom += nth * (DRAM_LINE / shape->atom_bytes);
    return (struct dram_place){ .channel = channel,
                                .row = (uint32_t)rest,
                                .gang = gang,
                                .offset = atom & (shape->gang - 1),
                                .column = atom >> __builtin_ctz(shape->gang) };
}

static struct dram_place locate_rows(const struct dram_shape *shape, uint64_t address)
{
    uint64_t rest = address / shape->atom_bytes;
    uint32_t column = take(&rest, shape->row_bytes / shape->atom_bytes);
    uint32_t channel = take(&rest, shape->channels);
    uint32_t bank = take(&rest, shape->banks), group = take(&rest, shape->groups);
    return (struct dram_place){ .channel = channel,
                                .row = (uint32_t)rest,
                                .gang = bank * shape->groups + group,
                                .column = column };
}

static struct dram_place locate_pairs(const struct dram_shape *shape, uint64_t address)
{
    uint64_t rest = address / shape->atom_bytes;
    uint32_t column = take(&rest, 64 / shape->atom_bytes);
    uint32_t channel = take(&rest, shape->channels);
    column += take(&rest, shape->row_bytes / 64) * (64 / shape->atom_bytes);
    uint32_t bank = take(&rest, shape->groups * shape->banks); /* the group is its low part */
    return (struct dram_place){
        .channel = channel, .row = (uint32_t)rest, .gang = bank, .column = column
    };
}

static struct dram_place locate_mop4(const struct dram_shape *shape, uint64_t address)
{
    uint64_t rest = address / shape->atom_bytes;
    uint32_t column = take(&rest, 4);
    uint32_t channel = take(&rest, shape->channels);
    uint32_t bank = take(&rest, shape->groups * shape->banks);
    column += take(&rest, shape->row_bytes / shape->atom_bytes / 4) * 4;

    /* The bits of the column, from the lowest up, turn the channel, then the bank. */
    uint32_t hash = column;
    channel ^= hash & (shape->channels - 1);
    hash /= shape->channels;
    bank ^= hash & (shape->groups * shape->banks - 1);
    return (struct dram_place){
        .channel = channel, .row = (uint32_t)rest, .gang = bank, .column = column
    };
}

struct dram_place dram_locate(const struct dram_shape *shape, uint64_t address)
{
    switch (shape->map) {
    case DRAM_MAP_ROWS:
        return locate_rows(shape, address);
    case DRAM_MAP_PAIRS:
        return locate_pairs(shape, address);
    case DRAM_MAP_MOP4:
        return locate_mop4(shape, address);
    default:
        return locate_lines(shape, address);
    }
}
