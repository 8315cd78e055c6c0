#include "kernels/matmul.h"
#include "kernels/matmul_drain.h"
#include "kernels/whole.h"

#include "sim/assert.h"

#define L0_BUFFERS 2
#define L1_BUFFERS 2
#define GM_REQUEST 512 /* bytes of the largest request for global memory */

static int64_t bits(enum dtype type)
{
    return dtype_info[type].bits;
}

/* Elements of a fractal's row. */
static int64_t c0(enum dtype type)
{
    return FRACTAL_ROW * 8 / bits(type);
}

/* Bytes of a tile of whole fractals: `side` rows of `k`. */
static int64_t tile_bytes(enum dtype type, int64_t side, int64_t k)
{
    return round_up(side, CUBE_SIDE) * round_up(k, c0(type)) * bits(type) / 8;
}

/* B in L1, as it lies in memory. When it is to be transposed its columns of
 * fractals run along n, so n is padded to a fractal row and k to a side. */
static int64_t l1_b_bytes(const struct matmul_plan *plan)
{
    return plan->trans_b ? tile_bytes(plan->in, plan->tile_n, plan->tile_k)
                         : tile_bytes(plan->in, plan->tile_k, plan->tile_n);
}

struct l1_places matmul_places_b(const struct matmul_plan *plan)
{
    return (struct l1_places){ L1_BUFFERS * tile_bytes(plan->in, plan->tile_m, plan->tile_k),
                               l1_b_bytes(plan) };
}

int64_t matmul_handed_most(const struct matmul_plan *plan, const struct target *target)
{
    struct l1_places places = matmul_places_b(plan);
    return ((int64_t)target->capacity[SPACE_L1] - places.address) / places.bytes;
}

static int64_t places_of_b(const struct matmul_plan *plan)
{
    return plan->handed != 0 ? plan->handed : L1_BUFFERS;
}

bool matmul_fits(struct matmul_plan *plan, const struct target *target)
{
    struct l1_places places = matmul_places_b(plan);
    int64_t l1 = places.address + places_of_b(plan) * places.bytes;
    int64_t l0c = round_up(plan->tile_m, CUBE_SIDE) * round_up(plan->tile_n, CUBE_SIDE) * 4;
    if (l1 > (int64_t)target->capacity[SPACE_L1] || l0c > (int64_t)target->capacity[SPACE_L0C])
        return false;

    int64_t l0a = (int64_t)target->capacity[SPACE_L0A] / L0_BUFFERS;
    int64_t l0b = (int64_t)target->capacity[SPACE_L0B] / L0_BUFFERS;
    int64_t unit = c0(plan->in) > CUBE_SIDE ? c0(plan->in) : CUBE_SIDE;
    int64_t row_a = tile_bytes(plan->in, plan->tile_m, unit);
    int64_t row_b = tile_bytes(plan->in, plan->tile_n, unit);
    int64_t units = l0a / row_a < l0b / row_b ? l0a / row_a : l0b / row_b;
    if (units == 0)
        return false;

    plan->slice_k = units * unit;
    if (plan->slice_k > plan->tile_k)
        plan->slice_k = round_up(plan->tile_k, unit);
    return true;
}

double matmul_row_cycles(enum dtype type, int64_t elements, const struct target *target)
{
    int64_t bytes = (elements * bits(type) + 7) / 8;
    double requests = (double)((bytes + GM_REQUEST - 1) / GM_REQUEST);
    double engine = requests * (double)target->nz_millicycles / 1000;
    uint64_t rate =
        bits(type) <= 8 ? target->nz_b8_bytes_per_cycle : target->gm_l1_bytes_per_cycle;
    double moving = (double)bytes / (double)rate;
    return moving > engine ? moving : engine;
}

struct kval matmul_bytes(struct build *b, enum dtype type, struct kval elements)
{
    if (bits(type) < 8)
        return build_div(b, elements, imm(8 / bits(type)));
    return build_mul(b, elements, imm(bits(type) / 8));
}

/* The half of a double buffer that belongs to a parity. */
static struct kref half(struct matmul *mm, struct kref buffer, struct kval parity, int64_t size)
{
    return build_at(mm->b, buffer, build_mul(mm->b, parity, imm(size)));
}

#define PAIR(x, y) .from = imm(PIPE_##x), .to = imm(PIPE_##y)
#define FROM_DRAIN(mm, pipe) .from = imm((mm)->drain), .to = imm(PIPE_##pipe)
#define TO_DRAIN(mm, pipe) .from = imm(PIPE_##pipe), .to = imm((mm)->drain)

struct matmul matmul_begin(struct build *b, const struct matmul_plan *plan,
                           const struct target *target)
{
    struct matmul mm = { .b = b, .plan = *plan };
    uint64_t l0c_bytes = target->capacity[SPACE_L0C];
    int64_t l0c_tile =
        round_up(plan->tile_m, CUBE_SIDE) * round_up(plan->tile_n, CUBE_SIDE) * 4;

    mm.l1_a_half = tile_bytes(plan->in, plan->tile_m, plan->tile_k);
    mm.l1_b_half = l1_b_bytes(plan);
    mm.l0a_half = (int64_t)target->capacity[SPACE_L0A] / L0_BUFFERS;
    mm.l0b_half = (int64_t)target->capacity[SPACE_L0B] / L0_BUFFERS;
    mm.l0c_tiles = 2 * l0c_tile <= (int64_t)l0c_bytes ? 2 : 1;
    mm.l0c_half = (int64_t)l0c_bytes / 2;
    mm.drain = target->coupled ? PIPE_V : PIPE_FIX;
    mm.ub_bytes = (int64_t)target->capacity[SPACE_UB];

    int64_t in_bits = bits(plan->in);
    mm.l1_a = build_tile(b, "l1_a", SPACE_L1, plan->in,
                         (uint64_t)(L1_BUFFERS * mm.l1_a_half * 8 / in_bits), 0);
    mm.l1_b = build_tile(b, "l1_b", SPACE_L1, plan->in,
                         (uint64_t)(places_of_b(plan) * mm.l1_b_half * 8 / in_bits),
                         (uint64_t)(L1_BUFFERS * mm.l1_a_half));
    mm.l0a = build_tile(b, "l0a", SPACE_L0A, plan->in,
                        (uint64_t)(L0_BUFFERS * mm.l0a_half * 8 / in_bits), 0);
    mm.l0b = build_tile(b, "l0b", SPACE_L0B, plan->in,
                        (uint64_t)(L0_BUFFERS * mm.l0b_half * 8 / in_bits), 0);
    mm.l0c = build_tile(b, "l0c", SPACE_L0C, plan->acc, l0c_bytes / 4, 0);

    mm.step = build_var(b, "step", imm(0));
    mm.slice = build_var(b, "slice", imm(0));
    mm.tile = build_var(b, "tile_turn", imm(0));
    for (int64_t i = 0; i < 2; i++) {
        emit(b, set_flag, PAIR(MTE1, MTE2), .id = imm(i));
        emit(b, set_flag, PAIR(M, MTE1), .id = imm(i));
        if (i < mm.l0c_tiles)
            emit(b, set_flag, FROM_DRAIN(&mm, M), .id = imm(i));
    }
    if (target->coupled)
        matmul_drain_begin(b);
    return mm;
}

/* Which half of L0C the current tile uses. */
static struct kval l0c_parity(struct matmul *mm)
{
    return mm->l0c_tiles == 2 ? build_and(mm->b, mm->tile, imm(1)) : imm(0);
}

/* One L0 step: load the slices and multiply. */
static void emit_slice(struct matmul *mm, struct kval rows, struct kval columns,
                       struct kval klen, struct kval at_k, struct kref from_a,
                       struct kref from_b, struct kref into, struct kval init)
{
    struct build *b = mm->b;
    const struct matmul_plan *plan = &mm->plan;
    struct kval parity = build_and(b, mm->slice, imm(1));
    struct kval part = build_min(b, imm(plan->slice_k), build_sub(b, klen, at_k));
    struct kref l0a = half(mm, mm->l0a, parity, mm->l0a_half);
    struct kref l0b = half(mm, mm->l0b, parity, mm->l0b_half);
    struct kval rows_a = build_round_up(b, rows, CUBE_SIDE);
    struct kval rows_b = build_round_up(b, plan->trans_b ? columns : klen, CUBE_SIDE);

    /* Along a fractal column a row is 32 bytes; the next column is nz_rows rows on. */
    struct kval column_of_k = build_div(b, at_k, imm(c0(plan->in)));
    struct kval skip_a = build_mul(b, build_mul(b, column_of_k, rows_a), imm(FRACTAL_ROW));
    struct kval skip_b = plan->trans_b
                             ? build_mul(b, build_mul(b, column_of_k, rows_b), imm(FRACTAL_ROW))
                             : build_mul(b, at_k, imm(FRACTAL_ROW));

    emit(b, wait_flag, PAIR(M, MTE1), .id = parity);
    emit(b, load_l0a, .dst = l0a, .a = build_at(b, from_a, skip_a), .m = rows, .k = part,
         .nz_rows = rows_a);
    emit(b, load_l0b, .dst = l0b, .a = build_at(b, from_b, skip_b), .k = part, .n = columns,
         .nz_rows = rows_b, .transpose = imm(!plan->trans_b));
    emit(b, set_flag, PAIR(MTE1, M), .id = parity);
    emit(b, wait_flag, PAIR(MTE1, M), .id = parity);
    emit(b, mmad, .dst = into, .a = l0a, .b = l0b, .m = rows, .k = part, .n = columns,
         .init = init);
    emit(b, set_flag, PAIR(M, MTE1), .id = parity);
    build_assign(b, mm->slice, build_add(b, mm->slice, imm(1)));
}

static void load_b(struct matmul *mm, struct kref l1_b, struct kval columns, struct kval k,
                   struct kval klen, const struct matmul_hooks *hooks)
{
    struct build *b = mm->b;
    const struct matmul_plan *plan = &mm->plan;
    struct gm_matrix source = hooks->source_b(mm, k, klen, hooks->owner);
    struct kval rows_b = plan->trans_b ? columns : klen;

    emit(b, load_nz, .dst = l1_b, .a = source.at, .rows = rows_b,
         .cols = plan->trans_b ? klen : columns, .src_stride = source.stride,
         .nz_rows = build_round_up(b, rows_b, CUBE_SIDE));
    if (hooks->loaded_b != NULL)
        hooks->loaded_b(mm, hooks->owner);
}

void matmul_tile(struct matmul *mm, struct kval rows, struct kval columns, struct kval from,
                 struct kval to, struct gm_matrix a, const struct matmul_hooks *hooks)
{
    struct build *b = mm->b;
    const struct matmul_plan *plan = &mm->plan;
    struct kval turn = l0c_parity(mm);
    struct kref into = half(mm, mm->l0c, turn, mm->l0c_half);

    emit(b, wait_flag, FROM_DRAIN(mm, M), .id = turn);
    struct kval k = build_for(b, "k", from, to, imm(plan->tile_k));
    struct kval klen = build_min(b, imm(plan->tile_k), build_sub(b, to, k));
    struct kval parity = build_and(b, mm->step, imm(1));
    struct kref l1_a = half(mm, mm->l1_a, parity, mm->l1_a_half);
    struct kval place = plan->handed != 0 ? build_mod(b, mm->step, imm(plan->handed)) : parity;
    struct kref l1_b = half(mm, mm->l1_b, place, mm->l1_b_half);

    emit(b, wait_flag, PAIR(MTE1, MTE2), .id = parity);
    emit(b, load_nz, .dst = l1_a, .a = build_at(b, a.at, matmul_bytes(b, plan->in, k)),
         .rows = rows, .cols = klen, .src_stride = a.stride,
         .nz_rows = build_round_up(b, rows, CUBE_SIDE));
    if (plan->handed == 0)
        load_b(mm, l1_b, columns, k, klen, hooks);
    emit(b, set_flag, PAIR(MTE2, MTE1), .id = parity);
    emit(b, wait_flag, PAIR(MTE2, MTE1), .id = parity);
    if (plan->handed != 0)
        hooks->await_b(mm, hooks->owner);

    struct kval at_k = build_for(b, "kk", imm(0), klen, imm(plan->slice_k));
    struct kval first = build_eq(b, build_add(b, build_sub(b, k, from), at_k), imm(0));
    emit_slice(mm, rows, columns, klen, at_k, l1_a, l1_b, into, first);
    build_end(b);

    if (plan->handed != 0)
        hooks->release_b(mm, hooks->owner);
    emit(b, set_flag, PAIR(MTE1, MTE2), .id = parity);
    build_assign(b, mm->step, build_add(b, mm->step, imm(1)));
    build_end(b);
    emit(b, set_flag, TO_DRAIN(mm, M), .id = turn);
}

void matmul_store(struct matmul *mm, struct kval rows, struct kval columns, struct gm_matrix c,
                  double scale)
{
    struct build *b = mm->b;
    struct kval turn = l0c_parity(mm);
    struct emit_args store = {
        .dst = c.at,
        .a = half(mm, mm->l0c, turn, mm->l0c_half),
        .m = rows,
        .n = columns,
        .nz_rows = build_round_up(b, rows, CUBE_SIDE),
        .dst_stride = c.stride,
    };
    if (scale != 1)
        store.scale = real(scale);

    emit(b, wait_flag, TO_DRAIN(mm, M), .id = turn);
    if (mm->drain == PIPE_V)
        matmul_drain(mm, &store);
    else
        build_op(b, KOP_fixpipe, &store);
    emit(b, set_flag, FROM_DRAIN(mm, M), .id = turn);
    build_assign(b, mm->tile, build_add(b, mm->tile, imm(1)));
}

void matmul_end(struct matmul *mm)
{
    struct build *b = mm->b;
    for (int64_t i = 0; i < 2; i++) {
        emit(b, wait_flag, PAIR(MTE1, MTE2), .id = imm(i));
        emit(b, wait_flag, PAIR(M, MTE1), .id = imm(i));
        if (i < mm->l0c_tiles)
            emit(b, wait_flag, FROM_DRAIN(mm, M), .id = imm(i));
    }
    if (mm->drain == PIPE_V)
        matmul_drain_end(b);
}

struct tile_place matmul_swizzle(struct build *b, struct kval t, int64_t tiles_m,
                                 int64_t tiles_n, int64_t tile_m, int64_t tile_n, int64_t group)
{
    SIM_ASSERT(group > 0);
    if (tiles_m == 1)
        return (struct tile_place){ .m = imm(0), .n = build_mul(b, t, imm(tile_n)) };

    struct kval band = build_div(b, t, imm(group * tiles_n));
    struct kval first = build_mul(b, band, imm(group));
    struct kval height = build_min(b, imm(group), build_sub(b, imm(tiles_m), first));
    struct kval inside = build_mod(b, t, imm(group * tiles_n));
    struct kval row = build_add(b, first, build_mod(b, inside, height));
    struct kval column = build_div(b, inside, height);
    return (struct tile_place){ .m = build_mul(b, row, imm(tile_m)),
                                .n = build_mul(b, column, imm(tile_n)) };
}
