#include "kernels/kernel.h"

#include <stddef.h>
#include <string.h>

extern const struct kernel_spec copy_spec, micro_spec, gemm_spec, w4a16_spec;
extern const struct kernel_spec enec_compress_spec, enec_merge_spec, enec_decompress_spec;
extern const struct kernel_spec hans_encode_spec, hans_decode_spec;

const struct kernel_spec *const kernel_specs[] = {
    &copy_spec,
    &micro_spec,
    &gemm_spec,
    &w4a16_spec,
    &enec_compress_spec,
    &enec_merge_spec,
    &enec_decompress_spec,
    &hans_encode_spec,
    &hans_decode_spec,
    NULL,
};

const struct kernel_spec *kernel_spec_find(const char *name)
{
    for (size_t i = 0; kernel_specs[i] != NULL; i++) {
        if (strcmp(kernel_specs[i]->name, name) == 0)
            return kernel_specs[i];
    }
    return NULL;
}
