/* npusim asm, print, check: kernels as text. */
#include "kernels/ir/nk.h"
#include "kernels/ir/nk_format.h"
#include "sim/file.h"
#include "tools/args.h"
#include "tools/command.h"
#include "tools/finding_json.h"
#include "tools/nk_workload.h"
#include "tools/outputs.h"
#include "tools/result_print.h"
#include "tools/simulate.h"

#include <errno.h>
#include <string.h>

enum {
    KEY_CHIP = 1,
    KEY_SET,
    KEY_SEED,
    KEY_IN,
    KEY_RANGE,
    KEY_JSON,
    KEY_ADVICE,
    KEY_FORMAT,
    KEY_WRITE
};

struct nk_args {
    struct job job;
    const char *chip, *json;
    bool advice, format, write;
    struct diag *diag;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct nk_args *args = state->input;

    switch (key) {
    case KEY_CHIP:
        args->chip = arg;
        return 0;
    case KEY_SET:
        words_add(&args->job.sets, arg);
        return 0;
    case KEY_SEED:
        return args_number("--seed", arg, &args->job.seed, args->diag) ? 0 : EINVAL;
    case KEY_IN:
        words_add(&args->job.user.in, arg);
        return 0;
    case KEY_RANGE:
        words_add(&args->job.user.range, arg);
        return 0;
    case KEY_JSON:
        args->json = arg;
        return 0;
    case KEY_ADVICE:
        args->advice = true;
        return 0;
    case KEY_FORMAT:
        args->format = true;
        return 0;
    case KEY_WRITE:
        args->write = true;
        return 0;
    case ARGP_KEY_ARG:
        if (args->job.kernel == NULL)
            args->job.kernel = arg;
        else
            words_add(&args->job.params, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --- asm --- */

static void summarise_program(const struct kprogram *program, enum core_kind kind)
{
    uint64_t used[SPACE_COUNT] = { 0 };
    if (!program->present)
        return;
    for (size_t i = 0; i < program->tile_count; i++) {
        const struct ktile *tile = &program->tiles[i];
        if (used[tile->space] < ktile_end(tile))
            used[tile->space] = ktile_end(tile);
    }
    printf("  %s: %zu instructions, %zu tiles", core_kind_names[kind], program->length,
           program->tile_count);
    for (unsigned space = 0; space < SPACE_COUNT; space++) {
        if (used[space] != 0)
            printf(", %llu bytes of %s", (unsigned long long)used[space], space_names[space]);
    }
    putchar('\n');
}

static void summarise(const struct kernel *kernel)
{
    printf("kernel %s: %zu tensors, %zu parameters\n", kernel->name, kernel->tensor_count,
           kernel->param_count);
    for (enum core_kind kind = 0; kind < CORE_KINDS; kind++)
        summarise_program(&kernel->programs[kind], kind);
}

static enum status assemble(struct nk_args *args)
{
    struct kmodule *module = nk_load(args->job.kernel, NULL, args->diag);
    if (module == NULL)
        return STATUS_BAD_INPUT;
    for (size_t i = 0; i < module->kernel_count; i++)
        summarise(module->kernels[i]);
    if (!kmodule_is_plain(module))
        printf("launches: %zu\n", module->launch_count);
    kmodule_free(module);
    return STATUS_RIGHT;
}

/* --- print --- */

/* A built-in kernel is printed with its launch, so that the text runs on as many cores. */
static void print_text(const struct workload *work)
{
    struct text text;
    struct kernel *kernel = work->kernel;
    struct klaunch launch = { .blocks = work->blocks };
    const struct kmodule alone = { &kernel, 1, &launch, 1, 0 };

    text_init(&text);
    module_print(work->module != NULL ? work->module : &alone, &text);
    fputs(text.at, stdout);
    text_free(&text);
}

/* Without a chip a .nk file stands as it is; for one, any kernel with its parameters. */
static bool load(const struct nk_args *args, struct workload *work)
{
    if (args->job.chip != NULL)
        return simulate_build(&args->job, work, args->diag);
    *work = (struct workload){ .module = nk_load(args->job.kernel, NULL, args->diag) };
    return work->module != NULL;
}

/* The source in one layout. Only a file that parses has one. */
static enum status format(const struct nk_args *args)
{
    const char *path = args->job.kernel;
    struct text source, text;
    text_init(&source);
    text_init(&text);
    bool ok = file_read(path, &source, args->diag);
    struct kmodule *module =
        ok ? module_parse(path, source.at, source.length, args->diag) : NULL;

    if (module != NULL)
        nk_format(source.at, source.length, &text);
    ok = module != NULL;
    if (ok && args->write)
        ok = file_write(path, text.at, text.length, args->diag);
    else if (ok)
        fputs(text.at, stdout);
    kmodule_free(module);
    text_free(&source);
    text_free(&text);
    return ok ? STATUS_RIGHT : STATUS_BAD_INPUT;
}

static bool check_format(const struct nk_args *args)
{
    if (args->write && !args->format)
        return diag_fail(args->diag, loc_nowhere(), "--write means nothing without --format");
    if (args->format && args->chip != NULL)
        return diag_fail(args->diag, loc_nowhere(),
                         "--format is for source, and --chip for what it becomes");
    return !args->format || nk_is_file(args->job.kernel) ||
           diag_fail(args->diag, loc_nowhere(), "'%s' is no .nk file", args->job.kernel);
}

static enum status print(struct nk_args *args)
{
    struct workload work;

    if (!check_format(args))
        return STATUS_BAD_INPUT;
    if (args->format)
        return format(args);
    if (!nk_is_file(args->job.kernel) && args->job.chip == NULL) {
        diag_fail(args->diag, loc_nowhere(),
                  "no chip is given; a built-in kernel is made for one: --chip CHIP");
        return STATUS_BAD_INPUT;
    }
    bool ok = load(args, &work);
    if (ok)
        print_text(&work);
    workload_free(&work);
    return ok ? STATUS_RIGHT : STATUS_BAD_INPUT;
}

/* --- check --- */

/* What was found is what was asked for, so it is no message but the output. */
static bool tell(const struct nk_args *args, const struct result *result)
{
    if (args->json == NULL || strcmp(args->json, "-") != 0) {
        findings_print(&result->findings, SEVERITY_ERROR, stdout);
        if (args->advice)
            findings_print(&result->findings, SEVERITY_ADVICE, stdout);
        if (result->findings.errors == 0)
            printf("%s: no errors in a run on %s\n", args->job.kernel, args->job.chip->name);
    }
    return args->json == NULL ||
           findings_json_lines(&result->findings, args->advice, args->json, args->diag);
}

static enum status check_run(struct nk_args *args)
{
    struct output json = { "--json", args->json };
    struct result result;

    if (!outputs_check(&json, 1, args->diag))
        return STATUS_BAD_INPUT;
    enum status status = simulate(&args->job, &result, args->diag);
    if (status == STATUS_FAILED)
        result_print_stuck(&result, args->diag, stderr);
    if (status == STATUS_RIGHT && result.findings.errors != 0)
        status = STATUS_FAILED;
    bool told = status == STATUS_BAD_INPUT ||
                (status == STATUS_FAILED && result.findings.errors == 0) || tell(args, &result);
    result_free(&result);
    return told ? status : STATUS_BAD_INPUT;
}

static enum status check(struct nk_args *args)
{
    if (args->job.chip != NULL)
        return check_run(args);
    struct kmodule *module = nk_load(args->job.kernel, NULL, args->diag);
    if (module == NULL)
        return STATUS_BAD_INPUT;
    printf("%s: no errors\n", args->job.kernel);
    kmodule_free(module);
    return STATUS_RIGHT;
}

/* --- the commands --- */

static const struct argp_option check_options[] = {
    { "chip", KEY_CHIP, "CHIP", 0, "A name of `npusim list chips`, or a .json file", 0 },
    { "set", KEY_SET, "PARAM=VALUE", 0, "Change a parameter of the chip; repeatable", 0 },
    { "seed", KEY_SEED, "N", 0, "Of the random inputs; 1 if left out", 0 },
    { "in", KEY_IN, "T=FILE.npy", 0, "Contents of an input tensor; repeatable", 0 },
    { "range", KEY_RANGE, "T=LOW:HIGH", 0,
      "Of the random numbers of an input tensor; repeatable", 0 },
    { "advice", KEY_ADVICE, NULL, 0, "Also say what may be slow or needs a barrier", 0 },
    { "json", KEY_JSON, "FILE|-", 0, "Write findings as JSON lines, for - in place of text",
      0 },
    { 0 },
};

static const struct argp_option print_options[] = {
    { "chip", KEY_CHIP, "CHIP", 0, "A name of `npusim list chips`, or a .json file", 0 },
    { "set", KEY_SET, "PARAM=VALUE", 0, "Change a parameter of the chip; repeatable", 0 },
    { "format", KEY_FORMAT, NULL, 0, "The source itself, comments and all, in one layout", 0 },
    { "write", KEY_WRITE, NULL, 0, "With --format: into the file", 0 },
    { 0 },
};

static const struct argp asm_argp = {
    .parser = parse,
    .args_doc = "FILE.nk",
    .doc = "Reads and verifies a kernel and says what it is made of.\v"
           "Example:\n"
           "  npusim asm traces/vector_add.nk",
};

static const struct argp print_argp = {
    .options = print_options,
    .parser = parse,
    .args_doc = "FILE.nk\n--format FILE.nk\nKERNEL --chip CHIP [PARAM=VALUE ...]",
    .doc = "Prints a kernel as text, in the one form that the printer gives it: a .nk file "
           "(without its comments and expressions), or what a built-in kernel becomes for a "
           "chip. With --format, lays out the source of a file anew.\v"
           "Examples:\n"
           "  npusim print traces/vector_add.nk\n"
           "  npusim print --format traces/vector_add.nk\n"
           "  npusim print gemm --chip tiny m=16 n=16 k=64",
};

static const struct argp check_argp = {
    .options = check_options,
    .parser = parse,
    .args_doc = "FILE.nk [PARAM=VALUE ...]",
    .doc =
        "Verifies a kernel. With --chip also against that chip's capacities, and by running it "
        "on random data: a race between pipes or cores, a value that nothing has set, an "
        "access out of bounds, a flag raised twice or never waited for, or a deadlock is a "
        "failure. Every finding has a code, as [E-SYNC-RAW]. Inputs that are indices need "
        "--in or --range.\v"
        "Examples:\n"
        "  npusim check traces/vector_add.nk\n"
        "  npusim check traces/vector_add.nk --chip ascend910b3 n=1000000 blocks=8\n"
        "  npusim check traces/vector_add.nk --chip tiny --advice --json -",
};

static bool read_args(const struct argp *argp, int argc, char **argv, struct nk_args *args)
{
    if (!args_parse(argp, 0, argc, argv, args, args->diag))
        return false;
    if (args->job.kernel == NULL)
        return diag_fail(args->diag, loc_nowhere(), "no kernel is given; see `%s --help`",
                         argv[0]);
    if (argp != &print_argp && !nk_is_file(args->job.kernel))
        return diag_fail(args->diag, loc_nowhere(), "'%s' is no .nk file", args->job.kernel);
    if (args->chip == NULL && (args->json != NULL || args->advice))
        return diag_fail(args->diag, loc_nowhere(), "%s means nothing without --chip CHIP",
                         args->json != NULL ? "--json" : "--advice");
    const struct words *of_a_run[] = { &args->job.params, &args->job.sets, &args->job.user.in,
                                       &args->job.user.range };
    for (size_t i = 0; args->chip == NULL && i < sizeof of_a_run / sizeof *of_a_run; i++) {
        if (of_a_run[i]->count != 0)
            return diag_fail(args->diag, loc_nowhere(),
                             "'%s' means nothing without --chip CHIP", of_a_run[i]->at[0]);
    }
    return true;
}

static enum status command(const struct argp *argp, enum status (*act)(struct nk_args *args),
                           int argc, char **argv, struct diag *diag)
{
    struct nk_args args = { .job = { .seed = 1 }, .diag = diag };
    struct chip *chip = NULL;
    enum status status = STATUS_BAD_INPUT;

    bool ok = read_args(argp, argc, argv, &args);
    if (ok && args.chip != NULL) {
        args.job.chip = chip = args_chip(args.chip, &args.job.sets, diag);
        ok = chip != NULL;
    }
    if (ok)
        status = act(&args);
    chip_free(chip);
    words_free(&args.job.sets);
    words_free(&args.job.params);
    user_words_free(&args.job.user);
    return status;
}

enum status command_asm(int argc, char **argv, struct diag *diag)
{
    return command(&asm_argp, assemble, argc, argv, diag);
}

enum status command_print(int argc, char **argv, struct diag *diag)
{
    return command(&print_argp, print, argc, argv, diag);
}

enum status command_check(int argc, char **argv, struct diag *diag)
{
    return command(&check_argp, check, argc, argv, diag);
}
