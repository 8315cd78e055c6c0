#ifndef NPUSIM_MODELS_TRACE_H
#define NPUSIM_MODELS_TRACE_H
/*
 * A trace for chrome://tracing and Perfetto: one process per core, one lane
 * per pipe, flags as instant events, and counters of HBM and L2 bandwidth.
 * Only what touches the window is kept.
 */
#include "kernels/ir/op.h"
#include "models/traffic.h"
#include "sim/text.h"
#include "sim/time.h"

struct trace {
    struct traffic_sink sink; /* first: memory.c counts through it */
    struct text out;
    sim_time from, to; /* window, relative to origin */
    sim_time origin;   /* the start of the first task; SIM_NEVER: there was none yet */
    bool any;
    uint64_t bytes[2]; /* L2, HBM: in the bucket that is open */
    sim_time bucket;   /* its start */
};

void trace_init(struct trace *trace, sim_time from, sim_time to);
void trace_free(struct trace *trace);

/* A lane that a core has. */
void trace_lane(struct trace *trace, enum core_kind kind, unsigned core, enum pipe_id pipe);
void trace_span(struct trace *trace, enum core_kind kind, unsigned core, const struct kop *op,
                enum pipe_id pipe, sim_time start, sim_time end);

/* What a scalar unit did for a time. */
void trace_state(struct trace *trace, enum core_kind kind, unsigned core, const char *state,
                 sim_time start, sim_time end);

/* The finished JSON text; valid until trace_free. */
const struct text *trace_close(struct trace *trace);

#endif
