#ifndef NPUSIM_KERNELS_LANE_CODER_H
#define NPUSIM_KERNELS_LANE_CODER_H
/*
 * How HANS (hans.h) and the first design of ENEC (enec/enec_basic.h) pack ranks, in plain C.
 *
 * There is a state for each lane, and a count of bits for each group of lanes. A group takes in
 * a rank for each of its lanes, which shifts all its states by the bits of the largest. Once it
 * has more than 16 bits it gives up its low 16 as a row, 16 bits a lane. The last in is the
 * first out: decoding goes backwards from the last states, and takes rows back. A count begins
 * at 1, so that it is never 0 and decoding sees by the count alone where a row was given up.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LANE_FULL 16 /* bits that a state keeps at most */
#define LANE_FIRST_COUNT 1
#define LANE_GROUP_MAX 64 /* lanes of a group */
#define LANE_WIDTH_MAX 15 /* bits of a rank; all bits of it are set */

struct lane_coder {
    unsigned groups, lanes; /* and lanes of a group */
    uint32_t *state;        /* [groups][lanes] */
    int32_t *count;         /* [groups] */
};

/* No bits; lane_coder_free frees what it holds. */
struct lane_coder lane_coder_new(unsigned groups, unsigned lanes);
void lane_coder_free(struct lane_coder *coder);

/* Forget everything. */
void lane_coder_clear(struct lane_coder *coder);

/* Of a rank: how many bits it has, none for 0. */
unsigned lane_bits(unsigned rank);

/* A count that has taken in or given back so many bits; whether a row goes with it. */
bool lane_count_up(int32_t *count, unsigned bits);
bool lane_count_down(int32_t *count, unsigned bits);

/* Take in ranks of at most `bits` bits; a row goes to *rows, which moves behind it. */
void lane_push(struct lane_coder *coder, unsigned group, const uint8_t *rank, unsigned bits,
               uint8_t **rows);

/* Give them back; the row, if one is needed, is taken from *rows, which moves behind it. */
void lane_pull(struct lane_coder *coder, unsigned group, unsigned bits, const uint8_t **rows,
               uint8_t *rank);

/* States as u16. */
void lane_states_put(const struct lane_coder *coder, uint8_t *out);
void lane_states_get(struct lane_coder *coder, const uint8_t *in);

/* Little-endian numbers. */
static inline void lane_put16(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

static inline uint32_t lane_get16(const uint8_t *in)
{
    return (uint32_t)(in[0] | in[1] << 8);
}

#endif
