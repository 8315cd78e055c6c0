#ifndef NPUSIM_KERNELS_HANS_H
#define NPUSIM_KERNELS_HANS_H
/*
 * The stream of HANS, the lossless codec of Huawei's operator library that ENEC
 * (arXiv 2604.03298) is compared with, in plain C: what hans-encode and hans-decode must
 * agree with to the byte.
 *
 * Of each element the most significant byte, which holds most of the exponent, is coded; the
 * others are stored as they are. A byte is replaced by its rank among the 256 by frequency.
 * 4096 states, one for each lane of a tile of 64 groups of 64 elements, take in the ranks of
 * one tile after another, as lane_coder.h says; decoding begins at the last tile.
 *
 * Tensors: the raw bytes of elements in order (`mantissa`), and `fixed`, a header and for each
 * core a segment, which has room for the worst case:
 *
 *     64 u16 widths of each of its tiles | 64 u16 of each group that was full, in order |
 *     tail: 4096 u16 states, 64 i32 counts
 *
 * The vendor's layout of a segment is not published; its sizes are: a tail of 8448 bytes for a
 * core, 2 bytes of widths for a group. Tiles are dealt to cores in runs of consecutive ones.
 */
#include <stdbool.h>
#include <stdint.h>

#define HANS_LANES 64
#define HANS_GROUPS 64
#define HANS_TILE (HANS_LANES * HANS_GROUPS) /* elements */
#define HANS_SYMBOLS 256

#define HANS_WIDTHS_BYTES (2 * HANS_GROUPS)
#define HANS_ROW_BYTES (2 * HANS_LANES)
#define HANS_STATES_BYTES (2 * HANS_TILE)
#define HANS_COUNTS_BYTES (4 * HANS_GROUPS)
#define HANS_TAIL_BYTES (HANS_STATES_BYTES + HANS_COUNTS_BYTES)

/* The header: i32 words. */
#define HANS_HEADER_WORDS 128
#define HANS_HEADER_BYTES (4 * HANS_HEADER_WORDS)
#define HANS_MAGIC 12138
#define HANS_CORES_MAX 56
enum {
    HANS_WORD_MAGIC,
    HANS_WORD_CORES,
    HANS_WORD_TILES,
    HANS_WORD_FIXED,     /* tiles in `fixed` */
    HANS_WORD_VARIABLE,  /* tiles stored raw because `fixed` was full: none */
    HANS_WORD_BYTES = 8, /* of each core's segment */
};

struct hans_shape {
    int64_t elements; /* a multiple of HANS_LANES */
    int64_t bytes;    /* of an element: 2 or 4 */
    int64_t cores;
};

int64_t hans_tiles(const struct hans_shape *shape);
int64_t hans_first_tile(const struct hans_shape *shape,
                        int64_t core);                              /* cores: past the last */
int64_t hans_segment(const struct hans_shape *shape, int64_t core); /* bytes into `fixed` */

/* Bytes of a segment of so many tiles, all groups always full. */
#define HANS_TILE_ROOM (HANS_WIDTHS_BYTES + HANS_GROUPS * HANS_ROW_BYTES)

/* How often each byte is the most significant one. */
void hans_histogram(const struct hans_shape *shape, const uint8_t *in,
                    int32_t histogram[HANS_SYMBOLS]);

/* `fixed` has hans_segment(shape, shape->cores) bytes; those that no segment needs are left
 * alone. */
void hans_encode(const struct hans_shape *shape, const int32_t histogram[HANS_SYMBOLS],
                 const uint8_t *in, uint8_t *mantissa, uint8_t *fixed);

/* The same in parts: what a core does, of which `in` and `mantissa` begin with its first
 * element, and which returns the bytes of its segment; and the header, from those of all. */
int64_t hans_encode_core(const struct hans_shape *shape, const int32_t histogram[HANS_SYMBOLS],
                         int64_t core, const uint8_t *in, uint8_t *mantissa, uint8_t *segment);
void hans_write_header(const struct hans_shape *shape, const int64_t segment_bytes[],
                       uint8_t *fixed);

/* What hans_encode made. */
void hans_decode(const struct hans_shape *shape, const int32_t histogram[HANS_SYMBOLS],
                 const uint8_t *mantissa, const uint8_t *fixed, uint8_t *out);

int32_t hans_header_word(const uint8_t *fixed, int64_t word);

/* Bytes of everything that decoding needs, with no room between segments: mantissa, header,
 * segments and histogram. */
int64_t hans_packed_bytes(const struct hans_shape *shape, const uint8_t *fixed);

#endif
