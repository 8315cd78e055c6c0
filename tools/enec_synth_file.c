/* npusim enec synth: weights like those of a published model, for trying the others. */
#include "kernels/enec/enec_synth.h"
#include "sim/file_out.h"
#include "sim/mem.h"
#include "tools/enec_args.h"
#include "tools/enec_commands.h"
#include "tools/enec_model.h"
#include "tools/progress.h"
#include "tools/safetensors.h"

#include <inttypes.h>
#include <string.h>

#define CHUNK_ROWS 1024
#define ELEMENTS_MAX (UINT64_C(1) << 40)

static const struct argp_option options[] = {
    ENEC_OPTION_OUTPUT("Where to; a name in .safetensors gives such a file"),
    { "elements", ENEC_KEY_ELEMENTS, "COUNT", 0, "How many (16777216)", 0 },
    { "seed", ENEC_KEY_SEED, "N", 0, "Of the random numbers (1)", 0 },
    { NULL, 0, NULL, 0, "Models: name, type, published (b, n, m) and ratio", 1 },
#define ENEC_MODEL(name, title, type, b, n, m, ratio, ...)                                     \
    { name,                                                                                    \
      0,                                                                                       \
      NULL,                                                                                    \
      OPTION_DOC | OPTION_NO_USAGE,                                                            \
      title ", " #type " (" #b ", " #n ", " #m ") " #ratio,                                    \
      1 },
#include "kernels/enec/enec_models.def"
#undef ENEC_MODEL
    { 0 },
};

static const char doc[] =
    "Writes a tensor of normally distributed weights, whose scale varies from row to row, such "
    "that search and ratio come out as published for the model. The same bits on every "
    "machine.\v"
    "Example:\n"
    "  npusim enec synth llama-3.1-8b --elements 16777216 -o weights.safetensors";

static bool add_header(const struct enec_model *model, uint64_t elements, struct file_out *out,
                       struct diag *diag)
{
    struct text text;
    uint64_t shape[2] = { elements / ENEC_ROW, ENEC_ROW };
    bool rows = elements != 0 && elements % ENEC_ROW == 0;
    text_init(&text);
    text_addf(&text, "        "); /* for the length */
    tensors_describe("weight", model->type, rows ? shape : &elements, rows ? 2 : 1, &text);
    for (unsigned i = 0; i < SAFETENSORS_LENGTH; i++)
        text.at[i] = (char)((text.length - SAFETENSORS_LENGTH) >> (8 * i) & 0xff);
    bool ok = file_out_add(out, text.at, text.length, diag);
    text_free(&text);
    return ok;
}

static bool add_weights(const struct enec_model *model, const struct enec_args *args,
                        struct file_out *out, struct diag *diag)
{
    uint8_t *chunk = mem_new(dtype_bytes(model->type, CHUNK_ROWS * ENEC_ROW));
    struct progress progress;
    bool ok = true;

    progress_begin(&progress, "writing", dtype_bytes(model->type, args->elements));
    for (uint64_t row = 0, left = args->elements; ok && left != 0; row += CHUNK_ROWS) {
        uint64_t count = left < CHUNK_ROWS * ENEC_ROW ? left : CHUNK_ROWS * ENEC_ROW;
        size_t bytes = dtype_bytes(model->type, count);
        enec_synth(model, args->seed, row, count, chunk);
        ok = file_out_add(out, chunk, bytes, diag);
        progress_add(&progress, bytes);
        left -= count;
    }
    progress_end(&progress);
    mem_free(chunk);
    return ok;
}

static bool check(const struct enec_args *args, struct diag *diag)
{
    if (args->input == NULL)
        return diag_fail(diag, loc_nowhere(), "no model is given; see the list in --help");
    if (args->output == NULL)
        return diag_fail(diag, loc_nowhere(), "no file is given: -o FILE");
    return args->elements <= ELEMENTS_MAX ||
           diag_fail(diag, loc_nowhere(),
                     "--elements is %" PRIu64 "; expected at most %" PRIu64, args->elements,
                     ELEMENTS_MAX);
}

enum status enec_command_synth(int argc, char **argv, struct diag *diag)
{
    struct enec_args args;
    struct file_out out;

    if (!enec_args_parse(argc, argv, options, "MODEL", doc, &args, diag) || !check(&args, diag))
        return STATUS_BAD_INPUT;
    const struct enec_model *model = enec_model_named(args.input, diag);
    if (model == NULL || !file_out_open(&out, args.output, diag))
        return STATUS_BAD_INPUT;

    const char *dot = strrchr(args.output, '.');
    bool wrapped = dot != NULL && strcmp(dot, ".safetensors") == 0;
    if ((!wrapped || add_header(model, args.elements, &out, diag)) &&
        add_weights(model, &args, &out, diag))
        return file_out_keep(&out, diag) ? STATUS_RIGHT : STATUS_BAD_INPUT;
    file_out_drop(&out);
    return STATUS_BAD_INPUT;
}
