/*
 * mmad. The operands are turned into panels of f32, and a product is summed in
 * the order of k, with one rounding for each multiplication and each addition.
 *
 * Integers go the same way: the products of one panel add up exactly in an f32,
 * as |a * b| <= 2^14 and 128 of them stay below 2^24. The sums of the panels are
 * then added in i32, which wraps.
 */
#include "kernels/ir/element.h"
#include "kernels/ir/exec_impl.h"

#define PANEL_M 64  /* 32 KiB of a and 8 KiB of b stay in the host's caches */
#define PANEL_K 128 /* a multiple of the C0 of every type */
#define PAIR 2      /* rows of m computed together, to use each load of b twice */

#define L0C_ROW (CUBE_SIDE * sizeof(float)) /* bytes */
#define FRACTAL_BYTES (CUBE_SIDE * FRACTAL_ROW)
#define FRACTAL_MOST (FRACTAL_BYTES * 2) /* elements, of i4 */

/* Rows of a one after another; of b all 16 columns at one k together. */
typedef float a_panel[PANEL_M][PANEL_K];
typedef float b_panel[PANEL_K][CUBE_SIDE];
typedef float pair_sums[PAIR][CUBE_SIDE];

/* The fractals of a matrix in L0A or L0B; `c0` elements of k across. */
struct l0 {
    const uint8_t *at;
    enum dtype type;
    size_t c0;
    size_t row_step, k_step; /* fractals to the next 16 of m or n, and the next c0 of k */
    bool hf32;               /* an f32 is rounded before it is multiplied */
};

#define HF32_DROPPED 12 /* fraction bits of an f32 that an HF32 lacks */

/* To nearest, ties to even; an f32 that is no number stays what it is. */
static float f32_to_hf32(float x)
{
    uint32_t bits = f32_bits(x), unit = UINT32_C(1) << HF32_DROPPED;

    if ((bits & F32_INFINITY) == F32_INFINITY)
        return x;
    bits += unit / 2 - 1 + (bits >> HF32_DROPPED & 1);
    return f32_of_bits(bits & ~(unit - 1));
}

static const float *unpack(const struct l0 *from, size_t row, size_t k,
                           float elements[FRACTAL_MOST])
{
    size_t fractal = row / CUBE_SIDE * from->row_step + k / from->c0 * from->k_step;
    elements_to_f32(elements, from->type, from->at + fractal * FRACTAL_BYTES,
                    CUBE_SIDE * from->c0);
    for (size_t i = 0; from->hf32 && i < CUBE_SIDE * from->c0; i++)
        elements[i] = f32_to_hf32(elements[i]);
    return elements;
}

/* Whole fractals are unpacked; what they hold beyond the matrix is never used. */
static void fill_a(a_panel panel, const struct l0 *a, size_t m0, size_t m, size_t k0, size_t k)
{
    float buffer[FRACTAL_MOST];

    for (size_t row = 0; row < m; row += CUBE_SIDE) {
        for (size_t i = 0; i < k; i += a->c0) {
            const float *fractal = unpack(a, m0 + row, k0 + i, buffer);
            for (size_t r = 0; r < CUBE_SIDE; r++)
                memcpy(&panel[row + r][i], fractal + r * a->c0, a->c0 * sizeof(float));
        }
    }
}

static void fill_b(b_panel panel, const struct l0 *b, size_t n0, size_t k0, size_t k)
{
    float buffer[FRACTAL_MOST];

    for (size_t i = 0; i < k; i += b->c0) {
        const float *fractal = unpack(b, n0, k0 + i, buffer);
        for (size_t c = 0; c < b->c0; c++) {
            for (size_t column = 0; column < CUBE_SIDE; column++)
                panel[i + c][column] = fractal[column * b->c0 + c];
        }
    }
}

/* The loop that costs the time. */
static void add_products(pair_sums sums, const float *restrict a,
                         float (*restrict b)[CUBE_SIDE], size_t k)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < CUBE_SIDE; j++) {
            sums[0][j] += a[i] * b[i][j];
            sums[1][j] += a[PANEL_K + i] * b[i][j];
        }
    }
}

/*
 * Add the product of one or two rows of a and a panel of b to n lanes of as many
 * rows of L0C, which lie one after another at `c`; or set them to it.
 */
typedef void accumulate_fn(uint8_t *c, size_t rows, size_t n, bool init, const float *a,
                           b_panel b, size_t k);

static void accumulate_floats(uint8_t *c, size_t rows, size_t n, bool init, const float *a,
                              b_panel b, size_t k)
{
    pair_sums sums = { { 0 } };
    if (!init)
        memcpy(sums, c, rows * sizeof *sums);
    add_products(sums, a, b, k);
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < n; j++)
            sums[r][j] = f32_canonical(sums[r][j]);
        memcpy(c + r * sizeof *sums, sums[r], n * sizeof(float));
    }
}

static void accumulate_integers(uint8_t *c, size_t rows, size_t n, bool init, const float *a,
                                b_panel b, size_t k)
{
    pair_sums sums = { { 0 } };
    int32_t total[CUBE_SIDE] = { 0 };
    add_products(sums, a, b, k);
    for (size_t r = 0; r < rows; r++, c += sizeof total) {
        if (!init)
            memcpy(total, c, sizeof total);
        for (size_t j = 0; j < n; j++)
            total[j] = int_add(init ? 0 : total[j], (int32_t)sums[r][j]);
        memcpy(c, total, n * sizeof *total);
    }
}

/* The same for m rows. */
static void accumulate_panel(accumulate_fn *accumulate, uint8_t *c, size_t m, size_t n,
                             bool init, a_panel a, b_panel b, size_t k)
{
    for (size_t row = 0; row < m; row += PAIR) {
        accumulate(c, size_least(m - row, PAIR), n, init, a[row], b, k);
        c += sizeof(pair_sums);
    }
}

static void multiply(const struct kop *op, uint8_t *const at[KOP_OPERANDS], bool init)
{
    enum dtype type = (enum dtype)op->at[OPERAND_A].dtype;
    size_t m = (size_t)op->m, n = (size_t)op->n, k = (size_t)op->k;
    size_t c0 = fractal_across(type);
    struct l0 a = { at[OPERAND_A],        type, c0, .row_step = divided_up(k, c0), .k_step = 1,
                    .hf32 = op->hf32 != 0 };
    struct l0 b = {
        at[OPERAND_B],        type, c0, .row_step = 1, .k_step = divided_up(n, CUBE_SIDE),
        .hf32 = op->hf32 != 0
    };
    size_t column_rows = divided_up(m, CUBE_SIDE) * CUBE_SIDE;
    accumulate_fn *accumulate =
        dtype_info[type].class == DTC_FLOAT ? accumulate_floats : accumulate_integers;
    a_panel panel_a;
    b_panel panel_b;

    for (size_t m0 = 0; m0 < m; m0 += PANEL_M) {
        size_t panel_m = size_least(m - m0, PANEL_M);
        for (size_t k0 = 0; k0 == 0 || k0 < k; k0 += PANEL_K) { /* once even for k=0 */
            size_t panel_k = size_least(k - k0, PANEL_K);
            fill_a(panel_a, &a, m0, panel_m, k0, panel_k);
            for (size_t n0 = 0; n0 < n; n0 += CUBE_SIDE) {
                size_t row = n0 / CUBE_SIDE * column_rows + m0; /* of 16 lanes, in L0C */
                fill_b(panel_b, &b, n0, k0, panel_k);
                accumulate_panel(accumulate, at[OPERAND_DST] + row * L0C_ROW, panel_m,
                                 size_least(n - n0, CUBE_SIDE), init && k0 == 0, panel_a,
                                 panel_b, panel_k);
            }
        }
    }
}

void exec_mmad(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    multiply(op, at, op->init != 0);
}

/* The sums begin with the bias of their column. */
void exec_mmad_bias(const struct kop *op, uint8_t *const at[KOP_OPERANDS])
{
    size_t m = (size_t)op->m, n = (size_t)op->n;
    size_t column_rows = divided_up(m, CUBE_SIDE) * CUBE_SIDE;

    for (size_t n0 = 0; n0 < n; n0 += CUBE_SIDE) {
        uint8_t *c = at[OPERAND_DST] + n0 / CUBE_SIDE * column_rows * L0C_ROW;
        for (size_t row = 0; row < m; row++, c += L0C_ROW)
            memcpy(c, at[OPERAND_C] + n0 * sizeof(float),
                   size_least(n - n0, CUBE_SIDE) * sizeof(float));
    }
    multiply(op, at, false);
}
