/*
 * The way out of L0C: scale, ReLU, cast, offset, and from NZ to ND or to an NZ of
 * columns as wide as the destination's type makes them.
 */
#include "kernels/ir/element.h"
#include "kernels/ir/exec_impl.h"

/* What a column is scaled by, and what is added once its elements are whole. */
struct column {
    float scale, offset;
};

/* Turn n accumulators into elements of the destination, each with the numbers of its column. */
static void cast(const struct kop *op, const uint8_t *in, const struct column *columns,
                 size_t n, uint8_t *out)
{
    enum dtype from = (enum dtype)op->at[OPERAND_A].dtype;
    enum dtype to = (enum dtype)op->at[OPERAND_DST].dtype;

    if (from == DT_i32 && to == DT_i32 && columns[0].scale == 1) { /* an f32 would lose bits */
        int32_t whole[CUBE_SIDE];
        elements_to_i32(whole, from, in, n);
        for (size_t i = 0; op->relu != 0 && i < n; i++)
            whole[i] = whole[i] > 0 ? whole[i] : 0;
        elements_from_i32(to, out, whole, n);
        return;
    }

    float real[CUBE_SIDE];
    elements_to_f32(real, from, in, n);
    for (size_t i = 0; i < n; i++) {
        float scaled = real[i] * columns[i].scale;
        real[i] = f32_canonical(op->relu != 0 ? f32_max(scaled, 0) : scaled);
        if (columns[i].offset != 0)
            real[i] = (float)whole_number((double)real[i], ROUND_RINT) + columns[i].offset;
    }
    elements_from_f32(to, out, real, n);
}

/* Byte offset in the destination of the element at row, column. */
static size_t place(const struct kop *op, size_t row, size_t column)
{
    enum dtype to = (enum dtype)op->at[OPERAND_DST].dtype;
    size_t byte = dtype_bytes(to, column), stride = (size_t)op->dst_stride;
    size_t width = kop_nz_width(op);

    if (!kop_keeps_nz(op))
        return row * (stride != 0 ? stride : dtype_bytes(to, (uint64_t)op->n)) + byte;
    size_t rows = stride != 0 ? stride : (size_t)op->m;
    return (byte / width * rows + row) * width + byte % width;
}

static bool has_offset(enum dtype type)
{
    return type == DT_i4 || type == DT_i8 || type == DT_u8;
}

#define WORD_SCALE UINT32_C(0xffffe000) /* the fraction bits that the hardware reads */
#define WORD_OFFSET 37                  /* the lowest of nine bits, in two's complement */

static struct column column_of_word(uint64_t word)
{
    uint32_t offset = (uint32_t)(word >> WORD_OFFSET) & 0x1ff;
    return (struct column){ f32_of_bits((uint32_t)word & WORD_SCALE),
                            (float)offset - (float)(offset >> 8) * 512 };
}

/* The numbers of n columns: the same for all, or those that stand in the fixpipe buffer. */
static void set_columns(const struct kop *op, const uint8_t *buffer, size_t first, size_t n,
                        struct column columns[CUBE_SIDE])
{
    enum dtype type = (enum dtype)op->at[OPERAND_B].dtype;
    bool offset = has_offset((enum dtype)op->at[OPERAND_DST].dtype);

    for (size_t i = 0; i < n; i++) {
        if (buffer == NULL)
            columns[i] = (struct column){ (float)op->scale, (float)op->scalar };
        else if (type == DT_u64)
            columns[i] = column_of_word((uint64_t)element_int(type, buffer, first + i));
        else
            columns[i] = (struct column){ element_f32(type, buffer, first + i), 0 };
        if (!offset)
            columns[i].offset = 0;
    }
}

static void drain(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    enum dtype to = (enum dtype)op->at[OPERAND_DST].dtype;
    size_t m = (size_t)op->m, n = (size_t)op->n;
    size_t width = size_least(fractal_across(to), CUBE_SIDE); /* what stays together */

    for (size_t column = 0; column < n; column += width) {
        size_t length = size_least(n - column, width);
        struct column columns[CUBE_SIDE];
        set_columns(op, at[OPERAND_B], column, length, columns);
        for (size_t row = 0; row < m; row++) {
            size_t fractal_row = column / CUBE_SIDE * (size_t)op->nz_rows + row;
            const uint8_t *in =
                at[OPERAND_A] + (fractal_row * CUBE_SIDE + column % CUBE_SIDE) * sizeof(float);
            uint8_t *out = at[OPERAND_DST] + place(op, row, column);
            uint8_t elements[CUBE_SIDE * sizeof(float)];

            cast(op, in, columns, length, elements);
            if (op->atomic != ATOMIC_NONE)
                atomic_combine(op->atomic, to, out, elements, length);
            else
                memcpy(out, elements, dtype_bytes(to, length));
        }
    }
}

void exec_fixpipe(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    drain(op, at);
}

void exec_fixpipev(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    drain(op, at);
}

void exec_l0c_to_ub(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    drain(op, at);
}

void exec_fixpipe_ub(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    drain(op, at);
}
