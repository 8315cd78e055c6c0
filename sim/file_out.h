/*
 * A file written in parts that appears all at once: until it is kept it lies beside its place
 * under another name. What is no regular file (a device, a pipe) is written to as it stands.
 */
#ifndef NPUSIM_SIM_FILE_OUT_H
#define NPUSIM_SIM_FILE_OUT_H

#include "sim/diag.h"
#include "sim/text.h"

#include <stdint.h>

struct file_out {
    const char *path; /* must outlive it */
    int fd;
    struct text temporary; /* empty: written to as it stands */
    char *target;          /* what the temporary will be called */
};

/* Once opened, it must be kept or dropped. */
bool file_out_open(struct file_out *out, const char *path, struct diag *diag);
bool file_out_add(struct file_out *out, const void *bytes, size_t length, struct diag *diag);

/* Write over bytes that were added before. */
bool file_out_patch(struct file_out *out, uint64_t at, const void *bytes, size_t length,
                    struct diag *diag);

/* Put the file in its place. On failure it is dropped. */
bool file_out_keep(struct file_out *out, struct diag *diag);

/* Forget it, as if it had never been opened. */
void file_out_drop(struct file_out *out);

#endif
