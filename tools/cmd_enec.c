/* npusim enec: the ENEC codec as a tool; finds its subcommand. */
#include "sim/text.h"
#include "tools/args.h"
#include "tools/enec_commands.h"
#include "tools/hint.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    const char *name;
    command_fn *run;
} commands[] = {
#define X(name, meaning) { #name, enec_command_##name },
    ENEC_COMMANDS(X)
#undef X
};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static const struct argp_option options[] = {
    { NULL, 0, NULL, 0, "Subcommands (npusim enec SUBCOMMAND --help says more):", 1 },
#define X(name, meaning) { #name, 0, NULL, OPTION_DOC | OPTION_NO_USAGE, meaning, 1 },
    ENEC_COMMANDS(X)
#undef X
        { 0 },
};

static const char doc[] =
    "Lossless compression of weights with the ENEC codec (arXiv 2604.03298), in the very "
    "streams that its published kernels make.\v"
    "Try:\n"
    "  npusim enec synth llama-3.1-8b -o weights.safetensors\n"
    "  npusim enec compress weights.safetensors -o weights.enec\n"
    "  npusim enec info weights.enec\n"
    "  npusim enec decompress weights.enec -o again.safetensors";

struct chosen {
    size_t command; /* COMMAND_COUNT: none */
    int first;      /* its place in argv */
    struct diag *diag;
};

static bool find_command(const char *name, size_t *out, struct diag *diag)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(name, names[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return diag_fail(diag, loc_nowhere(), "unknown subcommand 'enec %s'%s", name,
                     hint_among(name, names, COMMAND_COUNT).text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct chosen *chosen = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    chosen->first = state->next - 1; /* the rest is the subcommand's */
    state->next = state->argc;
    return find_command(arg, &chosen->command, chosen->diag) ? 0 : EINVAL;
}

enum status command_enec(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "SUBCOMMAND ...", .doc = doc
    };
    struct chosen chosen = { .command = COMMAND_COUNT, .diag = diag };

    if (!args_parse(&argp, ARGP_IN_ORDER, argc, argv, &chosen, diag))
        return STATUS_BAD_INPUT;
    if (chosen.command == COMMAND_COUNT) {
        diag_fail(diag, loc_nowhere(), "no subcommand is given; see `npusim enec --help`");
        return STATUS_BAD_INPUT;
    }

    struct text name; /* what its usage line begins with */
    text_init(&name);
    text_addf(&name, "npusim enec %s", commands[chosen.command].name);
    argv[chosen.first] = name.at;
    enum status status =
        commands[chosen.command].run(argc - chosen.first, argv + chosen.first, diag);
    text_free(&name);
    return status;
}

bool enec_is_other(const char *input, const char *output, struct diag *diag)
{
    struct stat in, out;
    bool same = stat(input, &in) == 0 && stat(output, &out) == 0 && in.st_dev == out.st_dev &&
                in.st_ino == out.st_ino;
    return !same || diag_fail(diag, (struct loc){ .file = output },
                              "this is the file to read; expected another one to write");
}
