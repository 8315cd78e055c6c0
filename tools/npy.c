#include "tools/npy.h"

#include "sim/file_out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* By enum dtype: how it is written, and what else is read. */
static const struct {
    const char *type, *also;
} numpy_types[DT_COUNT] = {
    [DT_f16] = { "<f2", NULL }, [DT_bf16] = { "<V2", "<u2" }, [DT_f32] = { "<f4", NULL },
    [DT_i4] = { "|u1", NULL },  [DT_i8] = { "|i1", NULL },    [DT_u8] = { "|u1", NULL },
    [DT_i16] = { "<i2", NULL }, [DT_u16] = { "<u2", NULL },   [DT_i32] = { "<i4", NULL },
    [DT_u32] = { "<u4", NULL }, [DT_i64] = { "<i8", NULL },   [DT_u64] = { "<u8", NULL },
};

struct npy npy_of(const struct kernel *kernel, size_t tensor)
{
    const struct ktensor *info = &kernel->tensors[tensor];
    struct npy npy = { .dims = info->dims };
    uint64_t elements = 1;

    snprintf(npy.type, sizeof npy.type, "%s", numpy_types[info->dtype].type);
    for (unsigned d = 0; d < info->dims; d++) {
        npy.shape[d] = (uint64_t)ktensor_dim(kernel, tensor, d);
        elements *= npy.shape[d];
    }
    if (info->dtype != DT_i4)
        return npy;
    if (npy.shape[npy.dims - 1] % 2 == 0) {
        npy.shape[npy.dims - 1] /= 2;
    } else {
        npy.dims = 1;
        npy.shape[0] = dtype_bytes(DT_i4, elements);
    }
    return npy;
}

/* The order of bytes means nothing to bytes and to what is no number. */
static bool same_type(const char *found, const char *wanted)
{
    bool unordered = wanted != NULL && (wanted[2] == '1' || wanted[1] == 'V');
    return wanted != NULL && found[0] != '\0' && strcmp(found + 1, wanted + 1) == 0 &&
           (found[0] == wanted[0] ||
            (unordered && (found[0] == '|' || found[0] == '<' || found[0] == '=')));
}

static void describe(const struct npy *npy, struct text *out)
{
    text_addf(out, "'%s' (", npy->type);
    for (unsigned d = 0; d < npy->dims; d++)
        text_addf(out, d == 0 ? "%" PRIu64 : ", %" PRIu64, npy->shape[d]);
    text_addf(out, npy->dims == 1 ? ",)" : ")");
}

static bool agrees(const char *path, const struct kernel *kernel, size_t tensor,
                   const struct npy *found, struct diag *diag)
{
    const struct ktensor *info = &kernel->tensors[tensor];
    struct npy wanted = npy_of(kernel, tensor);
    bool same = (same_type(found->type, wanted.type) ||
                 same_type(found->type, numpy_types[info->dtype].also)) &&
                found->dims == wanted.dims &&
                memcmp(found->shape, wanted.shape, wanted.dims * sizeof *wanted.shape) == 0;
    unsigned long_dims = 0; /* columns first is rows first unless two dimensions are long */
    for (unsigned d = 0; d < found->dims; d++)
        long_dims += found->shape[d] > 1;

    if (same && found->fortran && long_dims > 1)
        return diag_fail(diag, (struct loc){ .file = path },
                         "found Fortran order; expected C order, as of "
                         "numpy.ascontiguousarray, for tensor '%s'",
                         info->name);
    if (same)
        return true;

    struct text words;
    text_init(&words);
    text_addf(&words, "found ");
    describe(found, &words);
    text_addf(&words, "; expected ");
    describe(&wanted, &words);
    diag_fail(diag, (struct loc){ .file = path }, "%s for tensor '%s', %s", words.at,
              info->name, dtype_info[info->dtype].name);
    text_free(&words);
    return false;
}

static bool fail_read(const char *path, FILE *file, const char *what, struct diag *diag)
{
    return diag_fail(diag, (struct loc){ .file = path }, "%s",
                     ferror(file) ? strerror(errno) : what);
}

static bool read_header(const char *path, FILE *file, struct npy *out, struct diag *diag)
{
    uint8_t bytes[NPY_HEADER_MAX + 12];
    struct diag ignored = { 0 };
    size_t size, got = fread(bytes, 1, 12, file);

    if (ferror(file))
        return fail_read(path, file, "", diag);
    /* The first call says how much there is to read. */
    if (!npy_parse(path, bytes, got, out, &size, &ignored) && size > got && got == 12)
        got += fread(bytes + got, 1, size - got, file);
    if (ferror(file))
        return fail_read(path, file, "", diag);
    return npy_parse(path, bytes, got, out, &size, diag);
}

static bool read_data(const char *path, FILE *file, uint8_t *data, uint64_t bytes,
                      struct diag *diag)
{
    uint64_t got = fread(data, 1, bytes, file);
    char what[96];

    if (got == bytes && fgetc(file) == EOF && !ferror(file))
        return true;
    if (got == bytes)
        return fail_read(path, file, "there are bytes after its last element", diag);
    snprintf(what, sizeof what, "it ends after %" PRIu64 " bytes of data; expected %" PRIu64,
             got, bytes);
    return fail_read(path, file, what, diag);
}

bool npy_read(const char *path, const struct kernel *kernel, size_t tensor, uint8_t *data,
              struct diag *diag)
{
    FILE *file = fopen(path, "rb");
    struct npy found;
    uint64_t bytes;

    if (file == NULL)
        return diag_fail(diag, (struct loc){ .file = path }, "cannot open: %s",
                         strerror(errno));
    bool ok = read_header(path, file, &found, diag) &&
              agrees(path, kernel, tensor, &found, diag) &&
              ktensor_bytes(kernel, tensor, &bytes) &&
              (data == NULL || read_data(path, file, data, bytes, diag));
    fclose(file);
    return ok;
}

bool npy_write(const char *path, const struct kernel *kernel, size_t tensor,
               const uint8_t *data, struct diag *diag)
{
    struct npy npy = npy_of(kernel, tensor);
    struct file_out out;
    struct text header;
    uint64_t bytes;

    if (!ktensor_bytes(kernel, tensor, &bytes) || !file_out_open(&out, path, diag))
        return false;
    text_init(&header);
    npy_header(&npy, &header);
    bool ok = file_out_add(&out, header.at, header.length, diag) &&
              file_out_add(&out, data, bytes, diag);
    text_free(&header);
    if (ok)
        return file_out_keep(&out, diag);
    file_out_drop(&out);
    return false;
}
