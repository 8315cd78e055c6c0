#include "kernels/dequant.h"
#include "kernels/whole.h"

#include "sim/assert.h"

#define GRID 512 /* bytes after which UB bank groups repeat */
#define OFF_GRID 256
#define BANK 65536      /* bytes after which the UB bank changes */
#define UB_RESERVED 256 /* the last bytes of UB belong to the framework */
#define OUT_BUFFERS 2
#define REPEATS_MAX 255 /* of one vector instruction */

#define PAIR(x, y) .from = imm(PIPE_##x), .to = imm(PIPE_##y)

struct layout {
    int64_t packed, half, wide, out, scale, offset, scale_wide, offset_wide; /* addresses */
    int64_t row_slot, end;
};

/* With nz the output's columns of fractals are an odd number of blocks apart, so that the
 * blocks of a repeat, one for each column, never meet in a bank group. */
static int64_t column_blocks(const struct dequant_plan *plan)
{
    return plan->rows | 1;
}

/* Of one buffer of output. */
static int64_t out_bytes(const struct dequant_plan *plan)
{
    return (plan->nz ? column_blocks(plan) : plan->rows) * plan->columns * 2;
}

static struct layout lay_out(const struct dequant_plan *plan)
{
    int64_t elements = plan->rows * plan->columns;
    bool wide = plan->type == DT_bf16;
    struct layout at = { .row_slot = round_up(plan->columns * 2, GRID) };
    int64_t wide_row = round_up(plan->columns * 4, GRID);

    at.half = 0;
    at.wide = round_up(at.half + elements * 2, GRID);
    at.packed = round_up(at.wide + (wide ? elements * 4 : 0), GRID);
    at.scale = round_up(at.packed + plan->buffers * elements / 2, GRID) + OFF_GRID;
    at.offset = at.scale + plan->buffers * at.row_slot;
    at.scale_wide = at.offset + plan->buffers * at.row_slot;
    at.offset_wide = at.scale_wide + (wide ? wide_row : 0);
    int64_t inputs_end = round_up(at.offset_wide + (wide ? wide_row : 0), GRID);

    /* f16 multiplies straight into the output, so that gets banks of its own; for bf16
     * the last step is a cast, which has one source and cannot conflict. */
    at.out = wide ? inputs_end : round_up(inputs_end, BANK);
    at.end = at.out + OUT_BUFFERS * out_bytes(plan);
    return at;
}

int64_t dequant_row_bytes(int64_t n)
{
    return (n + 1) / 2;
}

bool dequant_fits(struct dequant_plan *plan, const struct target *target)
{
    int64_t room = (int64_t)target->capacity[SPACE_UB] - UB_RESERVED;
    while (plan->rows > 1 && lay_out(plan).end > room)
        plan->rows = (plan->rows + 1) / 2;
    return lay_out(plan).end <= room;
}

struct dequant dequant_begin(struct build *b, const struct dequant_plan *plan,
                             struct kref weights, struct kref scales, struct kref offsets)
{
    struct layout at = lay_out(plan);
    struct dequant d = { .b = b,
                         .plan = *plan,
                         .weights = weights,
                         .scales = scales,
                         .offsets = offsets,
                         .row_slot = at.row_slot };
    uint64_t elements = (uint64_t)(plan->rows * plan->columns);
    uint64_t columns = (uint64_t)plan->columns;
    uint64_t rows_of_scales = (uint64_t)(plan->buffers * at.row_slot / 2);

    SIM_ASSERT(plan->rows <= REPEATS_MAX);
    d.half = build_tile(b, "half", SPACE_UB, DT_f16, elements, (uint64_t)at.half);
    d.packed = build_tile(b, "packed", SPACE_UB, DT_i4, elements * (uint64_t)plan->buffers,
                          (uint64_t)at.packed);
    d.scale =
        build_tile(b, "scale_row", SPACE_UB, plan->type, rows_of_scales, (uint64_t)at.scale);
    d.out = build_tile(b, "weights_out", SPACE_UB, plan->type,
                       (uint64_t)(OUT_BUFFERS * out_bytes(plan) / 2), (uint64_t)at.out);
    if (plan->zero)
        d.offset = build_tile(b, "offset_row", SPACE_UB, plan->type, rows_of_scales,
                              (uint64_t)at.offset);
    if (plan->type == DT_bf16) {
        d.wide = build_tile(b, "wide", SPACE_UB, DT_f32, elements, (uint64_t)at.wide);
        d.scale_wide =
            build_tile(b, "scale_wide", SPACE_UB, DT_f32, columns, (uint64_t)at.scale_wide);
        if (plan->zero)
            d.offset_wide = build_tile(b, "offset_wide", SPACE_UB, DT_f32, columns,
                                       (uint64_t)at.offset_wide);
    }

    d.turn = build_var(b, "chunk_turn", imm(0));
    for (int64_t i = 0; i < plan->buffers; i++)
        emit(b, set_flag, PAIR(V, MTE2), .id = imm(i));
    for (int64_t i = 0; i < OUT_BUFFERS; i++)
        emit(b, set_flag, PAIR(MTE3, V), .id = imm(i));
    return d;
}

static void vector_barrier(struct build *b)
{
    emit(b, barrier, .pipe = imm(PIPE_V));
}

/* The output of an operation whose repeats are rows, `lanes` wide from column `at` on. */
static void put_in_columns(struct dequant *d, struct emit_args *args, struct kref out,
                           int64_t at)
{
    int64_t blocks = column_blocks(&d->plan);
    args->dst = build_at(d->b, out, imm(at / CUBE_SIDE * blocks * UB_BLOCK));
    args->dst_blk = imm(blocks);
    args->dst_rep = imm(1);
}

/*
 * dst[r][c] = a[r][c] op row[c], or a cast of a[r][c]: an instruction per 256 bytes
 * of columns, a repeat per row, the row of scales read again by every repeat.
 */
static void emit_by_row(struct dequant *d, enum kop_code code, enum dtype type, struct kref dst,
                        struct kref a, struct kref row, struct kval rows)
{
    int64_t size = (int64_t)dtype_bytes(type, 1);
    int64_t lanes = VECTOR_BYTES / size;
    int64_t pitch = d->plan.columns * size / UB_BLOCK;
    bool columns = d->plan.nz && dst.index == d->out.index;

    for (int64_t at = 0; at < d->plan.columns; at += lanes) {
        struct emit_args args = {
            .dst = build_at(d->b, dst, imm(at * size)),
            .a = build_at(d->b, a, imm(at * size)),
            .count = build_mul(d->b, rows, imm(lanes)),
            .dst_rep = imm(pitch),
            .a_rep = imm(pitch),
        };
        if (row.kind != REF_NONE) {
            args.b = build_at(d->b, row, imm(at * size));
            args.b_rep = imm(0);
        }
        if (columns)
            put_in_columns(d, &args, dst, at);
        build_op(d->b, code, &args);
    }
}

static void load_rows(struct dequant *d, struct kval k, struct kval rows, struct kval n,
                      struct kval columns, struct kref packed, struct kref scale,
                      struct kref offset)
{
    struct build *b = d->b;
    const struct dequant_plan *plan = &d->plan;
    int64_t pitch = dequant_row_bytes(plan->n);
    struct kval from = build_add(b, build_mul(b, k, imm(pitch)), build_div(b, n, imm(2)));
    struct kval bytes = build_ceil_div(b, columns, 2);
    struct kval scale_row = plan->group == 0
                                ? imm(0)
                                : build_mul(b, build_div(b, k, imm(plan->group)), imm(plan->n));
    struct kval scale_at = build_mul(b, build_add(b, scale_row, n), imm(2));
    struct kval scale_bytes = build_mul(b, columns, imm(2));

    emit(b, load_ub, .dst = packed, .a = build_at(b, d->weights, from), .rows = rows,
         .bytes = bytes, .src_stride = imm(pitch), .dst_stride = imm(plan->columns / 2));
    emit(b, load_ub, .dst = scale, .a = build_at(b, d->scales, scale_at), .bytes = scale_bytes);
    if (plan->zero)
        emit(b, load_ub, .dst = offset, .a = build_at(b, d->offsets, scale_at),
             .bytes = scale_bytes);
}

static void compute_f16(struct dequant *d, struct kval rows, struct kref scale,
                        struct kref offset, struct kref out, struct kval out_parity)
{
    struct build *b = d->b;
    if (d->plan.zero) {
        emit_by_row(d, KOP_vadd, DT_f16, d->half, d->half, offset, rows);
        vector_barrier(b);
    }
    emit(b, wait_flag, PAIR(MTE3, V), .id = out_parity);
    emit_by_row(d, KOP_vmul, DT_f16, out, d->half, scale, rows);
}

static void compute_bf16(struct dequant *d, struct kval rows, struct kval count,
                         struct kref scale, struct kref offset, struct kref out,
                         struct kval out_parity)
{
    struct build *b = d->b;
    emit(b, vconv, .dst = d->wide, .a = d->half, .count = count);
    emit(b, vconv, .dst = d->scale_wide, .a = scale, .count = imm(d->plan.columns));
    if (d->plan.zero)
        emit(b, vconv, .dst = d->offset_wide, .a = offset, .count = imm(d->plan.columns));
    vector_barrier(b);
    if (d->plan.zero) {
        emit_by_row(d, KOP_vadd, DT_f32, d->wide, d->wide, d->offset_wide, rows);
        vector_barrier(b);
    }
    emit_by_row(d, KOP_vmul, DT_f32, d->wide, d->wide, d->scale_wide, rows);
    vector_barrier(b);
    emit(b, wait_flag, PAIR(MTE3, V), .id = out_parity);
    if (d->plan.nz)
        emit_by_row(d, KOP_vconv, DT_f32, out, d->wide, (struct kref){ 0 }, rows);
    else
        emit(b, vconv, .dst = out, .a = d->wide, .count = count);
}

/* The chunk leaves UB: rows to GM, or whole columns of fractals to L1. */
static void emit_out(struct dequant *d, struct kref to, struct kref out, struct kval rows,
                     struct kval columns, struct kval stride)
{
    struct build *b = d->b;
    if (d->plan.nz)
        emit(b, ub_to_l1, .dst = to, .a = out, .rows = build_ceil_div(b, columns, CUBE_SIDE),
             .bytes = build_mul(b, rows, imm(FRACTAL_ROW)),
             .src_stride = imm(column_blocks(&d->plan) * UB_BLOCK), .dst_stride = stride);
    else
        emit(b, store, .dst = to, .a = out, .rows = rows,
             .bytes = build_mul(b, columns, imm(2)), .src_stride = imm(d->plan.columns * 2),
             .dst_stride = stride);
}

void dequant_chunk(struct dequant *d, struct kval k, struct kval rows, struct kval n,
                   struct kval columns, struct kref to, struct kval stride)
{
    struct build *b = d->b;
    const struct dequant_plan *plan = &d->plan;
    int64_t elements = plan->rows * plan->columns;
    struct kval out_parity = build_and(b, d->turn, imm(1));
    struct kval in_parity = plan->buffers == 2 ? out_parity : imm(0);
    struct kref packed = build_at(b, d->packed, build_mul(b, in_parity, imm(elements / 2)));
    struct kval row_skip = build_mul(b, in_parity, imm(d->row_slot));
    struct kref scale = build_at(b, d->scale, row_skip);
    struct kref offset = plan->zero ? build_at(b, d->offset, row_skip) : d->offset;
    struct kref out = build_at(b, d->out, build_mul(b, out_parity, imm(out_bytes(plan))));
    /* Whole rows of the chunk, so that rows stay in step; what lies beyond `columns` is
     * computed on and never stored. */
    struct kval count = build_mul(b, rows, imm(plan->columns));

    emit(b, wait_flag, PAIR(V, MTE2), .id = in_parity);
    load_rows(d, k, rows, n, columns, packed, scale, offset);
    emit(b, set_flag, PAIR(MTE2, V), .id = in_parity);
    emit(b, wait_flag, PAIR(MTE2, V), .id = in_parity);

    emit(b, vconv, .dst = d->half, .a = packed, .count = count);
    vector_barrier(b);
    if (plan->type == DT_bf16)
        compute_bf16(d, rows, count, scale, offset, out, out_parity);
    else
        compute_f16(d, rows, scale, offset, out, out_parity);
    emit(b, set_flag, PAIR(V, MTE2), .id = in_parity);
    emit(b, set_flag, PAIR(V, MTE3), .id = out_parity);
    emit(b, wait_flag, PAIR(V, MTE3), .id = out_parity);
    vector_barrier(b); /* the next chunk overwrites what this one read */

    emit_out(d, to, out, rows, columns, stride);
    emit(b, set_flag, PAIR(MTE3, V), .id = out_parity);
    build_assign(b, d->turn, build_add(b, d->turn, imm(1)));
}

void dequant_end(struct dequant *d)
{
    for (int64_t i = 0; i < d->plan.buffers; i++)
        emit(d->b, wait_flag, PAIR(V, MTE2), .id = imm(i));
    for (int64_t i = 0; i < OUT_BUFFERS; i++)
        emit(d->b, wait_flag, PAIR(MTE3, V), .id = imm(i));
}
