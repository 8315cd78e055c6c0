#ifndef NPUSIM_MODELS_COST_H
#define NPUSIM_MODELS_COST_H
/*
 * What an operation costs its pipe, apart from waiting and from memory.
 *
 * Occupancy is how long the pipe cannot begin the next operation; the result
 * is there `latency` later. Numbers come from the chip's config only.
 */
#include "kernels/ir/op.h"
#include "models/params.h"

struct cost {
    uint64_t occupancy, latency; /* cycles */
    uint64_t conflict;           /* cycles of the occupancy that are due to UB banks */
};

struct cost cost_of(const struct params *params, const struct kop *op);

/* Transfers to and from GM take their time in mte.c; these are their fixed parts. */
struct mte_cost {
    struct rate rate;       /* of the engine, MB/s */
    uint64_t issue;         /* least occupancy, cycles */
    uint64_t latency;       /* of the engine itself, cycles */
    uint64_t row_extra;     /* of each row beyond its bytes, thousandths of a cycle */
    uint64_t row_least;     /* least time of a row, thousandths of a cycle */
    uint64_t request_least; /* least time of a request, thousandths of a cycle */
    uint64_t engine_bytes;  /* bytes per row that the engine moves, before any cast */
    uint64_t misses;        /* bytes on their way from HBM at most */
    uint32_t requests;      /* in flight at most */
    uint8_t path;           /* enum gm_path */
};

/* op touches GM, as `access` says. */
struct mte_cost cost_of_transfer(const struct params *params, const struct kop *op,
                                 const struct gm_access *access);

#endif
