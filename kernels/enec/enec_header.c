#include "kernels/enec/enec_header.h"

#include <inttypes.h>
#include <stdarg.h>

#define COMP_LEVEL 0
#define MBL_LENGTH 4 /* set but not used by the published kernels */
#define OPTIONS 3    /* for an NPU */

/* X(field, bytes, value) in the order of the header, from the names in scope. */
#define HEADER_FIELDS(X)                                                                       \
    X(dataBlockSize, 4, layout->block_bytes)                                                   \
    X(dataBlockNum, 4, layout->blocks)                                                         \
    X(threadBlockNum, 2, params->aivs)                                                         \
    X(compLevel, 2, COMP_LEVEL)                                                                \
    X(totalUncompressedBytes_Origin, 4, dtype_bytes(params->type, layout->elements))           \
    X(totalUncompressedBytes, 4, layout->blocks * layout->block_bytes)                         \
    X(totalCompressedBytes, 4, bytes)                                                          \
    X(tileLength, 2, ENEC_GROUP)                                                               \
    X(dataType, 2, type_code(params->type))                                                    \
    X(mblLength, 2, MBL_LENGTH)                                                                \
    X(options, 2, OPTIONS)

static uint64_t type_code(enum dtype type)
{
    return type == DT_bf16 ? 0 : type == DT_f16 ? 1 : 2;
}

static uint64_t get(const uint8_t *at, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

void enec_header_write(const struct enec_params *params, const struct enec_layout *layout,
                       uint64_t bytes, uint8_t out[ENEC_HEADER_BYTES])
{
#define X(field, size, value)                                                                  \
    for (unsigned i = 0; i < (size); i++)                                                      \
        *out++ = (uint8_t)((uint64_t)(value) >> (8 * i));
    HEADER_FIELDS(X)
#undef X
}

bool enec_fail_at(const struct enec_stream *stream, uint64_t byte, struct diag *diag,
                  const char *fmt, ...)
{
    char text[sizeof diag->text];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return diag_fail(diag, (struct loc){ .file = stream->file }, "byte %" PRIu64 ": %.200s",
                     stream->at + byte, text);
}

bool enec_header_check(const struct enec_params *params, const struct enec_layout *layout,
                       const struct enec_stream *stream, struct diag *diag)
{
    uint64_t bytes = stream->length, at = 0;
    if (bytes < layout->e1)
        return enec_fail_at(stream, bytes, diag,
                            "the ENEC stream ends after %" PRIu64 " bytes; expected %" PRIu64
                            " at least",
                            bytes, layout->e1);
#define X(field, size, value)                                                                  \
    {                                                                                          \
        uint64_t found = get(stream->bytes + at, size), expected = (uint64_t)(value);          \
        if (found != expected)                                                                 \
            return enec_fail_at(stream, at, diag, #field " is %" PRIu64 "; expected %" PRIu64, \
                                found, expected);                                              \
        at += (size);                                                                          \
    }
    HEADER_FIELDS(X)
#undef X
    return true;
}
