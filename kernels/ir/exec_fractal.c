/*
 * Moves that change the layout of a matrix on its way to the cube. All of them
 * deal in fractal rows: 32 bytes, which hold C0 elements.
 *
 *   ND    rows of any length, one after another
 *   NZ    columns of C0 elements; a column is nz_rows fractal rows
 *   L0A   fractals of 16 rows of m by C0 of k: all of k, then the next 16 of m
 *   L0B   fractals of 16 rows of n by C0 of k: all of n, then the next C0 of k
 *
 * What lies beyond the matrix in its last fractals is written as zeros.
 */
#include "kernels/ir/element.h"
#include "kernels/ir/exec_impl.h"
#include "kernels/ir/window.h"

void exec_load_nz(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    size_t bytes = dtype_bytes(type, (uint64_t)op->cols), rows = (size_t)op->rows;
    size_t stride = op->src_stride != 0 ? (size_t)op->src_stride : bytes;
    size_t column = (size_t)op->nz_rows * FRACTAL_ROW;
    size_t from_plane = op->src_plane != 0 ? (size_t)op->src_plane : rows * stride;
    size_t to_plane =
        op->dst_plane != 0 ? (size_t)op->dst_plane : divided_up(bytes, FRACTAL_ROW) * column;
    unsigned odd_bits = (unsigned)((uint64_t)op->cols * dtype_info[type].bits % 8);

    if (bytes == 0)
        return;
    for (size_t i = 0; i < (size_t)op->planes * rows; i++) {
        const uint8_t *in = at[OPERAND_A] + i / rows * from_plane + i % rows * stride;
        uint8_t *out = at[OPERAND_DST] + i / rows * to_plane + i % rows * FRACTAL_ROW;
        for (size_t done = 0; done < bytes; done += FRACTAL_ROW) {
            size_t length = size_least(bytes - done, FRACTAL_ROW);
            memcpy(out, in + done, length);
            memset(out + length, 0, FRACTAL_ROW - length);
            if (odd_bits != 0 && done + length == bytes)
                out[length - 1] &= 0x0f; /* the last i4 of an odd row */
            out += column;
        }
    }
}

/* An NZ matrix in L1, of which a load takes the part that begins at `at`. */
struct nz {
    const uint8_t *at;
    size_t rows; /* of a column */
    enum dtype type;
};

/* n elements; what shares a byte with the last is zero. */
static void copy_elements(uint8_t *out, const uint8_t *in, enum dtype type, size_t n)
{
    memcpy(out, in, dtype_bytes(type, n));
    if (n * dtype_info[type].bits % 8 != 0)
        out[n / 2] &= 0x0f;
}

/* n elements of row `row`, from the beginning of column `column` on. */
static void along_row(uint8_t *out, struct nz from, size_t row, size_t column, size_t n)
{
    copy_elements(out, from.at + (column * from.rows + row) * FRACTAL_ROW, from.type, n);
}

/* n elements of column element `index`, from row `row` on. */
static void down_column(uint8_t *out, struct nz from, size_t row, size_t index, size_t n)
{
    size_t across = fractal_across(from.type);
    const uint8_t *in = from.at + (index / across * from.rows + row) * FRACTAL_ROW;
    size_t lane = index % across;

    switch (dtype_info[from.type].bits) {
    case 16:
        for (size_t i = 0; i < n; i++)
            memcpy(out + i * 2, in + i * FRACTAL_ROW + lane * 2, 2);
        break;
    case 32:
        for (size_t i = 0; i < n; i++)
            memcpy(out + i * 4, in + i * FRACTAL_ROW + lane * 4, 4);
        break;
    default:
        for (size_t i = 0; i < n; i++)
            element_set_int(from.type, out, i,
                            element_int(from.type, in + i * FRACTAL_ROW, lane));
        break;
    }
}

/*
 * Fractals of 16 of `rows` (m or n) by C0 of k. They stand `row_step` apart when
 * the next 16 rows begin and `k_step` apart when the next C0 of k does.
 */
static void load_l0(const struct kop *op, uint8_t *const at[KOP_OPERANDS], size_t rows,
                    size_t row_step, size_t k_step, bool down)
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    struct nz from = { at[OPERAND_A], (size_t)op->nz_rows, type };
    size_t k = (size_t)op->k, c0 = fractal_across(type);

    for (size_t begin = 0; begin < k; begin += c0) {
        size_t n = size_least(k - begin, c0);
        for (size_t row = 0; row < divided_up(rows, CUBE_SIDE) * CUBE_SIDE; row++) {
            size_t fractal = row / CUBE_SIDE * row_step + begin / c0 * k_step;
            uint8_t *out =
                at[OPERAND_DST] + (fractal * CUBE_SIDE + row % CUBE_SIDE) * FRACTAL_ROW;
            memset(out, 0, FRACTAL_ROW);
            if (row >= rows)
                continue;
            if (down)
                down_column(out, from, begin, row, n);
            else
                along_row(out, from, row, begin / c0, n);
        }
    }
}

void exec_load_l0a(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    unsigned c0 = fractal_across((enum dtype)op->at[OPERAND_A].dtype);
    load_l0(op, at, (size_t)op->m, divided_up((uint64_t)op->k, c0), 1, op->transpose != 0);
}

void exec_load_l0b(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    size_t n_fractals = divided_up((uint64_t)op->n, CUBE_SIDE);
    load_l0(op, at, (size_t)op->n, 1, n_fractals, op->transpose != 0);
}

void exec_load3d(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    size_t m = (size_t)op->m, k = (size_t)op->k, c0 = fractal_across(type);
    size_t groups = divided_up(k, c0);
    int64_t first = op->k_start / (int64_t)c0;
    uint8_t padding[FRACTAL_ROW];

    (void)pad_elements(op, padding, c0);
    for (size_t row = 0; row < divided_up(m, CUBE_SIDE) * CUBE_SIDE; row++) {
        for (size_t group = 0; group < groups; group++) {
            size_t fractal = row / CUBE_SIDE * groups + group;
            uint8_t *out =
                at[OPERAND_DST] + (fractal * CUBE_SIDE + row % CUBE_SIDE) * FRACTAL_ROW;
            memset(out, 0, FRACTAL_ROW);
            if (row >= m)
                continue;
            int64_t from = window_at(op, op->m_start + (int64_t)row, first + (int64_t)group);
            const uint8_t *in = from < 0 ? padding : at[OPERAND_A] + from * FRACTAL_ROW;
            copy_elements(out, in, type, size_least(k - group * c0, c0));
        }
    }
}
