#ifndef NPUSIM_TOOLS_OPS_MARKDOWN_H
#define NPUSIM_TOOLS_OPS_MARKDOWN_H
/* The operations and their attributes as tables in Markdown, for docs/language.md. */
#include "kernels/ir/op.h"
#include "sim/text.h"

void ops_markdown(struct text *out);

/* The pipe that executes an operation, or the attribute that names it. */
const char *ops_pipe(const struct kop_info *op);

#endif
