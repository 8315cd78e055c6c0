#include "kernels/micro.h"

#include "kernels/ir/build.h"

#define UB_STEP 65536

const char *const micro_paths[MOVE_COUNT + 1] = {
#define X(name) #name,
    MOVES(X) NULL,
#undef X
};

/* A tile of f32 in L0C: 16 rows while that leaves it narrow, then wider rows. */
static void l0c_tile(int64_t bytes, struct emit_args *op)
{
    int64_t elements = (bytes + 3) / 4;
    int64_t n = elements <= 16 * 256 ? (elements + 15) / 16 : 256;
    int64_t m = (elements + n - 1) / n;
    op->m = imm(m);
    op->n = imm(n);
    op->nz_rows = imm((m + 15) / 16 * 16);
}

/* A matrix of f16 for L0A or L0B: 16 wide, as long as it takes. */
static void l0_matrix(int64_t bytes, struct kval *side, struct kval *k, struct kval *nz_rows)
{
    *side = imm(CUBE_SIDE);
    *k = imm((bytes + FRACTAL_ROW - 1) / FRACTAL_ROW);
    *nz_rows = imm(CUBE_SIDE);
}

static enum core_kind move_core(enum micro_path path)
{
    bool vector = path == MOVE_gm_to_ub || path == MOVE_ub_to_gm || path == MOVE_ub_to_ub;
    return vector ? CORE_AIV : CORE_AIC;
}

struct move_kind {
    enum kop_code code;
    enum pipe_id pipe;
    enum space from, to;
};

static const struct move_kind move_kinds[MOVE_COUNT] = {
    [MOVE_gm_to_l1] = { KOP_load_l1, PIPE_MTE2, SPACE_GM, SPACE_L1 },
    [MOVE_gm_to_ub] = { KOP_load_ub, PIPE_MTE2, SPACE_GM, SPACE_UB },
    [MOVE_gm_to_l0a] = { KOP_load_gm_l0a, PIPE_MTE2, SPACE_GM, SPACE_L0A },
    [MOVE_gm_to_l0b] = { KOP_load_gm_l0b, PIPE_MTE2, SPACE_GM, SPACE_L0B },
    [MOVE_ub_to_gm] = { KOP_store, PIPE_MTE3, SPACE_UB, SPACE_GM },
    [MOVE_ub_to_ub] = { KOP_copy_ub, PIPE_V, SPACE_UB, SPACE_UB },
    [MOVE_l0c_to_gm] = { KOP_fixpipe, PIPE_FIX, SPACE_L0C, SPACE_GM },
    [MOVE_l0c_to_l1] = { KOP_fixpipe, PIPE_FIX, SPACE_L0C, SPACE_L1 },
    [MOVE_l0c_to_ub] = { KOP_l0c_to_ub, PIPE_V, SPACE_L0C, SPACE_UB },
    [MOVE_l1_to_l0a] = { KOP_load_l0a, PIPE_MTE1, SPACE_L1, SPACE_L0A },
    [MOVE_l1_to_l0b] = { KOP_load_l0b, PIPE_MTE1, SPACE_L1, SPACE_L0B },
    [MOVE_l1_to_bt] = { KOP_load_bt, PIPE_MTE1, SPACE_L1, SPACE_BT },
    [MOVE_l1_to_fb] = { KOP_load_fb, PIPE_FIX, SPACE_L1, SPACE_FB },
};

static bool from_l0c(enum micro_path path)
{
    return path == MOVE_l0c_to_gm || path == MOVE_l0c_to_l1 || path == MOVE_l0c_to_ub;
}

static enum dtype move_type(enum micro_path path)
{
    bool float32 = from_l0c(path) || path == MOVE_l1_to_bt || path == MOVE_l1_to_fb;
    return float32 ? DT_f32 : DT_f16;
}

/* Elements that one end of a move needs in a space. */
static int64_t held(enum micro_path path, enum space space, int64_t bytes)
{
    enum dtype type = move_type(path);
    struct emit_args shape = { 0 };
    int64_t unit =
        space == SPACE_L0A || space == SPACE_L0B || space == SPACE_L1 ? 512 : UB_BLOCK;

    if (space == SPACE_L0C || path == MOVE_l0c_to_ub) { /* where it stays NZ */
        l0c_tile(bytes, &shape);
        return shape.nz_rows.imm * ((shape.n.imm + 15) / 16 * 16);
    }
    return (bytes + unit - 1) / unit * unit / (int64_t)dtype_bytes(type, 1);
}

static struct kref gm_end(struct build *b, const struct micro_move *move, bool source,
                          struct kval turn)
{
    int64_t places = source && !move->again ? MICRO_TIMES : 1;
    int64_t step = (move->bytes + 511) / 512 * 512;
    enum dtype type = move_type(move->path);
    struct kref tensor =
        build_tensor(b->kernel, source ? "a" : "b", type, source ? TENSOR_IN : TENSOR_WORK,
                     step * places / (int64_t)dtype_bytes(type, 1), 0);
    return places == 1 ? tensor : build_at(b, tensor, build_mul(b, turn, imm(step)));
}

/* The destination of a copy inside UB lies in other banks, or as far up as it can. */
static uint64_t ub_destination(const struct target *target, int64_t bytes)
{
    uint64_t room = target->capacity[SPACE_UB], size = (uint64_t)(bytes + 31) / 32 * 32;
    return size <= UB_STEP ? 2 * UB_STEP - 32768 : (room - size) / 32 * 32;
}

static void emit_move(struct build *b, const struct micro_move *move, struct kval turn,
                      const struct target *target)
{
    int64_t bytes = move->bytes;
    enum micro_path path = move->path;
    const struct move_kind *kind = &move_kinds[path];
    enum dtype type = move_type(path);
    bool out = kind->to == SPACE_GM, global = kind->from == SPACE_GM || out;
    enum space near = out ? kind->from : kind->to;
    int64_t room = (int64_t)target->capacity[near];
    /* What the buffer cannot hold at once goes in pieces, one right after another. */
    int64_t piece = global && near != SPACE_L0C && bytes > room ? room : bytes;
    struct emit_args op = { 0 };

    op.a = kind->from == SPACE_GM ? gm_end(b, move, true, turn)
                                  : build_tile(b, "a", kind->from, type,
                                               (uint64_t)held(path, kind->from, piece), 0);
    op.dst = out ? gm_end(b, move, false, turn)
                 : build_tile(b, "b", kind->to, type, (uint64_t)held(path, kind->to, piece),
                              path == MOVE_ub_to_ub ? ub_destination(target, piece) : 0);
    if (from_l0c(path))
        l0c_tile(bytes, &op);
    else if (path == MOVE_l1_to_l0a)
        l0_matrix(bytes, &op.m, &op.k, &op.nz_rows);
    else if (path == MOVE_l1_to_l0b)
        l0_matrix(bytes, &op.n, &op.k, &op.nz_rows);

    bool scales = move->scales && from_l0c(path);
    if (scales)
        op.b = build_tile(b, "scales", SPACE_FB, DT_f32, (uint64_t)op.n.imm, 0);

    struct kref gm = out ? op.dst : op.a;
    bool sized = op.m.given || op.n.given;
    for (int64_t at = 0; at < bytes; at += piece) {
        if (!sized)
            op.bytes = imm(bytes - at < piece ? bytes - at : piece);
        if (global)
            *(out ? &op.dst : &op.a) = build_at(b, gm, imm(at));
        build_op(b, scales ? KOP_fixpipev : kind->code, &op);
    }

    /* The tables of moves inside a core, and of the fixpipe, show them back to back: 82
     * cycles are less than any trip to memory. */
    if (global && path != MOVE_l0c_to_gm)
        emit(b, barrier, .pipe = imm(kind->pipe));
}

void micro_build_move(struct workload *work, const struct target *target,
                      const struct micro_move *move)
{
    struct build b = build_begin(work->kernel, move_core(move->path));
    struct kval turn = build_for(&b, "turn", imm(0), imm(MICRO_TIMES), imm(1));
    emit_move(&b, move, turn, target);
    build_end(&b);
}
