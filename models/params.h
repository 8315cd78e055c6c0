#ifndef NPUSIM_MODELS_PARAMS_H
#define NPUSIM_MODELS_PARAMS_H
/*
 * The description of a chip, loaded from configs/<chip>.json.
 *
 * Every value is a whole number of 1/scale units (params.def). There are no
 * defaults and no unknown keys: a file, together with the file it extends,
 * gives each parameter exactly once per file and at least once in all.
 */
#include "kernels/ir/target.h"
#include "sim/diag.h"
#include "sim/time.h"

#include <stdint.h>

struct params {
#define PARAM(section, name, unit, scale, min, max, meaning) int64_t section##_##name;
#include "models/params.def"
#undef PARAM
};

enum param_id {
#define PARAM(section, name, ...) PARAM_##section##_##name,
#include "models/params.def"
#undef PARAM
    PARAM_COUNT
};

/* Where a value comes from: MEASured, vendor ConFiGuration, SPECification, a
 * MODEL's constant, FITTED by us to measurements, ASSUMED by us. */
enum param_kind {
    KIND_MEAS,
    KIND_CFG,
    KIND_SPEC,
    KIND_MODEL,
    KIND_FITTED,
    KIND_ASSUMED,
    KIND_COUNT
};

struct param_info {
    const char *name; /* "section.name" */
    const char *unit, *meaning;
    int64_t scale;
    double min, max; /* in units */
};

extern const struct param_info param_info[PARAM_COUNT];
extern const char *const param_kind_names[KIND_COUNT];

struct chip {
    char name[64];     /* "ascend910b3": the file's name without .json */
    char *description; /* one line, from the file */
    struct params params;
    struct {
        char *source;
        enum param_kind kind;
    } origin[PARAM_COUNT];
};

/*
 * Load a chip by name from `folder`, or by path when it has a '/' or ends in
 * ".json". NULL on failure; the diag names file, line and column, e.g.
 *   configs/tiny.json:7:14: error: core.clock is 0; expected 100..4000 MHz
 */
struct chip *chip_load(const char *folder, const char *name_or_path, struct diag *diag);
void chip_free(struct chip *chip);

/* Names of the chips in `folder`, sorted; free each and the array. */
size_t chip_list(const char *folder, char ***names, struct diag *diag);

/* Override one parameter, "core.clock=1900"; its kind becomes ASSUMED, its source
 * "command line". On failure the chip is as before. */
bool chip_set(struct chip *chip, const char *assignment, struct diag *diag);

/* The number as a user would write it, e.g. "0.5". `out` has at least 32 bytes. */
void param_format(const struct chip *chip, enum param_id id, char *out);

/* Hash of all values, for results: 16 hexadecimal digits and an end. */
void chip_hash(const struct chip *chip, char out[17]);

void chip_target(const struct chip *chip, struct target *target);

/* Parameter by index. */
int64_t param_get(const struct params *params, enum param_id id);

#endif
