#ifndef NPUSIM_MODELS_TRAIL_H
#define NPUSIM_MODELS_TRAIL_H
/*
 * How a point of the run was reached: its critical path, of which points that were
 * reached the same way share what they can. Most operations hand on what they were
 * given and add time under one of a few headings in turn, so a trail is a profile that is
 * counted, not copied, and what was spent since under the last two. All zeros: no time was
 * spent.
 */
#include "models/bound.h"

#include <stdbool.h>
#include <stddef.h>

/* A spell is time under one heading, which is in the bits above it. So much fits, 20 hours;
 * more is at once part of the profile. */
#define SPELL_BITS 56
#define SPELL_TIME ((UINT64_C(1) << SPELL_BITS) - 1)

struct trail {
    struct profile *profile; /* NULL: nothing */
    uint64_t last[2];        /* spells since; no time: unused */
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

/* Time is spent under another heading than of late, or too long a time. */
void trail_turn(struct trails *trails, struct trail *at, enum bound_id heading, sim_time time);

/* Whether a spell took time (below 2^63 ps) of that heading: it does unless something is left
 * above SPELL_BITS, the difference of the headings or what the sum carries. */
static inline bool spell_lasts(uint64_t *spell, enum bound_id heading, sim_time time)
{
    if (((*spell ^ (uint64_t)heading << SPELL_BITS) + time) >> SPELL_BITS != 0)
        return false;
    *spell += time;
    return true;
}

/* Time is spent under a heading. */
static inline void trail_spend(struct trails *trails, struct trail *at, enum bound_id heading,
                               sim_time time)
{
    if (!spell_lasts(&at->last[0], heading, time) && !spell_lasts(&at->last[1], heading, time))
        trail_turn(trails, at, heading, time);
}

struct bound trail_bound(struct trail trail);

#endif
