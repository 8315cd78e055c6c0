/*
 * Simulated time and rates.
 *
 * Time is an integer count of picoseconds. Clocks (MHz) and links (MB/s) are
 * both "so many per microsecond", so one type and two exact conversions serve
 * cycles and bytes alike. Nothing accumulates a rounded period, so no domain
 * drifts: cycle n of any clock is rate_time(clock, n), computed afresh.
 *
 * 64 bits hold 213 days, far beyond any run; nothing here checks for overflow.
 */
#ifndef NPUSIM_SIM_TIME_H
#define NPUSIM_SIM_TIME_H

#include <stdint.h>

typedef uint64_t sim_time; /* picoseconds since reset */

#define SIM_NEVER UINT64_MAX
#define PS_PER_US UINT64_C(1000000)

/* MHz for a clock, MB/s for a link; never zero. */
struct rate {
    uint64_t per_us;
};

/* Of fewer units the time is below 2^63 in any rate, and a rate can be added to it. */
#define RATE_UNITS_PLAIN (UINT64_C(1) << 43)

/* When the n-th unit has been served. Rounds up: work never ends early. */
static inline sim_time rate_time(struct rate rate, uint64_t n)
{
    if (n < RATE_UNITS_PLAIN) /* nearly always: one division, not two */
        return (n * PS_PER_US + rate.per_us - 1) / rate.per_us;
    uint64_t rest = n % rate.per_us * PS_PER_US;
    return n / rate.per_us * PS_PER_US + (rest + rate.per_us - 1) / rate.per_us;
}

/* How many whole units have been served by time t. */
static inline uint64_t rate_count(struct rate rate, sim_time t)
{
    return t / PS_PER_US * rate.per_us + t % PS_PER_US * rate.per_us / PS_PER_US;
}

/* The first clock edge at or after t. */
static inline sim_time rate_align(struct rate clock, sim_time t)
{
    uint64_t n = rate_count(clock, t);
    sim_time edge = rate_time(clock, n);
    return edge >= t ? edge : rate_time(clock, n + 1);
}

#endif
