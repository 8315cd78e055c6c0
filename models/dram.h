#ifndef NPUSIM_MODELS_DRAM_H
#define NPUSIM_MODELS_DRAM_H
/*
 * DRAM behind a cache: pseudo-channels of banks with open rows, and in front of
 * each a controller with bounded queues that serves first what the data bus can take
 * first, and of that the oldest.
 *
 * Times are exact, but a request costs one event: when its turn comes, the cycles
 * of its precharges, activates and column accesses are worked out by formula and
 * committed, and its place in the queue is free. Its turn comes at most a lead of
 * tRP + tRCD + tFAW before its data could be on the bus, so that rows are opened
 * behind the data of others. What arrives later cannot overtake it: on a lightly
 * loaded channel a row hit may wait for a conflict, for less than the lead. A refresh
 * waits for what is committed, for as long at most.
 */
#include "models/dram_map.h"
#include "models/dram_timing.h"
#include "sim/event.h"

#include <stdbool.h>
#include <stdint.h>

/* There are no defaults; dram_new asserts that the shape is possible. */
struct dram_config {
    struct rate clock; /* MHz; of commands, two bits per pin and clock */
    struct dram_shape shape;
    struct dram_clocks clocks;

    uint32_t refresh_shift; /* clocks from the refresh of one pseudo-channel to the next's */

    /* The controller of one pseudo-channel, in requests. */
    uint32_t reads, writes; /* depth of its queues */
    uint32_t write_high;    /* so many writes interrupt the reads */
    uint32_t write_low;     /* and are served until so many are left */
    uint32_t patience; /* requests served out of turn before one is next whatever it costs */
};

enum dram_found { DRAM_HIT, DRAM_MISS, DRAM_CONFLICT }; /* how a request found its rows */

struct dram_request;
typedef void dram_done_fn(struct sim *sim, struct dram_request *request);

/*
 * Owned by the caller and left alone from submission until `done` is called. That
 * is in PHASE_ISSUE, as soon as the time of its last byte is known: `finished`
 * then lies in the future. `done` may submit again, this request or others.
 */
struct dram_request {
    uint64_t address; /* a multiple of an atom */
    uint32_t bytes;   /* whole atoms, within one dram_map_grain */
    bool write;
    dram_done_fn *done;
    void *owner;

    sim_time arrived, finished;

    /* Private, from submission on. */
    struct dram_link {
        struct dram_request *next, *previous;
    } links[2];
    int64_t ready;  /* the cycle in which it arrives */
    uint64_t order; /* of submission */
    uint64_t turn;  /* when so many others are served, it is overdue */
    uint32_t row;
    uint8_t gang, offset, atoms;
    uint8_t found; /* enum dram_found */
};

/* name, unit, meaning */
#define DRAM_STATISTICS(X)                                                                     \
    X(reads, "requests", "reads served")                                                       \
    X(writes, "requests", "writes served")                                                     \
    X(read_bytes, "bytes", "read")                                                             \
    X(write_bytes, "bytes", "written")                                                         \
    X(hits, "requests", "found all their rows open")                                           \
    X(misses, "requests", "had to open a row of a closed bank, and to close none")             \
    X(conflicts, "requests", "had to close a row first")                                       \
    X(activates, "commands", "rows opened")                                                    \
    X(refreshes, "commands",                                                                   \
      "refreshes, of all banks or of one, that were due by the last request")                  \
    X(turnarounds, "times", "the data bus changed direction")                                  \
    X(busy, "clocks", "data on the bus")                                                       \
    X(queued, "requests", "found in the queue by arriving ones; divide by reads + writes")     \
    X(postponed, "requests", "found their queue full")

struct dram_statistics {
#define X(name, unit, meaning) uint64_t name;
    DRAM_STATISTICS(X)
#undef X
};

struct dram;

/* config is copied. The sim must outlive the requests. */
struct dram *dram_new(const struct dram_config *config);
void dram_free(struct dram *dram);

/*
 * Take in a request that reaches its controller at `when`, now or later, in any
 * order. A queue that is full keeps the rest in a list of its own, so this never
 * fails. Not in PHASE_OBSERVE.
 */
void dram_submit(struct dram *dram, struct sim *sim, struct dram_request *request,
                 sim_time when);

/* Whether a request to this address would find room in its queue. */
bool dram_has_room(const struct dram *dram, uint64_t address, bool write);

/* Of one pseudo-channel, and of all. */
struct dram_statistics dram_channel_statistics(const struct dram *dram, uint32_t channel);
struct dram_statistics dram_statistics(const struct dram *dram);
void dram_clear_statistics(struct dram *dram);

/* What a watcher is told: every command, but not in the order of cycles. */
struct dram_command {
    enum dram_command_kind kind;
    uint32_t channel;
    uint32_t bank; /* 0 of a refresh */
    uint32_t row;  /* of the bank, but 0 of a refresh */
    int64_t cycle;
};

typedef void dram_watch_fn(void *owner, const struct dram_command *command);

/* Call `watch` for every command from now on. For tests and traces. */
void dram_watch(struct dram *dram, dram_watch_fn *watch, void *owner);

#endif
