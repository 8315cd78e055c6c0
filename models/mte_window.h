#ifndef NPUSIM_MODELS_MTE_WINDOW_H
#define NPUSIM_MODELS_MTE_WINDOW_H
/*
 * The window of a transfer engine: places that requests hold from being sent until they
 * arrive. They leave it in the order of arrival, whatever the order of the answers.
 */
#include "models/bound.h"

#include <stddef.h>

#define MTE_REQUESTS 256 /* the most places that a config may ask for */

struct mte_arrival {
    sim_time when;
    uint32_t missed; /* bytes that the request fetches from HBM */
    uint8_t reason;  /* enum gm_reason: what it spent most of its time on */
};

struct mte_window {
    unsigned taken;  /* places */
    uint64_t missed; /* bytes that their requests fetch from HBM */

    /* Those arrivals that are known, in their order. Only as much of the ring is used as the
     * largest window so far needs: the host's caches are small. */
    unsigned known, first;
    unsigned ring; /* a power of two */
    struct mte_arrival arrivals[MTE_REQUESTS];
};

void mte_window_init(struct mte_window *window);

/* At most so many places will be taken, no more than MTE_REQUESTS. */
void mte_window_fit(struct mte_window *window, unsigned places);

/* A request takes a place. */
static inline void mte_window_take(struct mte_window *window, uint32_t missed)
{
    window->taken++;
    window->missed += missed;
}

/* It is known when a request arrives that has taken a place, and missed as much. */
void mte_window_arrives(struct mte_window *window, struct mte_arrival arrival);

/* The first that arrives of those known, or NULL. */
static inline const struct mte_arrival *mte_window_first(const struct mte_window *window)
{
    return window->known == 0 ? NULL : &window->arrivals[window->first];
}

/* That request leaves its place. */
static inline void mte_window_leave(struct mte_window *window)
{
    window->missed -= window->arrivals[window->first].missed;
    window->taken--;
    window->known--;
    window->first = (window->first + 1) & (window->ring - 1);
}

#endif
