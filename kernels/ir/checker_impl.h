#ifndef NPUSIM_KERNELS_IR_CHECKER_IMPL_H
#define NPUSIM_KERNELS_IR_CHECKER_IMPL_H
/* What the checker*.c files share. */
#include "kernels/ir/checker.h"
#include "kernels/ir/order.h"
#include "kernels/ir/shadow.h"

struct checked_core {
    struct shadow spaces[SPACE_COUNT];
};

/* Of one instruction, for advice. */
struct moved {
    uint64_t bytes, short_bytes; /* from or to GM: in all, in rows below BURST_BYTES */
    uint64_t spent, conflict;    /* on the vector pipe: in all, for bank conflicts */
};

#define BURST_BYTES 512 /* a line of L2 */

struct checker {
    struct findings *findings;
    unsigned aic;
    size_t core_count, tensor_count;
    struct ordering *order;
    struct checked_core *cores;
    struct shadow *tensors;

    /* The launch that is followed. */
    const struct kernel *kernel;
    struct exec *exec;
    uint32_t *outer[CORE_KINDS];     /* by instruction: the `for` around it, or NO_INSTR */
    struct moved *moved[CORE_KINDS]; /* by instruction */
};

enum core_kind checker_kind(const struct checker *checker, size_t core);
struct shadow *checker_shadow(struct checker *checker, size_t core,
                              const struct kaddr *operand);

/* stamp may be NULL: the iteration is not known. */
struct actor_place checker_place(const struct checker *checker, size_t core, enum pipe_id pipe,
                                 uint32_t instr, const struct stamp *stamp);

/* checker_data.c: an operation on data, a read by the scalar unit. */
void checker_data(struct checker *checker, size_t core, const struct kop *op, uint32_t number);
void checker_read(struct checker *checker, size_t core, const struct kop *op, uint32_t number);

/* checker_tell.c: what is found. `operand` is where self touches what the other has. */
void checker_race(struct checker *checker, size_t core, const struct kop *op, unsigned operand,
                  const struct touch *touch);
void checker_behind(struct checker *checker, size_t core, const struct kop *op,
                    const struct touch *touch);
void checker_unset(struct checker *checker, enum finding_id id, size_t core,
                   const struct kop *op, uint32_t number, unsigned operand, uint64_t start,
                   uint64_t bytes);
void checker_leaves(struct checker *checker, size_t core, const struct kop *op,
                    uint32_t number);
void checker_flag_set(struct checker *checker, size_t core, const struct kop *op,
                      uint32_t number, enum flag_state state);

/* checker_advise.c: what goes from or to GM, and at the end what could be faster. */
void checker_count_moved(struct checker *checker, size_t core, const struct kop *op);
void checker_advise(struct checker *checker);

#endif
