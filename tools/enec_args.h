#ifndef NPUSIM_TOOLS_ENEC_ARGS_H
#define NPUSIM_TOOLS_ENEC_ARGS_H
/* The command lines of npusim enec: the options, each subcommand with its own choice. */
#include "kernels/enec/enec.h"
#include "tools/args.h"
#include "tools/command.h"

#define ENEC_RANK_MAX 8

struct enec_args {
    const char *input; /* a file, or the name of a model */
    const char *output, *json;
    bool has_type;
    enum dtype type;
    uint64_t shape[ENEC_RANK_MAX];
    size_t rank;               /* 0: none was given */
    bool forced;               /* b, n and m were given */
    struct enec_params params; /* aivs always; b, n, m when forced */
    uint64_t elements, seed;
    struct diag *diag;
};

enum enec_key {
    ENEC_KEY_OUTPUT = 'o',
    ENEC_KEY_JSON = 1,
    ENEC_KEY_DTYPE,
    ENEC_KEY_SHAPE,
    ENEC_KEY_PARAMS,
    ENEC_KEY_AIVS,
    ENEC_KEY_ELEMENTS,
    ENEC_KEY_SEED,
};

#define ENEC_OPTION_OUTPUT(meaning)                                                            \
    {                                                                                          \
        "output", ENEC_KEY_OUTPUT, "FILE", 0, meaning, 0                                       \
    }
#define ENEC_OPTION_JSON                                                                       \
    {                                                                                          \
        "json", ENEC_KEY_JSON, "FILE|-", 0, "Write JSON, for - in place of the table", 0       \
    }
#define ENEC_OPTION_DTYPE                                                                      \
    {                                                                                          \
        "dtype", ENEC_KEY_DTYPE, "TYPE", 0, "Of a raw tensor: bf16, f16 or f32", 0             \
    }

/* Parse a subcommand's arguments; `what` is what its one argument is. */
bool enec_args_parse(int argc, char **argv, const struct argp_option *options, const char *what,
                     const char *doc, struct enec_args *out, struct diag *diag);

#endif
