/* Sorting records, and merging sorted ones; merge.h has the order. */
#include "kernels/ir/merge.h"
#include "kernels/ir/element.h"
#include "kernels/ir/exec_impl.h"

/* The records of up to SORT_LANES values, each put where it belongs among those before. */
static void sort_records(enum dtype type, uint8_t *out, const uint8_t *values,
                         const uint8_t *indices, size_t n)
{
    size_t size = dtype_bytes(type, 1);

    for (size_t i = 0; i < n; i++) {
        uint8_t record[RECORD_BYTES] = { 0 };
        uint8_t *place = out + i * RECORD_BYTES;
        memcpy(record, values + i * size, size);
        memcpy(record + sizeof(uint32_t), indices + i * sizeof(uint32_t), sizeof(uint32_t));
        for (; place > out && merge_overtakes(type, record, place - RECORD_BYTES);
             place -= RECORD_BYTES)
            memcpy(place, place - RECORD_BYTES, RECORD_BYTES);
        memcpy(place, record, RECORD_BYTES);
    }
}

void exec_vbitsort(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    size_t count = (size_t)op->count;

    for (size_t first = 0; first < count; first += SORT_LANES)
        sort_records(type, at[OPERAND_DST] + first * RECORD_BYTES,
                     at[OPERAND_A] + dtype_bytes(type, first),
                     at[OPERAND_B] + first * sizeof(uint32_t), SORT_LANES);
}

static struct merge merged(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    struct merge merge = merge_of(op);
    uint8_t *out = at[OPERAND_DST];

    for (const uint8_t *next; (next = merge_next(&merge, at[OPERAND_A])) != NULL;) {
        memcpy(out, next, RECORD_BYTES);
        out += RECORD_BYTES;
    }
    return merge;
}

void exec_vmrgsort(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    (void)merged(op, at);
}

void exec_vmrgsort4(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    struct merge merge = merged(op, at);
    uint64_t taken = 0;

    for (size_t i = 0; i < merge.lists; i++)
        taken |= merge.taken[i] << KLIST_BITS * i;
    element_set_int((enum dtype)op->at[OPERAND_B].dtype, at[OPERAND_B], 0, (int64_t)taken);
}
