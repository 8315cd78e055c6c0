/* A regular file read in parts, by their place. Errors name the path and, where it matters,
 * the byte. */
#ifndef NPUSIM_SIM_FILE_IN_H
#define NPUSIM_SIM_FILE_IN_H

#include "sim/diag.h"

#include <stdint.h>

struct file_in {
    const char *path; /* must outlive it */
    int fd;
    uint64_t bytes; /* when it was opened */
};

/* What is no regular file has no places, and is refused. */
bool file_in_open(struct file_in *in, const char *path, struct diag *diag);
void file_in_close(struct file_in *in);

/* All of `length` bytes from `at` on. */
bool file_in_read(const struct file_in *in, uint64_t at, void *out, size_t length,
                  struct diag *diag);

#endif
