#ifndef NPUSIM_TOOLS_COMMAND_H
#define NPUSIM_TOOLS_COMMAND_H
/* The subcommands of npusim: one per file, all in the table below. */
#include "sim/diag.h"

/* What a subcommand returns, and the exit code of the process. */
enum status {
    STATUS_RIGHT,
    STATUS_FAILED,    /* a wrong result, a deadlock, an error too large */
    STATUS_BAD_INPUT, /* what was asked makes no sense; nothing was written */
};

/* argv[0] is "npusim <name>". What is wrong goes into diag, and main prints it. */
typedef enum status command_fn(int argc, char **argv, struct diag *diag);

/* X(name, meaning) */
#define COMMANDS(X)                                                                            \
    X(run, "simulate a kernel on a chip: is it right, how long does it take, and why")         \
    X(reproduce, "compute the figures of a paper and check its claims")                        \
    X(validate, "compare simulated with published times")                                      \
    X(calibrate, "fit the free parameters of the configs to published times")                  \
    X(list, "what there is: kernels, chips, operations, models")                               \
    X(config, "show every parameter of a chip and where its value comes from")                 \
    X(asm, "verify a .nk file and summarise it")                                               \
    X(print, "print a kernel in its canonical text form")                                      \
    X(check, "verify a .nk file, and run it when a chip is given")                             \
    X(enec, "compress weights with the ENEC codec, restore them, look into the files")         \
    X(bench, "measure the speed of the simulator itself")

#define X(name, meaning) command_fn command_##name;
COMMANDS(X)
#undef X

#endif
