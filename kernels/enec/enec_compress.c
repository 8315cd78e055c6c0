#include "kernels/enec/enec_compress.h"

#include "kernels/enec/enec_header.h"
#include "sim/assert.h"
#include "sim/mem.h"

#include <inttypes.h>
#include <string.h>

/* --- the buffer of outliers --- */

void enec_merge_init(struct enec_merge *merge, const struct enec_params *params, uint8_t *out)
{
    *merge = (struct enec_merge){ .m = params->m, .kept = params->n - params->m, .out = out };
}

/* Pack the first `count` lanes in place and put them out. */
static void merge_put(struct enec_merge *merge, size_t count)
{
    size_t bytes = count * merge->kept / 8;
    enec_pack(merge->lanes, count, merge->kept);
    memcpy(merge->out, merge->lanes, bytes);
    merge->out += bytes;
}

static void merge_add(struct enec_merge *merge, const uint16_t *y, size_t count)
{
    for (size_t i = 0; i < count; i++)
        merge->lanes[merge->count + i] = (uint16_t)(y[i] >> merge->m);
    merge->count += count;
}

void enec_merge_append(struct enec_merge *merge, const uint16_t *y, size_t count)
{
    size_t room = ENEC_BLOCK - merge->count;
    if (count < room) {
        merge_add(merge, y, count);
        return;
    }
    merge_add(merge, y, room);
    merge_put(merge, ENEC_BLOCK);
    merge->count = 0;
    merge_add(merge, y + room, count - room);
}

void enec_merge_finish(struct enec_merge *merge)
{
    size_t count = (merge->count + ENEC_TAIL - 1) / ENEC_TAIL * ENEC_TAIL;
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        merge->lanes[i] &= (uint16_t)((1u << merge->kept) - 1);
    merge_put(merge, count);
    merge->count = 0;
}

/* --- blocks --- */

/* +2^(b - bias), with which the last block is filled up. */
static void fill_up(const struct enec_params *params, uint16_t *data, size_t from)
{
    uint16_t upper = (uint16_t)(params->b << (params->type == DT_f16 ? 10 : 7));
    for (size_t i = from; i < ENEC_BLOCK; i++) {
        if (params->type == DT_f32) {
            data[2 * i] = 0;
            data[2 * i + 1] = upper;
        } else {
            data[i] = upper;
        }
    }
}

static void load(const struct enec_params *params, const struct enec_layout *layout,
                 uint64_t index, const uint8_t *data, struct enec_block *block)
{
    uint64_t first = index * ENEC_BLOCK, left = layout->elements - first;
    size_t count = left < ENEC_BLOCK ? (size_t)left : ENEC_BLOCK;
    size_t size = layout->block_bytes / ENEC_BLOCK;

    memcpy(block->data, data + first * size, count * size);
    if (count < ENEC_BLOCK)
        fill_up(params, block->data, count);
}

static void store(const struct enec_layout *layout, uint64_t index,
                  const struct enec_block *block, uint8_t *stream)
{
    memcpy(stream + layout->ms0 + index * layout->ms0_block, block->ms0, layout->ms0_block);
    memcpy(stream + layout->ms + index * layout->ms_block, block->ms, layout->ms_block);
    memcpy(stream + layout->e0 + index * layout->e0_block, block->e0, layout->e0_block);
    memcpy(stream + layout->mask + index * ENEC_MASK_BYTES, block->mask, ENEC_MASK_BYTES);
}

static bool fail_misfit(const struct enec_params *params, uint64_t index,
                        const struct enec_block *block, struct diag *diag)
{
    unsigned exponent;
    uint64_t element = index * ENEC_BLOCK + enec_block_misfit(params, block, &exponent);
    int least = enec_least(params);
    return diag_fail(diag, loc_nowhere(),
                     "element %" PRIu64 " has exponent %u; with b=%u n=%u expected %d to %d",
                     element, exponent, params->b, params->n, least < 0 ? 0 : least,
                     least + (1 << params->n) - 1);
}

bool enec_compress_aiv(const struct enec_params *params, const struct enec_layout *layout,
                       unsigned aiv, const uint8_t *data, struct enec_work *work,
                       uint8_t *stream, uint8_t *e1, uint64_t *bytes, struct diag *diag)
{
    struct enec_block *block = &work->block;

    enec_merge_init(&work->merge, params, e1);
    for (uint64_t i = aiv; i < layout->blocks; i += params->aivs) {
        load(params, layout, i, data, block);
        if (!enec_block_split(params, block))
            return fail_misfit(params, i, block, diag);
        enec_block_quantise(params, block);
        enec_merge_append(&work->merge, block->gathered, ENEC_GROUP * block->outliers.count);
        store(layout, i, block, stream);
    }
    enec_merge_finish(&work->merge);
    *bytes = (uint64_t)(work->merge.out - e1);
    return true;
}

uint64_t enec_finish(const struct enec_params *params, const struct enec_layout *layout,
                     const uint64_t e1_bytes[], uint8_t *stream)
{
    uint64_t at = 0;
    memset(stream + layout->prefix, 0, layout->e1 - layout->prefix);
    for (unsigned aiv = 0; aiv < params->aivs; aiv++) {
        enec_put32(stream + layout->prefix + 4 * aiv, (uint32_t)at);
        at += e1_bytes[aiv];
    }
    SIM_ASSERT(layout->e1 + at <= layout->most);
    enec_header_write(params, layout, layout->e1 + at, stream);
    return layout->e1 + at;
}

bool enec_compress(const struct enec_params *params, const void *data, uint64_t elements,
                   uint8_t *stream, uint64_t *bytes, struct diag *diag)
{
    struct enec_layout layout;
    if (!enec_check(params, diag) || !enec_layout(params, elements, &layout, diag))
        return false;

    struct enec_work *work = mem_new(sizeof *work);
    uint64_t parts[ENEC_AIVS_MAX];
    uint8_t *e1 = stream + layout.e1; /* each part at once behind the one before */
    bool ok = true;
    for (unsigned aiv = 0; ok && aiv < params->aivs; aiv++) {
        ok = enec_compress_aiv(params, &layout, aiv, data, work, stream, e1, &parts[aiv], diag);
        e1 += ok ? parts[aiv] : 0;
    }
    if (ok)
        *bytes = enec_finish(params, &layout, parts, stream);
    mem_free(work);
    return ok;
}
