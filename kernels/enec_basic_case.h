#ifndef NPUSIM_KERNELS_ENEC_BASIC_CASE_H
#define NPUSIM_KERNELS_ENEC_BASIC_CASE_H
/* Of ENEC_V0 (enec_case.h): what the kernels of the first design are given, from its reference.
 */
#include "kernels/enec/enec_basic.h"
#include "kernels/enec_case.h"

/* The plan of enec_case.h. */
void enec_basic_plan(const struct enec_case *one, uint64_t seed, uint8_t *out);

/* i32[ENEC_BASIC_SYMBOLS]: bits of a rank << 16 | the rank for each exponent, and the exponent
 * of each rank; and what the reference needs of them, whatever stands there. */
void enec_basic_rank_table(const struct enec_case *one, uint64_t seed, uint8_t *out);
void enec_basic_exponent_table(const struct enec_case *one, uint64_t seed, uint8_t *out);
void enec_basic_table_read(const uint8_t *table, uint16_t out[ENEC_BASIC_SYMBOLS]);

/* The stream, with zeros up to layout.most. */
void enec_basic_stream(const struct enec_case *one, uint64_t seed, uint8_t *out);

#endif
