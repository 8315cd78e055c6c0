#ifndef NPUSIM_KERNELS_ENEC_ENEC_HEADER_H
#define NPUSIM_KERNELS_ENEC_ENEC_HEADER_H
/* The 32 bytes that a stream begins with; b, n and m are not among them. */
#include "kernels/enec/enec.h"

#define ENEC_HEADER_BYTES 32

/* `bytes` is the length of the whole stream. */
void enec_header_write(const struct enec_params *params, const struct enec_layout *layout,
                       uint64_t bytes, uint8_t out[ENEC_HEADER_BYTES]);

/* Whether a stream begins with just the header that its parameters, elements and length ask
 * for. */
bool enec_header_check(const struct enec_params *params, const struct enec_layout *layout,
                       const struct enec_stream *stream, struct diag *diag);

/* Fail at a byte of a stream, counted from its beginning. */
bool enec_fail_at(const struct enec_stream *stream, uint64_t byte, struct diag *diag,
                  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Little-endian numbers, on any host. */
static inline uint32_t enec_get32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void enec_put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

#endif
