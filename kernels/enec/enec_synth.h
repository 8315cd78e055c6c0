#ifndef NPUSIM_KERNELS_ENEC_ENEC_SYNTH_H
#define NPUSIM_KERNELS_ENEC_ENEC_SYNTH_H
/*
 * Synthetic weights whose exponents are distributed as those of trained models: a row of
 * ENEC_ROW weights (one output channel) has a scale sigma * exp(spread * N(0, 1)), and its
 * weights are that scale times N(0, 1), rounded to nearest even. Within a row the order of
 * weights carries no information, which is also what shuffling real ones shows.
 *
 * A row depends on the model, the seed and its own number only: the same bits on every host,
 * and a longer tensor begins with the shorter one.
 */
#include "kernels/ir/dtype.h"

#include <stddef.h>

#define ENEC_ROW 4096

struct enec_model {
    const char *name, *title;
    enum dtype type;
    unsigned b, n, m; /* as published, of most tensors */
    double ratio;     /* as published, of the whole model */
    double sigma, spread;
};

extern const struct enec_model enec_models[];
extern const size_t enec_model_count;

/* Make `elements` from the beginning of row `first` on; `out` needs no alignment. */
void enec_synth(const struct enec_model *model, uint64_t seed, uint64_t first,
                uint64_t elements, void *out);

#endif
