#include "kernels/matmul_drain.h"
#include "kernels/whole.h"

#include "sim/assert.h"

#define UB_RESERVED 256 /* the last bytes of UB belong to the framework */
#define REPEAT_BLOCKS (VECTOR_BYTES / UB_BLOCK)

#define PAIR(x, y) .from = imm(PIPE_##x), .to = imm(PIPE_##y)

struct drain {
    struct kref nz, nd;
    int64_t step;           /* rows at a time */
    int64_t pitch, nd_half; /* bytes from row to row of ND, and of one buffer of it */
    int64_t across;         /* blocks across a column of NZ */
    int64_t bytes;          /* of an element */
};

void matmul_drain_begin(struct build *b)
{
    for (int64_t i = 0; i < 2; i++)
        emit(b, set_flag, PAIR(MTE3, V), .id = imm(i));
}

void matmul_drain_end(struct build *b)
{
    for (int64_t i = 0; i < 2; i++)
        emit(b, wait_flag, PAIR(MTE3, V), .id = imm(i));
}

static struct drain lay_out(const struct matmul *mm, enum dtype type)
{
    int64_t side = round_up(mm->plan.tile_n, CUBE_SIDE);
    struct drain drain = { .bytes = (int64_t)dtype_bytes(type, 1) };
    int64_t row = side * drain.bytes;

    drain.across = CUBE_SIDE * drain.bytes / UB_BLOCK;
    drain.pitch = row + UB_BLOCK;
    drain.step = (mm->ub_bytes - UB_RESERVED) / (row + 2 * drain.pitch) / CUBE_SIDE * CUBE_SIDE;
    drain.step = lesser(drain.step, round_up(mm->plan.tile_m, CUBE_SIDE));
    SIM_ASSERT(drain.step > 0 && drain.across > 0);
    drain.nd_half = drain.step * drain.pitch;
    drain.nz = build_tile(mm->b, "out_nz", SPACE_UB, type, (uint64_t)(drain.step * side), 0);
    drain.nd =
        build_tile(mm->b, "out_nd", SPACE_UB, type, (uint64_t)(2 * drain.nd_half / drain.bytes),
                   (uint64_t)(drain.step * row));
    return drain;
}

/* A block of every row at a time: a column of NZ is `across` of them wide. */
static void emit_rows(struct build *b, const struct drain *drain, struct kref nd,
                      struct kval rows, struct kval columns)
{
    int64_t per_block = UB_BLOCK / drain->bytes;
    struct kval count = build_mul(b, rows, imm(per_block));
    struct kval blocks = build_ceil_div(b, columns, per_block);
    struct kval block = build_for(b, "block", imm(0), blocks, imm(1));
    struct kval column = build_div(b, block, imm(drain->across));
    struct kval part = build_mod(b, block, imm(drain->across));
    struct kval skip = build_mul(b, build_mul(b, column, rows), imm(drain->across * UB_BLOCK));

    skip = build_add(b, skip, build_mul(b, part, imm(UB_BLOCK)));
    emit(b, vcopy, .dst = build_at(b, nd, build_mul(b, block, imm(UB_BLOCK))),
         .a = build_at(b, drain->nz, skip), .count = count,
         .dst_blk = imm(drain->pitch / UB_BLOCK),
         .dst_rep = imm(REPEAT_BLOCKS * drain->pitch / UB_BLOCK), .a_blk = imm(drain->across),
         .a_rep = imm(REPEAT_BLOCKS * drain->across));
    build_end(b);
}

void matmul_drain(struct matmul *mm, const struct emit_args *store)
{
    struct build *b = mm->b;
    struct drain drain = lay_out(mm, b->kernel->tensors[store->dst.index].dtype);
    struct kval rows = store->m, pitch = store->dst_stride;
    struct kval bytes = build_mul(b, store->n, imm(drain.bytes));

    struct kval row = build_for(b, "row", imm(0), rows, imm(drain.step));
    struct kval parity = build_and(b, build_div(b, row, imm(drain.step)), imm(1));
    struct kval some = build_min(b, imm(drain.step), build_sub(b, rows, row));
    struct kref nd = build_at(b, drain.nd, build_mul(b, parity, imm(drain.nd_half)));
    struct kref from = build_at(b, store->a, build_mul(b, row, imm(CUBE_SIDE * 4)));

    emit(b, l0c_to_ub, .dst = drain.nz, .a = from, .m = some, .n = store->n,
         .nz_rows = store->nz_rows, .scale = store->scale);
    emit(b, barrier, .pipe = imm(PIPE_V));
    emit(b, wait_flag, PAIR(MTE3, V), .id = parity);
    emit_rows(b, &drain, nd, some, store->n);
    emit(b, set_flag, PAIR(V, MTE3), .id = parity);
    emit(b, wait_flag, PAIR(V, MTE3), .id = parity);
    emit(b, store, .dst = build_at(b, store->dst, build_mul(b, row, pitch)), .a = nd,
         .rows = some, .bytes = bytes, .src_stride = imm(drain.pitch), .dst_stride = pitch);
    emit(b, set_flag, PAIR(MTE3, V), .id = parity);
    build_end(b);
}
