/*
 * enec-decompress: a stream to its elements, instruction for instruction as the published
 * kernels do it. Where an element of an outlier group has its high bits follows from how many
 * outlier groups are in front of it: a prefix sum over the mask, in rows of 16 first, then
 * over the rows (IDD-Scan of the paper). Counts are integers in f16 and f32 lanes, most of the
 * time as subnormals, which these units add as they are.
 */
#include "kernels/data.h"
#include "kernels/enec_case.h"
#include "kernels/enec_emit.h"
#include "kernels/enec/enec_header.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <math.h>
#include <string.h>

#define N ENEC_BLOCK
#define G ENEC_GROUPS
#define ROW 16         /* lanes of a row of the scan */
#define ROWS (G / ROW) /* 64, as many as an f32 repeat has lanes */
#define TOTAL_AT 20    /* of totalCompressedBytes in the header */

enum { STREAM, X, PLAN };

static const struct arg_spec args[] = { ENEC_ARGS, { 0 } };

struct decompress {
    struct build *b;
    const struct enec_case *one;
    struct kref tensors[PLAN + 1], count;
    struct area mask, prefix, merge, ends, pattern, header, ones, t0, t1, h, scratch;
    struct kval used, left, from; /* lanes of merge that were taken; lanes of the core's part
                                     that are still packed, and where in the stream */
};

static struct kref u16_at(struct decompress *k, struct area *area, int64_t lane)
{
    return area_at(k->b, area, DT_u16, imm(2 * lane));
}

static struct kref f16_at(struct decompress *k, struct area *area, int64_t lane)
{
    return area_at(k->b, area, DT_f16, imm(2 * lane));
}

static struct kref wide_at(struct decompress *k, struct area *area, enum dtype type,
                           int64_t lane)
{
    return area_at(k->b, area, type, imm(4 * lane));
}

/* t1 begins with the zero that elements without high bits get; h is its upper half. */
static void place(struct decompress *k)
{
    uint64_t at = 0;
    k->mask = area_next("mask", &at, N / 8);
    k->prefix = area_next("prefix", &at, (4 * (uint64_t)k->one->params.aivs + 31) / 32 * 32);
    k->merge = area_next("merge", &at, 2 * N);
    k->ends = area_next("ends", &at, 2 * G);
    k->pattern = area_next("pattern", &at, G / 8);
    k->header = area_next("header", &at, ENEC_HEADER_BYTES);
    k->ones = area_next("ones", &at, 2 * G);
    k->t0 = area_next("t0", &at, 4 * N);
    k->t1 = area_next("t1", &at, UB_BLOCK + 4 * N);
    uint64_t upper = k->t1.address + UB_BLOCK + 2 * N;
    k->h = area_next("h", &upper, 2 * N);
    uint64_t behind = k->t1.address + 4 * N / 4;
    k->scratch = area_next("scratch", &behind, 4 * G + 2 * 2 * G);
    k->count = build_tile(k->b, "count", SPACE_SPR, DT_u64, 1, 0);
}

static void load_section(struct decompress *k, struct kref to, struct kval at,
                         struct kval bytes)
{
    emit_line(k->b, load_ub, .dst = to, .a = build_at(k->b, k->tensors[STREAM], at),
              .bytes = bytes);
}

static struct kval block_at(struct decompress *k, struct kval block, uint64_t section,
                            uint64_t bytes)
{
    return build_add(k->b, build_mul(k->b, block, imm((int64_t)bytes)), imm((int64_t)section));
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
    load_section(k, area_as(b, &k->merge, DT_u8), k->from, bytes);
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

    emit_shr(b, area_at(b, &k->t1, DT_i16, byte),
             area_at(b, &k->merge, DT_i16, build_mul(b, k->used, imm(2))),
             16 - k->one->params.n, count);
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

/* Where the core's part of e1 lies: offsets are at prefix, the end of the last in the header.
 */
static void find_part(struct decompress *k)
{
    const struct enec_layout *layout = &k->one->layout;
    struct build *b = k->b;
    struct kval id = reg_of(REG_BLOCK_ID), byte = build_mul(b, id, imm(4));
    int64_t planned = 4 * (int64_t)layout->blocks;
    struct kref plan = build_at(b, k->tensors[PLAN], build_add(b, byte, imm(planned)));
    struct kref begin_at = area_at(b, &k->prefix, DT_u32, byte);

    load_section(k, area_as(b, &k->prefix, DT_u8), imm((int64_t)layout->prefix),
                 imm((int64_t)(layout->e1 - layout->prefix)));
    load_section(k, area_as(b, &k->header, DT_u8), imm(0), imm(ENEC_HEADER_BYTES));
    struct kval begin = build_read_or(b, "begin", begin_at, plan);
    struct kval end = build_var(b, "end", imm(0));
    build_if(b, build_eq(b, id, imm((int64_t)k->one->params.aivs - 1)));
    struct kref total_at = area_at(b, &k->header, DT_u32, imm(TOTAL_AT));
    struct kref last =
        build_at(b, k->tensors[PLAN], imm(planned + 4 * (int64_t)k->one->params.aivs));
    build_assign(
        b, end,
        build_sub(b, build_read_or(b, "total", total_at, last), imm((int64_t)layout->e1)));
    build_else(b);
    build_assign(
        b, end,
        build_read_or(b, "next", build_at(b, begin_at, imm(4)), build_at(b, plan, imm(4))));
    build_end(b);
    struct kval bytes = build_sub(b, end, begin);
    k->left =
        build_var(b, "left", build_div(b, build_mul(b, bytes, imm(8)), imm(k->one->kept)));
    k->from = build_var(b, "from", build_add(b, begin, imm((int64_t)layout->e1)));
    k->used = build_var(b, "used", imm(0));
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

/* t0 = for every element how many outliers there are up to it: the groups' sums, and for each
 * further plane as many more as there are groups. Returns the count of the block. */
static struct kval scan(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    struct kref wide = area_as(b, &k->t0, DT_f32), whole = area_as(b, &k->t0, DT_i32);

    emit_line(b, vsels, .dst = f16_at(k, &k->t1, ROW), .a = f16_at(k, &k->ones, 0),
              .b = area_as(b, &k->mask, DT_u8), .scalar = real(0), .count = imm(G));
    scan_rows(k);
    add_rows(k);
    emit_line(b, vconv, .dst = wide, .a = area_as(b, &k->t0, DT_i16), .count = imm(G));
    emit_line(b, vconv, .dst = whole, .a = wide, .round = imm(ROUND_TRUNC), .count = imm(G));
    struct kval groups = build_read(b, "groups", wide_at(k, &k->t0, DT_i32, G - 1));
    struct kval sum = build_var(b, "sum", imm(0));
    for (int64_t plane = 1; plane < ENEC_GROUP; plane++) {
        build_assign(b, sum, build_add(b, sum, groups));
        emit_line(b, vadds, .dst = wide_at(k, &k->t0, DT_f32, plane * G), .a = wide,
                  .scalar = sum, .count = imm(G));
    }
    return build_read_or(b, "outliers", wide_at(k, &k->t0, DT_i32, N - 1),
                         build_at(b, k->tensors[PLAN], build_mul(b, block, imm(4))));
}

/* t0 = the high bits of every element, zero outside of outlier groups. */
static void spread_outliers(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    struct kref index = area_as(b, &k->t0, DT_u32), whole = area_as(b, &k->t0, DT_i32);

    load_section(k, area_as(b, &k->mask, DT_u8),
                 block_at(k, block, k->one->layout.mask, ENEC_MASK_BYTES),
                 imm(ENEC_MASK_BYTES));
    take_outliers(k, scan(k, block));
    emit_shl(b, index, index, 1, imm(N));
    emit_line(b, vadds, .dst = whole, .a = whole, .scalar = real(UB_BLOCK - 2),
              .count = imm(N));
    emit_spread_mask(b, &k->mask);
    emit_line(b, vsels, .dst = area_as(b, &k->t0, DT_f32), .a = area_as(b, &k->t0, DT_f32),
              .b = area_as(b, &k->mask, DT_u8), .scalar = real(0), .count = imm(N));
    emit_line(b, vgather, .dst = u16_at(k, &k->t0, 0), .a = u16_at(k, &k->t1, 0), .b = index,
              .count = imm(N));
}

/* --- fields --- */

/* h = the exponents. With n = m there are no high bits: the low ones have the sign. */
static void exponents(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    const struct enec_params *params = &k->one->params;
    struct kref h = u16_at(k, &k->h, 0), signedly = area_as(b, &k->h, DT_i16);
    uint32_t bytes = k->one->layout.e0_block;

    load_section(k, area_as(b, &k->h, DT_u8), block_at(k, block, k->one->layout.e0, bytes),
                 imm(bytes));
    emit_unpack_high(b, h, imm(N), params->m);
    if (k->one->kept == 0) {
        emit_shr(b, signedly, signedly, 16 - params->m, imm(N));
    } else {
        emit_shr(b, h, h, 16 - params->m, imm(N));
        emit_or(b, h, h, u16_at(k, &k->t0, 0), imm(N));
    }
    emit_line(b, vmuls, .dst = signedly, .a = signedly, .scalar = real(-1), .count = imm(N));
    emit_line(b, vadds, .dst = signedly, .a = signedly, .scalar = real((double)params->b),
              .count = imm(N));
}

/* h = elements, from exponents there and ms at `t0`, moved up beside them. */
static void join(struct decompress *k, unsigned right)
{
    struct build *b = k->b;
    struct kref h = u16_at(k, &k->h, 0), t0 = u16_at(k, &k->t0, 0);

    emit_or(b, h, h, t0, imm(N));
    emit_shr(b, t0, h, right, imm(N));
    emit_shl(b, h, h, 16 - right, imm(N));
    emit_or(b, h, h, t0, imm(N));
}

static void join_half(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    struct kref t0 = u16_at(k, &k->t0, 0);
    uint32_t bytes = k->one->layout.ms_block;

    load_section(k, area_as(b, &k->t0, DT_u8), block_at(k, block, k->one->layout.ms, bytes),
                 imm(bytes));
    if (k->one->params.type == DT_f16) {
        emit_unpack_high(b, t0, imm(N), 11);
        join(k, 6);
        return;
    }
    emit_shr(b, u16_at(k, &k->t0, N / 2), t0, 8, imm(N / 2));
    emit_shl(b, t0, t0, 8, imm(N));
    join(k, 9);
}

/* t0 = f32: h is the upper half, the lower ones come two to a word. */
static void join_f32(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    struct kref low = area_at(b, &k->t1, DT_u32, imm(UB_BLOCK));
    struct kref upper = area_at(b, &k->t1, DT_u32, imm(UB_BLOCK + 2 * N));
    struct kref t0 = u16_at(k, &k->t0, 0);
    uint32_t bytes = k->one->layout.ms0_block;

    emit_line(b, vconv, .dst = area_as(b, &k->t0, DT_f32), .a = area_as(b, &k->h, DT_bf16),
              .count = imm(N));
    load_section(k, area_at(b, &k->t1, DT_u8, imm(UB_BLOCK)),
                 block_at(k, block, k->one->layout.ms0, bytes), imm(bytes));
    emit_shr(b, upper, low, 16, imm(N / 2));
    emit_shl(b, low, low, 16, imm(N / 2));
    emit_shr(b, low, low, 16, imm(N / 2));
    emit_or(b, t0, t0, area_at(b, &k->t1, DT_u16, imm(UB_BLOCK)), imm(2 * N));
}

/* --- the program --- */

static void emit_block(struct decompress *k, struct kval block)
{
    struct build *b = k->b;
    enum dtype type = k->one->params.type;
    int64_t bytes = k->one->layout.block_bytes;

    if (k->one->kept != 0)
        spread_outliers(k, block);
    exponents(k, block);
    join_half(k, block);
    if (type == DT_f32)
        join_f32(k, block);
    emit_line(b, store, .dst = build_at(b, k->tensors[X], build_mul(b, block, imm(bytes))),
              .a = area_as(b, type == DT_f32 ? &k->t0 : &k->h, type), .bytes = imm(bytes));
}

static void emit_program(struct decompress *k)
{
    struct build *b = k->b;

    place(k);
    emit_line(b, vdup, .dst = f16_at(k, &k->ones, 0), .scalar = real(0x1p-24), .count = imm(G));
    emit_line(b, vdup, .dst = u16_at(k, &k->pattern, 0), .scalar = real(0x8000),
              .count = imm(G / 16));
    emit_line(b, vdup, .dst = u16_at(k, &k->t1, 0), .scalar = real(0), .count = imm(ROW));
    if (k->one->kept != 0) {
        find_part(k);
        refill(k);
    }
    struct kval block = build_for(b, "block", reg_of(REG_BLOCK_ID),
                                  imm((int64_t)k->one->layout.blocks), reg_of(REG_BLOCK_NUM));
    emit_block(k, block);
    build_end(b);
}

static bool build(struct workload *work, const struct target *target, struct diag *diag)
{
    struct enec_case one;
    if (!enec_case_of(work, target->aiv, &one, diag))
        return false;

    struct kernel *kernel = work->kernel = kernel_new("enec-decompress");
    struct decompress k = { .one = &one };
    int64_t blocks = (int64_t)one.layout.blocks;
    k.tensors[STREAM] =
        build_tensor(kernel, "stream", DT_u8, TENSOR_IN, (int64_t)one.layout.most, 0);
    k.tensors[X] = build_tensor(kernel, "x", one.params.type, TENSOR_OUT, blocks * N, 0);
    k.tensors[PLAN] = build_tensor(kernel, "plan", DT_u32, TENSOR_IN, enec_plan_words(&one), 0);
    kernel->tensors[PLAN].control = true;
    struct build b = build_begin(kernel, CORE_AIV);
    k.b = &b;
    emit_program(&k);
    work->blocks = target->aiv;
    work->warm_runs = (unsigned)work->args[ENEC_WARM];
    return true;
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    struct enec_case one = enec_case_built(work);
    if (tensor == PLAN) {
        enec_case_plan(&one, seed, data);
        return;
    }
    uint8_t *x = mem_new(one.bytes);
    struct diag diag = { 0 };
    uint64_t bytes;
    enec_case_elements(&one, seed, x);
    bool ok = enec_compress(&one.params, x, one.layout.elements, data, &bytes, &diag);
    SIM_ASSERT(ok);
    memset(data + bytes, 0, one.layout.most - bytes);
    mem_free(x);
}

/* With the reference, whatever the stream. */
static void check(const struct workload *work, uint8_t *const *tensors, struct verdict *verdict)
{
    struct enec_case one = enec_case_built(work);
    struct enec_stream stream = { .bytes = tensors[STREAM],
                                  .length = enec_get32(tensors[STREAM] + TOTAL_AT) };
    uint64_t bytes = dtype_bytes(one.params.type, one.layout.elements);
    uint8_t *x = mem_new(one.bytes);
    struct diag diag = { 0 };

    verdict_begin(verdict, 0);
    if (stream.length <= one.layout.most &&
        enec_decompress(&one.params, &stream, x, one.layout.elements, &diag)) {
        enec_compare(verdict, "x", 0, tensors[X], x, bytes);
    } else {
        verdict->correct = false; /* the user's own stream, which is none of these parameters */
        snprintf(verdict->first, sizeof verdict->first, "%.150s", diag.text);
    }
    mem_free(x);
}

static size_t metrics(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX])
{
    return enec_metrics(work, PLAN, timing, out);
}

extern const struct kernel_spec enec_decompress_spec;
const struct kernel_spec enec_decompress_spec = {
    .name = "enec-decompress",
    .meaning = "the ENEC weight codec: a stream to its elements",
    .args = args,
    .build = build,
    .fill = fill,
    .check = check,
    .metrics = metrics,
};
