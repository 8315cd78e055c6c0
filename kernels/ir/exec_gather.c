/*
 * Vector operations that move elements, whole, to other places. Where an index
 * or a bit mask decides, it is data, which exec_check has not seen: what would
 * be read outside of the tile is zero, and what would be written outside is not.
 */
#include "kernels/ir/element.h"
#include "kernels/ir/exec_impl.h"
#include "sim/mem.h"

static unsigned element_bytes(const struct kop *op)
{
    return dtype_info[op->at[OPERAND_DST].dtype].bits / 8;
}

/* Bytes of the tile from the operand's address on. */
static uint64_t bytes_left(const struct kaddr *operand)
{
    return operand->size - (uint64_t)operand->offset;
}

void exec_vbrcb(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    unsigned size = element_bytes(op);
    uint8_t *out = at[OPERAND_DST];

    for (size_t i = 0; i < (size_t)op->count; i++) {
        for (size_t lane = 0; lane < UB_BLOCK / size; lane++, out += size)
            memcpy(out, at[OPERAND_A] + i * size, size);
    }
}

/* Pieces of `size` bytes of dst, each from the byte offset in a that b says. */
static void gather_pieces(const struct kop *op, uint8_t *const at[KOP_OPERANDS], size_t size)
{
    uint64_t left = bytes_left(&op->at[OPERAND_A]);
    size_t bytes = (size_t)op->count * element_bytes(op);

    for (size_t done = 0, i = 0; done < bytes; done += size, i++) {
        uint64_t offset = (uint64_t)element_int(DT_u32, at[OPERAND_B], i);
        size_t length = size_least(size, bytes - done);
        uint8_t *out = at[OPERAND_DST] + done;
        if (length <= left && offset <= left - length)
            memcpy(out, at[OPERAND_A] + offset, length);
        else
            memset(out, 0, length);
    }
}

void exec_vgather(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    gather_pieces(op, at, element_bytes(op));
}

void exec_vgatherb(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    gather_pieces(op, at, UB_BLOCK);
}

/* The elements of a whose bit is set, the bits of b being used again every `period`. */
static void squeeze(const struct kop *op, uint8_t *const at[KOP_OPERANDS], size_t period)
{
    const uint8_t *in = at[OPERAND_A], *bits = at[OPERAND_B];
    uint8_t *out = at[OPERAND_DST];
    uint64_t left = bytes_left(&op->at[OPERAND_DST]);
    unsigned size = element_bytes(op);

    for (size_t i = 0; i < (size_t)op->count && left >= size; i++, in += size) {
        size_t bit = i % period;
        if ((bits[bit / 8] >> bit % 8 & 1) != 0) {
            memcpy(out, in, size);
            out += size;
            left -= size;
        }
    }
}

void exec_vreduce(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    squeeze(op, at, (size_t)kop_vec_shape(op).lanes);
}

void exec_vreducev2(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    squeeze(op, at, (size_t)op->count);
}

#define SORT_LISTS 4

void exec_vmrgsort(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    size_t count = (size_t)op->count, length = count / SORT_LISTS;
    size_t taken[SORT_LISTS] = { 0 };

    for (size_t i = 0; i < count; i++) {
        const uint8_t *best = NULL;
        size_t best_list = 0;
        for (size_t list = 0; list < SORT_LISTS; list++) {
            const uint8_t *record =
                at[OPERAND_A] + (list * length + taken[list]) * RECORD_BYTES;
            if (taken[list] == length)
                continue;
            if (best == NULL || element_f32(type, record, 0) > element_f32(type, best, 0)) {
                best = record;
                best_list = list;
            }
        }
        taken[best_list]++;
        memcpy(at[OPERAND_DST] + i * RECORD_BYTES, best, RECORD_BYTES);
    }
}
