#include "models/cost.h"

#include "models/bank.h"
#include "models/bound.h"
#include "models/l2.h"
#include "sim/assert.h"

#define MILLI 1000

typedef struct cost cost_fn(const struct params *p, const struct kop *op);

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

static unsigned source_bits(const struct kop *op)
{
    return dtype_info[op->at[OPERAND_A].dtype].bits;
}

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

static struct cost cost_mmad(const struct params *p, const struct kop *op)
{
    int64_t depth = cube_depth(p, op);
    if (depth == 0)
        depth = 1; /* a chip whose cube lacks the type; the verifier of a target refuses it */
    uint64_t fractals = ceil_div((uint64_t)op->m, CUBE_SIDE) *
                        ceil_div((uint64_t)op->n, CUBE_SIDE) *
                        ceil_div((uint64_t)op->k, (uint64_t)depth);
    return (struct cost){ (uint64_t)p->cube_head + fractals, (uint64_t)p->cube_latency };
}

static struct cost moved(uint64_t head, uint64_t bytes, int64_t rate)
{
    return (struct cost){ .occupancy = head + ceil_div(bytes * MILLI, (uint64_t)rate) };
}

/* Bytes of a matrix of whole fractals. */
static uint64_t fractal_bytes(const struct kop *op, int64_t side, int64_t k)
{
    uint64_t row =
        ceil_div(dtype_bytes((enum dtype)op->at[OPERAND_A].dtype, (uint64_t)k), FRACTAL_ROW);
    return ceil_div((uint64_t)side, CUBE_SIDE) * CUBE_SIDE * row * FRACTAL_ROW;
}

static struct cost cost_load_l0a(const struct params *p, const struct kop *op)
{
    return moved((uint64_t)p->mte1_head, fractal_bytes(op, op->m, op->k), p->mte1_l0a);
}

static struct cost cost_load_l0b(const struct params *p, const struct kop *op)
{
    return moved((uint64_t)p->mte1_head, fractal_bytes(op, op->n, op->k), p->mte1_l0b);
}

static struct cost cost_load_bt(const struct params *p, const struct kop *op)
{
    return moved(0, (uint64_t)op->bytes, p->mte1_bt);
}

static struct cost cost_load_fb(const struct params *p, const struct kop *op)
{
    return moved((uint64_t)p->mte1_fb_head, (uint64_t)op->bytes, p->mte1_fb);
}

/* To L1; to GM it is a transfer. */
static struct cost cost_fixpipe(const struct params *p, const struct kop *op)
{
    uint64_t bytes = (uint64_t)op->m * (uint64_t)op->n * 4;
    return moved((uint64_t)p->l0c_gm_issue, bytes, p->l0c_l1_rate);
}

/* --- transfers: see cost_of_transfer --- */

static struct cost no_cost(const struct params *p, const struct kop *op)
{
    (void)p;
    (void)op;
    return (struct cost){ 0 };
}

#define cost_gm_read no_cost
#define cost_gm_nz no_cost
#define cost_gm_write no_cost

/* --- vector: all classes are repeats at a rate, a head, and the banks --- */

static struct cost vector(const struct params *p, const struct kop *op, int64_t rate,
                          int64_t head)
{
    struct vec_shape shape = kop_vec_shape(op);
    uint64_t time = bank_time(p, op, &shape, (uint64_t)rate) + (uint64_t)head;
    uint64_t cycles = ceil_div(time, MILLI);
    uint64_t least = (uint64_t)p->vector_minimum;
    return (struct cost){ cycles > least ? cycles : least, (uint64_t)p->vector_latency };
}

/* Operations whose operands are not streamed block by block: no bank pattern. */
static struct cost unbanked(const struct params *p, uint64_t repeats, int64_t rate,
                            int64_t head)
{
    uint64_t cycles = ceil_div(repeats * (uint64_t)rate + (uint64_t)head, MILLI);
    uint64_t least = (uint64_t)p->vector_minimum;
    return (struct cost){ cycles > least ? cycles : least, (uint64_t)p->vector_latency };
}

static uint64_t repeats_of(const struct kop *op)
{
    return (uint64_t)kop_vec_shape(op).repeats;
}

static struct cost cost_vec(const struct params *p, const struct kop *op)
{
    return vector(p, op, p->vector_simple, 0);
}

static struct cost cost_vec_conv(const struct params *p, const struct kop *op)
{
    bool narrow = op->at[OPERAND_A].dtype == DT_f32 && op->at[OPERAND_DST].dtype == DT_f16;
    return narrow ? unbanked(p, repeats_of(op), p->vector_narrow, 0)
                  : vector(p, op, p->vector_simple, 0);
}

static struct cost cost_vec_special(const struct params *p, const struct kop *op)
{
    return vector(p, op, source_bits(op) == 16 ? p->vector_special_f16 : p->vector_special_f32,
                  0);
}

static struct cost cost_vec_div(const struct params *p, const struct kop *op)
{
    return vector(p, op, p->vector_div, source_bits(op) == 16 ? p->vector_div_f16_head : 0);
}

static struct cost cost_vec_acc(const struct params *p, const struct kop *op)
{
    return vector(p, op, p->vector_accumulate, 0);
}

static struct cost cost_vec_mla(const struct params *p, const struct kop *op)
{
    bool mixed = op->at[OPERAND_A].dtype != op->at[OPERAND_DST].dtype;
    return vector(p, op, mixed ? p->vector_mla_mixed : p->vector_mla_same, 0);
}

static struct cost cost_vec_vdeq(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_deq, 0);
}

static struct cost cost_vec_cmpv(const struct params *p, const struct kop *op)
{
    return vector(p, op, p->vector_simple, p->vector_cmpv_head);
}

static struct cost cost_vec_cmpvs(const struct params *p, const struct kop *op)
{
    return vector(p, op, p->vector_simple, p->vector_cmpvs_head);
}

static struct cost cost_vec_cadd(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op),
                    source_bits(op) == 16 ? p->vector_cadd_f16 : p->vector_cadd_f32, 0);
}

static struct cost cost_vec_cmax(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_cmax, 0);
}

static struct cost cost_vec_cg(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op),
                    source_bits(op) == 16 ? p->vector_cg_f16 : p->vector_cg_f32, 0);
}

/* One repeat writes eight blocks, each from one element. */
static struct cost cost_vec_sels(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_simple, p->vector_sels_head);
}

static struct cost cost_vec_brcb(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_simple, 0);
}

static struct cost cost_vec_gather(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op),
                    source_bits(op) == 16 ? p->vector_gather_b16 : p->vector_gather_b32,
                    p->vector_gather_head);
}

static struct cost cost_vec_gatherb(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_gatherb, p->vector_gatherb_head);
}

static struct cost cost_vec_reduce(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_reduce, 0);
}

static struct cost cost_vec_reducev2(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op),
                    op->counter != 0 ? p->vector_reducev2_counter : p->vector_reducev2, 0);
}

static struct cost cost_vec_scatter(const struct params *p, const struct kop *op)
{
    return unbanked(p, (uint64_t)op->count, p->vector_scatter, p->vector_gather_head);
}

static struct cost cost_vec_intlv(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_intlv, 0);
}

static struct cost cost_vec_ci(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_simple, p->vector_ci_head);
}

static struct cost cost_vec_nchwconv(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_nchwconv, 0);
}

static struct cost cost_vec_bitsort(const struct params *p, const struct kop *op)
{
    return unbanked(p, ceil_div((uint64_t)op->count, SORT_LANES), p->vector_bitsort, 0);
}

/* A repeat of the merge takes four records of each of the four lists. */
#define MRGSORT_RECORDS 16

static struct cost cost_vec_mrgsort(const struct params *p, const struct kop *op)
{
    return unbanked(p, ceil_div((uint64_t)op->count, MRGSORT_RECORDS), p->vector_mrgsort,
                    p->vector_mrgsort_head);
}

static struct cost cost_copy_ub(const struct params *p, const struct kop *op)
{
    uint64_t rows = (uint64_t)op->planes * (uint64_t)op->rows;
    struct cost cost = moved(0, rows * (uint64_t)op->bytes, p->vector_copy);
    uint64_t least = (uint64_t)p->vector_minimum;
    return (struct cost){ cost.occupancy > least ? cost.occupancy : least,
                          (uint64_t)p->vector_latency };
}

/* --- the scalar unit: what a store takes beyond its issue --- */

static struct cost cost_put(const struct params *p, const struct kop *op)
{
    if (op->at[OPERAND_DST].space != SPACE_GM)
        return (struct cost){ .occupancy = (uint64_t)p->scalar_write_ub };
    uint64_t ps = (uint64_t)p->scalar_write_gm * MILLI;
    return (struct cost){ .occupancy = ceil_div(ps * (uint64_t)p->core_clock, 1000000) };
}

/* --- synchronisation: the pipes and cores give these their time --- */
#define cost_flag no_cost
#define cost_barrier no_cost
#define cost_cross no_cost
#define cost_sync_all no_cost

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
