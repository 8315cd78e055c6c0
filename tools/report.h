#ifndef NPUSIM_TOOLS_REPORT_H
#define NPUSIM_TOOLS_REPORT_H
/* What the human and the JSON form of a result have in common: how its parts are
 * called, and figures that follow from those it holds. */
#include "tools/simulate.h"

/* "scalar", "cube", ... by pipe */
extern const char *const report_pipe_names[PIPE_COUNT];

/* The headings that took time, the longest first; returns how many. */
size_t report_bound_sorted(const struct bound *bound, enum bound_id out[BOUND_COUNT]);

/* What was run: a kernel, or of several launches the file. */
const char *report_name(const struct job *job, const struct result *result);

/* A parameter of a workload as it is written on the command line. */
struct report_param {
    const char *name;
    char value[KERNEL_TEXT_MAX];
    bool standard; /* it has the value it has when left out */
};

/* By number, from 0; false when there are no more. */
bool report_param(const struct workload *work, size_t index, struct report_param *out);

/* Whole cycles of the core clock. */
uint64_t report_cycles(const struct chip *chip, sim_time time);

/* 0 when there was no request. */
double report_hit_rate(const struct tensor_traffic *traffic);

/* Share of the requests to DRAM that found their rows open; 0 when there was none. */
double report_row_hit_rate(const struct dram_statistics *dram);

/* The most of some counts over their mean; 0 when all are 0. */
double report_imbalance(const uint64_t *counts, uint32_t count);

/* Over the time the cores ran; 10^9 bytes per second. */
double report_gbps(uint64_t bytes, sim_time time);

#endif
