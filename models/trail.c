#include "models/trail.h"

#include "sim/assert.h"
#include "sim/mem.h"

void trails_free(struct trails *trails)
{
    SIM_ASSERT(trails->held == 0);
    for (struct profile *profile = trails->unused; profile != NULL;) {
        struct profile *next = profile->next;
        mem_free(profile);
        profile = next;
    }
    trails->unused = NULL;
}

static struct profile *new_profile(struct trails *trails)
{
    struct profile *profile = trails->unused;

    if (profile == NULL)
        profile = mem_lines(1, sizeof *profile);
    else
        trails->unused = profile->next;
    trails->held++;
    profile->holders = 1;
    return profile;
}

void trail_fold(struct trails *trails, struct trail *at)
{
    struct profile *profile = at->profile;

    if (profile == NULL || profile->holders > 1) {
        profile = new_profile(trails);
        profile->bound = at->profile == NULL ? (struct bound){ 0 } : at->profile->bound;
        trail_drop(trails, *at);
        at->profile = profile;
    }
    profile->bound.spent[at->heading] += at->last;
    at->last = 0;
}

struct bound trail_bound(struct trail trail)
{
    struct bound bound = { 0 };
    if (trail.profile != NULL)
        bound = trail.profile->bound;
    bound.spent[trail.heading] += trail.last;
    return bound;
}
