/*
 * Of enec-decompress: which high bits belong to which element. How many outliers are in front
 * of one is a prefix sum over the mask, in rows of 16 first, then over the rows (IDD-Scan of
 * the paper). Counts are integers in f16 and f32 lanes, most of the time as subnormals, which
 * these units add as they are.
 */
#include "kernels/enec/enec_header.h"
#include "kernels/enec_decompress_program.h"

#define ROW 16         /* lanes of a row of the scan */
#define ROWS (G / ROW) /* 64, as many as an f32 repeat has lanes */

void enec_load_section(struct decompress *k, struct kref to, struct kval at, struct kval bytes)
{
    emit_line(k->b, load_ub, .dst = to, .a = build_at(k->b, k->tensors[STREAM], at),
              .bytes = bytes);
}

/* --- high bits, unpacked ahead of their use --- */

/* Load and unpack the next lanes of the core's part of e1: a block's worth, or what is left.
 * The bits of each are then the upper ones of its lane. */
static void refill(struct decompress *k)
{
    struct build *b = k->b;
    struct kval lanes = build_var(b, "lanes", build_min(b, k->left, imm(N)));

    build_if(b, lanes);
    struct kval bytes = build_div(b, build_mul(b, lanes, imm(k->one->kept)), imm(8));
    enec_load_section(k, area_as(b, &k->merge, DT_u8), k->from, bytes);
    emit_unpack_high(b, u16_at(k, &k->merge, 0), lanes, k->one->kept);
    build_assign(b, k->from, build_add(b, k->from, bytes));
    build_assign(b, k->left, build_sub(b, k->left, lanes));
    build_end(b);
    build_assign(b, k->used, imm(0));
}

/* Move lanes from merge behind the first `at` of a block's, shifted down to bits m and up, with
 * the sign of y above them. */
static void take(struct decompress *k, struct kval at, struct kval count)
{
    struct build *b = k->b;
    struct kval byte = build_add(b, build_mul(b, at, imm(2)), imm(UB_BLOCK));

    enum dtype type = k->one->variant == ENEC_V1 ? DT_u16 : DT_i16; /* a rank has no sign */
    emit_shr(b, area_at(b, &k->t1, type, byte),
             area_at(b, &k->merge, type, build_mul(b, k->used, imm(2))), 16 - k->one->params.n,
             count);
    build_assign(b, k->used, build_add(b, k->used, count));
}

static void take_outliers(struct decompress *k, struct kval count)
{
    struct build *b = k->b;
    struct kval ready = build_var(b, "ready", build_sub(b, imm(N), k->used));

    build_if(b, build_lt(b, count, ready));
    take(k, imm(0), count);
    build_else(b);
    take(k, imm(0), ready);
    refill(k);
    take(k, ready, build_var(b, "more", build_sub(b, count, ready)));
    build_end(b);
}

void enec_find_part(struct decompress *k, struct kval *begin, struct kval *end)
{
    const struct enec_layout *layout = &k->one->layout;
    struct build *b = k->b;
    struct kval id = reg_of(REG_BLOCK_ID), byte = build_mul(b, id, imm(4));
    int64_t planned = 4 * (int64_t)layout->blocks;
    struct kref plan = build_at(b, k->tensors[PLAN], build_add(b, byte, imm(planned)));
    struct kref begin_at = area_at(b, &k->prefix, DT_u32, byte);

    enec_load_section(k, area_as(b, &k->prefix, DT_u8), imm((int64_t)layout->prefix),
                      imm((int64_t)(layout->e1 - layout->prefix)));
    enec_load_section(k, area_as(b, &k->header, DT_u8), imm(0), imm(ENEC_HEADER_BYTES));
    *begin = build_read_or(b, "begin", begin_at, plan);
    *end = build_var(b, "end", imm(0));
    build_if(b, build_eq(b, id, imm((int64_t)k->one->params.aivs - 1)));
    struct kref total_at = area_at(b, &k->header, DT_u32, imm(TOTAL_AT));
    struct kref last =
        build_at(b, k->tensors[PLAN], imm(planned + 4 * (int64_t)k->one->params.aivs));
    build_assign(
        b, *end,
        build_sub(b, build_read_or(b, "total", total_at, last), imm((int64_t)layout->e1)));
    build_else(b);
    build_assign(
        b, *end,
        build_read_or(b, "next", build_at(b, begin_at, imm(4)), build_at(b, plan, imm(4))));
    build_end(b);
}

void enec_open_part(struct decompress *k)
{
    struct build *b = k->b;
    struct kval begin, end;

    enec_find_part(k, &begin, &end);
    struct kval bytes = build_sub(b, end, begin);
    k->left =
        build_var(b, "left", build_div(b, build_mul(b, bytes, imm(8)), imm(k->one->kept)));
    k->from = build_var(b, "from", build_add(b, begin, imm((int64_t)k->one->layout.e1)));
    k->used = build_var(b, "used", imm(0));
    refill(k);
}

/* --- the scan --- */

/* t0 = the sums of t1's rows of 16, inclusive. Rows become columns, so that 15 additions of
 * 64 lanes do it, in f32; between them the vector pipe alone is waited for. */
static void scan_rows(struct decompress *k)
{
    struct build *b = k->b;
    struct kref sums = area_as(b, &k->scratch, DT_f32), narrow = f16_at(k, &k->scratch, 2 * G);
    struct kref back = f16_at(k, &k->scratch, 3 * G);
    enum { STRIDE = ROWS * 2 / UB_BLOCK }; /* blocks in a column */

    emit(b, vnchwconv, .dst = narrow, .a = f16_at(k, &k->t1, ROW), .dst_blk = imm(STRIDE),
         .dst_rep = imm(1), .count = imm(G));
    emit_barrier(b, PIPE_V);
    emit(b, vconv, .dst = sums, .a = narrow, .count = imm(G));
    for (int64_t column = 1; column < ROW; column++) {
        struct kref to = wide_at(k, &k->scratch, DT_f32, column * ROWS);
        emit_barrier(b, PIPE_V);
        emit(b, vadd, .dst = to, .a = wide_at(k, &k->scratch, DT_f32, (column - 1) * ROWS),
             .b = to, .count = imm(ROWS));
    }
    emit_barrier(b, PIPE_V);
    emit(b, vconv, .dst = narrow, .a = sums, .count = imm(G));
    emit_barrier(b, PIPE_V);
    emit(b, vnchwconv, .dst = back, .a = narrow, .a_blk = imm(STRIDE), .a_rep = imm(1),
         .count = imm(G));
    emit_barrier(b, PIPE_V);
    emit_line(b, vadds, .dst = f16_at(k, &k->t0, 0), .a = back, .scalar = real(0),
              .count = imm(G));
}

/* Add to each row of t0 the sum of all rows before it. Lanes that are no last of a row are
 * not used. */
static void add_rows(struct decompress *k)
{
    struct build *b = k->b;

    struct kval first = build_read(b, "first", u16_at(k, &k->t0, ROW - 1));
    emit(b, put, .dst = u16_at(k, &k->h, ROW - 1), .value = first);
    emit_barrier(b, PIPE_ALL);
    emit_line(b, vadd, .dst = f16_at(k, &k->h, ROW), .a = f16_at(k, &k->t0, 0),
              .b = f16_at(k, &k->t0, ROW), .count = imm(G - ROW));
    for (int64_t shift = 2 * ROW; shift < G; shift *= 2)
        emit_line(b, vadd, .dst = f16_at(k, &k->h, shift), .a = f16_at(k, &k->h, shift),
                  .b = f16_at(k, &k->h, 0), .count = imm(G - shift));
    emit_line(b, vreducev2, .dst = u16_at(k, &k->ends, 0), .a = u16_at(k, &k->h, 0),
              .b = u16_at(k, &k->pattern, 0), .c = k->count, .count = imm(G),
              .counter = imm(1));
    emit_line(b, vbrcb, .dst = u16_at(k, &k->scratch, 0), .a = u16_at(k, &k->ends, 0),
              .count = imm(ROWS));
    emit_line(b, vcopy, .dst = u16_at(k, &k->h, 0), .a = u16_at(k, &k->scratch, 0),
              .count = imm(G));
    emit_line(b, vadd, .dst = f16_at(k, &k->t0, ROW), .a = f16_at(k, &k->t0, ROW),
              .b = f16_at(k, &k->h, 0), .count = imm(G - ROW));
}

/* t0 = the sums of the groups' marks, as integers. */
static void scan_groups(struct decompress *k)
{
    struct build *b = k->b;
    struct kref wide = area_as(b, &k->t0, DT_f32);

    emit_line(b, vsels, .dst = f16_at(k, &k->t1, ROW), .a = f16_at(k, &k->ones, 0),
              .b = area_as(b, &k->mask, DT_u8), .scalar = real(0), .count = imm(G));
    scan_rows(k);
    add_rows(k);
    emit_line(b, vconv, .dst = wide, .a = area_as(b, &k->t0, DT_i16), .count = imm(G));
    emit_line(b, vconv, .dst = area_as(b, &k->t0, DT_i32), .a = wide, .round = imm(ROUND_TRUNC),
              .count = imm(G));
}

void enec_scan_planes(struct decompress *k, int64_t groups, int64_t planes)
{
    struct build *b = k->b;
    int64_t all = ENEC_GROUP * groups, plane = 2 * groups / UB_BLOCK; /* lanes, blocks */
    struct kref sums = area_as(b, &k->t0, DT_f32), narrow = f16_at(k, &k->t0, all);
    struct kref marks = f16_at(k, &k->t1, ROW), back = f16_at(k, &k->t0, 0);
    struct kval last = imm(4 * ENEC_GROUP), count = imm(planes * groups);

    emit(b, vnchwconv, .dst = narrow, .a = marks, .a_blk = imm(plane), .a_rep = imm(1),
         .count = imm(all));
    emit_barrier(b, PIPE_V);
    emit(b, vconv, .dst = sums, .a = narrow, .count = imm(all));
    struct kval at = build_for(b, "group", imm(0), imm((groups - 1) * 4 * ENEC_GROUP), last);
    struct kref to = area_at(b, &k->t0, DT_f32, build_add(b, at, last));
    emit_barrier(b, PIPE_V);
    emit(b, vadd, .dst = to, .a = area_at(b, &k->t0, DT_f32, at), .b = to,
         .count = imm(ENEC_GROUP));
    build_end(b);
    emit_barrier(b, PIPE_V);
    emit(b, vconv, .dst = back, .a = sums, .count = imm(all));
    emit_barrier(b, PIPE_V);
    emit_line(b, vnchwconv, .dst = marks, .a = back, .dst_blk = imm(plane), .dst_rep = imm(1),
              .count = imm(all));
    emit_line(b, vconv, .dst = sums, .a = area_at(b, &k->t1, DT_i16, imm(UB_BLOCK)),
              .count = count);
    emit_line(b, vconv, .dst = area_as(b, &k->t0, DT_i32), .a = sums, .round = imm(ROUND_TRUNC),
              .count = count);
}

/* The same without the two levels, of all planes at once. */
static void scan_all(struct decompress *k)
{
    emit_line(k->b, vsels, .dst = f16_at(k, &k->t1, ROW), .a = f16_at(k, &k->ones, 0),
              .a_rep = imm(0), .b = area_as(k->b, &k->mask, DT_u8), .scalar = real(0),
              .count = imm(N));
    enec_scan_planes(k, G, ENEC_GROUP);
}

/* t0 = for every element how many outliers there are up to it: the groups' sums, and for each
 * further plane as many more as there are groups. Returns the count of the block. */
static struct kval scan(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    struct kref wide = area_as(b, &k->t0, DT_f32);

    if (k->one->variant == ENEC_V3)
        scan_groups(k);
    else
        scan_all(k);
    struct kval groups = build_read(b, "groups", wide_at(k, &k->t0, DT_i32, G - 1));
    struct kval sum = build_var(b, "sum", imm(0));
    bool planes = k->one->variant != ENEC_V3; /* each has the groups' sums already */
    for (int64_t plane = 1; plane < ENEC_GROUP; plane++) {
        build_assign(b, sum, build_add(b, sum, groups));
        emit_line(b, vadds, .dst = wide_at(k, &k->t0, DT_f32, plane * G),
                  .a = planes ? wide_at(k, &k->t0, DT_f32, plane * G) : wide, .scalar = sum,
                  .count = imm(G));
    }
    return build_read_or(b, "outliers", wide_at(k, &k->t0, DT_i32, N - 1),
                         build_at(b, k->tensors[PLAN], build_mul(b, block, imm(4))));
}

void enec_spread_outliers(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    struct kref index = area_as(b, &k->t0, DT_u32), whole = area_as(b, &k->t0, DT_i32);

    enec_load_section(k, area_as(b, &k->mask, DT_u8),
                      block_at(k, block, k->one->layout.mask, ENEC_MASK_BYTES),
                      imm(ENEC_MASK_BYTES));
    if (k->one->variant != ENEC_V3)
        emit_spread_mask(b, &k->mask);
    take_outliers(k, scan(k, block));
    emit_shl(b, index, index, 1, imm(N));
    emit_line(b, vadds, .dst = whole, .a = whole, .scalar = real(UB_BLOCK - 2),
              .count = imm(N));
    if (k->one->variant == ENEC_V3)
        emit_spread_mask(b, &k->mask);
    emit_line(b, vsels, .dst = area_as(b, &k->t0, DT_f32), .a = area_as(b, &k->t0, DT_f32),
              .b = area_as(b, &k->mask, DT_u8), .scalar = real(0), .count = imm(N));
    emit_line(b, vgather, .dst = u16_at(k, &k->t0, 0), .a = u16_at(k, &k->t1, 0), .b = index,
              .count = imm(N));
}
