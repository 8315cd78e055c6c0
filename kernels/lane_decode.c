/* Giving ranks back, and taking rows in (lane_emit.h). */
#include "kernels/lane_emit.h"

void lanes_put_masks(const struct lane_decoder *d)
{
    struct build *b = d->of.b;
    for (int64_t width = 0; width <= LANE_WIDTH_MAX; width++) {
        emit(b, put, .dst = build_at(b, d->masks, imm(4 * width)),
             .value = imm((INT64_C(1) << width) - 1));
        emit(b, put, .dst = build_at(b, d->scales, imm(4 * width)),
             .value = imm((127 - width) << 23)); /* 2^-width */
    }
}

void lanes_prepare(const struct lane_decoder *d)
{
    const struct lane_shape *of = &d->of;
    struct kval groups = imm(of->groups);

    lane_step(of, vdup, .dst = d->full, .count = groups, .scalar = real(65536));
    lane_step(of, vdup, .dst = d->one, .count = groups, .scalar = real(1));
    lane_step(of, vdup, .dst = d->turned, .count = imm(2 * of->groups * of->lanes),
              .scalar = real(0));
}

void lanes_find_empty(const struct lane_decoder *d, struct kref offset, struct kref offset_i32,
                      struct kref shift_f32)
{
    const struct lane_shape *of = &d->of;
    struct kval groups = imm(of->groups);

    lane_step(of, vconv, .dst = offset_i32, .a = d->width, .count = groups);
    lane_step(of, vshl, .dst = offset, .a = offset, .count = groups, .shift = imm(2));
    lane_step(of, vsub, .dst = d->count, .a = d->count, .b = d->width, .count = groups);
    lane_step(of, vcmpvs, .dst = d->empty, .a = d->count, .count = groups, .cmp = imm(CMP_LE),
              .scalar = real(0));
    lane_step(of, vadds, .dst = d->more, .a = d->count, .count = groups,
              .scalar = real(LANE_FULL));
    lane_step(of, vsel, .dst = d->count, .a = d->more, .b = d->count, .c = d->empty,
              .count = groups);
    lane_step(of, vsel, .dst = shift_f32, .a = d->full_f32, .b = d->one_f32, .c = d->empty,
              .count = groups);
}

void lanes_widen(const struct lane_decoder *d, struct kref tile)
{
    const struct lane_shape *of = &d->of;
    struct kval count = lane_tile(of);

    lane_step(of, vnchwconv, .dst = d->turned, .a = tile, .count = count, .dst_blk = imm(2),
              .dst_rep = imm(32));
    for (int64_t half = 0; half < 2; half++)
        lane_step(of, vnchwconv, .dst = build_at(of->b, d->wide, imm(half * UB_BLOCK)),
                  .a = build_at(of->b, d->turned, imm(half * 16 * UB_BLOCK)), .count = count,
                  .dst_blk = imm(2), .dst_rep = imm(32), .a_rep = imm(32));
}

void lanes_refill(const struct lane_decoder *d, struct kref shift)
{
    const struct lane_shape *of = &d->of;

    lanes_spread(of, d->work_i32, shift, d->eights);
    lane_step(of, vmul, .dst = d->state, .a = d->state, .b = d->work_i32,
              .count = lane_tile(of));
    lane_step(of, vadd, .dst = d->state, .a = d->state, .b = d->wide_i32,
              .count = lane_tile(of));
}

/* A state has at most 24 bits here, so that it is exact as f32. */
void lanes_pull(const struct lane_decoder *d, struct kref offset)
{
    const struct lane_shape *of = &d->of;
    struct kval tile = lane_tile(of), groups = imm(of->groups);

    lane_step(of, vgather, .dst = d->mask, .a = d->masks, .b = offset, .count = groups);
    lanes_spread(of, d->wide_i32, d->mask, d->eights);
    lane_step(of, vand, .dst = d->index_u16, .a = d->state_u16, .b = d->wide,
              .count = imm(2 * of->groups * of->lanes));
    lane_step(of, vgather, .dst = d->scale, .a = d->scales, .b = offset, .count = groups);
    lanes_spread(of, d->wide_f32, d->scale, d->eights_f32);
    lane_step(of, vconv, .dst = d->work, .a = d->state, .count = tile);
    lane_step(of, vmul, .dst = d->work, .a = d->work, .b = d->wide_f32, .count = tile);
    lane_step(of, vconv, .dst = d->state, .a = d->work, .count = tile,
              .round = imm(ROUND_FLOOR));
}

void lanes_symbols(const struct lane_decoder *d)
{
    const struct lane_shape *of = &d->of;

    lane_step(of, vmuls, .dst = d->index_i32, .a = d->index_i32, .count = lane_tile(of),
              .scalar = real(4));
    lane_step(of, vgather, .dst = d->work_i32, .a = d->symbols, .b = d->index,
              .count = lane_tile(of));
}
