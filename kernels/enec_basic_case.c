#include "kernels/enec_basic_case.h"

#include "kernels/enec/enec_header.h"
#include "kernels/enec_ranks.h"
#include "kernels/lane_coder.h"
#include "sim/mem.h"

#include <string.h>

/* Counts of each core, whose blocks come in order. */
static uint32_t rows_of_block(const struct enec_case *one, const struct enec_ranks *ranks,
                              const uint8_t *block, int32_t counts[ENEC_BASIC_GROUPS])
{
    uint8_t widths[ENEC_BASIC_GROUPS];
    enec_basic_widths(one->params.type, ranks->rank, block, widths);
    return enec_basic_rows(counts, widths);
}

void enec_basic_plan(const struct enec_case *one, uint64_t seed, uint8_t *out)
{
    const struct enec_layout *layout = &one->layout;
    unsigned aivs = one->params.aivs;
    size_t in_part = ENEC_BLOCK / ENEC_BASIC_BLOCK;
    uint64_t bytes[ENEC_AIVS_MAX] = { 0 }, at = 0;
    int32_t(*counts)[ENEC_BASIC_GROUPS] = mem_array(aivs, sizeof *counts);
    uint8_t *part = mem_new(in_part * layout->block_bytes);
    struct enec_ranks ranks;

    enec_case_ranks(one, seed, &ranks);
    for (size_t i = 0; i < (size_t)aivs * ENEC_BASIC_GROUPS; i++)
        counts[i / ENEC_BASIC_GROUPS][i % ENEC_BASIC_GROUPS] = LANE_FIRST_COUNT;
    for (uint64_t i = 0; i < layout->blocks; i++) {
        if (i % in_part == 0)
            enec_case_block(one, seed, i / in_part, (uint16_t *)(void *)part);
        uint32_t rows = rows_of_block(one, &ranks, part + i % in_part * layout->block_bytes,
                                      counts[i % aivs]);
        enec_put32(out + 4 * i, ENEC_GROUP * rows);
        bytes[i % aivs] += ENEC_BASIC_ROW_BYTES * (uint64_t)rows;
    }
    out += 4 * layout->blocks;
    for (unsigned aiv = 0; aiv < aivs; aiv++) {
        enec_put32(out + 4 * aiv, (uint32_t)at);
        at += bytes[aiv] + (aiv < layout->blocks ? ENEC_BASIC_TAIL_BYTES : 0);
    }
    enec_put32(out + 4 * aivs, (uint32_t)(layout->e1 + at));
    mem_free(part);
    mem_free(counts);
}

void enec_basic_rank_table(const struct enec_case *one, uint64_t seed, uint8_t *out)
{
    struct enec_ranks ranks;
    enec_case_ranks(one, seed, &ranks);
    for (size_t e = 0; e < ENEC_BASIC_SYMBOLS; e++)
        enec_put32(out + 4 * e, (uint32_t)lane_bits(ranks.rank[e]) << 16 | ranks.rank[e]);
}

void enec_basic_exponent_table(const struct enec_case *one, uint64_t seed, uint8_t *out)
{
    struct enec_ranks ranks;
    enec_case_ranks(one, seed, &ranks);
    for (size_t r = 0; r < ENEC_BASIC_SYMBOLS; r++)
        enec_put32(out + 4 * r, ranks.exponent[r]);
}

void enec_basic_table_read(const uint8_t *table, uint16_t out[ENEC_BASIC_SYMBOLS])
{
    for (size_t i = 0; i < ENEC_BASIC_SYMBOLS; i++)
        out[i] = table[4 * i];
}

void enec_basic_stream(const struct enec_case *one, uint64_t seed, uint8_t *out)
{
    struct enec_ranks ranks;
    uint8_t *x = mem_new(one->bytes);

    enec_case_elements(one, seed, x);
    enec_case_ranks(one, seed, &ranks);
    uint64_t bytes = enec_basic_compress(&one->params, &one->layout, ranks.rank, x, out);
    memset(out + bytes, 0, one->layout.most - bytes);
    mem_free(x);
}
