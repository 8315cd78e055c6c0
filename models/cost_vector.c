/* Vector operations: all classes are repeats at a rate, a head, and the banks. */
#include "models/bank.h"
#include "models/cost_impl.h"

/* Operations whose operands are not streamed block by block: no bank pattern. */
static struct cost unbanked(const struct params *p, uint64_t repeats, int64_t rate,
                            int64_t head)
{
    uint64_t cycles = ceil_div(repeats * (uint64_t)rate + (uint64_t)head, MILLI);
    uint64_t least = (uint64_t)p->vector_minimum;
    return (struct cost){ .occupancy = cycles > least ? cycles : least,
                          .latency = (uint64_t)p->vector_latency };
}

static struct cost vector(const struct params *p, const struct kop *op, int64_t rate,
                          int64_t head)
{
    struct vec_shape shape = kop_vec_shape(op);
    uint64_t time = bank_time(p, op, &shape, (uint64_t)rate) + (uint64_t)head;
    struct cost free = unbanked(p, (uint64_t)shape.repeats, rate, head);
    uint64_t cycles = ceil_div(time, MILLI);
    if (cycles <= free.occupancy)
        return free;
    return (struct cost){ .occupancy = cycles,
                          .latency = free.latency,
                          .conflict = cycles - free.occupancy };
}

static uint64_t repeats_of(const struct kop *op)
{
    return (uint64_t)kop_vec_shape(op).repeats;
}

struct cost cost_vec(const struct params *p, const struct kop *op)
{
    return vector(p, op, op->at[OPERAND_B].present ? p->vector_pair : p->vector_simple, 0);
}

struct cost cost_vec_conv(const struct params *p, const struct kop *op)
{
    bool narrow = op->at[OPERAND_A].dtype == DT_f32 && op->at[OPERAND_DST].dtype == DT_f16;
    return narrow ? unbanked(p, repeats_of(op), p->vector_narrow, 0)
                  : vector(p, op, p->vector_simple, 0);
}

struct cost cost_vec_special(const struct params *p, const struct kop *op)
{
    return vector(p, op, source_bits(op) == 16 ? p->vector_special_f16 : p->vector_special_f32,
                  0);
}

struct cost cost_vec_div(const struct params *p, const struct kop *op)
{
    return source_bits(op) == 16 ? vector(p, op, p->vector_div_f16, p->vector_div_f16_head)
                                 : vector(p, op, p->vector_div_f32, 0);
}

struct cost cost_vec_acc(const struct params *p, const struct kop *op)
{
    return vector(p, op, p->vector_accumulate, 0);
}

struct cost cost_vec_mla(const struct params *p, const struct kop *op)
{
    bool mixed = op->at[OPERAND_A].dtype != op->at[OPERAND_DST].dtype;
    return vector(p, op, mixed ? p->vector_mla_mixed : p->vector_mla_same, 0);
}

struct cost cost_vec_vdeq(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_deq, 0);
}

struct cost cost_vec_cmpv(const struct params *p, const struct kop *op)
{
    return vector(p, op, p->vector_pair, p->vector_cmpv_head);
}

struct cost cost_vec_cmpvs(const struct params *p, const struct kop *op)
{
    return vector(p, op, p->vector_simple, p->vector_cmpvs_head);
}

struct cost cost_vec_cadd(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op),
                    source_bits(op) == 16 ? p->vector_cadd_f16 : p->vector_cadd_f32, 0);
}

struct cost cost_vec_cmax(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_cmax, 0);
}

struct cost cost_vec_cg(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op),
                    source_bits(op) == 16 ? p->vector_cg_f16 : p->vector_cg_f32, 0);
}

/* One repeat writes eight blocks, each from one element. */
struct cost cost_vec_sels(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_simple, p->vector_sels_head);
}

struct cost cost_vec_brcb(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_simple, 0);
}

struct cost cost_vec_gather(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op),
                    source_bits(op) == 16 ? p->vector_gather_b16 : p->vector_gather_b32,
                    p->vector_gather_head);
}

struct cost cost_vec_gatherb(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_gatherb, p->vector_gatherb_head);
}

struct cost cost_vec_reduce(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_reduce, 0);
}

struct cost cost_vec_reducev2(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op),
                    op->counter != 0 ? p->vector_reducev2_counter : p->vector_reducev2, 0);
}

struct cost cost_vec_scatter(const struct params *p, const struct kop *op)
{
    return unbanked(p, (uint64_t)op->count, p->vector_scatter, p->vector_gather_head);
}

struct cost cost_vec_intlv(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_intlv, 0);
}

struct cost cost_vec_ci(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_simple, p->vector_ci_head);
}

struct cost cost_vec_nchwconv(const struct params *p, const struct kop *op)
{
    return unbanked(p, repeats_of(op), p->vector_nchwconv, 0);
}

struct cost cost_vec_bitsort(const struct params *p, const struct kop *op)
{
    return unbanked(p, ceil_div((uint64_t)op->count, SORT_LANES), p->vector_bitsort, 0);
}

/* A repeat of the merge takes four records of each of the four lists. */
#define MRGSORT_RECORDS 16

struct cost cost_vec_mrgsort(const struct params *p, const struct kop *op)
{
    return unbanked(p, ceil_div((uint64_t)op->count, MRGSORT_RECORDS), p->vector_mrgsort,
                    p->vector_mrgsort_head);
}

struct cost cost_vec_l0c(const struct params *p, const struct kop *op)
{
    struct cost cost = cost_l0c_ub(p, op);
    uint64_t least = (uint64_t)p->vector_minimum;
    return (struct cost){ .occupancy = cost.occupancy > least ? cost.occupancy : least,
                          .latency = (uint64_t)p->vector_latency };
}

struct cost cost_copy_ub(const struct params *p, const struct kop *op)
{
    uint64_t rows = (uint64_t)op->planes * (uint64_t)op->rows;
    struct cost cost = moved(0, rows * (uint64_t)op->bytes, p->vector_copy);
    uint64_t least = (uint64_t)p->vector_minimum;
    return (struct cost){ .occupancy = cost.occupancy > least ? cost.occupancy : least,
                          .latency = (uint64_t)p->vector_latency };
}
