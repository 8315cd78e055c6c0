#include "kernels/enec/enec_pack.h"

#include "kernels/enec/enec_clones.h"
#include "sim/assert.h"

/* Numbers of one width on their way to bytes: the lanes from `base` on. */
struct level {
    size_t base, count;
    unsigned width;
};

#define LEVELS_MAX 3 /* 7 bits: 14, then 6 -> 12, then 4 -> 8 */

/* low |= high << shift, and high keeps its shifted value. */
ENEC_CLONES static void fold(uint16_t *restrict low, uint16_t *restrict high, size_t count,
                             unsigned shift)
{
    for (size_t i = 0; i < count; i++) {
        high[i] = (uint16_t)(high[i] << shift);
        low[i] |= high[i];
    }
}

/* high = low >> shift, and low keeps what is below. */
ENEC_CLONES static void split(uint16_t *restrict low, uint16_t *restrict high, size_t count,
                              unsigned shift)
{
    uint16_t kept = (uint16_t)((1u << shift) - 1);
    for (size_t i = 0; i < count; i++) {
        high[i] = (uint16_t)(low[i] >> shift);
        low[i] &= kept;
    }
}

/* low |= high << 8, where the halves of a number wider than a byte meet again. */
ENEC_CLONES static void join(uint16_t *restrict low, const uint16_t *restrict high,
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        low[i] |= (uint16_t)(high[i] << 8);
}

/* The level after folding: 8 bits or more. */
static struct level folded(struct level level)
{
    while (level.width < 8) {
        level.width *= 2;
        level.count /= 2;
    }
    return level;
}

/* What is left of a level when its bytes are taken away. */
static struct level rest(struct level level)
{
    level = folded(level);
    return (struct level){ level.base + level.count, level.count, level.width - 8 };
}

static size_t byte_count(size_t count, unsigned width)
{
    return count * width / 8;
}

void enec_pack(uint16_t *lanes, size_t count, unsigned width)
{
    SIM_ASSERT(count % 256 == 0 && width >= 1 && width <= ENEC_PACK_MAX);

    for (struct level level = { 0, count, width }; level.width != 0; level = rest(level)) {
        uint16_t *low = lanes + level.base;
        size_t half = level.count;
        for (unsigned bits = level.width; bits < 8; bits *= 2) {
            half /= 2;
            fold(low, low + half, half, bits);
        }
        if (folded(level).width > 8)
            split(low, low + half, half, 8);
    }
    size_t half = byte_count(count, width) / 2;
    fold(lanes, lanes + half, half, 8);
}

/* Spread the lanes of a folded level again. */
static void unfold(uint16_t *lanes, struct level level)
{
    struct level at = folded(level);
    while (at.width > level.width) {
        at.width /= 2;
        split(lanes + at.base, lanes + at.base + at.count, at.count, at.width);
        at.count *= 2;
    }
}

void enec_unpack(uint16_t *lanes, size_t count, unsigned width)
{
    SIM_ASSERT(count % 256 == 0 && width >= 1 && width <= ENEC_PACK_MAX);

    struct level levels[LEVELS_MAX];
    unsigned depth = 0;
    for (struct level level = { 0, count, width }; level.width != 0; level = rest(level))
        levels[depth++] = level;

    size_t half = byte_count(count, width) / 2;
    split(lanes, lanes + half, half, 8);
    while (depth-- > 0) {
        struct level bytes = folded(levels[depth]);
        if (bytes.width > 8)
            join(lanes + bytes.base, lanes + bytes.base + bytes.count, bytes.count);
        unfold(lanes, levels[depth]);
    }
}
