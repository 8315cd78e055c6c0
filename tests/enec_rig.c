#include "tests/enec_rig.h"

#include "sim/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

struct enec_params searched(enum dtype type, const void *data, uint64_t elements)
{
    struct enec_histogram histogram = { { 0 } };
    enec_count(type, data, elements, &histogram);
    struct enec_choice choice = enec_search(&histogram);
    return (struct enec_params){ type, choice.b, choice.n, choice.m, ENEC_AIVS };
}

struct packed pack(const struct enec_params *params, const void *data, uint64_t elements)
{
    struct packed packed = { .params = *params };
    struct diag diag = { 0 };

    if (!enec_check(params, &diag) || !enec_layout(params, elements, &packed.layout, &diag))
        fail_msg("%s", diag.text);
    packed.bytes = mem_new(packed.layout.most);
    if (!enec_compress(params, data, elements, packed.bytes, &packed.length, &diag))
        fail_msg("%s", diag.text);
    assert_true(packed.length <= packed.layout.most);
    return packed;
}

uint64_t assert_round_trip(const struct enec_params *params, const void *data,
                           uint64_t elements)
{
    struct packed packed = pack(params, data, elements);
    struct enec_stream stream = { .bytes = packed.bytes, .length = packed.length };
    uint64_t bytes = dtype_bytes(params->type, elements);
    uint8_t *back = mem_new(bytes + 1);
    struct diag diag = { 0 };

    back[bytes] = 0x5a; /* to be left alone */
    if (!enec_decompress(params, &stream, back, elements, &diag))
        fail_msg("%s", diag.text);
    assert_memory_equal(back, data, bytes);
    assert_int_equal(back[bytes], 0x5a);
    mem_free(back);
    mem_free(packed.bytes);
    return packed.length;
}
