#ifndef NPUSIM_MODELS_TRAIL_H
#define NPUSIM_MODELS_TRAIL_H
/*
 * How a point of the run was reached: its critical path, of which points that were
 * reached the same way share what they can. Most operations hand on what they were
 * given and add time under one heading, so a trail is a profile that is counted, not
 * copied, and what was spent since under the last heading. All zeros: no time was spent.
 */
#include "models/bound.h"

#include <stddef.h>

struct trail {
    struct profile *profile; /* NULL: nothing */
    sim_time last;           /* spent since, all under ... */
    enum bound_id heading;
};

/* Of several trails, none of which changes it. */
struct profile {
    size_t holders;
    union {
        struct bound bound;
        struct profile *next; /* of the unused ones */
    };
};

/* Where profiles come from; the one given back last is the next to be used. */
struct trails {
    struct profile *unused;
    size_t held; /* of all that there are */
};

/* Nothing is held any more. */
void trails_free(struct trails *trails);

/* A trail like this one, to be dropped as well. */
static inline struct trail trail_hold(struct trail trail)
{
    if (trail.profile != NULL)
        trail.profile->holders++;
    return trail;
}

static inline void trail_drop(struct trails *trails, struct trail trail)
{
    struct profile *profile = trail.profile;
    if (profile == NULL || --profile->holders > 0)
        return;
    profile->next = trails->unused;
    trails->unused = profile;
    trails->held--;
}

/* `at` becomes the trail, which the caller need not drop any more. */
static inline void trail_give(struct trails *trails, struct trail *at, struct trail trail)
{
    trail_drop(trails, *at);
    *at = trail;
}

/* What was spent last becomes part of the profile. */
void trail_fold(struct trails *trails, struct trail *at);

/* Time is spent under a heading. */
static inline void trail_spend(struct trails *trails, struct trail *at, enum bound_id heading,
                               sim_time time)
{
    if (time == 0)
        return;
    if (at->heading != heading && at->last > 0)
        trail_fold(trails, at);
    at->heading = heading;
    at->last += time;
}

struct bound trail_bound(struct trail trail);

#endif
