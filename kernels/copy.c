/*
 * copy: every core reads its share of a large tensor, piece by piece, as the
 * vendor's data_copy example does. A piece is `rows` rows of `row_bytes`,
 * `stride` apart; consecutive pieces go to consecutive cores in turn. With
 * store=1 each piece is also written to the same place of a second tensor.
 */
#include "kernels/data.h"
#include "kernels/ir/build.h"
#include "kernels/kernel.h"

#include <string.h>

enum { BYTES, ROWS, ROW_BYTES, STRIDE, CORE, ND2NZ, PASSES, BLOCK, STORE, WARM };
enum { ON_AIV, ON_AIC };
enum { BLOCK_NONE, BLOCK_L2 };

static const char *const cores[] = { "aiv", "aic", NULL };
static const char *const blocks[] = { "none", "l2", NULL };

static const struct arg_spec args[] = {
    [BYTES] = { "bytes", ARG_INT, 1, INT64_C(1) << 36, NULL, 0, true, "size of the tensor" },
    [ROWS] = { "rows", ARG_INT, 1, 4095, NULL, 1, false, "rows of one instruction" },
    [ROW_BYTES] = { "row_bytes", ARG_INT, 32, 196608, NULL, 0, true, "bytes of a row" },
    [STRIDE] = { "stride", ARG_INT, 0, INT64_C(1) << 30, NULL, 0, false,
                 "bytes from row to row; 0: row_bytes" },
    [CORE] = { "core", ARG_WORD, 0, 0, cores, ON_AIV, false, "GM to UB or GM to L1" },
    [ND2NZ] = { "nd2nz", ARG_INT, 0, 1, NULL, 0, false, "turn 16-bit ND into NZ (core=aic)" },
    [PASSES] = { "passes", ARG_INT, 1, 1000, NULL, 1, false, "times each block is read" },
    [BLOCK] = { "block", ARG_WORD, 0, 0, blocks, BLOCK_NONE, false,
                "l2: pass over blocks that fit the L2, one after another" },
    [STORE] = { "store", ARG_INT, 0, 1, NULL, 0, false,
                "write each piece out again (core=aiv)" },
    [WARM] = { "warm", ARG_INT, 0, 1, NULL, 0, false, "run once before" },
    { 0 },
};

/* The tensor as a matrix of `pitch` bytes a row, cut into pieces. */
struct grid {
    int64_t pitch, across, pieces; /* pieces side by side; all pieces */
};

static bool grid_of(const struct workload *work, struct grid *grid, struct diag *diag)
{
    const int64_t *arg = work->args;
    grid->pitch = arg[STRIDE] == 0 ? arg[ROW_BYTES] : arg[STRIDE];
    if (grid->pitch % arg[ROW_BYTES] != 0)
        return diag_fail(diag, loc_nowhere(),
                         "stride is %lld; expected a multiple of row_bytes, %lld",
                         (long long)grid->pitch, (long long)arg[ROW_BYTES]);
    if (arg[BYTES] % (grid->pitch * arg[ROWS]) != 0)
        return diag_fail(diag, loc_nowhere(),
                         "bytes is %lld; expected a multiple of rows * stride, %lld",
                         (long long)arg[BYTES], (long long)(grid->pitch * arg[ROWS]));
    grid->across = grid->pitch / arg[ROW_BYTES];
    grid->pieces = arg[BYTES] / (arg[ROWS] * arg[ROW_BYTES]);
    return true;
}

static void emit_piece(struct build *b, const struct workload *work, const struct grid *grid,
                       struct kref source, struct kref target, struct kref buffer,
                       struct kval piece, struct kval slot)
{
    const int64_t *arg = work->args;
    int64_t piece_bytes = arg[ROWS] * arg[ROW_BYTES];
    struct kval down = build_div(b, piece, imm(grid->across));
    struct kval along = build_mod(b, piece, imm(grid->across));
    struct kval at = build_add(b, build_mul(b, down, imm(grid->pitch * arg[ROWS])),
                               build_mul(b, along, imm(arg[ROW_BYTES])));

    source = build_at(b, source, at);
    if (arg[ND2NZ] != 0) {
        emit(b, load_nz, .dst = buffer, .a = source, .rows = imm(arg[ROWS]),
             .cols = imm(arg[ROW_BYTES] / 2), .src_stride = imm(grid->pitch),
             .nz_rows = imm((arg[ROWS] + 15) / 16 * 16));
        return;
    }
    if (arg[CORE] == ON_AIC) {
        emit(b, load_l1, .dst = buffer, .a = source, .rows = imm(arg[ROWS]),
             .bytes = imm(arg[ROW_BYTES]), .src_stride = imm(grid->pitch));
        return;
    }
    if (arg[STORE] == 0) { /* nothing waits for the data: loads follow one another */
        emit(b, load_ub, .dst = buffer, .a = source, .rows = imm(arg[ROWS]),
             .bytes = imm(arg[ROW_BYTES]), .src_stride = imm(grid->pitch));
        return;
    }
    buffer = build_at(b, buffer, build_mul(b, slot, imm(piece_bytes)));
    struct kval mte2 = imm(PIPE_MTE2), mte3 = imm(PIPE_MTE3);
    emit(b, wait_flag, .from = mte3, .to = mte2, .id = slot);
    emit(b, load_ub, .dst = buffer, .a = source, .rows = imm(arg[ROWS]),
         .bytes = imm(arg[ROW_BYTES]), .src_stride = imm(grid->pitch));
    emit(b, set_flag, .from = mte2, .to = mte3, .id = slot);
    emit(b, wait_flag, .from = mte2, .to = mte3, .id = slot);
    emit(b, store, .dst = build_at(b, target, at), .a = buffer, .rows = imm(arg[ROWS]),
         .bytes = imm(arg[ROW_BYTES]), .dst_stride = imm(grid->pitch));
    emit(b, set_flag, .from = mte3, .to = mte2, .id = slot);
}

static void emit_program(struct build *b, const struct workload *work, const struct grid *grid,
                         struct kref source, struct kref target, int64_t block_pieces)
{
    const int64_t *arg = work->args;
    bool aic = arg[CORE] == ON_AIC;
    int64_t rows = arg[ND2NZ] != 0 ? (arg[ROWS] + 15) / 16 * 16 : arg[ROWS];
    int64_t held = rows * arg[ROW_BYTES] * (arg[STORE] != 0 ? 2 : 1);
    enum dtype type = arg[ND2NZ] != 0 ? DT_u16 : DT_u8;
    /* The only buffer: it begins its space. */
    struct kref buffer =
        build_tile(b, "piece", aic ? SPACE_L1 : SPACE_UB, arg[ND2NZ] != 0 ? DT_f16 : type,
                   (uint64_t)(arg[ND2NZ] != 0 ? held / 2 : held), 0);
    struct kval slot = imm(0);

    if (arg[STORE] != 0) {
        slot = build_var(b, "slot", imm(0));
        for (int64_t i = 0; i < 2; i++)
            emit(b, set_flag, .from = imm(PIPE_MTE3), .to = imm(PIPE_MTE2), .id = imm(i));
    }
    struct kval from = build_for(b, "block", imm(0), imm(grid->pieces), imm(block_pieces));
    struct kval end = build_min(b, build_add(b, from, imm(block_pieces)), imm(grid->pieces));
    build_for(b, "pass", imm(0), imm(arg[PASSES]), imm(1));
    struct kval piece = build_for(b, "piece", build_add(b, from, reg_of(REG_BLOCK_ID)), end,
                                  reg_of(REG_BLOCK_NUM));
    emit_piece(b, work, grid, source, target, buffer, piece, slot);
    if (arg[STORE] != 0)
        build_assign(b, slot, build_sub(b, imm(1), slot));
    build_end(b);
    build_end(b);
    build_end(b);
    for (int64_t i = 0; arg[STORE] != 0 && i < 2; i++)
        emit(b, wait_flag, .from = imm(PIPE_MTE3), .to = imm(PIPE_MTE2), .id = imm(i));
}

static bool build(struct workload *work, const struct target *target, struct diag *diag)
{
    const int64_t *arg = work->args;
    bool aic = arg[CORE] == ON_AIC;
    struct grid grid = { 0 };

    if (!grid_of(work, &grid, diag))
        return false;
    if (arg[ND2NZ] != 0 && !aic)
        return diag_fail(diag, loc_nowhere(), "nd2nz is 1 and core is aiv; expected core=aic");
    if (arg[STORE] != 0 && aic)
        return diag_fail(diag, loc_nowhere(), "store is 1 and core is aic; expected core=aiv");
    if (arg[ROW_BYTES] % 32 != 0)
        return diag_fail(diag, loc_nowhere(), "row_bytes is %lld; expected a multiple of 32",
                         (long long)arg[ROW_BYTES]);

    /* Blocks of a whole number of piece rows that take at most half of the L2: the pass
     * before must not evict what the next will read. */
    int64_t block_pieces = grid.pieces;
    if (arg[BLOCK] == BLOCK_L2) {
        int64_t row_of_pieces = grid.pitch * arg[ROWS];
        int64_t fit = (int64_t)target->l2_bytes / 2 / row_of_pieces;
        block_pieces = (fit > 0 ? fit : 1) * grid.across;
    }

    struct kernel *kernel = work->kernel = kernel_new("copy");
    enum dtype type = arg[ND2NZ] != 0 ? DT_f16 : DT_u8;
    int64_t elements = arg[BYTES] / (arg[ND2NZ] != 0 ? 2 : 1);
    struct kref source = build_tensor(kernel, "src", type, TENSOR_IN, elements, 0);
    struct kref into = { .kind = REF_NONE };
    if (arg[STORE] != 0)
        into = build_tensor(kernel, "dst", type, TENSOR_OUT, elements, 0);
    struct build b = build_begin(kernel, aic ? CORE_AIC : CORE_AIV);
    emit_program(&b, work, &grid, source, into, block_pieces);
    work->blocks = aic ? target->aic : target->aiv;
    work->warm_runs = (unsigned)arg[WARM];
    return true;
}

static void fill(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed)
{
    (void)tensor;
    data_random_bytes(data, (uint64_t)work->args[BYTES], seed);
}

static void check(const struct workload *work, uint8_t *const *tensors, struct verdict *verdict)
{
    if (work->args[STORE] == 0)
        return;
    verdict_begin(verdict, 0);
    for (int64_t i = 0; i < work->args[BYTES]; i++)
        verdict_value(verdict, "dst", 0, i, tensors[1][i], tensors[0][i]);
}

static size_t metrics(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX])
{
    const int64_t *arg = work->args;
    double moved = (double)arg[BYTES] * (double)arg[PASSES];
    out[0] = (struct metric){ "read_gbps", moved / timing->time_us / 1e3 };
    return 1;
}

extern const struct kernel_spec copy_spec;
const struct kernel_spec copy_spec = {
    .name = "copy",
    .meaning = "every core reads its share of a tensor, piece by piece",
    .args = args,
    .build = build,
    .fill = fill,
    .check = check,
    .metrics = metrics,
};
