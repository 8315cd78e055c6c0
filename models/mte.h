#ifndef NPUSIM_MODELS_MTE_H
#define NPUSIM_MODELS_MTE_H
/*
 * A transfer engine moves blocks between a core and global memory: a series
 * of requests of at most one L2 line each, with a bounded number in flight,
 * sent at the rate of the engine.
 *
 * Throughput comes out as the least of the engine's rate, what the memory can
 * serve, and window / latency. Requests that would be sent within a short time
 * are booked in one go (FIDELITY.md, F1).
 */
#include "models/cost.h"
#include "models/memory.h"
#include "models/mte_window.h"
#include "models/pipe.h"

struct mte {
    struct pipe *pipe;
    struct memory *memory;
    struct port port; /* the engine's own rate */
    struct event issue;

    /* The transfer being issued. */
    struct transfer *transfer;
    uint64_t address; /* of the tensor, in device memory */
    int64_t row, column;
    const void *second;      /* the tags of the request after the next */
    uint64_t row_engine;     /* bytes of the engine's time that a row takes */
    uint64_t request_engine; /* and that a request takes at least */
    sim_time window_free;    /* when the last freed slot was */
    enum gm_reason window_reason;

    bool waiting;        /* for an answer, to issue more */
    unsigned unanswered; /* slots taken */
    struct mte_window window;

    /* Slots hold the requests whose answer is open. Most are answered at once, and the slot
     * is free again: the host has it at hand. Places in the window are held until arrival. */
    uint16_t unused[MTE_REQUESTS]; /* slots not taken, a stack */
    struct mte_slot {
        struct request request;
        struct mte *mte;
        struct transfer *transfer; /* whose request it is */
        sim_time moved;            /* its bytes have passed the engine */
        uint32_t missed;           /* bytes, counted in the window */
    } slots[MTE_REQUESTS];
};

void mte_init(struct mte *mte, struct pipe *pipe, struct memory *memory);

/* Begin the transfer of `flight`, now; its tensor is at that address of device memory. */
void mte_start(struct mte *mte, struct flight *flight, uint64_t tensor_address);

#endif
