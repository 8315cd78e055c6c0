#include "kernels/lane_coder.h"

#include "sim/mem.h"

#include <string.h>

struct lane_coder lane_coder_new(unsigned groups, unsigned lanes)
{
    struct lane_coder coder = { .groups = groups, .lanes = lanes };
    coder.state = mem_array((size_t)groups * lanes, sizeof *coder.state);
    coder.count = mem_array(groups, sizeof *coder.count);
    lane_coder_clear(&coder);
    return coder;
}

void lane_coder_free(struct lane_coder *coder)
{
    mem_free(coder->state);
    mem_free(coder->count);
}

void lane_coder_clear(struct lane_coder *coder)
{
    memset(coder->state, 0, (size_t)coder->groups * coder->lanes * sizeof *coder->state);
    for (unsigned group = 0; group < coder->groups; group++)
        coder->count[group] = LANE_FIRST_COUNT;
}

unsigned lane_bits(unsigned rank)
{
    unsigned bits = 0;
    for (; rank != 0; rank >>= 1)
        bits++;
    return bits;
}

bool lane_count_up(int32_t *count, unsigned bits)
{
    *count += (int32_t)bits;
    bool full = *count > LANE_FULL;
    *count -= full ? LANE_FULL : 0;
    return full;
}

bool lane_count_down(int32_t *count, unsigned bits)
{
    *count -= (int32_t)bits;
    bool empty = *count <= 0;
    *count += empty ? LANE_FULL : 0;
    return empty;
}

void lane_push(struct lane_coder *coder, unsigned group, const uint8_t *rank, unsigned bits,
               uint8_t **rows)
{
    uint32_t *state = coder->state + (size_t)group * coder->lanes;

    for (unsigned i = 0; i < coder->lanes; i++)
        state[i] = (state[i] << bits) + rank[i];
    if (!lane_count_up(&coder->count[group], bits))
        return;
    for (unsigned i = 0; i < coder->lanes; i++, *rows += 2) {
        lane_put16(*rows, state[i]);
        state[i] >>= LANE_FULL;
    }
}

void lane_pull(struct lane_coder *coder, unsigned group, unsigned bits, const uint8_t **rows,
               uint8_t *rank)
{
    uint32_t *state = coder->state + (size_t)group * coder->lanes;

    if (lane_count_down(&coder->count[group], bits)) {
        for (unsigned i = 0; i < coder->lanes; i++, *rows += 2)
            state[i] = state[i] << LANE_FULL | lane_get16(*rows);
    }
    for (unsigned i = 0; i < coder->lanes; i++) {
        rank[i] = (uint8_t)(state[i] & ((1u << bits) - 1));
        state[i] >>= bits;
    }
}

void lane_states_put(const struct lane_coder *coder, uint8_t *out)
{
    for (size_t i = 0; i < (size_t)coder->groups * coder->lanes; i++)
        lane_put16(out + 2 * i, coder->state[i]);
}

void lane_states_get(struct lane_coder *coder, const uint8_t *in)
{
    for (size_t i = 0; i < (size_t)coder->groups * coder->lanes; i++)
        coder->state[i] = lane_get16(in + 2 * i);
}
