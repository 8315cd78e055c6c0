#include "kernels/hans.h"

#include "kernels/lane_coder.h"
#include "kernels/whole.h"

#include <string.h>

int64_t hans_tiles(const struct hans_shape *shape)
{
    return ceil_div(shape->elements, HANS_TILE);
}

int64_t hans_first_tile(const struct hans_shape *shape, int64_t core)
{
    int64_t tiles = hans_tiles(shape);
    return core * (tiles / shape->cores) + lesser(core, tiles % shape->cores);
}

int64_t hans_segment(const struct hans_shape *shape, int64_t core)
{
    return HANS_HEADER_BYTES + hans_first_tile(shape, core) * HANS_TILE_ROOM +
           core * HANS_TAIL_BYTES;
}

void hans_histogram(const struct hans_shape *shape, const uint8_t *in,
                    int32_t histogram[HANS_SYMBOLS])
{
    memset(histogram, 0, HANS_SYMBOLS * sizeof *histogram);
    for (int64_t i = 0; i < shape->elements; i++)
        histogram[in[(i + 1) * shape->bytes - 1]]++;
}

/* --- ranks --- */

struct ranks {
    uint8_t rank[HANS_SYMBOLS], symbol[HANS_SYMBOLS];
    uint8_t bits[HANS_SYMBOLS]; /* of a rank; 0 takes one too */
};

/* By frequency, which the vector unit sorts as an f32; equal ones in order. */
static void rank_symbols(struct ranks *ranks, const int32_t histogram[HANS_SYMBOLS])
{
    for (unsigned symbol = 0; symbol < HANS_SYMBOLS; symbol++) {
        unsigned place = symbol;
        for (;
             place > 0 && (float)histogram[symbol] > (float)histogram[ranks->symbol[place - 1]];
             place--)
            ranks->symbol[place] = ranks->symbol[place - 1];
        ranks->symbol[place] = (uint8_t)symbol;
    }
    for (unsigned rank = 0; rank < HANS_SYMBOLS; rank++) {
        ranks->rank[ranks->symbol[rank]] = (uint8_t)rank;
        ranks->bits[rank] = (uint8_t)(rank == 0 ? 1 : lane_bits(rank));
    }
}

/* --- one core --- */

struct coder {
    const struct hans_shape *shape;
    struct ranks ranks;
    struct lane_coder lanes;
};

/* Elements of a group that exist; those that do not are of rank 0. */
static int64_t group_length(const struct hans_shape *shape, int64_t first)
{
    return first < shape->elements ? HANS_LANES : 0;
}

static void encode_group(struct coder *coder, unsigned group, const uint8_t *in, int64_t length,
                         uint8_t *widths, uint8_t **rows)
{
    uint8_t rank[HANS_LANES] = { 0 };
    unsigned most = 0;

    for (int64_t i = 0; i < length; i++) {
        rank[i] = coder->ranks.rank[in[(i + 1) * coder->shape->bytes - 1]];
        most = rank[i] > most ? rank[i] : most;
    }
    lane_put16(widths + 2 * (size_t)group, coder->ranks.bits[most]);
    lane_push(&coder->lanes, group, rank, coder->ranks.bits[most], rows);
}

static void store_mantissa(const struct hans_shape *shape, int64_t first, int64_t length,
                           const uint8_t *in, uint8_t *mantissa)
{
    size_t rest = (size_t)shape->bytes - 1;
    for (int64_t i = first; i < first + length; i++)
        memcpy(mantissa + (size_t)i * rest, in + i * shape->bytes, rest);
}

int64_t hans_encode_core(const struct hans_shape *shape, const int32_t histogram[HANS_SYMBOLS],
                         int64_t core, const uint8_t *in, uint8_t *mantissa, uint8_t *segment)
{
    struct coder coder = { .shape = shape, .lanes = lane_coder_new(HANS_GROUPS, HANS_LANES) };
    int64_t begin = hans_first_tile(shape, core);
    int64_t tiles = hans_first_tile(shape, core + 1) - begin;
    uint8_t *rows = segment + tiles * HANS_WIDTHS_BYTES;

    rank_symbols(&coder.ranks, histogram);
    for (int64_t tile = 0; tile < tiles; tile++) {
        for (unsigned group = 0; group < HANS_GROUPS; group++) {
            int64_t first = tile * HANS_TILE + group * HANS_LANES;
            int64_t length = group_length(shape, begin * HANS_TILE + first);
            encode_group(&coder, group, in + first * shape->bytes, length,
                         segment + tile * HANS_WIDTHS_BYTES, &rows);
            store_mantissa(shape, first, length, in, mantissa);
        }
    }
    lane_states_put(&coder.lanes, rows);
    memcpy(rows + HANS_STATES_BYTES, coder.lanes.count, HANS_COUNTS_BYTES);
    lane_coder_free(&coder.lanes);
    return rows + HANS_TAIL_BYTES - segment;
}

static void set_header_word(uint8_t *fixed, int64_t word, int64_t value)
{
    lane_put16(fixed + 4 * word, (uint32_t)value);
    lane_put16(fixed + 4 * word + 2, (uint32_t)value >> 16);
}

int32_t hans_header_word(const uint8_t *fixed, int64_t word)
{
    return (int32_t)(lane_get16(fixed + 4 * word) | lane_get16(fixed + 4 * word + 2) << 16);
}

void hans_write_header(const struct hans_shape *shape, const int64_t segment_bytes[],
                       uint8_t *fixed)
{
    memset(fixed, 0, HANS_HEADER_BYTES);
    set_header_word(fixed, HANS_WORD_MAGIC, HANS_MAGIC);
    set_header_word(fixed, HANS_WORD_CORES, shape->cores);
    set_header_word(fixed, HANS_WORD_TILES, hans_tiles(shape));
    set_header_word(fixed, HANS_WORD_FIXED, hans_tiles(shape));
    for (int64_t core = 0; core < shape->cores; core++)
        set_header_word(fixed, HANS_WORD_BYTES + core, segment_bytes[core]);
}

void hans_encode(const struct hans_shape *shape, const int32_t histogram[HANS_SYMBOLS],
                 const uint8_t *in, uint8_t *mantissa, uint8_t *fixed)
{
    int64_t bytes[HANS_CORES_MAX];

    for (int64_t core = 0; core < shape->cores; core++) {
        int64_t first = hans_first_tile(shape, core) * HANS_TILE;
        bytes[core] = hans_encode_core(shape, histogram, core, in + first * shape->bytes,
                                       mantissa + first * (shape->bytes - 1),
                                       fixed + hans_segment(shape, core));
    }
    hans_write_header(shape, bytes, fixed);
}

/* A width as the encoder writes it, whatever stands there. */
static unsigned width_of(const uint8_t *widths, unsigned group)
{
    return lane_get16(widths + 2 * (size_t)group) & LANE_WIDTH_MAX;
}

/* The rows of a tile stand in the order of its groups, so they are counted first. */
static int64_t rows_of(const struct coder *coder, const uint8_t *widths)
{
    int64_t rows = 0;
    for (unsigned group = 0; group < HANS_GROUPS; group++) {
        int32_t count = coder->lanes.count[group];
        rows += lane_count_down(&count, width_of(widths, group));
    }
    return rows;
}

static void decode_tile(struct coder *coder, int64_t tile, const uint8_t *widths,
                        const uint8_t *rows, const uint8_t *mantissa, uint8_t *out)
{
    const struct hans_shape *shape = coder->shape;
    size_t rest = (size_t)shape->bytes - 1;
    uint8_t rank[HANS_LANES];

    for (unsigned group = 0; group < HANS_GROUPS; group++) {
        int64_t first = tile * HANS_TILE + group * HANS_LANES;
        int64_t length = group_length(shape, first);
        lane_pull(&coder->lanes, group, width_of(widths, group), &rows, rank);
        for (int64_t i = first; i < first + length; i++) {
            memcpy(out + i * shape->bytes, mantissa + (size_t)i * rest, rest);
            out[(i + 1) * shape->bytes - 1] = coder->ranks.symbol[rank[i - first]];
        }
    }
}

void hans_decode(const struct hans_shape *shape, const int32_t histogram[HANS_SYMBOLS],
                 const uint8_t *mantissa, const uint8_t *fixed, uint8_t *out)
{
    struct coder coder = { .shape = shape, .lanes = lane_coder_new(HANS_GROUPS, HANS_LANES) };

    rank_symbols(&coder.ranks, histogram);
    for (int64_t core = 0; core < shape->cores; core++) {
        const uint8_t *segment = fixed + hans_segment(shape, core);
        const uint8_t *rows =
            segment + hans_header_word(fixed, HANS_WORD_BYTES + core) - HANS_TAIL_BYTES;
        int64_t begin = hans_first_tile(shape, core);
        lane_states_get(&coder.lanes, rows);
        memcpy(coder.lanes.count, rows + HANS_STATES_BYTES, HANS_COUNTS_BYTES);
        for (int64_t tile = hans_first_tile(shape, core + 1) - 1; tile >= begin; tile--) {
            const uint8_t *widths = segment + (tile - begin) * HANS_WIDTHS_BYTES;
            rows -= rows_of(&coder, widths) * HANS_ROW_BYTES;
            decode_tile(&coder, tile, widths, rows, mantissa, out);
        }
    }
    lane_coder_free(&coder.lanes);
}

int64_t hans_packed_bytes(const struct hans_shape *shape, const uint8_t *fixed)
{
    int64_t bytes = shape->elements * (shape->bytes - 1) + HANS_HEADER_BYTES + 4 * HANS_SYMBOLS;
    for (int64_t core = 0; core < shape->cores; core++)
        bytes += hans_header_word(fixed, HANS_WORD_BYTES + core);
    return bytes;
}
