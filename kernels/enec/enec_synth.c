#include "kernels/enec/enec_synth.h"

#include "kernels/enec/enec_clones.h"
#include "kernels/ir/element.h"
#include "kernels/ir/fmath.h"

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

/* A row's own generator (splitmix64). */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/*
 * Normal numbers by the polar method: a point in the unit circle, stretched. Only IEEE
 * operations and our own logarithm. Points go in batches, through loops that vectorise: this
 * is most of the time of the ENEC kernels without data.
 */
#define BATCH 64

struct points {
    double x[2 * BATCH], y[2 * BATCH], square[2 * BATCH]; /* x^2 + y^2, below 1 */
    size_t count;
};

struct normals {
    uint64_t state;
    struct points points; /* not used yet */
    double next[2 * BATCH];
    size_t used; /* of next */
};

/* In (-1, 1), never zero. */
static inline double unit(uint32_t bits)
{
    /* As a signed number, which a double is made of without a branch. */
    return (2 * (double)(int32_t)(bits ^ UINT32_C(0x80000000)) + 1) * 0x1p-32;
}

ENEC_CLONES
static void draw_points(uint64_t *state, struct points *candidates)
{
    uint64_t bits[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
        uint64_t at = *state + i * UINT64_C(0x9e3779b97f4a7c15);
        bits[i] = draw(&at);
    }
    for (size_t i = 0; i < BATCH; i++) {
        double x = unit((uint32_t)bits[i]), y = unit((uint32_t)(bits[i] >> 32));
        candidates->x[i] = x;
        candidates->y[i] = y;
        candidates->square[i] = x * x + y * y;
    }
    *state += BATCH * UINT64_C(0x9e3779b97f4a7c15);
}

/* Those of a batch of points that lie in the circle; fewer than a batch were left. */
static void add_points(struct normals *normals)
{
    struct points candidates, *points = &normals->points;
    size_t count = points->count;

    draw_points(&normals->state, &candidates);
    for (size_t i = 0; i < BATCH; i++) {
        points->x[count] = candidates.x[i];
        points->y[count] = candidates.y[i];
        points->square[count] = candidates.square[i];
        count += candidates.square[i] < 1;
    }
    points->count = count;
}

/* The logarithm of a number below 1, to the first order in what an f32 drops of it: one that
 * rounds to 1 must not give 0, for a weight of 0 has an exponent of its own. */
static inline double ln_below_1(double x)
{
    float near = (float)x;
    return (double)(float)ln_positive(near) + (x - (double)near) / (double)near;
}

ENEC_CLONES
static void stretch(const struct points *restrict points, double *restrict out)
{
    for (size_t i = 0; i < BATCH; i++) {
        double square = points->square[i];
        double by = sqrt(-2 * ln_below_1(square) / square);
        out[2 * i] = points->x[i] * by;
        out[2 * i + 1] = points->y[i] * by;
    }
}

static void next_batch(struct normals *normals)
{
    struct points *points = &normals->points;

    while (points->count < BATCH)
        add_points(normals);
    stretch(points, normals->next);
    normals->used = 0;

    points->count -= BATCH;
    memcpy(points->x, points->x + BATCH, points->count * sizeof *points->x);
    memcpy(points->y, points->y + BATCH, points->count * sizeof *points->y);
    memcpy(points->square, points->square + BATCH, points->count * sizeof *points->square);
}

static void synth_row(const struct enec_model *model, uint64_t state, size_t count,
                      uint8_t *out)
{
    struct normals normals = { .state = state };
    float weights[2 * BATCH];

    next_batch(&normals);
    double scale = model->sigma * (double)f32_exp((float)(model->spread * normals.next[0]));
    normals.used = 2; /* a pair for the scale */

    for (size_t done = 0, n; done < count; done += n) {
        if (normals.used == 2 * BATCH)
            next_batch(&normals);
        for (size_t i = 0; i < 2 * BATCH; i++)
            weights[i] = (float)(scale * normals.next[i]);
        n = 2 * BATCH - normals.used < count - done ? 2 * BATCH - normals.used : count - done;
        elements_from_f32(model->type, out + dtype_bytes(model->type, done),
                          weights + normals.used, n);
        normals.used += n;
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
