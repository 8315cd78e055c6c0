#include "tools/enec_args.h"

#include "tools/outputs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define ELEMENTS 16777216

static bool parse_type(struct enec_args *args, const char *word)
{
    args->has_type = dtype_parse(word, &args->type) && enec_takes(args->type);
    return args->has_type || diag_fail(args->diag, loc_nowhere(),
                                       "--dtype is '%s'; expected bf16, f16 or f32", word);
}

/* "4096x128" */
static bool parse_shape(struct enec_args *args, const char *word)
{
    args->rank = 0;
    for (const char *at = word;; at++) {
        uint64_t size = 0;
        const char *digits = at;
        for (; *at >= '0' && *at <= '9'; at++)
            size = size < UINT32_MAX ? size * 10 + (uint64_t)(*at - '0') : size;
        if (at == digits || args->rank == ENEC_RANK_MAX || (*at != 'x' && *at != '\0'))
            return diag_fail(args->diag, loc_nowhere(),
                             "--shape is '%s'; expected sizes such as 4096x128, at most %d",
                             word, ENEC_RANK_MAX);
        args->shape[args->rank++] = size;
        if (*at == '\0')
            return true;
    }
}

/* "121,6,3" */
static bool parse_params(struct enec_args *args, const char *word)
{
    struct enec_params *params = &args->params;
    int end = 0;
    args->forced =
        sscanf(word, "%3u,%1u,%1u%n", &params->b, &params->n, &params->m, &end) == 3 &&
        word[end] == '\0';
    return args->forced || diag_fail(args->diag, loc_nowhere(),
                                     "--params is '%s'; expected b,n,m such as 121,6,3", word);
}

static bool parse_aivs(struct enec_args *args, const char *word)
{
    uint64_t aivs;
    if (!args_number("--aivs", word, &aivs, args->diag))
        return false;
    args->params.aivs = (unsigned)aivs;
    return (aivs >= 1 && aivs <= ENEC_AIVS_MAX) ||
           diag_fail(args->diag, loc_nowhere(), "--aivs is %" PRIu64 "; expected 1 to %d", aivs,
                     ENEC_AIVS_MAX);
}

static bool take(struct enec_args *args, int key, char *arg)
{
    switch (key) {
    case ENEC_KEY_OUTPUT:
        args->output = arg;
        return true;
    case ENEC_KEY_JSON:
        args->json = arg;
        return true;
    case ENEC_KEY_DTYPE:
        return parse_type(args, arg);
    case ENEC_KEY_SHAPE:
        return parse_shape(args, arg);
    case ENEC_KEY_PARAMS:
        return parse_params(args, arg);
    case ENEC_KEY_AIVS:
        return parse_aivs(args, arg);
    case ENEC_KEY_ELEMENTS:
        return args_number("--elements", arg, &args->elements, args->diag);
    default:
        return args_number("--seed", arg, &args->seed, args->diag);
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct enec_args *args = state->input;

    if (key == ARGP_KEY_ARG && args->input == NULL) {
        args->input = arg;
        return 0;
    }
    if (key != ENEC_KEY_OUTPUT && (key < ENEC_KEY_JSON || key > ENEC_KEY_SEED))
        return ARGP_ERR_UNKNOWN;
    return take(args, key, arg) ? 0 : EINVAL;
}

bool enec_args_parse(int argc, char **argv, const struct argp_option *options, const char *what,
                     const char *doc, struct enec_args *out, struct diag *diag)
{
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = what, .doc = doc
    };
    *out = (struct enec_args){
        .params.aivs = ENEC_AIVS, .elements = ELEMENTS, .seed = 1, .diag = diag
    };
    return args_parse(&argp, 0, argc, argv, out, diag) &&
           outputs_check(
               (const struct output[]){ { "-o", out->output }, { "--json", out->json } }, 2,
               diag);
}
