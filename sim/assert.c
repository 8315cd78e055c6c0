#include "sim/assert.h"

#include <stdio.h>
#include <stdlib.h>

void sim_assert_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "%s:%d: a bug in npusim: expected %s\n", file, line, cond);
    abort();
}
