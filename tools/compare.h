#ifndef NPUSIM_TOOLS_COMPARE_H
#define NPUSIM_TOOLS_COMPARE_H
/*
 * A tensor against what was expected of it: |error| <= tolerance * max(1, |expected|). Of wrong
 * values it keeps the first and a map of where they are: the tensor as a matrix (the last
 * dimension is a row) cut into equal tiles, the smallest powers of two that cover it.
 */
#include "kernels/kernel.h"

#define MAP_ROWS 16
#define MAP_COLUMNS 64

struct map_cell {
    uint64_t values, wrong;
    double worst;
};

struct comparison {
    size_t tensor;
    double tolerance, worst; /* the largest error / max(1, |expected|) */
    uint64_t values, wrong;
    int64_t first[KDIMS_MAX]; /* index of the first wrong value */
    char found[32], expected[32];
    int64_t tile_rows, tile_columns;
    unsigned rows, columns; /* of the map */
    struct map_cell map[MAP_ROWS][MAP_COLUMNS];
};

/*
 * What is allowed when nothing is said: two units in the last place of 1 for f16 and bf16,
 * 2^-16 for f32, whose sums may be added in another order; integers are exact.
 */
double compare_tolerance(enum dtype type);

/* NaN agrees with NaN, and an infinity with itself. */
void compare_tensor(struct comparison *out, const struct kernel *kernel, size_t tensor,
                    double tolerance, const uint8_t *found, const uint8_t *expected);

/* All of them in one: the sums, the worst error, and the first that is wrong. */
void compare_conclude(const struct comparison *comparisons, size_t count,
                      const struct kernel *kernel, struct verdict *verdict);

#endif
