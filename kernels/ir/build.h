#ifndef NPUSIM_KERNELS_IR_BUILD_H
#define NPUSIM_KERNELS_IR_BUILD_H
/*
 * Building kernels in C. Arithmetic on values that are all immediate is done
 * while building; the rest becomes scalar instructions. Mistakes in the use of
 * the builder are our bugs and assert.
 *
 *   struct build b = build_begin(kernel, CORE_AIV);
 *   struct kref buffer = build_tile(&b, "x", SPACE_UB, DT_f16, 4096, 0);
 *   struct kval i = build_for(&b, "i", imm(0), imm(16), imm(1));
 *       emit(&b, load_ub, .dst = buffer, .a = at(x, build_mul(&b, i, imm(8192))),
 *            .bytes = imm(8192));
 *   build_end(&b);
 */
#include "kernels/ir/program.h"

struct build {
    struct kernel *kernel;
    struct kprogram *program;
    size_t open[KNEST_MAX]; /* indices of the blocks that are open */
    unsigned depth;
};

struct build build_begin(struct kernel *kernel, enum core_kind kind);

static inline struct kval imm(int64_t value)
{
    return (struct kval){ .imm = value, .given = true };
}

/* A REAL attribute. */
struct kval real(double value);

/* A special register, e.g. reg_of(REG_BLOCK_ID). */
static inline struct kval reg_of(unsigned index)
{
    return (struct kval){ .reg = (uint16_t)(index + 1), .given = true };
}

/* A new tensor of the kernel; dims of 0 end the shape. */
struct kref build_tensor(struct kernel *kernel, const char *name, enum dtype type,
                         enum tensor_role role, int64_t rows, int64_t columns);

/* A tile at an address chosen by the caller. */
struct kref build_tile(struct build *b, const char *name, enum space space, enum dtype type,
                       uint64_t elements, uint64_t address);

/* The place `offset` bytes further on; offsets add up. */
struct kref build_at(struct build *b, struct kref ref, struct kval offset);

/* A new register holding a copy, to be assigned again. */
struct kval build_var(struct build *b, const char *name, struct kval value);
void build_assign(struct build *b, struct kval var, struct kval value);

/* A new register holding the element at ref; one that is there already. */
struct kval build_read(struct build *b, const char *name, struct kref ref);

/* The same; in a run without data the element at `otherwise`, of a control tensor. */
struct kval build_read_or(struct build *b, const char *name, struct kref ref,
                          struct kref otherwise);
void build_read_to(struct build *b, struct kval var, struct kref ref);

/* An expression: an immediate when both are, else a value in a register. */
struct kval build_scalar(struct build *b, enum scalar_op op, struct kval x, struct kval y);

#define BUILD_SCALAR(name)                                                                     \
    static inline struct kval build_##name(struct build *b, struct kval x, struct kval y)      \
    {                                                                                          \
        return build_scalar(b, SOP_##name, x, y);                                              \
    }
BUILD_SCALAR(add)
BUILD_SCALAR(sub)
BUILD_SCALAR(mul)
BUILD_SCALAR(div)
BUILD_SCALAR(mod)
BUILD_SCALAR(and)
BUILD_SCALAR(min)
BUILD_SCALAR(max)
BUILD_SCALAR(eq)
BUILD_SCALAR(ne)
BUILD_SCALAR(lt)
#undef BUILD_SCALAR

/* x divided by a positive immediate, rounded up; and x rounded up to a multiple of it. */
struct kval build_ceil_div(struct build *b, struct kval x, int64_t by);
struct kval build_round_up(struct build *b, struct kval x, int64_t to);

/* Blocks: each of these opens one that build_end closes. */
struct kval build_for(struct build *b, const char *name, struct kval from, struct kval to,
                      struct kval step);
void build_while(struct build *b, struct kval condition);
void build_if(struct build *b, struct kval condition);
void build_else(struct build *b);
void build_end(struct build *b);

struct emit_args {
    struct kref dst, a, b, c;
#define X(attr, kind, standard) struct kval attr;
    KOP_ATTRS(X)
#undef X
};

void build_op(struct build *b, enum kop_code code, const struct emit_args *args);

#define emit(build, op, ...) build_op(build, KOP_##op, &(struct emit_args){ __VA_ARGS__ })

#endif
