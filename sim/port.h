/*
 * A port serves bytes at a finite rate, in the order they were asked for.
 *
 * Reserving is a calculation, not an event: it returns when the transfer
 * starts and when its last byte has passed, and books the time in between.
 * Requests are served first come first served; callers that want to share a
 * port fairly ask in bursts, never for a whole tensor at once.
 *
 * Times are whole picoseconds, but the port is exact: what one transfer was
 * rounded up by, the next one back to back with it gets back. So N bursts of b
 * bytes end exactly when one transfer of N * b bytes would.
 */
#ifndef NPUSIM_SIM_PORT_H
#define NPUSIM_SIM_PORT_H

#include "sim/assert.h"
#include "sim/time.h"

/* More than any memory holds, and few enough that bytes * PS_PER_US fits. */
#define PORT_BYTES_MAX (UINT64_C(1) << 43)

struct grant {
    sim_time start; /* the first byte begins to pass */
    sim_time done;  /* the last byte has passed */
};

/* Zero but for the rate, a port is new. */
struct port {
    struct rate bytes; /* MB/s, not 0 */
    sim_time free_at;  /* end of the last reservation, rounded up */
    uint64_t spare;    /* by how much: bytes * PS_PER_US left over, below one ps of service */
    uint64_t served_bytes;
};

/* Book the next `bytes` (at most PORT_BYTES_MAX), to start no sooner than `earliest`. */
static inline struct grant port_reserve(struct port *port, sim_time earliest, uint64_t bytes)
{
    SIM_ASSERT(bytes <= PORT_BYTES_MAX);

    sim_time start = port->free_at;
    if (start < earliest) { /* it has been idle, and idle time is not given back */
        start = earliest;
        port->spare = 0;
    }

    /* In units of a byte per microsecond for one picosecond, both sides are whole. */
    uint64_t work = bytes * PS_PER_US;
    sim_time serving = 0;
    if (work <= port->spare) {
        port->spare -= work;
    } else {
        work -= port->spare;
        serving = (work - 1) / port->bytes.per_us + 1;
        port->spare = serving * port->bytes.per_us - work;
    }

    port->free_at = start + serving;
    port->served_bytes += bytes;
    return (struct grant){ .start = start, .done = port->free_at };
}

#endif
