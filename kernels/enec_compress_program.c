/*
 * The program of enec-compress, instruction for instruction as published.
 */
#include "kernels/enec_compress_program.h"

#include "kernels/enec_fields.h"
#include "kernels/enec_ranks.h"

#include <math.h>

#define N ENEC_BLOCK

struct compress {
    struct build *b;
    const struct enec_case *one;
    const struct kref *tensors; /* by enum enec_compress_tensor */
    struct area in, e0, ms, mask, gather, merge, word, table, count;
    struct kval cum, out; /* lanes that wait in merge; bytes of e1 that are out */
};

static struct kref u16_at(struct compress *k, struct area *area, int64_t lane)
{
    return area_at(k->b, area, DT_u16, imm(2 * lane));
}

/* bf16 as published; of the others only the buffers are: two of 64 KiB, merge and mask. */
static void place(struct compress *k)
{
    uint64_t at = 0;
    bool small = k->one->params.type == DT_bf16;

    k->in = area_next("in", &at, small ? 2 * N : 4 * N);
    if (small)
        k->e0 = area_next("e0", &at, 2 * N);
    k->ms = area_next("ms", &at, small ? N : 4 * N);
    if (small) {
        k->mask = area_next("mask", &at, N / 8);
        k->gather = area_next("gather", &at, 2 * N);
        k->merge = area_next("merge", &at, 2 * N);
    } else {
        uint64_t behind_in = k->in.address + 2 * N, behind_ms = k->ms.address + 2 * N;
        k->gather = area_next("gather", &behind_in, 2 * N);
        k->e0 = area_next("e0", &behind_ms, 2 * N);
        k->merge = area_next("merge", &at, 2 * N);
        k->mask = area_next("mask", &at, N / 8);
    }
    k->word = area_next("word", &at, ENEC_SIZE_BYTES);
    k->table = area_next("table", &at, 2 * ENEC_TABLE);
    k->count.as[DT_u64] = build_tile(k->b, "count", SPACE_SPR, DT_u64, 1, 0);
}

void enec_store_section(struct build *b, const struct kref tensors[COMPRESS_TENSORS],
                        struct kval block, uint64_t section, struct area *from, uint64_t bytes)
{
    struct kval at =
        build_add(b, build_mul(b, block, imm((int64_t)bytes)), imm((int64_t)section));
    emit_line(b, store, .dst = build_at(b, tensors[COMPRESS_STREAM], at),
              .a = area_as(b, from, DT_u8), .bytes = imm((int64_t)bytes));
}

static void store_section(struct compress *k, struct kval block, uint64_t section,
                          struct area *from, uint64_t bytes)
{
    enec_store_section(k->b, k->tensors, block, section, from, bytes);
}

/* --- exponents --- */

/* y = (b - e) mod 2^n, or the rank of e */
static void transform(struct compress *k)
{
    struct build *b = k->b;
    if (k->one->variant == ENEC_V1) {
        emit_lookup(b, &k->in, &k->table, &k->e0, 0);
        return;
    }
    struct kref in = area_as(b, &k->in, DT_i16), y = u16_at(k, &k->in, 0);

    emit_line(b, vadds, .dst = in, .a = in, .scalar = real(-(double)k->one->params.b),
              .count = imm(N));
    emit_line(b, vmuls, .dst = in, .a = in, .scalar = real(-1), .count = imm(N));
    emit_keep(b, y, y, k->one->params.n, imm(N));
}

/* --- outliers --- */

/* A bit for each group of which some y has more than m bits. Numbers this small are
 * subnormals as f16, and compare as integers do. */
static void find_outliers(struct compress *k)
{
    struct build *b = k->b;
    struct kref all = u16_at(k, &k->e0, 0), y = u16_at(k, &k->in, 0);
    double kept = (double)((1 << k->one->params.m) - 1);

    for (int64_t lanes = N / 2; lanes >= ENEC_GROUPS; lanes /= 2) {
        struct kref from = lanes == N / 2 ? y : all;
        struct area *upper = lanes == N / 2 ? &k->in : &k->e0;
        emit_or(b, all, from, u16_at(k, upper, lanes), imm(lanes));
    }
    emit_line(b, vcmpvs, .dst = area_as(b, &k->mask, DT_u8), .a = area_as(b, &k->e0, DT_f16),
              .cmp = imm(CMP_GT), .scalar = real(ldexp(kept, -24)), .count = imm(ENEC_GROUPS));
}

/* Put the high bits of lanes of `gather` from byte `from` on behind those in merge. */
static void append(struct compress *k, struct kval from, struct kval count)
{
    struct build *b = k->b;
    emit_shr(b, area_at(b, &k->merge, DT_u16, build_mul(b, k->cum, imm(2))),
             area_at(b, &k->gather, DT_u16, from), k->one->params.m, count);
}

/* Pack and put out the first lanes of merge. */
static void flush(struct compress *k, struct kval lanes)
{
    struct build *b = k->b;
    int64_t region = (int64_t)k->one->layout.region;
    struct kval bytes = build_div(b, build_mul(b, lanes, imm(k->one->kept)), imm(8));
    struct kval core = build_mul(b, reg_of(REG_BLOCK_ID), imm(region));

    emit_pack(b, u16_at(k, &k->merge, 0), lanes, k->one->kept);
    emit_line(b, store,
              .dst = build_at(b, k->tensors[COMPRESS_PARTS], build_add(b, core, k->out)),
              .a = area_as(b, &k->merge, DT_u8), .bytes = bytes);
    build_assign(b, k->out, build_add(b, k->out, bytes));
}

static void merge(struct compress *k, struct kval count)
{
    struct build *b = k->b;
    struct kval room = build_var(b, "room", build_sub(b, imm(N), k->cum));

    build_if(b, build_lt(b, count, room));
    append(k, imm(0), count);
    build_assign(b, k->cum, build_add(b, k->cum, count));
    build_else(b);
    append(k, imm(0), room);
    flush(k, imm(N));
    build_assign(b, k->cum, imm(0));
    struct kval left = build_var(b, "left", build_sub(b, count, room));
    append(k, build_mul(b, room, imm(2)), left);
    build_assign(b, k->cum, left);
    build_end(b);
}

static void gather_outliers(struct compress *k, struct kval block)
{
    struct build *b = k->b;
    struct kref plan = build_at(b, k->tensors[COMPRESS_PLAN], build_mul(b, block, imm(4)));

    emit_spread_mask(b, &k->mask);
    emit_line(b, vreducev2, .dst = u16_at(k, &k->gather, 0), .a = u16_at(k, &k->in, 0),
              .b = area_as(b, &k->mask, DT_u16), .c = k->count.as[DT_u64], .count = imm(N),
              .counter = imm(1));
    struct kval count = build_read_or(b, "outliers", k->count.as[DT_u64], plan);

    struct kref e0 = u16_at(k, &k->e0, 0);
    emit_keep(b, e0, u16_at(k, &k->in, 0), k->one->params.m, imm(N));
    emit_pack(b, e0, imm(N), k->one->params.m);
    if (k->one->kept != 0)
        merge(k, count);
}

/* --- the program --- */

static void emit_block(struct compress *k, struct kval block)
{
    const struct enec_layout *layout = &k->one->layout;
    struct build *b = k->b;
    enum dtype type = k->one->params.type;
    const struct enec_fields fields = { b, type, N };
    struct kval at = build_mul(b, block, imm(layout->block_bytes));

    emit_line(b, load_ub, .dst = area_as(b, &k->in, type),
              .a = build_at(b, k->tensors[COMPRESS_X], at), .bytes = imm(layout->block_bytes));
    if (type == DT_f32) {
        enec_lower_halves(&fields, &k->in, &k->ms);
        store_section(k, block, layout->ms0, &k->ms, layout->ms0_block);
        enec_upper_halves(&fields, &k->in);
    }
    enec_split(&fields, &k->in, &k->e0, &k->ms);
    transform(k);
    find_outliers(k);
    if (type != DT_bf16)
        store_section(k, block, layout->mask, &k->mask, ENEC_MASK_BYTES);
    gather_outliers(k, block);
    store_section(k, block, layout->e0, &k->e0, layout->e0_block);
    store_section(k, block, layout->ms, &k->ms, layout->ms_block);
    store_section(k, block, layout->mask, &k->mask, ENEC_MASK_BYTES);
}

void enec_store_size(struct build *b, const struct kref tensors[COMPRESS_TENSORS],
                     struct area *area, struct kval bytes)
{
    struct kref word = area_as(b, area, DT_u32);

    emit_line(b, vdup, .dst = word, .scalar = real(0), .count = imm(ENEC_SIZE_BYTES / 4));
    emit(b, put, .dst = word, .value = bytes);
    emit_barrier(b, PIPE_ALL);
    emit_line(b, store,
              .dst = build_at(b, tensors[COMPRESS_SIZES],
                              build_mul(b, reg_of(REG_BLOCK_ID), imm(ENEC_SIZE_BYTES))),
              .a = word, .bytes = imm(ENEC_SIZE_BYTES));
}

/* What is left in merge, filled up, and the size of it all. */
static void emit_tail(struct compress *k)
{
    struct build *b = k->b;
    struct kref merge = u16_at(k, &k->merge, 0);

    if (k->one->kept != 0) {
        build_if(b, k->cum);
        struct kval lanes = build_round_up(b, k->cum, ENEC_TAIL);
        emit_keep(b, merge, merge, k->one->kept, lanes);
        flush(k, lanes);
        build_end(b);
    }
    enec_store_size(b, k->tensors, &k->word, k->out);
}

void enec_compress_program(struct build *b, const struct enec_case *one,
                           const struct kref tensors[COMPRESS_TENSORS])
{
    struct compress state = { .b = b, .one = one, .tensors = tensors }, *k = &state;

    place(k);
    emit_line(b, vdup, .dst = u16_at(k, &k->merge, 0), .scalar = real(0), .count = imm(N));
    emit_line(b, vdup, .dst = area_as(b, &k->word, DT_u16),
              .scalar = real((1 << k->one->params.m) - 1), .count = imm(ENEC_SIZE_BYTES / 2));
    if (k->one->variant == ENEC_V1)
        emit_line(b, load_ub, .dst = area_as(b, &k->table, DT_u16),
                  .a = k->tensors[COMPRESS_TABLE], .bytes = imm(2 * ENEC_TABLE));
    k->cum = build_var(b, "waiting", imm(0));
    k->out = build_var(b, "out", imm(0));
    struct kval block = build_for(b, "block", reg_of(REG_BLOCK_ID),
                                  imm((int64_t)k->one->layout.blocks), reg_of(REG_BLOCK_NUM));
    emit_block(k, block);
    build_end(b);
    emit_tail(k);
}
