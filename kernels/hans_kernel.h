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

/* How the decoder puts elements together (hans_join.c). */
struct hans_join {
    const struct lane_decoder *lanes;
    int64_t bytes; /* of an element */
    struct kref kept;
    struct kref
        rest_f16; /* the stored bytes of a tile, a lane each; of f32 the owner places it */

    struct kref symbol, symbol_i16, rest_i16, rest_u16; /* of 16-bit elements */
    struct kref plane, masks, masks_u8, work_u16;       /* of f32 */
};

void hans_join_place(struct hans_join *j, struct ub_tiles *ub);

/* Symbols as records have them become the upper byte of an element; of a 16-bit one signed, so
 * that a cast from i32, as all tables of HANS are, does not saturate. */
void hans_join_shift_symbols(const struct hans_join *j);

/* What does not change, by scalar stores; then the rest of it. */
void hans_join_put(const struct hans_join *j);
void hans_join_prepare(const struct hans_join *j);

/* The steps of a tile: look symbols up; rest_f16 = stored bytes; bring both to their places;
 * and together, as 16-bit lanes. */
void hans_join_symbols(const struct hans_join *j);
void hans_join_read(const struct hans_join *j, struct kref rest);
void hans_join_widen(const struct hans_join *j);
void hans_join_write(const struct hans_join *j, struct kref weights);

#endif
