#ifndef NPUSIM_KERNELS_ENEC_COMPRESS_PROGRAM_H
#define NPUSIM_KERNELS_ENEC_COMPRESS_PROGRAM_H
/* The program of enec-compress (enec_compress_kernel.c) and its tensors. */
#include "kernels/enec_case.h"
#include "kernels/enec_emit.h"

enum enec_compress_tensor {
    COMPRESS_X,      /* elements, whole blocks */
    COMPRESS_STREAM, /* u8: all sections in front of the prefix, at their places */
    COMPRESS_PARTS,  /* u8[core][region]: e1 of each */
    COMPRESS_SIZES,  /* u32[core][8]: its bytes, then zeros */
    COMPRESS_PLAN,   /* enec_case.h */
    COMPRESS_TABLE,  /* ENEC_V1: u16 ranks; ENEC_V0: i32, bits of the rank << 16 | rank */
    COMPRESS_TENSORS
};

#define ENEC_SIZE_BYTES 32 /* a row of COMPRESS_SIZES */

void enec_compress_program(struct build *b, const struct enec_case *one,
                           const struct kref tensors[COMPRESS_TENSORS]);

/* Of ENEC_V0 (enec_basic_encode.c). */
void enec_basic_encode(struct build *b, const struct enec_case *one,
                       const struct kref tensors[COMPRESS_TENSORS]);

/* A block's part of a section of the stream. Sections are multiples of 32 bytes, and so begin
 * at one. */
void enec_store_section(struct build *b, const struct kref tensors[COMPRESS_TENSORS],
                        struct kval block, uint64_t section, struct area *from, uint64_t bytes);

/* The core's row of COMPRESS_SIZES, by way of ENEC_SIZE_BYTES of UB. */
void enec_store_size(struct build *b, const struct kref tensors[COMPRESS_TENSORS],
                     struct area *word, struct kval bytes);

#endif
