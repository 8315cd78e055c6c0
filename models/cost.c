#include "models/cost.h"

#include "models/bound.h"
#include "models/cost_impl.h"
#include "kernels/ir/window.h"
#include "models/l2.h"
#include "sim/assert.h"

/* --- cube core --- */

static int64_t cube_depth(const struct params *p, const struct kop *op)
{
    switch (op->at[OPERAND_A].dtype) {
    case DT_i8:
        return p->cube_k_i8;
    case DT_i4:
        return p->cube_k_i4;
    case DT_f32:
        return op->hf32 != 0 ? p->cube_k_hf32 : p->cube_k_f32;
    default:
        return p->cube_k_f16;
    }
}

struct cost cost_mmad(const struct params *p, const struct kop *op)
{
    int64_t depth = cube_depth(p, op);
    if (depth == 0)
        depth = 1; /* the verifier refuses the type, but costs are asked for without it too */
    uint64_t fractals = ceil_div((uint64_t)op->m, CUBE_SIDE) *
                        ceil_div((uint64_t)op->n, CUBE_SIDE) *
                        ceil_div((uint64_t)op->k, (uint64_t)depth);
    return (struct cost){ .occupancy = (uint64_t)p->cube_head + fractals,
                          .latency = (uint64_t)p->cube_latency };
}

/* Bytes of a matrix of whole fractals. */
static uint64_t fractal_bytes(const struct kop *op, int64_t side, int64_t k)
{
    uint64_t row =
        ceil_div(dtype_bytes((enum dtype)op->at[OPERAND_A].dtype, (uint64_t)k), FRACTAL_ROW);
    return ceil_div((uint64_t)side, CUBE_SIDE) * CUBE_SIDE * row * FRACTAL_ROW;
}

struct cost cost_load_l0a(const struct params *p, const struct kop *op)
{
    return moved((uint64_t)p->mte1_head, fractal_bytes(op, op->m, op->k), p->mte1_l0a);
}

static uint64_t common_factor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* How often, among the `m` rows of a column of fractals, a line of windows ends or, with
 * strides, the next window is not beside the last; not counting where the next fractal begins.
 */
static uint64_t window_breaks(const struct kop *op, uint64_t m)
{
    uint64_t across = (uint64_t)window_across(op), first = (uint64_t)op->m_start;
    uint64_t fractals = ceil_div(m, CUBE_SIDE);

    if (m == 0 || across == 0)
        return 0;
    if (op->stride_w > 1)
        return m - fractals;
    /* Lines end `across` rows apart, some of them with a fractal. */
    uint64_t period = across / common_factor(across, CUBE_SIDE);
    uint64_t lines = (first + m - 1) / across - first / across;
    uint64_t begin = first / CUBE_SIDE;
    return lines - ((begin + fractals - 1) / period - begin / period);
}

/*
 * The vendor gives 512 / (n + 2) bytes a cycle, at least 32, and does not say what n is: taken
 * as the breaks among the 16 rows of a fractal, it is two cycles of a fractal at the port's
 * width and one for each break, at most one for each row (FIDELITY.md, F28).
 */
struct cost cost_load3d(const struct params *p, const struct kop *op)
{
    uint64_t bytes = fractal_bytes(op, op->m, op->k);
    uint64_t columns = ceil_div(
        dtype_bytes((enum dtype)op->at[OPERAND_A].dtype, (uint64_t)op->k), FRACTAL_ROW);
    struct cost cost = moved((uint64_t)p->mte1_head, bytes, p->mte1_l0a);
    uint64_t most = (uint64_t)p->mte1_head + bytes / FRACTAL_ROW;
    uint64_t broken = cost.occupancy + columns * window_breaks(op, (uint64_t)op->m);

    if (broken > most)
        broken = most;
    if (broken > cost.occupancy)
        cost.occupancy = broken;
    return cost;
}

struct cost cost_load_l0b(const struct params *p, const struct kop *op)
{
    return moved((uint64_t)p->mte1_head, fractal_bytes(op, op->n, op->k), p->mte1_l0b);
}

struct cost cost_load_bt(const struct params *p, const struct kop *op)
{
    return moved(0, (uint64_t)op->bytes, p->mte1_bt);
}

/* As slow as the way to the bias table, in the vendor's model of costs. */
struct cost cost_fill(const struct params *p, const struct kop *op)
{
    return moved(0, (uint64_t)op->rows * (uint64_t)op->bytes, p->mte1_bt);
}

struct cost cost_load_fb(const struct params *p, const struct kop *op)
{
    return moved((uint64_t)p->mte1_fb_head, (uint64_t)op->bytes, p->mte1_fb);
}

/* To L1; to GM it is a transfer. */
struct cost cost_fixpipe(const struct params *p, const struct kop *op)
{
    uint64_t bytes = (uint64_t)op->m * (uint64_t)op->n * 4;
    return moved((uint64_t)p->l0c_gm_issue, bytes,
                 p->l0c_l1_rate == 0 ? MILLI : p->l0c_l1_rate);
}

/* --- between a cube core and its vector cores, or within a coupled core --- */

/* A row takes whole cycles, so rows narrower than the port waste it. */
static struct cost near_rows(const struct params *p, const struct kop *op, int64_t rate)
{
    uint64_t rows = (uint64_t)op->planes * (uint64_t)op->rows;
    struct cost cost = moved(0, (uint64_t)op->bytes, rate == 0 ? MILLI : rate);
    cost.occupancy *= rows;
    cost.latency = (uint64_t)p->ub_l1_latency;
    return cost;
}

struct cost cost_ub_l1(const struct params *p, const struct kop *op)
{
    return near_rows(p, op, p->ub_l1_rate);
}

struct cost cost_l1_ub(const struct params *p, const struct kop *op)
{
    return near_rows(p, op, p->l1_ub_rate);
}

/* With dual=, each vector core gets half at the full rate of a port of its own. */
struct cost cost_l0c_ub(const struct params *p, const struct kop *op)
{
    uint64_t bytes = (uint64_t)op->m * (uint64_t)op->n * 4 / (op->dual != 0 ? 2 : 1);
    struct cost cost = moved(0, bytes, p->l0c_ub_rate == 0 ? MILLI : p->l0c_ub_rate);
    cost.latency = (uint64_t)p->ub_l1_latency;
    return cost;
}

/* --- the scalar unit: what a store takes beyond its issue --- */

struct cost cost_put(const struct params *p, const struct kop *op)
{
    if (op->at[OPERAND_DST].space != SPACE_GM)
        return (struct cost){ .occupancy = (uint64_t)p->scalar_write_ub };
    uint64_t ps = (uint64_t)p->scalar_write_gm * MILLI;
    return (struct cost){ .occupancy = ceil_div(ps * (uint64_t)p->core_clock, 1000000) };
}

/* --- whose time passes elsewhere: transfers (cost_of_transfer), synchronisation --- */

#define X(name)                                                                                \
    struct cost cost_##name(const struct params *p, const struct kop *op)                      \
    {                                                                                          \
        (void)p;                                                                               \
        (void)op;                                                                              \
        return (struct cost){ 0 };                                                             \
    }
X(gm_read)
X(gm_nz)
X(gm_write)
X(flag)
X(barrier)
X(cross)
X(sync_all)
#undef X

static cost_fn *const cost_table[KOP_COUNT] = {
#define KOP(name, pipe, dst, a, b, c, needs, takes, types, cost, meaning)                      \
    [KOP_##name] = cost_##cost,
#include "kernels/ir/op.def"
#undef KOP
};

struct cost cost_of(const struct params *params, const struct kop *op)
{
    return cost_table[op->code](params, op);
}

static struct rate engine_rate(const struct params *p, int64_t milli_bytes_per_cycle)
{
    return (struct rate){ (uint64_t)(milli_bytes_per_cycle * p->core_clock / MILLI) };
}

static uint32_t requests_in(int64_t window_bytes)
{
    return (uint32_t)(window_bytes / L2_LINE);
}

struct mte_cost cost_of_transfer(const struct params *p, const struct kop *op,
                                 const struct gm_access *access)
{
    struct mte_cost cost = { .engine_bytes = (uint64_t)access->bytes, .misses = UINT64_MAX };

    switch (op->code) {
    case KOP_load_ub:
        cost.path = PATH_gm_to_ub;
        cost.rate = engine_rate(p, p->gm_ub_rate);
        cost.issue = (uint64_t)p->gm_ub_issue;
        cost.latency = (uint64_t)p->gm_ub_latency;
        cost.row_extra = (uint64_t)p->gm_ub_row;
        cost.requests = requests_in(p->gm_ub_window);
        cost.misses = (uint64_t)p->gm_ub_misses;
        break;
    case KOP_store:
        cost.path = PATH_ub_to_gm;
        cost.rate = engine_rate(p, p->ub_gm_rate);
        cost.issue = (uint64_t)p->ub_gm_issue;
        cost.latency = (uint64_t)p->ub_gm_latency;
        cost.row_extra = (uint64_t)p->ub_gm_row;
        cost.requests = requests_in(p->ub_gm_window);
        break;
    case KOP_fixpipe:
    case KOP_fixpipev: {
        unsigned out = dtype_info[op->at[OPERAND_DST].dtype].bits;
        cost.path = PATH_l0c_to_gm;
        cost.rate = engine_rate(p, p->l0c_gm_rate);
        cost.issue = (uint64_t)p->l0c_gm_issue;
        cost.latency = (uint64_t)p->l0c_gm_latency;
        cost.row_least = (uint64_t)p->l0c_gm_row;
        cost.engine_bytes = (uint64_t)access->bytes * 32 / out; /* L0C holds 32-bit elements */
        cost.requests = requests_in(p->l0c_gm_window);
        break;
    }
    case KOP_load_gm_l0a:
    case KOP_load_gm_l0b:
        cost.path = PATH_gm_to_l0;
        cost.rate = engine_rate(p, p->gm_l0_rate);
        break;
    default: /* load_l1, load_nz */
        cost.path = PATH_gm_to_l1;
        cost.rate = engine_rate(p, p->gm_l1_rate);
        break;
    }
    if (cost.path == PATH_gm_to_l1 || cost.path == PATH_gm_to_l0) {
        cost.issue = (uint64_t)p->gm_l1_issue;
        cost.latency = (uint64_t)p->gm_l1_latency;
        cost.row_extra = (uint64_t)p->gm_l1_row;
        cost.requests = requests_in(p->gm_l1_window);
        cost.misses = (uint64_t)p->gm_l1_misses;
    }
    if (op->code == KOP_load_nz) {
        cost.latency += (uint64_t)p->gm_l1_nz_latency;
        cost.request_least = (uint64_t)p->gm_l1_nz;
        if (source_bits(op) <= 8)
            cost.rate = engine_rate(p, p->gm_l1_nz_b8);
    }
    SIM_ASSERT(cost.requests > 0);
    return cost;
}
