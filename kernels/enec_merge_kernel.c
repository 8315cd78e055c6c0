/*
 * enec-merge: the parts of e1 that enec-compress left in regions of their own move together
 * behind the other sections of the stream, in front of them where each begins, and the header.
 * Every core adds up the sizes for itself, in rows of one 32-byte block a core; the first core
 * writes prefix and header. The published throughput does not include it.
 */
#include "kernels/data.h"
#include "kernels/enec/enec_compress.h"
#include "kernels/enec/enec_header.h"
#include "kernels/enec_case.h"
#include "kernels/enec_emit.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <string.h>

#define LANES (UB_BLOCK / 4) /* u32 of a row */
#define PIECE (128 * 1024)   /* bytes that are moved at once */
#define LENGTH_WORD 5        /* totalCompressedBytes in the header */

enum { PARTS, SIZES, STREAM, PLAN };

static const struct arg_spec args[] = { ENEC_ARGS, { 0 } };

struct merge {
    struct build *b;
    const struct enec_case *one;
    struct kref tensors[PLAN + 1], count;
    struct area rows, pattern, offsets, header, piece;
};

static struct kref row_at(struct merge *k, enum dtype type, int64_t row)
{
    return area_at(k->b, &k->rows, type, imm(row * UB_BLOCK));
}

static void place(struct merge *k)
{
    uint64_t at = 0, aivs = k->one->params.aivs;
    k->piece = area_next("piece", &at, PIECE);
    k->rows = area_next("rows", &at, (1 + aivs) * UB_BLOCK);
    k->pattern = area_next("pattern", &at, (aivs * LANES + 255) / 256 * UB_BLOCK);
    k->offsets = area_next("offsets", &at, (4 * aivs + 31) / 32 * 32);
    k->header = area_next("header", &at, ENEC_HEADER_BYTES);
    k->count = build_tile(k->b, "count", SPACE_SPR, DT_u64, 1, 0);
}

/* A row of zero, then the size of each core's part in the first lane of its row. */
static void load_sizes(struct merge *k)
{
    struct build *b = k->b;
    int64_t aivs = k->one->params.aivs;

    emit_line(b, vdup, .dst = row_at(k, DT_u32, 0), .scalar = real(0), .count = imm(LANES));
    emit_line(b, vdup, .dst = area_as(b, &k->pattern, DT_u32), .scalar = real(0x01010101),
              .count = imm((int64_t)k->pattern.bytes / 4));
    emit_line(b, vdup, .dst = area_as(b, &k->offsets, DT_u32), .scalar = real(0),
              .count = imm((int64_t)k->offsets.bytes / 4));
    emit_line(b, load_ub, .dst = row_at(k, DT_u32, 1), .a = k->tensors[SIZES],
              .bytes = imm(aivs * UB_BLOCK));
}

/* Rows become the sums of all up to them; the first lanes of those before each are where its
 * part begins. */
static void add_up(struct merge *k)
{
    struct build *b = k->b;
    int64_t aivs = k->one->params.aivs;

    for (int64_t shift = 1; shift < aivs; shift *= 2)
        emit_line(b, vadd, .dst = row_at(k, DT_i32, 1 + shift),
                  .a = row_at(k, DT_i32, 1 + shift), .b = row_at(k, DT_i32, 1),
                  .count = imm((aivs - shift) * LANES));
    emit_line(b, vreducev2, .dst = area_as(b, &k->offsets, DT_u32), .a = row_at(k, DT_u32, 0),
              .b = area_as(b, &k->pattern, DT_u32), .c = k->count, .count = imm(aivs * LANES),
              .counter = imm(1));
}

static struct kref plan_at(struct merge *k, struct kval core)
{
    int64_t words = (int64_t)k->one->layout.blocks;
    return build_at(k->b, k->tensors[PLAN],
                    build_add(k->b, build_mul(k->b, core, imm(4)), imm(4 * words)));
}

static void move_part(struct merge *k, struct kval begin, struct kval size)
{
    struct build *b = k->b;
    struct kref piece = area_as(b, &k->piece, DT_u8);
    struct kval region =
        build_mul(b, reg_of(REG_BLOCK_ID), imm((int64_t)k->one->layout.region));
    struct kval to = build_add(b, begin, imm((int64_t)k->one->layout.e1));

    struct kval at = build_for(b, "at", imm(0), size, imm(PIECE));
    struct kval bytes = build_min(b, build_sub(b, size, at), imm(PIECE));
    emit_line(b, load_ub, .dst = piece,
              .a = build_at(b, k->tensors[PARTS], build_add(b, region, at)), .bytes = bytes);
    emit_line(b, store, .dst = build_at(b, k->tensors[STREAM], build_add(b, to, at)),
              .a = piece, .bytes = bytes);
    build_end(b);
}

static void write_header(struct merge *k)
{
    const struct enec_layout *layout = &k->one->layout;
    struct build *b = k->b;
    uint8_t header[ENEC_HEADER_BYTES];

    emit_line(b, store, .dst = build_at(b, k->tensors[STREAM], imm((int64_t)layout->prefix)),
              .a = area_as(b, &k->offsets, DT_u8),
              .bytes = imm((int64_t)(layout->e1 - layout->prefix)));
    struct kval sum = build_read(b, "sum", row_at(k, DT_u32, k->one->params.aivs));
    struct kval length = build_add(b, sum, imm((int64_t)layout->e1));
    enec_header_write(&k->one->params, layout, 0, header);
    for (int64_t word = 0; word < ENEC_HEADER_BYTES / 4; word++)
        emit(b, put, .dst = area_at(b, &k->header, DT_u32, imm(4 * word)),
             .value = word == LENGTH_WORD ? length : imm(enec_get32(header + 4 * word)));
    emit_barrier(b, PIPE_ALL);
    emit_line(b, store, .dst = k->tensors[STREAM], .a = area_as(b, &k->header, DT_u8),
              .bytes = imm(ENEC_HEADER_BYTES));
}

static void emit_program(struct merge *k)
{
    struct build *b = k->b;
    struct kval id = reg_of(REG_BLOCK_ID);

    place(k);
    load_sizes(k);
    struct kref size_at = area_at(b, &k->rows, DT_u32,
                                  build_add(b, build_mul(b, id, imm(UB_BLOCK)), imm(UB_BLOCK)));
    struct kval size = build_read(b, "size", size_at); /* sizes are loaded in every run */
    add_up(k);
    struct kref begin_at = area_at(b, &k->offsets, DT_u32, build_mul(b, id, imm(4)));
    move_part(k, build_read_or(b, "begin", begin_at, plan_at(k, id)), size);
    build_if(b, build_eq(b, id, imm(0)));
    write_header(k);
    build_end(b);
}

static bool build(struct workload *work, const struct target *target, struct diag *diag)
{
    struct enec_case one;
    if (!enec_case_of(work, target->aiv, &one, diag))
        return false;

    const struct enec_layout *layout = &one.layout;
    struct kernel *kernel = work->kernel = kernel_new("enec-merge");
    struct merge k = { .one = &one };
    int64_t aivs = target->aiv;
    k.tensors[PARTS] =
        build_tensor(kernel, "parts", DT_u8, TENSOR_IN, aivs, (int64_t)layout->region);
    k.tensors[SIZES] = build_tensor(kernel, "sizes", DT_u32, TENSOR_IN, aivs, LANES);
    k.tensors[STREAM] =
        build_tensor(kernel, "stream", DT_u8, TENSOR_INOUT, (int64_t)layout->most, 0);
    k.tensors[PLAN] = build_tensor(kernel, "plan", DT_u32, TENSOR_IN, enec_plan_words(&one), 0);
    kernel->tensors[SIZES].control = true;
    kernel->tensors[PLAN].control = true;
    struct build b = build_begin(kernel, CORE_AIV);
    k.b = &b;
    emit_program(&k);
    work->blocks = target->aiv;
    work->warm_runs = (unsigned)work->args[ENEC_WARM];
    return true;
}

/* The sizes of the parts, from where the plan has them begin and end. */
static void fill_sizes(const struct enec_case *one, uint64_t seed, uint8_t *sizes)
{
    uint64_t blocks = one->layout.blocks, aivs = one->params.aivs;
    uint8_t *plan = mem_new(4 * (size_t)enec_plan_words(one));

    enec_case_plan(one, seed, plan);
    memset(sizes, 0, aivs * UB_BLOCK);
    for (uint64_t aiv = 0; aiv < aivs; aiv++) {
        const uint8_t *at = plan + 4 * (blocks + aiv);
        uint32_t end = enec_get32(at + 4);
        if (aiv + 1 == aivs)
            end -= (uint32_t)one->layout.e1;
        enec_put32(sizes + aiv * UB_BLOCK, end - enec_get32(at));
    }
    mem_free(plan);
}

/* The regions, or the sections of the stream, as the reference leaves them. */
static void fill_compressed(const struct enec_case *one, uint64_t seed, uint8_t *parts,
                            uint8_t *stream)
{
    const struct enec_layout *layout = &one->layout;
    struct enec_work *reference = mem_new(sizeof *reference);
    uint8_t *x = mem_new(one->bytes), *sections = mem_new(layout->prefix);
    uint8_t *regions = mem_new(layout->region * one->params.aivs);
    struct diag diag = { 0 };

    enec_case_elements(one, seed, x);
    for (unsigned aiv = 0; aiv < one->params.aivs; aiv++) {
        uint64_t bytes;
        bool ok = enec_compress_aiv(&one->params, layout, aiv, x, reference, sections,
                                    regions + aiv * layout->region, &bytes, &diag);
        SIM_ASSERT(ok);
    }
    if (parts != NULL)
        memcpy(parts, regions, layout->region * one->params.aivs);
    if (stream != NULL) {
        memset(stream, 0, layout->most);
        memcpy(stream + layout->ms0, sections + layout->ms0, layout->prefix - layout->ms0);
    }
    mem_free(regions);
    mem_free(sections);
    mem_free(x);
    mem_free(reference);
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    struct enec_case one = enec_case_built(work);
    if (tensor == PLAN)
        enec_case_plan(&one, seed, data);
    else if (tensor == SIZES)
        fill_sizes(&one, seed, data);
    else if (tensor == PARTS)
        fill_compressed(&one, seed, data, NULL);
    else
        fill_compressed(&one, seed, NULL, data);
}

/* Prefix and header as the reference makes them from the sizes, and the parts in a row. */
static void check(const struct workload *work, uint8_t *const *tensors, struct verdict *verdict)
{
    struct enec_case one = enec_case_built(work);
    const struct enec_layout *layout = &one.layout;
    uint64_t sizes[ENEC_AIVS_MAX], at = layout->e1;
    uint8_t *expected = mem_new(layout->e1);

    for (unsigned aiv = 0; aiv < one.params.aivs; aiv++)
        sizes[aiv] = enec_get32(tensors[SIZES] + aiv * UB_BLOCK);
    enec_finish(&one.params, layout, sizes, expected);
    verdict_begin(verdict, 0);
    enec_compare(verdict, "stream (header)", 0, tensors[STREAM], expected, ENEC_HEADER_BYTES);
    enec_compare(verdict, "stream (prefix)", layout->prefix, tensors[STREAM], expected,
                 layout->e1 - layout->prefix);
    for (unsigned aiv = 0; aiv < one.params.aivs; aiv++) {
        enec_compare(verdict, "stream (e1)", 0, tensors[STREAM] + at,
                     tensors[PARTS] + aiv * layout->region, sizes[aiv]);
        at += sizes[aiv];
    }
    mem_free(expected);
}

static size_t metrics(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX])
{
    return enec_metrics(work, PLAN, timing, out);
}

extern const struct kernel_spec enec_merge_spec;
const struct kernel_spec enec_merge_spec = {
    .name = "enec-merge",
    .meaning = "the ENEC weight codec: the parts of a stream put together",
    .args = args,
    .build = build,
    .fill = fill,
    .check = check,
    .metrics = metrics,
};
