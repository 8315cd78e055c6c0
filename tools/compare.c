#include "tools/compare.h"

#include "kernels/data.h"
#include "kernels/ir/element.h"
#include "sim/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

double compare_tolerance(enum dtype type)
{
    switch (type) {
    case DT_f16:
        return 0x1p-9;
    case DT_bf16:
        return 0x1p-6;
    case DT_f32:
        return 0x1p-16;
    default:
        return 0;
    }
}

/* Relative to 1 or to what was expected, whichever is larger. */
static double error_of(enum dtype type, const uint8_t *found, const uint8_t *expected,
                       uint64_t index)
{
    double x = data_get(type, found, index), y = data_get(type, expected, index);

    if (x == y) /* integers of 64 bits may differ and be the same double */
        return dtype_info[type].class != DTC_FLOAT &&
                       element_int(type, found, index) != element_int(type, expected, index)
                   ? 0x1p-53
                   : 0;
    if (isnan(x) && isnan(y))
        return 0;
    double error = fabs(x - y) / (fabs(y) > 1 ? fabs(y) : 1);
    return isnan(error) ? (double)INFINITY : error;
}

static void write_value(char *out, size_t size, enum dtype type, const uint8_t *data,
                        uint64_t index)
{
    int64_t bits = element_int(type, data, index);

    if (dtype_info[type].class == DTC_FLOAT)
        snprintf(out, size, "%.9g", data_get(type, data, index));
    else if (type == DT_u64)
        snprintf(out, size, "%" PRIu64, (uint64_t)bits);
    else
        snprintf(out, size, "%" PRId64, bits);
}

static int64_t cells(int64_t length, int64_t tile)
{
    return (length + tile - 1) / tile;
}

static int64_t tile_of(int64_t length, unsigned most)
{
    int64_t tile = 1;
    while (cells(length, tile) > most)
        tile *= 2;
    return tile;
}

/* The tensor as a matrix. */
static void shape_of(const struct kernel *kernel, size_t tensor, int64_t *rows,
                     int64_t *columns)
{
    unsigned dims = kernel->tensors[tensor].dims;
    *columns = ktensor_dim(kernel, tensor, dims - 1);
    *rows = 1;
    for (unsigned d = 0; d + 1 < dims; d++)
        *rows *= ktensor_dim(kernel, tensor, d);
}

static void note_first(struct comparison *out, const struct kernel *kernel, int64_t index,
                       const uint8_t *found, const uint8_t *expected)
{
    enum dtype type = kernel->tensors[out->tensor].dtype;

    write_value(out->found, sizeof out->found, type, found, (uint64_t)index);
    write_value(out->expected, sizeof out->expected, type, expected, (uint64_t)index);
    for (unsigned d = kernel->tensors[out->tensor].dims; d-- > 0;) {
        int64_t length = ktensor_dim(kernel, out->tensor, d);
        out->first[d] = index % length;
        index /= length;
    }
}

void compare_tensor(struct comparison *out, const struct kernel *kernel, size_t tensor,
                    double tolerance, const uint8_t *found, const uint8_t *expected)
{
    enum dtype type = kernel->tensors[tensor].dtype;
    int64_t rows, columns;

    shape_of(kernel, tensor, &rows, &columns);
    *out = (struct comparison){ .tensor = tensor,
                                .tolerance = tolerance,
                                .values = (uint64_t)(rows * columns),
                                .tile_rows = tile_of(rows, MAP_ROWS),
                                .tile_columns = tile_of(columns, MAP_COLUMNS) };
    out->rows = (unsigned)cells(rows, out->tile_rows);
    out->columns = (unsigned)cells(columns, out->tile_columns);
    for (int64_t index = 0; index < rows * columns; index++) {
        struct map_cell *cell =
            &out->map[index / columns / out->tile_rows][index % columns / out->tile_columns];
        double error = error_of(type, found, expected, (uint64_t)index);
        cell->values++;
        if (error > cell->worst)
            cell->worst = error;
        if (error > out->worst)
            out->worst = error;
        if (error <= tolerance)
            continue;
        cell->wrong++;
        if (out->wrong++ == 0)
            note_first(out, kernel, index, found, expected);
    }
}

static void describe_first(const struct comparison *comparison, const struct kernel *kernel,
                           struct verdict *verdict)
{
    const struct ktensor *tensor = &kernel->tensors[comparison->tensor];
    struct text words;

    text_init(&words);
    text_addf(&words, "%s", tensor->name);
    for (unsigned d = 0; d < tensor->dims; d++)
        text_addf(&words, "[%" PRId64 "]", comparison->first[d]);
    snprintf(verdict->first, sizeof verdict->first, "%.90s is %s; expected %s", words.at,
             comparison->found, comparison->expected);
    text_free(&words);
}

void compare_conclude(const struct comparison *comparisons, size_t count,
                      const struct kernel *kernel, struct verdict *verdict)
{
    *verdict = (struct verdict){ .checked = true, .correct = true };
    for (size_t i = 0; i < count; i++) {
        const struct comparison *one = &comparisons[i];
        verdict->values += one->values;
        if (one->wrong != 0 && verdict->wrong == 0)
            describe_first(one, kernel, verdict);
        verdict->wrong += one->wrong;
        if (i == 0 || one->worst > verdict->worst) {
            verdict->worst = one->worst;
            verdict->tolerance = one->tolerance;
        }
    }
    verdict->correct = verdict->wrong == 0;
}
