#ifndef NPUSIM_TOOLS_SIMULATE_H
#define NPUSIM_TOOLS_SIMULATE_H
/*
 * The one way to run a thing, whichever subcommand asks: a built-in kernel or a
 * .nk file, on a chip, with or without data.
 */
#include "kernels/ir/finding.h"
#include "kernels/kernel.h"
#include "models/npu.h"
#include "tools/command.h"
#include "tools/compare.h"
#include "tools/user_data.h"
#include "tools/words.h"

/* All of it is borrowed. */
struct job {
    const struct chip *chip;
    const char *kernel;  /* the name of a built-in, or a path that ends in .nk */
    struct words params; /* key=value; see nk_workload.h for those of a .nk file */
    struct words frees;  /* what costs nothing: "op=vconv", "tensor=workspace" */
    struct words sets;   /* what was changed in the chip, for the record: "core.clock=1500" */
    bool timing;         /* no data: only control is computed */
    bool unchecked;      /* with data, but no checker follows it */
    uint64_t seed;       /* of the inputs */
    struct user_words user;  /* tensors from and to files */
    const double *tolerance; /* of --expect; NULL: that of the element type */
    struct trace *trace;     /* NULL: none */
};

struct result {
    struct workload work; /* its spec is NULL for a .nk file */
    struct run run;       /* of the run that counts, the last: the sum of its launches */
    struct run *launches; /* each alone, by their order in the workload */
    struct verdict verdict;
    struct comparison *comparisons; /* of --expect, in the order of the tensors */
    size_t comparison_count;
    struct timing timing;
    struct metric metrics[KERNEL_METRICS_MAX];
    size_t metric_count;
    struct text report;       /* of a deadlock: a line per core that is stuck */
    struct findings findings; /* of the checker; none when it did not follow the run */
};

/* The kernel that a job names, built for its chip. Free it, on failure too. */
bool simulate_build(const struct job *job, struct workload *work, struct diag *diag);

/*
 * STATUS_RIGHT: it ran to its end, and the files of --out are written; whether the result is
 * right says the verdict.
 * STATUS_FAILED: it did not, and diag says why. STATUS_BAD_INPUT: it was never
 * begun. Free the result in any case.
 */
enum status simulate(const struct job *job, struct result *result, struct diag *diag);
void result_free(struct result *result);

/* Whether the output differs from the reference, or the checker has found an error. */
static inline bool result_wrong(const struct result *result)
{
    return (result->verdict.checked && !result->verdict.correct) ||
           result->findings.errors != 0;
}

#endif
