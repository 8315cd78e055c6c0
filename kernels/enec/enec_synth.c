#include "kernels/enec/enec_synth.h"

#include "kernels/ir/fmath.h"
#include "kernels/ir/half.h"

#include <math.h>
#include <string.h>

const struct enec_model enec_models[] = {
#define ENEC_MODEL(name_, title_, dtype_, b_, n_, m_, ratio_, sigma_, spread_)                 \
    { .name = name_,                                                                           \
      .title = title_,                                                                         \
      .type = DT_##dtype_,                                                                     \
      .b = b_,                                                                                 \
      .n = n_,                                                                                 \
      .m = m_,                                                                                 \
      .ratio = ratio_,                                                                         \
      .sigma = sigma_,                                                                         \
      .spread = spread_ },
#include "kernels/enec/enec_models.def"
#undef ENEC_MODEL
};

const size_t enec_model_count = sizeof enec_models / sizeof *enec_models;

/* A row's own generator (splitmix64), kept in registers: this is most of the time. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In (-1, 1), never zero. */
static double unit(uint32_t bits)
{
    return (2 * (double)bits + 1) * 0x1p-32 - 1;
}

/* The logarithm of a number below 1, to the first order in what an f32 drops of it: one that
 * rounds to 1 must not give 0, for a weight of 0 has an exponent of its own. */
static double ln_below_1(double x)
{
    float near = (float)x;
    return (double)f32_ln(near) + (x - (double)near) / (double)near;
}

/* Two normal numbers by the polar method: a point in the unit circle, stretched. Only IEEE
 * operations and our own logarithm. */
static void normal_pair(uint64_t *state, double out[2])
{
    double x, y, square;
    do {
        uint64_t bits = draw(state);
        x = unit((uint32_t)bits);
        y = unit((uint32_t)(bits >> 32));
        square = x * x + y * y;
    } while (square >= 1);
    double stretch = sqrt(-2 * ln_below_1(square) / square);
    out[0] = x * stretch;
    out[1] = y * stretch;
}

static void put(enum dtype type, uint8_t *out, size_t index, float value)
{
    if (type == DT_f32) {
        memcpy(out + index * sizeof value, &value, sizeof value);
        return;
    }
    uint16_t half = type == DT_bf16 ? f32_to_bf16(value) : f32_to_f16(value);
    memcpy(out + index * sizeof half, &half, sizeof half);
}

static void synth_row(const struct enec_model *model, uint64_t state, size_t count,
                      uint8_t *out)
{
    double pair[2];
    normal_pair(&state, pair);
    double scale = model->sigma * (double)f32_exp((float)(model->spread * pair[0]));
    for (size_t i = 0; i < count; i++) {
        if (i % 2 == 0)
            normal_pair(&state, pair);
        put(model->type, out, i, (float)(scale * pair[i % 2]));
    }
}

void enec_synth(const struct enec_model *model, uint64_t seed, uint64_t first,
                uint64_t elements, void *out)
{
    uint64_t seeded = draw(&seed);
    uint8_t *at = out;

    for (uint64_t row = first; elements != 0; row++) {
        size_t count = elements < ENEC_ROW ? (size_t)elements : ENEC_ROW;
        uint64_t state = seeded ^ row;
        state = draw(&state);
        synth_row(model, state, count, at);
        at += count * dtype_info[model->type].bits / 8;
        elements -= count;
    }
}
