#ifndef NPUSIM_TOOLS_OPS_DOCS_H
#define NPUSIM_TOOLS_OPS_DOCS_H
/* What documents say that follows from tables; tools/docs puts it into them. */
#include "kernels/ir/op.h"
#include "sim/text.h"

/* The operations and their attributes in Markdown, for docs/language.md. */
void ops_markdown(struct text *out);

/* The words of the language that tables define, for the syntax file of Vim. */
void ops_vim(struct text *out);

/* The pipe that executes an operation, or the attribute that names it. */
const char *ops_pipe(const struct kop_info *op);

#endif
