#include "models/trail.h"

#include "sim/assert.h"
#include "sim/mem.h"

_Static_assert(BOUND_COUNT <= 1 << (63 - SPELL_BITS),
               "a heading fits above a time, and a carry");

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

/* The trail's own profile, of which it shares no part. */
static struct bound *own_profile(struct trails *trails, struct trail *at)
{
    struct profile *profile = at->profile;

    if (profile == NULL || profile->holders > 1) {
        profile = new_profile(trails);
        profile->bound = at->profile == NULL ? (struct bound){ 0 } : at->profile->bound;
        trail_drop(trails, *at);
        at->profile = profile;
    }
    return &profile->bound;
}

static void add_spells(struct bound *bound, const struct trail *trail)
{
    for (int i = 0; i < 2; i++)
        bound->spent[trail->last[i] >> SPELL_BITS] += trail->last[i] & SPELL_TIME;
}

void trail_turn(struct trails *trails, struct trail *at, enum bound_id heading, sim_time time)
{
    if (time == 0)
        return;
    uint64_t next = (uint64_t)heading << SPELL_BITS | time;
    for (int i = 0; time <= SPELL_TIME && i < 2; i++) {
        if ((at->last[i] & SPELL_TIME) == 0) {
            at->last[i] = next;
            return;
        }
    }

    struct bound *bound = own_profile(trails, at);
    add_spells(bound, at);
    at->last[0] = at->last[1] = 0;
    if (time <= SPELL_TIME)
        at->last[0] = next;
    else
        bound->spent[heading] += time;
}

struct bound trail_bound(struct trail trail)
{
    struct bound bound = { 0 };
    if (trail.profile != NULL)
        bound = trail.profile->bound;
    add_spells(&bound, &trail);
    return bound;
}
