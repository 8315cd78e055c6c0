#include "kernels/ir/unset.h"

#include "kernels/ir/exec.h"
#include "sim/mem.h"

#include <string.h>

/* Zero, and two of the many, in which every half byte differs. The same byte of a memory has
 * the same value in all operands. */
#define TRIALS 3

static uint8_t trial_byte(unsigned trial, uint64_t address)
{
    static const uint8_t base[TRIALS] = { 0, 0x5a, 0xc3 };
    uint8_t spread = trial == 0 ? 0 : (uint8_t)(address * 0x9d >> 2 & 0x2d);
    return base[trial] ^ spread;
}

static uint8_t *trial_copy(const struct kaddr *operand, const uint8_t *at, uint64_t bytes,
                           const bool *set, unsigned trial)
{
    uint64_t address = operand->base + (uint64_t)operand->offset;
    uint8_t *copy = mem_new(bytes);

    memcpy(copy, at, bytes);
    for (uint64_t i = 0; i < bytes; i++) {
        if (!set[i])
            copy[i] = trial_byte(trial, address + i);
    }
    return copy;
}

/* What the operation writes after it, in which the caller frees the memory. */
static void trial_results(const struct kop *op, uint8_t *const at[KOP_OPERANDS],
                          const uint64_t extents[KOP_OPERANDS], bool *const set[KOP_OPERANDS],
                          unsigned trial, uint8_t *results[KOP_OPERANDS])
{
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        results[i] = NULL;
        if (op->at[i].present)
            results[i] = trial_copy(&op->at[i], at[i], extents[i], set[i], trial);
    }
    exec_apart(op, results);
}

/* An element that follows from unset bytes does so as a whole, though some of its bytes may
 * be the same whatever they are. */
static void spread_over_elements(bool *set, uint64_t bytes, enum dtype type)
{
    uint64_t size = dtype_bytes(type, 1);

    for (uint64_t first = 0; first < bytes; first += size) {
        uint64_t length = size < bytes - first ? size : bytes - first;
        bool all = true;
        for (uint64_t i = 0; i < length; i++)
            all = all && set[first + i];
        memset(set + first, all, length);
    }
}

void unset_follow(const struct kop *op, uint8_t *const at[KOP_OPERANDS],
                  const uint64_t extents[KOP_OPERANDS], bool *const set[KOP_OPERANDS])
{
    uint8_t *results[TRIALS][KOP_OPERANDS];

    for (unsigned trial = 0; trial < TRIALS; trial++)
        trial_results(op, at, extents, set, trial, results[trial]);
    for (unsigned i = 0; i < KOP_OPERANDS; i++) {
        for (uint64_t byte = 0; kop_writes(op, i) && byte < extents[i]; byte++)
            set[i][byte] = results[1][i][byte] == results[0][i][byte] &&
                           results[2][i][byte] == results[0][i][byte];
        if (kop_writes(op, i))
            spread_over_elements(set[i], extents[i], (enum dtype)op->at[i].dtype);
    }
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        for (unsigned i = 0; i < KOP_OPERANDS; i++)
            mem_free(results[trial][i]);
    }
}
