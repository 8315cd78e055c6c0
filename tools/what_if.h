#ifndef NPUSIM_TOOLS_WHAT_IF_H
#define NPUSIM_TOOLS_WHAT_IF_H
/*
 * What costs nothing in a what-if run: "op=CLASS", where CLASS is an operation,
 * a pipe, `vector` or `cube`; or "tensor=NAME", all traffic of a tensor.
 */
#include "models/npu.h"
#include "tools/words.h"

bool what_if_apply(struct npu *npu, const struct kernel *kernel, const struct words *frees,
                   struct diag *diag);

#endif
