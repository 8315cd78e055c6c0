/*
 * Of hans-decode: symbols and the bytes that were stored become elements. For 16-bit elements
 * that is one OR. How the operator's kernel puts three bytes beside a symbol is not described;
 * here it is the encoder's way backwards: squeezes with a mask of one lane in three take the
 * bytes apart, which are shifted to their places as 32-bit numbers.
 */
#include "kernels/hans_kernel.h"

#define PLANES 3 /* bytes of an f32 that are stored */
#define MASK_BYTES (PLANES * HANS_TILE / 8)
#define PERIOD_BYTES                                                                           \
    96 /* of a mask: three blocks, which all of the three masks repeat with                    \
        */

void hans_join_place(struct hans_join *j, struct ub_tiles *ub)
{
    struct build *b = ub->b;

    if (j->bytes == 2) {
        j->symbol = ub_tile(ub, "symbol", DT_u16, HANS_TILE);
        j->symbol_i16 = ub_as(b, "symbol_i16", j->symbol, DT_i16);
        j->rest_f16 = ub_tile(ub, "rest_f16", DT_f16, HANS_TILE);
        j->rest_i16 = ub_tile_off(ub, "rest_i16", DT_i16, HANS_TILE);
        j->rest_u16 = ub_as(b, "rest_u16", j->rest_i16, DT_u16);
        return;
    }
    j->plane = ub_tile(ub, "plane", DT_f16, HANS_TILE);
    j->masks = ub_tile(ub, "plane_masks", DT_u32, PLANES * MASK_BYTES / 4);
    j->masks_u8 = ub_as(b, "plane_masks_u8", j->masks, DT_u8);
    j->work_u16 = ub_as(b, "work_u16", j->lanes->work, DT_u16);
}

/* --- before the last tile --- */

void hans_join_shift_symbols(const struct hans_join *j)
{
    const struct lane_decoder *d = j->lanes;
    struct build *b = d->of.b;

    hans_step(b, vshl, .dst = d->symbols, .a = d->symbols, .count = imm(HANS_SYMBOLS),
              .shift = imm(24));
    if (j->bytes == 2)
        hans_step(b, vshr, .dst = d->symbols, .a = d->symbols, .count = imm(HANS_SYMBOLS),
                  .shift = imm(16));
}

void hans_join_put(const struct hans_join *j)
{
    struct build *b = j->lanes->of.b;

    for (int64_t word = 0; j->bytes == 4 && word < PLANES * PERIOD_BYTES / 4; word++) {
        int64_t plane = word / (PERIOD_BYTES / 4), at = word % (PERIOD_BYTES / 4), bits = 0;
        for (int64_t bit = 0; bit < 32; bit++)
            bits |= (int64_t)((32 * at + bit) % PLANES == plane) << bit;
        emit(b, put, .dst = build_at(b, j->masks, imm(plane * MASK_BYTES + 4 * at)),
             .value = imm(bits));
    }
}

void hans_join_prepare(const struct hans_join *j)
{
    struct build *b = j->lanes->of.b;

    for (int64_t plane = 0; j->bytes == 4 && plane < PLANES; plane++) {
        struct kref mask = build_at(b, j->masks_u8, imm(plane * MASK_BYTES));
        for (int64_t bytes = PERIOD_BYTES; bytes < MASK_BYTES; bytes *= 2)
            hans_step(b, copy_ub, .dst = build_at(b, mask, imm(bytes)), .a = mask,
                      .bytes = imm(bytes));
    }
}

/* --- a tile --- */

void hans_join_symbols(const struct hans_join *j)
{
    struct build *b = j->lanes->of.b;

    lanes_symbols(j->lanes);
    if (j->bytes == 2)
        hans_step(b, vconv, .dst = j->symbol_i16, .a = j->lanes->work_i32,
                  .count = imm(HANS_TILE));
}

void hans_join_read(const struct hans_join *j, struct kref rest)
{
    hans_step(j->lanes->of.b, vconv, .dst = j->rest_f16, .a = rest,
              .count = imm(HANS_TILE * (j->bytes - 1)));
}

/* wide = a byte of each f32, at its place. */
static void take_plane(const struct hans_join *j, int64_t plane)
{
    const struct lane_decoder *d = j->lanes;
    struct build *b = d->of.b;

    hans_step(b, vreducev2, .dst = j->plane, .a = j->rest_f16,
              .b = build_at(b, j->masks_u8, imm(plane * MASK_BYTES)), .c = j->kept,
              .count = imm(PLANES * HANS_TILE), .counter = imm(1));
    hans_step(b, vconv, .dst = d->wide_i32, .a = j->plane, .count = imm(HANS_TILE));
    if (plane != 0)
        hans_step(b, vshl, .dst = d->wide_i32, .a = d->wide_i32, .count = imm(HANS_TILE),
                  .shift = imm(8 * plane));
}

void hans_join_widen(const struct hans_join *j)
{
    struct build *b = j->lanes->of.b;

    if (j->bytes == 2) {
        hans_step(b, vconv, .dst = j->rest_i16, .a = j->rest_f16, .count = imm(HANS_TILE));
        return;
    }
    for (int64_t plane = 0; plane < PLANES; plane++) {
        take_plane(j, plane);
        if (plane + 1 < PLANES)
            hans_step(b, vor, .dst = j->work_u16, .a = j->work_u16, .b = j->lanes->wide,
                      .count = imm(2 * HANS_TILE));
    }
}

void hans_join_write(const struct hans_join *j, struct kref weights)
{
    bool narrow = j->bytes == 2;

    hans_step(j->lanes->of.b, vor, .dst = weights, .a = narrow ? j->symbol : j->work_u16,
              .b = narrow ? j->rest_u16 : j->lanes->wide,
              .count = imm(HANS_TILE * j->bytes / 2));
}
