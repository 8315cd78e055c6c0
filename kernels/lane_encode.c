/* Taking ranks in, and giving rows up (lane_emit.h). */
#include "kernels/lane_emit.h"

/* A block of i32 is 8 lanes: 64 are eight times eight, 16 are two blocks. */
void lanes_spread(const struct lane_shape *shape, struct kref out, struct kref groups,
                  struct kref eights)
{
    if (shape->lanes == LANE_GROUP_MAX) {
        lane_step(shape, vbrcb, .dst = eights, .a = groups, .count = imm(shape->groups));
        lane_step(shape, vbrcb, .dst = out, .a = eights, .count = imm(8 * shape->groups));
        return;
    }
    for (int64_t half = 0; half < 2; half++)
        lane_step(shape, vbrcb, .dst = build_at(shape->b, out, imm(half * UB_BLOCK)),
                  .a = groups, .count = imm(shape->groups), .dst_blk = imm(2),
                  .dst_rep = imm(16));
}

void lanes_put_powers(const struct lane_encoder *e)
{
    struct build *b = e->of.b;
    for (int64_t width = 0; width <= LANE_WIDTH_MAX; width++)
        emit(b, put, .dst = build_at(b, e->powers, imm(4 * width)),
             .value = imm(INT64_C(1) << width));
}

void lanes_clear(const struct lane_encoder *e, struct kref ones, struct kref rank_mask)
{
    const struct lane_shape *of = &e->of;

    lane_step(of, vdup, .dst = e->state, .count = lane_tile(of), .scalar = real(0));
    lane_step(of, vdup, .dst = e->count, .count = imm(of->groups),
              .scalar = real(LANE_FIRST_COUNT));
    lane_step(of, vdup, .dst = ones, .count = imm(of->groups), .scalar = real(-1));
    lane_step(of, vdup, .dst = rank_mask, .count = imm(VECTOR_BYTES / 4),
              .scalar = real(65535));
}

void lanes_look_up(const struct lane_encoder *e, struct kref index)
{
    lane_step(&e->of, vgather, .dst = e->entry, .a = e->table, .b = index,
              .count = lane_tile(&e->of));
}

void lanes_rank(const struct lane_encoder *e)
{
    const struct lane_shape *of = &e->of;
    struct kval tile = lane_tile(of), twice = imm(2 * of->groups * of->lanes);

    lane_step(of, vshr, .dst = e->work, .a = e->entry, .count = tile, .shift = imm(16));
    lane_step(of, vand, .dst = e->entry_u16, .a = e->entry_u16, .b = e->rank_mask_u16,
              .count = twice, .b_rep = imm(0));
    lane_step(of, vconv, .dst = e->work_f32, .a = e->work, .count = tile);
    lane_step(of, vcmax, .dst = e->width, .a = e->work_f32, .count = tile,
              .order = imm(ORDER_VALUE), .mask = imm(of->lanes));
}

void lanes_push(const struct lane_encoder *e)
{
    const struct lane_shape *of = &e->of;
    struct kval tile = lane_tile(of), groups = imm(of->groups);

    lane_step(of, vconv, .dst = e->offset_i32, .a = e->width, .count = groups);
    lane_step(of, vadd, .dst = e->count, .a = e->count, .b = e->width, .count = groups);
    lane_step(of, vshl, .dst = e->offset, .a = e->offset, .count = groups, .shift = imm(2));
    lane_step(of, vgather, .dst = e->power, .a = e->powers, .b = e->offset, .count = groups);
    lanes_spread(of, e->work, e->power, e->power_eights);
    lane_step(of, vmul, .dst = e->state, .a = e->state, .b = e->work, .count = tile);
    lane_step(of, vadd, .dst = e->state, .a = e->state, .b = e->entry, .count = tile);
}

/* Ones for the lanes of a full group: with 16 lanes that is one 16-bit number of the mask, with
 * 64 two bits of each of eight bytes. */
static void spread_full(const struct lane_encoder *e)
{
    const struct lane_shape *of = &e->of;
    struct kval groups = imm(of->groups);

    if (of->lanes != LANE_GROUP_MAX) {
        lane_step(of, vsels, .dst = e->flush, .a = e->all_ones, .b = e->full, .count = groups,
                  .scalar = real(0));
        return;
    }
    lane_step(of, vsels, .dst = e->chosen, .a = e->all_ones, .b = e->full, .count = groups,
              .scalar = real(0));
    lane_step(of, vbrcb, .dst = e->chosen_eights, .a = e->chosen_i32, .count = groups);
    lane_step(of, vreduce, .dst = e->flush, .a = e->chosen_eights, .b = e->first_two,
              .count = imm(8 * of->groups));
}

void lanes_find_full(const struct lane_encoder *e)
{
    const struct lane_shape *of = &e->of;
    struct kval groups = imm(of->groups);

    lane_step(of, vcmpvs, .dst = e->full, .a = e->count, .count = groups, .cmp = imm(CMP_GT),
              .scalar = real(LANE_FULL));
    lane_step(of, vadds, .dst = e->less, .a = e->count, .count = groups,
              .scalar = real(-LANE_FULL));
    lane_step(of, vsel, .dst = e->count, .a = e->less, .b = e->count, .c = e->full,
              .count = groups);
    spread_full(e);
}

void lanes_flush(const struct lane_encoder *e, struct kref rows)
{
    const struct lane_shape *of = &e->of;
    struct kval tile = lane_tile(of), twice = imm(2 * of->groups * of->lanes);

    lane_step(of, vreducev2p, .dst = e->low_half, .a = e->state_u16, .b = e->kept,
              .count = twice, .pattern = imm(1), .counter = imm(1));
    lane_step(of, vshr, .dst = e->work_u32, .a = e->state_u32, .count = tile,
              .shift = imm(LANE_FULL));
    lane_step(of, vreducev2, .dst = rows, .a = e->low_half, .b = e->flush_u8, .c = e->kept,
              .count = tile, .counter = imm(1));
    lane_step(of, vsel, .dst = e->state_f32, .a = e->work_f32, .b = e->state_f32,
              .c = e->flush_u8, .count = tile);
}
