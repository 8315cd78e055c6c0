#ifndef NPUSIM_KERNELS_KERNEL_H
#define NPUSIM_KERNELS_KERNEL_H
/*
 * The built-in kernels. Each has a table of parameters, builds its IR for a
 * target, makes its inputs, and knows the right answer on its own: the
 * reference is plain C that shares nothing with the IR.
 */
#include "kernels/ir/module.h"
#include "kernels/ir/target.h"
#include "sim/diag.h"

#define KERNEL_ARGS_MAX 20
#define KERNEL_TEXT_MAX 48 /* bytes of an ARG_TEXT, with its end */

enum arg_kind {
    ARG_INT,
    ARG_WORD, /* one of a list; the value is its index */
    ARG_TEXT, /* any short text, for the kernel to read */
};

struct arg_spec {
    const char *name;
    enum arg_kind kind;
    int64_t min, max;         /* of an ARG_INT */
    const char *const *words; /* of an ARG_WORD, ending in NULL */
    int64_t standard;         /* when not given */
    bool required;
    const char *meaning;
};

/* What a kernel was asked for and what it became. */
struct workload {
    const struct kernel_spec *spec;
    int64_t args[KERNEL_ARGS_MAX];                /* by index in spec->args */
    char texts[KERNEL_ARGS_MAX][KERNEL_TEXT_MAX]; /* of the ARG_TEXTs; empty: not given */
    struct kmodule *module; /* of a .nk file, with the kernel in it; else NULL */
    struct kernel *kernel;  /* the first that is launched: it has the tensors of all */
    unsigned blocks; /* cores to launch it on: of the cube kind, or vector cores if there is no
                        cube program */
    unsigned all_blocks[CORE_KINDS]; /* of a .nk file: of a launch that does not say */
    unsigned warm_runs;              /* launches before the one that counts */
    int64_t chosen[8];               /* the kernel's own plan, for metrics and the reference */
    uint8_t *const *tensors; /* their storage, borrowed, NULL where there is none; NULL before
                                there is any */
};

/* How a result compares with the reference. */
struct verdict {
    bool checked; /* false: the kernel has no output to check */
    bool correct;
    double tolerance; /* |error| <= tolerance * max(1, |reference|); 0: exact */
    double worst;     /* largest |error| / max(1, |reference|) */
    uint64_t values, wrong;
    char first[160]; /* the first wrong value: where, found, expected */
};

/* Numbers a kernel adds to a result. */
struct metric {
    const char *name;
    double value;
};

#define KERNEL_METRICS_MAX 8

struct timing {
    double time_us, core_time_us, cycles; /* cycles of core_time */
};

struct kernel_spec {
    const char *name, *meaning;
    const struct arg_spec *args; /* ends with a NULL name */

    /* Choose a plan and build the IR; false when the shapes make no sense. */
    bool (*build)(struct workload *work, const struct target *target, struct diag *diag);

    /* Fill an input tensor. */
    void (*fill)(const struct workload *work, size_t tensor, uint8_t *data, uint64_t seed);

    /* After a run, with or without data: look at the tensors that have storage for what the
     * metrics need, and keep it in work->chosen; NULL: nothing to look at. */
    void (*conclude)(struct workload *work, uint8_t *const *tensors);

    /* Compare the outputs, given all tensors; NULL: nothing to compare. */
    void (*check)(const struct workload *work, uint8_t *const *tensors,
                  struct verdict *verdict);

    size_t (*metrics)(const struct workload *work, const struct timing *timing,
                      struct metric out[KERNEL_METRICS_MAX]);
};

extern const struct kernel_spec *const kernel_specs[]; /* ends in NULL */

const struct kernel_spec *kernel_spec_find(const char *name);

/* Set args from "key=value" words; unknown keys, bad values and repeats are errors. */
bool workload_parse(struct workload *work, const struct kernel_spec *spec,
                    const char *const *words, size_t count, struct diag *diag);

/* Parse, then build and verify the IR for the target. */
bool workload_build(struct workload *work, const struct kernel_spec *spec,
                    const char *const *words, size_t count, const struct target *target,
                    struct diag *diag);
void workload_free(struct workload *work);

/* One after another: the kernels of a .nk file, or the one that was built. */
struct launch {
    const struct kernel *kernel;
    unsigned blocks;
};

size_t workload_launches(const struct workload *work);
struct launch workload_launch(const struct workload *work, size_t index);

/* The value of an argument by name; the name must exist. */
int64_t workload_arg(const struct workload *work, const char *name);

#endif
