#ifndef NPUSIM_KERNELS_IR_GROUP_H
#define NPUSIM_KERNELS_IR_GROUP_H
/*
 * Who signals whom with cross_set. A group's counter rises once for every round in
 * which all senders of the group have signalled:
 *
 *   scope=all    senders and receivers: all launched cores of the sender's kind
 *   scope=pair   senders and receivers: the vector cores of the block
 *   scope=block  senders: the block's cores of one kind; receivers: the other's
 */
#include "kernels/ir/op.h"

#include <stdbool.h>

struct member {
    enum core_kind kind;
    unsigned block;
    bool launched; /* takes part in the launch */
};

/* Whether a core has to signal as well before a signal of `sender` arrives. */
static inline bool group_sends(const struct member *core, const struct member *sender,
                               enum scope scope)
{
    return core->launched && core->kind == sender->kind &&
           (scope == SCOPE_ALL || core->block == sender->block);
}

static inline bool group_receives(const struct member *core, const struct member *sender,
                                  enum scope scope)
{
    if (scope == SCOPE_BLOCK)
        return core->launched && core->kind != sender->kind && core->block == sender->block;
    return group_sends(core, sender, scope);
}

#endif
