/*
 * Vector operations that move elements, whole, to other places. Where an index
 * or a bit mask decides, it is data, which exec_check has not seen: what would
 * be read outside of the tile is zero, and what would be written outside is not.
 */
#include "kernels/ir/element.h"
#include "kernels/ir/exec_impl.h"
#include "kernels/ir/exec_lanes.h"
#include "sim/assert.h"

static unsigned element_bytes(const struct kop *op)
{
    return dtype_info[op->at[OPERAND_DST].dtype].bits / 8;
}

/* Loops over elements with their size a constant, so that moving one is a single move. */
#define SIZED(size, loop, ...)                                                                 \
    switch (size) {                                                                            \
    case 2:                                                                                    \
        loop(__VA_ARGS__, 2);                                                                  \
        break;                                                                                 \
    case 4:                                                                                    \
        loop(__VA_ARGS__, 4);                                                                  \
        break;                                                                                 \
    default: /* types.c has no others */                                                       \
        SIM_ASSERT(false);                                                                     \
    }

/* Bytes of the tile from the operand's address on. */
static uint64_t bytes_left(const struct kaddr *operand)
{
    return operand->size - (uint64_t)operand->offset;
}

static inline void fill_blocks(const struct kop *op, uint8_t *const at[KOP_OPERANDS],
                               size_t size)
{
    struct vec_shape shape = kop_vec_shape(op);
    size_t lanes = (size_t)shape.lanes, count = (size_t)op->count;
    size_t blk = (size_t)shape.blk[OPERAND_DST] * UB_BLOCK;
    size_t rep = (size_t)shape.rep_bytes[OPERAND_DST];
    const uint8_t *in = at[OPERAND_A];

    for (size_t first = 0, repeat = 0; first < count; first += lanes, repeat++) {
        uint8_t *out = at[OPERAND_DST] + repeat * rep;
        for (size_t i = first; i < size_least(first + lanes, count); i++, out += blk) {
            for (size_t byte = 0; byte < UB_BLOCK; byte += size)
                memcpy(out + byte, in + i * size, size);
        }
    }
}

void exec_vbrcb(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    SIZED(element_bytes(op), fill_blocks, op, at)
}

/* Pieces of `size` bytes of dst, each from the byte offset in a that b says. */
static inline void gather_pieces(const struct kop *op, uint8_t *const at[KOP_OPERANDS],
                                 size_t size)
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
    SIZED(element_bytes(op), gather_pieces, op, at)
}

void exec_vgatherb(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    gather_pieces(op, at, UB_BLOCK);
}

/* Where the elements that squeeze keeps go; what there is no room for is only counted. */
struct kept {
    uint8_t *out;
    uint64_t left; /* bytes */
    size_t bytes;  /* of all */
};

static void keep(struct kept *kept, const uint8_t *elements, size_t bytes)
{
    size_t fit = bytes < kept->left ? bytes : (size_t)kept->left;

    memcpy(kept->out, elements, fit);
    kept->out += fit;
    kept->left -= fit;
    kept->bytes += bytes;
}

/* Eight elements a byte of bits, without a branch on what cannot be foretold: each goes to
 * where the next one kept belongs, in a chunk of our own, for dst past the last one kept
 * stays as it is. */
static inline void squeeze_packed(struct kept *kept, const uint8_t *in, const uint8_t *bits,
                                  size_t period, size_t count, size_t size)
{
    uint8_t chunk[CHUNK * sizeof(uint32_t)];
    size_t bytes = 0;

    for (size_t i = 0; i < count; i += 8) {
        unsigned eight = bits[i % period / 8];
        for (size_t bit = 0; bit < size_least(8, count - i); bit++, in += size) {
            memcpy(chunk + bytes, in, size);
            bytes += (eight >> bit & 1) * size;
        }
        if (bytes > (CHUNK - 8) * size || i + 8 >= count) {
            keep(kept, chunk, bytes);
            bytes = 0;
        }
    }
}

/*
 * The elements of a whose bit is set, of bits that are used again every `period`.
 * Returns how many there are, even of those that dst has no room for.
 */
static size_t squeeze(const struct kop *op, uint8_t *const at[KOP_OPERANDS],
                      const uint8_t *bits, size_t period)
{
    struct vec_shape shape = kop_vec_shape(op);
    struct lane_walk a = lane_walk(op, &shape, OPERAND_A, at[OPERAND_A]);
    struct kept kept = { .out = at[OPERAND_DST], .left = bytes_left(&op->at[OPERAND_DST]) };
    size_t size = element_bytes(op), count = (size_t)op->count;
    bool packed = a.packed && (period % 8 == 0 || period >= count);

    if (packed && size == 2)
        squeeze_packed(&kept, a.at, bits, period, count, 2);
    else if (packed)
        squeeze_packed(&kept, a.at, bits, period, count, 4);
    for (size_t i = 0; !packed && i < count; i++) {
        size_t bit = i % period;
        if ((bits[bit / 8] >> bit % 8 & 1) != 0)
            keep(&kept, lane_at(&a, i), size);
    }
    return kept.bytes / size;
}

void exec_vreduce(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    (void)squeeze(op, at, at[OPERAND_B], (size_t)kop_vec_shape(op).lanes);
}

void exec_vreducev2(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    size_t kept = squeeze(op, at, at[OPERAND_B], (size_t)op->count);
    element_set_int((enum dtype)op->at[OPERAND_C].dtype, at[OPERAND_C], 0, (int64_t)kept);
}

void exec_vreducev2p(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    uint8_t bits[VECTOR_BYTES / 2 / 8];

    memset(bits, kop_pattern_bits(op), sizeof bits);
    size_t kept = squeeze(op, at, bits, (size_t)kop_vec_shape(op).lanes);
    element_set_int((enum dtype)op->at[OPERAND_B].dtype, at[OPERAND_B], 0, (int64_t)kept);
}

/* 16 elements of each of 16 blocks, as columns of 16 others. */
static void transpose_halves(const struct kop *op, const struct vec_shape *shape,
                             uint8_t *const at[KOP_OPERANDS])
{
    size_t to = kop_half_offset(op, OPERAND_DST), from = kop_half_offset(op, OPERAND_A);
    size_t dst_blk = (size_t)shape->blk[OPERAND_DST] * UB_BLOCK;
    size_t a_blk = (size_t)shape->blk[OPERAND_A] * UB_BLOCK;

    for (size_t repeat = 0; repeat < (size_t)shape->repeats; repeat++) {
        uint8_t *out = at[OPERAND_DST] + repeat * (size_t)shape->rep_bytes[OPERAND_DST] + to;
        const uint8_t *in = at[OPERAND_A] + repeat * (size_t)shape->rep_bytes[OPERAND_A] + from;
        for (size_t i = 0; i < TRANSPOSE_BLOCKS; i++) {
            for (size_t j = 0; j < TRANSPOSE_BLOCKS; j++)
                out[j * dst_blk + i] = in[i * a_blk + j];
        }
    }
}

/* The elements of each of 16 blocks, as columns of as many rows of 16 elements. */
static inline void transpose(const struct vec_shape *shape, uint8_t *const at[KOP_OPERANDS],
                             size_t size)
{
    size_t across = UB_BLOCK / size, blocks = TRANSPOSE_BLOCKS / across; /* of a row of dst */
    size_t dst_blk = (size_t)shape->blk[OPERAND_DST] * UB_BLOCK;
    size_t a_blk = (size_t)shape->blk[OPERAND_A] * UB_BLOCK;

    for (size_t repeat = 0; repeat < (size_t)shape->repeats; repeat++) {
        uint8_t *out = at[OPERAND_DST] + repeat * (size_t)shape->rep_bytes[OPERAND_DST];
        const uint8_t *in = at[OPERAND_A] + repeat * (size_t)shape->rep_bytes[OPERAND_A];
        for (size_t i = 0; i < TRANSPOSE_BLOCKS; i++) {
            uint8_t *column = out + i / across * dst_blk + i % across * size;
            for (size_t j = 0; j < across; j++)
                memcpy(column + j * blocks * dst_blk, in + i * a_blk + j * size, size);
        }
    }
}

void exec_vnchwconv(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    struct vec_shape shape = kop_vec_shape(op);

    if (kop_halves(op))
        transpose_halves(op, &shape, at);
    else
        SIZED(element_bytes(op), transpose, &shape, at)
}

void exec_vscatter(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    uint64_t left = bytes_left(&op->at[OPERAND_DST]);
    unsigned size = element_bytes(op);

    for (size_t i = 0; i < (size_t)op->count; i++) {
        uint64_t offset = (uint64_t)element_int(DT_u32, at[OPERAND_B], i);
        if (size <= left && offset <= left - size)
            memcpy(at[OPERAND_DST] + offset, at[OPERAND_A] + i * size, size);
    }
}

void exec_vdintlv(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    unsigned size = element_bytes(op);
    size_t half = op->dst_plane != 0 ? (size_t)op->dst_plane : (size_t)op->count * size;
    const uint8_t *in = at[OPERAND_A];

    for (size_t i = 0; i < (size_t)op->count; i++, in += 2 * size) {
        memcpy(at[OPERAND_DST] + i * size, in, size);
        memcpy(at[OPERAND_DST] + half + i * size, in + size, size);
    }
}

void exec_vintlv(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    unsigned size = element_bytes(op);
    uint8_t *out = at[OPERAND_DST];

    for (size_t i = 0; i < (size_t)op->count; i++, out += 2 * size) {
        memcpy(out, at[OPERAND_A] + i * size, size);
        memcpy(out + size, at[OPERAND_B] + i * size, size);
    }
}
