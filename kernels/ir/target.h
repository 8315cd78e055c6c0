#ifndef NPUSIM_KERNELS_IR_TARGET_H
#define NPUSIM_KERNELS_IR_TARGET_H
/*
 * What a kernel may know of the chip it is built for: counts, capacities and
 * rough rates for choosing tiles. Filled from the config by models/.
 */
#include "kernels/ir/op.h"

struct target {
    unsigned aic, aiv; /* cores on the chip; aiv is aic * vector cores per cube core */
    uint64_t capacity[SPACE_COUNT]; /* bytes per core; GM: bytes of the device memory */
    uint64_t l2_bytes;
    uint64_t clock_mhz;
    uint64_t hbm_bytes_per_cycle;   /* whole chip, per core cycle */
    uint64_t l2_bytes_per_cycle;    /* whole chip, per core cycle */
    uint64_t gm_l1_bytes_per_cycle; /* one core */
    uint64_t nz_millicycles;        /* least time of a 512-byte request that turns ND into NZ */
    uint64_t nz_b8_bytes_per_cycle; /* one core, turning ND of 8-bit elements into NZ */
    uint64_t head_cycles;           /* of a launch */
    uint32_t lacks[SPACE_COUNT];    /* by space, those to which the chip has no path from it */
    uint32_t no_cube_types; /* a set of enum dtype: those that the cube does not multiply */
    uint32_t no_types;      /* likewise: those that no unit of a core computes with */
    bool coupled;           /* one core is AIC and AIV, and runs one program (core_parts.h) */
};

#endif
