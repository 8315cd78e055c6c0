#ifndef NPUSIM_KERNELS_REDUCE_H
#define NPUSIM_KERNELS_REDUCE_H
/*
 * The vector side of split-K: out = cast(scale * sum of the partial results),
 * in pieces that go round all vector cores.
 *
 * On-chip addresses: the running sums of two pieces from 0, then 256 bytes off
 * the 512-byte grid the other partials, so that the two sources of an addition
 * never meet in a bank group; then two pieces of output.
 */
#include "kernels/ir/build.h"
#include "kernels/ir/target.h"

struct reduce_plan {
    enum dtype partial, out; /* f32 or i32; f16, bf16, f32 or i32 */
    int64_t parts, elements; /* partial results, and elements of each */
    double scale;
};

/* partials holds [parts][elements]. The program belongs to a mixed kernel. */
void reduce_emit(struct build *b, const struct reduce_plan *plan, struct kref partials,
                 struct kref out, const struct target *target);

/* The index of a vector core in a mixed kernel, and how many take part. */
struct kval vector_core_index(struct build *b, const struct target *target);
struct kval vector_core_count(struct build *b, const struct target *target);

#endif
