/*
 * Sorting records: a value in the low bytes of a word, and a u32 index. Descending;
 * of equal values the one that was ahead stays ahead, and a NaN is beyond any number.
 */
#include "kernels/ir/element.h"
#include "kernels/ir/exec_impl.h"

/* Whether x must come before y, which is ahead of it. */
static bool overtakes(enum dtype type, const uint8_t *x, const uint8_t *y)
{
    float value = element_f32(type, x, 0), other = element_f32(type, y, 0);
    return value > other || (value != value && other == other);
}

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
        for (; place > out && overtakes(type, record, place - RECORD_BYTES);
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

void exec_vmrgsort(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    size_t lists = (size_t)op->lists, count = (size_t)op->count, length = count / lists;
    size_t taken[KLISTS_MAX] = { 0 };

    for (size_t i = 0; i < count; i++) {
        const uint8_t *best = NULL;
        size_t best_list = 0;
        for (size_t list = 0; list < lists; list++) {
            const uint8_t *record =
                at[OPERAND_A] + (list * length + taken[list]) * RECORD_BYTES;
            if (taken[list] < length && (best == NULL || overtakes(type, record, best))) {
                best = record;
                best_list = list;
            }
        }
        taken[best_list]++;
        memcpy(at[OPERAND_DST] + i * RECORD_BYTES, best, RECORD_BYTES);
    }
}
