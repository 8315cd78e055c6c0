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

    /* For each element. */
    struct kref state, state_u16, rows_u16, filled, filled_u16;
    struct kref turned, wide, wide_i32, wide_f32, work, work_i32;
    struct kref index, index_u16, index_i32, symbol, symbol_i16, rest_f16, rest_i16;

    /* For each group; eights: eight of each. */
    struct kref width, count, more, empty, dropped;
    struct kref shift, shift_f32, offset, offset_i32; /* two buffers each */
    struct kref mask, scale, eights, eights_f32;
    struct kref full, full_f32, one, one_f32;

    struct kref symbols, masks, scales, count_i32, kept;
    struct kval position; /* where the rows not yet read end, bytes into `fixed` */
};

static void lay_out_groups(struct decoder *d, struct hans_ub *ub)
{
    struct build *b = d->b;

    d->width = hans_tile_off(ub, "width", DT_f32, HANS_GROUPS);
    d->count = hans_tile(ub, "count", DT_f32, HANS_GROUPS);
    d->count_i32 = hans_tile(ub, "count_i32", DT_i32, HANS_GROUPS);
    d->more = hans_tile_off(ub, "more", DT_f32, HANS_GROUPS);
    d->empty = hans_tile(ub, "empty", DT_u8, UB_BLOCK);
    d->shift = hans_tile(ub, "shift", DT_i32, 2 * HANS_GROUPS);
    d->shift_f32 = hans_as(b, "shift_f32", d->shift, DT_f32);
    d->offset = hans_tile(ub, "offset", DT_u32, 2 * HANS_GROUPS);
    d->offset_i32 = hans_as(b, "offset_i32", d->offset, DT_i32);
    d->mask = hans_tile(ub, "mask", DT_i32, HANS_GROUPS);
    d->scale = hans_tile(ub, "scale", DT_f32, HANS_GROUPS);
    d->eights = hans_tile(ub, "eights", DT_i32, 8 * HANS_GROUPS);
    d->eights_f32 = hans_as(b, "eights_f32", d->eights, DT_f32);
    d->full = hans_tile(ub, "full", DT_i32, HANS_GROUPS);
    d->full_f32 = hans_as(b, "full_f32", d->full, DT_f32);
    d->one = hans_tile_off(ub, "one", DT_i32, HANS_GROUPS);
    d->one_f32 = hans_as(b, "one_f32", d->one, DT_f32);
    d->dropped = hans_tile(ub, "dropped", DT_f32, HANS_GROUPS);
    d->symbols = hans_tile(ub, "symbols", DT_i32, HANS_SYMBOLS);
    d->masks = hans_tile(ub, "masks", DT_i32, 16);
    d->scales = hans_tile(ub, "scales", DT_f32, 16);
    d->kept = build_tile(b, "kept", SPACE_SPR, DT_u64, 1, 0);
}

static void lay_out(struct decoder *d)
{
    struct build *b = d->b;
    struct hans_ub ub = { .b = b };
    uint64_t tile = HANS_TILE;

    d->rest = hans_tile(&ub, "rest", DT_u8, 2 * tile);
    d->widths = hans_tile(&ub, "widths", DT_i16, 2 * HANS_GROUPS);
    d->widths_i32 = hans_as(b, "widths_i32", d->widths, DT_i32);
    d->rows = hans_tile_off(&ub, "rows", DT_i16, 2 * tile);
    d->rows_u16 = hans_as(b, "rows_u16", d->rows, DT_u16);
    d->rows_i32 = hans_as(b, "rows_i32", d->rows, DT_i32);
    d->weights = hans_tile(&ub, "joined", DT_u16, 2 * tile);
    d->state = hans_tile(&ub, "state", DT_i32, tile);
    d->state_u16 = hans_as(b, "state_u16", d->state, DT_u16);
    d->filled = hans_tile(&ub, "filled", DT_i16, tile);
    d->filled_u16 = hans_as(b, "filled_u16", d->filled, DT_u16);
    d->turned = hans_tile(&ub, "turned", DT_u16, 2 * tile);
    d->wide = hans_tile_off(&ub, "wide", DT_u16, 2 * tile);
    d->wide_i32 = hans_as(b, "wide_i32", d->wide, DT_i32);
    d->wide_f32 = hans_as(b, "wide_f32", d->wide, DT_f32);
    d->work = hans_tile_off(&ub, "work", DT_f32, tile);
    d->work_i32 = hans_as(b, "work_i32", d->work, DT_i32);
    d->index = hans_tile(&ub, "index", DT_u32, tile);
    d->index_u16 = hans_as(b, "index_u16", d->index, DT_u16);
    d->index_i32 = hans_as(b, "index_i32", d->index, DT_i32);
    d->symbol = hans_tile(&ub, "symbol", DT_u16, tile);
    d->symbol_i16 = hans_as(b, "symbol_i16", d->symbol, DT_i16);
    d->rest_f16 = hans_tile(&ub, "rest_f16", DT_f16, tile);
    d->rest_i16 = hans_tile_off(&ub, "rest_i16", DT_i16, tile);
    lay_out_groups(d, &ub);
}

/* --- before the last tile --- */

/* symbols[rank] = the symbol as the high byte of a 16-bit element, signed so that a cast from
 * i32, as all tables of HANS are, does not saturate. */
static void emit_tables(struct decoder *d, struct kref records)
{
    struct build *b = d->b;
    struct kref words = hans_as(b, "record_words", records, DT_i32);

    hans_step(b, vreducev2p, .dst = d->symbols, .a = words, .b = d->kept,
              .count = imm(2 * HANS_SYMBOLS), .pattern = imm(2), .counter = imm(1));
    hans_step(b, vshl, .dst = d->symbols, .a = d->symbols, .count = imm(HANS_SYMBOLS),
              .shift = imm(24));
    hans_step(b, vshr, .dst = d->symbols, .a = d->symbols, .count = imm(HANS_SYMBOLS),
              .shift = imm(16));
    for (int64_t width = 0; width < 16; width++) {
        emit(b, put, .dst = build_at(b, d->masks, imm(4 * width)),
             .value = imm((INT64_C(1) << width) - 1));
        emit(b, put, .dst = build_at(b, d->scales, imm(4 * width)),
             .value = imm((127 - width) << 23)); /* 2^-width */
    }
    emit(b, set_flag, HANS_FLAG(S, V), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(S, V), .id = imm(0));
    hans_step(b, vdup, .dst = d->full, .count = imm(HANS_GROUPS), .scalar = real(65536));
    hans_step(b, vdup, .dst = d->one, .count = imm(HANS_GROUPS), .scalar = real(1));
    hans_step(b, vdup, .dst = d->turned, .count = imm(2 * HANS_TILE), .scalar = real(0));
}

/* A tile of u16 becomes i32 (TransDataTo5HD): turned with zeros between, and back. */
static void emit_widen(struct decoder *d, struct kref tile)
{
    struct build *b = d->b;

    hans_step(b, vnchwconv, .dst = d->turned, .a = tile, .count = imm(HANS_TILE),
              .dst_blk = imm(2), .dst_rep = imm(32));
    for (int64_t half = 0; half < 2; half++)
        hans_step(b, vnchwconv, .dst = build_at(b, d->wide, imm(half * UB_BLOCK)),
                  .a = build_at(b, d->turned, imm(half * 16 * UB_BLOCK)),
                  .count = imm(HANS_TILE), .dst_blk = imm(2), .dst_rep = imm(32),
                  .a_rep = imm(32));
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
         .bytes = imm(4 * HANS_GROUPS));
    emit(b, set_flag, HANS_FLAG(MTE2, V), .id = imm(FLAG_TAIL));
    emit(b, wait_flag, HANS_FLAG(MTE2, V), .id = imm(FLAG_TAIL));
    hans_step(b, vconv, .dst = d->count, .a = d->count_i32, .count = imm(HANS_GROUPS));
    emit_widen(d, d->rows_u16);
    hans_step(b, vcopy, .dst = d->state, .a = d->wide_i32, .count = imm(HANS_TILE));
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
    emit(b, load_ub, .dst = buffer(d, d->rest, parity, HANS_TILE),
         .a = build_at(b, d->gm.mantissa, build_mul(b, tile, imm(HANS_TILE))),
         .bytes = hans_emit_length(b, &d->shape, tile));
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
    hans_step(b, vconv, .dst = d->width, .a = widths, .count = imm(HANS_GROUPS));
    emit(b, set_flag, HANS_FLAG(V, MTE2), .id = parity);
    hans_step(b, vconv, .dst = offset_i32, .a = d->width, .count = imm(HANS_GROUPS));
    hans_step(b, vshl, .dst = offset, .a = offset, .count = imm(HANS_GROUPS), .shift = imm(2));
    hans_step(b, vsub, .dst = d->count, .a = d->count, .b = d->width,
              .count = imm(HANS_GROUPS));
    hans_step(b, vcmpvs, .dst = d->empty, .a = d->count, .count = imm(HANS_GROUPS),
              .cmp = imm(CMP_LE), .scalar = real(0));
    hans_step(b, vadds, .dst = d->more, .a = d->count, .count = imm(HANS_GROUPS),
              .scalar = real(HANS_FULL));
    hans_step(b, vsel, .dst = d->count, .a = d->more, .b = d->count, .c = d->empty,
              .count = imm(HANS_GROUPS));
    hans_step(b, vsel, .dst = shift, .a = d->full_f32, .b = d->one_f32, .c = d->empty,
              .count = imm(HANS_GROUPS));
    hans_step(b, vreducev2, .dst = d->dropped, .a = d->width, .b = d->empty, .c = d->kept,
              .count = imm(HANS_GROUPS));
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

/* One value for each group becomes one for each of its lanes. */
static void emit_spread(struct decoder *d, struct kref out, struct kref groups,
                        struct kref eights)
{
    struct build *b = d->b;

    hans_step(b, vbrcb, .dst = eights, .a = groups, .count = imm(HANS_GROUPS));
    hans_step(b, vbrcb, .dst = out, .a = eights, .count = imm(8 * HANS_GROUPS));
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
    emit_widen(d, d->filled_u16);
    emit_spread(d, d->work_i32, buffer(d, d->shift, parity, 4 * HANS_GROUPS), d->eights);
    hans_step(b, vmul, .dst = d->state, .a = d->state, .b = d->work_i32,
              .count = imm(HANS_TILE));
    hans_step(b, vadd, .dst = d->state, .a = d->state, .b = d->wide_i32,
              .count = imm(HANS_TILE));
}

/* index = the low bits of each state, which loses them. */
static void emit_take_ranks(struct decoder *d, struct kval parity)
{
    struct build *b = d->b;
    struct kref offset = buffer(d, d->offset, parity, 4 * HANS_GROUPS);

    hans_step(b, vgather, .dst = d->mask, .a = d->masks, .b = offset,
              .count = imm(HANS_GROUPS));
    emit_spread(d, d->wide_i32, d->mask, d->eights);
    hans_step(b, vand, .dst = d->index_u16, .a = d->state_u16, .b = d->wide,
              .count = imm(2 * HANS_TILE));
    hans_step(b, vgather, .dst = d->scale, .a = d->scales, .b = offset,
              .count = imm(HANS_GROUPS));
    emit_spread(d, d->wide_f32, d->scale, d->eights_f32);
    hans_step(b, vconv, .dst = d->work, .a = d->state, .count = imm(HANS_TILE));
    hans_step(b, vmul, .dst = d->work, .a = d->work, .b = d->wide_f32, .count = imm(HANS_TILE));
    hans_step(b, vconv, .dst = d->state, .a = d->work, .count = imm(HANS_TILE),
              .round = imm(ROUND_FLOOR));
}

/* The symbols of the ranks, and the bytes that were stored. */
static void emit_join(struct decoder *d, struct kval turn, struct kval parity)
{
    struct build *b = d->b;
    struct kval tile = tile_of(d, turn), flag = build_add(b, parity, imm(FLAG_REST));
    struct kref weights = buffer(d, d->weights, parity, 2 * HANS_TILE);
    struct kref rest = hans_as(b, "rest_u16", d->rest_i16, DT_u16);
    struct kval length = hans_emit_length(b, &d->shape, tile);

    hans_step(b, vmuls, .dst = d->index_i32, .a = d->index_i32, .count = imm(HANS_TILE),
              .scalar = real(4));
    hans_step(b, vgather, .dst = d->work_i32, .a = d->symbols, .b = d->index,
              .count = imm(HANS_TILE));
    hans_step(b, vconv, .dst = d->symbol_i16, .a = d->work_i32, .count = imm(HANS_TILE));
    emit(b, wait_flag, HANS_FLAG(MTE2, V), .id = flag);
    hans_step(b, vconv, .dst = d->rest_f16, .a = buffer(d, d->rest, parity, HANS_TILE),
              .count = imm(HANS_TILE));
    emit(b, set_flag, HANS_FLAG(V, MTE2), .id = flag);
    hans_step(b, vconv, .dst = d->rest_i16, .a = d->rest_f16, .count = imm(HANS_TILE));
    emit(b, wait_flag, HANS_FLAG(MTE3, V), .id = parity);
    hans_step(b, vor, .dst = weights, .a = d->symbol, .b = rest, .count = imm(HANS_TILE));
    emit(b, set_flag, HANS_FLAG(V, MTE3), .id = parity);
    emit(b, wait_flag, HANS_FLAG(V, MTE3), .id = parity);
    emit(b, store, .dst = build_at(b, d->gm.weights, build_mul(b, tile, imm(2 * HANS_TILE))),
         .a = weights, .bytes = build_mul(b, length, imm(2)));
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
    emit_take_ranks(d, parity);
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

    lay_out(d);
    d->share = hans_emit_share(b, &d->shape);
    emit_tables(d,
                hans_emit_ranks(b, d->gm.histogram, d->state)); /* the sort works in `state` */
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
