#include "kernels/reduce.h"

#include "kernels/matmul.h"
#include "sim/assert.h"

#define PIECE_MOST 4096 /* elements; larger pieces gain nothing */
#define PIECE_LEAST 128 /* keeps every row on the 512-byte grid */
#define OFF_GRID 256    /* half of the 512 bytes after which bank groups repeat */
#define UB_RESERVED 256 /* the last bytes of UB belong to the framework */

#define PAIR(x, y) .from = imm(PIPE_##x), .to = imm(PIPE_##y)

struct kval vector_core_index(struct build *b, const struct target *target)
{
    int64_t per_aic = target->aiv / target->aic;
    return build_add(b, build_mul(b, reg_of(REG_BLOCK_ID), imm(per_aic)),
                     reg_of(REG_SUB_BLOCK_ID));
}

struct kval vector_core_count(struct build *b, const struct target *target)
{
    return build_mul(b, reg_of(REG_BLOCK_NUM), imm(target->aiv / target->aic));
}

struct tiles {
    struct kref sum, sum_f32, rest, out;
    int64_t piece, out_bytes;
};

static int64_t piece_bytes(const struct reduce_plan *plan, int64_t piece)
{
    int64_t out = (int64_t)dtype_bytes(plan->out, (uint64_t)piece);
    return 2 * (plan->parts * piece * 4 + out) + OFF_GRID;
}

static struct tiles lay_out(struct build *b, const struct reduce_plan *plan,
                            const struct target *target)
{
    struct tiles t = { .piece = PIECE_MOST };
    while (t.piece > PIECE_LEAST &&
           piece_bytes(plan, t.piece) > (int64_t)target->capacity[SPACE_UB] - UB_RESERVED)
        t.piece /= 2;
    t.out_bytes = (int64_t)dtype_bytes(plan->out, (uint64_t)t.piece);

    uint64_t piece = (uint64_t)t.piece, parts = (uint64_t)plan->parts;
    uint64_t rest_at = 2 * piece * 4 + OFF_GRID;
    t.sum = build_tile(b, "sum", SPACE_UB, plan->partial, 2 * piece, 0);
    t.sum_f32 = build_tile(b, "sum_f32", SPACE_UB, DT_f32, 2 * piece, 0);
    t.rest = build_tile(b, "rest", SPACE_UB, plan->partial, 2 * (parts - 1) * piece, rest_at);
    t.out = build_tile(b, "out_piece", SPACE_UB, plan->out, 2 * piece,
                       rest_at + 2 * (parts - 1) * piece * 4);
    return t;
}

/* Cast the sums; each step depends on the one before. */
static void emit_cast(struct build *b, const struct reduce_plan *plan, struct kref sum,
                      struct kref sum_f32, struct kref out, struct kval length)
{
    if (plan->partial == DT_i32 && plan->out != DT_i32) {
        emit(b, vconv, .dst = sum_f32, .a = sum, .count = length);
        emit(b, barrier, .pipe = imm(PIPE_V));
    }
    if (plan->scale != 1) {
        emit(b, vmuls, .dst = sum_f32, .a = sum_f32, .count = length,
             .scalar = real(plan->scale));
        emit(b, barrier, .pipe = imm(PIPE_V));
    }
    if (plan->out == DT_f32)
        emit(b, vcopy, .dst = out, .a = sum_f32, .count = length);
    else if (plan->out == plan->partial)
        emit(b, vcopy, .dst = out, .a = sum, .count = length);
    else
        emit(b, vconv, .dst = out, .a = sum_f32, .count = length);
}

static void emit_piece(struct build *b, const struct reduce_plan *plan, const struct tiles *t,
                       struct kref partials, struct kref out, struct kval at,
                       struct kval parity)
{
    struct kval length = build_min(b, imm(t->piece), build_sub(b, imm(plan->elements), at));
    struct kval bytes = build_mul(b, length, imm(4));
    struct kval sum_skip = build_mul(b, parity, imm(t->piece * 4));
    struct kval rest_skip = build_mul(b, parity, imm((plan->parts - 1) * t->piece * 4));
    struct kref sum = build_at(b, t->sum, sum_skip);
    struct kref sum_f32 = build_at(b, t->sum_f32, sum_skip);
    struct kref rest = build_at(b, t->rest, rest_skip);
    struct kref ready = build_at(b, t->out, build_mul(b, parity, imm(t->out_bytes)));
    struct kref source = build_at(b, partials, build_mul(b, at, imm(4)));

    emit(b, wait_flag, PAIR(V, MTE2), .id = parity);
    emit(b, load_ub, .dst = sum, .a = source, .bytes = bytes);
    emit(b, load_ub, .dst = rest, .a = build_at(b, source, imm(plan->elements * 4)),
         .rows = imm(plan->parts - 1), .bytes = bytes, .src_stride = imm(plan->elements * 4),
         .dst_stride = imm(t->piece * 4));
    emit(b, set_flag, PAIR(MTE2, V), .id = parity);
    emit(b, wait_flag, PAIR(MTE2, V), .id = parity);
    for (int64_t part = 1; part < plan->parts; part++) {
        struct kref row = build_at(b, rest, imm((part - 1) * t->piece * 4));
        emit(b, vadd, .dst = sum, .a = sum, .b = row, .count = length);
        emit(b, barrier, .pipe = imm(PIPE_V));
    }
    emit(b, wait_flag, PAIR(MTE3, V), .id = parity);
    emit_cast(b, plan, sum, sum_f32, ready, length);
    emit(b, set_flag, PAIR(V, MTE2), .id = parity);
    emit(b, set_flag, PAIR(V, MTE3), .id = parity);
    emit(b, wait_flag, PAIR(V, MTE3), .id = parity);
    emit(b, store, .dst = build_at(b, out, matmul_bytes(b, plan->out, at)), .a = ready,
         .bytes = matmul_bytes(b, plan->out, length));
    emit(b, set_flag, PAIR(MTE3, V), .id = parity);
}

void reduce_emit(struct build *b, const struct reduce_plan *plan, struct kref partials,
                 struct kref out, const struct target *target)
{
    SIM_ASSERT(plan->parts >= 2);
    struct tiles t = lay_out(b, plan, target);

    for (int64_t i = 0; i < 2; i++) {
        emit(b, set_flag, PAIR(V, MTE2), .id = imm(i));
        emit(b, set_flag, PAIR(MTE3, V), .id = imm(i));
    }
    struct kval turn = build_var(b, "reduce_turn", imm(0));
    struct kval first = build_mul(b, vector_core_index(b, target), imm(t.piece));
    struct kval stride = build_mul(b, vector_core_count(b, target), imm(t.piece));
    struct kval at = build_for(b, "at", first, imm(plan->elements), stride);
    emit_piece(b, plan, &t, partials, out, at, build_and(b, turn, imm(1)));
    build_assign(b, turn, build_add(b, turn, imm(1)));
    build_end(b);
    for (int64_t i = 0; i < 2; i++) {
        emit(b, wait_flag, PAIR(V, MTE2), .id = imm(i));
        emit(b, wait_flag, PAIR(MTE3, V), .id = imm(i));
    }
}
