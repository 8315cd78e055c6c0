/* npusim: finds the subcommand, and prints what went wrong in it. */
#include "sim/text.h"
#include "tools/args.h"
#include "tools/command.h"
#include "tools/hint.h"
#include "tools/large_pages.h"

#include <errno.h>
#include <string.h>

static const struct command {
    const char *name;
    command_fn *run;
} commands[] = {
#define X(name, meaning) { #name, command_##name },
    COMMANDS(X)
#undef X
};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

enum { KEY_VERSION = 1 };

static const struct argp_option options[] = {
    { NULL, 0, NULL, 0, "Subcommands (npusim SUBCOMMAND --help says more):", 1 },
#define X(name, meaning) { #name, 0, NULL, OPTION_DOC | OPTION_NO_USAGE, meaning, 1 },
    COMMANDS(X)
#undef X
        { "version", KEY_VERSION, NULL, 0, "Print the version", -1 },
    { 0 },
};

static const char doc[] =
    "A cycle-approximate simulator of Huawei's Ascend 910 NPUs: it runs real kernels, computes "
    "their real results, and says how long they would take and why.\v"
    "Try:\n"
    "  npusim list kernels\n"
    "  npusim run gemm --chip ascend910b3 m=64 n=512 k=1024\n"
    "  npusim reproduce w4a16";

struct chosen {
    const struct command *command;
    bool version;
    int first; /* its place in argv */
    struct diag *diag;
};

static bool find_command(const char *name, const struct command **out, struct diag *diag)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(name, names[i]) == 0) {
            *out = &commands[i];
            return true;
        }
    }
    return diag_fail(diag, loc_nowhere(), "unknown subcommand '%s'%s", name,
                     hint_among(name, names, COMMAND_COUNT).text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct chosen *chosen = state->input;

    switch (key) {
    case KEY_VERSION:
        chosen->version = true;
        return 0;
    case ARGP_KEY_ARG: /* the rest is the subcommand's */
        chosen->first = state->next - 1;
        state->next = state->argc;
        return find_command(arg, &chosen->command, chosen->diag) ? 0 : EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status dispatch(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "SUBCOMMAND ...", .doc = doc
    };
    struct chosen chosen = { .diag = diag };

    if (!args_parse(&argp, ARGP_IN_ORDER, argc, argv, &chosen, diag))
        return STATUS_BAD_INPUT;
    if (chosen.version) {
        printf("npusim " NPUSIM_VERSION "\n");
        return STATUS_RIGHT;
    }
    if (chosen.command == NULL) {
        diag_fail(diag, loc_nowhere(), "no subcommand is given; see `npusim --help`");
        return STATUS_BAD_INPUT;
    }

    struct text name; /* what its usage line begins with */
    text_init(&name);
    text_addf(&name, "npusim %s", chosen.command->name);
    argv[chosen.first] = name.at;
    enum status status = chosen.command->run(argc - chosen.first, argv + chosen.first, diag);
    text_free(&name);
    return status;
}

int main(int argc, char **argv)
{
    struct diag diag = { 0 };
    large_pages();
    enum status status = dispatch(argc, argv, &diag);

    if (fflush(stdout) != 0 || ferror(stdout)) {
        diag_fail(&diag, loc_nowhere(), "cannot write to the standard output");
        status = STATUS_BAD_INPUT;
    }
    if (diag.text[0] != '\0') {
        if (diag.file[0] == '\0')
            fputs("npusim: ", stderr);
        diag_print(&diag, stderr);
    }
    return (int)status;
}
