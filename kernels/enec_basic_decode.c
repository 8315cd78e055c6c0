/*
 * The program of enec-decompress with variant=v0: the first design, whose kernels are not
 * published (see enec_basic_encode.c). A core goes through its blocks from the last to the
 * first. Which row belongs to which group is a prefix sum over the groups that need one; rows
 * are blocks of 32 bytes, and so are gathered as such.
 */
#include "kernels/enec/enec_basic.h"
#include "kernels/enec/enec_header.h"
#include "kernels/enec_decompress_program.h"
#include "kernels/enec_fields.h"
#include "kernels/lane_emit.h"
#include "kernels/ub_tiles.h"

#undef N
#undef G
#define N ENEC_BASIC_BLOCK
#define G ENEC_BASIC_GROUPS

struct basic {
    struct decompress *k; /* t0 and t1 are `wide` and `work` */
    struct lane_decoder lanes;
    struct kref zero; /* a block, then the rows: what groups without one get */
    struct area rows, filled, widths;
    struct kref offset, offset_i32, shift, shift_f32;
    struct kval position; /* where the rows not yet read end, bytes into the stream */
};

static void place_groups(struct basic *s, struct ub_tiles *ub)
{
    struct lane_decoder *d = &s->lanes;
    struct build *b = s->k->b;

    d->width = ub_tile_off(ub, "width", DT_f32, G);
    d->count = ub_tile(ub, "count", DT_f32, G);
    d->more = ub_tile_off(ub, "more", DT_f32, G);
    d->empty = ub_tile(ub, "empty", DT_u8, G / 8);
    s->shift = ub_tile(ub, "shift", DT_i32, G);
    s->shift_f32 = ub_as(b, "shift_f32", s->shift, DT_f32);
    s->offset = ub_tile(ub, "offset", DT_u32, G);
    s->offset_i32 = ub_as(b, "offset_i32", s->offset, DT_i32);
    d->mask = ub_tile(ub, "mask", DT_i32, G);
    d->scale = ub_tile(ub, "scale", DT_f32, G);
    d->full = ub_tile(ub, "full", DT_i32, G);
    d->full_f32 = ub_as(b, "full_f32", d->full, DT_f32);
    d->one = ub_tile_off(ub, "one", DT_i32, G);
    d->one_f32 = ub_as(b, "one_f32", d->one, DT_f32);
    d->symbols = ub_tile(ub, "symbols", DT_i32, ENEC_BASIC_SYMBOLS);
    d->masks = ub_tile(ub, "masks", DT_i32, LANE_WIDTH_MAX + 1);
    d->scales = ub_tile(ub, "scales", DT_f32, LANE_WIDTH_MAX + 1);
}

/* The same memory as a tile. */
static struct area area_of(struct build *b, const char *name, struct kref tile)
{
    const struct ktile *from = &b->program->tiles[tile.index];
    uint64_t address = from->address;
    return area_next(name, &address, ktile_end(from) - from->address);
}

static void place_lanes(struct basic *s, struct ub_tiles *ub)
{
    struct lane_decoder *d = &s->lanes;
    struct build *b = s->k->b;

    d->state = ub_tile(ub, "state", DT_i32, N);
    d->state_u16 = ub_as(b, "state_u16", d->state, DT_u16);
    d->turned = ub_tile(ub, "turned", DT_u16, 2 * N);
    d->wide = ub_tile_off(ub, "wide", DT_u16, 2 * N);
    d->wide_i32 = ub_as(b, "wide_i32", d->wide, DT_i32);
    d->wide_f32 = ub_as(b, "wide_f32", d->wide, DT_f32);
    d->work = ub_tile_off(ub, "work", DT_f32, N);
    d->work_i32 = ub_as(b, "work_i32", d->work, DT_i32);
    ub->next += UB_BLOCK; /* the zero */
    uint64_t rows = ub->next;
    s->rows = area_next("rows", &rows, 2 * N);
    s->filled = area_next("filled", &rows, 2 * N);
    s->zero =
        build_tile(b, "zero", SPACE_UB, DT_u16, UB_BLOCK / 2 + N, s->rows.address - UB_BLOCK);
    d->index = ub_tile(ub, "index", DT_u32, N); /* when rows are used up */
    d->index_u16 = ub_as(b, "index_u16", d->index, DT_u16);
    d->index_i32 = ub_as(b, "index_i32", d->index, DT_i32);
}

static void place(struct basic *s)
{
    struct decompress *k = s->k;
    struct lane_decoder *d = &s->lanes;
    struct ub_tiles ub = { .b = k->b };

    d->of = (struct lane_shape){ k->b, PIPE_ALL, G, ENEC_GROUP };
    place_lanes(s, &ub);
    place_groups(s, &ub);
    s->widths = area_next("widths", &ub.next, 2 * G);
    k->prefix =
        area_next("prefix", &ub.next, (4 * (uint64_t)k->one->params.aivs + 31) / 32 * 32);
    k->header = area_next("header", &ub.next, ENEC_HEADER_BYTES);
    k->ones = area_next("ones", &ub.next, 2 * G);
    k->t0 = area_of(k->b, "low", d->wide);
    k->t1 = area_of(k->b, "word", d->work);
}

/* --- before the last block --- */

static void load_tables(struct basic *s)
{
    struct lane_decoder *d = &s->lanes;
    struct build *b = s->k->b;

    emit_line(b, load_ub, .dst = d->symbols, .a = s->k->tensors[TABLE],
              .bytes = imm(4 * ENEC_BASIC_SYMBOLS));
    lanes_put_masks(d);
    emit_barrier(b, PIPE_ALL);
    lanes_prepare(d);
    emit_line(b, vdup, .dst = s->zero, .scalar = real(0), .count = imm(UB_BLOCK / 2));
    emit_line(b, vdup, .dst = area_as(b, &s->k->ones, DT_f16), .scalar = real(0x1p-24),
              .count = imm(G));
}

/* The last states and counts of the core; its rows end where they begin. */
static void open_tail(struct basic *s)
{
    struct lane_decoder *d = &s->lanes;
    struct build *b = s->k->b;
    struct kval begin, end;

    enec_find_part(s->k, &begin, &end);
    int64_t tail = (int64_t)s->k->one->layout.e1 - ENEC_BASIC_TAIL_BYTES;
    s->position = build_var(b, "position", build_add(b, end, imm(tail)));
    enec_load_section(s->k, area_as(b, &s->filled, DT_u8), s->position,
                      imm(ENEC_BASIC_STATES_BYTES));
    enec_load_section(s->k, area_as(b, &s->widths, DT_u8),
                      build_add(b, s->position, imm(ENEC_BASIC_STATES_BYTES)),
                      imm(ENEC_BASIC_COUNTS_BYTES));
    lane_step(&d->of, vconv, .dst = d->count, .a = area_as(b, &s->widths, DT_i16),
              .count = imm(G));
    lanes_widen(d, area_as(b, &s->filled, DT_u16));
    lane_step(&d->of, vcopy, .dst = d->state, .a = d->wide_i32, .count = imm(N));
}

/* --- a block --- */

static void find_empty(struct basic *s, struct kval block)
{
    struct lane_decoder *d = &s->lanes;
    struct build *b = s->k->b;
    struct kref widths = area_as(b, &s->widths, DT_u16);

    enec_load_section(s->k, area_as(b, &s->widths, DT_u8),
                      block_at(s->k, block, s->k->one->layout.mask, ENEC_BASIC_WIDTH_BYTES),
                      imm(ENEC_BASIC_WIDTH_BYTES));
    emit_unpack_high(b, widths, imm(G), ENEC_BASIC_WIDTH_BITS);
    emit_shr(b, widths, widths, 16 - ENEC_BASIC_WIDTH_BITS, imm(G));
    emit_line(b, vconv, .dst = d->width, .a = area_as(b, &s->widths, DT_i16), .count = imm(G));
    lanes_find_empty(d, s->offset, s->offset_i32, s->shift_f32);
}

/* filled = the row of each group that needs one, else zeros. A sum counts the group itself: row
 * r lies r blocks behind the zeros, r = 1 being the first. */
static void fill(struct basic *s, struct kval block)
{
    struct decompress *k = s->k;
    struct build *b = k->b;
    struct kref sums = area_as(b, &k->t0, DT_u32), whole = area_as(b, &k->t0, DT_i32);
    struct kref offsets = area_as(b, &k->t0, DT_f32);
    struct kref plan = build_at(b, k->tensors[PLAN], build_mul(b, block, imm(4)));

    emit_line(b, vsels, .dst = area_at(b, &k->t1, DT_f16, imm(UB_BLOCK)),
              .a = area_as(b, &k->ones, DT_f16), .b = s->lanes.empty, .scalar = real(0),
              .count = imm(G));
    enec_scan_planes(k, G, 1);
    emit_shl(b, sums, sums, 4, imm(G)); /* lanes */
    struct kval lanes = build_read_or(b, "lanes", build_at(b, whole, imm(4 * (G - 1))), plan);
    struct kval bytes = build_mul(b, lanes, imm(2));
    build_assign(b, s->position, build_sub(b, s->position, bytes));
    enec_load_section(s->k, area_as(b, &s->rows, DT_u8), s->position, bytes);
    emit_shl(b, sums, sums, 1, imm(G)); /* bytes */
    emit_line(b, vsels, .dst = offsets, .a = offsets, .b = s->lanes.empty, .scalar = real(0),
              .count = imm(G));
    emit_line(b, vgatherb, .dst = area_as(b, &s->filled, DT_u16), .a = s->zero, .b = sums,
              .count = imm(N));
}

/* Exponents at `filled` become elements. */
static void join(struct basic *s, struct kval block)
{
    struct decompress *k = s->k;
    struct build *b = k->b;
    struct area *low = &k->t0, *words = &k->t1;
    const struct enec_layout *layout = &k->one->layout;
    enum dtype type = k->one->params.type;
    const struct enec_fields fields = { b, type, N };
    int64_t bytes = layout->block_bytes;

    enec_load_section(s->k, area_as(b, low, DT_u8),
                      block_at(s->k, block, layout->ms, layout->ms_block),
                      imm(layout->ms_block));
    enec_join(&fields, &s->filled, low);
    if (type == DT_f32) {
        enec_widen_upper(&fields, words, &s->filled);
        enec_load_section(s->k, area_as(b, low, DT_u8),
                          block_at(s->k, block, layout->ms0, layout->ms0_block),
                          imm(layout->ms0_block));
        enec_join_lower(&fields, words, low, 0);
    }
    emit_line(b, store, .dst = build_at(b, k->tensors[X], build_mul(b, block, imm(bytes))),
              .a = area_as(b, type == DT_f32 ? words : &s->filled, type), .bytes = imm(bytes));
}

static void emit_block(struct basic *s, struct kval block)
{
    struct lane_decoder *d = &s->lanes;
    struct build *b = s->k->b;

    find_empty(s, block);
    fill(s, block);
    lanes_widen(d, area_as(b, &s->filled, DT_u16));
    lanes_refill(d, s->shift);
    lanes_pull(d, s->offset);
    lanes_symbols(d);
    emit_line(b, vconv, .dst = area_as(b, &s->filled, DT_i16), .a = d->work_i32,
              .count = imm(N));
    join(s, block);
}

void enec_basic_decode(struct decompress *k)
{
    struct basic owner = { .k = k }, *s = &owner;
    struct build *b = k->b;
    struct kval id = reg_of(REG_BLOCK_ID), cores = reg_of(REG_BLOCK_NUM);

    place(s);
    build_if(b, build_lt(b, id, imm((int64_t)k->one->layout.blocks)));
    load_tables(s);
    open_tail(s);
    struct kval last = build_sub(b, imm((int64_t)k->one->layout.blocks - 1), id);
    struct kval turns = build_var(b, "turns", build_div(b, last, cores));
    struct kval turn = build_for(b, "turn", imm(0), build_add(b, turns, imm(1)), imm(1));
    struct kval back = build_mul(b, build_sub(b, turns, turn), cores);
    emit_block(s, build_add(b, id, back));
    build_end(b);
    build_end(b);
}
