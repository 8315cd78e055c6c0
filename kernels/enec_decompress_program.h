#ifndef NPUSIM_KERNELS_ENEC_DECOMPRESS_PROGRAM_H
#define NPUSIM_KERNELS_ENEC_DECOMPRESS_PROGRAM_H
/* What the files that make the program of enec-decompress share: its tensors, its places in UB,
 * and the steps of one in enec_outliers.c. */
#include "kernels/enec_case.h"
#include "kernels/enec_emit.h"

#define N ENEC_BLOCK
#define G ENEC_GROUPS
#define TOTAL_AT 20 /* of totalCompressedBytes in the header */

enum { STREAM, X, PLAN, TABLE };

struct decompress {
    struct build *b;
    const struct enec_case *one;
    struct kref tensors[TABLE + 1], count;
    struct area mask, prefix, merge, ends, pattern, header, ones, table, t0, t1, h, scratch;
    struct kval used, left, from; /* lanes of merge that were taken; lanes of the core's part
                                     that are still packed, and where in the stream */
};

static inline struct kref u16_at(struct decompress *k, struct area *area, int64_t lane)
{
    return area_at(k->b, area, DT_u16, imm(2 * lane));
}

static inline struct kref f16_at(struct decompress *k, struct area *area, int64_t lane)
{
    return area_at(k->b, area, DT_f16, imm(2 * lane));
}

static inline struct kref wide_at(struct decompress *k, struct area *area, enum dtype type,
                                  int64_t lane)
{
    return area_at(k->b, area, type, imm(4 * lane));
}

/* Load a part of the stream. */
void enec_load_section(struct decompress *k, struct kref to, struct kval at, struct kval bytes);

/* Where a block's part of a section begins, each having `bytes`. */
static inline struct kval block_at(struct decompress *k, struct kval block, uint64_t section,
                                   uint64_t bytes)
{
    return build_add(k->b, build_mul(k->b, block, imm((int64_t)bytes)), imm((int64_t)section));
}

/* Where the core's part of e1 lies, in bytes from the beginning of e1: offsets are at prefix,
 * the end of the last in the header. */
void enec_find_part(struct decompress *k, struct kval *begin, struct kval *end);

/* Find it, and unpack the beginning of it. */
void enec_open_part(struct decompress *k);

/*
 * t0 = i32 sums along each of the first `planes` planes of `groups` f16 marks behind the first
 * block of t1: one addition after another, of a lane for each of 16 planes. How the kernels
 * before the last step did it is not published; this is the library's CumSum as it is.
 */
void enec_scan_planes(struct decompress *k, int64_t groups, int64_t planes);

/* t0 = the high bits of every element of a block, zero outside of outlier groups. */
void enec_spread_outliers(struct decompress *k, struct kval block);

/* The program of ENEC_V0 (enec_basic_decode.c), for `one` and `tensors`. */
void enec_basic_decode(struct decompress *k);

#endif
