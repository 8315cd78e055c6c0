/* npusim list: the vocabulary, expanded from the tables that define it. */
#include "kernels/ir/finding.h"
#include "kernels/kernel.h"
#include "sim/mem.h"
#include "sim/text.h"
#include "tools/args.h"
#include "tools/command.h"
#include "tools/folders.h"
#include "tools/hint.h"
#include "tools/ops_docs.h"
#include "tools/wrap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- kernels --- */

static void describe_values(const struct arg_spec *arg, struct text *out)
{
    switch (arg->kind) {
    case ARG_INT:
        text_addf(out, " (%" PRId64 "..%" PRId64, arg->min, arg->max);
        break;
    case ARG_WORD:
        for (size_t i = 0; arg->words[i] != NULL; i++)
            text_addf(out, "%s%s", i == 0 ? " (" : " | ", arg->words[i]);
        break;
    case ARG_TEXT:
        break;
    }
}

static void describe_standard(const struct arg_spec *arg, struct text *out)
{
    if (arg->kind == ARG_TEXT)
        return;
    if (arg->required)
        text_addf(out, ", required)");
    else if (arg->kind == ARG_WORD)
        text_addf(out, ", %s if left out)", arg->words[arg->standard]);
    else
        text_addf(out, ", %" PRId64 " if left out)", arg->standard);
}

static void print_arg(const struct arg_spec *arg)
{
    struct text words;
    text_init(&words);
    text_addf(&words, "%s", arg->meaning);
    describe_values(arg, &words);
    describe_standard(arg, &words);
    wrap_print(words.at, 14, printf("  %-11s ", arg->name), stdout);
    text_free(&words);
}

static bool list_kernels(struct diag *diag)
{
    (void)diag;
    for (size_t i = 0; kernel_specs[i] != NULL; i++) {
        const struct kernel_spec *spec = kernel_specs[i];
        fputs(i == 0 ? "" : "\n", stdout);
        wrap_print(spec->meaning, 14, printf("%-13s ", spec->name), stdout);
        for (size_t arg = 0; spec->args[arg].name != NULL; arg++)
            print_arg(&spec->args[arg]);
    }
    return true;
}

/* --- chips --- */

static bool list_chips(struct diag *diag)
{
    struct folder folder = folder_configs();
    char **names;
    struct diag problem = { 0 };
    size_t count = chip_list(folder.path, &names, &problem);

    for (size_t i = 0; i < count && problem.text[0] == '\0'; i++) {
        struct chip *chip = chip_load(folder.path, names[i], &problem);
        if (chip != NULL)
            wrap_print(chip->description, 16, printf("%-15s ", names[i]), stdout);
        chip_free(chip);
    }
    for (size_t i = 0; i < count; i++)
        mem_free(names[i]);
    mem_free(names);
    if (problem.text[0] != '\0')
        *diag = problem;
    return problem.text[0] == '\0';
}

/* --- operations --- */

static void describe_spaces(uint32_t spaces, const char *operand, struct text *out)
{
    const char *gap = "";
    if (spaces == 0)
        return;
    text_addf(out, "%s%s:", out->length == 0 ? "" : " ", operand);
    for (unsigned space = 0; space < SPACE_COUNT; space++) {
        if ((spaces >> space & 1) == 0)
            continue;
        text_addf(out, "%s%s", gap, space_names[space]);
        gap = "|";
    }
}

static void describe_attrs(uint64_t attrs, const char *end, struct text *out)
{
    for (unsigned attr = 0; attr < ATTR_COUNT; attr++) {
        if ((attrs >> attr & 1) != 0)
            text_addf(out, " %s%s", attr_info[attr].name, end);
    }
}

static void print_op(const struct kop_info *op)
{
    static const char *const operands[KOP_OPERANDS] = { "dst", "a", "b", "c" };
    struct text words;
    text_init(&words);

    for (unsigned i = 0; i < KOP_OPERANDS; i++)
        describe_spaces(op->spaces[i], operands[i], &words);
    describe_attrs(op->needs, "=", &words);
    text_addf(&words, op->takes == 0 ? "" : "  [");
    describe_attrs(op->takes, "=", &words);
    text_addf(&words, op->takes == 0 ? "" : " ]");

    int column = printf("%-13s %-5s ", op->name, ops_pipe(op));
    wrap_print(words.at + strspn(words.at, " "), 20, column, stdout);
    wrap_print(op->meaning, 20, 0, stdout);
    text_free(&words);
}

static bool list_ops(struct diag *diag)
{
    (void)diag;
    printf("%-13s %-5s operands attributes= [ attributes that may be left out ]\n\n",
           "operation", "pipe");
    for (unsigned op = 0; op < KOP_COUNT; op++)
        print_op(&kop_info[op]);
    return true;
}

/* --- models --- */

/* The parts of the machine are the sections of its parameters. */
static bool list_models(struct diag *diag)
{
    (void)diag;
    for (unsigned id = 0; id < PARAM_COUNT; id++) {
        const struct param_info *info = &param_info[id];
        int column = printf("%-27s %-14s ", info->name, info->unit);
        wrap_print(info->meaning, 43, column, stdout);
    }
    return true;
}

/* --- findings --- */

static bool list_findings(struct diag *diag)
{
    (void)diag;
    for (unsigned id = 0; id < FINDING_COUNT; id++) {
        const struct finding_info *info = &finding_info[id];
        wrap_print(info->meaning, 16, printf("%-15s ", info->code), stdout);
        wrap_print(info->hint, 16, printf("%-15s ", ""), stdout);
    }
    return true;
}

static const struct list {
    const char *name;
    bool (*print)(struct diag *diag);
} lists[] = {
    { "kernels", list_kernels }, { "chips", list_chips },       { "ops", list_ops },
    { "models", list_models },   { "findings", list_findings },
};

#define LIST_COUNT (sizeof lists / sizeof *lists)

static const char doc[] =
    "Lists the built-in kernels with their parameters, the chips, the "
    "operations of the kernel IR, the parameters of the machine model, or what the "
    "checker can find.\v"
    "Examples:\n"
    "  npusim list kernels\n"
    "  npusim list ops";

enum { KEY_MARKDOWN = 1, KEY_VIM };

static const struct argp_option options[] = {
    { "markdown", KEY_MARKDOWN, NULL, 0, "Of ops: as the tables of docs/language.md", 0 },
    { "vim", KEY_VIM, NULL, 0, "Of ops: as the words of editors/vim/syntax/nk.vim", 0 },
    { 0 },
};

struct list_args {
    const struct list *list;
    void (*document)(struct text *out); /* NULL: for people */
    struct diag *diag;
};

static bool find_list(const char *name, const struct list **out, struct diag *diag)
{
    const char *names[LIST_COUNT];
    for (size_t i = 0; i < LIST_COUNT; i++) {
        names[i] = lists[i].name;
        if (strcmp(name, names[i]) == 0) {
            *out = &lists[i];
            return true;
        }
    }
    return diag_fail(diag, loc_nowhere(), "no list is called '%s'%s", name,
                     hint_among(name, names, LIST_COUNT).text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct list_args *args = state->input;

    if (key == KEY_MARKDOWN || key == KEY_VIM) {
        args->document = key == KEY_VIM ? ops_vim : ops_markdown;
        return 0;
    }
    if (key != ARGP_KEY_ARG || args->list != NULL)
        return ARGP_ERR_UNKNOWN;
    return find_list(arg, &args->list, args->diag) ? 0 : EINVAL;
}

static enum status print_document(const struct list_args *args)
{
    struct text text;

    if (args->list->print != list_ops) {
        diag_fail(args->diag, loc_nowhere(), "--markdown and --vim are for ops, not for %s",
                  args->list->name);
        return STATUS_BAD_INPUT;
    }
    text_init(&text);
    args->document(&text);
    fputs(text.at, stdout);
    text_free(&text);
    return STATUS_RIGHT;
}

enum status command_list(int argc, char **argv, struct diag *diag)
{
    const struct argp argp = { .options = options,
                               .parser = parse,
                               .args_doc = "kernels|chips|ops|models|findings",
                               .doc = doc };
    struct list_args args = { .diag = diag };

    if (!args_parse(&argp, 0, argc, argv, &args, diag))
        return STATUS_BAD_INPUT;
    if (args.list == NULL) {
        diag_fail(diag, loc_nowhere(),
                  "list what? expected kernels, chips, ops, models or findings");
        return STATUS_BAD_INPUT;
    }
    if (args.document != NULL)
        return print_document(&args);
    return args.list->print(diag) ? STATUS_RIGHT : STATUS_BAD_INPUT;
}
