#ifndef NPUSIM_TOOLS_NPY_H
#define NPUSIM_TOOLS_NPY_H
/*
 * NumPy's .npy files: reading and writing one tensor. Versions 1.0 to 3.0, little endian, in
 * C order. Two element types have no NumPy type of their own:
 *
 *   bf16  its bits, as '<V2' (what ml_dtypes.bfloat16 saves; written so) or '<u2'
 *   i4    '|u1', two elements a byte, that of even index in the low half: of the tensor's shape
 *         with the last dimension halved; of one dimension if that is odd
 *
 * The format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
#include "kernels/ir/program.h"
#include "sim/diag.h"
#include "sim/text.h"

#define NPY_DIMS_MAX 8
#define NPY_HEADER_MAX 65536 /* bytes; NumPy itself writes 128 */

/* What the header of a file says. */
struct npy {
    char type[8]; /* "<f2"; empty: fields or Python objects */
    bool fortran; /* columns first */
    unsigned dims;
    uint64_t shape[NPY_DIMS_MAX];
};

/* How the tensor is written with the kernel's parameters. */
struct npy npy_of(const struct kernel *kernel, size_t tensor);

/* The magic number and the header, to the first byte of the data. */
void npy_header(const struct npy *npy, struct text *out);

/* Read a header from `length` bytes, the beginning of a file. *size: the bytes it takes, which
 * with a header that is cut short is what it would take. */
bool npy_parse(const char *file, const uint8_t *bytes, size_t length, struct npy *out,
               size_t *size, struct diag *diag);

/*
 * The elements of a file into `data`, which has the bytes of the tensor; with data NULL only
 * the header is read. False unless the file has the type and shape of the tensor and just its
 * bytes. Memory does not depend on what the file claims.
 */
bool npy_read(const char *path, const struct kernel *kernel, size_t tensor, uint8_t *data,
              struct diag *diag);

/* Replace a file, all at once. */
bool npy_write(const char *path, const struct kernel *kernel, size_t tensor,
               const uint8_t *data, struct diag *diag);

#endif
