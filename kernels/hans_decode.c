/*
 * hans-decode: the decoder of HANS (hans.h) on vector cores, after the published description of
 * the operator library's kernel. A core goes through its tiles from the last to the first. The
 * groups that need bits, which follow from the widths alone, are found one tile ahead, so that
 * their rows arrive while the tile before is decoded; a scalar loop over all groups then adds
 * each row to its group.
 */
#include "kernels/hans_kernel.h"

/* Flags between MTE2 and V have two of these numbers each, by the parity of the tile. */
enum { FLAG_WIDTHS = 0, FLAG_ROWS = 2, FLAG_REST = 4, FLAG_TAIL = 6 /* one */ };

struct decoder {
    struct build *b;
    struct hans_shape shape;
    struct hans_share share;
    struct hans_tensors gm;

    struct kref rest, widths, widths_i32, rows, rows_i32, weights; /* two buffers each */

    struct kref rows_u16, filled, filled_u16;         /* for each element */
    struct kref shift, shift_f32, offset, offset_i32; /* for each group; two buffers each */
    struct kref dropped, count_i32, kept;
    struct lane_decoder lanes;
    struct hans_join join;
    struct kval position; /* where the rows not yet read end, bytes into `fixed` */
};

static void lay_out_groups(struct decoder *d, struct ub_tiles *ub)
{
    struct build *b = d->b;

    d->lanes.width = ub_tile_off(ub, "width", DT_f32, HANS_GROUPS);
    d->lanes.count = ub_tile(ub, "count", DT_f32, HANS_GROUPS);
    d->count_i32 = ub_tile(ub, "count_i32", DT_i32, HANS_GROUPS);
    d->lanes.more = ub_tile_off(ub, "more", DT_f32, HANS_GROUPS);
    d->lanes.empty = ub_tile(ub, "empty", DT_u8, UB_BLOCK);
    d->shift = ub_tile(ub, "shift", DT_i32, 2 * HANS_GROUPS);
    d->shift_f32 = ub_as(b, "shift_f32", d->shift, DT_f32);
    d->offset = ub_tile(ub, "offset", DT_u32, 2 * HANS_GROUPS);
    d->offset_i32 = ub_as(b, "offset_i32", d->offset, DT_i32);
    d->lanes.mask = ub_tile(ub, "mask", DT_i32, HANS_GROUPS);
    d->lanes.scale = ub_tile(ub, "scale", DT_f32, HANS_GROUPS);
    d->lanes.eights = ub_tile(ub, "eights", DT_i32, 8 * HANS_GROUPS);
    d->lanes.eights_f32 = ub_as(b, "eights_f32", d->lanes.eights, DT_f32);
    d->lanes.full = ub_tile(ub, "full", DT_i32, HANS_GROUPS);
    d->lanes.full_f32 = ub_as(b, "full_f32", d->lanes.full, DT_f32);
    d->lanes.one = ub_tile_off(ub, "one", DT_i32, HANS_GROUPS);
    d->lanes.one_f32 = ub_as(b, "one_f32", d->lanes.one, DT_f32);
    d->dropped = ub_tile(ub, "dropped", DT_f32, HANS_GROUPS);
    d->lanes.symbols = ub_tile(ub, "symbols", DT_i32, HANS_SYMBOLS);
    d->lanes.masks = ub_tile(ub, "masks", DT_i32, 16);
    d->lanes.scales = ub_tile(ub, "scales", DT_f32, 16);
    d->kept = build_tile(b, "kept", SPACE_SPR, DT_u64, 1, 0);
    d->join.kept = d->kept;
}

static void lay_out_filled(struct decoder *d, struct ub_tiles *ub)
{
    struct build *b = d->b;

    d->filled = ub_tile(ub, "filled", DT_i16, HANS_TILE);
    d->filled_u16 = ub_as(b, "filled_u16", d->filled, DT_u16);
}

static void lay_out_index(struct decoder *d, struct ub_tiles *ub)
{
    struct build *b = d->b;

    d->lanes.index = ub_tile(ub, "index", DT_u32, HANS_TILE);
    d->lanes.index_u16 = ub_as(b, "index_u16", d->lanes.index, DT_u16);
    d->lanes.index_i32 = ub_as(b, "index_i32", d->lanes.index, DT_i32);
}

static void lay_out(struct decoder *d)
{
    struct build *b = d->b;
    struct ub_tiles ub = { .b = b };
    uint64_t tile = HANS_TILE, all = (uint64_t)d->shape.bytes;
    bool wide = all == 4;

    d->rest = ub_tile(&ub, "rest", DT_u8, 2 * (all - 1) * tile);
    d->widths = ub_tile(&ub, "widths", DT_i16, 2 * HANS_GROUPS);
    d->widths_i32 = ub_as(b, "widths_i32", d->widths, DT_i32);
    d->rows = ub_tile_off(&ub, "rows", DT_i16, 2 * tile);
    d->rows_u16 = ub_as(b, "rows_u16", d->rows, DT_u16);
    d->rows_i32 = ub_as(b, "rows_i32", d->rows, DT_i32);
    d->weights = ub_tile(&ub, "joined", DT_u16, all * tile);
    d->lanes.state = ub_tile(&ub, "state", DT_i32, tile);
    d->lanes.state_u16 = ub_as(b, "state_u16", d->lanes.state, DT_u16);
    if (!wide)
        lay_out_filled(d, &ub);
    d->lanes.turned = ub_tile(&ub, "turned", DT_u16, 2 * tile);
    d->lanes.wide = ub_tile_off(&ub, "wide", DT_u16, 2 * tile);
    d->lanes.wide_i32 = ub_as(b, "wide_i32", d->lanes.wide, DT_i32);
    d->lanes.wide_f32 = ub_as(b, "wide_f32", d->lanes.wide, DT_f32);
    d->lanes.work = ub_tile_off(&ub, "work", DT_f32, tile);
    d->lanes.work_i32 = ub_as(b, "work_i32", d->lanes.work, DT_i32);
    lay_out_index(d, &ub);
    if (wide) { /* ranks and rows are used up when the bytes of a tile are needed */
        lay_out_filled(d, &ub);
        d->join.rest_f16 =
            ub_part_as(b, "rest_f16", d->lanes.index, 0, DT_f16, (all - 1) * tile);
    }
    d->lanes.of = (struct lane_shape){ b, PIPE_V, HANS_GROUPS, HANS_LANES };
    hans_join_place(&d->join, &ub);
    lay_out_groups(d, &ub);
}

/* --- before the last tile --- */

static void emit_tables(struct decoder *d, struct kref records)
{
    struct build *b = d->b;
    struct kref words = ub_as(b, "record_words", records, DT_i32);

    hans_step(b, vreducev2p, .dst = d->lanes.symbols, .a = words, .b = d->kept,
              .count = imm(2 * HANS_SYMBOLS), .pattern = imm(2), .counter = imm(1));
    hans_join_shift_symbols(&d->join);
    lanes_put_masks(&d->lanes);
    hans_join_put(&d->join);
    emit(b, set_flag, HANS_FLAG(S, V), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(S, V), .id = imm(0));
    lanes_prepare(&d->lanes);
    hans_join_prepare(&d->join);
}

/* The last states and counts of the core; the rest of its segment ends where they begin. */
static void emit_tail(struct decoder *d)
{
    struct build *b = d->b;
    struct kval word = build_add(b, reg_of(REG_BLOCK_ID), imm(HANS_WORD_BYTES));
    struct kref bytes = build_at(b, d->gm.fixed, build_mul(b, word, imm(4)));
    struct kval end = build_add(b, d->share.segment, build_read(b, "segment_bytes", bytes));

    d->position = build_var(b, "position", build_sub(b, end, imm(HANS_TAIL_BYTES)));
    emit(b, load_ub, .dst = d->rows_i32, .a = build_at(b, d->gm.fixed, d->position),
         .bytes = imm(HANS_STATES_BYTES));
    emit(b, load_ub, .dst = d->count_i32,
         .a = build_at(b, d->gm.fixed, build_add(b, d->position, imm(HANS_STATES_BYTES))),
         .bytes = imm(HANS_COUNTS_BYTES));
    emit(b, set_flag, HANS_FLAG(MTE2, V), .id = imm(FLAG_TAIL));
    emit(b, wait_flag, HANS_FLAG(MTE2, V), .id = imm(FLAG_TAIL));
    hans_step(b, vconv, .dst = d->lanes.count, .a = d->count_i32, .count = imm(HANS_GROUPS));
    lanes_widen(&d->lanes, d->rows_u16);
    hans_step(b, vcopy, .dst = d->lanes.state, .a = d->lanes.wide_i32, .count = imm(HANS_TILE));
}

/* --- a tile; turn counts from the last --- */

static struct kval tile_of(struct decoder *d, struct kval turn)
{
    struct build *b = d->b;
    return build_sub(b, build_add(b, d->share.first, build_sub(b, d->share.count, imm(1))),
                     turn);
}

static struct kref buffer(struct decoder *d, struct kref tile, struct kval parity,
                          int64_t bytes)
{
    return build_at(d->b, tile, build_mul(d->b, parity, imm(bytes)));
}

static void emit_load_widths(struct decoder *d, struct kval turn)
{
    struct build *b = d->b;
    struct kval parity = build_and(b, turn, imm(1)),
                flag = build_add(b, parity, imm(FLAG_WIDTHS));
    struct kval place = build_sub(b, build_sub(b, d->share.count, imm(1)), turn);
    struct kval at =
        build_add(b, d->share.segment, build_mul(b, place, imm(HANS_WIDTHS_BYTES)));

    emit(b, wait_flag, HANS_FLAG(V, MTE2), .id = flag);
    emit(b, load_ub, .dst = buffer(d, d->widths_i32, parity, HANS_WIDTHS_BYTES),
         .a = build_at(b, d->gm.fixed, at), .bytes = imm(HANS_WIDTHS_BYTES));
    emit(b, set_flag, HANS_FLAG(MTE2, V), .id = flag);
}

static void emit_load_rest(struct decoder *d, struct kval turn)
{
    struct build *b = d->b;
    struct kval parity = build_and(b, turn, imm(1)), tile = tile_of(d, turn);
    struct kval flag = build_add(b, parity, imm(FLAG_REST));

    emit(b, wait_flag, HANS_FLAG(V, MTE2), .id = flag);
    int64_t bytes = d->shape.bytes - 1;
    emit(b, load_ub, .dst = buffer(d, d->rest, parity, HANS_TILE * bytes),
         .a = build_at(b, d->gm.mantissa, build_mul(b, tile, imm(HANS_TILE * bytes))),
         .bytes = build_mul(b, hans_emit_length(b, &d->shape, tile), imm(bytes)));
    emit(b, set_flag, HANS_FLAG(MTE2, V), .id = flag);
}

/* shift = 2^16 for the groups that are out of bits, else 1; count follows. */
static void emit_find_empty(struct decoder *d, struct kval parity)
{
    struct build *b = d->b;
    struct kref widths = buffer(d, d->widths, parity, HANS_WIDTHS_BYTES);
    struct kref offset = buffer(d, d->offset, parity, 4 * HANS_GROUPS);
    struct kref offset_i32 = buffer(d, d->offset_i32, parity, 4 * HANS_GROUPS);
    struct kref shift = buffer(d, d->shift_f32, parity, 4 * HANS_GROUPS);

    emit(b, wait_flag, HANS_FLAG(MTE2, V), .id = parity);
    hans_step(b, vconv, .dst = d->lanes.width, .a = widths, .count = imm(HANS_GROUPS));
    emit(b, set_flag, HANS_FLAG(V, MTE2), .id = parity);
    lanes_find_empty(&d->lanes, offset, offset_i32, shift);
    hans_step(b, vreducev2, .dst = d->dropped, .a = d->lanes.width, .b = d->lanes.empty,
              .c = d->kept, .count = imm(HANS_GROUPS));
}

/* Find how many rows a tile needs, and fetch them. */
static void emit_ahead(struct decoder *d, struct kval turn)
{
    struct build *b = d->b;
    struct kval parity = build_and(b, turn, imm(1));
    struct kval flag = build_add(b, parity, imm(FLAG_ROWS));

    emit_find_empty(d, parity);
    emit(b, set_flag, HANS_FLAG(V, S), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(V, S), .id = imm(0));
    struct kval bytes = build_mul(b, build_read(b, "empty_now", d->kept), imm(HANS_ROW_BYTES));
    build_assign(b, d->position, build_sub(b, d->position, bytes));
    emit(b, wait_flag, HANS_FLAG(V, MTE2), .id = flag);
    emit(b, load_ub, .dst = buffer(d, d->rows_i32, parity, HANS_STATES_BYTES),
         .a = build_at(b, d->gm.fixed, d->position), .bytes = bytes);
    emit(b, set_flag, HANS_FLAG(MTE2, V), .id = flag);
}

/* The rows, one after another, go to the groups that are out of bits: filled += row. */
static void emit_place_rows(struct decoder *d, struct kval parity)
{
    struct build *b = d->b;
    struct kref shift = buffer(d, d->shift, parity, 4 * HANS_GROUPS);
    struct kref rows = buffer(d, d->rows, parity, HANS_STATES_BYTES);
    struct kval next = build_var(b, "next_row", imm(0));
    struct kval group = build_for(b, "group", imm(0), imm(HANS_GROUPS), imm(1));
    struct kval factor =
        build_read(b, "factor", build_at(b, shift, build_mul(b, group, imm(4))));

    build_if(b, build_ne(b, factor, imm(1)));
    struct kref filled = build_at(b, d->filled, build_mul(b, group, imm(HANS_ROW_BYTES)));
    hans_step(b, vadd, .dst = filled, .a = filled, .b = build_at(b, rows, next),
              .count = imm(HANS_LANES));
    build_assign(b, next, build_add(b, next, imm(HANS_ROW_BYTES)));
    build_end(b);
    build_end(b);
}

/* state = state * shift + filled. */
static void emit_refill(struct decoder *d, struct kval parity)
{
    struct build *b = d->b;
    struct kval flag = build_add(b, parity, imm(FLAG_ROWS));

    hans_step(b, vdup, .dst = d->filled, .count = imm(HANS_TILE), .scalar = real(0));
    emit(b, wait_flag, HANS_FLAG(MTE2, V), .id = flag);
    emit_place_rows(d, parity);
    emit(b, set_flag, HANS_FLAG(V, MTE2), .id = flag);
    lanes_widen(&d->lanes, d->filled_u16);
    lanes_refill(&d->lanes, buffer(d, d->shift, parity, 4 * HANS_GROUPS));
}

/* The symbols of the ranks, and the bytes that were stored. */
static void emit_join(struct decoder *d, struct kval turn, struct kval parity)
{
    struct build *b = d->b;
    struct kval tile = tile_of(d, turn), flag = build_add(b, parity, imm(FLAG_REST));
    int64_t all = d->shape.bytes, rest = HANS_TILE * (all - 1);
    struct kref weights = buffer(d, d->weights, parity, all * HANS_TILE);
    struct kval length = hans_emit_length(b, &d->shape, tile);

    hans_join_symbols(&d->join);
    emit(b, wait_flag, HANS_FLAG(MTE2, V), .id = flag);
    hans_join_read(&d->join, buffer(d, d->rest, parity, rest));
    emit(b, set_flag, HANS_FLAG(V, MTE2), .id = flag);
    hans_join_widen(&d->join);
    emit(b, wait_flag, HANS_FLAG(MTE3, V), .id = parity);
    hans_join_write(&d->join, weights);
    emit(b, set_flag, HANS_FLAG(V, MTE3), .id = parity);
    emit(b, wait_flag, HANS_FLAG(V, MTE3), .id = parity);
    emit(b, store, .dst = build_at(b, d->gm.weights, build_mul(b, tile, imm(all * HANS_TILE))),
         .a = weights, .bytes = build_mul(b, length, imm(all)));
    emit(b, set_flag, HANS_FLAG(MTE3, V), .id = parity);
}

static void emit_tile(struct decoder *d, struct kval turn)
{
    struct build *b = d->b;
    struct kval parity = build_and(b, turn, imm(1));
    struct kval next = build_add(b, turn, imm(1)), after = build_add(b, turn, imm(2));

    build_if(b, build_lt(b, after, d->share.count));
    emit_load_widths(d, after);
    build_end(b);
    build_if(b, build_lt(b, next, d->share.count));
    emit_load_rest(d, next);
    emit_ahead(d, next);
    build_end(b);
    emit_refill(d, parity);
    lanes_pull(&d->lanes, buffer(d, d->offset, parity, 4 * HANS_GROUPS));
    emit_join(d, turn, parity);
}

static void emit_free(struct decoder *d, bool first)
{
    for (int64_t id = 0; id < FLAG_REST + 2; id++) {
        if (first)
            emit(d->b, set_flag, HANS_FLAG(V, MTE2), .id = imm(id));
        else
            emit(d->b, wait_flag, HANS_FLAG(V, MTE2), .id = imm(id));
        if (id >= 2)
            continue;
        if (first)
            emit(d->b, set_flag, HANS_FLAG(MTE3, V), .id = imm(id));
        else
            emit(d->b, wait_flag, HANS_FLAG(MTE3, V), .id = imm(id));
    }
}

void hans_decode_emit(struct build *b, const struct hans_shape *shape,
                      const struct hans_tensors *gm)
{
    struct decoder owner = { .b = b, .shape = *shape, .gm = *gm }, *d = &owner;

    d->join = (struct hans_join){ .lanes = &d->lanes, .bytes = shape->bytes };
    lay_out(d);
    d->share = hans_emit_share(b, &d->shape);
    emit_tables(
        d, hans_emit_ranks(b, d->gm.histogram, d->lanes.state)); /* the sort works in `state` */
    emit_tail(d);
    emit_free(d, true);
    emit_load_widths(d, imm(0));
    build_if(b, build_lt(b, imm(1), d->share.count));
    emit_load_widths(d, imm(1));
    build_end(b);
    emit_load_rest(d, imm(0));
    emit_ahead(d, imm(0));
    struct kval turn = build_for(b, "turn", imm(0), d->share.count, imm(1));
    emit_tile(d, turn);
    build_end(b);
    emit_free(d, false);
}
