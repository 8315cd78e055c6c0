/*
 * Transfers between GM and a core of configs/tiny.json. A cycle is 1 ns. The
 * scalar unit issues the first operation 1 ns after its core's start.
 *
 * So that every line is like every other, these tests take one HBM channel with a bank
 * for each of 64 lines (ONE_CHANNEL), which moves a line in 8 ns. As tests/test_memory.c
 * has it:
 *
 *   hit of a line 42 ns, miss 10 + 2 + 20 + (30 + 40 + 8) + 32 + 10 = 152 ns
 *
 * The engine's own latency, 10 ns, ends every transfer.
 */
#ifndef NPUSIM_TESTS_MTE_RIG_H
#define NPUSIM_TESTS_MTE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/npu_rig.h"

/* More clocks of the bus for 64 bytes, of which a line has eight. */
#define BUS(clocks) " hbm.tccdl=" clocks " hbm.tccds=" clocks " hbm.burst=" clocks
#define NO_ROWS " gm_ub.row=0 ub_gm.row=0 gm_l1.row=0"

/* A program for vector cores over a tensor x and a tile a, of 64 KiB each. */
static inline const char *on_aiv(const char *code)
{
    static _Thread_local char text[2048];
    snprintf(text, sizeof text,
             "kernel mover {\n tensor x: u8[131072] inout\n aiv {\n tile a: ub u8[131072] @0\n"
             "tile b: ub f16[16384] @131072\n%s\n }\n}\n",
             code);
    return text;
}

/* The same for cube cores, over f16 and i8 tensors and tiles. */
static inline const char *on_aic(const char *code)
{
    static _Thread_local char text[2048];
    snprintf(text, sizeof text,
             "kernel mover {\n tensor x: f16[65536] inout\n tensor y: i8[65536] in\n"
             "tensor z: f32[65536] out\n aic {\n tile a: l1 f16[65536] @0\n"
             "tile b: l1 i8[65536] @131072\n tile c: l0c f32[32768] @0\n%s\n }\n}\n",
             code);
    return text;
}

static inline struct run cold(const char *settings, const char *nk)
{
    return npu_rig_once("tiny", settings, nk, 1);
}

/* The second of two runs. */
static inline struct run warm_blocks(const char *settings, const char *nk, unsigned blocks)
{
    struct npu_rig rig;
    npu_rig_init(&rig, "tiny", settings, nk);
    assert_true(npu_rig_run(&rig, blocks, false));
    assert_true(npu_rig_run(&rig, blocks, false));
    struct run run = rig.run;
    npu_rig_free(&rig);
    return run;
}

static inline struct run warm(const char *settings, const char *nk)
{
    return warm_blocks(settings, nk, 1);
}

static inline uint64_t core_ns(struct run run)
{
    return npu_rig_ns(run.core_time);
}

static inline uint64_t busy_ns(const struct run *run, enum core_kind kind, enum pipe_id pipe)
{
    return npu_rig_ns(run->pipes[kind][pipe][PIPE_busy]);
}

static inline uint64_t bound_ns(const struct run *run, enum gm_path path, enum gm_reason reason)
{
    return npu_rig_ns(run->bound.spent[bound_of(path, reason)]);
}

#endif
