#ifndef NPUSIM_KERNELS_IR_VERIFIER_H
#define NPUSIM_KERNELS_IR_VERIFIER_H
/*
 * What the parts of the verifier share: verify.c checks declarations,
 * verify_code.c the structure of programs, verify_op.c single operations. Each
 * check returns false after a diag that says where.
 */
#include "kernels/ir/core_parts.h"
#include "kernels/ir/program.h"
#include "kernels/ir/target.h"
#include "sim/diag.h"

struct verifier {
    const struct kernel *kernel;
    const struct target *target; /* may be NULL */
    struct diag *diag;

    enum core_kind kind;
    struct core_parts parts;        /* of the cores that the program may run on */
    const struct kprogram *program; /* the one being checked */
    const struct kinstr *instr;     /* the one being checked */
    bool assigned[KREGS_MAX];       /* by an instruction before it */
};

/* The core that runs the program, for messages: "an aic core", "a coupled aic core". */
const char *verifier_core(const struct verifier *verifier);

/* Something is wrong with the instruction being checked. */
bool verifier_fail(struct verifier *verifier, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A given value whose register, if any, is assigned; `what` names it in messages. */
bool verify_val(struct verifier *verifier, struct kval value, const char *what);

/* Likewise, and not a register plus an immediate. */
bool verify_simple(struct verifier *verifier, struct kval value, const char *what);

/* An operand in one of these spaces, its offset inside it as far as that is known. */
bool verify_ref(struct verifier *verifier, const struct kref *ref, uint32_t spaces,
                const char *what);

/* The KI_OP being checked: its operands, types and attributes. */
bool verify_op(struct verifier *verifier);

/* All instructions of the program. */
bool verify_code(struct verifier *verifier);

/* How many registers of a program it only reads: the special ones and the parameters. */
size_t standing_registers(const struct verifier *verifier);

#endif
