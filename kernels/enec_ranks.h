#ifndef NPUSIM_KERNELS_ENEC_RANKS_H
#define NPUSIM_KERNELS_ENEC_RANKS_H
/*
 * Of ENEC_V0 and ENEC_V1 (enec_case.h): the rank of each exponent by how often the elements
 * have it, and the other way round. Of ENEC_V1: with `middle` for b, of which every exponent is
 * in range, the reference codec gives an element whose exponent is `middle` - y the y that a
 * rank should have: so elements with exponents replaced that way, filled up to whole blocks,
 * have the stream of ENEC_V1.
 */
#include "kernels/enec_case.h"

#define ENEC_TABLE 256 /* exponents, and ranks */

struct enec_ranks {
    uint16_t rank[ENEC_TABLE], exponent[ENEC_TABLE];
};

void enec_case_ranks(const struct enec_case *one, uint64_t seed, struct enec_ranks *out);

/* The same from the ranks of exponents, or from the exponents of ranks. */
void enec_ranks_from(struct enec_ranks *ranks, const uint16_t rank[ENEC_TABLE]);
void enec_ranks_back(struct enec_ranks *ranks, const uint16_t exponent[ENEC_TABLE]);

/* What the reference is asked for in place of `one`, and its elements, in place. */
struct enec_case enec_ranked_case(const struct enec_case *one);
void enec_rank_block(const struct enec_case *one, const struct enec_ranks *ranks,
                     uint16_t *block);
void enec_rank_elements(const struct enec_case *one, const struct enec_ranks *ranks,
                        uint8_t *elements);
void enec_unrank_elements(const struct enec_case *one, const struct enec_ranks *ranks,
                          uint8_t *elements);

#endif
