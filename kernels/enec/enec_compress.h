#ifndef NPUSIM_KERNELS_ENEC_ENEC_COMPRESS_H
#define NPUSIM_KERNELS_ENEC_ENEC_COMPRESS_H
/*
 * Compression as the kernels divide it: each vector core does its blocks, whose fixed-size
 * sections have their place at once, and leaves its part of e1 in a region of its own; the
 * merge kernel then moves the parts together and writes prefix and header.
 */
#include "kernels/enec/enec_block.h"

/*
 * A core's buffer of outliers, all of whose blocks go through it. When it is full it is
 * packed in place, so behind the lanes that are then appended it keeps what packing left
 * there; at the end those lanes fill the last part up to ENEC_TAIL.
 */
struct enec_merge {
    uint16_t lanes[ENEC_BLOCK];
    size_t count;  /* lanes that wait */
    unsigned m;    /* bits that are dropped */
    unsigned kept; /* n - m */
    uint8_t *out;  /* where the next packed bytes go */
};

void enec_merge_init(struct enec_merge *merge, const struct enec_params *params, uint8_t *out);

/* Append y of outliers: at most ENEC_BLOCK, a multiple of 16. */
void enec_merge_append(struct enec_merge *merge, const uint16_t *y, size_t count);
void enec_merge_finish(struct enec_merge *merge);

/* What a core needs to work; from mem_new. */
struct enec_work {
    struct enec_block block;
    struct enec_merge merge;
};

/*
 * What core `aiv` does: ms0, ms, e0 and mask of its blocks into the stream, and its part of
 * e1, whose length goes to *bytes. Fails as enec_compress does.
 */
bool enec_compress_aiv(const struct enec_params *params, const struct enec_layout *layout,
                       unsigned aiv, const uint8_t *data, struct enec_work *work,
                       uint8_t *stream, uint8_t *e1, uint64_t *bytes, struct diag *diag);

/* Prefix and header, from the bytes of e1 of each core. Returns the length of the stream. */
uint64_t enec_finish(const struct enec_params *params, const struct enec_layout *layout,
                     const uint64_t e1_bytes[], uint8_t *stream);

#endif
