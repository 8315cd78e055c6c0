#include "kernels/data.h"

#include "kernels/ir/element.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

double random_unit(struct random *random)
{
    return (double)(random_next(random) >> 39) * 0x1p-24 - 1.0;
}

void data_random_bytes(uint8_t *data, uint64_t bytes, uint64_t seed)
{
    struct random random = { seed };
    for (uint64_t i = 0; i < bytes; i += 8) {
        uint64_t word = random_next(&random);
        memcpy(data + i, &word, bytes - i < 8 ? bytes - i : 8);
    }
}

double data_get(enum dtype type, const uint8_t *data, uint64_t index)
{
    if (dtype_info[type].class == DTC_FLOAT)
        return (double)element_f32(type, data, index);
    return (double)element_int(type, data, index);
}

void data_set(enum dtype type, uint8_t *data, uint64_t index, double value)
{
    if (dtype_info[type].class == DTC_FLOAT)
        element_set_f32(type, data, index, (float)value);
    else
        element_set_int(type, data, index, (int64_t)value);
}

void data_random(enum dtype type, uint8_t *data, uint64_t elements, double scale, uint64_t seed)
{
    if (dtype_info[type].class != DTC_FLOAT) {
        data_random_bytes(data, dtype_bytes(type, elements), seed);
        return;
    }
    struct random random = { seed };
    for (uint64_t i = 0; i < elements; i++)
        data_set(type, data, i, random_unit(&random) * scale);
}

void data_range(enum dtype type, uint8_t *data, uint64_t elements, double low, double high,
                uint64_t seed)
{
    bool whole = dtype_info[type].class != DTC_FLOAT;
    struct random random = { seed };
    for (uint64_t i = 0; i < elements; i++) {
        double unit = (double)(random_next(&random) >> 11) * 0x1p-53;
        double value = low + unit * (high - low + (whole ? 1 : 0));
        double limited = value > high ? high : value; /* of a range that doubles round */
        data_set(type, data, i, whole ? floor(limited) : limited);
    }
}

void verdict_begin(struct verdict *verdict, double tolerance)
{
    *verdict = (struct verdict){ .checked = true, .correct = true, .tolerance = tolerance };
}

void verdict_value(struct verdict *verdict, const char *tensor, int64_t row, int64_t column,
                   double found, double expected)
{
    double magnitude = fabs(expected);
    double error = fabs(found - expected) / (magnitude > 1 ? magnitude : 1);

    verdict->values++;
    if (error > verdict->worst)
        verdict->worst = error;
    if (error <= verdict->tolerance) /* false for a NaN */
        return;
    if (verdict->wrong++ == 0)
        snprintf(verdict->first, sizeof verdict->first, "%s[%lld][%lld] is %.9g; expected %.9g",
                 tensor, (long long)row, (long long)column, found, expected);
    verdict->correct = false;
}

double matmul_tolerance(enum dtype out, int64_t k)
{
    double half = k < 2048 ? 0x1p-8 : 0x1p-7;
    switch (out) {
    case DT_f16:
        return half;
    case DT_bf16:
        return 2 * half;
    case DT_f32:
        return 0x1p-11;
    default:
        return 0;
    }
}

static void row_by_columns(const double *a, const double *b, double *c, int64_t n, int64_t k)
{
    for (int64_t i = 0; i < k; i++) {
        double scale = a[i];
        const double *row = b + i * n;
        for (int64_t j = 0; j < n; j++)
            c[j] += scale * row[j];
    }
}

static void row_by_rows(const double *a, const double *b, double *c, int64_t n, int64_t k)
{
    for (int64_t j = 0; j < n; j++) {
        double sum = 0;
        const double *row = b + j * k;
        for (int64_t i = 0; i < k; i++)
            sum += a[i] * row[i];
        c[j] = sum;
    }
}

void reference_matmul(const double *a, const double *b, double *c, int64_t m, int64_t n,
                      int64_t k, bool trans_b)
{
    for (int64_t i = 0; i < m; i++) {
        if (trans_b)
            row_by_rows(a + i * k, b, c + i * n, n, k);
        else
            row_by_columns(a + i * k, b, c + i * n, n, k);
    }
}
