#ifndef NPUSIM_MODELS_MEMORY_H
#define NPUSIM_MODELS_MEMORY_H
/*
 * The way from a core to global memory: fabric, L2 slice, and on a miss an HBM
 * channel. Data lives in struct exec; this is only about time and traffic.
 *
 * A request is at most one L2 line. It is answered at once when the time at which
 * its last byte arrives is known then, and by a call when it becomes known. A slice
 * has a bounded number of lines on their way from HBM and of lines being written
 * back: a request that needs one more is held until one is free, while hits pass it.
 * Who asks for a line on its way waits for the same fetch.
 */
#include "models/bound.h"
#include "models/dram.h"
#include "models/l2.h"
#include "models/params.h"
#include "models/traffic.h"
#include "sim/event.h"
#include "sim/histogram.h"
#include "sim/port.h"

struct request;

/* In PHASE_ISSUE: request->arrival, which is still to come, has become known. */
typedef void request_fn(struct request *request);

/* Owned by the caller and left alone until it is answered. */
struct request {
    uint64_t address; /* in device memory; [address, address + bytes) is in one line */
    uint32_t bytes;
    bool write;
    uint8_t path;    /* enum gm_path */
    uint16_t tensor; /* index, for the traffic counters */
    request_fn *answered;
    void *owner;

    sim_time issued;
    sim_time arrival;           /* SIM_NEVER until answered */
    uint32_t missed;            /* bytes fetched from HBM for it */
    sim_time wait_l2, wait_hbm; /* of the time between, spent on either */

    /* Private, from submission on. */
    sim_time taken;       /* the slice has taken it in */
    struct request *next; /* of those held, or of those that wait for a fetch */
};

struct memory;
struct slice;

struct request_list {
    struct request *first, *last;
};

/* A line, or part of one, on its way from HBM. */
struct fetch {
    struct dram_request dram;
    struct slice *slice;
    uint8_t sectors;
    sim_time there; /* when it is in the slice; SIM_NEVER until known */
    bool marks;     /* the line is marked in the L2, and this is to remove the mark */
    struct request_list waiting;
    struct fetch *next; /* of the free ones */
};

/* A line being written back. */
struct victim {
    struct dram_request dram;
    struct slice *slice;
    struct victim *next; /* of the free ones */
};

struct slice {
    struct memory *memory;
    struct port port;
    struct fetch *fetches, *free_fetch, *last_free_fetch; /* free ones in order of getting so */
    uint32_t *lines; /* of each fetch, apart from it, for one is looked for among all */
    struct victim *victims, *free_victim;
    struct request_list held; /* for want of a fetch or a victim */
};

struct memory {
    struct sim *sim;
    struct l2 l2;
    struct dram *dram;
    struct slice *slices;
    uint32_t slice_count, channel_count;
    uint32_t fetch_count; /* of a slice */
    sim_time request_latency, hit_latency, miss_latency, response_latency;
    sim_time dram_latency; /* of the controller, beside that of the DRAM */
    sim_time dram_access;  /* of an idle bank, to the first byte */
    struct traffic *traffic;
    uint64_t requests;
    struct histogram latency; /* of reads, from issue to arrival, ps */
};

/* sim and traffic are borrowed and must outlive the memory. */
void memory_init(struct memory *memory, struct sim *sim, const struct params *params,
                 struct traffic *traffic);
void memory_free(struct memory *memory);

/*
 * Send a request at `when`, now or a little later. True when request->arrival is
 * known on return; else request->answered is called once it is, never from within.
 */
bool memory_submit(struct memory *memory, sim_time when, struct request *request);

/* A request to this address follows soon. Tags are too many for the host's caches: it is
 * made to fetch those that the request will want, which are here. */
static inline const void *memory_expect(const struct memory *memory, uint64_t address)
{
    return l2_expect(&memory->l2, address / L2_LINE);
}

#define MEMORY_PLACES_MAX 256 /* slices, and pseudo-channels */

/* How the memory did over some time. */
struct memory_profile {
    struct histogram latency; /* of reads, from issue to arrival, ps */
    struct dram_statistics dram;
    uint32_t slices, channels;
    uint64_t slice_bytes[MEMORY_PLACES_MAX], channel_bytes[MEMORY_PLACES_MAX];
};

void memory_profile(const struct memory *memory, struct memory_profile *out);
void memory_clear_profile(struct memory *memory);

#endif
