#ifndef NPUSIM_KERNELS_IR_STUCK_H
#define NPUSIM_KERNELS_IR_STUCK_H
/*
 * Why a deadlock is one: who waits for whom, and the cycle that closes or the
 * program that has ended without doing what is waited for. A flag can only be set
 * by its own pipe, a signal by the cores whose programs send it, and a pipe with
 * nothing to do waits for its scalar unit.
 */
#include "kernels/ir/finding.h"
#include "kernels/ir/group.h"

/* How a core stands when nothing moves any more. */
struct stuck_core {
    struct member member;
    unsigned index; /* among its kind */
    bool running;   /* its program has not ended, or its pipes have not */
    bool at_sync_all;
    bool holds[PIPE_COUNT];      /* the pipe has something to do, and holds up ... */
    struct kmark at[PIPE_COUNT]; /* ... this */
    enum pipe_id full;           /* the queue its scalar unit waits for; PIPE_S: none */
};

/* Adds the chain to `out`, and says who stands at its beginning. At least one core is
 * running and stands at something. */
void stuck_explain(const struct kernel *kernel, const struct stuck_core *cores, size_t count,
                   struct text *out, struct actor_place *place);

#endif
