/*
 * The program of enec-compress with variant=v0: the first design, whose kernels are not
 * published. The stream is that of enec/enec_basic.h; the steps are those of HANS (lane_emit.h)
 * on groups of 16 lanes, written as the later kernels are: a barrier over all pipes after each
 * operation, and one buffer. Cores leave their parts of e1 as the later ones do; enec-merge,
 * which moves them together, knows the later stream alone.
 */
#include "kernels/enec/enec_basic.h"
#include "kernels/enec_compress_program.h"
#include "kernels/enec_fields.h"
#include "kernels/lane_emit.h"
#include "kernels/ub_tiles.h"

#define N ENEC_BASIC_BLOCK
#define G ENEC_BASIC_GROUPS

struct basic {
    struct build *b;
    const struct enec_case *one;
    const struct kref *tensors; /* by enum enec_compress_tensor */
    struct area in, ms, e0, low, rows, widths, counts, word;
    struct kref rank_mask, ones;
    struct lane_encoder lanes;
    struct kval out; /* bytes of e1 that are out */
};

static void place_groups(struct basic *k, struct ub_tiles *ub)
{
    struct lane_encoder *e = &k->lanes;
    struct build *b = k->b;

    e->width = ub_tile(ub, "width", DT_f32, G);
    e->offset = ub_tile(ub, "offset", DT_u32, G);
    e->offset_i32 = ub_as(b, "offset_i32", e->offset, DT_i32);
    e->power = ub_tile(ub, "power", DT_i32, G);
    e->count = ub_tile_off(ub, "count", DT_f32, G);
    e->less = ub_tile(ub, "less", DT_f32, G);
    e->full = ub_tile(ub, "full", DT_u8, G / 8);
    e->flush = ub_tile(ub, "flush", DT_f16, G);
    e->flush_u8 = ub_as(b, "flush_u8", e->flush, DT_u8);
    e->all_ones = ub_tile(ub, "all_ones", DT_f16, G);
    k->ones = ub_as(b, "all_ones_i16", e->all_ones, DT_i16);
    e->table = ub_tile(ub, "ranks", DT_i32, ENEC_BASIC_SYMBOLS);
    e->powers = ub_tile(ub, "powers", DT_i32, LANE_WIDTH_MAX + 1);
    k->rank_mask = ub_tile_off(ub, "rank_mask", DT_i32, VECTOR_BYTES / 4);
    e->rank_mask_u16 = ub_as(b, "rank_mask_u16", k->rank_mask, DT_u16);
    e->kept = build_tile(b, "kept", SPACE_SPR, DT_u64, 1, 0);
}

/* Once ranks are known, nothing of the elements is needed: rows are made where they were. */
static void place(struct basic *k)
{
    struct lane_encoder *e = &k->lanes;
    struct ub_tiles ub = { .b = k->b };

    e->of = (struct lane_shape){ k->b, PIPE_ALL, G, ENEC_GROUP };
    k->in = area_next("in", &ub.next, 4 * N);
    uint64_t at = k->in.address;
    k->low = area_next("low_half", &at, 2 * N);
    k->rows = area_next("rows", &at, 2 * N);
    k->ms = area_next("ms", &ub.next, 4 * N);
    at = k->ms.address + 2 * N;
    k->e0 = area_next("e0", &at, 2 * N);
    e->low_half = area_as(k->b, &k->low, DT_u16);
    e->entry = ub_tile_off(&ub, "entry", DT_i32, N);
    e->entry_u16 = ub_as(k->b, "entry_u16", e->entry, DT_u16);
    e->work = ub_tile_off(&ub, "work", DT_i32, N);
    e->work_f32 = ub_as(k->b, "work_f32", e->work, DT_f32);
    e->work_u32 = ub_as(k->b, "work_u32", e->work, DT_u32);
    e->state = ub_tile(&ub, "state", DT_i32, N);
    e->state_u16 = ub_as(k->b, "state_u16", e->state, DT_u16);
    e->state_f32 = ub_as(k->b, "state_f32", e->state, DT_f32);
    e->state_u32 = ub_as(k->b, "state_u32", e->state, DT_u32);
    place_groups(k, &ub);
    k->widths = area_next("widths", &ub.next, 2 * G);
    k->counts = area_next("counts", &ub.next, 2 * G);
    k->word = area_next("word", &ub.next, ENEC_SIZE_BYTES);
}

/* --- a block --- */

/* ms0 and ms go out, exponents stay. */
static void split(struct basic *k, struct kval block)
{
    const struct enec_layout *layout = &k->one->layout;
    enum dtype type = k->one->params.type;
    const struct enec_fields fields = { k->b, type, N };

    if (type == DT_f32) {
        enec_lower_halves(&fields, &k->in, &k->ms);
        enec_store_section(k->b, k->tensors, block, layout->ms0, &k->ms, layout->ms0_block);
        enec_upper_halves(&fields, &k->in);
    }
    enec_split(&fields, &k->in, &k->e0, &k->ms);
    enec_store_section(k->b, k->tensors, block, layout->ms, &k->ms, layout->ms_block);
}

/* Ranks by a table of 32-bit entries, and the widths of groups. */
static void rank(struct basic *k, struct kval block)
{
    struct lane_encoder *e = &k->lanes;
    struct build *b = k->b;
    struct kref widths = area_as(b, &k->widths, DT_u16);

    emit_line(b, vconv, .dst = e->work_f32, .a = area_as(b, &k->in, DT_i16), .count = imm(N));
    emit_line(b, vconv, .dst = e->work, .a = e->work_f32, .round = imm(ROUND_TRUNC),
              .count = imm(N));
    emit_shl(b, e->work_u32, e->work_u32, 2, imm(N));
    lanes_look_up(e, e->work_u32);
    lanes_rank(e);
    emit_line(b, vconv, .dst = area_as(b, &k->widths, DT_i16), .a = e->width, .count = imm(G));
    emit_pack(b, widths, imm(G), ENEC_BASIC_WIDTH_BITS);
    enec_store_section(b, k->tensors, block, k->one->layout.mask, &k->widths,
                       ENEC_BASIC_WIDTH_BYTES);
}

/* Bytes behind what the core has put out of e1. */
static void put_out(struct basic *k, struct area *from, struct kval bytes)
{
    struct build *b = k->b;
    struct kval core = build_mul(b, reg_of(REG_BLOCK_ID), imm((int64_t)k->one->layout.region));

    emit_line(b, store,
              .dst = build_at(b, k->tensors[COMPRESS_PARTS], build_add(b, core, k->out)),
              .a = area_as(b, from, DT_u8), .bytes = bytes);
    build_assign(b, k->out, build_add(b, k->out, bytes));
}

static void emit_block(struct basic *k, struct kval block)
{
    struct lane_encoder *e = &k->lanes;
    struct build *b = k->b;
    int64_t bytes = k->one->layout.block_bytes;
    struct kref plan = build_at(b, k->tensors[COMPRESS_PLAN], build_mul(b, block, imm(4)));

    emit_line(b, load_ub, .dst = area_as(b, &k->in, k->one->params.type),
              .a = build_at(b, k->tensors[COMPRESS_X], build_mul(b, block, imm(bytes))),
              .bytes = imm(bytes));
    split(k, block);
    rank(k, block);
    lanes_push(e);
    lanes_find_full(e);
    lanes_flush(e, area_as(b, &k->rows, DT_u16));
    struct kval lanes = build_read_or(b, "lanes", e->kept, plan);
    put_out(k, &k->rows, build_mul(b, lanes, imm(2)));
}

/* --- the program --- */

/* What the states still hold, and their counts. */
static void emit_tail(struct basic *k)
{
    struct lane_encoder *e = &k->lanes;
    struct build *b = k->b;

    build_if(b, build_lt(b, reg_of(REG_BLOCK_ID), imm((int64_t)k->one->layout.blocks)));
    emit_line(b, vreducev2p, .dst = e->low_half, .a = e->state_u16, .b = e->kept,
              .count = imm(2 * N), .pattern = imm(1), .counter = imm(1));
    emit_line(b, vconv, .dst = area_as(b, &k->counts, DT_i16), .a = e->count, .count = imm(G));
    put_out(k, &k->low, imm(ENEC_BASIC_STATES_BYTES));
    put_out(k, &k->counts, imm(ENEC_BASIC_COUNTS_BYTES));
    build_end(b);
    enec_store_size(b, k->tensors, &k->word, k->out);
}

void enec_basic_encode(struct build *b, const struct enec_case *one,
                       const struct kref tensors[COMPRESS_TENSORS])
{
    struct basic owner = { .b = b, .one = one, .tensors = tensors }, *k = &owner;

    place(k);
    emit_line(b, load_ub, .dst = k->lanes.table, .a = tensors[COMPRESS_TABLE],
              .bytes = imm(4 * ENEC_BASIC_SYMBOLS));
    lanes_put_powers(&k->lanes);
    emit_barrier(b, PIPE_ALL);
    lanes_clear(&k->lanes, k->ones, k->rank_mask);
    k->out = build_var(b, "out", imm(0));
    struct kval block = build_for(b, "block", reg_of(REG_BLOCK_ID),
                                  imm((int64_t)one->layout.blocks), reg_of(REG_BLOCK_NUM));
    emit_block(k, block);
    build_end(b);
    emit_tail(k);
}
