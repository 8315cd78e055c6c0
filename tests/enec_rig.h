#ifndef NPUSIM_TESTS_ENEC_RIG_H
#define NPUSIM_TESTS_ENEC_RIG_H
/* Elements through the codec and back, for its tests. */
#include "kernels/enec/enec_compress.h"
#include "kernels/enec/enec_search.h"
#include "kernels/enec/enec_synth.h"

/* A stream, and what it was made with. */
struct packed {
    struct enec_params params;
    struct enec_layout layout;
    uint8_t *bytes;
    uint64_t length;
};

/* The parameters that the search chooses, for 48 vector cores. */
struct enec_params searched(enum dtype type, const void *data, uint64_t elements);

/* Compress, or fail the test. The caller frees bytes. */
struct packed pack(const struct enec_params *params, const void *data, uint64_t elements);

/* Compress, decompress and compare; returns the length of the stream. */
uint64_t assert_round_trip(const struct enec_params *params, const void *data,
                           uint64_t elements);

#endif
