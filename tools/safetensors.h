#ifndef NPUSIM_TOOLS_SAFETENSORS_H
#define NPUSIM_TOOLS_SAFETENSORS_H
/*
 * The header of a .safetensors file: 8 bytes, little-endian, the length of a JSON text; the
 * text; then the data of all tensors, with no gap. The text is an object with a member for
 * each tensor, {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]}, and perhaps one
 * "__metadata__" of strings.
 *
 * Errors give the byte of the file, `base` being where the text begins in it.
 */
#include "kernels/ir/dtype.h"
#include "sim/diag.h"
#include "sim/text.h"

#include <stddef.h>

#define SAFETENSORS_LENGTH 8                               /* bytes before the text */
#define SAFETENSORS_TEXT_MAX (UINT64_C(100) * 1000 * 1000) /* the format's own limit */
#define SAFETENSORS_DTYPE 16                               /* bytes of a name, with its end */

struct tensor {
    char *name;  /* without control characters, for showing */
    char *shape; /* "2x3"; "scalar" without dimensions */
    char dtype[SAFETENSORS_DTYPE];
    bool is_weight;        /* of a type that ENEC takes */
    enum dtype type;       /* then */
    uint64_t begin, bytes; /* in the data */
};

/* All tensors, in the order of their data, which they fill without a gap. */
struct tensors {
    struct tensor *at;
    size_t count;
    uint64_t bytes; /* of the data */
};

/* `text` ends in a zero byte that is not part of it. On failure `out` holds nothing. */
bool tensors_read(const struct text *text, const char *file, uint64_t base, struct tensors *out,
                  struct diag *diag);
void tensors_free(struct tensors *tensors);

/* Append the text for a single tensor, with blanks up to a length that is a multiple of 8. */
void tensors_describe(const char *name, enum dtype type, const uint64_t *shape, size_t rank,
                      struct text *out);

/* The name that the format has for a type that ENEC takes. */
const char *safetensors_dtype(enum dtype type);

#endif
