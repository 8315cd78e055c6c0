/*
 * The memory of configs/tiny.json alone, for tests: requests are sent at their times,
 * and looked at once all have been answered.
 */
#ifndef NPUSIM_TESTS_MEMORY_RIG_H
#define NPUSIM_TESTS_MEMORY_RIG_H

#include "models/memory.h"

#define MEMORY_RIG_REQUESTS 4096 /* the most that one rig can send */

/* Two tensors, the second from 1 MiB on, unless a test moves it. */
enum { LOW, HIGH };
#define HIGH_BASE (UINT64_C(1) << 20)

struct memory_rig {
    struct chip *chip;
    struct sim *sim;
    struct traffic traffic;
    struct memory memory;
    struct asked {
        struct memory_rig *rig;
        struct request request;
        struct event send;
        sim_time when;
        unsigned answers;
    } * asked;
    unsigned count, answered;
};

/* `settings` as for npu_rig_init. */
void memory_rig_init(struct memory_rig *rig, const char *settings);
void memory_rig_free(struct memory_rig *rig);

/* To be sent at `now`, by gm_to_l1 or ub_to_gm. The request is the rig's. */
const struct request *memory_rig_ask(struct memory_rig *rig, sim_time now, uint64_t address,
                                     uint32_t bytes, bool write);

/* Let all that was asked for happen. Every request must be answered, once. */
void memory_rig_run(struct memory_rig *rig);

#endif
