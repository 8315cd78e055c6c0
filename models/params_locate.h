#ifndef NPUSIM_MODELS_PARAMS_LOCATE_H
#define NPUSIM_MODELS_PARAMS_LOCATE_H
/* Where things stand in a JSON text, for error messages. */
#include "sim/diag.h"

#include <stddef.h>

struct cJSON;

/* Line and column of the byte at `offset`. */
struct loc text_location(const char *file, const char *text, size_t offset);

/* The offset of the key of `node`, for a text that is shown by bytes; as node_location. */
size_t node_offset(const char *text, const struct cJSON *root, const struct cJSON *node);

/*
 * Where the key of `node` stands; the first thing in the text for the root or
 * for what is not in the tree. `root` was parsed from text, which holds no zero
 * byte but its last.
 */
struct loc node_location(const char *file, const char *text, const struct cJSON *root,
                         const struct cJSON *node);

#endif
