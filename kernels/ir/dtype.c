#include "kernels/ir/dtype.h"

#include <string.h>

const struct dtype_info dtype_info[DT_COUNT] = {
#define X(name_, bits_, class_)                                                                \
    [DT_##name_] = { .name = #name_, .bits = bits_, .class = DTC_##class_ },
    DTYPES(X)
#undef X
};

bool dtype_parse(const char *name, enum dtype *out)
{
    for (int type = 0; type < DT_COUNT; type++) {
        if (strcmp(name, dtype_info[type].name) == 0) {
            *out = (enum dtype)type;
            return true;
        }
    }
    return false;
}
