#include "kernels/enec/enec_block.h"
#include "kernels/enec/enec_header.h"
#include "sim/mem.h"

#include <inttypes.h>
#include <string.h>

/* What a core needs: a block, and the high bits of its outliers, a packed run at a time. */
struct reader {
    const struct enec_params *params;
    const struct enec_layout *layout;
    const uint8_t *stream, *e1;
    uint64_t waiting; /* lanes that are still packed */
    uint16_t lanes[ENEC_BLOCK];
    size_t next, count; /* of the lanes that are unpacked */
    struct enec_block block;
};

static void refill(struct reader *reader)
{
    unsigned kept = reader->params->n - reader->params->m;
    reader->count = reader->waiting < ENEC_BLOCK ? (size_t)reader->waiting : ENEC_BLOCK;
    reader->next = 0;
    reader->waiting -= reader->count;
    memcpy(reader->lanes, reader->e1, reader->count * kept / 8);
    enec_unpack(reader->lanes, reader->count, kept);
    reader->e1 += reader->count * kept / 8;
}

/* The next `count` lanes of high bits; the part of e1 was checked to hold them. */
static void take(struct reader *reader, uint16_t *out, size_t count)
{
    while (count != 0) {
        if (reader->next == reader->count)
            refill(reader);
        size_t ready = reader->count - reader->next, some = count < ready ? count : ready;
        memcpy(out, reader->lanes + reader->next, some * sizeof *out);
        reader->next += some;
        out += some;
        count -= some;
    }
}

static void load(struct reader *reader, uint64_t index)
{
    const struct enec_layout *layout = reader->layout;
    struct enec_block *block = &reader->block;
    const uint8_t *stream = reader->stream;

    memcpy(block->ms0, stream + layout->ms0 + index * layout->ms0_block, layout->ms0_block);
    memcpy(block->ms, stream + layout->ms + index * layout->ms_block, layout->ms_block);
    memcpy(block->e0, stream + layout->e0 + index * layout->e0_block, layout->e0_block);
    enec_mask_read(stream + layout->mask + index * ENEC_MASK_BYTES, &block->outliers);
    take(reader, block->gathered, ENEC_GROUP * block->outliers.count);
}

static void decompress_aiv(struct reader *reader, unsigned aiv, uint8_t *data)
{
    const struct enec_layout *layout = reader->layout;
    size_t size = layout->block_bytes / ENEC_BLOCK;

    for (uint64_t i = aiv; i < layout->blocks; i += reader->params->aivs) {
        uint64_t left = layout->elements - i * ENEC_BLOCK;
        size_t count = left < ENEC_BLOCK ? (size_t)left : ENEC_BLOCK;
        load(reader, i);
        enec_block_expand(reader->params, &reader->block);
        enec_block_join(reader->params, &reader->block);
        memcpy(data + i * layout->block_bytes, reader->block.data, count * size);
    }
}

/* Lanes of e1 that the masks of a core's blocks ask for, filled up. */
static uint64_t lanes_of(const struct reader *reader, unsigned aiv)
{
    uint64_t groups = 0;
    for (uint64_t i = aiv; i < reader->layout->blocks; i += reader->params->aivs) {
        const uint8_t *mask = reader->stream + reader->layout->mask + i * ENEC_MASK_BYTES;
        for (size_t g = 0; g < ENEC_GROUPS; g++)
            groups += mask[g / 8] >> (g % 8) & 1;
    }
    return (groups * ENEC_GROUP + ENEC_TAIL - 1) / ENEC_TAIL * ENEC_TAIL;
}

/* Point the reader at a core's part of e1, once it is known to be just what is needed. */
static bool open_part(struct reader *reader, const struct enec_stream *stream, unsigned aiv,
                      struct diag *diag)
{
    const struct enec_layout *layout = reader->layout;
    unsigned kept = reader->params->n - reader->params->m;
    uint64_t at = layout->prefix + 4 * (uint64_t)aiv;
    uint64_t begin = enec_get32(stream->bytes + at), end = stream->length - layout->e1;

    if (aiv + 1 < reader->params->aivs)
        end = enec_get32(stream->bytes + at + 4);
    reader->waiting = lanes_of(reader, aiv);
    reader->next = reader->count = 0;
    if (kept == 0 && reader->waiting != 0)
        return enec_fail_at(stream, layout->mask, diag,
                            "outlier groups for core %u; expected none with n=%u m=%u", aiv,
                            reader->params->n, reader->params->m);
    if (begin > end || end > stream->length - layout->e1 ||
        end - begin != reader->waiting * kept / 8)
        return enec_fail_at(stream, at, diag,
                            "core %u has bytes %" PRIu64 " to %" PRIu64
                            " of e1; expected %" PRIu64 " of %" PRIu64,
                            aiv, begin, end, reader->waiting * kept / 8,
                            stream->length - layout->e1);
    reader->e1 = stream->bytes + layout->e1 + begin;
    return true;
}

/* The first part begins at 0, and nothing but zero lies between the offsets and e1. */
static bool check_prefix(const struct enec_params *params, const struct enec_layout *layout,
                         const struct enec_stream *stream, struct diag *diag)
{
    uint32_t first = enec_get32(stream->bytes + layout->prefix);
    if (first != 0)
        return enec_fail_at(stream, layout->prefix, diag,
                            "core 0 begins at %" PRIu32 "; expected 0", first);
    for (uint64_t at = layout->prefix + 4 * (uint64_t)params->aivs; at < layout->e1; at++) {
        if (stream->bytes[at] != 0)
            return enec_fail_at(stream, at, diag, "padding is %u; expected 0",
                                stream->bytes[at]);
    }
    return true;
}

bool enec_decompress(const struct enec_params *params, const struct enec_stream *stream,
                     void *data, uint64_t elements, struct diag *diag)
{
    struct enec_layout layout;
    if (!enec_check(params, diag) || !enec_layout(params, elements, &layout, diag) ||
        !enec_header_check(params, &layout, stream, diag) ||
        !check_prefix(params, &layout, stream, diag))
        return false;

    struct reader *reader = mem_new(sizeof *reader);
    reader->params = params;
    reader->layout = &layout;
    reader->stream = stream->bytes;
    bool ok = true;
    for (unsigned aiv = 0; ok && aiv < params->aivs; aiv++) {
        ok = open_part(reader, stream, aiv, diag);
        if (ok)
            decompress_aiv(reader, aiv, data);
    }
    mem_free(reader);
    return ok;
}
