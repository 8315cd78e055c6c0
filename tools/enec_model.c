#include "tools/enec_model.h"

#include "tools/hint.h"

#include <string.h>

const struct enec_model *enec_model_named(const char *name, struct diag *diag)
{
    static const char *const names[] = {
#define ENEC_MODEL(name, ...) name,
#include "kernels/enec/enec_models.def"
#undef ENEC_MODEL
    };
    for (size_t i = 0; i < enec_model_count; i++) {
        if (strcmp(name, enec_models[i].name) == 0)
            return &enec_models[i];
    }
    diag_fail(diag, loc_nowhere(), "unknown model '%s'%s", name,
              hint_among(name, names, enec_model_count).text);
    return NULL;
}
