#include "tools/args.h"

#include "sim/suggest.h"
#include "tools/folders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_HELP = 0x10000 };

static const struct argp_option common_options[] = {
    { "help", KEY_HELP, NULL, 0, "Print this help", -1 },
    { 0 },
};

/* What the parser around that of the subcommand needs. */
struct around {
    const struct argp *argp;
    void *input;
    const char *argument; /* the last that was offered to the subcommand */
    struct diag *diag;
};

/* argp says only that something is wrong with an option: find out what. */
static void fail_option(const struct around *around, const char *given)
{
    const char *names[64];
    size_t count = 0;
    size_t length = strcspn(given, "=");
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)length, given);

    for (const struct argp_option *at = around->argp->options; at != NULL && at->name != NULL;
         at++) {
        bool is_short = given[0] == '-' && given[1] == at->key && given[2] == '\0';
        if (is_short || (strncmp(given, "--", 2) == 0 && strcmp(at->name, name + 2) == 0)) {
            if (at->arg != NULL)
                diag_fail(around->diag, loc_nowhere(), "%s needs a value, %s", name, at->arg);
            else
                diag_fail(around->diag, loc_nowhere(), "%s takes no value", name);
            return;
        }
        names[count++] = at->name;
    }
    const char *closest = closest_name(name + strspn(name, "-"), names, count);
    if (closest != NULL)
        diag_fail(around->diag, loc_nowhere(), "unknown option '%s'; did you mean '--%s'?",
                  name, closest);
    else
        diag_fail(around->diag, loc_nowhere(), "unknown option '%s'", name);
}

static error_t parse_around(int key, char *arg, struct argp_state *state)
{
    struct around *around = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = around->input;
        return 0;
    case KEY_HELP:
        argp_help(state->root_argp, stdout, ARGP_HELP_LONG | ARGP_HELP_DOC | ARGP_HELP_USAGE,
                  state->name);
        exit(EXIT_SUCCESS);
    case ARGP_KEY_ARG:
        around->argument = arg;
        return ARGP_ERR_UNKNOWN;
    case ARGP_KEY_ERROR:
        if (state->next < state->argc && state->argv[state->next] == around->argument)
            diag_fail(around->diag, loc_nowhere(), "unexpected argument '%s'",
                      around->argument);
        else
            fail_option(around, state->argv[state->next - 1]);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool args_parse(const struct argp *argp, unsigned flags, int argc, char **argv, void *input,
                struct diag *diag)
{
    const struct argp inner = { .options = argp->options, .parser = argp->parser };
    const struct argp_child children[] = { { .argp = &inner }, { 0 } };
    const struct argp outer = { .options = common_options,
                                .parser = parse_around,
                                .args_doc = argp->args_doc,
                                .doc = argp->doc,
                                .children = children };
    struct around around = { .argp = argp, .input = input, .diag = diag };

    return argp_parse(&outer, argc, argv, flags | ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP,
                      NULL, &around) == 0;
}

bool args_number(const char *what, const char *word, uint64_t *out, struct diag *diag)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(word, &end, 10);
    if (*word < '0' || *word > '9' || *end != '\0')
        return diag_fail(diag, loc_nowhere(), "%s is '%s'; expected a whole number", what,
                         word);
    if (errno != 0)
        return diag_fail(diag, loc_nowhere(), "%s is %s; expected at most %" PRIu64, what, word,
                         UINT64_MAX);
    *out = number;
    return true;
}

struct chip *args_chip(const char *name, const struct words *sets, struct diag *diag)
{
    struct chip *chip = chip_load(folder_configs().path, name, diag);
    for (size_t i = 0; chip != NULL && i < sets->count; i++) {
        if (!chip_set(chip, sets->at[i], diag)) {
            chip_free(chip);
            chip = NULL;
        }
    }
    return chip;
}
