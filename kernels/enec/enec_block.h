#ifndef NPUSIM_KERNELS_ENEC_ENEC_BLOCK_H
#define NPUSIM_KERNELS_ENEC_ENEC_BLOCK_H
/*
 * One block of ENEC, stage by stage, and the buffer of outliers. Lanes are 16 bits, one for
 * each element, as in the kernels. Numbers in a stream are little-endian, and so must be the
 * host: a lane is copied as it is.
 */
#include "kernels/enec/enec.h"
#include "kernels/enec/enec_pack.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "lanes are copied as they are");

/* The outlier groups of a block, ascending. */
struct enec_outliers {
    uint16_t group[ENEC_GROUPS];
    size_t count;
};

struct enec_block {
    uint16_t data[2 * ENEC_BLOCK]; /* elements; an f32 is two lanes, the low half first */
    uint16_t ms0[ENEC_BLOCK];      /* as in the stream; f32 only */
    uint16_t ms[2 * ENEC_BLOCK];   /* as in the stream; the kernel's scratch behind it */
    uint16_t y[ENEC_BLOCK];        /* the exponents, transformed */
    uint16_t e0[ENEC_BLOCK];       /* as in the stream; scratch behind it */
    uint16_t gathered[ENEC_BLOCK]; /* the y of outliers, by plane, then by group */
    uint8_t mask[ENEC_MASK_BYTES];
    struct enec_outliers outliers;
};

/* data becomes ms0, ms and y. Whether (b, n) could represent every exponent. */
bool enec_block_split(const struct enec_params *params, struct enec_block *block);

/* y becomes mask, outliers, e0 and gathered: 16 * outliers.count lanes. */
void enec_block_quantise(const struct enec_params *params, struct enec_block *block);

/* The outlier groups that a mask names. */
void enec_mask_read(const uint8_t mask[ENEC_MASK_BYTES], struct enec_outliers *out);

/* e0, as in the stream, and the high bits of the outliers in `gathered`, already shifted
 * down by m, become y; destroys e0. */
void enec_block_expand(const struct enec_params *params, struct enec_block *block);

/* ms0, ms and y become data; undoes enec_block_split, but destroys ms. */
void enec_block_join(const struct enec_params *params, struct enec_block *block);

/* The index in data of the first element that (b, n) cannot represent, and its exponent. */
size_t enec_block_misfit(const struct enec_params *params, const struct enec_block *block,
                         unsigned *exponent);

#endif
