#ifndef NPUSIM_KERNELS_ENEC_EMIT_H
#define NPUSIM_KERNELS_ENEC_EMIT_H
/*
 * What the ENEC kernels are written with: areas of UB seen as lanes of several types, vector
 * operations each followed by a barrier over all pipes, as published, and hierarchical halving
 * (kernels/enec/enec_pack.h) in instructions.
 */
#include "kernels/ir/build.h"

/* A part of UB. A 16-bit operation on 32-bit data goes through another tile at its address. */
struct area {
    char name[16];
    uint64_t address, bytes;
    struct kref as[DT_COUNT]; /* made at first use */
};

/* The next `bytes` of UB from *address on, which moves behind them. */
struct area area_next(const char *name, uint64_t *address, uint64_t bytes);

/* At a byte of an area, as lanes of a type. */
struct kref area_at(struct build *b, struct area *area, enum dtype type, struct kval byte);

static inline struct kref area_as(struct build *b, struct area *area, enum dtype type)
{
    return area_at(b, area, type, imm(0));
}

/* An operation, after which the scalar unit waits for every pipe. */
#define emit_line(build, op, ...) (emit(build, op, __VA_ARGS__), emit_barrier(build, PIPE_ALL))

void emit_barrier(struct build *b, enum pipe_id pipe);

/* dst = a << shift and a >> shift, the latter arithmetic for signed types. */
void emit_shl(struct build *b, struct kref dst, struct kref a, unsigned shift,
              struct kval count);
void emit_shr(struct build *b, struct kref dst, struct kref a, unsigned shift,
              struct kval count);
void emit_or(struct build *b, struct kref dst, struct kref x, struct kref y, struct kval count);

/* Keep the low `width` bits of 16-bit lanes: a shift up and one down. */
void emit_keep(struct build *b, struct kref dst, struct kref a, unsigned width,
               struct kval count);

/* enec_pack and enec_unpack, in place. The latter leaves every number in the upper `width`
 * bits of its lane: a last shift right puts it where it is wanted. */
void emit_pack(struct build *b, struct kref lanes, struct kval count, unsigned width);
void emit_unpack_high(struct build *b, struct kref lanes, struct kval count, unsigned width);

/* lanes[i] = table[lanes[i]], 16-bit lanes both; `room` takes the offsets of
 * one half at a time. */
void emit_lookup(struct build *b, struct area *lanes, struct area *table, struct area *room,
                 int64_t room_byte);

/* The 128-byte mask of a block's groups, repeated for all of its 16 planes. */
void emit_spread_mask(struct build *b, struct area *mask);

#endif
