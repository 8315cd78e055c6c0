#ifndef NPUSIM_MODELS_CROSS_H
#define NPUSIM_MODELS_CROSS_H
/*
 * Signals between cores. Each core has counters; a signal reaches them some
 * time after it was sent. Who signals whom is said in kernels/ir/group.h.
 */
#include "kernels/ir/op.h"
#include "models/trail.h"

#include <stdbool.h>

#define CROSS_IDS 16     /* counters of a core */
#define CROSS_PENDING 15 /* signals a counter can hold */

struct cross_counter {
    sim_time when[CROSS_PENDING + 1];
    struct trail trail[CROSS_PENDING + 1];
    unsigned first, count;
};

struct core;
struct npu;

/* The core signals, at `when`, as the mark says. */
void cross_signal(struct core *core, const struct kmark *mark, sim_time when,
                  struct trail trail);

/*
 * Lower a counter by one. False when no signal has arrived by `now`: *when is
 * then the time of one on its way, or SIM_NEVER. Else the caller holds *trail.
 */
bool cross_take(struct core *core, int64_t id, sim_time now, sim_time *when,
                struct trail *trail);

/* Drop the trails of signals that nobody has waited for. */
void cross_clear(struct cross_counter *counter, struct trails *trails);

/* The core has come to sync_all at `when`; the last one releases all. */
void cross_sync_all(struct core *core, sim_time when, struct trail trail);

#endif
