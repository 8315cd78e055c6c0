#include "models/params_check.h"

#include "models/memory_dram.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define EXACT_MAX 9007199254740992.0 /* 2^53: whole doubles are exact up to here */

static void put(struct params *params, enum param_id id, int64_t value)
{
    switch (id) {
#define PARAM(section, name, ...)                                                              \
    case PARAM_##section##_##name:                                                             \
        params->section##_##name = value;                                                      \
        return;
#include "models/params.def"
#undef PARAM
    case PARAM_COUNT:
        break;
    }
    SIM_ASSERT(id < PARAM_COUNT);
}

/*
 * A decimal number of 1/scale units was read as the double nearest to it, and so
 * is the quotient of two whole numbers rounded: comparing them is exact, where a
 * product with the scale would need a tolerance.
 */
bool param_accept(struct params *params, enum param_id id, double value, char why[PARAM_WHY])
{
    const struct param_info *info = &param_info[id];
    double scale = (double)info->scale;
    bool fits = fabs(value) <= EXACT_MAX / scale;
    int64_t scaled = fits ? llround(value * scale) : 0;

    if (!fits || scaled < llround(info->min * scale) || scaled > llround(info->max * scale)) {
        snprintf(why, PARAM_WHY, "%s is %.15g; expected %.15g..%.15g %s", info->name, value,
                 info->min, info->max, info->unit);
        return false;
    }
    if ((double)scaled / scale != value) {
        snprintf(why, PARAM_WHY, "%s is %.15g; expected a whole number of %s%s", info->name,
                 value, info->scale == 1 ? "" : "thousandths of ", info->unit);
        return false;
    }
    put(params, id, scaled);
    return true;
}

/* `id` must be a multiple of `unit`, times the parameter `times` if there is one. */
struct multiple {
    enum param_id id;
    int64_t unit;
    enum param_id times; /* PARAM_COUNT: none */
};

static const struct multiple multiples[] = {
    /* Addresses in a buffer are multiples of these (Ascend C developer kit, NPU
     * architecture 2201), so a buffer is a whole number of them. */
    { PARAM_buffer_l1, 32, PARAM_COUNT },
    { PARAM_buffer_l0a, 512, PARAM_COUNT },
    { PARAM_buffer_l0b, 512, PARAM_COUNT },
    { PARAM_buffer_l0c, 64, PARAM_COUNT },
    { PARAM_buffer_ub, 32, PARAM_COUNT },
    { PARAM_buffer_bt, 64, PARAM_COUNT },
    { PARAM_buffer_fb, 64, PARAM_COUNT },
    /* A bank is whole rows of 32 bytes in every group. */
    { PARAM_vector_bank_bytes, 32, PARAM_vector_bank_groups },
    /* Sets of 512-byte lines. */
    { PARAM_l2_bytes, 512, PARAM_l2_ways },
    { PARAM_hbm_bytes, 512, PARAM_COUNT },
};

static bool check_multiple(const struct params *params, const struct multiple *rule,
                           struct param_fault *fault)
{
    const struct param_info *info = &param_info[rule->id];
    int64_t value = param_get(params, rule->id);
    bool lone = rule->times == PARAM_COUNT;
    int64_t unit = lone ? rule->unit : rule->unit * param_get(params, rule->times);
    if (value % unit == 0)
        return true;

    *fault = (struct param_fault){ .about = { rule->id, rule->times, PARAM_COUNT } };
    int length = snprintf(fault->why, sizeof fault->why,
                          "%s is %" PRId64 "; expected a multiple of %" PRId64 " %s",
                          info->name, value, unit, info->unit);
    if (!lone)
        snprintf(fault->why + length, sizeof fault->why - (size_t)length, " (%" PRId64 " * %s)",
                 rule->unit, param_info[rule->times].name);
    return false;
}

static bool check_coupled(const struct params *params, struct param_fault *fault)
{
    if (params->chip_coupled == 0 || params->chip_aiv_per_aic == 1)
        return true;
    *fault = (struct param_fault){ .about = { PARAM_chip_aiv_per_aic, PARAM_chip_coupled,
                                              PARAM_COUNT } };
    snprintf(fault->why, sizeof fault->why,
             "chip.aiv_per_aic is %" PRId64 "; expected 1, as chip.coupled is 1",
             params->chip_aiv_per_aic);
    return false;
}

/* A tag of the L2 has 22 bits (models/l2.c), in units of the size of one way. */
static bool check_tags(const struct params *params, struct param_fault *fault)
{
    int64_t most = params->l2_bytes / params->l2_ways * (INT64_C(1) << 22);
    if (params->hbm_bytes <= most)
        return true;

    *fault =
        (struct param_fault){ .about = { PARAM_hbm_bytes, PARAM_l2_bytes, PARAM_l2_ways } };
    snprintf(fault->why, sizeof fault->why,
             "hbm.bytes is %" PRId64 "; expected at most %" PRId64
             " bytes (2^22 * l2.bytes / l2.ways)",
             params->hbm_bytes, most);
    return false;
}

/* Fields of an address (models/dram_map.h). */
static const enum param_id powers_of_two[] = {
    PARAM_hbm_groups, PARAM_hbm_banks, PARAM_hbm_gang, PARAM_hbm_row, PARAM_hbm_atom,
};

static bool check_power_of_two(const struct params *params, enum param_id id,
                               struct param_fault *fault)
{
    int64_t value = param_get(params, id);
    if ((value & (value - 1)) == 0)
        return true;
    *fault = (struct param_fault){ .about = { id, PARAM_COUNT, PARAM_COUNT } };
    snprintf(fault->why, sizeof fault->why, "%s is %" PRId64 "; expected a power of two",
             param_info[id].name, value);
    return false;
}

/* One parameter must not pass another. */
static const struct {
    enum param_id low, high;
    bool may_be_equal;
} orders[] = {
    { PARAM_hbm_gang, PARAM_hbm_groups, true },
    { PARAM_hbm_burst, PARAM_hbm_tccds, true },
    { PARAM_hbm_tccds, PARAM_hbm_tccdl, true },
    { PARAM_hbm_tcwl, PARAM_hbm_tcl, true },
    { PARAM_hbm_write_low, PARAM_hbm_write_high, false },
    { PARAM_hbm_write_high, PARAM_hbm_writes, true },
};

static bool check_order(const struct params *params, enum param_id low, enum param_id high,
                        bool may_be_equal, struct param_fault *fault)
{
    int64_t below = param_get(params, low), above = param_get(params, high);
    if (below < above || (may_be_equal && below == above))
        return true;
    *fault = (struct param_fault){ .about = { low, high, PARAM_COUNT } };
    snprintf(fault->why, sizeof fault->why, "%s is %g; expected %s than %s, which is %g",
             param_info[low].name, (double)below / (double)param_info[low].scale,
             may_be_equal ? "no more" : "less", param_info[high].name,
             (double)above / (double)param_info[high].scale);
    return false;
}

/* What the tables of models/dram_timing.h and memory.h have room for. */
static bool check_dram_size(const struct params *params, struct param_fault *fault)
{
    int64_t channels = params->hbm_stacks * params->hbm_channels * params->hbm_pseudo;
    int64_t banks = params->hbm_groups * params->hbm_banks;
    if (channels > 256) {
        *fault = (struct param_fault){ .about = { PARAM_hbm_channels, PARAM_hbm_stacks,
                                                  PARAM_hbm_pseudo } };
        snprintf(fault->why, sizeof fault->why,
                 "hbm.stacks * hbm.channels * hbm.pseudo is %" PRId64 "; expected at most 256",
                 channels);
        return false;
    }
    if (banks > 64) {
        *fault =
            (struct param_fault){ .about = { PARAM_hbm_banks, PARAM_hbm_groups, PARAM_COUNT } };
        snprintf(fault->why, sizeof fault->why,
                 "hbm.groups * hbm.banks is %" PRId64 "; expected at most 64", banks);
        return false;
    }
    return true;
}

/* Refreshes must leave time for requests, in the clocks that a controller counts. */
static bool check_refresh(const struct params *params, struct param_fault *fault)
{
    struct dram_clocks t = dram_config_of(params).clocks;
    const struct {
        uint32_t clocks;
        enum param_id because;
        const char *what;
    } least[] = {
        { t.trfc + 1, PARAM_hbm_trfc, "one more than hbm.trfc" },
        { (uint32_t)(params->hbm_groups * params->hbm_banks), PARAM_hbm_banks,
          "one for each bank" },
        { t.trfcsb == 0 ? 0 : t.trfcsb + t.tras + t.trp, PARAM_hbm_trfcsb,
          "hbm.trfcsb and a row cycle" },
    };
    for (size_t i = 0; t.trefi != 0 && i < sizeof least / sizeof *least; i++) {
        if (t.trefi >= least[i].clocks)
            continue;
        *fault =
            (struct param_fault){ .about = { PARAM_hbm_trefi, least[i].because, PARAM_COUNT } };
        snprintf(fault->why, sizeof fault->why,
                 "hbm.trefi is %g ns, in clocks %" PRIu32 "; expected at least %" PRIu32 ", %s",
                 (double)params->hbm_trefi / 1000, t.trefi, least[i].clocks, least[i].what);
        return false;
    }
    return true;
}

static bool check_dram(const struct params *params, struct param_fault *fault)
{
    for (size_t i = 0; i < sizeof powers_of_two / sizeof *powers_of_two; i++)
        if (!check_power_of_two(params, powers_of_two[i], fault))
            return false;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (!check_order(params, orders[i].low, orders[i].high, orders[i].may_be_equal, fault))
            return false;
    return check_dram_size(params, fault) && check_refresh(params, fault);
}

bool params_check(const struct params *params, struct param_fault *fault)
{
    for (size_t i = 0; i < sizeof multiples / sizeof *multiples; i++)
        if (!check_multiple(params, &multiples[i], fault))
            return false;
    return check_coupled(params, fault) && check_tags(params, fault) &&
           check_dram(params, fault);
}

void param_keep(char **kept, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = memcpy(mem_new(bytes), text, bytes);
    mem_free(*kept);
    *kept = copy;
}

const char *param_quote(const char *word, char out[PARAM_QUOTE])
{
    static const char tail[] = "...'";
    size_t room = PARAM_QUOTE - sizeof tail;
    size_t n = 0;

    out[n++] = '\'';
    for (; *word != '\0' && n < room; word++)
        out[n++] = (unsigned char)*word < ' ' || *word == '\x7f' ? '?' : *word;

    if (*word == '\0') {
        memcpy(out + n, "'", 2);
        return out;
    }
    for (; n > 1 && ((unsigned char)*word & 0xc0) == 0x80; word--)
        n--; /* do not cut within a UTF-8 character */
    memcpy(out + n, tail, sizeof tail);
    return out;
}
