#ifndef NPUSIM_KERNELS_IR_TYPES_H
#define NPUSIM_KERNELS_IR_TYPES_H
/* Which element types an operation accepts together. */
#include "kernels/ir/op.h"

/*
 * types[i] is the type of operand i, or -1 when it is absent. NULL when they
 * go together, else what was expected, for a message.
 */
const char *type_rule_check(enum type_rule rule, const int types[KOP_OPERANDS]);

/* What a rule expects, in words. */
const char *type_rule_text(enum type_rule rule);

#endif
