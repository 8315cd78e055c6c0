#ifndef NPUSIM_KERNELS_IR_MODULE_H
#define NPUSIM_KERNELS_IR_MODULE_H
/*
 * Kernels that share their tensors, and the order in which they are launched. Launches see
 * what earlier ones left in the tensors and in the L2, and nothing else of each other.
 */
#include "kernels/ir/program.h"

#define KKERNELS_MAX 256
#define KLAUNCHES_MAX 1024
#define KBLOCKS_MAX 65535 /* block_dim is 16 bits */

struct klaunch {
    size_t kernel;
    unsigned blocks; /* 0: as many as there are cores */
};

/*
 * Several kernels have the same tensors, and the same first `params_shared` parameters. A
 * module of one kernel that is launched once is that kernel and no more.
 */
struct kmodule {
    struct kernel **kernels;
    size_t kernel_count;
    struct klaunch *launches;
    size_t launch_count;
    size_t params_shared;
};

/* One without kernels; free it with all of its kernels. */
struct kmodule *kmodule_new(void);
void kmodule_free(struct kmodule *module);

/* The module takes the kernel. */
void kmodule_add(struct kmodule *module, struct kernel *kernel);
void kmodule_launch(struct kmodule *module, size_t kernel, unsigned blocks);

/* Index of a kernel by name, or -1. */
int kmodule_kernel(const struct kmodule *module, const char *name);

/* Whether it is one kernel that is launched once on all cores. */
bool kmodule_is_plain(const struct kmodule *module);

/* Equal in everything but source positions. */
bool kmodule_equal(const struct kmodule *a, const struct kmodule *b);

#endif
