#ifndef NPUSIM_KERNELS_DEQUANT_H
#define NPUSIM_KERNELS_DEQUANT_H
/*
 * The vector side of W4A16: int4 weights from GM, unpacked and dequantised to
 * the 16-bit type of the activations, and out to a workspace in GM, or to L1 of the
 * cube core in the order that load_nz would have given them there.
 *
 * A chunk is at most `rows` x `columns` weights that share one row of scales.
 *   f16   int4 -> f16, + offset, * scale, all in f16
 *   bf16  int4 -> f16 -> f32, + offset, * scale in f32, -> bf16
 *
 * On-chip addresses (see lay_out in dequant.c): weights being computed on lie
 * on the 512-byte grid of the bank groups, rows of scales and offsets 256 bytes
 * off it, so that the two sources of an operation never meet in a group; the
 * output lies in other 64-KiB banks than what it is computed from.
 */
#include "kernels/ir/build.h"
#include "kernels/ir/target.h"

struct dequant_plan {
    enum dtype type;       /* f16 or bf16 */
    int64_t n, k;          /* of the whole weight matrix */
    int64_t group;         /* rows of k that share a scale; 0: all */
    bool zero;             /* offsets are added */
    int64_t rows, columns; /* of a chunk; columns a multiple of 128, rows divides group */
    int64_t buffers;       /* of weights being loaded, 1 or 2; the output always has 2 */
    bool nz;               /* to L1, in columns of fractals */
};

struct dequant {
    struct build *b;
    struct dequant_plan plan;
    struct kref weights, scales, offsets;                                        /* in GM */
    struct kref packed, scale, offset, half, wide, scale_wide, offset_wide, out; /* in UB */
    int64_t row_slot; /* bytes from one buffer's row of scales to the next */
    struct kval turn; /* chunks so far */
};

/* Bytes of a row of packed weights: two to a byte, an odd n padded. */
int64_t dequant_row_bytes(int64_t n);

/* Fewer rows until the chunk fits UB; false when even one does not. */
bool dequant_fits(struct dequant_plan *plan, const struct target *target);

struct dequant dequant_begin(struct build *b, const struct dequant_plan *plan,
                             struct kref weights, struct kref scales, struct kref offsets);

/*
 * Dequantise rows [k, k + rows) x columns [n, n + columns) to `to`, `stride`
 * bytes from row to row, or with nz from one column of fractals to the next.
 */
void dequant_chunk(struct dequant *d, struct kval k, struct kval rows, struct kval n,
                   struct kval columns, struct kref to, struct kval stride);

/* Wait for every buffer to be free again. */
void dequant_end(struct dequant *d);

#endif
