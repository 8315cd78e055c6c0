#ifndef NPUSIM_KERNELS_MICRO_H
#define NPUSIM_KERNELS_MICRO_H
/* The moves of the micro kernel: one path, many times. */
#include "kernels/kernel.h"

#define MICRO_TIMES 1024 /* operations, as in the vendor's tables */

#define MOVES(X)                                                                               \
    X(gm_to_l1)                                                                                \
    X(gm_to_ub)                                                                                \
    X(gm_to_l0a)                                                                               \
    X(gm_to_l0b)                                                                               \
    X(ub_to_gm)                                                                                \
    X(ub_to_ub)                                                                                \
    X(l0c_to_gm)                                                                               \
    X(l0c_to_l1)                                                                               \
    X(l0c_to_ub)                                                                               \
    X(l1_to_l0a)                                                                               \
    X(l1_to_l0b)                                                                               \
    X(l1_to_bt)                                                                                \
    X(l1_to_fb)

enum micro_path {
#define X(name) MOVE_##name,
    MOVES(X) MOVE_COUNT
#undef X
};

extern const char *const micro_paths[MOVE_COUNT + 1]; /* the last is NULL */

struct micro_move {
    enum micro_path path;
    int64_t bytes; /* of each move */
    bool again;    /* from one place in GM, again and again */
    bool scales;   /* out of L0C: one for each column */
};

/* A program that does the move MICRO_TIMES times. */
void micro_build_move(struct workload *work, const struct target *target,
                      const struct micro_move *move);

#endif
