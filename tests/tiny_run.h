#ifndef NPUSIM_TESTS_TINY_RUN_H
#define NPUSIM_TESTS_TINY_RUN_H
/*
 * Runs of one block on configs/tiny.json: a cycle is 1 ns and every scalar operation, turn of
 * a loop and issue takes one. Of the times in comments, 0 is when the first core begins.
 *
 *   vadds of up to 256 elements   2 cycles on its pipe, done 10 later
 *   vadds of n * 128 elements     n cycles on its pipe, done 10 later
 *   load_ub of 512 bytes, cold    10 cycles on its pipe, done 157 after it began,
 *                                 with one HBM channel (see mte_rig.h)
 *   set_flag, wait_flag, cross_*  1 cycle on their pipe
 */
#include "tests/npu_rig.h"

static inline struct run once(const char *settings, const char *nk)
{
    return npu_rig_once("tiny", settings, nk, 1);
}

static inline uint64_t core_ns(struct run run)
{
    return npu_rig_ns(run.core_time);
}

static inline uint64_t spent(const struct run *run, enum core_kind kind, enum pipe_id pipe,
                             enum pipe_state state)
{
    return npu_rig_ns(run->pipes[kind][pipe][state]);
}

/* 101 cycles: 50 turns of an operation and a turn, and a turn to begin with. */
#define WORK "for %i = 0 to 50 { %x = 1\n }\n"

#endif
