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

    /* For each element. */
    struct kref bytes, top, low, low_half, low_half_i32;
    struct kref index, index_i32, entry, entry_u16, work, work_f32, work_u32;
    struct kref state, state_u16, state_f32, state_u32;
    struct kref flush, flush_u8; /* a bit each */

    /* For each group; *_eights: eight of each. */
    struct kref width, offset, offset_i32, power, power_eights;
    struct kref count, less, count_i32, full;
    struct kref all_ones, chosen, chosen_i32, chosen_eights;

    struct kref table, powers, first_two, rank_mask, rank_mask_u16, note, kept;
    struct kval position; /* of the next row in `fixed` */
};

static void lay_out_groups(struct encoder *e, struct hans_ub *ub)
{
    struct build *b = e->b;

    e->width = hans_tile(ub, "width", DT_f32, HANS_GROUPS);
    e->offset = hans_tile(ub, "offset", DT_u32, HANS_GROUPS);
    e->offset_i32 = hans_as(b, "offset_i32", e->offset, DT_i32);
    e->power = hans_tile(ub, "power", DT_i32, HANS_GROUPS);
    e->power_eights = hans_tile(ub, "power_eights", DT_i32, 8 * HANS_GROUPS);
    e->count = hans_tile_off(ub, "count", DT_f32, HANS_GROUPS);
    e->less = hans_tile(ub, "less", DT_f32, HANS_GROUPS);
    e->count_i32 = hans_tile(ub, "count_i32", DT_i32, HANS_GROUPS);
    e->full = hans_tile(ub, "full", DT_u8, UB_BLOCK);
    e->all_ones = hans_tile(ub, "all_ones", DT_f32, HANS_GROUPS);
    e->chosen = hans_tile(ub, "chosen", DT_f32, HANS_GROUPS);
    e->chosen_i32 = hans_as(b, "chosen_i32", e->chosen, DT_i32);
    e->chosen_eights = hans_tile(ub, "chosen_eights", DT_i32, 8 * HANS_GROUPS);
    e->table = hans_tile(ub, "table", DT_i32, HANS_SYMBOLS);
    e->powers = hans_tile(ub, "powers", DT_i32, 16);
    e->first_two = hans_tile(ub, "first_two", DT_u32, 8);
    e->rank_mask = hans_tile_off(ub, "rank_mask", DT_i32, VECTOR_BYTES / 4);
    e->rank_mask_u16 = hans_as(b, "rank_mask_u16", e->rank_mask, DT_u16);
    e->note = hans_tile(ub, "note", DT_i32, HANS_HEADER_WORDS);
    e->kept = build_tile(b, "kept", SPACE_SPR, DT_u64, 1, 0);
}

static void lay_out(struct encoder *e)
{
    struct build *b = e->b;
    struct hans_ub ub = { .b = b };
    uint64_t tile = HANS_TILE, all = (uint64_t)e->shape.bytes, rest = all - 1;

    e->raw = hans_tile(&ub, "raw", DT_u8, 2 * all * tile);
    e->rest = hans_tile(&ub, "rest", DT_u8, 2 * rest * tile);
    e->rows = hans_tile(&ub, "rows", DT_u16, 2 * tile);
    e->rows_i32 = hans_as(b, "rows_i32", e->rows, DT_i32);
    e->widths = hans_tile(&ub, "widths", DT_i16, 2 * HANS_GROUPS);
    e->widths_i32 = hans_as(b, "widths_i32", e->widths, DT_i32);
    e->bytes = hans_tile(&ub, "bytes", DT_f16, all * tile);
    e->index = hans_as(b, "index", e->bytes, DT_u32);
    e->index_i32 = hans_as(b, "index_i32", e->bytes, DT_i32);
    e->top = hans_tile(&ub, "top", DT_f16, tile);
    e->low = hans_tile(&ub, "low", DT_f16, rest * tile);
    e->low_half = hans_as(b, "low_half", e->low, DT_u16);
    e->low_half_i32 = hans_as(b, "low_half_i32", e->low, DT_i32);
    e->entry = hans_tile_off(&ub, "entry", DT_i32, tile);
    e->entry_u16 = hans_as(b, "entry_u16", e->entry, DT_u16);
    e->work = hans_tile_off(&ub, "work", DT_i32, tile);
    e->work_f32 = hans_as(b, "work_f32", e->work, DT_f32);
    e->work_u32 = hans_as(b, "work_u32", e->work, DT_u32);
    e->state = hans_tile(&ub, "state", DT_i32, tile);
    e->state_u16 = hans_as(b, "state_u16", e->state, DT_u16);
    e->state_f32 = hans_as(b, "state_f32", e->state, DT_f32);
    e->state_u32 = hans_as(b, "state_u32", e->state, DT_u32);
    e->flush = hans_tile(&ub, "flush", DT_i32, tile / 32);
    e->flush_u8 = hans_as(b, "flush_u8", e->flush, DT_u8);
    lay_out_groups(e, &ub);
}

/* --- before the first tile --- */

/* table[symbol] = bits of the rank << 16 | rank, from the sorted records. */
static void emit_table(struct encoder *e, struct kref records)
{
    struct build *b = e->b;
    struct kref symbols = hans_as(b, "symbols", records, DT_u32);

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
    emit(b, put, .dst = build_at(b, e->table, build_mul(b, symbol, imm(4))),
         .value = build_add(b, build_mul(b, bits, imm(65536)), rank));
    build_end(b);
    for (int64_t width = 0; width < 16; width++)
        emit(b, put, .dst = build_at(b, e->powers, imm(4 * width)),
             .value = imm(INT64_C(1) << width));
    for (int64_t word = 0; word < 2; word++) /* of 8 lanes, of the 64 of a repeat */
        emit(b, put, .dst = build_at(b, e->first_two, imm(4 * word)), .value = imm(0x03030303));
    emit(b, set_flag, HANS_FLAG(S, V), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(S, V), .id = imm(0));
}

static void emit_clear(struct encoder *e)
{
    struct build *b = e->b;
    struct kref ones = hans_as(b, "all_ones_i32", e->all_ones, DT_i32);

    hans_step(b, vdup, .dst = e->state, .count = imm(HANS_TILE), .scalar = real(0));
    hans_step(b, vdup, .dst = e->count, .count = imm(HANS_GROUPS),
              .scalar = real(HANS_FIRST_COUNT));
    hans_step(b, vdup, .dst = ones, .count = imm(HANS_GROUPS), .scalar = real(-1));
    hans_step(b, vdup, .dst = e->rank_mask, .count = imm(VECTOR_BYTES / 4),
              .scalar = real(65535));
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
    hans_step(b, vreducev2p, .dst = e->top, .a = e->bytes, .b = e->kept, .count = imm(all),
              .pattern = imm(2), .counter = imm(1));
    hans_step(b, vreducev2p, .dst = e->low, .a = e->bytes, .b = e->kept, .count = imm(all),
              .pattern = imm(1), .counter = imm(1));
    emit(b, wait_flag, HANS_FLAG(MTE3, V), .id = parity);
    hans_step(b, vconv, .dst = out, .a = e->low, .count = imm(rest));
    emit(b, set_flag, HANS_FLAG(V, MTE3), .id = parity);
    emit(b, wait_flag, HANS_FLAG(V, MTE3), .id = parity);
    emit(b, store, .dst = build_at(b, e->gm.mantissa, build_mul(b, tile, imm(rest))), .a = out,
         .bytes = build_mul(b, length, imm(e->shape.bytes - 1)));
    emit(b, set_flag, HANS_FLAG(MTE3, V), .id = parity);
}

/* entry = rank, and width = the most bits of a rank in each group. */
static void emit_rank(struct encoder *e, struct kval length)
{
    struct build *b = e->b;

    hans_step(b, vmuls, .dst = e->top, .a = e->top, .count = imm(HANS_TILE), .scalar = real(4));
    hans_step(b, vconv, .dst = e->index_i32, .a = e->top, .count = imm(HANS_TILE));
    hans_step(b, vgather, .dst = e->entry, .a = e->table, .b = e->index,
              .count = imm(HANS_TILE));
    build_if(b, build_lt(b, length, imm(HANS_TILE))); /* what is not there is of rank 0 */
    hans_step(b, vdup, .dst = build_at(b, e->entry, build_mul(b, length, imm(4))),
              .count = build_sub(b, imm(HANS_TILE), length), .scalar = real(65536));
    build_end(b);
    hans_step(b, vshr, .dst = e->work, .a = e->entry, .count = imm(HANS_TILE),
              .shift = imm(16));
    hans_step(b, vand, .dst = e->entry_u16, .a = e->entry_u16, .b = e->rank_mask_u16,
              .count = imm(2 * HANS_TILE), .b_rep = imm(0));
    hans_step(b, vconv, .dst = e->work_f32, .a = e->work, .count = imm(HANS_TILE));
    hans_step(b, vcmax, .dst = e->width, .a = e->work_f32, .count = imm(HANS_TILE),
              .order = imm(ORDER_VALUE));
}

/* state = state * 2^width + rank; count += width. */
static void emit_shift_in(struct encoder *e)
{
    struct build *b = e->b;

    hans_step(b, vconv, .dst = e->offset_i32, .a = e->width, .count = imm(HANS_GROUPS));
    hans_step(b, vadd, .dst = e->count, .a = e->count, .b = e->width,
              .count = imm(HANS_GROUPS));
    hans_step(b, vshl, .dst = e->offset, .a = e->offset, .count = imm(HANS_GROUPS),
              .shift = imm(2));
    hans_step(b, vgather, .dst = e->power, .a = e->powers, .b = e->offset,
              .count = imm(HANS_GROUPS));
    hans_step(b, vbrcb, .dst = e->power_eights, .a = e->power, .count = imm(HANS_GROUPS));
    hans_step(b, vbrcb, .dst = e->work, .a = e->power_eights, .count = imm(8 * HANS_GROUPS));
    hans_step(b, vmul, .dst = e->state, .a = e->state, .b = e->work, .count = imm(HANS_TILE));
    hans_step(b, vadd, .dst = e->state, .a = e->state, .b = e->entry, .count = imm(HANS_TILE));
}

/* full = the groups with more bits than they may keep; flush = that for each lane. */
static void emit_find_full(struct encoder *e)
{
    struct build *b = e->b;

    hans_step(b, vcmpvs, .dst = e->full, .a = e->count, .count = imm(HANS_GROUPS),
              .cmp = imm(CMP_GT), .scalar = real(HANS_FULL));
    hans_step(b, vadds, .dst = e->less, .a = e->count, .count = imm(HANS_GROUPS),
              .scalar = real(-HANS_FULL));
    hans_step(b, vsel, .dst = e->count, .a = e->less, .b = e->count, .c = e->full,
              .count = imm(HANS_GROUPS));
    hans_step(b, vsels, .dst = e->chosen, .a = e->all_ones, .b = e->full,
              .count = imm(HANS_GROUPS), .scalar = real(0));
    hans_step(b, vbrcb, .dst = e->chosen_eights, .a = e->chosen_i32, .count = imm(HANS_GROUPS));
    hans_step(b, vreduce, .dst = e->flush, .a = e->chosen_eights, .b = e->first_two,
              .count = imm(8 * HANS_GROUPS));
}

/* The low halves of full groups become rows, and their states the high halves. */
static void emit_flush(struct encoder *e, struct kref rows)
{
    struct build *b = e->b;

    hans_step(b, vreducev2p, .dst = e->low_half, .a = e->state_u16, .b = e->kept,
              .count = imm(2 * HANS_TILE), .pattern = imm(1), .counter = imm(1));
    hans_step(b, vshr, .dst = e->work_u32, .a = e->state_u32, .count = imm(HANS_TILE),
              .shift = imm(HANS_FULL));
    hans_step(b, vreducev2, .dst = rows, .a = e->low_half, .b = e->flush_u8, .c = e->kept,
              .count = imm(HANS_TILE), .counter = imm(1));
    hans_step(b, vsel, .dst = e->state_f32, .a = e->work_f32, .b = e->state_f32,
              .c = e->flush_u8, .count = imm(HANS_TILE));
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
    hans_step(b, vconv, .dst = widths, .a = e->width, .count = imm(HANS_GROUPS));
    emit_shift_in(e);
    emit_find_full(e);
    emit_flush(e, rows);
    emit(b, set_flag, HANS_FLAG(V, S), .id = imm(0));
    emit(b, set_flag, HANS_FLAG(V, MTE3), .id = outputs);

    emit(b, wait_flag, HANS_FLAG(V, S), .id = imm(0));
    struct kval bytes = build_mul(b, build_read(b, "kept_now", e->kept), imm(2));
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

    emit(b, vreducev2p, .dst = e->low_half, .a = e->state_u16, .b = e->kept,
         .count = imm(2 * HANS_TILE), .pattern = imm(1), .counter = imm(1));
    hans_step(b, vconv, .dst = e->count_i32, .a = e->count, .count = imm(HANS_GROUPS));
    emit(b, set_flag, HANS_FLAG(V, MTE3), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(V, MTE3), .id = imm(0));
    emit(b, store, .dst = build_at(b, e->gm.fixed, e->position), .a = e->low_half_i32,
         .bytes = imm(HANS_STATES_BYTES));
    emit(b, store,
         .dst = build_at(b, e->gm.fixed, build_add(b, e->position, imm(HANS_STATES_BYTES))),
         .a = e->count_i32, .bytes = imm(4 * HANS_GROUPS));
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
    emit_table(e, hans_emit_ranks(b, e->gm.histogram, e->state));
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
