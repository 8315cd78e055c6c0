#ifndef NPUSIM_KERNELS_ENEC_FIELDS_H
#define NPUSIM_KERNELS_ENEC_FIELDS_H
/*
 * The fields of a block's elements in the ENEC kernels, whichever way their exponents are
 * coded: exponents apart from signs and mantissas (ms), and back. Areas hold a 16-bit lane for
 * each element; f32 has its lower halves taken off first and put on last.
 */
#include "kernels/enec_emit.h"

struct enec_fields {
    struct build *b;
    enum dtype type; /* bf16, f16 or f32 */
    int64_t lanes;   /* elements of a block */
};

/* Of an f32: low = the lower halves as in the stream, two to a word; then x = the upper halves
 * as bf16. `low` takes a word for each element. */
void enec_lower_halves(const struct enec_fields *f, struct area *x, struct area *low);
void enec_upper_halves(const struct enec_fields *f, struct area *x);

/* ms = signs and mantissas as in the stream, x = exponents; e0 is for work. f16 needs two lanes
 * of ms for each element. */
void enec_split(const struct enec_fields *f, struct area *x, struct area *e0, struct area *ms);

/* x = elements, of f32 the upper halves, from the exponents there and ms as in the stream. */
void enec_join(const struct enec_fields *f, struct area *x, struct area *ms);

/* out = f32 from the upper halves; then with the lower ones, as in the stream at a byte of
 * `low`, which takes a word for each element. */
void enec_widen_upper(const struct enec_fields *f, struct area *out, struct area *upper);
void enec_join_lower(const struct enec_fields *f, struct area *out, struct area *low,
                     int64_t byte);

#endif
