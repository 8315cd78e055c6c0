#include "kernels/enec/enec.h"
#include "kernels/enec/enec_header.h"

#include <inttypes.h>

bool enec_takes(enum dtype type)
{
    return type == DT_bf16 || type == DT_f16 || type == DT_f32;
}

static bool check_range(const char *name, unsigned value, unsigned least, unsigned most,
                        struct diag *diag)
{
    return (value >= least && value <= most) ||
           diag_fail(diag, loc_nowhere(), "%s is %u; expected %u to %u", name, value, least,
                     most);
}

bool enec_check(const struct enec_params *params, struct diag *diag)
{
    if (!enec_takes(params->type))
        return diag_fail(diag, loc_nowhere(), "the type is %s; expected bf16, f16 or f32",
                         dtype_info[params->type].name);
    unsigned n = params->n;
    return check_range("b", params->b, 0, params->type == DT_f16 ? 31 : 255, diag) &&
           check_range("n", n, 1, ENEC_WIDTH_MAX, diag) &&
           check_range("m", params->m, 1, n == 1 ? 1 : n - 1, diag) &&
           check_range("the number of vector cores", params->aivs, 1, ENEC_AIVS_MAX, diag);
}

bool enec_layout(const struct enec_params *params, uint64_t elements, struct enec_layout *out,
                 struct diag *diag)
{
    uint32_t size = dtype_info[params->type].bits / 8;
    uint32_t ms_bits = params->type == DT_f16 ? 11 : 8;

    /* Nothing below overflows when the elements fit the header, with room for a block. */
    if (elements > (UINT32_MAX - size * ENEC_BLOCK) / size)
        return diag_fail(diag, loc_nowhere(),
                         "%" PRIu64 " elements are too many; expected at most %" PRIu32
                         ", since a stream counts bytes in 32 bits",
                         elements, (UINT32_MAX - size * ENEC_BLOCK) / size);

    uint64_t blocks = (elements + ENEC_BLOCK - 1) / ENEC_BLOCK;
    *out = (struct enec_layout){ .elements = elements,
                                 .blocks = blocks,
                                 .block_bytes = size * ENEC_BLOCK,
                                 .ms0_block = params->type == DT_f32 ? 2 * ENEC_BLOCK : 0,
                                 .ms_block = ms_bits * ENEC_BLOCK / 8,
                                 .e0_block = params->m * ENEC_BLOCK / 8,
                                 .ms0 = ENEC_HEADER_BYTES };
    out->ms = out->ms0 + blocks * out->ms0_block;
    out->e0 = out->ms + blocks * out->ms_block;
    out->mask = out->e0 + blocks * out->e0_block;
    out->prefix = out->mask + blocks * ENEC_MASK_BYTES;
    out->e1 = out->prefix + (4 * (uint64_t)params->aivs + 31) / 32 * 32;
    out->region = (blocks + params->aivs - 1) / params->aivs * ENEC_REGION;
    out->most = out->e1 + blocks * ((params->n - params->m) * ENEC_BLOCK / 8);
    if (out->most > UINT32_MAX)
        return diag_fail(diag, loc_nowhere(),
                         "%" PRIu64 " elements may need %" PRIu64
                         " bytes; expected at most %" PRIu32,
                         elements, out->most, UINT32_MAX);
    return true;
}
