#include "kernels/hans_kernel.h"

#include "kernels/enec/enec_synth.h"
#include "kernels/whole.h"
#include "sim/mem.h"

static const char *const dtypes[] = { "bf16", "f16", "f32", NULL };
static const enum dtype types[] = { DT_bf16, DT_f16, DT_f32 };

static const char *const models[] = {
#define ENEC_MODEL(name, ...) name,
#include "kernels/enec/enec_models.def"
#undef ENEC_MODEL
    NULL,
};
#define QWEN3_32B 3

const struct arg_spec hans_args[] = {
    [HANS_DTYPE] = { "dtype", ARG_WORD, 0, 0, dtypes, 0, false, "of the weights" },
    [HANS_ELEMENTS] = { "elements", ARG_INT, 32768, INT64_C(1) << 30, NULL, 131072000, false,
                        "of the tensor, a multiple of 64" },
    [HANS_MODEL] = { "model", ARG_WORD, 0, 0, models, QWEN3_32B, false,
                     "whose weights these are like" },
    [HANS_WARM] = { "warm", ARG_INT, 0, 1, NULL, 0, false, "run once before" },
    { 0 },
};

enum dtype hans_dtype(const struct workload *work)
{
    return types[work->args[HANS_DTYPE]];
}

bool hans_plan(struct workload *work, const struct target *target, struct diag *diag)
{
    int64_t elements = work->args[HANS_ELEMENTS];

    if (elements % HANS_LANES != 0)
        return diag_fail(diag, loc_nowhere(), "elements is %lld; expected a multiple of %d",
                         (long long)elements, HANS_LANES);
    int64_t tiles = ceil_div(elements, HANS_TILE);
    int64_t cores = lesser(target->aiv, lesser(tiles, HANS_CORES_MAX));
    work->blocks = (unsigned)cores;
    work->warm_runs = (unsigned)work->args[HANS_WARM];
    return true;
}

struct hans_shape hans_shape_of(const struct workload *work)
{
    return (struct hans_shape){ .elements = work->args[HANS_ELEMENTS],
                                .bytes = (int64_t)dtype_bytes(hans_dtype(work), 1),
                                .cores = work->blocks };
}

/* Those of tile `first` to, not with, `end`; a tile is a row of synthetic weights. */
static void make_weights(const struct workload *work, uint64_t seed, int64_t first, int64_t end,
                         uint8_t *out)
{
    struct enec_model model = enec_models[work->args[HANS_MODEL]];
    int64_t elements = lesser(end * HANS_TILE, work->args[HANS_ELEMENTS]) - first * HANS_TILE;
    model.type = hans_dtype(work);
    enec_synth(&model, seed, (uint64_t)first, (uint64_t)elements, out);
}
_Static_assert(HANS_TILE == ENEC_ROW, "a tile is a row");

void hans_weights(const struct workload *work, uint64_t seed, uint8_t *out)
{
    make_weights(work, seed, 0, ceil_div(work->args[HANS_ELEMENTS], HANS_TILE), out);
}

void hans_core_weights(const struct workload *work, uint64_t seed, int64_t core, uint8_t *out)
{
    struct hans_shape shape = hans_shape_of(work);
    make_weights(work, seed, hans_first_tile(&shape, core), hans_first_tile(&shape, core + 1),
                 out);
}

void hans_sample(const struct workload *work, uint64_t seed, int32_t histogram[HANS_SYMBOLS])
{
    struct workload sample = *work;
    sample.args[HANS_ELEMENTS] = lesser(work->args[HANS_ELEMENTS], INT64_C(1) << 20);
    struct hans_shape shape = hans_shape_of(&sample);
    uint8_t *weights = mem_new((size_t)(shape.elements * shape.bytes));

    hans_weights(&sample, seed, weights);
    hans_histogram(&shape, weights, histogram);
    mem_free(weights);
}

struct hans_share hans_emit_share(struct build *b, const struct hans_shape *shape)
{
    int64_t each = hans_tiles(shape) / shape->cores, over = hans_tiles(shape) % shape->cores;
    struct kval core = reg_of(REG_BLOCK_ID);
    struct hans_share share;

    share.first = build_add(b, build_mul(b, core, imm(each)), build_min(b, core, imm(over)));
    share.count = build_add(b, build_lt(b, core, imm(over)), imm(each));
    share.segment = build_add(
        b, build_mul(b, share.first, imm(HANS_TILE_ROOM)),
        build_add(b, build_mul(b, core, imm(HANS_TAIL_BYTES)), imm(HANS_HEADER_BYTES)));
    share.rows = build_add(b, share.segment, build_mul(b, share.count, imm(HANS_WIDTHS_BYTES)));
    return share;
}

struct kval hans_emit_length(struct build *b, const struct hans_shape *shape, struct kval tile)
{
    struct kval first = build_mul(b, tile, imm(HANS_TILE));
    return build_min(b, imm(HANS_TILE), build_sub(b, imm(shape->elements), first));
}

struct kref hans_emit_ranks(struct build *b, struct kref histogram, struct kref scratch)
{
    struct kref records = ub_part_as(b, "records", scratch, 0, DT_f32, 2 * HANS_SYMBOLS);
    struct kref half = ub_part_as(b, "half_sorted", scratch, 2048, DT_f32, 2 * HANS_SYMBOLS);
    struct kref counts = ub_part_as(b, "counts", scratch, 2048, DT_i32, HANS_SYMBOLS);
    struct kref values = ub_part_as(b, "values", scratch, 4096, DT_f32, HANS_SYMBOLS);
    struct kref order = ub_part_as(b, "order", scratch, 5120, DT_i32, HANS_SYMBOLS);
    struct kref order_u32 = ub_as(b, "order_u32", order, DT_u32);

    emit(b, load_ub, .dst = counts, .a = histogram, .bytes = imm(4 * HANS_SYMBOLS));
    hans_step(b, vci, .dst = order, .count = imm(HANS_SYMBOLS), .scalar = real(0));
    emit(b, set_flag, HANS_FLAG(MTE2, V), .id = imm(0));
    emit(b, wait_flag, HANS_FLAG(MTE2, V), .id = imm(0));
    hans_step(b, vconv, .dst = values, .a = counts, .count = imm(HANS_SYMBOLS));
    hans_step(b, vbitsort, .dst = records, .a = values, .b = order_u32,
              .count = imm(HANS_SYMBOLS));
    for (int64_t part = 0; part < 2; part++)
        hans_step(b, vmrgsort, .dst = build_at(b, half, imm(part * 1024)),
                  .a = build_at(b, records, imm(part * 1024)), .count = imm(HANS_SYMBOLS / 2),
                  .lists = imm(4));
    hans_step(b, vmrgsort, .dst = records, .a = half, .count = imm(HANS_SYMBOLS),
              .lists = imm(2));
    return records;
}
