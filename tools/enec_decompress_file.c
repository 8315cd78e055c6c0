/* npusim enec decompress and info: what an .enec file holds, restored or told. */
#include "sim/file_out.h"
#include "sim/mem.h"
#include "tools/enec_args.h"
#include "tools/enec_commands.h"
#include "tools/enec_report.h"
#include "tools/outputs.h"
#include "tools/progress.h"

#include <string.h>

/* --- decompress --- */

static const struct argp_option decompress_options[] = {
    ENEC_OPTION_OUTPUT("Where to (FILE without .enec)"),
    { 0 },
};

static const char decompress_doc[] =
    "Restores the file that `compress` was given, bit for bit: a .safetensors file, or a raw "
    "tensor. Every tensor is compared with its checksum, and nothing is written when one "
    "differs.\v"
    "Example:\n"
    "  npusim enec decompress model.enec -o model.safetensors";

static bool add_tensor(const struct file_in *in, const struct enec_index *index, size_t i,
                       struct file_out *out, struct diag *diag)
{
    uint8_t *data = enec_restore(in, index, i, diag);
    bool ok = data != NULL && file_out_add(out, data, (size_t)index->tensors.at[i].bytes, diag);
    mem_free(data);
    return ok;
}

static bool add_header(const struct enec_index *index, struct file_out *out, struct diag *diag)
{
    uint8_t length[SAFETENSORS_LENGTH];
    for (unsigned i = 0; i < sizeof length; i++)
        length[i] = (uint8_t)((uint64_t)index->text.length >> (8 * i));
    return index->kind == ENEC_RAW ||
           (file_out_add(out, length, sizeof length, diag) &&
            file_out_add(out, index->text.at, index->text.length, diag));
}

static bool add_all(const struct file_in *in, const struct enec_index *index,
                    struct file_out *out, struct diag *diag)
{
    struct progress progress;
    bool ok = add_header(index, out, diag);
    progress_begin(&progress, "decompressing", index->tensors.bytes);
    for (size_t i = 0; ok && i < index->tensors.count; i++) {
        ok = add_tensor(in, index, i, out, diag);
        progress_add(&progress, index->tensors.at[i].bytes);
    }
    progress_end(&progress);
    return ok;
}

static bool decompress_to(const char *output, const struct file_in *in,
                          const struct enec_index *index, struct diag *diag)
{
    struct file_out out;
    if (!outputs_check(&(struct output){ "-o", output }, 1, diag) ||
        !enec_is_other(in->path, output, diag) || !file_out_open(&out, output, diag))
        return false;
    if (add_all(in, index, &out, diag))
        return file_out_keep(&out, diag);
    file_out_drop(&out);
    return false;
}

static bool add_output(const struct enec_args *args, struct text *out, struct diag *diag)
{
    static const char suffix[] = ".enec";
    size_t length = strlen(args->input), tail = sizeof suffix - 1;

    if (args->output != NULL) {
        text_addf(out, "%s", args->output);
        return true;
    }
    if (length <= tail || strcmp(args->input + length - tail, suffix) != 0)
        return diag_fail(diag, (struct loc){ .file = args->input },
                         "the name does not end in .enec: say where to with -o FILE");
    text_add(out, args->input, length - tail);
    return true;
}

static bool open_input(const struct enec_args *args, struct file_in *in,
                       struct enec_index *index, struct diag *diag)
{
    if (args->input == NULL)
        return diag_fail(diag, loc_nowhere(), "no file is given");
    if (!file_in_open(in, args->input, diag))
        return false;
    if (enec_index_read(in, index, diag))
        return true;
    file_in_close(in);
    return false;
}

enum status enec_command_decompress(int argc, char **argv, struct diag *diag)
{
    struct enec_args args;
    struct file_in in;
    struct enec_index index;

    if (!enec_args_parse(argc, argv, decompress_options, "FILE.enec", decompress_doc, &args,
                         diag) ||
        !open_input(&args, &in, &index, diag))
        return STATUS_BAD_INPUT;

    struct text output;
    text_init(&output);
    bool ok = add_output(&args, &output, diag) && decompress_to(output.at, &in, &index, diag);
    text_free(&output);
    enec_index_free(&index);
    file_in_close(&in);
    return ok ? STATUS_RIGHT : STATUS_BAD_INPUT;
}

/* --- info --- */

static const struct argp_option info_options[] = {
    ENEC_OPTION_JSON,
    { 0 },
};

static const char info_doc[] =
    "Says of each tensor of an .enec file how it is stored. Headers are checked; the tensors "
    "themselves only `decompress` compares with their checksums.\v"
    "Example:\n"
    "  npusim enec info model.enec";

enum status enec_command_info(int argc, char **argv, struct diag *diag)
{
    struct enec_args args;
    struct file_in in;
    struct enec_index index;

    if (!enec_args_parse(argc, argv, info_options, "FILE.enec", info_doc, &args, diag) ||
        !open_input(&args, &in, &index, diag))
        return STATUS_BAD_INPUT;
    bool ok = enec_report(args.input, &index, args.json, diag);
    enec_index_free(&index);
    file_in_close(&in);
    return ok ? STATUS_RIGHT : STATUS_BAD_INPUT;
}
