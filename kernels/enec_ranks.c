#include "kernels/enec_ranks.h"

#include "kernels/enec/enec_search.h"
#include "sim/assert.h"
#include "sim/mem.h"

static unsigned exponent_bits(const struct enec_case *one)
{
    return one->params.type == DT_f16 ? 5 : 8;
}

static unsigned middle(const struct enec_case *one)
{
    return (1u << (exponent_bits(one) - 1)) - 1;
}

void enec_ranks_from(struct enec_ranks *ranks, const uint16_t rank[ENEC_TABLE])
{
    for (uint16_t e = 0; e < ENEC_TABLE; e++) {
        ranks->rank[e] = rank[e];
        ranks->exponent[rank[e] % ENEC_TABLE] = e;
    }
}

void enec_ranks_back(struct enec_ranks *ranks, const uint16_t exponent[ENEC_TABLE])
{
    for (uint16_t r = 0; r < ENEC_TABLE; r++) {
        ranks->exponent[r] = exponent[r];
        ranks->rank[exponent[r] % ENEC_TABLE] = r;
    }
}

/* How many exponents are more frequent; of equals, the lowest comes first. */
static uint16_t rank_of(const struct enec_histogram *histogram, unsigned exponent)
{
    const uint64_t *count = histogram->count;
    uint16_t rank = 0;
    for (unsigned e = 0; e < ENEC_TABLE; e++) {
        if (count[e] > count[exponent] || (count[e] == count[exponent] && e < exponent))
            rank++;
    }
    return rank;
}

void enec_case_ranks(const struct enec_case *one, uint64_t seed, struct enec_ranks *out)
{
    struct enec_histogram histogram = { { 0 } };
    uint16_t *block = mem_new(dtype_bytes(one->params.type, ENEC_BLOCK)), rank[ENEC_TABLE];

    for (uint64_t i = 0; i < enec_case_parts(one); i++) {
        enec_case_block(one, seed, i, block);
        enec_count(one->params.type, block, ENEC_BLOCK, &histogram);
    }
    for (unsigned e = 0; e < ENEC_TABLE; e++)
        rank[e] = rank_of(&histogram, e);
    mem_free(block);
    enec_ranks_from(out, rank);
}

struct enec_case enec_ranked_case(const struct enec_case *one)
{
    struct enec_case out = *one;
    struct diag diag = { 0 };
    out.params.b = middle(one);
    bool ok = enec_layout(&out.params, one->layout.blocks * ENEC_BLOCK, &out.layout, &diag);
    SIM_ASSERT(ok);
    return out;
}

/* Exchange the exponents of a block by a table. */
static void exchange(const struct enec_case *one, const uint16_t by[ENEC_TABLE],
                     uint16_t *block)
{
    unsigned bits = exponent_bits(one), shift = 15 - bits, most = (1u << bits) - 1;
    for (size_t i = 0; i < ENEC_BLOCK; i++) {
        uint16_t *element = enec_case_upper(one, block, i);
        unsigned old = *element, exponent = by[old >> shift & most];
        *element = (uint16_t)((old & ~(most << shift)) | (exponent & most) << shift);
    }
}

void enec_rank_block(const struct enec_case *one, const struct enec_ranks *ranks,
                     uint16_t *block)
{
    uint16_t by[ENEC_TABLE];
    unsigned range = 1u << one->params.n;
    for (unsigned e = 0; e < ENEC_TABLE; e++) { /* y has a sign */
        unsigned y = ranks->rank[e] % range;
        by[e] = (uint16_t)(middle(one) - y + (y >= range / 2 ? range : 0));
    }
    exchange(one, by, block);
}

static void unrank_block(const struct enec_case *one, const struct enec_ranks *ranks,
                         uint16_t *block)
{
    uint16_t by[ENEC_TABLE];
    unsigned range = 1u << one->params.n;
    for (unsigned e = 0; e < ENEC_TABLE; e++)
        by[e] = ranks->exponent[(middle(one) - e) % range];
    exchange(one, by, block);
}

void enec_rank_elements(const struct enec_case *one, const struct enec_ranks *ranks,
                        uint8_t *elements)
{
    for (uint64_t i = 0; i < one->layout.blocks; i++)
        enec_rank_block(one, ranks,
                        (uint16_t *)(void *)(elements + i * one->layout.block_bytes));
}

void enec_unrank_elements(const struct enec_case *one, const struct enec_ranks *ranks,
                          uint8_t *elements)
{
    for (uint64_t i = 0; i < one->layout.blocks; i++)
        unrank_block(one, ranks, (uint16_t *)(void *)(elements + i * one->layout.block_bytes));
}
