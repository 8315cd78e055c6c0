#ifndef NPUSIM_TOOLS_ENEC_COMMANDS_H
#define NPUSIM_TOOLS_ENEC_COMMANDS_H
/* The subcommands of npusim enec, all in the table below. */
#include "tools/command.h"

#include <stdbool.h>

/* X(name, meaning) */
#define ENEC_COMMANDS(X)                                                                       \
    X(compress, "compress a .safetensors file or a raw tensor")                                \
    X(decompress, "restore the file that was compressed")                                      \
    X(search, "find (b, n, m) for each tensor, as published")                                  \
    X(info, "what an .enec file holds")                                                        \
    X(synth, "make weights like those of a published model")                                   \
    X(bench, "ratio and speed beside zstd -1 and lz4")

#define X(name, meaning) command_fn enec_command_##name;
ENEC_COMMANDS(X)
#undef X

/* Whether output would not replace input. */
bool enec_is_other(const char *input, const char *output, struct diag *diag);

#endif
