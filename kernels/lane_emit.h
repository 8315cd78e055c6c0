#ifndef NPUSIM_KERNELS_LANE_EMIT_H
#define NPUSIM_KERNELS_LANE_EMIT_H
/*
 * The steps of lane_coder.h on vector cores, for all groups at once: what the kernels of HANS
 * and the first design of ENEC (variant=v0) have in common. Groups are of 64 lanes or of 16;
 * states are i32. Each vector operation has a barrier behind it, of the pipe V in HANS and of
 * all pipes in ENEC.
 *
 * The owner lays the tiles out. Names end in the type where a tile is seen as another one.
 */
#include "kernels/ir/build.h"
#include "kernels/lane_coder.h"

struct lane_shape {
    struct build *b;
    enum pipe_id wait; /* of the barriers */
    int64_t groups, lanes;
};

#define lane_step(shape, op, ...)                                                              \
    (emit((shape)->b, op, __VA_ARGS__),                                                        \
     emit((shape)->b, barrier, .pipe = imm((int64_t)(shape)->wait)))

/* Lanes in all. */
static inline struct kval lane_tile(const struct lane_shape *shape)
{
    return imm(shape->groups * shape->lanes);
}

/* One value for each group becomes one for each of its lanes, 32 bits both. `eights` takes
 * eight of each; with groups of 16 it is not used. */
void lanes_spread(const struct lane_shape *shape, struct kref out, struct kref groups,
                  struct kref eights);

struct lane_encoder {
    struct lane_shape of;

    /* For each lane. */
    struct kref entry, entry_u16, work, work_f32, work_u32;
    struct kref state, state_u16, state_f32, state_u32, low_half;
    struct kref flush;    /* a bit each; i32, or f16 with groups of 16 */
    struct kref flush_u8; /* the same */

    /* For each group; *_eights: eight of each. */
    struct kref width, offset, offset_i32, power, power_eights;
    struct kref count, less, full; /* f32, and a bit each */
    struct kref all_ones;          /* f32, or f16 with groups of 16 */
    struct kref chosen, chosen_i32, chosen_eights, first_two; /* with groups of 64 alone */

    struct kref table;  /* i32[symbol]: bits of the rank << 16 | rank */
    struct kref powers; /* i32[16]: 2^i */
    struct kref rank_mask_u16, kept;
};

/* What does not change, by scalar stores; then the rest of it and a beginning without bits.
 * `ones` is all_ones as integers, rank_mask what rank_mask_u16 is as i32. */
void lanes_put_powers(const struct lane_encoder *e);
void lanes_clear(const struct lane_encoder *e, struct kref ones, struct kref rank_mask);

/* entry = table[index], offsets in bytes. */
void lanes_look_up(const struct lane_encoder *e, struct kref index);

/* entry = ranks, and width = the most bits of a rank in each group. */
void lanes_rank(const struct lane_encoder *e);

/* state = state * 2^width + rank; count += width. */
void lanes_push(const struct lane_encoder *e);

/* full = the groups with more bits than they may keep; flush = that for each lane. */
void lanes_find_full(const struct lane_encoder *e);

/* The low halves of full groups become rows, and their states the high halves; kept = the
 * lanes of rows. */
void lanes_flush(const struct lane_encoder *e, struct kref rows);

struct lane_decoder {
    struct lane_shape of;

    /* For each lane. */
    struct kref state, state_u16;
    struct kref turned, wide, wide_i32, wide_f32, work, work_i32;
    struct kref index, index_u16, index_i32;

    /* For each group; eights: eight of each. */
    struct kref width, count, more, empty; /* f32, and a bit each */
    struct kref mask, scale, eights, eights_f32;
    struct kref full, full_f32, one, one_f32; /* 65536 and 1 */

    struct kref symbols;       /* i32[rank] */
    struct kref masks, scales; /* i32[16]: 2^i - 1; f32[16]: 2^-i */
};

/* What does not change, by scalar stores; then the rest of it. */
void lanes_put_masks(const struct lane_decoder *d);
void lanes_prepare(const struct lane_decoder *d);

/* From width: offset = 4 * width, shift = 2^16 for the groups that are out of bits, which are
 * `empty`, else 1; count follows. */
void lanes_find_empty(const struct lane_decoder *d, struct kref offset, struct kref offset_i32,
                      struct kref shift_f32);

/* wide = a tile of u16 as i32 (TransDataTo5HD): turned with zeros between, and back. */
void lanes_widen(const struct lane_decoder *d, struct kref tile);

/* state = state * shift + wide. */
void lanes_refill(const struct lane_decoder *d, struct kref shift);

/* index = the low bits of each state, which loses them; then work = their symbols. */
void lanes_pull(const struct lane_decoder *d, struct kref offset);
void lanes_symbols(const struct lane_decoder *d);

#endif
