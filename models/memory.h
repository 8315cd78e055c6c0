#ifndef NPUSIM_MODELS_MEMORY_H
#define NPUSIM_MODELS_MEMORY_H
/*
 * The way from a core to global memory: fabric, L2 slice, and on a miss an HBM
 * channel. Data lives in struct exec; this is only about time and traffic.
 *
 * A request is at most one L2 line. It is either answered at once with the
 * time at which its last byte arrives, or kept and answered later by a call.
 */
#include "models/bound.h"
#include "models/hbm.h"
#include "models/l2.h"
#include "models/params.h"
#include "models/traffic.h"
#include "sim/event.h"
#include "sim/port.h"

struct request;
typedef void request_fn(struct request *request);

struct request {
    uint64_t address; /* in device memory; [address, address + bytes) is in one line */
    uint32_t bytes;
    bool write;
    uint8_t path;    /* enum gm_path */
    uint16_t tensor; /* index, for the traffic counters */

    sim_time issued;
    sim_time arrival;           /* SIM_NEVER until answered */
    uint32_t missed;          /* bytes fetched from HBM for it */
    sim_time wait_l2, wait_hbm; /* of the time between, spent on either */
    request_fn *answered;       /* called when it was not answered at once */
    void *owner;
};

struct memory {
    struct l2 l2;
    struct hbm hbm;
    struct port *slices;
    uint32_t slice_count;
    sim_time request_latency, hit_latency, response_latency;
    struct traffic *traffic;
    uint64_t requests;
};

/* traffic is borrowed and must outlive the memory. */
void memory_init(struct memory *memory, const struct params *params, struct traffic *traffic);
void memory_free(struct memory *memory);

/* True when request->arrival is known on return. */
bool memory_submit(struct memory *memory, sim_time now, struct request *request);

#endif
