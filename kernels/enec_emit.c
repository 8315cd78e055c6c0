#include "kernels/enec_emit.h"

#include "kernels/enec/enec.h"

#include <stdio.h>

struct area area_next(const char *name, uint64_t *address, uint64_t bytes)
{
    struct area area = { .address = *address, .bytes = bytes };
    snprintf(area.name, sizeof area.name, "%s", name);
    *address += (bytes + UB_BLOCK - 1) / UB_BLOCK * UB_BLOCK;
    return area;
}

struct kref area_at(struct build *b, struct area *area, enum dtype type, struct kval byte)
{
    if (area->as[type].kind == REF_NONE) {
        char name[KNAME_MAX];
        snprintf(name, sizeof name, "%s_%s", area->name, dtype_info[type].name);
        area->as[type] = build_tile(b, name, SPACE_UB, type,
                                    area->bytes * 8 / dtype_info[type].bits, area->address);
    }
    return build_at(b, area->as[type], byte);
}

void emit_barrier(struct build *b, enum pipe_id pipe)
{
    emit(b, barrier, .pipe = imm(pipe));
}

void emit_shl(struct build *b, struct kref dst, struct kref a, unsigned shift,
              struct kval count)
{
    emit_line(b, vshl, .dst = dst, .a = a, .shift = imm(shift), .count = count);
}

void emit_shr(struct build *b, struct kref dst, struct kref a, unsigned shift,
              struct kval count)
{
    emit_line(b, vshr, .dst = dst, .a = a, .shift = imm(shift), .count = count);
}

void emit_or(struct build *b, struct kref dst, struct kref x, struct kref y, struct kval count)
{
    emit_line(b, vor, .dst = dst, .a = x, .b = y, .count = count);
}

void emit_keep(struct build *b, struct kref dst, struct kref a, unsigned width,
               struct kval count)
{
    emit_shl(b, dst, a, 16 - width, count);
    emit_shr(b, dst, dst, 16 - width, count);
}

/* --- halving: places and counts are in sixteenths of the lanes --- */

#define WHOLE 16

struct level {
    unsigned base, count, width;
};

#define LEVELS_MAX 4 /* 11 bits: 11, then 3 -> 12, then 4 -> 8 */

static struct level folded(struct level level)
{
    while (level.width < 8) {
        level.width *= 2;
        level.count /= 2;
    }
    return level;
}

/* What is left of a level when its bytes are taken away. */
static struct level rest(struct level level)
{
    level = folded(level);
    return (struct level){ level.base + level.count, level.count, level.width - 8 };
}

struct lanes {
    struct build *b;
    struct kref first;
    struct kval unit; /* lanes in a sixteenth */
};

static struct lanes lanes_of(struct build *b, struct kref first, struct kval count)
{
    return (struct lanes){ b, first, build_div(b, count, imm(WHOLE)) };
}

static struct kval count_of(const struct lanes *lanes, unsigned units)
{
    return build_mul(lanes->b, lanes->unit, imm(units));
}

static struct kref from(const struct lanes *lanes, unsigned units)
{
    return build_at(lanes->b, lanes->first, build_mul(lanes->b, lanes->unit, imm(2 * units)));
}

/* low |= high << shift, and high keeps its shifted value. */
static void fold(const struct lanes *lanes, unsigned low, unsigned high, unsigned units,
                 unsigned shift)
{
    struct kval count = count_of(lanes, units);
    struct kref to = from(lanes, low), by = from(lanes, high);
    emit_shl(lanes->b, by, by, shift, count);
    emit_or(lanes->b, to, to, by, count);
}

/* The bytes of a number above the first go to the lanes behind. */
static void split_byte(const struct lanes *lanes, unsigned low, unsigned high, unsigned units)
{
    struct kval count = count_of(lanes, units);
    struct kref kept = from(lanes, low);
    emit_shr(lanes->b, from(lanes, high), kept, 8, count);
    emit_keep(lanes->b, kept, kept, 8, count);
}

void emit_pack(struct build *b, struct kref first, struct kval count, unsigned width)
{
    struct lanes lanes = lanes_of(b, first, count);

    for (struct level level = { 0, WHOLE, width }; level.width != 0; level = rest(level)) {
        unsigned half = level.count;
        for (unsigned bits = level.width; bits < 8; bits *= 2) {
            half /= 2;
            fold(&lanes, level.base, level.base + half, half, bits);
        }
        if (folded(level).width > 8)
            split_byte(&lanes, level.base, level.base + half, half);
    }
    fold(&lanes, 0, width, width, 8);
}

/* What lies above a number in its lane comes along; only the last shifts clear it. */
static void unfold(const struct lanes *lanes, struct level level)
{
    struct level at = folded(level);
    while (at.width > level.width) {
        at.width /= 2;
        emit_shr(lanes->b, from(lanes, at.base + at.count), from(lanes, at.base), at.width,
                 count_of(lanes, at.count));
        at.count *= 2;
    }
}

void emit_unpack_high(struct build *b, struct kref first, struct kval count, unsigned width)
{
    struct lanes lanes = lanes_of(b, first, count);
    struct level levels[LEVELS_MAX];
    unsigned depth = 0;

    for (struct level level = { 0, WHOLE, width }; level.width != 0; level = rest(level))
        levels[depth++] = level;
    split_byte(&lanes, 0, width, width);
    while (depth-- > 0) {
        struct level bytes = folded(levels[depth]);
        if (bytes.width > 8)
            fold(&lanes, bytes.base, bytes.base + bytes.count, bytes.count, 8);
        unfold(&lanes, levels[depth]);
    }
    emit_shl(b, first, first, 16 - width, count);
}

void emit_lookup(struct build *b, struct area *lanes, struct area *table, struct area *room,
                 int64_t room_byte)
{
    struct kref offsets = area_at(b, room, DT_u32, imm(room_byte));
    struct kref whole = area_at(b, room, DT_i32, imm(room_byte));
    struct kref wide = area_at(b, room, DT_f32, imm(room_byte));
    struct kval half = imm(ENEC_BLOCK / 2);

    for (int64_t byte = 0; byte < 2 * ENEC_BLOCK; byte += ENEC_BLOCK) {
        struct kref part = area_at(b, lanes, DT_u16, imm(byte));
        emit_line(b, vconv, .dst = wide, .a = area_at(b, lanes, DT_i16, imm(byte)),
                  .count = half);
        emit_line(b, vconv, .dst = whole, .a = wide, .round = imm(ROUND_TRUNC), .count = half);
        emit_shl(b, offsets, offsets, 1, half);
        emit_line(b, vgather, .dst = part, .a = area_as(b, table, DT_u16), .b = offsets,
                  .count = half);
    }
}

void emit_spread_mask(struct build *b, struct area *mask)
{
    for (int64_t bytes = ENEC_MASK_BYTES; bytes < ENEC_MASK_BYTES * ENEC_GROUP; bytes *= 2)
        emit_line(b, copy_ub, .dst = area_at(b, mask, DT_u8, imm(bytes)),
                  .a = area_as(b, mask, DT_u8), .bytes = imm(bytes));
}
