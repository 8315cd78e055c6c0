/* Reductions: a value for each repeat, 32-byte block or pair of lanes. */
#include "kernels/ir/exec_impl.h"
#include "kernels/ir/exec_lanes.h"

/* The result of n lanes, n being at least 1, which it may destroy. */
typedef float reduce_fn(float *lanes, size_t n, size_t *lane);

/* The sum of the lower half plus that of the upper half, down to pairs of neighbours;
 * absent lanes are left out. In f32, so an f16 is rounded once. */
static float reduce_sum(float *lanes, size_t n, size_t *lane)
{
    *lane = 0;
    while (n > 1) {
        size_t pairs = n / 2;
        for (size_t i = 0; i < pairs; i++)
            lanes[i] = lanes[2 * i] + lanes[2 * i + 1];
        if (n % 2 != 0)
            lanes[pairs] = lanes[n - 1];
        n -= pairs;
    }
    return lanes[0];
}

/* The first of the largest (of the smallest, with sign -1); a NaN is beyond any number. */
static float reduce_extreme(const float *lanes, size_t n, size_t *lane, float sign)
{
    *lane = 0;
    for (size_t i = 1; i < n; i++) {
        float best = lanes[*lane];
        if (best != best)
            break;
        if (!(sign * lanes[i] <= sign * best))
            *lane = i;
    }
    return lanes[*lane];
}

static float reduce_max(float *lanes, size_t n, size_t *lane)
{
    return reduce_extreme(lanes, n, lane, 1);
}

static float reduce_min(float *lanes, size_t n, size_t *lane)
{
    return reduce_extreme(lanes, n, lane, -1);
}

/*
 * Take out the lanes that the masks of the operation keep out, and return how many there are
 * to reduce. Sums add what is left in the same tree, with a -0 where nothing is, which changes
 * no sum; the lanes of an extreme move to the front, `from` being where each was.
 */
static size_t mask_lanes(const struct kop *op, const struct lane_walk *a, size_t first,
                         float *lanes, size_t n, size_t from[CHUNK])
{
    bool sum = op->code == KOP_vcadd;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (lane_written(a, first + i)) {
            from[kept] = i;
            lanes[sum ? i : kept] = lanes[i];
            kept++;
        } else if (sum) {
            lanes[i] = -0.0f;
        }
    }
    return sum && kept > 0 ? n : kept;
}

/*
 * Reduce `group` lanes after `group` lanes, the last group being what is left. Where a
 * mask keeps out all of them nothing is written.
 */
static void reduce(const struct kop *op, uint8_t *const at[KOP_OPERANDS], size_t group,
                   reduce_fn *reduction, size_t results)
{
    struct vec_shape shape = kop_vec_shape(op);
    struct lane_walk a = lane_walk(op, &shape, OPERAND_A, at[OPERAND_A]);
    enum dtype type = (enum dtype)op->at[OPERAND_DST].dtype;
    size_t count = (size_t)op->count, chunk = CHUNK / group * group;
    uint8_t *dst = at[OPERAND_DST];
    union lane_values x;

    for (size_t first = 0, n; first < count; first += n) {
        n = lanes_together(&a, first, size_least(chunk, count - first));
        lanes_load(&a, FLOAT_LANES, first, n, &x);
        for (size_t i = 0; i < n; i += group) {
            size_t from[CHUNK], lane, index = (first + i) / group * results;
            size_t members = size_least(group, n - i);
            if (a.masked)
                members = mask_lanes(op, &a, first + i, x.f + i, members, from);
            if (members == 0)
                continue;
            float value = reduction(x.f + i, members, &lane);
            size_t lane_first = op->order == ORDER_INDEX_VALUE;
            element_set_f32(type, dst, index + lane_first, f32_canonical(value));
            if (results > 1)
                element_set_int(type, dst, index + !lane_first,
                                (int64_t)(a.masked ? from[lane] : lane));
        }
    }
}

static size_t repeat_lanes(const struct kop *op)
{
    return (size_t)kop_vec_shape(op).lanes;
}

static size_t block_lanes(const struct kop *op)
{
    return UB_BLOCK * 8 / dtype_info[op->at[OPERAND_A].dtype].bits;
}

/* Elements of dst for each extreme. */
static size_t extreme_results(const struct kop *op)
{
    return op->order == ORDER_VALUE ? 1 : 2;
}

/* X(operation, lanes of a group, reduction, elements of a result) */
#define REDUCTIONS(X)                                                                          \
    X(vcadd, repeat_lanes(op), reduce_sum, 1)                                                  \
    X(vcmax, repeat_lanes(op), reduce_max, extreme_results(op))                                \
    X(vcmin, repeat_lanes(op), reduce_min, extreme_results(op))                                \
    X(vcgadd, block_lanes(op), reduce_sum, 1)                                                  \
    X(vcgmax, block_lanes(op), reduce_max, 1)                                                  \
    X(vcgmin, block_lanes(op), reduce_min, 1)                                                  \
    X(vcpadd, 2, reduce_sum, 1)

#define X(name, group, reduction, results)                                                     \
    void exec_##name(const struct kop *op, uint8_t *const at[KOP_OPERANDS])                    \
    {                                                                                          \
        reduce(op, at, group, reduction, results);                                             \
    }
REDUCTIONS(X)
#undef X
