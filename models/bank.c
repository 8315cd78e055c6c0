#include "models/bank.h"

#include "sim/assert.h"

#include <string.h>

#define GROUPS_MAX 64
#define BLOCKS_PER_REPEAT (VECTOR_BYTES / UB_BLOCK)

/* The blocks of one repeat of one operand. */
struct touch {
    int64_t block[BLOCKS_PER_REPEAT]; /* address / UB_BLOCK */
    int64_t count;
};

static struct touch touch_of(const struct kop *op, const struct vec_shape *shape,
                             unsigned operand, int64_t repeat)
{
    const struct kaddr *at = &op->at[operand];
    int64_t first = ((int64_t)at->base + at->offset) / UB_BLOCK + repeat * shape->rep[operand];
    int64_t left = shape->count - repeat * shape->lanes;
    int64_t lanes = left < shape->lanes ? left : shape->lanes;
    int64_t bytes = (int64_t)dtype_bytes((enum dtype)at->dtype, (uint64_t)lanes);
    struct touch touch = { .count = (bytes + UB_BLOCK - 1) / UB_BLOCK };

    if (touch.count > BLOCKS_PER_REPEAT)
        touch.count = BLOCKS_PER_REPEAT;
    for (int64_t i = 0; i < touch.count; i++)
        touch.block[i] = first + i * shape->blk[operand];
    return touch;
}

static int most(const int *uses, int64_t groups)
{
    int most = 0;
    for (int64_t i = 0; i < groups; i++)
        most = uses[i] > most ? uses[i] : most;
    return most;
}

/* Count each distinct block once: reading it again is the same row. */
static void use(int *uses, int64_t groups, const struct touch *touch)
{
    for (int64_t i = 0; i < touch->count; i++) {
        if (i == 0 || touch->block[i] != touch->block[i - 1])
            uses[(uint64_t)touch->block[i] % (uint64_t)groups]++;
    }
}

static bool same_bank(const struct params *params, const struct touch *a, const struct touch *b)
{
    int64_t blocks_per_bank = params->vector_bank_bytes / UB_BLOCK;
    for (int64_t i = 0; i < a->count; i++) {
        for (int64_t j = 0; j < b->count; j++) {
            if (a->block[i] != b->block[j] &&
                a->block[i] / blocks_per_bank == b->block[j] / blocks_per_bank &&
                a->block[i] % params->vector_bank_groups ==
                    b->block[j] % params->vector_bank_groups)
                return true;
        }
    }
    return false;
}

static uint64_t repeat_time(const struct params *params, const struct kop *op,
                            const struct vec_shape *shape, int64_t repeat, uint64_t rate)
{
    int64_t groups = params->vector_bank_groups;
    int reads[GROUPS_MAX] = { 0 }, writes[GROUPS_MAX] = { 0 };
    struct touch dst = touch_of(op, shape, OPERAND_DST, repeat);
    struct touch a = { 0 }, b = { 0 };

    use(writes, groups, &dst);
    if (op->at[OPERAND_A].present) {
        a = touch_of(op, shape, OPERAND_A, repeat);
        use(reads, groups, &a);
    }
    if (op->at[OPERAND_B].present) {
        b = touch_of(op, shape, OPERAND_B, repeat);
        use(reads, groups, &b);
    }

    int turns = most(reads, groups), stores = most(writes, groups);
    uint64_t time = 1000u * (uint64_t)(turns > stores ? turns : stores);
    time = time > rate ? time : rate;

    /* Only two-source operations fill the read side enough for a write to be in the way. */
    bool two = op->at[OPERAND_B].present;
    if (two && (same_bank(params, &dst, &a) || same_bank(params, &dst, &b)))
        time += (uint64_t)params->vector_read_write_conflict;
    return time;
}

uint64_t bank_time(const struct params *params, const struct kop *op,
                   const struct vec_shape *shape, uint64_t rate)
{
    int64_t period = params->vector_bank_groups; /* the pattern of groups repeats after this */
    SIM_ASSERT(period <= GROUPS_MAX);

    if (shape->repeats == 0)
        return 0;
    /* Packed operands advance by whole repeats of eight blocks: two patterns in all. */
    bool packed = shape->rep[OPERAND_DST] == BLOCKS_PER_REPEAT &&
                  (!op->at[OPERAND_A].present || shape->rep[OPERAND_A] == BLOCKS_PER_REPEAT) &&
                  (!op->at[OPERAND_B].present || shape->rep[OPERAND_B] == BLOCKS_PER_REPEAT);
    if (packed && period % BLOCKS_PER_REPEAT == 0)
        period /= BLOCKS_PER_REPEAT;

    int64_t looked = shape->repeats < period ? shape->repeats : period;
    uint64_t sum = 0;
    for (int64_t i = 0; i < looked; i++)
        sum += repeat_time(params, op, shape, i, rate);
    return sum * (uint64_t)shape->repeats / (uint64_t)looked;
}
