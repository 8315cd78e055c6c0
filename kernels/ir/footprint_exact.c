/* Footprints where indices or bit masks decide. */
#include "kernels/ir/element.h"
#include "kernels/ir/footprint.h"
#include "kernels/ir/merge.h"

/* The operand in which b says what is touched; KOP_OPERANDS: none. */
static unsigned indexed(const struct kop *op)
{
    switch (op->code) {
    case KOP_vgather:
    case KOP_vgatherb:
        return OPERAND_A;
    case KOP_vscatter:
        return OPERAND_DST;
    default:
        return KOP_OPERANDS;
    }
}

static bool is_squeeze(const struct kop *op)
{
    return op->code == KOP_vreduce || op->code == KOP_vreducev2 || op->code == KOP_vreducev2p;
}

static uint64_t element_bytes(const struct kop *op)
{
    return dtype_info[op->at[OPERAND_DST].dtype].bits / 8;
}

static uint64_t piece_bytes(const struct kop *op)
{
    return op->code == KOP_vgatherb ? UB_BLOCK : element_bytes(op);
}

/* Pieces that a gather reads or a scatter writes; the last may be shorter. */
static uint64_t piece_count(const struct kop *op)
{
    return divided_up((uint64_t)op->count * element_bytes(op), piece_bytes(op));
}

/* Whether piece i lies in the tile, and where; one that does not reads as zero and is not
 * written. */
static bool piece_at(const struct kop *op, const uint64_t extents[KOP_OPERANDS],
                     const uint8_t *index, uint64_t i, uint64_t *from, uint64_t *bytes)
{
    uint64_t left = (uint64_t)op->count * element_bytes(op) - i * piece_bytes(op);
    uint64_t room = extents[indexed(op)];

    *bytes = piece_bytes(op) < left ? piece_bytes(op) : left;
    *from = (uint64_t)element_int(DT_u32, index, (size_t)i);
    return *bytes <= room && *from <= room - *bytes;
}

static void pieces(const struct kop *op, unsigned operand, const uint64_t extents[KOP_OPERANDS],
                   const uint8_t *index, range_fn *touch, void *context)
{
    uint64_t from, bytes;
    for (uint64_t i = 0; i < piece_count(op); i++) {
        if (piece_at(op, extents, index, i, &from, &bytes))
            touch(context, operand, from, bytes);
    }
}

/* Bytes of the elements whose bits are set; b has them, or is the count of a pattern. */
static uint64_t squeezed_bytes(const struct kop *op, const uint8_t *b)
{
    bool patterned = op->code == KOP_vreducev2p;
    uint64_t period =
        (uint64_t)(op->code == KOP_vreducev2 ? op->count : kop_vec_shape(op).lanes);
    uint64_t chosen = 0;

    for (uint64_t i = 0; i < (uint64_t)op->count; i++) {
        uint64_t bit = i % period;
        uint8_t bits = patterned ? kop_pattern_bits(op) : b[bit / 8];
        chosen += bits >> bit % 8 & 1;
    }
    return chosen * element_bytes(op);
}

/* Of the records that a merge writes, which may end before its lists do. */
static uint64_t merged_bytes(const struct kop *op, const uint8_t *a)
{
    struct merge merge = merge_of(op);
    uint64_t records = 0;

    while (merge_next(&merge, a) != NULL)
        records++;
    return records * RECORD_BYTES;
}

void footprint_exact(const struct kop *op, unsigned operand,
                     const uint64_t extents[KOP_OPERANDS], uint8_t *const at[KOP_OPERANDS],
                     range_fn *touch, void *context)
{
    if (operand == indexed(op)) {
        pieces(op, operand, extents, at[OPERAND_B], touch, context);
    } else if (is_squeeze(op) && operand == OPERAND_DST) {
        uint64_t bytes = squeezed_bytes(op, at[OPERAND_B]);
        if (bytes != 0)
            touch(context, operand, 0, bytes < extents[operand] ? bytes : extents[operand]);
    } else if (op->code == KOP_vmrgsort4 && operand == OPERAND_DST && op->suspend != 0) {
        uint64_t bytes = merged_bytes(op, at[OPERAND_A]);
        if (bytes != 0)
            touch(context, operand, 0, bytes);
    } else {
        footprint_each(op, operand, extents, touch, context);
    }
}

bool footprint_leaves(const struct kop *op, const uint64_t extents[KOP_OPERANDS],
                      uint8_t *const at[KOP_OPERANDS])
{
    uint64_t from, bytes;

    for (uint64_t i = 0; indexed(op) != KOP_OPERANDS && i < piece_count(op); i++) {
        if (!piece_at(op, extents, at[OPERAND_B], i, &from, &bytes))
            return true;
    }
    return is_squeeze(op) && squeezed_bytes(op, at[OPERAND_B]) > extents[OPERAND_DST];
}
