#include "models/bound.h"

const char *const gm_path_names[PATH_COUNT] = {
#define X(name) #name,
    GM_PATHS(X)
#undef X
};

const char *const gm_reason_names[REASON_COUNT] = {
#define X(name, meaning) #name,
    GM_REASONS(X)
#undef X
};

const char *const bound_names[BOUND_COUNT] = {
#define X(name, text, meaning) text,
    BOUND_FIXED(X)
#undef X
#define X(path) #path ".engine", #path ".latency", #path ".l2", #path ".hbm",
        GM_PATHS(X)
#undef X
};

const char *const bound_meanings[BOUND_COUNT] = {
#define X(name, text, meaning) meaning,
    BOUND_FIXED(X)
#undef X
#define X(path) GM_REASONS(REASON_MEANING)
#define REASON_MEANING(name, meaning) meaning,
        GM_PATHS(X)
#undef REASON_MEANING
#undef X
};

sim_time bound_total(const struct bound *bound)
{
    sim_time total = 0;
    for (unsigned i = 0; i < BOUND_COUNT; i++)
        total += bound->spent[i];
    return total;
}
