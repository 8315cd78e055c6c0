/*
 * hans-encode: the encoder of HANS (hans.h) on vector cores, after the published description
 * of the operator library's kernel. A tile is 4096 elements: loads and stores alternate
 * between two buffers, and a barrier holds each vector operation that needs the one before.
 */
#include "kernels/hans_kernel.h"

struct encoder {
    struct build *b;
    struct hans_shape shape;
    struct hans_share share;
    struct hans_tensors gm;

    struct kref raw, rest, rows, widths; /* two buffers each */
    struct kref rows_i32, widths_i32;    /* the same, to be stored */

    struct kref bytes, top, low, low_half_i32, index, index_i32; /* for each element */
    struct kref count_i32, rank_mask, note;
    struct kref low_mask; /* of f32: the first three of each four lanes */
    struct lane_encoder lanes;
    struct kval position; /* of the next row in `fixed` */
};

static void lay_out_groups(struct encoder *e, struct ub_tiles *ub)
{
    struct build *b = e->b;

    e->lanes.width = ub_tile(ub, "width", DT_f32, HANS_GROUPS);
    e->lanes.offset = ub_tile(ub, "offset", DT_u32, HANS_GROUPS);
    e->lanes.offset_i32 = ub_as(b, "offset_i32", e->lanes.offset, DT_i32);
    e->lanes.power = ub_tile(ub, "power", DT_i32, HANS_GROUPS);
    e->lanes.power_eights = ub_tile(ub, "power_eights", DT_i32, 8 * HANS_GROUPS);
    e->lanes.count = ub_tile_off(ub, "count", DT_f32, HANS_GROUPS);
    e->lanes.less = ub_tile(ub, "less", DT_f32, HANS_GROUPS);
    e->count_i32 = ub_tile(ub, "count_i32", DT_i32, HANS_GROUPS);
    e->lanes.full = ub_tile(ub, "full", DT_u8, UB_BLOCK);
    e->lanes.all_ones = ub_tile(ub, "all_ones", DT_f32, HANS_GROUPS);
    e->lanes.chosen = ub_tile(ub, "chosen", DT_f32, HANS_GROUPS);
    e->lanes.chosen_i32 = ub_as(b, "chosen_i32", e->lanes.chosen, DT_i32);
    e->lanes.chosen_eights = ub_tile(ub, "chosen_eights", DT_i32, 8 * HANS_GROUPS);
    e->lanes.table = ub_tile(ub, "table", DT_i32, HANS_SYMBOLS);
    e->lanes.powers = ub_tile(ub, "powers", DT_i32, 16);
    e->lanes.first_two = ub_tile(ub, "first_two", DT_u32, 8);
    e->rank_mask = ub_tile_off(ub, "rank_mask", DT_i32, VECTOR_BYTES / 4);
    e->lanes.rank_mask_u16 = ub_as(b, "rank_mask_u16", e->rank_mask, DT_u16);
    e->note = ub_tile(ub, "note", DT_i32, HANS_HEADER_WORDS);
    e->lanes.kept = build_tile(b, "kept", SPACE_SPR, DT_u64, 1, 0);
}

static void lay_out(struct encoder *e)
{
    struct build *b = e->b;
    struct ub_tiles ub = { .b = b };
    uint64_t tile = HANS_TILE, all = (uint64_t)e->shape.bytes, rest = all - 1;
    bool wide = all == 4;

    e->raw = ub_tile(&ub, "raw", DT_u8, 2 * all * tile);
    e->rest = ub_tile(&ub, "rest", DT_u8, 2 * rest * tile);
    e->rows = ub_tile(&ub, "rows", DT_u16, 2 * tile);
    e->rows_i32 = ub_as(b, "rows_i32", e->rows, DT_i32);
    e->widths = ub_tile(&ub, "widths", DT_i16, 2 * HANS_GROUPS);
    e->widths_i32 = ub_as(b, "widths_i32", e->widths, DT_i32);
    e->bytes = ub_tile(&ub, "bytes", DT_f16, all * tile);
    e->index = ub_as(b, "index", e->bytes, DT_u32);
    e->index_i32 = ub_as(b, "index_i32", e->bytes, DT_i32);
    e->top = ub_tile(&ub, "top", DT_f16, tile);
    if (!wide)
        e->low = ub_tile(&ub, "low", DT_f16, rest * tile);
    e->lanes.entry = ub_tile_off(&ub, "entry", DT_i32, tile);
    e->lanes.entry_u16 = ub_as(b, "entry_u16", e->lanes.entry, DT_u16);
    e->lanes.work = ub_tile_off(&ub, "work", DT_i32, tile);
    e->lanes.work_f32 = ub_as(b, "work_f32", e->lanes.work, DT_f32);
    e->lanes.work_u32 = ub_as(b, "work_u32", e->lanes.work, DT_u32);
    if (wide) /* ranks are looked up when the bytes are out, and used up before rows are made */
        e->low = ub_part_as(b, "low", e->lanes.entry, 0, DT_f16, rest * tile);
    e->lanes.low_half = ub_part_as(b, "low_half", e->low, 0, DT_u16, tile);
    e->low_half_i32 = ub_part_as(b, "low_half_i32", e->low, 0, DT_i32, tile / 2);
    e->lanes.state = ub_tile(&ub, "state", DT_i32, tile);
    e->lanes.state_u16 = ub_as(b, "state_u16", e->lanes.state, DT_u16);
    e->lanes.state_f32 = ub_as(b, "state_f32", e->lanes.state, DT_f32);
    e->lanes.state_u32 = ub_as(b, "state_u32", e->lanes.state, DT_u32);
    e->lanes.flush = ub_tile(&ub, "flush", DT_i32, tile / 32);
    e->lanes.flush_u8 = ub_as(b, "flush_u8", e->lanes.flush, DT_u8);
    e->lanes.of = (struct lane_shape){ b, PIPE_V, HANS_GROUPS, HANS_LANES };
    lay_out_groups(e, &ub);
    if (wide)
        e->low_mask = ub_tile(&ub, "low_mask", DT_u16, all * tile / 16);
}

/* --- before the first tile --- */

/* table[symbol] = bits of the rank << 16 | rank, from the sorted records. */
static void emit_table(struct encoder *e, struct kref records)
{
    struct build *b = e->b;
    struct kref symbols = ub_as(b, "symbols", records, DT_u32);

    emit(b, set_flag, HANS_FLAG(V, S), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(V, S), .id = imm(0));
    struct kval bits = build_var(b, "bits", imm(1)), limit = build_var(b, "limit", imm(2));
    struct kval rank = build_for(b, "rank", imm(0), imm(HANS_SYMBOLS), imm(1));
    build_if(b, build_eq(b, rank, limit));
    build_assign(b, bits, build_add(b, bits, imm(1)));
    build_assign(b, limit, build_add(b, limit, limit));
    build_end(b);
    struct kref record = build_at(b, symbols, build_add(b, build_mul(b, rank, imm(8)), imm(4)));
    struct kval symbol = build_read(b, "symbol", record);
    emit(b, put, .dst = build_at(b, e->lanes.table, build_mul(b, symbol, imm(4))),
         .value = build_add(b, build_mul(b, bits, imm(65536)), rank));
    build_end(b);
    lanes_put_powers(&e->lanes);
    for (int64_t word = 0; word < 2; word++) /* of 8 lanes, of the 64 of a repeat */
        emit(b, put, .dst = build_at(b, e->lanes.first_two, imm(4 * word)),
             .value = imm(0x03030303));
    emit(b, set_flag, HANS_FLAG(S, V), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(S, V), .id = imm(0));
}

static void emit_clear(struct encoder *e)
{
    struct build *b = e->b;
    struct kref ones = ub_as(b, "all_ones_i32", e->lanes.all_ones, DT_i32);

    lanes_clear(&e->lanes, ones, e->rank_mask);
    if (e->shape.bytes == 4)
        hans_step(b, vdup, .dst = e->low_mask, .count = imm(4 * HANS_TILE / 16),
                  .scalar = real(0x7777));
    hans_step(b, vdup, .dst = e->note, .count = imm(HANS_HEADER_WORDS), .scalar = real(0));
}

/* --- a tile --- */

static void emit_load(struct encoder *e, struct kval turn, struct kval parity)
{
    struct build *b = e->b;
    int64_t bytes = HANS_TILE * e->shape.bytes;
    struct kval tile = build_add(b, e->share.first, turn);
    struct kval length = hans_emit_length(b, &e->shape, tile);

    emit(b, wait_flag, HANS_FLAG(V, MTE2), .id = parity);
    emit(b, load_ub, .dst = build_at(b, e->raw, build_mul(b, parity, imm(bytes))),
         .a = build_at(b, e->gm.weights, build_mul(b, tile, imm(bytes))),
         .bytes = build_mul(b, length, imm(e->shape.bytes)));
    emit(b, set_flag, HANS_FLAG(MTE2, V), .id = parity);
}

/* top = the second of two bytes or the fourth of four, low = the others. */
static void take_bytes(struct encoder *e, struct kval all)
{
    struct build *b = e->b;
    bool wide = e->shape.bytes == 4;

    hans_step(b, vreducev2p, .dst = e->top, .a = e->bytes, .b = e->lanes.kept, .count = all,
              .pattern = imm(wide ? 6 : 2), .counter = imm(1));
    if (wide)
        hans_step(b, vreducev2, .dst = e->low, .a = e->bytes, .b = e->low_mask,
                  .c = e->lanes.kept, .count = all, .counter = imm(1));
    else
        hans_step(b, vreducev2p, .dst = e->low, .a = e->bytes, .b = e->lanes.kept, .count = all,
                  .pattern = imm(1), .counter = imm(1));
}

/* The most significant byte of each element apart from the others, which go out. */
static void emit_split(struct encoder *e, struct kval tile, struct kval length,
                       struct kval parity)
{
    struct build *b = e->b;
    int64_t all = HANS_TILE * e->shape.bytes, rest = HANS_TILE * (e->shape.bytes - 1);
    struct kref out = build_at(b, e->rest, build_mul(b, parity, imm(rest)));

    emit(b, wait_flag, HANS_FLAG(MTE2, V), .id = parity);
    hans_step(b, vconv, .dst = e->bytes,
              .a = build_at(b, e->raw, build_mul(b, parity, imm(all))), .count = imm(all));
    emit(b, set_flag, HANS_FLAG(V, MTE2), .id = parity);
    take_bytes(e, imm(all));
    emit(b, wait_flag, HANS_FLAG(MTE3, V), .id = parity);
    hans_step(b, vconv, .dst = out, .a = e->low, .count = imm(rest));
    emit(b, set_flag, HANS_FLAG(V, MTE3), .id = parity);
    emit(b, wait_flag, HANS_FLAG(V, MTE3), .id = parity);
    emit(b, store, .dst = build_at(b, e->gm.mantissa, build_mul(b, tile, imm(rest))), .a = out,
         .bytes = build_mul(b, length, imm(e->shape.bytes - 1)));
    emit(b, set_flag, HANS_FLAG(MTE3, V), .id = parity);
}

/* As offsets into the table of ranks. */
static void emit_rank(struct encoder *e, struct kval length)
{
    struct build *b = e->b;

    hans_step(b, vmuls, .dst = e->top, .a = e->top, .count = imm(HANS_TILE), .scalar = real(4));
    hans_step(b, vconv, .dst = e->index_i32, .a = e->top, .count = imm(HANS_TILE));
    lanes_look_up(&e->lanes, e->index);
    build_if(b, build_lt(b, length, imm(HANS_TILE))); /* what is not there is of rank 0 */
    hans_step(b, vdup, .dst = build_at(b, e->lanes.entry, build_mul(b, length, imm(4))),
              .count = build_sub(b, imm(HANS_TILE), length), .scalar = real(65536));
    build_end(b);
    lanes_rank(&e->lanes);
}

static void emit_tile(struct encoder *e, struct kval turn)
{
    struct build *b = e->b;
    struct kval parity = build_and(b, turn, imm(1)), outputs = build_add(b, parity, imm(2));
    struct kval tile = build_add(b, e->share.first, turn);
    struct kval length = hans_emit_length(b, &e->shape, tile);
    struct kref rows = build_at(b, e->rows, build_mul(b, parity, imm(HANS_STATES_BYTES)));
    struct kref widths = build_at(b, e->widths, build_mul(b, parity, imm(HANS_WIDTHS_BYTES)));
    struct kval next = build_add(b, turn, imm(1));

    build_if(b, build_lt(b, next, e->share.count));
    emit_load(e, next, build_sub(b, imm(1), parity));
    build_end(b);
    emit_split(e, tile, length, parity);
    emit_rank(e, length);
    emit(b, wait_flag, HANS_FLAG(MTE3, V), .id = outputs);
    hans_step(b, vconv, .dst = widths, .a = e->lanes.width, .count = imm(HANS_GROUPS));
    lanes_push(&e->lanes);
    lanes_find_full(&e->lanes);
    lanes_flush(&e->lanes, rows);
    emit(b, set_flag, HANS_FLAG(V, S), .id = imm(0));
    emit(b, set_flag, HANS_FLAG(V, MTE3), .id = outputs);

    emit(b, wait_flag, HANS_FLAG(V, S), .id = imm(0));
    struct kval bytes = build_mul(b, build_read(b, "kept_now", e->lanes.kept), imm(2));
    struct kval at = build_add(b, e->share.segment, build_mul(b, turn, imm(HANS_WIDTHS_BYTES)));
    emit(b, wait_flag, HANS_FLAG(V, MTE3), .id = outputs);
    emit(b, store, .dst = build_at(b, e->gm.fixed, at),
         .a = build_at(b, e->widths_i32, build_mul(b, parity, imm(HANS_WIDTHS_BYTES))),
         .bytes = imm(HANS_WIDTHS_BYTES));
    emit(b, store, .dst = build_at(b, e->gm.fixed, e->position),
         .a = build_at(b, e->rows_i32, build_mul(b, parity, imm(HANS_STATES_BYTES))),
         .bytes = bytes);
    emit(b, set_flag, HANS_FLAG(MTE3, V), .id = outputs);
    build_assign(b, e->position, build_add(b, e->position, bytes));
}

/* --- after the last tile --- */

static void emit_tail(struct encoder *e)
{
    struct build *b = e->b;

    emit(b, vreducev2p, .dst = e->lanes.low_half, .a = e->lanes.state_u16, .b = e->lanes.kept,
         .count = imm(2 * HANS_TILE), .pattern = imm(1), .counter = imm(1));
    hans_step(b, vconv, .dst = e->count_i32, .a = e->lanes.count, .count = imm(HANS_GROUPS));
    emit(b, set_flag, HANS_FLAG(V, MTE3), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(V, MTE3), .id = imm(0));
    emit(b, store, .dst = build_at(b, e->gm.fixed, e->position), .a = e->low_half_i32,
         .bytes = imm(HANS_STATES_BYTES));
    emit(b, store,
         .dst = build_at(b, e->gm.fixed, build_add(b, e->position, imm(HANS_STATES_BYTES))),
         .a = e->count_i32, .bytes = imm(HANS_COUNTS_BYTES));
}

static void emit_note(struct encoder *e, int64_t word, struct kval value)
{
    emit(e->b, put, .dst = build_at(e->b, e->note, imm(4 * word)), .value = value);
}

static void emit_sync_all(struct build *b)
{
    build_op(b, KOP_sync_all, &(struct emit_args){ .id = { 0 } });
}

/* Core 0 clears the header, then every core adds what it knows. */
static void emit_header(struct encoder *e)
{
    struct build *b = e->b;
    struct kval core = reg_of(REG_BLOCK_ID), first = build_eq(b, core, imm(0));
    struct kval end = build_add(b, e->position, imm(HANS_TAIL_BYTES));

    build_if(b, first);
    emit(b, store, .dst = e->gm.fixed, .a = e->note, .bytes = imm(4 * HANS_HEADER_WORDS));
    build_end(b);
    emit_sync_all(b);
    build_if(b, first);
    emit_note(e, HANS_WORD_MAGIC, imm(HANS_MAGIC));
    emit_note(e, HANS_WORD_CORES, imm(e->shape.cores));
    build_end(b);
    emit_note(e, HANS_WORD_TILES, e->share.count);
    emit_note(e, HANS_WORD_FIXED, e->share.count);
    struct kval word = build_mul(b, build_add(b, core, imm(HANS_WORD_BYTES)), imm(4));
    emit(b, put, .dst = build_at(b, e->note, word),
         .value = build_sub(b, end, e->share.segment));
    emit(b, set_flag, HANS_FLAG(S, MTE3), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(S, MTE3), .id = imm(0));
    emit(b, store, .dst = e->gm.fixed, .a = e->note, .bytes = imm(4 * HANS_HEADER_WORDS),
         .atomic = imm(ATOMIC_ADD));
    emit_sync_all(b);
}

void hans_encode_emit(struct build *b, const struct hans_shape *shape,
                      const struct hans_tensors *gm)
{
    struct encoder owner = { .b = b, .shape = *shape, .gm = *gm }, *e = &owner;

    lay_out(e);
    e->share = hans_emit_share(b, &e->shape);
    /* The sort works where the states will be. */
    emit_table(e, hans_emit_ranks(b, e->gm.histogram, e->lanes.state));
    emit_clear(e);
    e->position = build_var(b, "position", e->share.rows);
    for (int64_t id = 0; id < 4; id++) {
        if (id < 2)
            emit(b, set_flag, HANS_FLAG(V, MTE2), .id = imm(id));
        emit(b, set_flag, HANS_FLAG(MTE3, V), .id = imm(id));
    }
    emit_load(e, imm(0), imm(0));
    struct kval turn = build_for(b, "turn", imm(0), e->share.count, imm(1));
    emit_tile(e, turn);
    build_end(b);
    for (int64_t id = 0; id < 4; id++) {
        if (id < 2)
            emit(b, wait_flag, HANS_FLAG(V, MTE2), .id = imm(id));
        emit(b, wait_flag, HANS_FLAG(MTE3, V), .id = imm(id));
    }
    emit_tail(e);
    emit_header(e);
}
