#ifndef NPUSIM_KERNELS_ENEC_ENEC_BASIC_H
#define NPUSIM_KERNELS_ENEC_ENEC_BASIC_H
/*
 * The first design of ENEC, "V0" of the paper's ablation, in plain C: the oracle of
 * variant=v0. Neither its stream nor its kernels are published. The paper says that ranks by
 * frequency are looked up in a table, that each group has a width of its own, found by a
 * reduction and kept in 4 bits, and that blocks are of 8192 elements; that the rest is as in
 * HANS is inferred, and so is all that follows.
 *
 * Fields are those of enec.h. An exponent becomes its rank; a group is 16 consecutive elements
 * of a block, 512 in a block, and its width the bits of its largest rank, none for rank 0.
 * Ranks go to 8192 states of each core and come out in rows as lane_coder.h says, a row being
 * the 32 bytes in which a core stores. Decoding begins at a core's last block.
 *
 * Block i belongs to vector core i mod `aivs`. The stream, as in enec.h but:
 *
 *   ms0     u32 j = low(j) | low(j + 4096) << 16
 *   ms      8192 bytes a block, f16 11264
 *   e0      none
 *   mask    the widths: 4 bits for each group, packed as enec_pack.h says; 256 bytes a block
 *   e1      for each core with blocks: its rows, in the order of its blocks, in a block by
 *           group; then 8192 u16 states, and 512 u16 counts
 */
#include "kernels/enec/enec.h"

#define ENEC_BASIC_BLOCK 8192 /* elements */
#define ENEC_BASIC_GROUPS (ENEC_BASIC_BLOCK / ENEC_GROUP)
#define ENEC_BASIC_WIDTH_BITS 4
#define ENEC_BASIC_WIDTH_BYTES (ENEC_BASIC_GROUPS * ENEC_BASIC_WIDTH_BITS / 8) /* of a block   \
                                                                                */
#define ENEC_BASIC_ROW_BYTES (2 * ENEC_GROUP)
#define ENEC_BASIC_STATES_BYTES (2 * ENEC_BASIC_BLOCK)
#define ENEC_BASIC_COUNTS_BYTES (2 * ENEC_BASIC_GROUPS)
#define ENEC_BASIC_TAIL_BYTES (ENEC_BASIC_STATES_BYTES + ENEC_BASIC_COUNTS_BYTES)
#define ENEC_BASIC_SYMBOLS 256 /* exponents, and ranks */

/* As enec_layout: of the parameters only type and cores matter. */
bool enec_basic_layout(const struct enec_params *params, uint64_t elements,
                       struct enec_layout *out, struct diag *diag);

/* Of each group of a block of elements, by the rank of each exponent. */
void enec_basic_widths(enum dtype type, const uint16_t rank[ENEC_BASIC_SYMBOLS],
                       const uint8_t *block, uint8_t widths[ENEC_BASIC_GROUPS]);

/* How many groups of a core give up a row with a block of such widths; counts follow. */
unsigned enec_basic_rows(int32_t counts[ENEC_BASIC_GROUPS],
                         const uint8_t widths[ENEC_BASIC_GROUPS]);

/*
 * What core `aiv` does: ms0, ms and widths of its blocks into the stream, and its part of e1,
 * whose bytes it returns. `data` has whole blocks.
 */
uint64_t enec_basic_compress_aiv(const struct enec_params *params,
                                 const struct enec_layout *layout,
                                 const uint16_t rank[ENEC_BASIC_SYMBOLS], unsigned aiv,
                                 const uint8_t *data, uint8_t *stream, uint8_t *e1);

/* All of them, header and prefix; returns the length of the stream, which has room for
 * layout->most bytes. */
uint64_t enec_basic_compress(const struct enec_params *params, const struct enec_layout *layout,
                             const uint16_t rank[ENEC_BASIC_SYMBOLS], const uint8_t *data,
                             uint8_t *stream);

/* Restore whole blocks by the exponent of each rank. Nothing outside of the stream is read,
 * whatever it holds. */
bool enec_basic_decompress(const struct enec_params *params, const struct enec_layout *layout,
                           const uint16_t exponent[ENEC_BASIC_SYMBOLS],
                           const struct enec_stream *stream, uint8_t *data, struct diag *diag);

#endif
