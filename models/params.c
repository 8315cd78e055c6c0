#include "models/params.h"

#include "models/memory_dram.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

const struct param_info param_info[PARAM_COUNT] = {
#define PARAM(section_, name_, unit_, scale_, min_, max_, meaning_)                            \
    { .name = #section_ "." #name_,                                                            \
      .unit = unit_,                                                                           \
      .meaning = meaning_,                                                                     \
      .scale = scale_,                                                                         \
      .min = min_,                                                                             \
      .max = max_ },
#include "models/params.def"
#undef PARAM
};

const char *const param_kind_names[KIND_COUNT] = {
    "MEAS", "CFG", "SPEC", "MODEL", "FITTED", "ASSUMED",
};

void chip_free(struct chip *chip)
{
    if (chip == NULL)
        return;
    for (size_t i = 0; i < PARAM_COUNT; i++)
        mem_free(chip->origin[i].source);
    mem_free(chip->description);
    mem_free(chip);
}

int64_t param_get(const struct params *params, enum param_id id)
{
    switch (id) {
#define PARAM(section, name, ...)                                                              \
    case PARAM_##section##_##name:                                                             \
        return params->section##_##name;
#include "models/params.def"
#undef PARAM
    case PARAM_COUNT:
        break;
    }
    SIM_ASSERT(id < PARAM_COUNT);
    return 0;
}

void param_format(const struct chip *chip, enum param_id id, char *out)
{
    int64_t value = param_get(&chip->params, id);
    int64_t scale = param_info[id].scale;
    int64_t rest = value % scale;
    SIM_ASSERT(value >= 0);

    int length = sprintf(out, "%" PRId64, value / scale);
    if (rest == 0)
        return;
    out[length++] = '.';
    while (rest != 0) { /* scales are powers of ten */
        scale /= 10;
        out[length++] = (char)('0' + rest / scale);
        rest %= scale;
    }
    out[length] = '\0';
}

/* FNV-1a, 64 bits. */
static uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * UINT64_C(0x100000001b3);
}

/* Names and the bytes of values from the lowest, so that every machine agrees. */
void chip_hash(const struct chip *chip, char out[17])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (enum param_id id = 0; id < PARAM_COUNT; id++) {
        const char *name = param_info[id].name;
        do
            hash = hash_byte(hash, (unsigned char)*name);
        while (*name++ != '\0');

        uint64_t value = (uint64_t)param_get(&chip->params, id);
        for (unsigned shift = 0; shift < 64; shift += 8)
            hash = hash_byte(hash, (unsigned char)(value >> shift & 0xff));
    }
    snprintf(out, 17, "%016" PRIx64, hash);
}

/* Rough rates for choosing tiles: whole numbers, and never none at all. */
static uint64_t per_cycle(int64_t rate, int64_t unit)
{
    return rate > unit ? (uint64_t)(rate / unit) : 1;
}

void chip_target(const struct chip *chip, struct target *target)
{
    const struct params *params = &chip->params;

    *target = (struct target){
        .aic = (unsigned)params->chip_aic,
        .aiv = (unsigned)(params->chip_aic * params->chip_aiv_per_aic),
        .capacity = {
            [SPACE_GM] = (uint64_t)params->hbm_bytes,
            [SPACE_L1] = (uint64_t)params->buffer_l1,
            [SPACE_L0A] = (uint64_t)params->buffer_l0a,
            [SPACE_L0B] = (uint64_t)params->buffer_l0b,
            [SPACE_L0C] = (uint64_t)params->buffer_l0c,
            [SPACE_UB] = (uint64_t)params->buffer_ub,
            [SPACE_BT] = (uint64_t)params->buffer_bt,
            [SPACE_FB] = (uint64_t)params->buffer_fb,
            [SPACE_SPR] = KSPR_BYTES,
        },
        .l2_bytes = (uint64_t)params->l2_bytes,
        .clock_mhz = (uint64_t)params->core_clock,
        .hbm_bytes_per_cycle = per_cycle((int64_t)dram_peak(params), params->core_clock),
        .l2_bytes_per_cycle = per_cycle(params->l2_rate, params->core_clock),
        .gm_l1_bytes_per_cycle =
            per_cycle(params->gm_l1_rate, param_info[PARAM_gm_l1_rate].scale),
        .nz_millicycles = (uint64_t)params->gm_l1_nz,
        .nz_b8_bytes_per_cycle = per_cycle(params->gm_l1_nz_b8, param_info[PARAM_gm_l1_nz_b8].scale),
        .head_cycles = (uint64_t)(params->launch_head * params->core_clock / 1000), /* ns */
        .lacks = {
            [SPACE_GM] = params->gm_l0_rate == 0 ? 1u << SPACE_L0A | 1u << SPACE_L0B : 0,
            [SPACE_UB] = params->ub_l1_rate == 0 ? 1u << SPACE_L1 : 0,
            [SPACE_L1] = params->l1_ub_rate == 0 ? 1u << SPACE_UB : 0,
            [SPACE_L0C] = (params->l0c_ub_rate == 0 ? 1u << SPACE_UB : 0) |
                          (params->l0c_gm_rate == 0 ? 1u << SPACE_GM : 0) |
                          (params->l0c_l1_rate == 0 ? 1u << SPACE_L1 : 0),
        },
        .no_cube_types = (params->cube_k_i4 == 0 ? 1u << DT_i4 : 0) |
                         (params->cube_k_f32 == 0 ? 1u << DT_f32 : 0),
        .no_types = params->chip_bf16 == 0 ? 1u << DT_bf16 : 0,
        .coupled = params->chip_coupled != 0,
    };
}
