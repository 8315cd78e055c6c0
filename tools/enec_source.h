#ifndef NPUSIM_TOOLS_ENEC_SOURCE_H
#define NPUSIM_TOOLS_ENEC_SOURCE_H
/* What is to be compressed or searched: a .safetensors file, by its name, or a raw tensor. */
#include "tools/enec_args.h"
#include "tools/enec_wrapper.h"

struct enec_source {
    struct file_in in;
    struct enec_index index; /* kind, text and tensors */
    uint64_t data;           /* where in the file the data begins */
};

/* args: input, and for a raw tensor its type and, perhaps, its shape. */
bool enec_source_open(struct enec_source *source, const struct enec_args *args,
                      struct diag *diag);
void enec_source_close(struct enec_source *source);

/* The data of tensor i, for the caller to free; NULL on failure. */
uint8_t *enec_source_read(const struct enec_source *source, size_t i, struct diag *diag);

#endif
