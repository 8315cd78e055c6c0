/*
 * The discrete-event engine.
 *
 * A component embeds its events, one per thing it can be waiting for, and the
 * queue holds pointers to them: scheduling allocates nothing per event, and an
 * event can be cancelled in O(log n). Events fire in the order (time, phase,
 * order of scheduling). That order is total, so a run is reproducible.
 */
#ifndef NPUSIM_SIM_EVENT_H
#define NPUSIM_SIM_EVENT_H

#include "sim/time.h"

#include <stdbool.h>

/* Within one instant, what ends is seen before anything new begins. */
enum sim_phase {
    PHASE_COMPLETE, /* work ends; resources and flags are released */
    PHASE_ISSUE,    /* idle units look for work */
    PHASE_OBSERVE,  /* statistics and traces sample a settled machine */
};

struct sim;
typedef void event_fn(struct sim *sim, void *owner);

/* Initialised in place and never copied: the queue points at it while pending. */
struct event {
    const char *name;
    event_fn *fire;
    void *owner;
    const void *touches; /* what else firing it will want of the host's memory; or itself */
    enum sim_phase phase;
    uint32_t slot; /* private to event.c: 1 + position in the heap; 0 when idle */
};

/* name and owner must outlive the event. */
void event_init(struct event *ev, const char *name, enum sim_phase phase, event_fn *fire,
                void *owner);

static inline bool event_pending(const struct event *ev)
{
    return ev->slot != 0;
}

enum sim_end {
    SIM_DRAINED, /* nothing is left to happen */
    SIM_LIMIT,   /* what is left happens after `until` */
    SIM_STOPPED, /* sim_stop was called */
};

struct sim *sim_new(void);

/* Not from within an event. Events still pending are forgotten, not touched:
 * their owners may be gone. */
void sim_free(struct sim *sim);

sim_time sim_now(const struct sim *sim);

/* Events fired since sim_new. */
uint64_t sim_fired(const struct sim *sim);

/*
 * Schedule an idle event, now or later. "Now" must not be in a phase already
 * past. This makes phases mean something, and forbids work that takes no time:
 * what begins (ISSUE) cannot end (COMPLETE) within the same instant.
 */
void sim_at(struct sim *sim, struct event *ev, sim_time when);

/* Make sure ev fires no later than `when`; keeps an earlier appointment. */
void sim_wake(struct sim *sim, struct event *ev, sim_time when);

/* Forget a pending event; no effect on an idle one. */
void sim_cancel(struct sim *sim, struct event *ev);

/*
 * Fire events up to and including `until`, or until none is left, or until an
 * event calls sim_stop. Afterwards it is the time of the last event, or `until`
 * if that limit was reached; the run can be continued. Not from within an event.
 */
enum sim_end sim_run(struct sim *sim, sim_time until);

/* Let sim_run return as soon as the event being fired has. */
void sim_stop(struct sim *sim);

#endif
