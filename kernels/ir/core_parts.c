#include "kernels/ir/core_parts.h"

#define SP(space) (1u << SPACE_##space)
#define PI(pipe) (1u << PIPE_##pipe)

#define CUBE_SPACES (SP(GM) | SP(L1) | SP(L0A) | SP(L0B) | SP(L0C))
#define CUBE_PIPES (PI(S) | PI(M) | PI(MTE1) | PI(MTE2))
#define VECTOR_SPACES (SP(GM) | SP(UB) | SP(SPR))
#define VECTOR_PIPES (PI(S) | PI(V) | PI(MTE2) | PI(MTE3))

static const struct core_parts decoupled[CORE_KINDS] = {
    [CORE_AIC] = { .spaces = CUBE_SPACES | SP(BT) | SP(FB),
                   .pipes = CUBE_PIPES | PI(FIX),
                   .far = SP(UB) },
    [CORE_AIV] = { .spaces = VECTOR_SPACES, .pipes = VECTOR_PIPES, .far = SP(L1) },
};

static const struct core_parts coupled[CORE_KINDS] = {
    [CORE_AIC] = { .spaces = CUBE_SPACES | VECTOR_SPACES, .pipes = CUBE_PIPES | VECTOR_PIPES },
    [CORE_AIV] = { .spaces = VECTOR_SPACES, .pipes = VECTOR_PIPES },
};

const struct core_parts *core_parts(enum core_kind kind, bool is_coupled)
{
    return is_coupled ? &coupled[kind] : &decoupled[kind];
}
