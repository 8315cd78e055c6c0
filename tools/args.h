#ifndef NPUSIM_TOOLS_ARGS_H
#define NPUSIM_TOOLS_ARGS_H
/*
 * The command line of one subcommand, read by argp. Unlike argp alone, a
 * mistake becomes one line in a diag, with a suggestion, and nothing is printed
 * or exited but for --help.
 */
#include "models/params.h"
#include "sim/diag.h"
#include "tools/words.h"

#include <argp.h>

/*
 * The parser of `argp` finds `input` in its state; it returns EINVAL after
 * diag_fail, and ARGP_ERR_UNKNOWN for what is not its own. `flags` are argp's.
 */
bool args_parse(const struct argp *argp, unsigned flags, int argc, char **argv, void *input,
                struct diag *diag);

/* A whole number from 0 up; `what` is the option it was given for. */
bool args_number(const char *what, const char *word, uint64_t *out, struct diag *diag);

/* A chip with each "section.name=value" applied. NULL on failure. */
struct chip *args_chip(const char *name, const struct words *sets, struct diag *diag);

#endif
