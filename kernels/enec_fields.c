#include "kernels/enec_fields.h"

static struct kref u16_at(const struct enec_fields *f, struct area *area, int64_t lane)
{
    return area_at(f->b, area, DT_u16, imm(2 * lane));
}

/* --- apart --- */

void enec_lower_halves(const struct enec_fields *f, struct area *x, struct area *low)
{
    struct build *b = f->b;
    struct kref words = area_as(b, low, DT_u32), halves = u16_at(f, low, 0);

    emit_shl(b, words, area_as(b, x, DT_u32), 16, imm(f->lanes));
    emit_shr(b, words, words, 16, imm(f->lanes / 2));
    emit_or(b, halves, halves, u16_at(f, low, f->lanes), imm(f->lanes)); /* lanes / 2 words */
}

void enec_upper_halves(const struct enec_fields *f, struct area *x)
{
    emit_line(f->b, vconv, .dst = area_as(f->b, x, DT_bf16), .a = area_as(f->b, x, DT_f32),
              .round = imm(ROUND_TRUNC), .count = imm(f->lanes));
}

/* e0 = x rotated left by `left`, x = the same: the exponent comes to the low bits. */
static void rotate(const struct enec_fields *f, struct area *area, struct area *work,
                   unsigned left)
{
    struct kref x = u16_at(f, area, 0), e0 = u16_at(f, work, 0);
    emit_shl(f->b, e0, x, left, imm(f->lanes));
    emit_shr(f->b, x, x, 16 - left, imm(f->lanes));
    emit_or(f->b, x, x, e0, imm(f->lanes));
}

static void split_bf16(const struct enec_fields *f, struct area *area, struct area *work,
                       struct area *ms)
{
    struct build *b = f->b;
    struct kref x = u16_at(f, area, 0), e0 = u16_at(f, work, 0);
    struct kref upper = u16_at(f, work, f->lanes / 2);
    struct kval half = imm(f->lanes / 2);

    rotate(f, area, work, 9);
    emit_shr(b, e0, x, 8, imm(f->lanes));
    emit_shl(b, upper, upper, 8, half);
    emit_or(b, u16_at(f, ms, 0), e0, upper, half);
    emit_keep(b, x, x, 8, imm(f->lanes));
}

static void split_f16(const struct enec_fields *f, struct area *area, struct area *work,
                      struct area *ms)
{
    struct kref x = u16_at(f, area, 0), lanes = u16_at(f, ms, 0);

    rotate(f, area, work, 6);
    emit_shr(f->b, lanes, x, 5, imm(f->lanes));
    emit_pack(f->b, lanes, imm(f->lanes), 11);
    emit_keep(f->b, x, x, 5, imm(f->lanes));
}

void enec_split(const struct enec_fields *f, struct area *x, struct area *e0, struct area *ms)
{
    if (f->type == DT_f16)
        split_f16(f, x, e0, ms);
    else
        split_bf16(f, x, e0, ms);
}

/* --- together --- */

void enec_join(const struct enec_fields *f, struct area *area, struct area *ms)
{
    struct build *b = f->b;
    struct kref x = u16_at(f, area, 0), t0 = u16_at(f, ms, 0);
    struct kval count = imm(f->lanes);
    unsigned right = f->type == DT_f16 ? 6 : 9;

    if (f->type == DT_f16) {
        emit_unpack_high(b, t0, count, 11);
    } else {
        emit_shr(b, u16_at(f, ms, f->lanes / 2), t0, 8, imm(f->lanes / 2));
        emit_shl(b, t0, t0, 8, count);
    }
    emit_or(b, x, x, t0, count);
    emit_shr(b, t0, x, right, count);
    emit_shl(b, x, x, 16 - right, count);
    emit_or(b, x, x, t0, count);
}

void enec_widen_upper(const struct enec_fields *f, struct area *out, struct area *upper)
{
    emit_line(f->b, vconv, .dst = area_as(f->b, out, DT_f32),
              .a = area_as(f->b, upper, DT_bf16), .count = imm(f->lanes));
}

void enec_join_lower(const struct enec_fields *f, struct area *out, struct area *area,
                     int64_t byte)
{
    struct build *b = f->b;
    struct kref low = area_at(b, area, DT_u32, imm(byte));
    struct kref upper = area_at(b, area, DT_u32, imm(byte + 2 * f->lanes));
    struct kref words = u16_at(f, out, 0);
    struct kval half = imm(f->lanes / 2);

    emit_shr(b, upper, low, 16, half);
    emit_shl(b, low, low, 16, half);
    emit_shr(b, low, low, 16, half);
    emit_or(b, words, words, area_at(b, area, DT_u16, imm(byte)), imm(2 * f->lanes));
}
