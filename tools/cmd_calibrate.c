/* npusim calibrate: fit the free parameters of the configs to published rows. */
#include "tools/args.h"
#include "tools/calibrate.h"
#include "tools/command.h"
#include "tools/folders.h"
#include "tools/tables.h"

#include <errno.h>
#include <string.h>

enum { KEY_DRY_RUN = 1 };

static const struct argp_option options[] = {
    { "dry-run", KEY_DRY_RUN, NULL, 0, "Print what would be written, and write nothing", 0 },
    { 0 },
};

static const char doc[] =
    "Fits the parameters that configs/calibration.csv lists, one after the other, each to the "
    "published rows it names, and writes them into the configs. Run it after a change of the "
    "model, then look at `npusim validate`: its rows are split into those that were used here "
    "and those that were not.\v"
    "Examples:\n"
    "  npusim calibrate --dry-run hbm.clock\n"
    "  npusim calibrate";

struct calibrate_args {
    struct words only; /* names of parameters; none: all */
    bool dry_run;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct calibrate_args *args = state->input;

    switch (key) {
    case KEY_DRY_RUN:
        args->dry_run = true;
        return 0;
    case ARGP_KEY_ARG:
        words_add(&args->only, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool is_wanted(const struct calibrate_args *args, const struct fit *fit)
{
    for (size_t i = 0; i < args->only.count; i++) {
        if (strcmp(args->only.at[i], param_info[fit->param].name) == 0)
            return true;
    }
    return args->only.count == 0;
}

static bool check_names(const struct calibrate_args *args,
                        const struct calibration *calibration, struct diag *diag)
{
    for (size_t i = 0; i < args->only.count; i++) {
        bool known = false;
        for (size_t j = 0; j < calibration->count && !known; j++)
            known = strcmp(args->only.at[i], param_info[calibration->fits[j].param].name) == 0;
        if (!known)
            return diag_fail(diag, loc_nowhere(), "%s does not fit '%s'", calibration->path.at,
                             args->only.at[i]);
    }
    return true;
}

static bool fit_all(const struct calibrate_args *args, const struct calibration *calibration,
                    const struct published *published, struct diag *diag)
{
    struct folder folder = folder_configs();

    printf("%-18s %-16s %10s %-15s %6s %8s %6s\n", "parameter", "config", "value", "unit",
           "rows", "error", "tried");
    for (size_t i = 0; i < calibration->count; i++) {
        const struct fit *fit = &calibration->fits[i];
        struct fitted fitted;
        if (!is_wanted(args, fit))
            continue;
        if (!calibrate_fit(fit, published, &fitted, diag))
            return false;
        printf("%-18s %-16s %10g %-15s %6zu %6.2f %% %6zu\n", param_info[fit->param].name,
               fit->config, fitted.value, param_info[fit->param].unit, fitted.rows,
               fitted.error_percent, fitted.runs);
        fflush(stdout);
        if (!args->dry_run && !calibrate_write(fit, &fitted, folder.path, diag))
            return false;
    }
    return true;
}

enum status command_calibrate(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = {
        .options = options, .parser = parse, .args_doc = "[PARAMETER ...]", .doc = doc
    };
    struct calibrate_args args = { 0 };
    struct calibration calibration = { 0 };
    struct tables tables = { 0 };
    enum status status = STATUS_BAD_INPUT;

    if (args_parse(&argp, 0, argc, argv, &args, diag) &&
        calibration_load(&calibration, folder_configs().path, diag) &&
        check_names(&args, &calibration, diag) && tables_read(&tables, NULL, diag) &&
        fit_all(&args, &calibration, &tables.published, diag))
        status = STATUS_RIGHT;
    tables_free(&tables);
    calibration_free(&calibration);
    words_free(&args.only);
    return status;
}
