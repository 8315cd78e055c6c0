#ifndef NPUSIM_MODELS_CORE_H
#define NPUSIM_MODELS_CORE_H
/*
 * One AI core: a scalar unit that walks its program in order and issues to the
 * queues of its pipes, the pipes, and the flags through which they meet.
 *
 * The scalar unit runs ahead in its own time: between two things that it must
 * wait for it needs no events. An operation enters its queue with the time at
 * which it was issued, and no pipe begins it earlier.
 */
#include "kernels/ir/core_parts.h"
#include "kernels/ir/walk.h"
#include "models/cross.h"
#include "models/pipe.h"

struct flag {
    bool raised;
    sim_time when;
    struct trail trail; /* to `when` */
};

/* What raises flags and counters on a core. Much memory, so only a core that takes part
 * in a launch gets it. */
struct core_signals {
    struct flag flags[PIPE_COUNT][PIPE_COUNT][KFLAG_IDS]; /* [from][to][id] */
    struct cross_counter cross[CROSS_IDS];
    uint64_t sent[SCOPE_COUNT][CROSS_IDS]; /* signals of this core to others so far */
};

struct npu;

struct core {
    struct npu *npu;
    enum core_kind kind;
    unsigned index; /* among the cores of its kind */
    unsigned data;  /* among all cores, for struct exec */
    unsigned block, sub_block;

    struct walk walk;
    struct cost cost; /* of the operation at which the walk stands */
    bool has_op;      /* it is not yet issued */
    bool reads;       /* nor is it one, but a scalar read */
    bool done_walking;
    bool launched, running; /* takes part in the launch; has a block right now */
    struct event issue;
    sim_time time;           /* the scalar unit's own */
    struct trail trail;      /* to `time`, but for ... */
    sim_time worked;         /* ... what it has worked since; see core_trail */
    enum pipe_id queue_wait; /* the full queue it waits for; PIPE_S: none */
    bool all_wait;           /* it waits for all pipes to be idle */

    struct pipe pipes[PIPE_COUNT]; /* PIPE_S only keeps the scalar unit's states */
    struct core_signals *signals;
    bool at_sync_all;

    sim_time began, ended;
};

/* Whether the core has the pipe. */
bool core_has(const struct core *core, enum pipe_id pipe);

void core_init(struct core *core, struct npu *npu, enum core_kind kind, unsigned index,
               unsigned data);
void core_free(struct core *core);

/* Make the core ready for a launch, idle from `now` on; its first time equips it. */
void core_reset(struct core *core, sim_time now);

/* Run a block from `when` on, to which the trail leads. */
void core_start(struct core *core, unsigned block, unsigned sub_block, sim_time when,
                struct trail trail);

/* The first clock edge at or after t, by its number, and when an edge is. */
uint64_t core_edge(const struct core *core, sim_time t);
sim_time core_edge_time(const struct core *core, uint64_t edge);

/* `cycles` after the first clock edge at or after t. */
static inline sim_time core_after(const struct core *core, sim_time t, uint64_t cycles)
{
    return core_edge_time(core, core_edge(core, t) + cycles);
}

struct flag *core_flag(struct core *core, const struct kmark *mark);
void core_raise_flag(struct core *core, const struct kmark *mark, sim_time when,
                     struct trail trail);

void core_lower_flag(struct core *core, struct flag *flag);

/* A pipe has begun or completed something: whoever waited for that looks again, at once
 * if this is PHASE_ISSUE. */
void core_pipe_moved(struct core *core, struct pipe *pipe, bool at_once);

/* Something that happened at `when` lets the scalar unit go on: if it is later than
 * the unit's own time, the unit's trail is from now on the one to `when`. */
void core_released(struct core *core, sim_time when, struct trail trail);

/* The scalar unit is at a time to which the trail leads. */
void core_follow(struct core *core, struct trail trail);

/* The trail to the scalar unit's time; the caller does not hold it. */
struct trail core_trail(struct core *core);

/* PHASE_ISSUE: the scalar unit goes on until it must wait. */
void core_on_issue(struct sim *sim, void *owner);

/* The scalar unit looks again, at `when`. */
void core_wake(struct core *core, sim_time when);

#endif
