#include "models/mte_window.h"

#include "sim/assert.h"

#include <string.h>

void mte_window_init(struct mte_window *window)
{
    *window = (struct mte_window){ .ring = 1 };
}

void mte_window_fit(struct mte_window *window, unsigned places)
{
    struct mte_arrival known[MTE_REQUESTS];

    SIM_ASSERT(places <= MTE_REQUESTS);
    if (places <= window->ring)
        return;
    for (unsigned i = 0; i < window->known; i++)
        known[i] = window->arrivals[(window->first + i) & (window->ring - 1)];
    memcpy(window->arrivals, known, window->known * sizeof *known);
    window->first = 0;
    while (window->ring < places)
        window->ring *= 2;
}

/* Answers mostly come in the order of arrival, so the place is near the end. */
void mte_window_arrives(struct mte_window *window, struct mte_arrival arrival)
{
    struct mte_arrival *ring = window->arrivals;
    unsigned mask = window->ring - 1, at = (window->first + window->known) & mask;

    for (unsigned left = window->known++; left > 0; left--) {
        unsigned before = (at - 1) & mask;
        if (arrival.when >= ring[before].when)
            break;
        ring[at] = ring[before];
        at = before;
    }
    ring[at] = arrival;
}
