#include "kernels/enec/enec_block.h"

#include "kernels/enec/enec_clones.h"
#include "sim/assert.h"

#include <string.h>

#define HALF (ENEC_BLOCK / 2)
#define QUARTER (ENEC_BLOCK / 4)

/*
 * With t = e - least, what (b, n) can represent is t < 2^n, and y = (b - e) mod 2^n is
 * 2^(n-1) - 1 - t mod 2^n.
 */
struct transform {
    uint16_t least, flip, kept; /* flip = 2^(n-1) - 1, kept = 2^n - 1 */
};

static struct transform transform_of(const struct enec_params *params)
{
    return (struct transform){ .least = (uint16_t)enec_least(params),
                               .flip = (uint16_t)((1u << (params->n - 1)) - 1),
                               .kept = (uint16_t)((1u << params->n) - 1) };
}

/* --- bf16 --- */

static uint16_t bf16_exponent(uint16_t x)
{
    return x >> 7 & 0xff;
}

/* mantissa << 1 | sign */
static uint16_t bf16_ms(uint16_t x)
{
    return (uint16_t)((x << 1 & 0xfe) | x >> 15);
}

static uint16_t bf16_of(uint16_t exponent, uint16_t ms)
{
    return (uint16_t)((exponent & 0xff) << 7 | (ms & 0xff) >> 1 | ms << 15);
}

/* The exponents of the block as y, and the bits of t that should be zero or-ed. */
ENEC_CLONES static uint16_t split_bf16(const uint16_t *restrict x, uint16_t *restrict ms,
                                       uint16_t *restrict y, struct transform by)
{
    uint16_t all = 0;
    for (size_t j = 0; j < HALF; j++) {
        uint16_t low = (uint16_t)(bf16_exponent(x[j]) - by.least);
        uint16_t high = (uint16_t)(bf16_exponent(x[j + HALF]) - by.least);
        all |= low | high;
        y[j] = (by.flip - low) & by.kept;
        y[j + HALF] = (by.flip - high) & by.kept;
        ms[j] = (uint16_t)(bf16_ms(x[j]) | bf16_ms(x[j + HALF]) << 8);
    }
    return all & (uint16_t)~by.kept;
}

ENEC_CLONES static void join_bf16(uint16_t *restrict x, const uint16_t *restrict ms,
                                  const uint16_t *restrict y, struct transform by)
{
    for (size_t j = 0; j < HALF; j++) {
        uint16_t low = (uint16_t)(((by.flip - y[j]) & by.kept) + by.least);
        uint16_t high = (uint16_t)(((by.flip - y[j + HALF]) & by.kept) + by.least);
        x[j] = bf16_of(low, ms[j]);
        x[j + HALF] = bf16_of(high, ms[j] >> 8);
    }
}

/* --- f16 --- */

ENEC_CLONES static uint16_t split_f16(const uint16_t *restrict x, uint16_t *restrict ms,
                                      uint16_t *restrict y, struct transform by)
{
    uint16_t all = 0;
    for (size_t j = 0; j < ENEC_BLOCK; j++) {
        uint16_t t = (uint16_t)((x[j] >> 10 & 0x1f) - by.least);
        all |= t;
        y[j] = (by.flip - t) & by.kept;
        ms[j] = (uint16_t)((x[j] << 1 & 0x7fe) | x[j] >> 15);
    }
    enec_pack(ms, ENEC_BLOCK, 11);
    return all & (uint16_t)~by.kept;
}

ENEC_CLONES static void join_f16(uint16_t *restrict x, uint16_t *restrict ms,
                                 const uint16_t *restrict y, struct transform by)
{
    enec_unpack(ms, ENEC_BLOCK, 11);
    for (size_t j = 0; j < ENEC_BLOCK; j++) {
        uint16_t exponent = (uint16_t)(((by.flip - y[j]) & by.kept) + by.least);
        x[j] = (uint16_t)((exponent & 0x1f) << 10 | ms[j] >> 1 | ms[j] << 15);
    }
}

/* --- f32: the lower half as it is, the upper one a bf16 --- */

ENEC_CLONES static void halve_f32(const uint16_t *restrict data, uint16_t *restrict low,
                                  uint16_t *restrict high)
{
    for (size_t j = 0; j < HALF; j++) {
        low[2 * j] = data[2 * j];
        low[2 * j + 1] = data[2 * (j + HALF)];
    }
    for (size_t i = 0; i < ENEC_BLOCK; i++)
        high[i] = data[2 * i + 1];
}

ENEC_CLONES static void unite_f32(uint16_t *restrict data, const uint16_t *restrict low,
                                  const uint16_t *restrict high)
{
    for (size_t j = 0; j < HALF; j++) {
        data[2 * j] = low[2 * j];
        data[2 * (j + HALF)] = low[2 * j + 1];
    }
    for (size_t i = 0; i < ENEC_BLOCK; i++)
        data[2 * i + 1] = high[i];
}

bool enec_block_split(const struct enec_params *params, struct enec_block *block)
{
    struct transform by = transform_of(params);

    if (params->type == DT_f16)
        return split_f16(block->data, block->ms, block->y, by) == 0;
    if (params->type == DT_bf16)
        return split_bf16(block->data, block->ms, block->y, by) == 0;
    halve_f32(block->data, block->ms0, block->gathered);
    return split_bf16(block->gathered, block->ms, block->y, by) == 0;
}

void enec_block_join(const struct enec_params *params, struct enec_block *block)
{
    struct transform by = transform_of(params);

    if (params->type == DT_f16) {
        join_f16(block->data, block->ms, block->y, by);
    } else if (params->type == DT_bf16) {
        join_bf16(block->data, block->ms, block->y, by);
    } else {
        join_bf16(block->gathered, block->ms, block->y, by);
        unite_f32(block->data, block->ms0, block->gathered);
    }
}

size_t enec_block_misfit(const struct enec_params *params, const struct enec_block *block,
                         unsigned *exponent)
{
    size_t i = 0;
    for (; i < ENEC_BLOCK; i++) {
        uint16_t x = block->data[params->type == DT_f32 ? 2 * i + 1 : i];
        *exponent = params->type == DT_f16 ? x >> 10 & 0x1f : bf16_exponent(x);
        int t = (int)*exponent - enec_least(params);
        if (t < 0 || t >= 1 << params->n)
            break;
    }
    SIM_ASSERT(i < ENEC_BLOCK);
    return i;
}

/* --- exponents --- */

/* Or the 16 planes, eight at a time: the sums stay in registers. */
ENEC_CLONES static void fold_or(uint16_t *restrict out, const uint16_t *restrict y)
{
    memset(out, 0, ENEC_GROUPS * sizeof *out);
    for (size_t half = 0; half < 2; half++, y += 8 * ENEC_GROUPS) {
        for (size_t g = 0; g < ENEC_GROUPS; g++)
            out[g] |= y[g] | y[g + ENEC_GROUPS] | y[g + 2 * ENEC_GROUPS] |
                      y[g + 3 * ENEC_GROUPS] | y[g + 4 * ENEC_GROUPS] | y[g + 5 * ENEC_GROUPS] |
                      y[g + 6 * ENEC_GROUPS] | y[g + 7 * ENEC_GROUPS];
    }
}

/* Eight bytes of 0 or 1 as eight bits, the first the lowest: the product moves byte k from bit
 * 8 k to bit 56 + k, and no two of its sums meet. */
static uint8_t bits_of(const uint8_t flags[8])
{
    uint64_t bytes;
    memcpy(&bytes, flags, sizeof bytes);
    return (uint8_t)(bytes * UINT64_C(0x0102040810204080) >> 56);
}

/* Which groups have a y above `kept`, as a mask and as a list. */
static void find_outliers(const uint16_t *all, uint16_t kept, struct enec_block *block)
{
    uint8_t flags[ENEC_GROUPS];
    size_t count = 0;

    for (size_t g = 0; g < ENEC_GROUPS; g++)
        flags[g] = all[g] > kept;
    for (size_t i = 0; i < ENEC_MASK_BYTES; i++)
        block->mask[i] = bits_of(flags + 8 * i);
    for (size_t g = 0; g < ENEC_GROUPS; g++) {
        block->outliers.group[count] = (uint16_t)g; /* the next overwrites all but outliers */
        count += flags[g];
    }
    block->outliers.count = count;
}

/*
 * The low m bits of every y, folded once or, where the rule folds at least twice, twice: the
 * first steps of packing and the last of unpacking, without the stores in between.
 */
static bool folds_twice(unsigned m)
{
    return 2 * m < 8;
}

ENEC_CLONES static void pack_low(uint16_t *restrict out, const uint16_t *restrict y, unsigned m)
{
    uint16_t kept = (uint16_t)((1u << m) - 1);
    if (folds_twice(m)) {
        for (size_t i = 0; i < QUARTER; i++)
            out[i] = (uint16_t)((y[i] & kept) | (y[i + HALF] & kept) << m |
                                (y[i + QUARTER] & kept) << 2 * m |
                                (y[i + HALF + QUARTER] & kept) << 3 * m);
        enec_pack(out, QUARTER, 4 * m);
    } else {
        for (size_t i = 0; i < HALF; i++)
            out[i] = (uint16_t)((y[i] & kept) | (y[i + HALF] & kept) << m);
        enec_pack(out, HALF, 2 * m);
    }
}

/* Destroys `in`. */
ENEC_CLONES static void unpack_low(uint16_t *restrict y, uint16_t *restrict in, unsigned m)
{
    uint16_t kept = (uint16_t)((1u << m) - 1);
    if (folds_twice(m)) {
        enec_unpack(in, QUARTER, 4 * m);
        for (size_t i = 0; i < QUARTER; i++) {
            y[i] = in[i] & kept;
            y[i + HALF] = (uint16_t)(in[i] >> m & kept);
            y[i + QUARTER] = (uint16_t)(in[i] >> 2 * m & kept);
            y[i + HALF + QUARTER] = (uint16_t)(in[i] >> 3 * m);
        }
    } else {
        enec_unpack(in, HALF, 2 * m);
        for (size_t i = 0; i < HALF; i++) {
            y[i] = in[i] & kept;
            y[i + HALF] = (uint16_t)(in[i] >> m);
        }
    }
}

void enec_mask_read(const uint8_t mask[ENEC_MASK_BYTES], struct enec_outliers *out)
{
    size_t count = 0;
    for (size_t g = 0; g < ENEC_GROUPS; g++) {
        out->group[count] = (uint16_t)g; /* as above */
        count += mask[g / 8] >> (g % 8) & 1;
    }
    out->count = count;
}

/*
 * Lanes of outlier groups, by plane, then by group. Both loops are told that nothing
 * overlaps, or each store would wait for the next load of a group.
 */
static void gather(uint16_t *restrict out, const uint16_t *restrict y,
                   const uint16_t *restrict group, size_t count)
{
    for (size_t plane = 0; plane < ENEC_GROUP; plane++, y += ENEC_GROUPS) {
        for (size_t i = 0; i < count; i++)
            *out++ = y[group[i]];
    }
}

#define PLANES 4 /* at once: independent chains of load, or, store */

static void scatter(uint16_t *restrict y, const uint16_t *restrict high,
                    const uint16_t *restrict group, size_t count, unsigned m)
{
    for (size_t plane = 0; plane < ENEC_GROUP; plane += PLANES) {
        for (size_t i = 0; i < count; i++) {
            uint16_t *lane = y + group[i];
            lane[0] |= (uint16_t)(high[i] << m);
            lane[ENEC_GROUPS] |= (uint16_t)(high[i + count] << m);
            lane[2 * ENEC_GROUPS] |= (uint16_t)(high[i + 2 * count] << m);
            lane[3 * ENEC_GROUPS] |= (uint16_t)(high[i + 3 * count] << m);
        }
        y += PLANES * ENEC_GROUPS;
        high += PLANES * count;
    }
}

void enec_block_quantise(const struct enec_params *params, struct enec_block *block)
{
    const struct enec_outliers *outliers = &block->outliers;
    uint16_t kept = (uint16_t)((1u << params->m) - 1);
    uint16_t all[ENEC_GROUPS];

    fold_or(all, block->y);
    find_outliers(all, kept, block);
    gather(block->gathered, block->y, outliers->group, outliers->count);
    pack_low(block->e0, block->y, params->m);
}

void enec_block_expand(const struct enec_params *params, struct enec_block *block)
{
    const struct enec_outliers *outliers = &block->outliers;

    unpack_low(block->y, block->e0, params->m);
    scatter(block->y, block->gathered, outliers->group, outliers->count, params->m);
}
