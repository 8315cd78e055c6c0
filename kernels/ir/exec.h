#ifndef NPUSIM_KERNELS_IR_EXEC_H
#define NPUSIM_KERNELS_IR_EXEC_H
/*
 * The data of a run, and what each operation does to it. Semantics live here
 * once, used by the untimed executor and by the timed machine. Every result is
 * bit-exact on every host: own half-precision arithmetic, fixed order of
 * accumulation (k ascending), no fused multiply-add.
 *
 * An operation reads all its sources before it writes.
 */
#include "kernels/ir/program.h"
#include "sim/diag.h"

struct exec_core {
    uint8_t *space[SPACE_COUNT]; /* on-chip memories, allocated at first touch; GM unused */
};

struct checker;

struct exec {
    const struct kernel *kernel;
    const uint64_t *capacity; /* bytes of each space, by enum space */
    uint8_t **tensors;        /* storage of each tensor; NULL: no data */
    uint64_t *tensor_bytes;
    bool *live[CORE_KINDS];  /* live.h: by instruction */
    struct exec_core *cores; /* all cube cores, then all vector cores */
    size_t core_count;
    size_t cubes, per_cube;  /* who is whose partner; 0: a core is its own */
    struct checker *checker; /* that whoever runs it tells what happens; NULL: none */
};

/*
 * kernel, capacity and tensors must outlive exec; tensors[i] may be NULL, its
 * operations are then skipped (timing only).
 */
struct exec *exec_new(const struct kernel *kernel, const uint64_t *capacity, uint8_t **tensors,
                      size_t core_count);
void exec_free(struct exec *exec);

/* Of the cores, `cubes` are cube cores, and `per_cube` vector cores belong to each. Not of
 * coupled cores, each of which is its own partner. */
void exec_pair(struct exec *exec, size_t cubes, size_t per_cube);

/* The core in whose memory an operand lies: `core`, which executes op, or a partner of it. Not
 * for a fixpipe to both vector cores, which is two of them (kop_half). */
size_t exec_holder(const struct exec *exec, size_t core, const struct kop *op,
                   unsigned operand);

/*
 * Check that op stays inside its tiles and tensors, and that its numbers make
 * sense (counts not negative, strides in range). Needs no data.
 */
bool exec_check(const struct kernel *kernel, enum core_kind kind, const struct kop *op,
                struct diag *diag);

/* What is wrong with an operation that exec_check refuses. */
enum exec_fault {
    FAULT_NUMBER, /* one is out of range, or two do not agree */
    FAULT_PLACE,  /* an operand leaves its tile or tensor */
    FAULT_ALIGN,  /* an operand is at an address that its space does not allow */
};

enum exec_fault exec_fault(const struct kernel *kernel, enum core_kind kind,
                           const struct kop *op);

/* Apply the effect of an operation that exec_check has passed. */
void exec_op(struct exec *exec, size_t core, const struct kop *op);

/* The same on memory of the caller's own, by operand, NULL where absent: kop_extents says
 * how much. No two operands overlap. */
void exec_apart(const struct kop *op, uint8_t *const at[KOP_OPERANDS]);

/* Where an operand is; NULL when it has no storage. */
uint8_t *exec_at(struct exec *exec, size_t core, const struct kaddr *operand);

/* The scalar at op->at[OPERAND_A]; false (and value 0) when there is no data there. */
bool exec_read(struct exec *exec, size_t core, const struct kop *op, int64_t *value);

#endif
