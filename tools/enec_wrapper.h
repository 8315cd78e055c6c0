#ifndef NPUSIM_TOOLS_ENEC_WRAPPER_H
#define NPUSIM_TOOLS_ENEC_WRAPPER_H
/*
 * The file that `npusim enec` writes, .enec: what an ENEC stream does not say of itself (b, n,
 * m, shape, a checksum) around one stream for each tensor. Numbers are little-endian.
 *
 *   0   8  89 45 4e 45 43 0d 0a 1a: "ENEC" between bytes that a transfer as text would change
 *   8   4  version, 1
 *  12   4  what was compressed: 0 a raw tensor, 1 a .safetensors file
 *  16   8  bytes of the text below
 *  24   8  tensors
 *  32   8  bytes of the whole .enec file
 *  40   8  XXH3 of the 40 bytes before, the text and the entries
 *  48      the text: the JSON header of the .safetensors file as it stood, blanks included;
 *          for a raw tensor one made up for it. Names, types and shapes are here
 *          an entry of 24 bytes for each tensor, in the order of their data:
 *             0  1  0 stored as it is, 1 an ENEC stream
 *             1  3  b, n, m; 0 when stored
 *             4  2  vector cores that the stream is for; 0 when stored
 *             6  2  0
 *             8  8  bytes in this file
 *            16  8  XXH3 of the tensor's own bytes
 *          the streams, in the same order
 *
 * The checksum is XXH3-64 of libxxhash: a tensor's is of what it is before compression, so it
 * vouches for the codec as well as for the file, and should cost little beside it. XXH3 reads
 * 7 GB/s on a core that zlib's CRC-32 takes at 2.8 and the codec at 2. Every byte of the file
 * is either checked or, as padding within a stream, of no effect.
 */
#include "kernels/enec/enec.h"
#include "sim/file_in.h"
#include "tools/safetensors.h"

#define ENEC_HEAD_BYTES 48
#define ENEC_ENTRY_BYTES 24

enum enec_kind { ENEC_RAW, ENEC_SAFETENSORS };

enum enec_coding { ENEC_STORED, ENEC_STREAM };

struct enec_entry {
    enum enec_coding coding;
    struct enec_params params; /* of a stream */
    uint64_t bytes, checksum;
    uint64_t at; /* in the file */
};

struct enec_index {
    enum enec_kind kind;
    struct text text;
    struct tensors tensors;
    struct enec_entry *entries; /* one for each tensor */
    uint64_t bytes;             /* of the whole file */
};

/* XXH3-64. */
uint64_t enec_checksum(const void *bytes, size_t length);

/* Bytes before the first stream. */
uint64_t enec_index_bytes(const struct enec_index *index);

/* Those bytes; `out` is initialised and empty. */
void enec_index_write(const struct enec_index *index, struct text *out);

/* Read and check all that is not in the streams. On failure `out` holds nothing. */
bool enec_index_read(const struct file_in *in, struct enec_index *out, struct diag *diag);
void enec_index_free(struct enec_index *index);

/* Tensor i as it was before compression, compared with its checksum, for the caller to free;
 * NULL on failure. */
uint8_t *enec_restore(const struct file_in *in, const struct enec_index *index, size_t i,
                      struct diag *diag);

/* Bytes of the file that was compressed. */
uint64_t enec_original_bytes(const struct enec_index *index);

#endif
