#ifndef NPUSIM_KERNELS_IR_EXEC_LANES_H
#define NPUSIM_KERNELS_IR_EXEC_LANES_H
/*
 * How vector operations get at their lanes: in chunks of consecutive elements,
 * wherever in UB the strides of the operation put them.
 */
#include "kernels/ir/element.h"
#include "kernels/ir/op.h"

#define CHUNK 128 /* elements; as many as any repeat has in a type one computes with */
#define GROUP 16  /* loops over lanes take this many at a time, so that they vectorise */

/* What lanes are computed in. */
enum lane_kind { FLOAT_LANES, INT_LANES };

union lane_values {
    float f[CHUNK];
    int32_t i[CHUNK];
};

/* The elements of one operand; an absent one has no address, and nothing to load. */
struct lane_walk {
    uint8_t *at;
    enum dtype type;
    bool packed;                           /* without gaps: no need to look at the rest */
    size_t lanes, block_step, repeat_step; /* elements; bytes */
    bool masked;                           /* some lanes are not written */
    uint64_t mask[2];                      /* those that are, from lane 0 and 64 on */
};

struct lane_walk lane_walk(const struct kop *op, const struct vec_shape *shape,
                           unsigned operand, uint8_t *at);

/* For an operand that has no strides. */
struct lane_walk lane_walk_packed(const struct kop *op, unsigned operand, uint8_t *at);

/* Whether element `index` is one of those that the masks of the operation let through. */
static inline bool lane_written(const struct lane_walk *walk, size_t index)
{
    size_t lane = walk->masked ? index % walk->lanes : 0;
    return !walk->masked || (walk->mask[lane / 64 % 2] >> lane % 64 & 1) != 0;
}

/* One element, of a type of whole bytes. */
uint8_t *lane_at(const struct lane_walk *walk, size_t index);

/* How many of `most` elements from `first` on make a chunk: at most CHUNK, and of one
 * repeat unless packed. */
size_t lanes_together(const struct lane_walk *walk, size_t first, size_t most);

/* n elements from `first` on, which make a chunk; all are loaded, those written are stored. */
void lanes_load(const struct lane_walk *walk, enum lane_kind kind, size_t first, size_t n,
                union lane_values *out);
void lanes_store(const struct lane_walk *walk, enum lane_kind kind, size_t first, size_t n,
                 const union lane_values *in);

/* The scalar of an operation on elements of a type, as one of them: a float is rounded,
 * an integer is truncated and wraps. */
float scalar_f32(enum dtype type, double scalar);
int32_t scalar_i32(enum dtype type, double scalar);

/* A number without its fraction, the nearest int64; 0 of a NaN. */
int64_t scalar_int(double x);

/* The bits of that element, for operations that take floats and integers alike. */
int32_t scalar_bits(enum dtype type, double scalar);

#endif
