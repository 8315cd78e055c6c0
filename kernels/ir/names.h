#ifndef NPUSIM_KERNELS_IR_NAMES_H
#define NPUSIM_KERNELS_IR_NAMES_H
/*
 * Numbers names in order of arrival. A hash table, so that a kernel with many
 * tiles and many operands is read and checked in linear time.
 */
#include "kernels/ir/program.h"

struct names {
    char (*at)[KNAME_MAX]; /* by number */
    size_t count;
    uint32_t *slots; /* 1 + a number, or 0; a power of two of them, at most half full */
    size_t slot_count;
};

/* Begins as all zero. */
void names_free(struct names *names);

/* The number of a name, or -1. */
int names_find(const struct names *names, const char *name);

/* A name not there yet gets the number `count`. */
void names_add(struct names *names, const char *name);

#endif
