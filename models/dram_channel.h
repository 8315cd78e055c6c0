#ifndef NPUSIM_MODELS_DRAM_CHANNEL_H
#define NPUSIM_MODELS_DRAM_CHANNEL_H
/*
 * One pseudo-channel and its controller, as the parts of the DRAM model see it:
 * dram.c takes requests in, dram_schedule.c decides which is next, dram_commit.c
 * turns it into commands. Private to them.
 */
#include "models/dram.h"
#include "models/dram_queue.h"

struct dram_channel {
    struct dram *dram;
    uint32_t index;
    struct event decide;
    int64_t wake;  /* the cycle of `decide`, while it is pending */
    bool deciding; /* it is firing, and will look for more work by itself */
    bool awaiting; /* it is for a request whose banks are not ready, ... */
    bool awaiting_write;
    int64_t awaited; /* and which could access its first column in this cycle */

    struct dram_device device;
    struct dram_banks banks;
    struct dram_queue queue[2]; /* of reads, of writes */
    bool writing;               /* the last data on the bus was written */
    uint32_t batch;             /* writes that still go before reads */
    uint64_t reads_then;        /* reads served when writes last had their turn, or came */
    int64_t refresh_due;
    uint64_t refreshed; /* banks, when they are refreshed one by one */
    struct dram_statistics statistics;
};

struct dram {
    struct dram_config config;
    int64_t lead;   /* clocks by which the decision on a request precedes its data */
    int64_t stride; /* and between two of its column accesses that go round all banks */
    uint64_t submitted;
    dram_watch_fn *watch;
    void *watcher;
    struct dram_channel channels[];
};

/* PHASE_ISSUE: decide on all requests whose turn has come. The owner is the channel. */
void dram_channel_on_decide(struct sim *sim, void *owner);

/* A request was put into its queue: decide no later than it could be served. */
void dram_look_again(struct dram_channel *channel, struct sim *sim,
                     const struct dram_request *request);

/* Catch up with the refreshes due by now. */
void dram_refresh(struct dram_channel *channel, int64_t now);

/*
 * The cycle in which the first column access of a request could be, if it were
 * committed now. May be early for a request that needs two activates or more: the
 * activation window is looked at for the first only.
 */
int64_t dram_column_at(const struct dram_channel *channel, const struct dram_request *request,
                       int64_t now);

/*
 * Issue the row commands that a request needs, from one cycle on, as far as they can
 * be issued by another.
 */
void dram_open_rows(struct dram_channel *channel, struct dram_request *request, int64_t from,
                    int64_t latest);

/*
 * Issue the column accesses of a request whose rows are open. Returns the cycle after
 * its last data.
 */
int64_t dram_access_columns(struct dram_channel *channel, const struct dram_request *request,
                            int64_t from);

#endif
