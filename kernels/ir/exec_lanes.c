#include "kernels/ir/exec_lanes.h"

#include "kernels/ir/exec_impl.h"

struct lane_walk lane_walk_packed(const struct kop *op, unsigned operand, uint8_t *at)
{
    return (struct lane_walk){ .at = at,
                               .type = (enum dtype)op->at[operand].dtype,
                               .packed = true };
}

struct lane_walk lane_walk(const struct kop *op, const struct vec_shape *shape,
                           unsigned operand, uint8_t *at)
{
    struct lane_walk walk = lane_walk_packed(op, operand, at);
    if (at == NULL)
        return walk;

    int64_t bits = shape->lanes * dtype_info[walk.type].bits;

    walk.masked = op->mask0 != -1 || op->mask1 != -1;
    walk.mask[0] = (uint64_t)op->mask0;
    walk.mask[1] = (uint64_t)op->mask1;
    walk.lanes = (size_t)shape->lanes;
    walk.block_step = (size_t)shape->blk[operand] * UB_BLOCK;
    walk.repeat_step = (size_t)shape->rep_bytes[operand];
    walk.packed = (shape->blk[operand] == 1 || bits <= UB_BLOCK * 8) &&
                  (shape->rep_bytes[operand] * 8 == bits || shape->repeats <= 1);
    return walk;
}

static uint8_t *byte_of_repeat(const struct lane_walk *walk, uint8_t *repeat, size_t byte)
{
    return repeat + byte / UB_BLOCK * walk->block_step + byte % UB_BLOCK;
}

uint8_t *lane_at(const struct lane_walk *walk, size_t index)
{
    if (walk->packed)
        return walk->at + dtype_bytes(walk->type, index);
    return byte_of_repeat(walk, walk->at + index / walk->lanes * walk->repeat_step,
                          dtype_bytes(walk->type, index % walk->lanes));
}

size_t lanes_together(const struct lane_walk *walk, size_t first, size_t most)
{
    size_t n = size_least(most, CHUNK);
    return walk->packed ? n : size_least(n, walk->lanes - first % walk->lanes);
}

/* What a chunk of the widest type takes. */
typedef uint8_t chunk_bytes[CHUNK * sizeof(uint64_t)];

enum direction { GATHER, SCATTER };

/* Copy n elements, all of one repeat, between their blocks and `packed`. */
static void copy_blocks(const struct lane_walk *walk, size_t first, size_t n, uint8_t *packed,
                        enum direction direction)
{
    uint8_t *repeat = walk->at + first / walk->lanes * walk->repeat_step;
    size_t begin = dtype_bytes(walk->type, first % walk->lanes);
    size_t end = begin + dtype_bytes(walk->type, n);

    for (size_t byte = begin, run; byte < end; byte += run, packed += run) {
        uint8_t *block = byte_of_repeat(walk, repeat, byte);
        run = size_least(end - byte, UB_BLOCK - byte % UB_BLOCK);
        if (direction == GATHER)
            memcpy(packed, block, run);
        else
            memcpy(block, packed, run);
    }
}

/* The elements where they are if they are packed, else collected in `chunk`. */
static uint8_t *fetch(const struct lane_walk *walk, size_t first, size_t n, uint8_t *chunk)
{
    if (walk->packed)
        return walk->at + dtype_bytes(walk->type, first);
    copy_blocks(walk, first, n, chunk, GATHER);
    return chunk;
}

void lanes_load(const struct lane_walk *walk, enum lane_kind kind, size_t first, size_t n,
                union lane_values *out)
{
    chunk_bytes chunk;
    if (walk->at == NULL)
        return;

    const uint8_t *in = fetch(walk, first, n, chunk);

    if (kind == FLOAT_LANES)
        elements_to_f32(out->f, walk->type, in, n);
    else
        elements_to_i32(out->i, walk->type, in, n);
}

/* Two i4 share a byte, so an odd one is reached from the even one before it. */
static void store_written(const struct lane_walk *walk, enum lane_kind kind, size_t first,
                          size_t n, const union lane_values *in)
{
    size_t together = dtype_info[walk->type].bits < 8 ? 2 : 1;

    for (size_t i = 0; i < n; i++) {
        size_t index = first + i, within = index % together;
        if (!lane_written(walk, index))
            continue;
        if (kind == FLOAT_LANES)
            element_set_f32(walk->type, lane_at(walk, index - within), within, in->f[i]);
        else
            element_set_int(walk->type, lane_at(walk, index - within), within, in->i[i]);
    }
}

void lanes_store(const struct lane_walk *walk, enum lane_kind kind, size_t first, size_t n,
                 const union lane_values *in)
{
    chunk_bytes chunk;
    if (walk->masked) {
        store_written(walk, kind, first, n, in);
        return;
    }
    /* Fetching first keeps what shares a byte with the last of an odd number of i4. */
    uint8_t *out = fetch(walk, first, n, chunk);

    if (kind == FLOAT_LANES)
        elements_from_f32(walk->type, out, in->f, n);
    else
        elements_from_i32(walk->type, out, in->i, n);
    if (!walk->packed)
        copy_blocks(walk, first, n, out, SCATTER);
}

float scalar_f32(enum dtype type, double scalar)
{
    uint64_t element;
    element_set_f32(type, &element, 0, (float)scalar);
    return element_f32(type, &element, 0);
}

int64_t scalar_int(double x)
{
    if (x != x)
        return 0;
    if (x <= -0x1p63)
        return INT64_MIN;
    return x < 0x1p63 ? (int64_t)x : INT64_MAX;
}

int32_t scalar_i32(enum dtype type, double scalar)
{
    uint64_t element;
    element_set_int(type, &element, 0, scalar_int(scalar));
    return (int32_t)element_int(type, &element, 0);
}

int32_t scalar_bits(enum dtype type, double scalar)
{
    uint64_t element;
    if (dtype_info[type].class != DTC_FLOAT)
        return scalar_i32(type, scalar);
    element_set_f32(type, &element, 0, (float)scalar);
    return (int32_t)element_int(type, &element, 0);
}
