#ifndef NPUSIM_KERNELS_ENEC_COMPRESS_PROGRAM_H
#define NPUSIM_KERNELS_ENEC_COMPRESS_PROGRAM_H
/* The program of enec-compress (enec_compress_kernel.c) and its tensors. */
#include "kernels/enec_case.h"
#include "kernels/ir/build.h"

enum enec_compress_tensor {
    COMPRESS_X,      /* elements, whole blocks */
    COMPRESS_STREAM, /* u8: all sections in front of the prefix, at their places */
    COMPRESS_PARTS,  /* u8[core][region]: e1 of each */
    COMPRESS_SIZES,  /* u32[core][8]: its bytes, then zeros */
    COMPRESS_PLAN,   /* enec_case.h */
    COMPRESS_TABLE,  /* u16: ranks, of ENEC_V1 alone */
    COMPRESS_TENSORS
};

#define ENEC_SIZE_BYTES 32 /* a row of COMPRESS_SIZES */

void enec_compress_program(struct build *b, const struct enec_case *one,
                           const struct kref tensors[COMPRESS_TENSORS]);

#endif
