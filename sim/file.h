/* Whole files in and out. An error names the path, not a line. */
#ifndef NPUSIM_SIM_FILE_H
#define NPUSIM_SIM_FILE_H

#include "sim/diag.h"
#include "sim/text.h"

#define FILE_BYTES_MAX ((size_t)256 << 20)

/* Append the contents of a file, at most FILE_BYTES_MAX, to an initialised text.
 * `path` ends up in the diag, and must outlive it. */
bool file_read(const char *path, struct text *out, struct diag *diag);

/*
 * Replace a file, or create it, all at once: no reader and no crash can see half
 * of it. What is no regular file (a device, a pipe) is written to as it stands.
 */
bool file_write(const char *path, const char *bytes, size_t length, struct diag *diag);

/* Likewise, of several pieces, one after another. */
struct file_part {
    const void *bytes;
    size_t length;
};

bool file_write_parts(const char *path, const struct file_part *parts, size_t count,
                      struct diag *diag);

#endif
