#ifndef NPUSIM_KERNELS_HANS_KERNEL_H
#define NPUSIM_KERNELS_HANS_KERNEL_H
/* What hans-encode and hans-decode have in common: parameters, the split over cores, weights,
 * and the beginning of a core's program, which ranks the symbols. */
#include "kernels/hans.h"
#include "kernels/ir/build.h"
#include "kernels/kernel.h"
#include "kernels/lane_emit.h"
#include "kernels/ub_tiles.h"

enum { HANS_DTYPE, HANS_ELEMENTS, HANS_MODEL, HANS_WARM };
extern const struct arg_spec hans_args[];

/* work->blocks is set: a core for each vector core, or for each tile if there are fewer. */
bool hans_plan(struct workload *work, const struct target *target, struct diag *diag);
struct hans_shape hans_shape_of(const struct workload *work);
enum dtype hans_dtype(const struct workload *work);

/* The weights that are encoded, the same for both kernels: all of them, or a core's. */
void hans_weights(const struct workload *work, uint64_t seed, uint8_t *out);
void hans_core_weights(const struct workload *work, uint64_t seed, int64_t core, uint8_t *out);

/* The histogram that ranks are made from: of a sample, the first Mi of the weights. The
 * operator is given one too unless it is asked to take its own (statistic=True). */
void hans_sample(const struct workload *work, uint64_t seed, int32_t histogram[HANS_SYMBOLS]);

struct hans_tensors {
    struct kref weights, histogram, mantissa, fixed;
};

/* The programs of a core. */
void hans_encode_emit(struct build *b, const struct hans_shape *shape,
                      const struct hans_tensors *gm);
void hans_decode_emit(struct build *b, const struct hans_shape *shape,
                      const struct hans_tensors *gm);

/* A vector operation and a barrier: the kernels of HANS have one after each. */
#define hans_step(build, op, ...)                                                              \
    (emit(build, op, __VA_ARGS__), emit(build, barrier, .pipe = imm(PIPE_V)))

#define HANS_FLAG(x, y) .from = imm(PIPE_##x), .to = imm(PIPE_##y)

/* A core's share. */
struct hans_share {
    struct kval first, count; /* tiles */
    struct kval segment;      /* bytes into `fixed` */
    struct kval rows;         /* where the rows begin in it, bytes into `fixed` */
};

struct hans_share hans_emit_share(struct build *b, const struct hans_shape *shape);

/* Elements of a tile that exist. */
struct kval hans_emit_length(struct build *b, const struct hans_shape *shape, struct kval tile);

/*
 * Load the histogram and sort it (Sort32, MrgSort): 256 records of a count as f32 and a symbol
 * as u32, by rank, in the first 2 KiB of `scratch`, of which 6 are used. V still works on them.
 */
struct kref hans_emit_ranks(struct build *b, struct kref histogram, struct kref scratch);

#endif
