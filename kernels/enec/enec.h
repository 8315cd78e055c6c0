#ifndef NPUSIM_KERNELS_ENEC_ENEC_H
#define NPUSIM_KERNELS_ENEC_ENEC_H
/*
 * ENEC, the lossless codec of weights (arXiv 2604.03298), in plain C. It is what the
 * `npusim enec` command runs and what the simulated kernels are compared with, so the
 * bytes it makes are those that the published kernels make, padding included.
 *
 * Signs and mantissas are stored as they are; only exponents are compressed. With the
 * parameters (b, n, m) an exponent e becomes the n-bit y = (b - e) mod 2^n: small for the
 * frequent ones at and below b. The low m bits of every y are kept; the n - m high bits only
 * in groups of 16 where some element needs them, the outlier groups. So an exponent costs
 * m + 1/16 + (n - m) P(outlier group) bits.
 *
 * A block is 16384 elements. Group g of its 1024 is the elements g + 1024 k, k = 0..15, so a
 * fold over the 16 planes of 1024 lanes works on all groups at once. Block i belongs to
 * vector core i mod `aivs`, which gathers the high bits of all its blocks in one buffer.
 *
 * The stream, little-endian, sections back to back (nblk blocks):
 *
 *   header  32 bytes, enec_header.c
 *   ms0     f32 only, 32768 bytes a block: u32 j = low(j) | low(j + 8192) << 16, where low is
 *           the lower half of an element
 *   ms      mantissa << 1 | sign of each element (of its upper half for f32), packed as
 *           enec_pack.h says: 8 bits, 16384 bytes a block; f16 11 bits, 22528 bytes
 *   e0      the low m bits of each y, packed: 2048 m bytes a block
 *   mask    bit g, lowest first: group g is an outlier; 128 bytes a block
 *   prefix  u32 for each core: where its part of e1 begins. Zero bytes up to a multiple of
 *           32, the unit in which a core stores; 48 cores need none
 *   e1      for each core the high bits of its outliers, in the order of its blocks, in a
 *           block by plane, in a plane by group. 16384 at a time are packed; the rest is
 *           filled up to a multiple of 256, whose packed size is one of 32 bytes
 *
 * What the paper leaves open, and how it is here:
 *  - Lanes that fill e1 up hold what the kernel's buffer holds there: the low n - m bits of
 *    what the last packing in place left behind, zero before the first (struct enec_merge).
 *  - Elements that fill the last block up are +2^(b - bias): y = 0, so never an outlier. The
 *    published host code leaves that memory uninitialised.
 *  - The padded size counts whole blocks, of 65536 bytes for f32.
 *  - Widths above 4 follow the rule of 3 (enec_pack.h).
 *  - With n = 1 there is no m < n: m = 1, e1 is empty.
 *  - A value is a pattern of bits: NaNs keep their payload.
 */
#include "kernels/ir/dtype.h"
#include "sim/diag.h"

#include <stddef.h>

#define ENEC_BLOCK 16384 /* elements */
#define ENEC_GROUP 16    /* elements */
#define ENEC_GROUPS (ENEC_BLOCK / ENEC_GROUP)
#define ENEC_AIVS 48 /* vector cores of a 910B2 */
#define ENEC_AIVS_MAX 1024
#define ENEC_WIDTH_MAX 8    /* of an exponent */
#define ENEC_TAIL 256       /* elements to which a core's part of e1 is filled up */
#define ENEC_REGION 32768   /* bytes of e1 that a core may need for one block, and more */
#define ENEC_MASK_BYTES 128 /* of a block */

struct enec_params {
    enum dtype type; /* bf16, f16 or f32 */
    unsigned b, n, m;
    unsigned aivs;
};

/* Where a stream has what. Offsets are in bytes from its beginning. */
struct enec_layout {
    uint64_t elements, blocks;
    uint64_t ms0, ms, e0, mask, prefix, e1;
    uint32_t block_bytes;                   /* of elements */
    uint32_t ms0_block, ms_block, e0_block; /* of each section, for one block */
    uint64_t region; /* bytes between the parts of e1 before the merge kernel, at most */
    uint64_t most;   /* bytes of the longest stream */
};

bool enec_takes(enum dtype type);

/* Whether parameters make sense: the type, 0 <= b of the exponent's width, m < n <= 8 or
 * n = m = 1, 1 <= aivs <= ENEC_AIVS_MAX. */
bool enec_check(const struct enec_params *params, struct diag *diag);

/* Parameters must have been checked. Fails when a size does not fit the header's 32 bits. */
bool enec_layout(const struct enec_params *params, uint64_t elements, struct enec_layout *out,
                 struct diag *diag);

/* The exponents that (b, n) can tell apart: least..least + 2^n - 1; all others are lost. */
static inline int enec_least(const struct enec_params *params)
{
    return (int)params->b - (1 << (params->n - 1)) + 1;
}

/*
 * Compress elements into a stream with room for layout.most bytes; its length goes to *bytes.
 * Fails, naming the first element whose exponent (b, n) cannot represent. `data` and
 * `stream` need no alignment.
 */
bool enec_compress(const struct enec_params *params, const void *data, uint64_t elements,
                   uint8_t *stream, uint64_t *bytes, struct diag *diag);

/* A stream somewhere in a file, for the place in an error: "byte N", counted from `at`. */
struct enec_stream {
    const uint8_t *bytes;
    uint64_t length;
    const char *file; /* NULL: none to blame */
    uint64_t at;      /* of its first byte in that file */
};

/*
 * Restore elements. Whatever the stream holds, nothing outside of it is read and nothing
 * outside of `data` is written; the header, the offsets and the size of each part of e1 are
 * checked against the rest, the packed bits are not: that is for a checksum.
 */
bool enec_decompress(const struct enec_params *params, const struct enec_stream *stream,
                     void *data, uint64_t elements, struct diag *diag);

#endif
