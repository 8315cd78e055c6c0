/* The header of a .npy file: a magic number, a version, a length, and a Python dictionary. */
#include "tools/npy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6
#define ALIGN 64 /* the data begins at a multiple, so that it can be mapped */

/* --- reading --- */

struct reader {
    const char *file;
    const char *at, *end;
    struct diag *diag;
};

static bool fail(const struct reader *reader, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(const struct reader *reader, const char *fmt, ...)
{
    char what[160];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return diag_fail(reader->diag, (struct loc){ .file = reader->file }, "%s", what);
}

static bool expected(const struct reader *reader, const char *what)
{
    char found[16] = "its end";
    unsigned char first = reader->at < reader->end ? (unsigned char)*reader->at : 0;
    if (first > ' ' && first <= '~')
        snprintf(found, sizeof found, "'%c'", first);
    else if (reader->at < reader->end)
        snprintf(found, sizeof found, "byte 0x%02x", first);
    return fail(reader, "found %s in the header; expected %s", found, what);
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL &&
           *reader->at != '\0')
        reader->at++;
}

static bool accept(struct reader *reader, const char *text)
{
    size_t length = strlen(text);
    skip_blanks(reader);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, text, length) != 0)
        return false;
    reader->at += length;
    return true;
}

static bool take(struct reader *reader, const char *text)
{
    char quoted[8];
    snprintf(quoted, sizeof quoted, "'%s'", text);
    return accept(reader, text) || expected(reader, quoted);
}

/* A Python string without escapes, shorter than `size`. */
static bool take_string(struct reader *reader, char *out, size_t size)
{
    skip_blanks(reader);
    char quote = reader->at < reader->end ? *reader->at : '\0';
    if (quote != '\'' && quote != '"')
        return expected(reader, "a string");
    const char *from = ++reader->at;
    while (reader->at < reader->end && *reader->at != quote)
        reader->at++;
    size_t length = (size_t)(reader->at - from);
    if (reader->at == reader->end || length >= size || memchr(from, '\\', length) != NULL ||
        memchr(from, '\0', length) != NULL)
        return fail(reader, "a string of the header is not closed, or too long");
    reader->at++;
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

static bool take_size(struct reader *reader, uint64_t *out)
{
    skip_blanks(reader);
    const char *from = reader->at;
    *out = 0;
    for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
        if (*out > UINT64_MAX / 10 - 1)
            return fail(reader, "a dimension of the header is too large");
        *out = *out * 10 + (uint64_t)(*reader->at - '0');
    }
    return reader->at != from || expected(reader, "a whole number");
}

static bool take_shape(struct reader *reader, struct npy *out)
{
    if (!take(reader, "("))
        return false;
    while (!accept(reader, ")")) {
        if (out->dims == NPY_DIMS_MAX)
            return fail(reader, "it has more than %d dimensions", NPY_DIMS_MAX);
        if (!take_size(reader, &out->shape[out->dims++]))
            return false;
        accept(reader, "L"); /* as Python 2 wrote them */
        if (!accept(reader, ","))
            return out->dims > 1 ? take(reader, ")") : expected(reader, "','");
    }
    return true;
}

static bool take_truth(struct reader *reader, bool *out)
{
    *out = accept(reader, "True");
    return *out || accept(reader, "False") || expected(reader, "True or False");
}

static bool take_type(struct reader *reader, struct npy *out)
{
    skip_blanks(reader);
    if (reader->at < reader->end && *reader->at == '[')
        return fail(reader, "its elements have fields; expected plain numbers");
    return take_string(reader, out->type, sizeof out->type);
}

/* {'descr': '<f2', 'fortran_order': False, 'shape': (3, 4), }, the keys in any order. */
static bool take_dictionary(struct reader *reader, struct npy *out)
{
    static const char *const names[] = { "descr", "fortran_order", "shape" };
    unsigned seen = 0;
    char key[16];

    if (!take(reader, "{"))
        return false;
    while (!accept(reader, "}")) {
        unsigned which = 0;
        if (!take_string(reader, key, sizeof key) || !take(reader, ":"))
            return false;
        while (which < 3 && strcmp(key, names[which]) != 0)
            which++;
        if (which == 3 || (seen >> which & 1) != 0)
            return fail(reader, "its header has the key '%s'%s", key,
                        which == 3 ? "; expected descr, fortran_order and shape" : " twice");
        seen |= 1u << which;
        if (!(which == 0   ? take_type(reader, out)
              : which == 1 ? take_truth(reader, &out->fortran)
                           : take_shape(reader, out)))
            return false;
        if (!accept(reader, ",")) {
            if (!take(reader, "}"))
                return false;
            break;
        }
    }
    return seen == 7 || fail(reader, "its header lacks descr, fortran_order or shape");
}

bool npy_parse(const char *file, const uint8_t *bytes, size_t length, struct npy *out,
               size_t *size, struct diag *diag)
{
    struct reader reader = { .file = file, .diag = diag };
    size_t text, prefix;

    *out = (struct npy){ .dims = 0 };
    *size = 12;
    if (length < MAGIC_BYTES || memcmp(bytes, MAGIC, MAGIC_BYTES) != 0)
        return fail(&reader, "it is no .npy file: it does not begin as one");
    if (length < 12)
        return fail(&reader, "it ends in its header");
    if (bytes[6] < 1 || bytes[6] > 3)
        return fail(&reader, "its version is %u.%u; expected 1.0 to 3.0", bytes[6], bytes[7]);
    prefix = bytes[6] == 1 ? 10 : 12;
    text = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] != 1)
        text |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (text > NPY_HEADER_MAX)
        return fail(&reader, "its header has %zu bytes; expected at most %d", text,
                    NPY_HEADER_MAX);
    *size = prefix + text;
    if (length < *size)
        return fail(&reader, "it ends in its header");
    reader.at = (const char *)bytes + prefix;
    reader.end = reader.at + text;
    if (!take_dictionary(&reader, out))
        return false;
    skip_blanks(&reader);
    return reader.at == reader.end || expected(&reader, "its end");
}

/* --- writing --- */

void npy_header(const struct npy *npy, struct text *out)
{
    struct text words;
    text_init(&words);

    text_addf(&words, "{'descr': '%s', 'fortran_order': %s, 'shape': (", npy->type,
              npy->fortran ? "True" : "False");
    for (unsigned d = 0; d < npy->dims; d++)
        text_addf(&words, d == 0 ? "%" PRIu64 : ", %" PRIu64, npy->shape[d]);
    text_addf(&words, npy->dims == 1 ? ",), }" : "), }");
    while ((10 + words.length + 1) % ALIGN != 0)
        text_add(&words, " ", 1);
    text_add(&words, "\n", 1);

    const char prefix[] = { 1, 0, (char)(words.length & 0xff), (char)(words.length >> 8) };
    text_add(out, MAGIC, MAGIC_BYTES);
    text_add(out, prefix, sizeof prefix);
    text_add(out, words.at, words.length);
    text_free(&words);
}
