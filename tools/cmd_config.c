/* npusim config show: every parameter of a chip, and how we know it. */
#include "tools/args.h"
#include "tools/command.h"
#include "tools/json_out.h"
#include "tools/outputs.h"
#include "tools/wrap.h"

#include <errno.h>
#include <string.h>

enum { KEY_SET = 1, KEY_JSON };

static const struct argp_option options[] = {
    { "set", KEY_SET, "PARAM=VALUE", 0, "Change a parameter; repeatable", 0 },
    { "json", KEY_JSON, "FILE|-", 0, "Write JSON, for - in place of the table", 0 },
    { 0 },
};

static const char doc[] =
    "Shows each parameter of a chip with its value, its unit, where the value comes from, and "
    "what kind of knowledge that is: MEASured, vendor ConFiGuration, SPECification, a MODEL's "
    "constant, FITTED to measurements, ASSUMED.\v"
    "Examples:\n"
    "  npusim config show ascend910b3\n"
    "  npusim config show tiny --set core.clock=1500 --json -";

struct config_args {
    const char *verb, *chip, *json;
    struct words sets;
    struct diag *diag;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct config_args *args = state->input;

    switch (key) {
    case KEY_SET:
        words_add(&args->sets, arg);
        return 0;
    case KEY_JSON:
        args->json = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (args->verb == NULL)
            args->verb = arg;
        else if (args->chip == NULL)
            args->chip = arg;
        else
            return ARGP_ERR_UNKNOWN;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print(const struct chip *chip)
{
    char hash[17];
    chip_hash(chip, hash);
    wrap_print(chip->description, 12, printf("%-11s ", chip->name), stdout);
    printf("%-11s %s\n\n", "config_hash", hash);

    for (enum param_id id = 0; id < PARAM_COUNT; id++) {
        const struct param_info *info = &param_info[id];
        char value[32];
        param_format(chip, id, value);
        printf("%-27s %13s %-14s %s\n", info->name, value, info->unit,
               param_kind_names[chip->origin[id].kind]);
        wrap_print(info->meaning, 4, 0, stdout);
        wrap_print(chip->origin[id].source, 10, printf("    from: "), stdout);
    }
}

static bool write_json(const struct chip *chip, const char *path, struct diag *diag)
{
    cJSON *root = cJSON_CreateObject();
    char hash[17];
    chip_hash(chip, hash);
    cJSON_AddStringToObject(root, "version", NPUSIM_VERSION);
    cJSON_AddStringToObject(root, "chip", chip->name);
    cJSON_AddStringToObject(root, "description", chip->description);
    cJSON_AddStringToObject(root, "config_hash", hash);
    cJSON *params = cJSON_AddObjectToObject(root, "parameters");
    for (enum param_id id = 0; id < PARAM_COUNT; id++) {
        char value[32];
        param_format(chip, id, value);
        cJSON *param = cJSON_AddObjectToObject(params, param_info[id].name);
        cJSON_AddRawToObject(param, "value", value);
        cJSON_AddStringToObject(param, "unit", param_info[id].unit);
        cJSON_AddStringToObject(param, "kind", param_kind_names[chip->origin[id].kind]);
        cJSON_AddStringToObject(param, "source", chip->origin[id].source);
        cJSON_AddStringToObject(param, "meaning", param_info[id].meaning);
    }
    bool ok = json_write(root, path, diag);
    cJSON_Delete(root);
    return ok;
}

static bool check_args(const struct config_args *args)
{
    if (args->verb == NULL)
        return diag_fail(args->diag, loc_nowhere(), "config what? expected show CHIP");
    if (strcmp(args->verb, "show") != 0)
        return diag_fail(args->diag, loc_nowhere(), "found '%s'; expected show CHIP",
                         args->verb);
    if (args->chip == NULL)
        return diag_fail(args->diag, loc_nowhere(),
                         "no chip is given; expected one of `npusim list "
                         "chips`");
    return outputs_check(&(struct output){ "--json", args->json }, 1, args->diag);
}

static bool show(const struct config_args *args)
{
    struct chip *chip = args_chip(args->chip, &args->sets, args->diag);
    if (chip == NULL)
        return false;
    if (args->json == NULL || strcmp(args->json, "-") != 0)
        print(chip);
    bool ok = args->json == NULL || write_json(chip, args->json, args->diag);
    chip_free(chip);
    return ok;
}

enum status command_config(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "show CHIP", .doc = doc
    };
    struct config_args args = { .diag = diag };

    bool ok = args_parse(&argp, 0, argc, argv, &args, diag) && check_args(&args) && show(&args);
    words_free(&args.sets);
    return ok ? STATUS_RIGHT : STATUS_BAD_INPUT;
}
