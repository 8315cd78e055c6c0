#include "kernels/enec/enec_basic.h"

#include "kernels/enec/enec_compress.h"
#include "kernels/enec/enec_header.h"
#include "kernels/lane_coder.h"
#include "sim/mem.h"

#include <inttypes.h>
#include <string.h>

#define BLOCK ENEC_BASIC_BLOCK
#define GROUPS ENEC_BASIC_GROUPS

bool enec_basic_layout(const struct enec_params *params, uint64_t elements,
                       struct enec_layout *out, struct diag *diag)
{
    uint32_t size = dtype_info[params->type].bits / 8;
    uint32_t ms_bits = params->type == DT_f16 ? 11 : 8;
    uint64_t blocks = (elements + BLOCK - 1) / BLOCK, cores = params->aivs;
    uint64_t rows = GROUPS * ENEC_BASIC_ROW_BYTES; /* of a block, all groups full */

    *out = (struct enec_layout){ .elements = elements,
                                 .blocks = blocks,
                                 .block_bytes = size * BLOCK,
                                 .ms0_block = params->type == DT_f32 ? 2 * BLOCK : 0,
                                 .ms_block = ms_bits * BLOCK / 8,
                                 .ms0 = ENEC_HEADER_BYTES };
    out->ms = out->ms0 + blocks * out->ms0_block;
    out->e0 = out->mask = out->ms + blocks * out->ms_block;
    out->prefix = out->mask + blocks * ENEC_BASIC_WIDTH_BYTES;
    out->e1 = out->prefix + (4 * cores + 31) / 32 * 32;
    out->region = (blocks + cores - 1) / cores * rows + ENEC_BASIC_TAIL_BYTES;
    out->most = out->e1 + blocks * rows + cores * ENEC_BASIC_TAIL_BYTES;
    return out->most <= UINT32_MAX || diag_fail(diag, loc_nowhere(),
                                                "%" PRIu64 " elements may need %" PRIu64
                                                " bytes; expected at most %" PRIu32,
                                                elements, out->most, UINT32_MAX);
}

/* --- elements --- */

/* The upper 16 bits, where sign and exponent are. */
static uint16_t *upper_of(enum dtype type, uint16_t *block, size_t i)
{
    return block + (type == DT_f32 ? 2 * i + 1 : i);
}

static unsigned mantissa_bits(enum dtype type)
{
    return type == DT_f16 ? 10 : 7;
}

static unsigned exponent_of(enum dtype type, uint16_t upper)
{
    return (upper & 0x7fffu) >> mantissa_bits(type);
}

/* What a block is worked on in. */
struct block {
    uint16_t data[2 * BLOCK], ms[2 * BLOCK];
    uint16_t widths[GROUPS];
    uint8_t rank[BLOCK];
};

static void take_ranks(enum dtype type, const uint16_t rank[ENEC_BASIC_SYMBOLS],
                       struct block *block)
{
    for (size_t i = 0; i < BLOCK; i++)
        block->rank[i] = (uint8_t)rank[exponent_of(type, *upper_of(type, block->data, i))];
    for (size_t g = 0; g < GROUPS; g++) {
        unsigned most = 0;
        for (size_t i = g * ENEC_GROUP; i < (g + 1) * ENEC_GROUP; i++)
            most = block->rank[i] > most ? block->rank[i] : most;
        block->widths[g] = (uint16_t)lane_bits(most);
    }
}

void enec_basic_widths(enum dtype type, const uint16_t rank[ENEC_BASIC_SYMBOLS],
                       const uint8_t *data, uint8_t widths[GROUPS])
{
    struct block *block = mem_new(sizeof *block);

    memcpy(block->data, data, dtype_bytes(type, BLOCK));
    take_ranks(type, rank, block);
    for (size_t g = 0; g < GROUPS; g++)
        widths[g] = (uint8_t)block->widths[g];
    mem_free(block);
}

unsigned enec_basic_rows(int32_t counts[GROUPS], const uint8_t widths[GROUPS])
{
    unsigned rows = 0;
    for (size_t g = 0; g < GROUPS; g++)
        rows += lane_count_up(&counts[g], widths[g]);
    return rows;
}

/* --- compression --- */

static void put_fields(const struct enec_params *params, const struct enec_layout *layout,
                       uint64_t index, struct block *block, uint8_t *stream)
{
    enum dtype type = params->type;
    unsigned bits = mantissa_bits(type);
    uint8_t *ms0 = stream + layout->ms0 + index * layout->ms0_block;

    for (size_t i = 0; i < BLOCK; i++) {
        uint16_t x = *upper_of(type, block->data, i);
        block->ms[i] = (uint16_t)((x & ((1u << bits) - 1)) << 1 | x >> 15);
        if (type == DT_f32) /* two to a word */
            lane_put16(ms0 + 4 * (i % (BLOCK / 2)) + 2 * (i / (BLOCK / 2)), block->data[2 * i]);
    }
    enec_pack(block->ms, BLOCK, bits + 1);
    memcpy(stream + layout->ms + index * layout->ms_block, block->ms, layout->ms_block);
    enec_pack(block->widths, GROUPS, ENEC_BASIC_WIDTH_BITS);
    memcpy(stream + layout->mask + index * ENEC_BASIC_WIDTH_BYTES, block->widths,
           ENEC_BASIC_WIDTH_BYTES);
}

uint64_t enec_basic_compress_aiv(const struct enec_params *params,
                                 const struct enec_layout *layout,
                                 const uint16_t rank[ENEC_BASIC_SYMBOLS], unsigned aiv,
                                 const uint8_t *data, uint8_t *stream, uint8_t *e1)
{
    struct lane_coder coder = lane_coder_new(GROUPS, ENEC_GROUP);
    struct block *block = mem_new(sizeof *block);
    uint8_t *at = e1;

    for (uint64_t i = aiv; i < layout->blocks; i += params->aivs) {
        memcpy(block->data, data + i * layout->block_bytes, layout->block_bytes);
        take_ranks(params->type, rank, block);
        for (unsigned g = 0; g < GROUPS; g++)
            lane_push(&coder, g, block->rank + g * ENEC_GROUP, block->widths[g], &at);
        put_fields(params, layout, i, block, stream);
    }
    if (aiv < layout->blocks) {
        lane_states_put(&coder, at);
        at += ENEC_BASIC_STATES_BYTES;
        for (size_t g = 0; g < GROUPS; g++, at += 2)
            lane_put16(at, (uint32_t)coder.count[g]);
    }
    mem_free(block);
    lane_coder_free(&coder);
    return (uint64_t)(at - e1);
}

uint64_t enec_basic_compress(const struct enec_params *params, const struct enec_layout *layout,
                             const uint16_t rank[ENEC_BASIC_SYMBOLS], const uint8_t *data,
                             uint8_t *stream)
{
    uint64_t parts[ENEC_AIVS_MAX], at = layout->e1;
    for (unsigned aiv = 0; aiv < params->aivs; aiv++) {
        parts[aiv] =
            enec_basic_compress_aiv(params, layout, rank, aiv, data, stream, stream + at);
        at += parts[aiv];
    }
    return enec_finish(params, layout, parts, stream);
}

/* --- decompression --- */

struct part {
    struct lane_coder coder;
    const uint8_t *begin, *rows; /* rows before here are not yet taken */
};

static bool open_part(const struct enec_params *params, const struct enec_layout *layout,
                      const struct enec_stream *stream, unsigned aiv, struct part *part,
                      struct diag *diag)
{
    uint64_t at = layout->prefix + 4 * (uint64_t)aiv, all = stream->length - layout->e1;
    uint64_t begin = enec_get32(stream->bytes + at);
    uint64_t end = aiv + 1 < params->aivs ? enec_get32(stream->bytes + at + 4) : all;

    if (begin > end || end > all || end - begin < ENEC_BASIC_TAIL_BYTES)
        return enec_fail_at(stream, at, diag,
                            "core %u has bytes %" PRIu64 " to %" PRIu64
                            " of e1; expected %d at least, of %" PRIu64,
                            aiv, begin, end, ENEC_BASIC_TAIL_BYTES, all);
    part->begin = stream->bytes + layout->e1 + begin;
    part->rows = stream->bytes + layout->e1 + end - ENEC_BASIC_TAIL_BYTES;
    lane_states_get(&part->coder, part->rows);
    for (size_t g = 0; g < GROUPS; g++)
        part->coder.count[g] =
            (int32_t)lane_get16(part->rows + ENEC_BASIC_STATES_BYTES + 2 * g);
    return true;
}

/* The rows of a block stand in the order of its groups, so they are counted first. */
static bool pull(struct part *part, struct block *block)
{
    const uint8_t *rows;
    size_t need = 0;

    for (size_t g = 0; g < GROUPS; g++) {
        int32_t count = part->coder.count[g];
        need += lane_count_down(&count, block->widths[g]) ? ENEC_BASIC_ROW_BYTES : 0;
    }
    if ((size_t)(part->rows - part->begin) < need)
        return false;
    rows = part->rows -= need;
    for (unsigned g = 0; g < GROUPS; g++)
        lane_pull(&part->coder, g, block->widths[g], &rows, block->rank + g * ENEC_GROUP);
    return true;
}

static void get_fields(const struct enec_params *params, const struct enec_layout *layout,
                       uint64_t index, const uint8_t *stream, struct block *block)
{
    enum dtype type = params->type;
    const uint8_t *ms0 = stream + layout->ms0 + index * layout->ms0_block;

    memcpy(block->ms, stream + layout->ms + index * layout->ms_block, layout->ms_block);
    enec_unpack(block->ms, BLOCK, mantissa_bits(type) + 1);
    memcpy(block->widths, stream + layout->mask + index * ENEC_BASIC_WIDTH_BYTES,
           ENEC_BASIC_WIDTH_BYTES);
    enec_unpack(block->widths, GROUPS, ENEC_BASIC_WIDTH_BITS);
    for (size_t i = 0; type == DT_f32 && i < BLOCK; i++)
        block->data[2 * i] =
            (uint16_t)lane_get16(ms0 + 4 * (i % (BLOCK / 2)) + 2 * (i / (BLOCK / 2)));
}

static void join(enum dtype type, const uint16_t exponent[ENEC_BASIC_SYMBOLS],
                 struct block *block)
{
    unsigned bits = mantissa_bits(type);
    for (size_t i = 0; i < BLOCK; i++) {
        unsigned ms = block->ms[i], e = exponent[block->rank[i]] & ((1u << (15 - bits)) - 1);
        *upper_of(type, block->data, i) = (uint16_t)((ms & 1) << 15 | e << bits | ms >> 1);
    }
}

bool enec_basic_decompress(const struct enec_params *params, const struct enec_layout *layout,
                           const uint16_t exponent[ENEC_BASIC_SYMBOLS],
                           const struct enec_stream *stream, uint8_t *data, struct diag *diag)
{
    struct part part = { .coder = lane_coder_new(GROUPS, ENEC_GROUP) };
    struct block *block = mem_new(sizeof *block);
    bool ok = enec_header_check(params, layout, stream, diag);

    for (uint64_t aiv = 0; ok && aiv < params->aivs && aiv < layout->blocks; aiv++) {
        uint64_t turns = (layout->blocks - aiv - 1) / params->aivs + 1;
        ok = open_part(params, layout, stream, (unsigned)aiv, &part, diag);
        for (uint64_t turn = turns; ok && turn-- > 0;) {
            uint64_t i = aiv + turn * params->aivs;
            get_fields(params, layout, i, stream->bytes, block);
            ok = pull(&part, block) ||
                 enec_fail_at(stream, layout->mask + i * ENEC_BASIC_WIDTH_BYTES, diag,
                              "the widths of block %" PRIu64 " need more rows than there are",
                              i);
            if (!ok)
                break;
            join(params->type, exponent, block);
            memcpy(data + i * layout->block_bytes, block->data, layout->block_bytes);
        }
    }
    mem_free(block);
    lane_coder_free(&part.coder);
    return ok;
}
